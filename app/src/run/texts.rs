//! The texts of a run's page, in both languages.

use crate::texts::catalogue;
use hosted_deploy_model::lang::Lang;

catalogue! {
    /// The heading; the engine's name follows.
    deployment: "Deployment of", "デプロイ:";
    /// The box with the phases.
    phases: "Phases", "フェーズ";
    /// A phase's state, for those who do not see the sign.
    pending: "not begun", "未開始";
    /// A phase's state.
    phase_runs: "running", "実行中";
    /// A phase's state.
    phase_done: "done", "完了";
    /// A phase's state.
    phase_failed: "failed", "失敗";
    /// Behind numbers.
    tasks: "tasks", "タスク";
    /// Before a duration.
    usually: "usually", "通常";
    /// Before a duration, from the plan.
    about: "about", "約";
    /// Shows only a phase's lines.
    show_in_log: "Show in the log", "ログに表示";
    /// A task that is tried again; numbers follow.
    attempt: "attempt", "試行";
    /// Progress of the whole run.
    progress: "Progress", "進捗";
    /// Before a duration.
    left: "left: about", "残り: 約";
    /// The estimate is by earlier runs.
    by_earlier: "by earlier runs", "以前の実行に基づく";
    /// The estimate is the plan's guess.
    by_plan: "usual on real hardware", "実機での目安";
    /// A phase takes longer than usual.
    late: "longer than usual", "通常より長くかかっています";
    /// Before a duration.
    elapsed: "elapsed", "経過";
    /// Before a date.
    began: "Started (UTC)", "開始 (UTC)";
    /// The host.
    on_host: "Host", "ホスト";
    /// The run before.
    retry_of: "Tries again", "再試行元";
    /// The run after.
    retried_by: "Tried again by", "再試行先";

    /// The box with the log.
    log: "Log", "ログ";
    /// A field.
    search: "Search the log", "ログを検索";
    /// A field.
    level: "Show", "表示";
    /// A choice.
    level_all: "All lines", "すべての行";
    /// A choice.
    level_tasks: "Without skipped tasks", "スキップされたタスクを除く";
    /// A choice.
    level_messages: "Messages and failures", "メッセージと失敗";
    /// A choice.
    level_failures: "Failures only", "失敗のみ";
    /// A field.
    phase: "Phase", "フェーズ";
    /// A choice.
    every_phase: "Every phase", "すべてのフェーズ";
    /// A switch.
    follow_log: "Follow", "追従";
    /// A button.
    /// After it.
    /// A button.
    download: "Download", "ダウンロード";
    /// Behind a number.
    lines: "lines", "行";
    /// When nothing is found.
    no_lines: "No line fits. Search for less, or show all lines.", "該当する行がありません。検索語を減らすか、すべての行を表示してください。";
    /// The log's scrolled box, for those who do not see it.
    log_lines: "Lines of the log; the arrow keys scroll", "ログの行 (矢印キーでスクロール)";

    /// The line is down.
    reconnecting: "Connection lost. Reconnecting…", "接続が切れました。再接続しています…";
    /// What that means.
    reconnecting_why: "The deployment goes on without this page. What is missed meanwhile is shown afterwards.",
        "このページが切断されてもデプロイは続行します。切断中の内容は再接続後に表示されます。";
    /// The session has ended.
    logged_out: "Your session has ended", "セッションが終了しました";
    /// What that means.
    logged_out_why: "The deployment goes on. Log in again to see what happened meanwhile.",
        "デプロイは続行しています。再度ログインすると、その間の内容が表示されます。";
    /// A button.
    log_in_again: "Log in again", "再度ログイン";

    /// The role waits for a person.
    paused: "The deployment waits for you", "デプロイは入力を待っています";
    /// Why.
    paused_why: "The role has paused, because it was asked to, or because the host is not up in the local engine. It waits for 24 hours at most. What it says:",
        "ロールが一時停止しています。指定された一時停止か、ローカルエンジンでホストが Up になっていないことが原因です。最長 24 時間待機します。ロールのメッセージ:";
    /// What to do.
    paused_how: "Do what is asked there; where a host is listed as non operational, its events in the local engine name the reason. Then continue.",
        "メッセージの指示に従ってください。ホストが Non Operational の場合は、ローカルエンジンのイベントに理由が記録されています。その後、続行してください。";
    /// Before a duration.
    paused_left: "Time left:", "残り時間:";
    /// A button.
    go_on: "Continue", "続行";

    /// The run waits for the storage answers.
    gate: "The engine is prepared; the storage is next", "エンジンの準備が完了しました。次はストレージです";
    /// What that means.
    gate_why: "The local engine VM runs on the host. It waits as long as you want for the storage that the engine will live on.",
        "ローカルエンジン VM がホストで動作しています。エンジンの配置先となるストレージの指定を待っています。時間の制限はありません。";
    /// Without the wizard.
    gate_how: "On the command line: `hosted-deploy runs continue --answers FILE`", "コマンドライン: `hosted-deploy runs continue --answers FILE`";
    /// A button.
    to_storage: "Choose the storage", "ストレージを選択";

    /// Nobody follows the run.
    absent: "Nobody follows this run at the moment", "現在、この実行を監視するものがありません";
    /// What that means.
    absent_why: "What runs on the host goes on, but the next phase begins only when the run is followed again.",
        "ホスト上の処理は続行していますが、監視を再開するまで次のフェーズは開始されません。";
    /// Drivers end at once.
    gave_up: "The run cannot be followed", "この実行を監視できません";
    /// A button.
    follow: "Follow again", "監視を再開";

    /// It failed; the phase follows.
    failed_in: "Failed:", "失敗:";
    /// The failure is not a known one.
    unknown_failure: "This failure is not among the known ones. The role's own words are below; the bundle helps whoever looks into it.",
        "既知の失敗ではありません。ロールのメッセージを以下に示します。調査にはバンドルが役立ちます。";
    /// A term.
    what_to_do: "What to do", "対処";
    /// A term.
    answer_to_change: "Answer to change", "変更する回答";
    /// A term.
    failed_task: "Task", "タスク";
    /// A term.
    said: "What it said", "出力";
    /// A fold.
    more_said: "What failed while the role dealt with it", "後処理中に発生したその他の失敗";
    /// A button.
    edit: "Edit answers", "回答を編集";
    /// A button.
    retry: "Try again", "再試行";
    /// A button.
    clean_up: "Clean up the host", "ホストの後片付け";
    /// A button.
    bundle: "Download bundle", "バンドルをダウンロード";
    /// It was cancelled.
    cancelled: "Cancelled", "キャンセル済み";
    /// What that means.
    cancelled_why: "What the phases so far made is still on the host. Trying again cleans it up first.",
        "これまでのフェーズで作成されたものはホストに残っています。再試行すると、最初に後片付けが行われます。";
    /// The unit is lost.
    interrupted: "Interrupted", "中断";

    /// It succeeded.
    done: "The engine runs", "エンジンが稼働しています";
    /// A term.
    portal: "Administration portal", "管理ポータル";
    /// A term.
    login_name: "User name", "ユーザー名";
    /// With Keycloak.
    login_keycloak: "Type it exactly so. The REST API takes `admin@ovirt@internalsso`.",
        "このとおりに入力してください。REST API では `admin@ovirt@internalsso` を使用します。";
    /// Without.
    login_internal: "Choose the profile `internal`. The REST API takes `admin@internal`.",
        "プロファイルは `internal` を選択してください。REST API では `admin@internal` を使用します。";
    /// A term.
    login_password: "Password", "パスワード";
    /// Its description.
    login_password_why: "The one that you gave for the engine's administrator.", "エンジン管理者に指定したパスワードです。";
    /// A heading.
    next_steps: "Next steps", "次の手順";
    /// A step.
    step_repositories: "Enable the repositories or the subscription in the engine VM, so that it receives updates.",
        "エンジン VM でリポジトリまたはサブスクリプションを有効にし、更新を受け取れるようにします。";
    /// A step.
    step_storage: "Add a data storage domain in the portal (Storage → Domains): virtual machines do not belong on the hosted-engine domain.",
        "ポータルでデータストレージドメインを追加します (ストレージ → ドメイン)。仮想マシンをホステッドエンジン用ドメインに置かないでください。";
    /// A step.
    step_hosts: "Add at least one more host, with \"Hosted Engine: Deploy\" chosen, so that the engine survives the loss of this one.",
        "「ホステッドエンジン: デプロイ」を選択してホストを 1 台以上追加します。このホストが失われてもエンジンが継続します。";
    /// A step.
    step_backup: "Set up `engine-backup` and keep its files outside this cluster.",
        "`engine-backup` を設定し、そのファイルをこのクラスターの外に保管します。";
    /// A link.
    to_health: "Watch the engine's health", "エンジンの正常性を確認";

    /// A button.
    cancel: "Cancel the deployment", "デプロイをキャンセル";
    /// A dialog's heading.
    cancel_question: "Cancel this deployment?", "このデプロイをキャンセルしますか?";
    /// What it does.
    cancel_what: "The phase that runs on the host is stopped at once. Nothing is undone.",
        "ホストで実行中のフェーズが直ちに停止されます。元に戻す処理は行われません。";
    /// How it goes on.
    cancel_then: "You can try again afterwards: what earlier attempts left on the host is then cleaned up first.",
        "後で再試行できます。その際、以前の試行がホストに残したものが最初に片付けられます。";
    /// A button: not.
    keep: "Let it go on", "続行させる";
    /// While it is stopped.
    cancelling: "Stopping the phase on the host…", "ホスト上のフェーズを停止しています…";
    /// A dialog's heading.
    retry_question: "Try again?", "再試行しますか?";
    /// What it does.
    retry_what: "The host is checked again. Then a new run begins where this one left the host.",
        "ホストを再度確認し、この実行が中断した状態から新しい実行を開始します。";
    /// A choice.
    edited: "With the answers as they stand in the wizard now, not with those of this run",
        "この実行の回答ではなく、現在のウィザードの回答を使用する";
    /// A dialog's heading.
    replace_question: "Replace the draft in the wizard?", "ウィザードの下書きを置き換えますか?";
    /// Why it is asked; fields follow.
    replace_why: "The wizard holds a draft that differs from the answers of this run in:",
        "ウィザードの下書きは、次の項目でこの実行の回答と異なります:";
    /// What becomes of passwords.
    replace_then: "Passwords that were typed into that draft are forgotten when it is replaced. Those of this run are asked for again where the server does not have them any more.",
        "置き換えると、下書きに入力されたパスワードは破棄されます。この実行のパスワードがサーバーに残っていない場合は、再度入力が必要です。";
    /// A button.
    load_answers: "Load the answers of this run", "この実行の回答を読み込む";
    /// A button.
    keep_draft: "Keep the draft and edit it", "下書きを残して編集する";
    /// A choice.
    take_over: "Take the host over from another run of which nothing runs any more",
        "処理が残っていない別の実行からホストを引き継ぐ";
    /// A dialog's heading.
    secrets_question: "Passwords are needed", "パスワードが必要です";
    /// Why.
    secrets_why: "They are nowhere on a disk: this server keeps them in memory while the run goes on, and it was restarted or never had them.",
        "パスワードはディスクに保存されません。このサーバーは実行中だけメモリーに保持しますが、再起動されたか、まだ受け取っていません。";
    /// A button.
    back: "Close", "閉じる";
    /// Something was not done.
    not_done: "Not done", "実行されませんでした";
    /// The server did not answer.
    no_answer: "The server did not answer. Check the network and try again; a deployment that runs goes on.",
        "サーバーから応答がありません。ネットワークを確認して再試行してください。実行中のデプロイは続行しています。";
    /// While something is done.
    working: "Working…", "処理中…";
    /// For those who only look; an account follows.
    only_looking: "You see this run, but only the account that it works as can act on it:", "この実行を閲覧できますが、操作できるのは次のアカウントだけです:";
    /// No such run.
    no_run: "No such run", "実行が見つかりません";
    /// What to do then.
    no_run_why: "There is no run of this name on the host that you are logged in to. The page of all runs lists those that there are.",
        "ログイン先のホストにこの名前の実行はありません。実行の一覧ページを確認してください。";
}

/// The texts of a language.
pub(crate) const fn of(lang: Lang) -> &'static Texts {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_is_there_in_both_languages_and_translated() {
        crate::texts::tests::check(super::ALL);
    }
}
