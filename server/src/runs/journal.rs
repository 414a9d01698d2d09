//! The journal of a run: `events.jsonl`, appended to by one writer, read by anybody.
//!
//! A line is written by one `write`, so a reader sees whole lines or an unfinished last one; a writer that was
//! killed leaves at most that, and the next writer cuts it off. Nothing is published before it is written.

use hosted_deploy_model::event::{Event, Kind};
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::run::{FoldError, Run};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Why a journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("cannot {act} the run's journal {}: {source}. Free space or fix its permissions; the run on the host goes on meanwhile", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not an event: the file was changed by something else, or by a newer version.
    #[error("line {line} of {} is not an event: {source}", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The events don't follow each other.
    #[error("{} is damaged: {source}", path.display())]
    Order {
        /// The journal.
        path: PathBuf,
        /// What is wrong.
        source: FoldError,
    },
    /// There is no event in it.
    #[error("{} is empty: the run was never planned", path.display())]
    Empty {
        /// The journal.
        path: PathBuf,
    },
}

/// The one writer of a run's journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    run: Run,
}

impl Journal {
    /// Begins a run's journal with its plan.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(path: &Path, run: &str, plan: Plan) -> Result<Self, JournalError> {
        let event =
            Event { run: run.to_owned(), seq: 1, at: now(), phase: None, offset: None, kind: Kind::Planned { plan } };
        let folded = Run::begin(&event).map_err(|source| JournalError::Order { path: path.to_owned(), source })?;
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path);
        let mut journal = Self { path: path.to_owned(), file: file.map_err(io("create", path))?, run: folded };
        journal.write(&event)?;
        journal.sync()?;
        Ok(journal)
    }

    /// Goes on with a journal; an unfinished last line, left by a writer that was killed, is cut off.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged elsewhere.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(io("open", path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(io("read", path))?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(io("repair", path))?;
        }
        let events = parse(path, text.get(..whole).unwrap_or_default())?;
        let run = Run::fold(&events).map_err(|source| JournalError::Order { path: path.to_owned(), source })?;
        let run = run.ok_or_else(|| JournalError::Empty { path: path.to_owned() })?;
        Ok(Self { path: path.to_owned(), file, run })
    }

    /// The run as its events tell it.
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// Writes the next event. `offset` is where the host's event file stands after it, when it came from there.
    ///
    /// # Errors
    /// When it cannot be written, or comes after the run's end.
    pub fn append(&mut self, phase: Option<Phase>, offset: Option<u64>, kind: Kind) -> Result<(), JournalError> {
        let event = Event { run: self.run.id.clone(), seq: self.run.seq + 1, at: now(), phase, offset, kind };
        let mut folded = self.run.clone();
        folded.apply(&event).map_err(|source| JournalError::Order { path: self.path.clone(), source })?;
        self.write(&event)?;
        self.run = folded;
        Ok(())
    }

    /// Makes what was written outlast a power failure.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn sync(&self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(io("keep", &self.path))
    }

    fn write(&mut self, event: &Event) -> Result<(), JournalError> {
        let mut line = serde_json::to_vec(event).map_err(|source| JournalError::Line {
            path: self.path.clone(),
            line: usize::try_from(event.seq).unwrap_or(usize::MAX),
            source,
        })?;
        line.push(b'\n');
        let end = self.file.seek(SeekFrom::End(0)).map_err(io("write", &self.path))?;
        self.file.write_all(&line).map_err(|source| {
            // A full disk may have taken half a line: the next event must not be glued to it.
            let _ = self.file.set_len(end);
            JournalError::Io { act: "write", path: self.path.clone(), source }
        })
    }
}

/// Reads a journal as it grows, from its beginning.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: File,
    rest: Vec<u8>,
    line: usize,
}

impl Reader {
    /// Opens a journal for reading.
    ///
    /// # Errors
    /// When there is none or it may not be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(io("open", path))?;
        Ok(Self { path: path.to_owned(), file, rest: Vec::new(), line: 0 })
    }

    /// The events that came since the last call; none when nothing did.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn read(&mut self) -> Result<Vec<Event>, JournalError> {
        self.file.read_to_end(&mut self.rest).map_err(io("read", &self.path))?;
        let Some(end) = self.rest.iter().rposition(|&byte| byte == b'\n') else { return Ok(Vec::new()) };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        let events = parse(&self.path, &whole).map_err(|error| match error {
            JournalError::Line { path, line, source } => JournalError::Line { path, line: line + self.line, source },
            other => other,
        })?;
        self.line += events.len();
        Ok(events)
    }
}

fn parse(path: &Path, text: &[u8]) -> Result<Vec<Event>, JournalError> {
    text.split(|&byte| byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|source| JournalError::Line {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        })
        .collect()
}

fn io(act: &'static str, path: &Path) -> impl Fn(std::io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::Io { act, path: path.clone(), source }
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::event::Outcome;

    fn journal(folder: &Path) -> Journal {
        let plan = Plan::deployment("host1", "engine", Phase::InitialClean);
        Journal::create(&folder.join("events.jsonl"), "r1", plan).unwrap()
    }

    #[test]
    fn what_a_killed_writer_left_unfinished_is_cut_off_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = journal(folder.path());
        first.append(Some(Phase::InitialClean), None, Kind::PhaseStarted).unwrap();
        drop(first);
        let path = folder.path().join("events.jsonl");
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..40 {
            let mut text = whole.clone();
            text.extend_from_slice(&whole[whole.len() - 60..][..cut]);
            std::fs::write(&path, text).unwrap();
            let mut again = Journal::open(&path).unwrap();
            assert_eq!(again.run().seq, 2);
            again.append(Some(Phase::InitialClean), Some(7), Kind::Continued).unwrap();
            assert_eq!(Journal::open(&path).unwrap().run().phase(Phase::InitialClean).unwrap().offset, 7);
        }
    }

    #[test]
    fn a_reader_gets_every_event_once_however_the_writing_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = journal(folder.path());
        let mut reader = Reader::open(&folder.path().join("events.jsonl")).unwrap();
        let mut seen = Vec::new();
        for round in 0..50 {
            for _ in 0..round % 3 {
                writer.append(None, None, Kind::Continued).unwrap();
            }
            seen.extend(reader.read().unwrap().iter().map(|event| event.seq));
        }
        assert_eq!(seen, (1..=writer.run().seq).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_written_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = journal(folder.path());
        writer.append(None, None, Kind::Ended { outcome: Outcome::Cancelled { phase: None } }).unwrap();
        assert!(matches!(writer.append(None, None, Kind::Continued), Err(JournalError::Order { .. })));
        assert_eq!(Journal::open(&folder.path().join("events.jsonl")).unwrap().run().seq, 2);
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_the_journal_whole() {
        // /dev/full takes nothing: what a journal on a full file system meets.
        let error = std::fs::OpenOptions::new().append(true).open("/dev/full").map(|file| {
            let plan = Plan::deployment("h", "e", Phase::InitialClean);
            let event =
                Event { run: "r".into(), seq: 1, at: 0, phase: None, offset: None, kind: Kind::Planned { plan } };
            let run = Run::begin(&event).unwrap();
            Journal { path: "/dev/full".into(), file, run }.append(None, None, Kind::Continued)
        });
        let message = error.unwrap().unwrap_err().to_string();
        assert!(message.contains("No space left on device") && message.contains("Free space"), "{message}");
    }
}
