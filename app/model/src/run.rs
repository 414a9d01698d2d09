//! [`Run`]: what a run's events add up to. The browser, the command line and the driver fold the same events.

use crate::event::{Cause, Event, Kind, Outcome, TaskStatus};
use crate::phase::Phase;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};

/// A run as its events tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// What it was going to do.
    pub plan: Plan,
    /// When it was planned, in milliseconds since 1970-01-01 UTC.
    pub started: u64,
    /// When the last event happened.
    pub last: u64,
    /// `seq` of the last event: the next one has to follow it.
    pub seq: u64,
    /// How far each planned phase is, in the plan's order.
    pub phases: Vec<PhaseProgress>,
    /// What it waits for, if it waits.
    pub waiting: Option<Waiting>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// How far a phase is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseProgress {
    /// Which phase.
    pub phase: Phase,
    /// Where it stands.
    pub status: PhaseStatus,
    /// Tasks started.
    pub tasks: u32,
    /// Tasks expected; grows when the role starts more.
    pub expected: u32,
    /// The task that runs.
    pub current: Option<String>,
    /// Attempts of the current task, made and allowed, when it is being retried.
    pub attempt: Option<(u32, u32)>,
    /// When it began, if it did.
    pub started: Option<u64>,
    /// When it ended, if it did.
    pub ended: Option<u64>,
    /// Bytes of the host's event file that are in the journal.
    pub offset: u64,
    /// The first failure that no later task of the role has made good.
    pub cause: Option<Cause>,
    /// The last failure that a rescue section seemed to make good: the role may still give up because of it.
    #[serde(default)]
    pub rescued: Option<Cause>,
    /// What the last failure said that the role let pass, while nothing has succeeded since: the next one is about it.
    #[serde(default)]
    pub let_pass: Option<String>,
}

/// Where a phase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseStatus {
    /// Not begun.
    Pending,
    /// Begun, not ended.
    Running,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Waiting {
    /// A person must look at something and continue.
    Person {
        /// The lock file whose removal continues the role.
        lock_file: String,
    },
    /// Storage answers.
    Storage {
        /// Fields that lack.
        missing: Vec<String>,
    },
}

/// Why an event cannot be the next one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The first event is not the plan.
    #[error("a run's first event is its plan, not event {seq}")]
    NotPlanned {
        /// The event that came first.
        seq: u64,
    },
    /// Events are missing or came twice.
    #[error("event {seq} cannot follow event {after}")]
    OutOfOrder {
        /// The event that came.
        seq: u64,
        /// The last one folded.
        after: u64,
    },
    /// Something happened after the end.
    #[error("event {seq} comes after the run's end")]
    AfterEnd {
        /// The event that came.
        seq: u64,
    },
}

