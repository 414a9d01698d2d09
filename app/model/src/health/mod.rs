//! [`Health`]: how a hosted engine is, why, and what to do. A verdict first.
//!
//! [`Reading`] is one host as the probe found it ([`reading`], [`vm_status`]); [`Situation`] how the engine is; [`findings`] what
//! else is not as it should be; [`advice`] what to do about both; [`figures`] what was read, also when all is well; [`Action`]
//! what can be done from here; [`states`] what the HA agent's words mean.

mod action;
mod advice;
mod figures;
mod findings;
mod log;
mod reading;
mod record;
mod situation;
mod states;
mod vm_status;

pub use action::{Action, Objection};
pub use advice::Step;
pub use figures::Figure;
pub use findings::{Finding, Level};
pub use log::Log;
pub use reading::{Domain, Liveliness, Page, Reading};
pub use record::{ActionEvent, ActionKind, ActionOutcome, Deed};
pub use situation::Situation;
pub use states::{FULL_SCORE, MOVE_THRESHOLD, Penalty, agent_state, engine_words, penalties};
pub use vm_status::{EngineStatus, HostStatus, VmStatus};

use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// One word for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The engine answers and nothing is wrong.
    Healthy,
    /// It answers, and something is wrong.
    Degraded,
    /// It does not answer.
    Down,
    /// Nothing can be said.
    Unknown,
}

impl Verdict {
    /// `healthy`, `degraded`, `down`, `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// The word that a person reads.
    pub fn title(self) -> Text {
        let (en, ja) = match self {
            Self::Healthy => ("Healthy", "正常"),
            Self::Degraded => ("Degraded", "機能低下"),
            Self::Down => ("Down", "停止"),
            Self::Unknown => ("Unknown", "不明"),
        };
        Text::new(en, ja)
    }

    /// The exit code of monitoring plug-ins: 0 OK, 1 warning, 2 critical, 3 unknown.
    pub const fn code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Degraded => 1,
            Self::Down => 2,
            Self::Unknown => 3,
        }
    }
}

/// A host that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Its name or address.
    pub host: String,
    /// Why.
    pub why: Text,
}

/// One hosted-engine host as the HA daemons and its own reading tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHealth {
    /// Its name.
    pub name: String,
    /// Its number; `None`: the HA daemons do not list it.
    pub id: Option<u32>,
    /// It was read itself, and not only told of by another.
    pub read: bool,
    /// What it tells is from the last minute. `None`: the HA daemons do not list it.
    pub live: Option<bool>,
    /// Local maintenance.
    pub maintenance: bool,
    /// Its agent's state as the agent names it; empty when unknown.
    pub state: String,
    /// The same in words.
    pub state_words: Option<Text>,
    /// The engine VM as it sees it.
    pub engine: Option<Text>,
    /// Score; `None` when unknown.
    pub score: Option<i64>,
    /// Why the score is not full.
    pub penalties: Vec<Penalty>,
    /// Its services that matter, as `name state`; empty when it was not read.
    pub services: Vec<String>,
}

/// How a hosted engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// One word.
    pub verdict: Verdict,
    /// One sentence with the reason.
    pub sentence: Text,
    /// How the engine itself is.
    pub situation: Situation,
    /// The engine's FQDN; empty when no host told it.
    pub engine: String,
    /// Global maintenance; `None`: not known.
    pub global_maintenance: Option<bool>,
    /// The hosts.
    pub hosts: Vec<HostHealth>,
    /// What is not as it should be, the worst first.
    pub findings: Vec<Finding>,
    /// What to do, in order.
    pub advice: Vec<Step>,
    /// What was read, also when all is well.
    pub figures: Vec<Figure>,
    /// Days until the engine's certificate ends.
    pub certificate_days: Option<i64>,
    /// Free space of the hosted-engine storage in KiB.
    pub storage_free_kib: Option<u64>,
    /// Its size in KiB.
    pub storage_size_kib: Option<u64>,
}

