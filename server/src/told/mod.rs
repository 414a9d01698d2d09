//! Errors in both languages. Their `Display` is the English text, for logs; people get [`of`], or [`sentence`] where advice stands
//! beside it. The compiler finds an error of these kinds that lacks its Japanese.

mod host;
mod kept;
mod ssh;

use hosted_deploy_model::lang::Text;
use hosted_deploy_pxe::told::with_causes;
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
    with_causes(error, sentence)
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
    let ja = ja.or_else(|| hosted_deploy_pxe::told::japanese(error));
    Text { ja: ja.unwrap_or_else(|| en.clone()), en }
}

/// The Japanese of an error that a variant hands through.
fn inner(error: &(dyn Error + 'static)) -> String {
    sentence(error).ja
}

/// What was being done, where an error names it in English; a command or a path stands for itself.
fn act(english: &str) -> String {
    let known = ACTS.iter().find(|(en, _)| *en == english).map(|(_, ja)| (*ja).to_owned());
    let written = english.strip_prefix("writing ").map(|path| format!("{path} の書き込み"));
    known.or(written).unwrap_or_else(|| english.to_owned())
}

const ACTS: [(&str, &str); 29] = [
    ("create", "作成"),
    ("do it", "処理"),
    ("empty the storage", "ストレージの消去"),
    ("follow the phase's unit", "フェーズのユニットの追跡"),
    ("keep", "保存"),
    ("lock", "ロック"),
    ("look at the storage", "ストレージの確認"),
    ("look for what is left", "残存物の確認"),
    ("looking at the clean-up", "クリーンアップの確認"),
    ("looking at the storage", "ストレージの確認"),
    ("looking for what is left", "残存物の確認"),
    ("make", "作成"),
    ("open", "オープン"),
    ("read", "読み取り"),
    ("reading the LVM configuration", "LVM 設定の読み取り"),
    ("reading the clean-up's log", "クリーンアップのログの読み取り"),
    ("reading the engine's health", "エンジンの状態の読み取り"),
    ("reading the host", "ホストの読み取り"),
    ("reading the log", "ログの読み取り"),
    ("remove the role's lock file", "ロールのロックファイルの削除"),
    ("repair", "修復"),
    ("running a playbook on the host", "ホストでのプレイブックの実行"),
    ("start", "起動"),
    ("start the phase's unit", "フェーズのユニットの開始"),
    ("starting the clean-up", "クリーンアップの開始"),
    ("stop the phase's unit", "フェーズのユニットの停止"),
    ("take the host's lock", "ホストのロックの取得"),
    ("take the network guard away", "ネットワーク保護の解除"),
    ("write", "書き込み"),
];

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

    /// They are said where they are done, in English: each of them must be in the table, and none be left over.
    #[test]
    fn every_act_has_its_japanese() {
        fn walk(folder: &std::path::Path, acts: &mut std::collections::BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, acts);
                } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("told/mod.rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    for before in [".named(\"", "act: \"", "io(\"", "expect(\"", "(session, \"", "(&session, \""] {
                        let found = source.split(before).skip(1).filter_map(|rest| rest.split_once('"'));
                        // `expect` of tests names what is expected; a script is called by its file.
                        let said = found.filter(|(_, rest)| before != "expect(\"" || rest.starts_with(", &output"));
                        acts.extend(said.map(|(act, _)| act.to_owned()).filter(|act| !act.contains('.')));
                    }
                }
            }
        }
        let mut said = std::collections::BTreeSet::new();
        walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut said);
        let known: std::collections::BTreeSet<String> = ACTS.iter().map(|(act, _)| (*act).to_owned()).collect();
        let (lacking, left_over): (Vec<_>, Vec<_>) =
            (said.difference(&known).collect(), known.difference(&said).collect());
        assert!(lacking.is_empty() && left_over.is_empty(), "lacking: {lacking:?}, left over: {left_over:?}");
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