impl Run {
    /// Folds a whole journal; `None` while it is empty.
    ///
    /// # Errors
    /// When the events are not one run's, whole and in order.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Option<Self>, FoldError> {
        let mut events = events.into_iter();
        let Some(first) = events.next() else { return Ok(None) };
        let mut run = Self::begin(first)?;
        for event in events {
            run.apply(event)?;
        }
        Ok(Some(run))
    }

    /// A run from its first event.
    ///
    /// # Errors
    /// When that event is not a plan.
    pub fn begin(event: &Event) -> Result<Self, FoldError> {
        let (Kind::Planned { plan }, 1) = (&event.kind, event.seq) else {
            return Err(FoldError::NotPlanned { seq: event.seq });
        };
        let phases = plan
            .phases
            .iter()
            .map(|planned| PhaseProgress {
                phase: planned.phase,
                status: PhaseStatus::Pending,
                tasks: 0,
                expected: planned.tasks,
                current: None,
                attempt: None,
                started: None,
                ended: None,
                offset: 0,
                cause: None,
                rescued: None,
                let_pass: None,
            })
            .collect();
        Ok(Self {
            id: event.run.clone(),
            plan: plan.clone(),
            started: event.at,
            last: event.at,
            seq: 1,
            phases,
            waiting: None,
            outcome: None,
        })
    }

    /// Adds the next event.
    ///
    /// # Errors
    /// When it is not the next one; the run is unchanged then.
    pub fn apply(&mut self, event: &Event) -> Result<(), FoldError> {
        if self.outcome.is_some() {
            return Err(FoldError::AfterEnd { seq: event.seq });
        }
        if event.seq != self.seq + 1 {
            return Err(FoldError::OutOfOrder { seq: event.seq, after: self.seq });
        }
        self.seq = event.seq;
        self.last = event.at;
        if let Some(progress) =
            event.phase.and_then(|phase| self.phases.iter_mut().find(|progress| progress.phase == phase))
        {
            progress.apply(event);
        }
        match &event.kind {
            Kind::Paused { lock_file } => self.waiting = Some(Waiting::Person { lock_file: lock_file.clone() }),
            Kind::Gate { missing } => self.waiting = Some(Waiting::Storage { missing: missing.clone() }),
            Kind::Continued | Kind::GateOpened | Kind::PhaseEnded { .. } => self.waiting = None,
            Kind::Ended { outcome } => {
                self.waiting = None;
                self.outcome = Some(outcome.clone());
            }
            _ => {}
        }
        Ok(())
    }

    /// The phase that runs, or that the run will begin next.
    pub fn current(&self) -> Option<&PhaseProgress> {
        self.phases.iter().find(|progress| matches!(progress.status, PhaseStatus::Pending | PhaseStatus::Running))
    }

    /// A phase's progress.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseProgress> {
        self.phases.iter().find(|progress| progress.phase == phase)
    }
}

/// The sentence every rescue section of the role ends with; it says nothing.
const GENERIC_FAILURE: &str = "system may not be provisioned according to the playbook";

impl PhaseProgress {
    fn apply(&mut self, event: &Event) {
        if let Some(offset) = event.offset {
            self.offset = offset;
        }
        match &event.kind {
            Kind::PhaseStarted => {
                self.status = PhaseStatus::Running;
                self.started = Some(event.at);
            }
            Kind::Task(task) => {
                self.tasks += 1;
                self.expected = self.expected.max(self.tasks);
                self.current = Some(task.name.clone());
                self.attempt = None;
                // The role went on with its work, so a rescue section has made the failure good.
                if !task.rescue && self.cause.is_some() {
                    self.rescued = self.cause.take();
                }
            }
            Kind::Retry { attempt, of, .. } => self.attempt = Some((*attempt, *of)),
            Kind::Result(result) if result.status.is_fatal() => match &mut self.cause {
                // engine_setup's rescue only fetches logs, and the role says later that something went wrong.
                None if self.rescued.is_some() && result.message.contains(GENERIC_FAILURE) => {
                    self.cause = self.rescued.take();
                }
                None => {
                    let (task, message) = (result.name.clone(), result.message.clone());
                    self.cause = Some(Cause { task, message, also: self.let_pass.take().into_iter().collect() });
                }
                Some(cause) if !result.message.contains(GENERIC_FAILURE) => cause.also.push(result.message.clone()),
                Some(_) => {}
            },
            // The role often ignores a failure to tell it in its own words with the next task.
            Kind::Result(result) if result.status == TaskStatus::Ignored => {
                self.let_pass = Some(result.message.clone()).filter(|text| !text.is_empty());
            }
            Kind::Result(result) if result.status != TaskStatus::Skipped => self.let_pass = None,
            Kind::PhaseEnded { ok, .. } => {
                self.status = if *ok { PhaseStatus::Done } else { PhaseStatus::Failed };
                self.ended = Some(event.at);
                self.current = None;
                self.attempt = None;
                if *ok {
                    self.expected = self.tasks;
                    self.cause = None;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
