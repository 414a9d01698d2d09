//! The driver of a run: takes it from where its journal stands to its end, or to its gate.
//!
//! The host is the truth about a phase, the journal is the truth about the run. The driver may be killed at any
//! moment, and another one may go on in its place: it reads the journal, asks the host, and does what is left.

use super::host::{Host, HostError, SecretsBy, Started, UnitEnd, lost_unit};
use super::journal::{Journal, JournalError, Reader};
use super::role_events::RoleEvents;
use super::store::{RunFolder, StoreError};
use crate::reach;
use crate::ssh::{ConnectError, Connection, FirstUse, Link, Options};
use crate::told;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::defaults::Fixed;
use hosted_deploy_model::event::{Cause, Kind, Outcome};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::role::{self, HandOver, Variables};
use hosted_deploy_model::run::{PhaseProgress, PhaseStatus, Waiting};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

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
    Reach(#[from] Arc<ConnectError>),
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Drives a run until it ends or waits for answers. `state` is where the known host keys are.
///
/// # Errors
/// When this process cannot go on with it; [`StoreError::Driven`] when another one does already.
pub async fn drive(folder: &RunFolder, answers: &Answers, state: &Path) -> Result<Stopped, DriveError> {
    let _lock = folder.drive()?;
    let prepared: Prepared = folder.load("plan.json")?;
    let hand_over = handed_over(folder, &prepared)?;
    let mut journal = Journal::open(&folder.journal())?;
    if let Some(outcome) = &journal.run().outcome {
        return Ok(Stopped::Ended(outcome.clone()));
    }
    let stopped = match Line::open(answers, state, &mut journal).await {
        Ok(line) => {
            let mut driver = Driver { journal: &mut journal, prepared, answers, line, hand_over, folder };
            driver.drive().await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &stopped {
        let id = &folder.id;
        let said = told::of(error);
        let text = Text::new(
            format!(
                "{}. Nobody watches the run now; what runs on the host goes on. `hosted-deploy runs attach {id}` takes it up again.",
                said.en
            ),
            format!(
                "{}。現在この実行は監視されていませんが、ホスト上の処理は続行しています。`hosted-deploy runs attach {id}` で再開できます。",
                said.ja
            ),
        );
        // The error itself is returned; that the journal cannot take it either changes nothing.
        let _ = journal.append(None, None, Kind::Notice { text });
    }
    stopped
}

/// Asks the run's driver, or the next one, to stop what runs on the host and end the run.
///
/// # Errors
/// When the run's folder cannot be written.
pub fn request_cancel(folder: &RunFolder) -> Result<(), StoreError> {
    folder.write(CANCEL, &true)
}

const CANCEL: &str = "cancel.json";
/// How often a wish to cancel is looked for, and how long a cut line is waited for before looking again.
const LOOK: Duration = Duration::from_millis(300);

/// What the role handed over so far: by the run before, and in this one's journal.
///
/// # Errors
/// When the journal cannot be read.
pub fn handed_over(folder: &RunFolder, prepared: &Prepared) -> Result<HandOver, StoreError> {
    let mut hand_over = prepared.hand_over.clone();
    for event in Reader::open(&folder.journal())?.read()? {
        if let Kind::HandedOver { name, value } = &event.kind {
            hand_over.take(name, value);
        }
    }
    Ok(hand_over)
}

/// The connection to the host, and what is to be told of it.
struct Line {
    connection: Connection,
    links: mpsc::UnboundedReceiver<Link>,
}

impl Line {
    /// Connects, however long the host takes to be reachable; says so in the journal when it has to wait.
    async fn open(answers: &Answers, state: &Path, journal: &mut Journal) -> Result<Self, DriveError> {
        let mut told = false;
        loop {
            let (tell, links) = mpsc::unbounded_channel();
            let opened = Connection::open(
                reach::target(answers),
                reach::credentials(answers),
                reach::host_keys(state, FirstUse::Refuse),
                Options::default(),
                reach::become_root(answers),
                move |link| drop(tell.send(link)),
            );
            match opened.await {
                Ok(connection) => return Ok(Self { connection, links }),
                Err(error) if error.is_passing() => {
                    if !std::mem::replace(&mut told, true) {
                        journal.append(None, None, not_reachable(&error.to_string()))?;
                    }
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                Err(error) => return Err(Arc::new(error).into()),
            }
        }
    }
}

fn not_reachable(why: &str) -> Kind {
    let text = Text::new(
        format!("The host is not reachable: {why}. What runs there goes on; connecting again."),
        format!("ホストに接続できません: {why}。ホスト上の処理は続行しています。再接続します。"),
    );
    Kind::Notice { text }
}

struct Driver<'a> {
    journal: &'a mut Journal,
    prepared: Prepared,
    answers: &'a Answers,
    line: Line,
    hand_over: HandOver,
    folder: &'a RunFolder,
}

impl Driver<'_> {
    async fn drive(&mut self) -> Result<Stopped, DriveError> {
        let begun = |progress: &PhaseProgress| progress.phase != Phase::Preflight && progress.started.is_some();
        if self.journal.run().phases.iter().any(begun) {
            let text = Text::new("The run is taken up again.", "実行の監視を再開しました。");
            self.journal.append(None, None, Kind::Notice { text })?;
        }
        self.prepare_host().await?;
        let phases: Vec<Phase> = self.journal.run().plan.role_phases().collect();
        for phase in phases {
            match self.journal.run().phase(phase).map(|progress| progress.status) {
                Some(PhaseStatus::Done) => continue,
                Some(PhaseStatus::Failed) => return self.end(self.failure(phase)).await,
                Some(PhaseStatus::Pending) if cancel_wanted(self.folder) => {
                    return self.end(Outcome::Cancelled { phase: None }).await;
                }
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
            login: login(&self.hand_over, self.answers).to_owned(),
        };
        self.end(outcome).await
    }

    /// Puts the run's files on the host and takes its lock, however often the connection breaks meanwhile.
    async fn prepare_host(&mut self) -> Result<(), DriveError> {
        let who = who();
        loop {
            let host = self.host().await?;
            match host.prepare(&who, self.prepared.take_over).await {
                Err(error) if error.is_lost_connection() => {}
                other => return Ok(other?),
            }
        }
    }

    /// Runs a phase to its end; gives the run's outcome when that is also the run's end.
    async fn phase(&mut self, phase: Phase) -> Result<Option<Outcome>, DriveError> {
        let progress = self.journal.run().phase(phase);
        let (begun, heard) = progress.map_or((false, false), |p| (p.started.is_some(), p.offset > 0));
        if !begun {
            self.journal.append(Some(phase), None, Kind::PhaseStarted)?;
            self.journal.sync()?;
        }
        if !heard && !self.start(phase).await? {
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
        let Prepared { fixed, ansible_core, systemd, .. } = &self.prepared;
        let variables = role::variables(phase, self.answers, fixed, &self.hand_over, ansible_core);
        let (plain, secrets, by) = (plain(&variables), variables.secret_yaml(), SecretsBy::for_systemd(*systemd));
        loop {
            let host = self.host().await?;
            match host.start(phase, &plain, &secrets, by).await {
                Ok(started) => return Ok(started != Started::Cancelled),
                Err(error) if error.is_lost_connection() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Follows the phase's events into the journal until its unit is over.
    async fn follow(&mut self, phase: Phase) -> Result<UnitEnd, DriveError> {
        loop {
            let host = self.host().await?;
            let offset = self.journal.run().phase(phase).map_or(0, |progress| progress.offset);
            let paused = matches!(self.journal.run().waiting, Some(Waiting::Person { .. }));
            let mut events = RoleEvents::from_offset(offset, paused);
            let (journal, hand_over) = (&mut *self.journal, &mut self.hand_over);
            let following = host.follow(phase, offset, |bytes| {
                for (offset, kind) in events.take(bytes) {
                    if let Kind::HandedOver { name, value } = &kind {
                        hand_over.take(name, value);
                    }
                    journal.append(Some(phase), Some(offset), kind)?;
                }
                Ok::<(), DriveError>(())
            });
            let end = tokio::select! {
                end = following => end,
                error = cancel_when_wanted(self.folder, &host) => Err(error.into()),
            };
            match end {
                Err(DriveError::Host(error)) if error.is_lost_connection() => {}
                other => return other,
            }
        }
    }

    /// Whether the storage answers are there; otherwise the gate is journaled and somebody must bring them.
    fn pass_gate(&mut self) -> Result<bool, DriveError> {
        let open = self.answers.storage.is_some();
        let waiting = matches!(self.journal.run().waiting, Some(Waiting::Storage { .. }));
        match (open, waiting) {
            (true, true) => self.journal.append(None, None, Kind::GateOpened)?,
            (false, false) => self.journal.append(None, None, Kind::Gate { missing: vec!["storage".to_owned()] })?,
            _ => {}
        }
        self.journal.sync()?;
        Ok(open)
    }

    fn failure(&self, phase: Phase) -> Outcome {
        let progress = self.journal.run().phase(phase);
        let cause = progress.and_then(|progress| progress.cause.clone()).unwrap_or_else(|| Cause {
            task: String::new(),
            message: format!(
                "ansible-playbook ended without a failed task; its log on the host says more: /var/lib/hosted-deploy/runs/{}/{}.log",
                self.journal.run().id,
                phase.tag()
            ),
            also: Vec::new(),
        });
        Outcome::Failed { phase, cause }
    }

    /// Gives the host back and ends the run. The journal comes last: a run that has ended holds no host.
    async fn end(&mut self, outcome: Outcome) -> Result<Stopped, DriveError> {
        loop {
            let host = self.host().await?;
            match host.release().await {
                Err(error) if error.is_lost_connection() => {}
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

    /// The host over a line that is up; waits for one, and tells the journal what happens to it.
    async fn host(&mut self) -> Result<Host, DriveError> {
        loop {
            let session = self.line.connection.session(LOOK).await;
            while let Ok(link) = self.line.links.try_recv() {
                match link {
                    Link::Lost { cause } => self.journal.append(None, None, not_reachable(&cause))?,
                    Link::Back { .. } => {
                        let text = Text::new("Connected to the host again.", "ホストに再接続しました。");
                        self.journal.append(None, None, Kind::Notice { text })?;
                    }
                    Link::GaveUp(error) => return Err(error.into()),
                }
            }
            if let Ok(session) = session {
                return Ok(Host::new(session, &self.journal.run().id));
            }
        }
    }
}

/// The plain variables, and which of the others the callback must hide.
fn plain(variables: &Variables) -> Vec<u8> {
    let mut plain = variables.plain.clone();
    let names: Vec<&str> = variables.secret.iter().map(|(name, _)| *name).collect();
    plain.insert("hosted_deploy_secrets".to_owned(), names.into());
    serde_json::Value::Object(plain).to_string().into_bytes()
}

/// Whether somebody asked for the run's end.
pub fn cancel_wanted(folder: &RunFolder) -> bool {
    folder.path().join(CANCEL).exists()
}

/// Waits for the wish to cancel and carries it out. Comes back only when that did not work: the phase's end, which
/// somebody else follows, is the sign that it did.
async fn cancel_when_wanted(folder: &RunFolder, host: &Host) -> HostError {
    while !cancel_wanted(folder) {
        tokio::time::sleep(LOOK).await;
    }
    match host.cancel().await {
        Ok(()) => std::future::pending().await,
        Err(error) => error,
    }
}

/// The name to log in with, as the portal's form wants it: the realm of Keycloak is chosen by the address.
fn login(hand_over: &HandOver, answers: &Answers) -> &'static str {
    let keycloak = match hand_over.admin_username.as_deref() {
        Some(name) => name.ends_with("@internalsso"),
        None => answers.engine.keycloak.unwrap_or(true),
    };
    if keycloak { "admin@ovirt" } else { "admin (profile internal)" }
}

/// Who started the run, for others who want the host.
/// The person on this machine, for others who see what was started.
pub(crate) fn who() -> String {
    let user = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "unknown".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("started by {user} on {}", machine.trim())
}