impl Health {
    /// Judges what was read.
    pub fn of(readings: &[Reading], unread: &[Unread]) -> Self {
        let situation = Situation::of(readings);
        let ours: Vec<&Reading> = readings.iter().filter(|reading| reading.deployed).collect();
        let engine =
            ours.iter().map(|reading| reading.engine.clone()).find(|name| !name.is_empty()).unwrap_or_default();
        let findings = findings::findings(&situation, readings, unread);
        let trouble = findings.iter().any(|finding| finding.level == Level::Trouble);
        let verdict = match situation.verdict() {
            Verdict::Healthy if trouble => Verdict::Degraded,
            verdict => verdict,
        };
        let mut sentence = situation.sentence(&engine);
        if verdict == Verdict::Degraded
            && situation == Situation::Up
            && let Some(worst) = findings.first()
        {
            let more = findings.iter().filter(|finding| finding.level == Level::Trouble).count() - 1;
            let (en, ja) = if more > 0 {
                (format!(" (and {more} more)"), format!(" (他 {more} 件)"))
            } else {
                Default::default()
            };
            sentence = Text::new(
                format!("{} {}{en}", sentence.en, worst.title.en),
                format!("{}{}{ja}", sentence.ja, worst.title.ja),
            );
        }
        Self {
            advice: advice::advice(&situation, readings, &findings, &engine),
            figures: figures::figures(&ours),
            verdict,
            sentence,
            global_maintenance: ours.iter().find_map(|reading| reading.vm_status.global_maintenance()),
            hosts: hosts(&ours),
            certificate_days: ours.iter().find_map(|reading| reading.page.days),
            storage_free_kib: ours.iter().find_map(|reading| reading.domain.free_kib),
            storage_size_kib: ours.iter().find_map(|reading| reading.domain.size_kib),
            situation,
            engine,
            findings,
        }
    }
}

/// The services of a hosted-engine host, in the order in which they hang on each other, then those that every host has.
const SERVICES: [&str; 6] = ["sanlock", "libvirtd", "vdsmd", "ovirt-ha-broker", "ovirt-ha-agent", "firewalld"];

/// Every host that the daemons list, by the newest word on it, and those that were read and are not listed.
fn hosts(ours: &[&Reading]) -> Vec<HostHealth> {
    let mut listed: Vec<&HostStatus> = Vec::new();
    for host in ours.iter().flat_map(|reading| reading.vm_status.hosts()) {
        match listed.iter_mut().find(|known| known.id == host.id) {
            Some(known) if host.written > known.written => *known = host,
            Some(_) => {}
            None => listed.push(host),
        }
    }
    listed.sort_by_key(|host| host.id);
    let own = |host: &HostStatus| ours.iter().find(|reading| reading.host_id == Some(host.id)).copied();
    let mut all: Vec<HostHealth> = listed.iter().map(|host| host_health(Some(host), own(host))).collect();
    let unlisted = ours.iter().filter(|reading| listed.iter().all(|host| reading.host_id != Some(host.id)));
    all.extend(unlisted.map(|reading| host_health(None, Some(reading))));
    all
}

fn host_health(status: Option<&HostStatus>, reading: Option<&Reading>) -> HostHealth {
    let log: &[String] = reading.map_or(&[], |reading| &reading.penalties);
    let services = reading.map_or_else(Vec::new, |reading| {
        let seen = SERVICES.iter().filter_map(|name| Some((*name, reading.unit(name)?))).chain(reading.time_service());
        let shown = seen
            .map(|(name, unit)| format!("{name} {}", if unit.load == "not-found" { &unit.load } else { &unit.active }));
        shown.collect()
    });
    let state = status.map(|status| status.state.clone()).unwrap_or_default();
    HostHealth {
        name: status.map(|status| &status.name).or(reading.map(|r| &r.hostname)).cloned().unwrap_or_default(),
        id: status.map(|status| status.id).or(reading.and_then(|reading| reading.host_id)),
        read: reading.is_some(),
        live: status.map(|status| status.live),
        maintenance: status.is_some_and(|status| status.maintenance),
        state_words: agent_state(&state),
        state,
        // What a silent host said last is not how it is.
        engine: status.filter(|status| status.live).and_then(|status| status.engine.as_ref()).map(engine_words),
        score: status.and_then(|status| status.score),
        penalties: status.and_then(|status| status.score).map_or_else(Vec::new, |score| penalties(score, log)),
        services,
    }
}
