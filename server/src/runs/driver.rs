//! The driver of a run: takes it from where its journal stands to its end, or to its gate.
//!
//! The host is the truth about a phase, the journal is the truth about the run. The driver may be killed at any
//! moment, and another one may go on in its place: it reads the journal, asks the host, and does what is left.

use super::host::{Host, HostError, SecretsBy, Started, UnitEnd, lost_unit};
use super::journal::{Journal, JournalError, Reader};
use super::role_events::RoleEvents;
use super::store::{RunFolder, StoreError};
use crate::reach::{Reach, ReachError};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::defaults::Fixed;
use hosted_deploy_model::event::{Cause, Kind, Outcome};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::role::{self, HandOver};
use hosted_deploy_model::run::{PhaseStatus, Waiting};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// What a run was made of, kept in its `plan.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// Version of hosted-deploy that made it.
    pub version: String,
    /// Values that must stay the same through all phases.
    pub fixed: Fixed,
    /// What the run that this one goes on from was handed over by the role.
    pub hand_over: HandOver,
    /// systemd's version on the host.
    pub systemd: u32,
    /// ansible-core's version on the host.
    pub ansible_core: String,
    /// The answer file: where secrets are read again when another process goes on with the run.
    pub source: Option<PathBuf>,
    /// Take the host even when another run holds its lock.
    pub take_over: bool,
}

/// Where a driver stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// At the end.
    Ended(Outcome),
    /// At the gate: the storage answers lack.
    Gate,
}

/// Why a driver gave up. The run itself goes on: on the host, and with the next driver.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The run's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run's journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The host cannot be reached, and waiting will not help.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Drives a run until it ends or waits for answers.
///
/// # Errors
/// When this process cannot go on with it; [`StoreError::Driven`] when another one does already.
pub async fn drive(folder: &RunFolder, answers: &Answers) -> Result<Stopped, DriveError> {
    let _lock = folder.drive()?;
    let prepared: Prepared = folder.load("plan.json")?;
    let hand_over = handed_over(folder, &prepared)?;
    let journal = Journal::open(&folder.journal())?;
    let reach = Reach::new(answers)?;
    let mut driver = Driver { journal, prepared, answers, reach, hand_over };
    let stopped = driver.drive().await;
    if let Err(error) = &stopped {
        let text = Text::new(
            format!("Nobody watches the run any more: {error}. What runs on the host goes on; `hosted-deploy runs attach {}` follows it again.", folder.id),
            format!("実行の監視が終了しました: {error}。ホスト上の処理は続行しています。`hosted-deploy runs attach {}` で監視を再開できます。", folder.id),
        );
        // The error itself is returned; that the journal cannot take it either changes nothing.
        let _ = driver.journal.append(None, None, Kind::Notice { text });
    }
    stopped
}

/// What the role handed over so far: by the run before, and in this one's journal.
fn handed_over(folder: &RunFolder, prepared: &Prepared) -> Result<HandOver, DriveError> {
    let mut hand_over = prepared.hand_over.clone();
    for event in Reader::open(&folder.journal())?.read()? {
        if let Kind::HandedOver { name, value } = &event.kind {
            hand_over.take(name, value);
        }
    }
    Ok(hand_over)
}

struct Driver<'a> {
    journal: Journal,
    prepared: Prepared,
    answers: &'a Answers,
    reach: Reach,
    hand_over: HandOver,
}

