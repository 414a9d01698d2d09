//! [`ActionEvent`]: what is written down of an action: who did what on which host, when, and what came of it.

use super::action::Action;
use crate::lang::{Lang, Text, text};
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
            Self::Seen { secs: 0 } => Text::new("Done, and seen on the host.", "完了しました (ホストで確認済み)。"),
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

/// One action as its lines tell it: who did what, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// The id of its lines.
    pub id: String,
    /// When it began, in milliseconds of the epoch.
    pub at: u64,
    /// What was done.
    pub what: Text,
    /// On which host.
    pub host: String,
    /// Who.
    pub who: String,
    /// What the command printed.
    pub said: String,
    /// What came of it; `None`: it goes on, or whoever did it was stopped before its end.
    pub end: Option<Text>,
    /// It is as wanted.
    pub good: bool,
}

impl Deed {
    /// Folds events, oldest first, into what was done, in the order in which it began. An end without its beginning is left out.
    pub fn fold(events: &[ActionEvent]) -> Vec<Self> {
        let mut deeds: Vec<Self> = Vec::new();
        for ActionEvent { id, at, kind } in events {
            let begun = |what: Text, host: &str, who: &str| Self {
                id: id.clone(),
                at: *at,
                what,
                host: host.to_owned(),
                who: who.to_owned(),
                said: String::new(),
                end: None,
                good: false,
            };
            match kind {
                ActionKind::Begun { action, host, who, .. } => deeds.push(begun(action.title(), host, who)),
                ActionKind::Noted { what, host, who } => {
                    let what = if what == "cleanup" {
                        Text::new("Clean-up", "クリーンアップ")
                    } else {
                        Text::new(what, what)
                    };
                    deeds.push(begun(what, host, who));
                }
                _ => {}
            }
            let Some(deed) = deeds.iter_mut().rev().find(|deed| deed.id == *id) else { continue };
            match kind {
                ActionKind::Refused { why } => {
                    let join =
                        |word: &str, lang| why.iter().fold(word.to_owned(), |all, text| all + " " + text.get(lang));
                    deed.end = Some(Text::new(join("Refused:", Lang::En), join("拒否:", Lang::Ja)));
                }
                ActionKind::Ran { said, .. } => deed.said.clone_from(said),
                ActionKind::Ended { outcome } => {
                    deed.end = Some(outcome.sentence());
                    deed.good = outcome.is_good();
                }
                ActionKind::Begun { .. } | ActionKind::Noted { .. } => {}
            }
        }
        deeds
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
    fn the_lines_of_an_action_are_one_deed_with_who_and_what_came_of_it() {
        let line = |id: &str, at, kind| ActionEvent { id: id.into(), at, kind };
        let begun = |action| ActionKind::Begun { action, host: "h".into(), who: "me".into(), target: None };
        let deeds = Deed::fold(&[
            line("lost", 1, ActionKind::Ended { outcome: ActionOutcome::Done }),
            line("a", 2, begun(Action::VmStart)),
            line("b", 3, begun(Action::VmShutdown)),
            line("a", 4, ActionKind::Ran { status: Some(0), said: "VM in WaitForLaunch".into() }),
            line("b", 5, ActionKind::Refused { why: vec![Text::new("It does not run.", "動作していません。")] }),
            line("a", 6, ActionKind::Ended { outcome: ActionOutcome::Seen { secs: 9 } }),
            line("c", 7, ActionKind::Noted { what: "cleanup".into(), host: "h".into(), who: "me".into() }),
        ]);
        let told: Vec<(&str, bool, Option<&str>)> = deeds
            .iter()
            .map(|deed| (deed.what.en.as_str(), deed.good, deed.end.as_ref().map(|end| end.en.as_str())))
            .collect();
        assert_eq!(
            told,
            [
                ("Start the engine VM", true, Some("Done, and seen on the host after 9 s.")),
                ("Shut the engine VM down", false, Some("Refused: It does not run.")),
                ("Clean-up", false, None),
            ]
        );
        assert_eq!((deeds[0].said.as_str(), deeds[0].who.as_str(), deeds[0].at), ("VM in WaitForLaunch", "me", 2));
    }

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
