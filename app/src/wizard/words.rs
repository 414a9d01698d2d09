//! Every text of the wizard that no field brings along.

use hosted_deploy_model::form::Words;

macro_rules! words {
    ($($name:ident: $en:literal, $ja:literal;)+) => {
        $(pub(crate) const $name: Words = ($en, $ja);)+

        #[cfg(test)]
        const ALL: &[(&str, Words)] = &[$((stringify!($name), $name),)+];
    };
}

words! {
    DEPLOY: "Deploy", "デプロイ";
    DEPLOY_TITLE: "Deploy a hosted engine", "ホステッドエンジンのデプロイ";
    STEPS: "Steps", "手順";
    STEP_HAS_PROBLEMS: "(needs attention)", "(要確認)";
    NEXT: "Next", "次へ";
    BACK: "Back", "戻る";
    REQUIRED: "required", "必須";
    ADVANCED: "Advanced", "詳細設定";
    ON: "Yes", "はい";
    OFF: "No", "いいえ";
    AUTOMATIC: "Automatic", "自動";
    DEFAULT: "Left empty:", "空の場合:";
    NOT_READ_YET: "The host's interfaces are listed as soon as it was read.", "ホストの情報を取得すると、インターフェースが表示されます。";
    GENERATE: "Generate", "生成";
    SHOW_PASSWORD: "Show password", "パスワードを表示";
    HIDE_PASSWORD: "Hide password", "パスワードを隠す";
    AGAIN: "again", "確認";
    KEPT: "Kept by the server, in memory only. Type to replace it.", "サーバーのメモリー内に保持されています。入力すると置き換えます。";
    FORGOTTEN: "The server was restarted and has forgotten it: type it again.", "サーバーの再起動により失われました。もう一度入力してください。";
    PASSWORDS_DIFFER: "The two passwords differ.", "二つのパスワードが一致しません。";
    TYPE_TWICE: "Type the same password twice.", "同じパスワードを二回入力してください。";
    PASSWORD_MISSING: "The password is missing.", "パスワードが入力されていません。";
    TYPE_IT: "Type it.", "入力してください。";
    STRENGTH: "Strength:", "強度:";
    WEAK: "weak", "弱い";
    FAIR: "fair", "普通";
    STRONG: "strong", "強い";
    AVAILABLE: "Available on the host:", "ホストで使用可能:";

    OF_RUN: "Edited for another attempt of run", "再試行のために編集中の実行:";
    OF_RUN_HOW: "Change what made it fail, then try it again from its page. What this server still knows of its passwords need not be typed again.", "失敗の原因となった回答を変更し、実行のページから再試行してください。サーバーが保持しているパスワードは再入力不要です。";
    BACK_TO_RUN: "Back to the run, to try it again", "実行のページに戻って再試行";

    SAVED: "Draft saved", "下書きを保存しました";
    SAVING: "Saving…", "保存中…";
    NOT_SAVED: "Not saved yet", "未保存";

    PROBLEMS_HERE: "To be mended in this step", "この手順で修正が必要な項目";
    PROBLEMS: "To be mended first", "先に修正が必要な項目";
    NO_PROBLEMS: "All answers are sound.", "すべての回答に問題はありません。";

    CHECKS: "Checks on the host", "ホストのチェック";
    CHECKING: "Checking on the host…", "ホストを確認中…";
    CHECK_AGAIN: "Check again", "再チェック";
    NOT_CHECKED: "Not checked yet", "未チェック";
    CHECKED: "checked", "チェック済み:";
    SECONDS_AGO: "s ago", "秒前";
    MINUTES_AGO: "min ago", "分前";
    STALE: "Answers were changed since.", "その後、回答が変更されました。";
    PASSED: "passed", "合格";
    BLOCKER: "Blocker", "阻害";
    WARNING: "Warning", "警告";
    ADVICE: "Advice", "助言";
    COULD_NOT_RUN: "Could not run", "実行不可";
    WHAT_TO_DO: "What to do:", "対処:";
    SKIP: "Go on although this fails", "失敗しても続行する";
    MANDATORY: "This check cannot be skipped.", "このチェックはスキップできません。";
    ALL_PASSED: "Nothing keeps the deployment from starting.", "デプロイの開始を妨げるものはありません。";
    TO_FIELD: "To the field", "項目へ";

    REVIEW: "Review", "確認";
    EDIT: "Edit", "編集";
    SECRET_SET: "given", "入力済み";
    SECRET_MISSING: "missing", "未入力";
    NOT_GIVEN: "none", "なし";
    BY_DEFAULT: "default", "既定値";
    PLAN: "Plan", "計画";
    PLAN_WHY: "What will be done, in this order. The run goes on without this window; you may close it at any time.",
        "次の順に実行します。この画面がなくても実行は続くため、いつでも閉じられます。";
    MINUTES: "min", "分";
    ABOUT_A_MINUTE: "about a minute", "約 1 分";

    PREPARE: "Prepare VM", "VM の準備";
    PREPARE_WHY: "Builds the engine in a local VM, then waits for the storage answers.",
        "ローカル VM にエンジンを構築し、その後ストレージの回答を待ちます。";
    WHOLE: "Prepare and finish as one", "準備から完了まで一括実行";
    WHOLE_WHY: "Goes on through the storage without waiting.", "待機せずにストレージまで続けて実行します。";
    FINISH: "Finish deployment", "デプロイの完了";
    FINISH_WHY: "The VM is ready and its run waits for these answers.", "VM の準備ができ、実行はこれらの回答を待っています。";
    NOT_PREPARED: "The VM is not prepared yet. Prepare it first, or do both as one.",
        "VM はまだ準備されていません。先に準備するか、一括で実行してください。";
    STARTING: "Checking and starting…", "チェックと開始を実行中…";
    RUNNING: "A deployment runs on this host.", "このホストでデプロイを実行中です。";
    AT_GATE: "A deployment on this host waits for the storage answers.", "このホストのデプロイがストレージの回答を待っています。";
    TO_RUN: "To the run", "実行のページへ";
    NOT_STARTED: "The deployment did not start", "デプロイを開始できませんでした";
    NOT_STARTED_WHY: "Nothing was changed on the host. What stands in the way is listed on this page.",
        "ホストには何も変更していません。妨げとなるものはこのページに表示しています。";
    TAKE_OVER: "Take the host over from an earlier run of which nothing runs any more",
        "すでに何も動作していない以前の実行からホストを引き継ぐ";

    FILES: "Answer files and commands", "回答ファイルとコマンド";
    IMPORT: "Import answers", "回答のインポート";
    IMPORT_WHY: "TOML, YAML, JSON, he_* variables or an answer file of hosted-engine --deploy. It replaces what stands here.",
        "TOML、YAML、JSON、he_* 変数、または hosted-engine --deploy の回答ファイル。現在の内容を置き換えます。";
    DROP: "Drop a file here, or choose one:", "ここにファイルをドロップするか、選択してください:";
    IMPORTED: "Imported as", "インポートしました。形式:";
    TOO_LARGE: "The file is too large for an answer file.", "回答ファイルとしては大きすぎます。";
    EXPORT: "Export answers", "回答のエクスポート";
    EXPORT_WHY: "As they are saved; without passwords.", "保存済みの内容。パスワードは含まれません。";
    COMMANDS: "Show the commands", "コマンドを表示";
    COMMANDS_WHY: "The exact variables of every phase and the command that uses them; secrets by name only.",
        "各フェーズの正確な変数と、それを使うコマンド。秘密情報は名前のみ。";
    CLOSE: "Close", "閉じる";
    START_OVER: "Start over", "最初からやり直す";
    START_OVER_WHY: "Empties the draft. Nothing on the host is touched.", "下書きを空にします。ホストには何もしません。";
    START_OVER_SURE: "Empty the draft now", "今すぐ下書きを空にする";

    TEST_MAIL: "Send test mail", "テストメールを送信";
    SENDING: "Sending…", "送信中…";

    LOOK: "Look at the storage from the host", "ホストからストレージを調べる";
    RETRIEVE_TARGETS: "Retrieve target list", "ターゲットの一覧を取得";
    RETRIEVE_LUNS: "Retrieve LUN list", "LUN の一覧を取得";
    LOOKING: "Looking…", "調査中…";
    PLACES: "Exports and volumes of the server", "サーバーのエクスポートとボリューム";
    TARGETS: "Targets", "ターゲット";
    PORTAL_GROUP: "portal group", "ポータルグループ";
    NO_LUNS: "No LUN was found there.", "LUN が見つかりませんでした。";
    LUN: "LUN", "LUN の ID";
    LUN_SIZE: "Size (GiB)", "サイズ (GiB)";
    LUN_MODEL: "Vendor and product", "ベンダーと製品";
    LUN_PATHS: "Paths", "パス";
    LUN_STATE: "State", "状態";
    LUN_FREE: "free", "空き";
    LUN_NOT_EMPTY: "free, but not empty", "空き (データあり)";

    HOST: "The host at a glance", "ホストの概要";
    SYSTEM: "System", "システム";
    MACHINE: "Machine", "マシン";
    PROCESSORS: "Processors", "プロセッサー";
    MEMORY: "Memory", "メモリー";
    MEMORY_AVAILABLE: "MiB available", "MiB 使用可能";
    NETWORK: "Network", "ネットワーク";
    ENGINE_STATE: "Engine", "エンジンの状態";
    ENGINE_THERE: "A hosted engine is deployed on this host.", "このホストにはホステッドエンジンがデプロイ済みです。";
    ENGINE_NOT_THERE: "No hosted engine on this host yet.", "このホストにはまだホステッドエンジンがありません。";
    NEXT_STEP: "What to do next", "次に行うこと";
    GO_ON: "Deploy a hosted engine", "ホステッドエンジンをデプロイする";
    SEE_HEALTH: "See how the engine is", "エンジンの稼働状態を見る";
    GO_ON_WHY: "The wizard keeps what you answer; any browser goes on where you stopped.",
        "ウィザードは回答を保存します。別のブラウザーからでも続きを行えます。";
    N_BLOCKERS: "blockers", "件の阻害要因";
    N_WARNINGS: "warnings", "件の警告";
    N_ADVICE: "advice", "件の助言";
    N_PASSED: "passed", "件合格";
    N_UNKNOWN: "could not run", "件実行不可";
    ANSWERED_CHECKS: "Judged with the answers given so far; the wizard shows each.", "これまでの回答で判定しています。詳細はウィザードに表示されます。";

    UNUSABLE: "Interfaces that cannot carry the bridge", "ブリッジを載せられないインターフェース";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_both_languages() {
        let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
        for (name, (en, ja)) in ALL {
            assert!(!en.trim().is_empty() && !en.chars().any(japanese), "{name}: {en}");
            assert!(ja.chars().any(japanese), "{name}: {ja}");
        }
    }
}