impl Driver<'_> {
    async fn drive(&mut self) -> Result<Stopped, DriveError> {
        if let Some(outcome) = &self.journal.run().outcome {
            return Ok(Stopped::Ended(outcome.clone()));
        }
        if self.journal.run().phases.iter().any(|progress| progress.phase != Phase::Preflight && progress.started.is_some()) {
            let text = Text::new("Another process goes on with the run.", "別のプロセスが実行を引き継ぎました。");
            self.journal.append(None, None, Kind::Notice { text })?;
        }
        self.prepare_host().await?;
        let phases: Vec<Phase> = self.journal.run().plan.role_phases().collect();
        for phase in phases {
            match self.journal.run().phase(phase).map(|progress| progress.status) {
                Some(PhaseStatus::Done) => continue,
                Some(PhaseStatus::Failed) => return self.end(self.failure(phase)).await,
                _ => {}
            }
            if phase == Phase::CreateStorageDomain && !self.pass_gate()? {
                return Ok(Stopped::Gate);
            }
            if let Some(outcome) = self.phase(phase).await? {
                return self.end(outcome).await;
            }
        }
        let outcome = Outcome::Succeeded {
            portal: format!("https://{}/ovirt-engine", self.journal.run().plan.engine),
            login: self.hand_over.login().to_owned(),
        };
        self.end(outcome).await
    }

    /// Puts the run's files on the host and takes its lock, however often the connection breaks meanwhile.
    async fn prepare_host(&mut self) -> Result<(), DriveError> {
        let who = who();
        loop {
            let host = self.host().await?;
            match host.prepare(&who, self.prepared.take_over).await {
                Err(error) if error.is_lost_connection() => self.reach.lost(),
                other => return Ok(other?),
            }
        }
    }

    /// Runs a phase to its end; the run's outcome when that is also the run's end.
    async fn phase(&mut self, phase: Phase) -> Result<Option<Outcome>, DriveError> {
        if self.journal.run().phase(phase).is_some_and(|progress| progress.started.is_none()) {
            self.journal.append(Some(phase), None, Kind::PhaseStarted)?;
            self.journal.sync()?;
        }
        if self.journal.run().phase(phase).is_some_and(|progress| progress.offset == 0) && !self.start(phase).await? {
            return Ok(Some(Outcome::Cancelled { phase: None }));
        }
        let (ok, how, cancelled) = match self.follow(phase).await? {
            UnitEnd::Lost => return Ok(Some(Outcome::Interrupted { phase, reason: lost_unit() })),
            UnitEnd::Ended { ok, how, cancelled } => (ok, how, cancelled),
        };
        self.journal.append(Some(phase), None, Kind::PhaseEnded { ok, how })?;
        self.journal.sync()?;
        Ok(match (ok, cancelled) {
            (_, true) => Some(Outcome::Cancelled { phase: Some(phase) }),
            (true, false) => None,
            (false, false) => Some(self.failure(phase)),
        })
    }

    /// Starts the phase's unit; `false` when the run was cancelled before.
    async fn start(&mut self, phase: Phase) -> Result<bool, DriveError> {
        let variables =
            role::variables(phase, self.answers, &self.prepared.fixed, &self.hand_over, &self.prepared.ansible_core);
        let (plain, secrets) = (variables.plain_json(), variables.secret_yaml());
        loop {
            let host = self.host().await?;
            match host.start(phase, plain.as_bytes(), &secrets, SecretsBy::for_systemd(self.prepared.systemd)).await {
                Ok(started) => return Ok(started != Started::Cancelled),
                Err(error) if error.is_lost_connection() => self.reach.lost(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Follows the phase's events into the journal until its unit is over.
    async fn follow(&mut self, phase: Phase) -> Result<UnitEnd, DriveError> {
        loop {
            let host = self.host().await?;
            let progress = self.journal.run().phase(phase);
            let offset = progress.map_or(0, |progress| progress.offset);
            let paused = matches!(self.journal.run().waiting, Some(Waiting::Person { .. }));
            let mut events = RoleEvents::from_offset(offset, paused);
            let (journal, hand_over) = (&mut self.journal, &mut self.hand_over);
            let end = host
                .follow(phase, offset, |bytes| {
                    for (offset, kind) in events.take(bytes) {
                        if let Kind::HandedOver { name, value } = &kind {
                            hand_over.take(name, value);
                        }
                        journal.append(Some(phase), Some(offset), kind)?;
                    }
                    Ok::<(), DriveError>(())
                })
                .await;
            match end {
                Err(DriveError::Host(error)) if error.is_lost_connection() => self.reach.lost(),
                other => return other,
            }
        }
    }

    /// Whether the storage answers are there; otherwise the gate is journaled and somebody must bring them.
    fn pass_gate(&mut self) -> Result<bool, DriveError> {
        let missing = self.answers.missing_storage();
        let waiting = matches!(self.journal.run().waiting, Some(Waiting::Storage { .. }));
        match (missing.is_empty(), waiting) {
            (true, true) => self.journal.append(None, None, Kind::GateOpened)?,
            (false, false) => self.journal.append(None, None, Kind::Gate { missing: missing.clone() })?,
            _ => {}
        }
        self.journal.sync()?;
        Ok(missing.is_empty())
    }

    fn failure(&self, phase: Phase) -> Outcome {
        let progress = self.journal.run().phase(phase);
        let cause = progress.and_then(|progress| progress.cause.clone()).unwrap_or_else(|| Cause {
            task: String::new(),
            message: format!("ansible-playbook ended without a failed task; its log says more: {}", self.log_path(phase)),
            also: Vec::new(),
        });
        Outcome::Failed { phase, cause }
    }

    fn log_path(&self, phase: Phase) -> String {
        format!("/var/lib/hosted-deploy/runs/{}/{}.log", self.journal.run().id, phase.tag())
    }

    /// Gives the host back and ends the run. The journal comes last: a run that has ended holds no host.
    async fn end(&mut self, outcome: Outcome) -> Result<Stopped, DriveError> {
        loop {
            let host = self.host().await?;
            match host.release().await {
                Err(error) if error.is_lost_connection() => self.reach.lost(),
                other => {
                    other?;
                    break;
                }
            }
        }
        self.journal.append(None, None, Kind::Ended { outcome: outcome.clone() })?;
        self.journal.sync()?;
        Ok(Stopped::Ended(outcome))
    }

    /// The host over a connection that works; waits until there is one, and says so in the journal.
    async fn host(&mut self) -> Result<Host, DriveError> {
        let mut wait = Duration::from_millis(200);
        let mut told = false;
        loop {
            match self.reach.connect().await {
                Ok(root) => {
                    if told || self.reach.take_reconnected() {
                        let text = Text::new("Connected to the host again.", "ホストに再接続しました。");
                        self.journal.append(None, None, Kind::Notice { text })?;
                    }
                    return Ok(Host::new(root, &self.journal.run().id));
                }
                Err(error) if error.may_pass() => {
                    if !told {
                        told = true;
                        let text = Text::new(
                            format!("The host is not reachable ({error}); what runs there goes on. Trying again."),
                            format!("ホストに接続できません ({error})。ホスト上の処理は続行しています。再試行します。"),
                        );
                        self.journal.append(None, None, Kind::Notice { text })?;
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Who started the run, for others who want the host.
fn who() -> String {
    let user = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "unknown".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("started by {user} on {}", machine.trim())
}
