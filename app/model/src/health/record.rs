//! [`ActionEvent`]: what is written down of an action: who did what on which host, when, and what came of it.

use super::action::Action;
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// One line of `actions.jsonl`. An action is the lines of one `id`: it begins with [`ActionKind::Begun`] and ends with
/// [`ActionKind::Refused`] or [`ActionKind::Ended`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionEvent {
    /// Which action it belongs to.
    pub id: String,
    /// Milliseconds of the epoch.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub kind: ActionKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ActionKind {
    /// Somebody wants it.
    Begun {
        /// Which.
        action: Action,
        /// On which host.
        host: String,
        /// Who: the person and the account on the host.
        who: String,
        /// The host whose block is meant, for [`Action::CleanMetadata`].
        target: Option<u32>,
    },
    /// Somebody began what is no action of the table.
    Noted {
        /// `cleanup`.
        what: String,
        /// On which host.
        host: String,
        /// Who.
        who: String,
    },
    /// The host's state speaks against it; nothing was done.
    Refused {
        /// Why.
        why: Vec<Text>,
    },
    /// The command has run.
    Ran {
        /// Its exit status.
        status: Option<u32>,
        /// What it printed.
        said: String,
    },
    /// It is over.
    Ended {
        /// How.
        outcome: ActionOutcome,
    },
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ActionOutcome {
    /// The command succeeded, and its effect was seen.
    Seen {
        /// After so many seconds.
        secs: u64,
    },
    /// The command succeeded; there is nothing to see.
    Done,
    /// The command said that it succeeded, and the effect did not show in the time that it usually takes.
    NotSeen {
        /// So many seconds were waited for.
        secs: u64,
    },
    /// The command failed, or did nothing although it ended with 0.
    Failed {
        /// Its words.
        said: String,
    },
}

impl ActionOutcome {
    /// It is as wanted.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Seen { .. } | Self::Done)
    }

    /// One sentence.
    pub fn sentence(&self) -> Text {
        match self {
            Self::Seen { secs } => {
                text!("Done, and seen on the host after {secs} s.", "完了しました ({secs} 秒後にホストで確認)。")
            }
            Self::Done => Text::new("Done.", "完了しました。"),
            Self::NotSeen { secs } => text!(
                "The command succeeded, but its effect did not show within {secs} s; look again by `hosted-deploy status`.",
                "コマンドは成功しましたが、{secs} 秒以内に効果を確認できませんでした。`hosted-deploy status` で再確認してください。"
            ),
            Self::Failed { said } => text!("It failed: {said}", "失敗しました: {said}"),
        }
    }
}

impl Action {
    /// What the command's end means. `--clean-metadata` ends with 0 also when it has refused and says so in its log lines only;
    /// `--check-liveliness` answers by its exit status.
    pub fn ran(self, status: Option<u32>, said: &str) -> Result<(), String> {
        let words = || {
            let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no word");
            last.chars().take(300).collect::<String>()
        };
        match self {
            Self::CleanMetadata if !said.contains("Cleaning the metadata block") => Err(words()),
            Self::VmStart if said.contains("VM exists and its status is") => Err(words()),
            _ if status == Some(0) => Ok(()),
            _ => Err(words()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_ends_with_0_is_a_failure() {
        let refused = "ERROR:ovirt_hosted_engine_ha.agent.hosted_engine.HostedEngine:Cannot clean unclean metadata block. Consider --force-clean.\n";
        assert!(Action::CleanMetadata.ran(Some(0), refused).unwrap_err().contains("unclean"));
        let cleaned = "WARNING:ovirt_hosted_engine_ha.agent.hosted_engine.HostedEngine:Cleaning the metadata block!\n";
        assert_eq!(Action::CleanMetadata.ran(Some(0), cleaned), Ok(()));
        assert!(Action::SetMaintenanceLocal.ran(Some(1), "Unable to enter local maintenance mode\n").is_err());
        assert_eq!(Action::SetMaintenanceGlobal.ran(Some(0), ""), Ok(()));
    }
}
