//! [`Event`]: one thing that happened in a run.
//!
//! The journal of a run is a list of events. The first is [`Kind::Planned`], exactly one [`Kind::Ended`] is the
//! last, `seq` counts from 1 without gaps. Everything shown of a run is a fold of its events ([`crate::run::Run`]).
//! No event holds a secret: Ansible's results pass a redaction by value on the host before they become events.

use crate::lang::Text;
use crate::phase::Phase;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};

/// One line of a run's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The run's id.
    pub run: String,
    /// 1, 2, 3 …
    pub seq: u64,
    /// Milliseconds since 1970-01-01 UTC, by the clock of the machine that runs hosted-deploy.
    pub at: u64,
    /// The phase it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Where the host's event file stands after the line this event was made of, in bytes: following goes on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The run exists.
    Planned {
        /// What it is going to do.
        plan: Plan,
    },
    /// A phase begins; its unit on the host may or may not have started when this is the last event.
    PhaseStarted,
    /// The role starts a task.
    Task(Task),
    /// A task ended on a host.
    Result(TaskResult),
    /// A task is tried again.
    Retry {
        /// The task's id.
        id: String,
        /// Attempts made.
        attempt: u32,
        /// Attempts allowed.
        of: u32,
    },
    /// The role says something to a person.
    Message {
        /// Its text, several lines perhaps.
        text: String,
    },
    /// The role hands a value over to later phases (a register named `otopi_…`).
    HandedOver {
        /// The register's name.
        name: String,
        /// The whole result, without `invocation`.
        value: serde_json::Value,
    },
    /// The role waits until a person removes its lock file.
    Paused {
        /// The lock file on the host.
        lock_file: String,
    },
    /// The lock file was removed.
    Continued,
    /// The run waits for the storage answers.
    Gate {
        /// Fields that lack.
        missing: Vec<String>,
    },
    /// Storage answers are there; the run goes on.
    GateOpened,
    /// Something about the run itself: connection lost, found again, taken over by another process.
    Notice {
        /// What happened.
        text: Text,
    },
    /// A phase ended.
    PhaseEnded {
        /// Whether it did what it should.
        ok: bool,
        /// How its unit ended on the host (`exited 0`, `killed INT`), as systemd says it.
        how: String,
    },
    /// The run is over.
    Ended {
        /// How.
        outcome: Outcome,
    },
}

/// A task of the role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Ansible's id of the task in this process.
    pub id: String,
    /// Its name, without the role's.
    pub name: String,
    /// It stands in a `rescue` or `always` section: it deals with a failure, it is not the work itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rescue: bool,
}

/// How a task ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskResult {
    /// The task's id.
    pub id: String,
    /// The task's name, without the role's.
    pub name: String,
    /// Verdict.
    pub status: TaskStatus,
    /// Milliseconds it took.
    pub ms: u64,
    /// The host it was delegated to, if another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated: Option<String>,
    /// Ansible's message, and the end of its error output; empty unless it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Verdict on a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Done, nothing had to change.
    #[default]
    Ok,
    /// Done, something changed.
    Changed,
    /// Not needed here.
    Skipped,
    /// Failed, and the role said beforehand that this does not matter.
    Ignored,
    /// Failed.
    Failed,
    /// The host could not be reached.
    Unreachable,
}

impl TaskStatus {
    /// Failed or unreachable: an ignored failure is none.
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::Failed | Self::Unreachable)
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// The engine runs.
    Succeeded {
        /// Address of the portal.
        portal: String,
        /// Name to log in with: depends on whether the engine uses Keycloak.
        login: String,
    },
    /// A phase failed.
    Failed {
        /// Which.
        phase: Phase,
        /// The first failure that nothing rescued.
        cause: Cause,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// The phase that was stopped, if one ran.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<Phase>,
    },
    /// The host no longer knows the phase's unit: it was restarted, or somebody removed it.
    Interrupted {
        /// The phase that was lost.
        phase: Phase,
        /// What was found.
        reason: Text,
    },
}

/// The failure that ended a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The task that failed; empty when no task ran.
    pub task: String,
    /// What Ansible, systemd or our own check said.
    pub message: String,
    /// What the role let pass right before, and what failed while it dealt with it: often the better words for the same
    /// trouble.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}
