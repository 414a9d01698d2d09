//! The catalogue: every text that a page shows, in both languages. A field that one language lacks does not compile.

use hosted_deploy_model::lang::Lang;
use leptos::prelude::*;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $key:ident: $en:literal, $ja:literal;)+) => {
        /// All texts of one language.
        #[derive(Debug)]
        pub struct Texts {
            $($(#[$doc])* pub $key: &'static str,)+
        }

        const EN: Texts = Texts { $($key: $en,)+ };
        const JA: Texts = Texts { $($key: $ja,)+ };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $en, $ja),)+];
    };
}

pub(crate) use catalogue;

catalogue! {
    /// The product.
    product: "Hosted engine deployment", "ホステッドエンジンのデプロイ";
    /// For the keyboard: past the navigation.
    skip: "Skip to content", "コンテンツへスキップ";
    /// Names the navigation to a screen reader.
    navigation: "Pages", "ページ";
    /// The switch to the other language, in that language.
    other_language: "日本語", "English";
    /// Its tag, for the screen reader's voice.
    other_language_tag: "ja", "en";
    /// The switch to the dark look.
    to_dark: "Dark", "ダーク";
    /// The switch to the light look.
    to_light: "Light", "ライト";
    /// Ends the session.
    log_out: "Log out", "ログアウト";

    /// The first page.
    overview: "Overview", "概要";
    /// Its box about the session.
    session: "Session", "セッション";
    /// The host that the session is on.
    host: "Deployment host", "デプロイ先のホスト";
    /// The account.
    user: "User", "ユーザー";
    /// The key of the host.
    host_key: "Host key", "ホスト鍵";
    /// Our own version.
    version: "Version", "バージョン";
    /// Its box about the runs.
    runs: "Runs on this host", "このホストでの実行";
    /// When there is none.
    no_runs: "No deployment has been started on this host from here. The page Deploy starts one, or `hosted-deploy --answers FILE` on the command line.",
        "このホストへのデプロイはまだ開始されていません。「デプロイ」ページ、またはコマンドラインの `hosted-deploy --answers FILE` で開始します。";
    /// The page of all runs, in the navigation.
    runs_page: "Runs", "実行";
    /// Its heading, and the link there.
    all_runs: "All runs", "すべての実行";
    /// Above the list; the host follows.
    runs_of: "Deployments that were started from this server on", "このサーバーから開始されたデプロイの対象ホスト:";
    /// Below a list that is cut.
    older_runs: "Only the newest are listed. `hosted-deploy runs list` on the command line lists all.",
        "新しいものだけを表示しています。コマンドラインの `hosted-deploy runs list` ですべて表示されます。";
    /// A column.
    took: "Duration", "所要時間";
    /// A column.
    on_host: "Host", "ホスト";
    /// A column: whom the run works as on the host.
    account: "Account", "アカウント";
    /// A column.
    run: "Run", "実行";
    /// A column.
    started: "Started (UTC)", "開始 (UTC)";
    /// A column.
    engine: "Engine", "エンジン";
    /// A column.
    state: "State", "状態";
    /// A run's state.
    running: "Running", "実行中";
    /// A run's state.
    waiting: "Waits for an answer", "入力待ち";
    /// A run's state.
    succeeded: "Succeeded", "成功";
    /// A run's state.
    failed: "Failed", "失敗";
    /// A run's state.
    cancelled: "Cancelled", "キャンセル済み";
    /// A run's state.
    interrupted: "Interrupted", "中断";
    /// While the server is asked.
    loading: "Loading…", "読み込み中…";
    /// The server did not answer.
    not_loaded: "The server did not answer. Reload the page; if the session has ended, you are asked to log in again.",
        "サーバーから応答がありません。ページを再読み込みしてください。セッションが終了している場合は、再度ログインが必要です。";

    /// The login.
    log_in: "Log in", "ログイン";
    /// What it is for.
    log_in_why: "Log in to the deployment host. Everything is done there over SSH, with your account's rights; nothing you type is stored.",
        "デプロイ先のホストにログインします。すべての操作は SSH 経由でこのホスト上で、ログインしたアカウントの権限で行われます。入力内容は保存されません。";
    /// A field.
    host_field: "Host (name or address, port after a colon)", "ホスト (名前またはアドレス、ポートはコロンの後)";
    /// A field.
    password: "Password", "パスワード";
    /// Folds the fields of a key out.
    key_instead: "Private key instead of a password", "パスワードの代わりに秘密鍵を使用";
    /// A field.
    key_file: "Private key file", "秘密鍵ファイル";
    /// A field.
    key_text: "Or paste the private key", "または秘密鍵を貼り付け";
    /// A field.
    passphrase: "Passphrase of the key, if it has one", "鍵のパスフレーズ (設定されている場合)";
    /// What becomes of a key.
    key_why: "It stays in the server's memory, only as long as it is needed.", "鍵はサーバーのメモリ上に、必要な間だけ保持されます。";
    /// When the agent may be used.
    agent_why: "Or leave password and key empty: the keys of the SSH agent are tried, of the terminal where `hosted-deploy serve` was started.",
        "パスワードと鍵を空のままにすると、`hosted-deploy serve` を起動したターミナルの SSH エージェントの鍵で認証します。";
    /// The address was of another start.
    agent_stale: "This address is of an earlier start. Open the one that `hosted-deploy serve` has printed on the terminal.",
        "このアドレスは以前の起動のものです。`hosted-deploy serve` がターミナルに表示したアドレスを開いてください。";
    /// The form could not be read.
    form_not_whole: "The form did not arrive whole. A private key has a few thousand bytes: was another file chosen?",
        "フォームの内容を読み取れませんでした。秘密鍵は数千バイトです。別のファイルを選択していないか確認してください。";
    /// The host is unknown.
    first_contact: "First contact with this host", "このホストへの初回接続";
    /// What to do then.
    first_contact_why: "Compare this fingerprint with the one on the host's console (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`). If they are the same, type the password, or choose your key, again: the host key is then remembered, and another one refused.",
        "このフィンガープリントを、ホストのコンソールに表示されるもの (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`) と比較してください。一致する場合はパスワードの再入力または鍵の再選択をしてください。ホスト鍵が記録され、以後異なる鍵は拒否されます。";
    /// The button then.
    trust: "The fingerprints are the same: log in", "フィンガープリントが一致: ログイン";
    /// Something is wrong with the form.
    not_a_host: "This is no host name or address.", "ホスト名またはアドレスではありません。";
    /// Something is wrong with the form.
    nothing_typed: "A user is needed, and a password or a private key.", "ユーザーと、パスワードまたは秘密鍵が必要です。";
    /// Why the login failed.
    not_logged_in: "Not logged in", "ログインできません";
    /// Too many failures from one address; the number of seconds follows.
    slow_down: "Too many failed logins from your address. Try again after this many seconds:",
        "このアドレスからのログイン失敗が多すぎます。次の秒数が経過してから再試行してください:";
    /// All logins in progress are taken.
    busy: "Too many logins at this moment. Try again shortly.", "現在ログイン処理が混み合っています。しばらくしてから再試行してください。";
    /// The session had been idle.
    ended: "Your session has ended. Log in again; a deployment that runs goes on without you.",
        "セッションが終了しました。再度ログインしてください。実行中のデプロイは継続しています。";

    /// Warns before the idle time is over.
    idle: "You will be logged out soon, as nothing happens here. A deployment that runs goes on.",
        "操作がないため、まもなくログアウトします。実行中のデプロイは継続します。";
    /// The number of seconds follows.
    idle_left: "Seconds left:", "残り秒数:";
    /// Puts the log-out off.
    stay: "Stay logged in", "ログインを継続";

    /// No such page.
    not_found: "Page not found", "ページが見つかりません";
    /// What to do then.
    not_found_why: "The address is wrong, or the page is no longer there. The overview leads on.",
        "アドレスが正しくないか、ページが存在しません。概要ページから進んでください。";
    /// A form that came from another site.
    foreign: "Request refused", "リクエストを拒否しました";
    /// Why.
    foreign_why: "The request did not come from these pages. Open the page anew and try again; behind a proxy, check that it passes the Host header on.",
        "このサイトのページからのリクエストではありません。ページを開き直して再試行してください。プロキシを使用している場合は、Host ヘッダーが転送されているか確認してください。";
    /// Leads to the overview.
    to_overview: "To the overview", "概要へ";
}

