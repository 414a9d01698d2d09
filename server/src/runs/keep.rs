//! Keeping a driver on a run: whoever watches one, at a terminal or for a browser, starts the next when there is none.

use super::driver::cancel_wanted;
use super::spawn::spawn_driver;
use super::store::{RunFolder, StoreError};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::run::{Run, Waiting};
use std::path::Path;
use std::time::{Duration, Instant};

/// A driver that was started has taken the run by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Drivers that end one after the other, without a task of the role in between, end for a reason.
const MOST_STARTS: u32 = 3;

/// What a look at a run found, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The run is over.
    Ended,
    /// Somebody drives it.
    Driven,
    /// A driver was started and has not taken the run yet.
    Starting,
    /// It waits for storage answers; no driver is needed before they are there.
    AtGate,
    /// No driver lasts. Why is in the journal.
    GaveUp,
}

/// Remembers what was tried.
#[derive(Debug, Default)]
pub struct Keeper {
    started: Option<Instant>,
    starts: u32,
    tasks: u32,
}

impl Keeper {
    /// Looks at the run, as its journal tells it now, and starts a driver if it needs one. `answers` hold every secret.
    ///
    /// # Errors
    /// When the run's folder cannot be used or no process be started.
    pub fn look(&mut self, folder: &RunFolder, run: &Run, state: &Path, answers: &Answers) -> Result<Kept, StoreError> {
        if run.outcome.is_some() {
            return Ok(Kept::Ended);
        }
        if folder.is_driven()? {
            self.started = None;
            return Ok(Kept::Driven);
        }
        let can_leave_the_gate = answers.storage.is_some() || cancel_wanted(folder);
        if matches!(run.waiting, Some(Waiting::Storage { .. })) && !can_leave_the_gate {
            return Ok(Kept::AtGate);
        }
        if self.started.is_some_and(|started| started.elapsed() <= PATIENCE) {
            return Ok(Kept::Starting);
        }
        let tasks = run.phases.iter().map(|progress| progress.tasks).sum();
        if tasks > std::mem::replace(&mut self.tasks, tasks) {
            self.starts = 0;
        }
        if self.starts == MOST_STARTS {
            return Ok(Kept::GaveUp);
        }
        self.starts += 1;
        self.started = Some(Instant::now());
        spawn_driver(folder, state, answers)?;
        Ok(Kept::Starting)
    }
}
