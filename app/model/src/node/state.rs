//! How far a node is, and what takes it on: a table, so that every pair can be read and tested.

use crate::lang::Lang;
use serde::{Deserialize, Serialize};

/// How far a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Seen on the wire, or added without a profile: it gets the menu.
    Discovered,
    /// It has a profile and is installed at its next start.
    Assigned,
    /// The installation's boot script was given to it.
    Booting,
    /// It has its kickstart.
    Installing,
    /// The installation called back: from now on it starts from its disk.
    Installed,
    /// The engine knows it as a host.
    Joined,
    /// The installation failed, took too long or was begun too often: it starts from its disk until somebody decides.
    Failed,
}

/// What takes a node from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A person gave it a profile.
    Assigned,
    /// A person took its profile away.
    Unassigned,
    /// A boot script that installs was given to it.
    ScriptServed,
    /// Its kickstart was given to it, or its installer said that it runs.
    InstallerRuns,
    /// The installation called back: everything is on the disk.
    Built,
    /// The installer gave up.
    GaveUp,
    /// Too long without a sign, or begun too often.
    TimedOut,
    /// The engine has it as a host.
    Joined,
    /// A person wants it installed again.
    Retried,
}

/// What a node gets when it starts from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The menu for unknown machines.
    Menu,
    /// The installation by its profile.
    Install,
    /// Its own disk.
    LocalDisk,
}

impl State {
    /// Every state, in the order of a node's life.
    pub const ALL: [Self; 7] = [
        Self::Discovered,
        Self::Assigned,
        Self::Booting,
        Self::Installing,
        Self::Installed,
        Self::Joined,
        Self::Failed,
    ];

    /// The state after this happening; nothing where it changes nothing, or cannot be meant (a callback that comes
    /// after somebody took the profile away).
    pub const fn after(self, happening: Happening) -> Option<Self> {
        use Happening as H;
        use State as S;
        match (self, happening) {
            (S::Discovered | S::Assigned | S::Booting | S::Failed, H::Assigned) => Some(S::Assigned),
            // Whoever runs an installation or is installed keeps what it has; a retry says that it may go.
            (S::Assigned | S::Booting | S::Installed | S::Failed, H::Unassigned) => Some(S::Discovered),
            // A machine that starts again in the middle of its installation has nothing on its disk yet.
            (S::Assigned | S::Booting | S::Installing, H::ScriptServed) => Some(S::Booting),
            (S::Booting | S::Installing, H::InstallerRuns) => Some(S::Installing),
            // A callback may come after the clock gave the node up: then it is installed all the same.
            (S::Booting | S::Installing | S::Failed, H::Built) => Some(S::Installed),
            (S::Booting | S::Installing, H::GaveUp | H::TimedOut) => Some(S::Failed),
            (S::Installed, H::Joined) => Some(S::Joined),
            (S::Booting | S::Installing | S::Installed | S::Joined | S::Failed, H::Retried) => Some(S::Assigned),
            _ => None,
        }
    }

    /// What a node in this state gets when it starts from the network.
    pub const fn boot(self) -> Boot {
        match self {
            Self::Discovered => Boot::Menu,
            Self::Assigned | Self::Booting | Self::Installing => Boot::Install,
            Self::Installed | Self::Joined | Self::Failed => Boot::LocalDisk,
        }
    }

    /// The word for files, the command line and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Assigned => "assigned",
            Self::Booting => "booting",
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Joined => "joined",
            Self::Failed => "failed",
        }
    }

    /// The word for people.
    pub const fn title(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.word(),
            Lang::Ja => match self {
                Self::Discovered => "検出",
                Self::Assigned => "割り当て済み",
                Self::Booting => "起動中",
                Self::Installing => "インストール中",
                Self::Installed => "インストール済み",
                Self::Joined => "参加済み",
                Self::Failed => "失敗",
            },
        }
    }

    /// A state by its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Happening as H;
    use State as S;

    /// Rows: from. Columns in the order of [`HAPPENINGS`]. `-` changes nothing.
    const TABLE: [(State, &str); 7] = [
        //              assigned unassigned script runs built gaveup timeout joined retried
        (S::Discovered, "A - - - - - - - -"),
        (S::Assigned, "A D B - - - - - -"),
        (S::Booting, "A D B I N F F - A"),
        (S::Installing, "- - B I N F F - A"),
        (S::Installed, "- D - - - - - J A"),
        (S::Joined, "- - - - - - - - A"),
        (S::Failed, "A D - - N - - - A"),
    ];
    const HAPPENINGS: [Happening; 9] = [
        H::Assigned,
        H::Unassigned,
        H::ScriptServed,
        H::InstallerRuns,
        H::Built,
        H::GaveUp,
        H::TimedOut,
        H::Joined,
        H::Retried,
    ];

    #[test]
    fn every_pair_of_state_and_happening_goes_where_the_table_says() {
        for (from, row) in TABLE {
            let cells: Vec<&str> = row.split(' ').collect();
            assert_eq!(cells.len(), HAPPENINGS.len());
            for (happening, cell) in HAPPENINGS.into_iter().zip(cells) {
                let expected = match cell {
                    "D" => Some(S::Discovered),
                    "A" => Some(S::Assigned),
                    "B" => Some(S::Booting),
                    "I" => Some(S::Installing),
                    "N" => Some(S::Installed),
                    "J" => Some(S::Joined),
                    "F" => Some(S::Failed),
                    _ => None,
                };
                assert_eq!(from.after(happening), expected, "{from:?} {happening:?}");
            }
        }
    }

    #[test]
    fn nothing_but_a_person_leads_from_an_installed_node_to_an_installation() {
        for from in [S::Installed, S::Joined, S::Failed] {
            for happening in HAPPENINGS {
                if matches!(from.after(happening).map(State::boot), Some(Boot::Install)) {
                    assert!(matches!(happening, H::Assigned | H::Retried), "{from:?} {happening:?}");
                }
            }
        }
    }

    #[test]
    fn every_state_is_found_by_its_word() {
        for state in State::ALL {
            assert_eq!(State::of_word(state.word()), Some(state));
        }
    }
}