/// The texts of a language.
pub const fn of(lang: Lang) -> &'static Texts {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

/// A text with what stands between backquotes set apart.
pub(crate) fn with_code(text: &str) -> impl IntoView + use<> {
    let part = |(index, part): (usize, &str)| {
        let part = part.to_owned();
        if index % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    };
    text.split('`').enumerate().map(part).collect_view()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_and_translated() {
        assert!(ALL.len() > 40);
        check(ALL);
    }

    /// Of any catalogue.
    pub(crate) fn check(all: &[(&'static str, &'static str, &'static str)]) {
        let commands = |text: &'static str| -> Vec<&str> { text.split('`').skip(1).step_by(2).collect() };
        for (key, en, ja) in all {
            assert!(!en.trim().is_empty() && !ja.trim().is_empty(), "{key}");
            assert_ne!(en, ja, "{key}: not translated");
            assert!(
                key.starts_with("other_language") || en.chars().all(|c| !is_japanese(c)),
                "{key}: Japanese in {en}"
            );
            assert!(key.starts_with("other_language") || ja.chars().any(is_japanese), "{key}: no Japanese in {ja}");
            assert_eq!(commands(en), commands(ja), "{key}: other commands");
        }
    }

    fn is_japanese(c: char) -> bool {
        matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
    }
}
