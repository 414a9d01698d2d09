//! The way to a host, and commands on it.

use super::act;
use crate::ssh::{Attempt, CommandError, ConnectError, KeyError, Outcome, Place, Stage, SudoError};
use std::error::Error;
use std::sync::Arc;

pub(super) fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    error
        .downcast_ref()
        .map(connect)
        .or_else(|| error.downcast_ref::<Arc<ConnectError>>().map(|error| connect(error)))
        .or_else(|| error.downcast_ref().map(command))
        .or_else(|| error.downcast_ref().map(sudo))
        .or_else(|| error.downcast_ref().map(key))
}

fn connect(error: &ConnectError) -> String {
    use ConnectError as E;
    match error {
        E::NameNotResolved { at, .. } => format!("{at} に接続できません: 名前を解決できませんでした"),
        E::Refused { at, .. } => format!("{at} に接続できません: 接続が拒否されました"),
        E::Unreachable { at, .. } => format!("{at} に接続できません: 到達できません"),
        E::TimedOut { at, stage: how_far, secs } => {
            format!("{at} に接続できません: {}が {secs} 秒以内に終わりませんでした", stage(*how_far))
        }
        E::NotSsh { at, said } => {
            format!("{at} に接続できません: 応答したのは SSH 2 サーバーではありません (応答 \"{said}\")")
        }
        E::Closed { at, stage: how_far, cause } => {
            format!("{at} に接続できません: {}の途中でサーバーが接続を閉じました: {cause}", stage(*how_far))
        }
        E::NoCommonAlgorithm { at, kind, ours, theirs } => format!(
            "{at} に接続できません: 共通の {kind} アルゴリズムがありません。サーバーが提示: {}、こちらで使用可能: {}",
            list(theirs),
            list(ours)
        ),
        E::HostKeyUnknown(host) => {
            let ignored: String = host.ignored.iter().map(|line| format!(" (不使用: {line})")).collect();
            format!(
                "{} に接続しませんでした: ホスト鍵 {} {} は未知です{ignored}",
                host.at, host.algorithm, host.fingerprint
            )
        }
        E::HostKeyChanged(change) => format!(
            "{} に接続しませんでした: ホスト鍵が変わりました。提示された鍵は {}、記録された鍵は {} ({}) です",
            change.at,
            change.offered,
            change.recorded,
            place(&change.place)
        ),
        E::HostKeyRevoked { at, offered, place: forbidding } => {
            format!("{at} に接続しませんでした: ホスト鍵 {offered} は {} で失効しています", place(forbidding))
        }
        E::HostKeyFile { path, .. } => format!("ホスト鍵を {} に保存できません", path.display()),
        E::AuthRefused { at, user, attempts, offered, closed } => {
            let tried: Vec<String> = attempts.iter().map(attempt).collect();
            let closed =
                closed.as_ref().map(|said| format!("。サーバーは接続を閉じました: {said}")).unwrap_or_default();
            format!(
                "{at} への {user} のログインが拒否されました。試行: {}、サーバーが提示: {}{closed}",
                list(&tried),
                list(offered)
            )
        }
        E::KeyUnreadable { path, .. } => format!("秘密鍵 {} を読み取れません", path.display()),
        E::KeyEncrypted { path } => format!("秘密鍵 {} にはパスフレーズが必要です", path.display()),
        E::KeyPassphraseWrong { path } => format!("パスフレーズでは秘密鍵 {} を開けません", path.display()),
        E::KeyUnsupported { path, reason } => format!("秘密鍵 {} を使用できません: {reason}", path.display()),
        E::Key(error) => key(error),
        E::Agent { reason } => format!("ssh-agent を使用できません: {reason}"),
        E::Root { at, .. } => format!("{at} に接続しましたが、root になれません"),
        E::ClosedHere { at } => format!("{at} への接続はこちらで閉じられました"),
    }
}

fn command(error: &CommandError) -> String {
    use CommandError as E;
    match error {
        E::Lost { at, act: what, cause } => format!("{at} への接続が切れました ({}): {cause}", act(what)),
        E::NoChannel { at, act: what, secs, reason } => {
            format!("{at} が {secs} 秒間チャネルを拒否しました ({}): {reason}", act(what))
        }
        E::Declined { at, act: what } => format!("{at} が実行を拒否しました ({})", act(what)),
        E::TooMuchOutput { at, act: what, limit_bytes } => {
            format!("{at} での出力が {limit_bytes} バイトを超えたため終了しました ({})", act(what))
        }
        E::NulByte { at, act: what } => format!("{at} で実行できません: NUL 文字が含まれています ({})", act(what)),
        E::Sudo { at, act: what, .. } => format!("{at} で root として実行できません ({})", act(what)),
        E::Upload { at, path, reason } => format!("{at} の {path} に書き込めません: {reason}"),
        E::Forward { at, to, reason } => format!("{at} から {to} に到達できません: {reason}"),
    }
}

fn sudo(error: &SudoError) -> String {
    match error {
        SudoError::WrongPassword => "sudo がパスワードを拒否しました".to_owned(),
        SudoError::PasswordNeeded => "sudo がパスワードを求めましたが、指定されていません".to_owned(),
        SudoError::NotAllowed { said } => format!("このアカウントには sudo が許可されていません: {said}"),
        SudoError::RequiresTty => "sudo が端末を要求しています (requiretty)".to_owned(),
        SudoError::Missing => "sudo が見つかりません".to_owned(),
        SudoError::Other { status, said } => format!("sudo が終了ステータス {status} で失敗しました: {said}"),
    }
}

fn key(error: &KeyError) -> String {
    match error {
        KeyError::Encrypted => "秘密鍵にはパスフレーズが必要です".to_owned(),
        KeyError::PassphraseWrong => "パスフレーズでは秘密鍵を開けません".to_owned(),
        KeyError::Unsupported { reason } => format!("秘密鍵を使用できません: {reason}"),
    }
}

fn attempt(Attempt { way, outcome }: &Attempt) -> String {
    match outcome {
        Outcome::Refused => format!("{way} (拒否)"),
        Outcome::NotOffered => format!("{way} (提示されないため未送信)"),
        Outcome::Partial => format!("{way} (受理、追加の認証が必要)"),
        Outcome::Asked(prompt) => format!("{way} (サーバーの質問 \"{prompt}\")"),
        Outcome::Unusable(why) => format!("{way} (使用不可: {why})"),
    }
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Reaching => "接続",
        Stage::Handshake => "SSH ハンドシェイク",
        Stage::Login => "ログイン",
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::File { path, line } => format!("{} の {line} 行目", path.display()),
        Place::FirstConnection => "最初の接続".to_owned(),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "なし".to_owned() } else { names.join(", ") }
}
