//! `hosted-engine --vm-status --json`: what the HA daemons of all hosts wrote to the shared storage.
//!
//! The command's own rules (`vm_status.py` of ovirt-hosted-engine-setup, `client.py` of ovirt-hosted-engine-ha): the output is
//! JSON only when it ends with 0; broken daemons end it with a Python traceback or with a Python dictionary on standard output;
//! a host's numbers are the last it wrote, and only `live-data` says whether it still writes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What came of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VmStatus {
    /// The daemons answered.
    Known {
        /// Every host whose block could be read; a host whose block is empty, too old or damaged is left out by the command.
        hosts: Vec<HostStatus>,
        /// Global maintenance.
        global_maintenance: bool,
    },
    /// hosted-engine.conf names no VM.
    NotDeployed,
    /// A deployment began here and did not end, or goes on: the local engine VM is there.
    Unfinished,
    /// vm.conf has not been fetched from the shared storage yet.
    NoConfiguration,
    /// The HA broker does not answer.
    Daemons {
        /// Its last words.
        said: String,
    },
    /// The daemons answer, the storage behind them does not.
    Storage {
        /// Its last words.
        said: String,
    },
    /// It did not end in time.
    Slow,
    /// There is no such command.
    #[default]
    NoCommand,
    /// Anything else.
    Other {
        /// Its last words.
        said: String,
    },
}

/// One host's block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostStatus {
    /// Number of the host among the hosted-engine hosts.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// 0 to 3400; higher is fitter to run the engine VM. `None`: not in the block.
    pub score: Option<i64>,
    /// It changed within the last minute.
    pub live: bool,
    /// Local maintenance.
    pub maintenance: bool,
    /// The agent was stopped cleanly.
    pub stopped: bool,
    /// `state=` of the agent, `EngineUp`; empty when the block has none.
    pub state: String,
    /// What the host says of the engine VM; `None` when the block has nothing.
    pub engine: Option<EngineStatus>,
    /// When the block was written, in seconds of the epoch or, on older versions, of the host's uptime.
    pub written: u64,
}

/// The engine VM as one host sees it (`engine_health.py`). Words that are not known are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EngineStatus {
    /// `up`, `down`, `down_unexpected`, `down_missing`, `unknown`.
    pub vm: String,
    /// `good`, `bad`, `unknown`.
    pub health: String,
    /// VDSM's word for the VM: `Up`, `Powering down`, `Paused` …
    pub detail: String,
    /// Why the health is bad.
    pub reason: String,
}

impl EngineStatus {
    /// VM up and engine answering.
    pub fn is_good(&self) -> bool {
        self.vm == "up" && self.health == "good"
    }
}

impl VmStatus {
    /// From the exit status and both outputs.
    pub fn parse(status: i32, stdout: &str, stderr: &str) -> Self {
        let both = || format!("{stdout}\n{stderr}");
        let has = |words: &str| stdout.contains(words) || stderr.contains(words);
        let said = || last_words(if stderr.trim().is_empty() { stdout } else { stderr });
        match status {
            0 => json(stdout).unwrap_or_else(|| Self::Other { said: last_words(&both()) }),
            124 | 137 => Self::Slow,
            126 | 127 => Self::NoCommand,
            _ if has("previous attempt") => Self::Unfinished,
            _ if has("You must run deploy first") => Self::NotDeployed,
            _ if has("retrieved from shared storage") => Self::NoConfiguration,
            _ if has("storage is reachable") => Self::Storage { said: said() },
            _ if ["HA daemon", "HA Broker", "Invalid control character", "JSONDecodeError"].into_iter().any(has) => {
                Self::Daemons { said: said() }
            }
            _ => Self::Other { said: said() },
        }
    }

    /// The hosts, none unless the daemons answered.
    pub fn hosts(&self) -> &[HostStatus] {
        match self {
            Self::Known { hosts, .. } => hosts,
            _ => &[],
        }
    }

    /// Global maintenance, when it is known.
    pub fn global_maintenance(&self) -> Option<bool> {
        match self {
            Self::Known { global_maintenance, .. } => Some(*global_maintenance),
            _ => None,
        }
    }
}

fn json(stdout: &str) -> Option<VmStatus> {
    let start = stdout.find('{')?;
    let value: Value = serde_json::from_str(stdout.get(start..)?.trim()).ok()?;
    let table = value.as_object()?;
    let mut hosts: Vec<HostStatus> = table.iter().filter_map(|(key, value)| host(key.parse().ok()?, value)).collect();
    hosts.sort_by_key(|host| host.id);
    Some(VmStatus::Known { hosts, global_maintenance: flag(table.get("global_maintenance")) })
}

fn host(id: u32, value: &Value) -> Option<HostStatus> {
    let block = value.as_object()?;
    let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
    let extra = |key: &str| text("extra").lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
    Some(HostStatus {
        id,
        name: text("hostname").to_owned(),
        score: block.get("score").and_then(Value::as_i64),
        live: flag(block.get("live-data")),
        maintenance: flag(block.get("maintenance")) || extra("maintenance") == Some("True"),
        stopped: flag(block.get("stopped")) || extra("stopped") == Some("True"),
        state: extra("state").unwrap_or_default().to_owned(),
        engine: block.get("engine-status").and_then(engine),
        written: block.get("host-ts").and_then(Value::as_u64).unwrap_or_default(),
    })
}

/// A table; versions before 4.4 print it as text that holds the table once more.
fn engine(value: &Value) -> Option<EngineStatus> {
    let again;
    let value = match value.as_str() {
        Some(text) => {
            again = serde_json::from_str::<Value>(text).ok()?;
            &again
        }
        None => value,
    };
    let table = value.as_object()?;
    let word = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(EngineStatus { vm: word("vm"), health: word("health"), detail: word("detail"), reason: word("reason") })
}

fn flag(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The last line that says something, short enough for a sentence.
fn last_words(text: &str) -> String {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(200).collect()
}
