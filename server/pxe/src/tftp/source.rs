//! [`Source`]: the bytes of one transfer, by position.

use crate::provisioning::Located;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Read at once from a file: one call for many blocks.
const AHEAD: usize = 256 * 1024;

/// Text in memory, or an extent of a file.
#[derive(Debug)]
pub enum Source {
    /// Made for this client.
    Text(Vec<u8>),
    /// A file, or a part of one.
    File {
        /// The open file.
        file: File,
        /// Where the extent begins.
        offset: u64,
        /// Its bytes.
        length: u64,
        /// What was read ahead.
        ahead: Vec<u8>,
        /// Where in the extent that begins.
        at: u64,
    },
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(located: &Located) -> io::Result<Self> {
        let file = File::open(&located.path)?;
        Ok(Self::File { file, offset: located.offset, length: located.length, ahead: Vec::new(), at: 0 })
    }

    /// A text, with lines ended by CR LF where `netascii` asks for it (RFC 764: a lone CR becomes CR NUL).
    pub fn text(text: String, netascii: bool) -> Self {
        if !netascii {
            return Self::Text(text.into_bytes());
        }
        let mut bytes = Vec::with_capacity(text.len() + text.len() / 16);
        for byte in text.bytes() {
            match byte {
                b'\n' => bytes.extend_from_slice(b"\r\n"),
                b'\r' => bytes.extend_from_slice(b"\r\0"),
                byte => bytes.push(byte),
            }
        }
        Self::Text(bytes)
    }

    /// How many bytes there are.
    pub const fn length(&self) -> u64 {
        match self {
            Self::Text(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// At most `count` bytes from `position` on; fewer only at the end.
    ///
    /// # Errors
    /// What the system says; also when the file became shorter meanwhile.
    pub fn read(&mut self, position: u64, count: usize) -> io::Result<&[u8]> {
        let left = self.length().saturating_sub(position);
        let count = usize::try_from(left).map_or(count, |left| left.min(count));
        match self {
            Self::Text(bytes) => {
                let begin = usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes.get(begin..begin + count).unwrap_or_default())
            }
            Self::File { file, offset, ahead, at, .. } => {
                let has = position >= *at && position + count as u64 <= *at + ahead.len() as u64;
                if !has {
                    let whole = usize::try_from(left).map_or(AHEAD, |left| left.min(AHEAD.max(count)));
                    ahead.resize(whole, 0);
                    *at = position;
                    file.read_exact_at(ahead, *offset + position)?;
                }
                let begin = usize::try_from(position - *at).unwrap_or(usize::MAX);
                Ok(ahead.get(begin..begin + count).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn an_extent_of_a_file_is_read_as_if_it_were_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("iso");
        let bytes: Vec<u8> = (0..600_000_u32).map(|at| (at % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut source = Source::open(&Located { path, offset: 1000, length: 500_000, modified: UNIX_EPOCH }).unwrap();
        for (position, count, expected) in [
            (0, 10, 10),
            (300_000, 5000, 5000),
            (0, 10, 10),
            (499_990, 100, 10),
            (500_000, 5, 0),
            (262_100, 1468, 1468),
        ] {
            let begin = 1000 + usize::try_from(position).unwrap();
            assert_eq!(source.read(position, count).unwrap(), &bytes[begin..begin + expected], "{position}");
        }
    }

    #[test]
    fn lines_of_netascii_end_with_both() {
        assert!(matches!(Source::text("a\nb\r".into(), true), Source::Text(bytes) if bytes == b"a\r\nb\r\0"));
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_and_not_silence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short");
        std::fs::write(&path, b"abc").unwrap();
        let mut source = Source::open(&Located { path, offset: 0, length: 10, modified: UNIX_EPOCH }).unwrap();
        assert!(source.read(0, 10).is_err());
    }
}
