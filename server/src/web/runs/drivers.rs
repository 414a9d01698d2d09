//! The runs that this server keeps a driver on, with their secrets: in memory only, and gone with the process.
//!
//! A driver is a process of its own that outlives the server; this is only about starting the next one when it dies.

use crate::runs::journal::Reader;
use crate::runs::keep::{Keeper, Kept};
use crate::runs::store::{RunFolder, StoreError};
use hosted_deploy_app::run::wire::Driver;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::run::Run;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;

const LOOK: Duration = Duration::from_millis(500);
/// Secrets of a run that nobody asked for so long are forgotten: as long as a session may last.
const LIFE: Duration = Duration::from_secs(12 * 60 * 60);

#[derive(Debug)]
struct Held {
    /// With every secret.
    answers: Answers,
    driver: Driver,
    used: Instant,
    task: Option<AbortHandle>,
}

/// All of them.
#[derive(Debug)]
pub(in crate::web) struct Drivers {
    state: PathBuf,
    held: Mutex<HashMap<String, Held>>,
}

impl Drivers {
    pub(in crate::web) fn new(state: PathBuf) -> Self {
        Self { state, held: Mutex::default() }
    }

    /// Keeps a driver on the run until it ends. `answers` hold every secret, and are what was known of it before no more.
    pub(in crate::web) fn take_on(self: &Arc<Self>, folder: &RunFolder, answers: Answers) {
        let (this, kept) = (Arc::clone(self), folder.clone());
        let (state, with) = (self.state.clone(), answers.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = this.keep(&kept, &state, &with).await {
                tracing::error!(%error, run = kept.id, "the run cannot be kept driven");
                this.tell(&kept.id, Driver::GaveUp);
            }
        });
        let task = Some(task.abort_handle());
        let held = Held { answers, driver: Driver::Starting, used: Instant::now(), task };
        let before = self.lock().insert(folder.id.clone(), held);
        if let Some(task) = before.and_then(|held| held.task) {
            task.abort();
        }
    }

    /// The run's answers with every secret, if they are known here.
    pub(in crate::web) fn answers(&self, id: &str) -> Option<Answers> {
        let mut held = self.lock();
        let held = held.get_mut(id)?;
        held.used = Instant::now();
        Some(held.answers.clone())
    }

    /// Who takes the run on.
    pub(in crate::web) fn driver(&self, folder: &RunFolder) -> Driver {
        if folder.is_driven().unwrap_or(false) {
            return Driver::Driven;
        }
        self.lock().get(&folder.id).map_or(Driver::Absent, |held| held.driver)
    }

    async fn keep(&self, folder: &RunFolder, state: &Path, answers: &Answers) -> Result<(), StoreError> {
        let mut reader = Reader::open(&folder.journal())?;
        let mut run: Option<Run> = None;
        let mut keeper = Keeper::default();
        loop {
            for event in reader.read()? {
                let folded = match &mut run {
                    Some(run) => run.apply(&event),
                    None => Run::begin(&event).map(|begun| run = Some(begun)),
                };
                if let Err(source) = folded {
                    let path = folder.journal();
                    return Err(crate::runs::journal::JournalError::Order { path, source }.into());
                }
            }
            let kept = run.as_ref().map_or(Ok(Kept::Starting), |run| keeper.look(folder, run, state, answers))?;
            match kept {
                Kept::Driven => self.tell(&folder.id, Driver::Driven),
                Kept::Starting => self.tell(&folder.id, Driver::Starting),
                Kept::GaveUp => self.tell(&folder.id, Driver::GaveUp),
                Kept::Ended | Kept::AtGate => self.tell(&folder.id, Driver::Absent),
            }
            if matches!(kept, Kept::Ended | Kept::AtGate | Kept::GaveUp) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn tell(&self, id: &str, driver: Driver) {
        if let Some(held) = self.lock().get_mut(id) {
            held.driver = driver;
            // While it goes on, its secrets are in use.
            if matches!(driver, Driver::Driven | Driver::Starting) {
                held.used = Instant::now();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, held| held.used.elapsed() < LIFE);
        held
    }
}
