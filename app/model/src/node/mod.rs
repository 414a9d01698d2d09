//! [`Node`]: a machine that is installed over the network, or has been. What it is, how far it is, what was last seen.

mod bmc;
pub mod failure;
mod mac;
mod state;
mod tally;

pub use bmc::{Bmc, Fingerprint, NotAFingerprint, Protocol};
pub use mac::{Mac, NotAMac};
pub use state::{Boot, Happening, State};
pub use tally::{Failed, Tally};

use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
pub use uuid::Uuid;

/// A machine to provision. No secret is among its fields: it may be shown, listed and exported as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, unique: the short host name.
    pub name: String,
    /// The address of the card that it boots from. Without one, `uuid` is there, and the first request tells it.
    pub mac: Option<Mac>,
    /// The SMBIOS UUID in the order that is printed on the machine.
    pub uuid: Option<Uuid>,
    /// What it will be.
    pub role: Role,
    /// The profile it is installed by; none while it is only discovered.
    pub profile: Option<String>,
    /// The address kept for it: DHCP gives it, and a profile with static network writes it into the installed system.
    pub address: Option<Ipv4Addr>,
    /// How to switch its power.
    pub bmc: Option<Bmc>,
    /// How far it is.
    pub state: State,
    /// Since when, in Unix milliseconds.
    pub since: u64,
    /// How often its installation was begun since it was assigned, retried or installed.
    pub attempts: u32,
    /// What was last seen of it.
    pub last: Option<Sighting>,
    /// Why it failed, in English as the installer or the clock said it.
    pub failure: Option<String>,
    /// The installed system's SSH host keys (`ssh-ed25519 AAAA…`), as the installation delivered them.
    pub host_keys: Vec<String>,
}

/// What a node will be for the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It can run the engine's machine; at least two are wanted for high availability.
    #[default]
    SelfHostedEngineNode,
    /// It runs other machines only.
    Host,
}

/// Something seen of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When, in Unix milliseconds.
    pub at: u64,
    /// A word for what it was: `asked`, `script`, `file`, `kickstart`, `started`, `built`, `failed`, `assigned` …
    pub kind: String,
    /// More, in English: a file's name, the firmware's kind, the installer's reason.
    pub detail: String,
}

impl Node {
    /// A machine of which nothing is known but a name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            mac: None,
            uuid: None,
            role: Role::default(),
            profile: None,
            address: None,
            bmc: None,
            state: State::Discovered,
            since: 0,
            attempts: 0,
            last: None,
            failure: None,
            host_keys: Vec::new(),
        }
    }

    /// Lets something happen; whether it led to another state, or into the same one again.
    pub fn enter(&mut self, happening: Happening, now: u64) -> bool {
        let Some(after) = self.state.after(happening) else { return false };
        self.state = after;
        self.since = now;
        true
    }
}

impl Role {
    /// Both, in the order they are shown.
    pub const ALL: [Self; 2] = [Self::SelfHostedEngineNode, Self::Host];

    /// The word for files and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SelfHostedEngineNode => "self-hosted-engine-node",
            Self::Host => "host",
        }
    }

    /// The words for people.
    pub const fn title(self, lang: crate::lang::Lang) -> &'static str {
        match self {
            Self::SelfHostedEngineNode => lang.pick("self-hosted engine node", "セルフホストエンジンノード"),
            Self::Host => lang.pick("ordinary host", "通常のホスト"),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| format!("{word:?} is no role: self-hosted-engine-node or host"))
    }
}
