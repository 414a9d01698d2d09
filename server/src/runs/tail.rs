//! [`Tail`]: a run's journal for those who only pass it on: whole lines as they were written, from any event on.
//!
//! Nothing is parsed: an event is a line, and `seq` is the line's number. Only whole lines count as read; what a writer has
//! begun is looked at again, so a half line that a killed writer left and the next one cut off does no harm. The file is the only
//! buffer: whoever reads slowly costs nobody anything.

use hosted_deploy_model::event::{Event, Kind};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Lines that came, joined by commas: the inside of a JSON array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The events, `{…},{…}`.
    pub events: Vec<u8>,
    /// `seq` of the last one.
    pub last: u64,
    /// It is the run's end.
    pub ended: bool,
}

/// Reads a journal from some event on.
#[derive(Debug)]
pub struct Tail {
    file: File,
    offset: u64,
    seq: u64,
    buffer: Vec<u8>,
}

/// Read at once, unless a single line is longer.
const PIECE: usize = 128 * 1024;
/// A line longer than this is no event of ours.
const LONGEST_LINE: usize = 32 * 1024 * 1024;

impl Tail {
    /// Behind event `seq`, 0 for all. `None` when the journal does not reach that far.
    ///
    /// # Errors
    /// When there is no journal or it cannot be read.
    pub fn after(path: &Path, seq: u64) -> io::Result<Option<Self>> {
        let mut tail = Self { file: File::open(path)?, offset: 0, seq: 0, buffer: Vec::new() };
        while tail.seq < seq {
            let read = tail.fill(PIECE)?;
            let mut seen = 0;
            for (at, byte) in tail.buffer.iter().take(read).enumerate() {
                if *byte == b'\n' {
                    tail.seq += 1;
                    seen = at + 1;
                    if tail.seq == seq {
                        break;
                    }
                }
            }
            // A line longer than a piece is skipped piece by piece: only its end counts.
            tail.offset += if seen == 0 && read == PIECE { read } else { seen } as u64;
            if read == 0 || (seen == 0 && read < PIECE) {
                return Ok(None);
            }
        }
        Ok(Some(tail))
    }

    /// What was read last is the run's end.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn is_over(&mut self) -> io::Result<bool> {
        // An end names a cause: its messages are cut at some kB each.
        let here = self.offset;
        self.offset = here.saturating_sub(2 * PIECE as u64);
        let read = self.fill(usize::try_from(here - self.offset).unwrap_or(PIECE));
        self.offset = here;
        let lines = self.buffer.get(..read?).unwrap_or_default();
        Ok(ends(lines.strip_suffix(b"\n").unwrap_or(lines)))
    }

    /// The next lines, about 128 KiB of them; `None` while there is no whole one.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn batch(&mut self) -> io::Result<Option<Batch>> {
        let mut most = PIECE;
        let length = loop {
            let read = self.fill(most)?;
            let lines = self.buffer.get(..read).unwrap_or_default();
            match lines.iter().rposition(|&byte| byte == b'\n') {
                Some(at) => break at,
                None if read < most => return Ok(None),
                None if most >= LONGEST_LINE => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of the journal does not end"));
                }
                None => most *= 4,
            }
        };
        let mut events = self.buffer.get(..length).unwrap_or_default().to_vec();
        let mut lines = 1;
        for byte in events.iter_mut().filter(|byte| **byte == b'\n') {
            *byte = b',';
            lines += 1;
        }
        self.offset += length as u64 + 1;
        self.seq += lines;
        let ended = self.buffer.get(..length).is_some_and(ends);
        Ok(Some(Batch { events, last: self.seq, ended }))
    }

    /// Reads up to `most` bytes from where whole lines ended; how many there were.
    fn fill(&mut self, most: usize) -> io::Result<usize> {
        self.buffer.resize(most, 0);
        let mut read = 0;
        while let Some(rest) = self.buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, self.offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

fn ends(lines: &[u8]) -> bool {
    let last = lines.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Event>(last).is_ok_and(|event| matches!(event.kind, Kind::Ended { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::journal::Journal;
    use hosted_deploy_model::event::Outcome;
    use hosted_deploy_model::phase::Phase;
    use hosted_deploy_model::plan::Plan;
    use std::io::Write;
    use std::path::PathBuf;

    fn journal(folder: &Path) -> (PathBuf, Journal) {
        let path = folder.join("events.jsonl");
        let journal = Journal::create(&path, "r1", Plan::deployment("h", "e", Phase::InitialClean)).unwrap();
        (path, journal)
    }

    fn seqs(batch: &Batch) -> Vec<u64> {
        let events: Vec<Event> = serde_json::from_slice(&[b"[", batch.events.as_slice(), b"]"].concat()).unwrap();
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs.last(), Some(&batch.last));
        seqs
    }

    fn text(length: usize) -> Kind {
        Kind::Message { text: "x\n".repeat(length / 2) }
    }

    #[test]
    fn from_every_event_on_each_that_follows_comes_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut journal) = journal(folder.path());
        // Lines that end on, before and behind the borders of a piece, and one that is longer than several.
        for length in [10, PIECE - 200, 300, 5 * PIECE, 10, PIECE, 20] {
            journal.append(None, None, text(length)).unwrap();
        }
        for from in 0..=8 {
            let mut tail = Tail::after(&path, from).unwrap().unwrap();
            let mut seen = Vec::new();
            while let Some(batch) = tail.batch().unwrap() {
                seen.extend(seqs(&batch));
            }
            assert_eq!(seen, (from + 1..=8).collect::<Vec<_>>(), "from {from}");
        }
        assert!(Tail::after(&path, 9).unwrap().is_none(), "there is no event 9 yet");
    }

    #[test]
    fn a_half_line_is_not_there_and_may_be_cut_off_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, journal) = journal(folder.path());
        drop(journal);
        let mut tail = Tail::after(&path, 1).unwrap().unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"run\":\"r1\",\"seq\":2,\"half").unwrap();
        assert_eq!(tail.batch().unwrap(), None);
        assert!(Tail::after(&path, 2).unwrap().is_none());
        let mut again = Journal::open(&path).unwrap();
        again.append(None, None, Kind::Continued).unwrap();
        assert_eq!(seqs(&tail.batch().unwrap().unwrap()), [2]);
    }

    #[test]
    fn the_end_is_told_and_only_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut journal) = journal(folder.path());
        journal.append(None, None, Kind::Message { text: "\"kind\":\"ended\"".into() }).unwrap();
        let mut tail = Tail::after(&path, 0).unwrap().unwrap();
        assert!(!tail.batch().unwrap().unwrap().ended);
        journal.append(None, None, Kind::Ended { outcome: Outcome::Cancelled { phase: None } }).unwrap();
        assert!(!tail.is_over().unwrap());
        assert!(tail.batch().unwrap().unwrap().ended);
        assert_eq!(tail.batch().unwrap(), None);
        assert!(tail.is_over().unwrap());
        assert!(Tail::after(&path, 3).unwrap().unwrap().is_over().unwrap());
        assert!(!Tail::after(&path, 0).unwrap().unwrap().is_over().unwrap());
    }
}
