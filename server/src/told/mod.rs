//! Errors in both languages. Their `Display` is the English text, for logs; people get [`of`], or [`sentence`] where advice stands
//! beside it. The compiler finds an error of these kinds that lacks its Japanese.

mod host;
mod kept;
mod ssh;

use hosted_deploy_model::lang::Text;
use std::error::Error;

/// An error that is only these words.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub struct Said(pub Text);

impl Said {
    /// Both languages at once.
    pub fn new(en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self(Text::new(en, ja))
    }
}

/// What an error says, with its causes.
pub fn of(error: &(dyn Error + 'static)) -> Text {
    if let Some(text) = hosted_deploy_pxe::told::of(error) {
        return text;
    }
    let mut text = sentence(error);
    let mut cause = error.source();
    while let Some(source) = cause {
        // Some sentences hold their cause already.
        let said = sentence(source);
        if !text.en.contains(&said.en) {
            text = Text::new(format!("{}: {}", text.en, said.en), format!("{}: {}", text.ja, said.ja));
        }
        cause = source.source();
    }
    text
}

/// What an error says in place of the `{}` of a sentence.
pub fn in_sentence(error: &(dyn Error + 'static), en: &str, ja: &str) -> Text {
    let said = of(error);
    Text::new(en.replace("{}", &said.en), ja.replace("{}", &said.ja))
}

/// What an error says, without its causes. One that is not ours, as the system's, speaks for itself.
pub fn sentence(error: &(dyn Error + 'static)) -> Text {
    let en = error.to_string();
    if let Some(Said(text)) = error.downcast_ref() {
        return text.clone();
    }
    // The system's kind of error may carry one of ours.
    if let Some(carried) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return sentence(carried);
    }
    let ja = ssh::japanese(error).or_else(|| host::japanese(error)).or_else(|| kept::japanese(error));
    Text { ja: ja.unwrap_or_else(|| en.clone()), en }
}

/// The Japanese of an error that a variant hands through.
fn inner(error: &(dyn Error + 'static)) -> String {
    sentence(error).ja
}

/// What was being done, where an error names it in English.
fn act(english: &str) -> &str {
    match english {
        "create" | "make" => "作成",
        "keep" => "保存",
        "lock" => "ロック",
        "open" => "オープン",
        "read" => "読み取り",
        "remove" => "削除",
        "write" => "書き込み",
        "list" => "一覧の取得",
        "do it" => "処理",
        "follow the phase's unit" => "フェーズのユニットの追跡",
        "start the phase's unit" => "フェーズのユニットの開始",
        "take the host's lock" => "ホストのロックの取得",
        "look for what is left" | "looking for what is left" => "残存物の確認",
        "reading the log" => "ログの読み取り",
        "reading the host" => "ホストの読み取り",
        "reading the engine's health" => "エンジンの状態の読み取り",
        "running a playbook on the host" => "ホストでのプレイブックの実行",
        "starting the clean-up" => "クリーンアップの開始",
        "looking at the clean-up" => "クリーンアップの確認",
        "reading the clean-up's log" => "クリーンアップのログの読み取り",
        command => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cleanup::CleanError;
    use crate::preflight::GatherError;
    use crate::runs::host::HostError;
    use crate::runs::store::StoreError;
    use crate::ssh::{CommandError, ConnectError, SudoError};

    fn no_password() -> CommandError {
        CommandError::Sudo {
            at: "admin@h:22".into(),
            act: "reading the host".into(),
            source: SudoError::PasswordNeeded,
        }
    }

    #[test]
    fn the_causes_are_told_once_and_in_the_same_language() {
        let text = of(&GatherError::Command(no_password()));
        assert_eq!(
            text.en,
            "the host cannot be read: cannot run reading the host as root on admin@h:22: sudo asks for a password and none was given"
        );
        assert_eq!(
            text.ja,
            "ホストを読み取れません: admin@h:22 で root として実行できません (ホストの読み取り): sudo がパスワードを求めましたが、指定されていません"
        );
        let full = StoreError::Io {
            act: "write",
            path: "/var/lib/x".into(),
            source: std::io::Error::from(std::io::ErrorKind::StorageFull),
        };
        assert_eq!(of(&full).en.matches("no storage space").count(), 1);
        assert_eq!(of(&full).ja, "/var/lib/x の書き込みに失敗しました: no storage space");
    }

    /// A variant that only hands another error through says what that one says.
    #[test]
    fn an_error_within_an_error_is_japanese_too() {
        for error in [
            &CleanError::Gather(GatherError::Slow) as &(dyn Error + 'static),
            &CleanError::Command(no_password()),
            &HostError::Ssh(no_password()),
            &ConnectError::Root { at: "h".into(), source: Box::new(no_password()) },
        ] {
            let text = of(error);
            assert_ne!(text.en, text.ja, "{}", text.en);
            assert!(!text.ja.is_ascii(), "{}", text.ja);
        }
    }
}
