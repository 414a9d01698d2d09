//! `actions.jsonl`: who did what on which host, when, and what came of it. Lines are only ever added, each in one write.

use crate::runs::journal::now;
use hosted_deploy_model::health::{ActionEvent, ActionKind, Deed};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// So much of the record is read back.
const TAIL_BYTES: u64 = 512 << 10;

/// Why something could not be written down.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}, and what is not written down is not done", path.display())]
pub struct RecordError {
    pub(crate) path: PathBuf,
    source: std::io::Error,
}

/// The record of a state folder.
#[derive(Clone, Debug)]
pub struct Record {
    path: PathBuf,
}

/// One action's lines.
#[derive(Debug)]
pub struct Lines<'a> {
    record: &'a Record,
    id: String,
}

impl Record {
    /// Of this state folder.
    pub fn of(state: &Path) -> Self {
        Self { path: state.join("actions.jsonl") }
    }

    /// Begins an action.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self, kind: ActionKind) -> Result<Lines<'_>, RecordError> {
        let lines = Lines { record: self, id: uuid::Uuid::now_v7().simple().to_string() };
        lines.write(kind)?;
        Ok(lines)
    }

    /// The newest events, oldest first; damaged lines, which a full disk leaves, are left out.
    pub fn newest(&self, most: usize) -> Vec<ActionEvent> {
        let text = self.tail().unwrap_or_default();
        let mut events: Vec<ActionEvent> =
            text.lines().rev().take(most).filter_map(|line| serde_json::from_str(line).ok()).collect();
        events.reverse();
        events
    }

    /// What was done last on a host, oldest first, by the names that the host goes by.
    pub fn deeds(&self, hosts: &[&str], most: usize) -> Vec<Deed> {
        let mut deeds = Deed::fold(&self.newest(usize::MAX));
        deeds.retain(|deed| hosts.contains(&deed.host.as_str()));
        deeds.split_off(deeds.len().saturating_sub(most))
    }

    /// The end of the file: it grows for ever.
    fn tail(&self) -> std::io::Result<String> {
        let mut file = std::fs::File::open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Lines<'_> {
    /// Adds what happened.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, kind: ActionKind) -> Result<(), RecordError> {
        self.write(kind)
    }

    fn write(&self, kind: ActionKind) -> Result<(), RecordError> {
        let event = ActionEvent { id: self.id.clone(), at: now(), kind };
        let path = &self.record.path;
        let write = || {
            let mut line = serde_json::to_vec(&event)?;
            line.push(b'\n');
            if let Some(folder) = path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
            file.write_all(&line)?;
            file.sync_data()
        };
        write().map_err(|source| RecordError { path: path.clone(), source })
    }
}

/// A clean-up, which is no action of the table, as the record has it.
pub fn cleanup(host: &str, who: &str) -> ActionKind {
    ActionKind::Noted { what: "cleanup".to_owned(), host: host.to_owned(), who: who.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::health::{Action, ActionOutcome};

    #[test]
    fn an_action_is_the_lines_of_one_id_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::of(&folder.path().join("state"));
        let begun = |action| ActionKind::Begun { action, host: "h".into(), who: "me".into(), target: None };
        let mut first = record.begin(begun(Action::VmStart)).unwrap();
        let _second = record.begin(begun(Action::Console)).unwrap();
        first.add(ActionKind::Ended { outcome: ActionOutcome::Done }).unwrap();
        let events = record.newest(10);
        assert_eq!(events.len(), 3);
        assert_eq!(events[0].id, events[2].id);
        assert_ne!(events[0].id, events[1].id);
        assert_eq!(record.newest(1), [events[2].clone()]);
        assert_eq!(record.deeds(&["h"], 9).len(), 2);
        assert_eq!(record.deeds(&["other"], 9), []);
    }
}
