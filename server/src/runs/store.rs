//! Where runs are kept: a folder each, below the state folder, for nobody but its owner.
//!
//! `runs/ID/`: `plan.json` what the run was made of, `answers.json` the answers without secrets, `events.jsonl` the
//! journal, `driver.lock` held by the process that drives it, `logs/` what was fetched from the host.

use super::journal::{Journal, JournalError, Reader};
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::run::Run;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a run's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system said no.
    #[error("cannot {act} {}: {source}", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the run is not what it should be.
    #[error("{} is damaged: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// No run has that id, or more than one begins so.
    #[error("no run {id}: `hosted-deploy runs list` shows those that are kept")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// An abbreviated id that fits several runs.
    #[error("{id} could be {}: give more of the id", matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        id: String,
        /// The runs it fits.
        matches: Vec<String>,
    },
    /// Another process drives the run.
    #[error("run {id} is driven by another process on this machine; `hosted-deploy runs attach {id}` shows it")]
    Driven {
        /// The run.
        id: String,
    },
    /// Its journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// All runs of a state folder.
#[derive(Clone, Debug)]
pub struct Runs {
    folder: PathBuf,
}

impl Runs {
    /// The runs below a state folder, which is made when it lacks.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(state: &Path) -> Result<Self, StoreError> {
        let folder = state.join("runs");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(io("make", &folder))?;
        Ok(Self { folder })
    }

    /// A new run. `id` sorts by time and is unique here.
    ///
    /// # Errors
    /// When its folder cannot be made or written.
    pub fn create(&self, id: &str, plan: &Plan) -> Result<(RunFolder, Journal), StoreError> {
        let path = self.folder.join(id);
        DirBuilder::new().mode(0o700).create(&path).map_err(io("make", &path))?;
        let folder = RunFolder { id: id.to_owned(), path };
        DirBuilder::new().mode(0o700).create(folder.logs()).map_err(io("make", &folder.logs()))?;
        let journal = Journal::create(&folder.journal(), id, plan.clone())?;
        Ok((folder, journal))
    }

    /// Ids of the runs that are kept, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(io("read", &self.folder))? {
            let entry = entry.map_err(io("read", &self.folder))?;
            if entry.path().join("events.jsonl").exists() {
                ids.extend(entry.file_name().into_string());
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The run of an id, of the end of one (`3f9c`), or the newest one for `last`.
    ///
    /// # Errors
    /// When there is none, or several fit.
    pub fn find(&self, id: &str) -> Result<RunFolder, StoreError> {
        let ids = self.ids()?;
        let matches: Vec<String> = match id {
            "last" => ids.into_iter().next_back().into_iter().collect(),
            "" => Vec::new(),
            _ => ids.into_iter().filter(|known| known == id || known.starts_with(id) || known.ends_with(id)).collect(),
        };
        match matches.as_slice() {
            [] => Err(StoreError::Unknown { id: id.to_owned() }),
            [one] => Ok(RunFolder { id: one.clone(), path: self.folder.join(one) }),
            [..] => Err(StoreError::Ambiguous { id: id.to_owned(), matches }),
        }
    }
}

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    /// The run's id.
    pub id: String,
    path: PathBuf,
}

impl RunFolder {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its journal's file.
    pub fn journal(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// Where logs fetched from the host are put.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// The run as its journal tells it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn read(&self) -> Result<Run, StoreError> {
        let events = Reader::open(&self.journal())?.read()?;
        let folded = Run::fold(&events).map_err(|source| JournalError::Order { path: self.journal(), source })?;
        Ok(folded.ok_or_else(|| JournalError::Empty { path: self.journal() })?)
    }

    /// Writes a file of the run, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let part = self.path.join(format!("{name}.part"));
        let text =
            serde_json::to_vec_pretty(value).map_err(|source| StoreError::Damaged { path: path.clone(), source })?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .map_err(io("write", &part))?;
        file.write_all(&text).and_then(|()| file.sync_data()).map_err(io("write", &part))?;
        std::fs::rename(&part, &path).map_err(io("write", &path))
    }

    /// Reads a file of the run.
    ///
    /// # Errors
    /// When it cannot be read or is not what it should be.
    pub fn load<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let path = self.path.join(name);
        let text = std::fs::read(&path).map_err(io("read", &path))?;
        serde_json::from_slice(&text).map_err(|source| StoreError::Damaged { path, source })
    }

    /// Takes the right to drive the run; it ends with the process, however that ends.
    ///
    /// # Errors
    /// [`StoreError::Driven`] when another process has it.
    pub fn drive(&self) -> Result<DriverLock, StoreError> {
        let file = self.lock_file()?;
        // Whoever only asks whether the run is driven holds the lock for a moment.
        for _ in 0..20 {
            match file.try_lock() {
                Ok(()) => return Ok(DriverLock { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(source)) => return Err(io("lock", &self.path)(source)),
            }
        }
        Err(StoreError::Driven { id: self.id.clone() })
    }

    /// Whether some process drives the run now.
    ///
    /// # Errors
    /// When the lock cannot be looked at.
    pub fn is_driven(&self) -> Result<bool, StoreError> {
        match self.lock_file()?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) => Err(io("lock", &self.path)(source)),
        }
    }

    fn lock_file(&self) -> Result<File, StoreError> {
        let path = self.path.join("driver.lock");
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(io("open", &path))
    }
}

/// The right to drive a run.
#[derive(Debug)]
pub struct DriverLock {
    _file: File,
}

fn io(act: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { act, path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::phase::Phase;
    use std::os::unix::fs::PermissionsExt;

    fn runs(ids: &[&str]) -> (tempfile::TempDir, Runs) {
        let state = tempfile::tempdir().unwrap();
        let runs = Runs::open(state.path()).unwrap();
        for id in ids {
            runs.create(id, &Plan::deployment("h", "e", Phase::InitialClean)).unwrap();
        }
        (state, runs)
    }

    #[test]
    fn a_run_is_found_by_its_id_its_end_or_as_the_last() {
        let (_state, runs) = runs(&["20261121-041500-aa11", "20261121-050000-bb11"]);
        assert_eq!(runs.find("20261121-041500-aa11").unwrap().id, "20261121-041500-aa11");
        assert_eq!(runs.find("aa11").unwrap().id, "20261121-041500-aa11");
        assert_eq!(runs.find("last").unwrap().id, "20261121-050000-bb11");
        assert!(matches!(runs.find("11"), Err(StoreError::Ambiguous { matches, .. }) if matches.len() == 2));
        assert!(matches!(runs.find("zz"), Err(StoreError::Unknown { .. })));
        assert!(matches!(runs.find(""), Err(StoreError::Unknown { .. })));
    }

    #[test]
    fn nobody_but_the_owner_may_look_into_a_run() {
        let (_state, runs) = runs(&["a"]);
        let run = runs.find("a").unwrap();
        run.write("plan.json", &1).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(run.path()), 0o700);
        assert_eq!(mode(&run.logs()), 0o700);
        assert_eq!(mode(&run.journal()), 0o600);
        assert_eq!(mode(&run.path().join("plan.json")), 0o600);
    }

    #[test]
    fn only_one_process_drives_a_run_and_its_end_frees_it() {
        let (_state, runs) = runs(&["a"]);
        let run = runs.find("a").unwrap();
        let lock = run.drive().unwrap();
        assert!(run.is_driven().unwrap());
        assert!(matches!(run.drive(), Err(StoreError::Driven { .. })));
        drop(lock);
        assert!(!run.is_driven().unwrap());
    }
}
