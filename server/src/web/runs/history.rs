//! Runs that have ended do not change any more: read once.

use super::access::Seen;
use crate::runs::store::{RunFolder, Runs, StoreError};
use crate::web::session::Session;
use hosted_deploy_model::run::Run;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// More are read again each time.
const MOST: usize = 500;

/// What ended runs folded to.
#[derive(Debug, Default)]
pub(in crate::web) struct History {
    ended: Mutex<HashMap<String, Run>>,
}

impl History {
    /// The run as its journal tells it.
    pub(in crate::web) fn read(&self, folder: &RunFolder) -> Result<Run, StoreError> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = ended.get(&folder.id) {
            return Ok(run.clone());
        }
        let run = folder.read()?;
        if run.outcome.is_some() && ended.len() < MOST {
            ended.insert(folder.id.clone(), run.clone());
        }
        Ok(run)
    }

    /// The newest runs that a session may see, newest first. One that cannot be read is no reason to show nothing.
    pub(in crate::web) fn newest(&self, state: &Path, session: &Arc<Session>, most: usize) -> Vec<Seen> {
        let runs = Runs::open(state).and_then(|runs| Ok((runs.ids()?, runs)));
        let (ids, runs) = match runs {
            Ok(listed) => listed,
            Err(error) => {
                tracing::warn!(%error, "the runs cannot be listed");
                return Vec::new();
            }
        };
        let folders = ids.into_iter().rev().filter_map(|id| runs.find(&id).ok().filter(|folder| folder.id == id));
        let seen = folders.filter_map(|folder| {
            let run = self.read(&folder).ok()?;
            Seen::of(folder, run, session)
        });
        seen.take(most).collect()
    }
}
