//! [`Tally`]: how a whole set of nodes stands, in a sentence.

use super::{Node, State};
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// How many nodes are how far, and which of them failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Seen on the wire or added, and without a profile.
    pub discovered: usize,
    /// Installed at their next start.
    pub waiting: usize,
    /// Being installed now.
    pub under_way: usize,
    /// Installed, and not yet part of the engine's hosts.
    pub installed: usize,
    /// Hosts of the engine.
    pub joined: usize,
    /// Those that failed, by name.
    pub failed: Vec<Failed>,
}

/// A node that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Why, in English as the installer or the clock said it.
    pub why: String,
}

impl Tally {
    /// Of these nodes.
    pub fn of(nodes: &[Node]) -> Self {
        let mut tally = Self::default();
        for node in nodes {
            match node.state {
                State::Discovered => tally.discovered += 1,
                State::Assigned => tally.waiting += 1,
                State::Booting | State::Installing => tally.under_way += 1,
                State::Installed => tally.installed += 1,
                State::Joined => tally.joined += 1,
                State::Failed => {
                    let why = node.failure.clone().unwrap_or_default();
                    tally.failed.push(Failed { name: node.name.clone(), why });
                }
            }
        }
        tally
    }

    /// No node at all: network boot is not used here.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How they stand; what there is none of is not named.
    pub fn sentence(&self) -> Text {
        let Self { discovered, waiting, under_way, installed, joined, failed } = self;
        let failed = failed.len();
        let parts = [
            (failed, text!("{failed} failed", "失敗 {failed}")),
            (*under_way, text!("{under_way} being installed", "インストール中 {under_way}")),
            (*waiting, text!("{waiting} waiting for their start", "起動待ち {waiting}")),
            (*installed, text!("{installed} installed", "インストール済み {installed}")),
            (*joined, text!("{joined} joined", "参加済み {joined}")),
            (*discovered, text!("{discovered} discovered", "検出 {discovered}")),
        ];
        let (en, ja): (Vec<String>, Vec<String>) =
            parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| (text.en, text.ja)).unzip();
        match en.is_empty() {
            true => Text::new("none", "なし"),
            false => Text::new(en.join(", "), ja.join("、")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_is_counted_once_and_failures_come_first() {
        let node = |name: &str, state| Node { state, ..Node::named(name) };
        let mut nodes: Vec<Node> = State::ALL.into_iter().map(|state| node(state.word(), state)).collect();
        nodes.push(Node { failure: Some("no disk".into()), ..node("b", State::Failed) });
        let tally = Tally::of(&nodes);
        assert_eq!((tally.waiting, tally.under_way, tally.failed.len()), (1, 2, 2));
        assert_eq!(tally.failed[1], Failed { name: "b".into(), why: "no disk".into() });
        assert_eq!(
            tally.sentence().en,
            "2 failed, 2 being installed, 1 waiting for their start, 1 installed, 1 joined, 1 discovered"
        );
        assert!(Tally::of(&[]).is_empty() && !tally.is_empty());
        assert_eq!(Tally::of(&[]).sentence().ja, "なし");
    }
}
