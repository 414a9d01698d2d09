//! ISO 9660 (ECMA-119) with Rock Ridge and Joliet names, read by position: no mount, no root, nothing kept but the
//! volume's root.
//!
//! Every number in an image is hostile: positions are checked against the image's length, directories are read
//! sector by sector and bounded, paths are as deep as the caller asks. Not read, because no installation medium
//! has them: interleaved files, zisofs, relocated directories (Rock Ridge `CL`).

mod bytes;
mod names;

pub use bytes::ReadAt;

use bytes::{byte, le16, le32, slice};
use names::Names;
use std::io;

/// A sector, and the logical block of every image in the wild.
const SECTOR: u64 = 2048;
/// Largest directory that is read: 16 MiB, some hundred thousand names.
const DIRECTORY_MOST: u64 = 16 << 20;

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IsoError {
    /// There is no primary volume descriptor.
    #[error(
        "this is no ISO 9660 image (no volume descriptor in sector 16 or behind it); name the installation ISO as it was downloaded"
    )]
    NotIso,
    /// A record names bytes behind the end.
    #[error(
        "the image is cut short: byte {at} names more than there is; its download is incomplete, download it again"
    )]
    Cut {
        /// Where, in bytes from the beginning of the image.
        at: u64,
    },
    /// A record contradicts itself.
    #[error("the image is damaged: {what} at byte {at}; download it again and compare its checksum")]
    Damaged {
        /// What does not fit.
        what: &'static str,
        /// Where, in bytes from the beginning of the image.
        at: u64,
    },
    /// Something legal that installation media do not use.
    #[error("{name} is stored in a way that is not read here: {how}")]
    Unsupported {
        /// The file.
        name: String,
        /// The way.
        how: &'static str,
    },
    /// The image cannot be read.
    #[error("reading failed at byte {at}: {source}; see whether its disk or network share works")]
    Read {
        /// Where.
        at: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A run of bytes in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Extent {
    /// First byte, from the beginning of the image.
    pub offset: u64,
    /// How many.
    pub length: u64,
}

/// A file or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name as the richest name space gives it.
    pub name: String,
    /// It is a directory.
    pub directory: bool,
    /// Where its bytes are.
    pub extent: Extent,
}

/// An image.
#[derive(Debug)]
pub struct Iso<R> {
    image: R,
    length: u64,
    volume: String,
    root: Extent,
    names: Names,
    block: u64,
}

impl<R: ReadAt> Iso<R> {
    /// Finds the volume and the name space to read it by: Rock Ridge before Joliet before plain names.
    ///
    /// # Errors
    /// No volume descriptor, a damaged one, or reading failed.
    pub fn open(image: R) -> Result<Self, IsoError> {
        let length = image.length().map_err(|source| IsoError::Read { at: 0, source })?;
        let mut primary = None;
        let mut joliet = None;
        // ECMA-119 8.1: descriptors from sector 16 until the terminator.
        for sector in 16..48 {
            let at = sector * SECTOR;
            let mut bytes = [0; SECTOR as usize];
            match image.read_exact_at(&mut bytes, at) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(source) => return Err(IsoError::Read { at, source }),
            }
            if slice(&bytes, 1, 5) != b"CD001" {
                break;
            }
            match byte(&bytes, 0) {
                1 if primary.is_none() => primary = Some((at, bytes)),
                2 if matches!(slice(&bytes, 88, 3), b"%/@" | b"%/C" | b"%/E") => joliet = Some((at, bytes)),
                255 => break,
                _ => {}
            }
        }
        let (at, descriptor) = primary.ok_or(IsoError::NotIso)?;
        let block = u64::from(le16(&descriptor, 128));
        if ![512, 1024, 2048].contains(&block) {
            return Err(IsoError::Damaged { what: "the logical block size", at: at + 128 });
        }
        let volume = String::from_utf8_lossy(slice(&descriptor, 40, 32)).trim_end().to_owned();
        let mut iso = Self { image, length, volume, root: root_of(&descriptor, block), names: Names::Plain, block };
        iso.check(iso.root, at + 156)?;
        if let Some(skip) = iso.rock_ridge()? {
            iso.names = Names::RockRidge(skip);
        } else if let Some((at, descriptor)) = joliet {
            iso.root = root_of(&descriptor, block);
            iso.check(iso.root, at + 156)?;
            iso.names = Names::Joliet;
        }
        Ok(iso)
    }

    /// The volume's label.
    pub fn volume(&self) -> &str {
        &self.volume
    }

    /// The image itself.
    pub fn image(&self) -> &R {
        &self.image
    }

    /// The root directory.
    pub fn root(&self) -> Entry {
        Entry { name: String::new(), directory: true, extent: self.root }
    }

    /// A file or directory by its path; parts are compared without case. Nothing when there is none.
    ///
    /// # Errors
    /// A damaged directory on the way, or reading failed.
    pub fn find(&self, path: &str) -> Result<Option<Entry>, IsoError> {
        let mut found = self.root();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if !found.directory {
                return Ok(None);
            }
            let mut next = None;
            self.visit(&found, |entry| {
                if entry.name == part || next.is_none() && entry.name.eq_ignore_ascii_case(part) {
                    next = Some(entry);
                }
            })?;
            match next {
                Some(entry) => found = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Tells every entry of a directory, in the order of the image.
    ///
    /// # Errors
    /// A damaged record, an unsupported one, or reading failed.
    pub fn visit(&self, directory: &Entry, mut tell: impl FnMut(Entry)) -> Result<(), IsoError> {
        let Extent { offset, length } = directory.extent;
        if length > DIRECTORY_MOST {
            return Err(IsoError::Damaged { what: "the size of a directory", at: offset });
        }
        // A file above 4 GiB is several records in a row, all but the last marked (ECMA-119 6.5.1).
        let mut pending: Option<Entry> = None;
        let mut sector = [0; SECTOR as usize];
        for start in (0..length).step_by(SECTOR as usize) {
            let at = offset + start;
            self.read(&mut sector, at)?;
            let mut place = 0;
            loop {
                let size = usize::from(byte(&sector, place));
                // Records do not cross sectors: what is left of this one is empty.
                if size == 0 || place >= sector.len() {
                    break;
                }
                let here = at + place as u64;
                let record = sector
                    .get(place..place + size)
                    .filter(|record| record.len() >= 34)
                    .ok_or(IsoError::Damaged { what: "a directory record", at: here })?;
                place += size;
                let Some((mut entry, continues)) = self.entry(record, here)? else { continue };
                if let Some(begun) = pending.take() {
                    entry = joined(begun, &entry)?;
                }
                if continues {
                    pending = Some(entry);
                } else {
                    tell(entry);
                }
            }
        }
        match pending {
            Some(_) => Err(IsoError::Damaged { what: "a file whose last part is missing", at: offset }),
            None => Ok(()),
        }
    }

    /// One record: the entry, and whether it goes on in the next record. Nothing for the directory itself, its
    /// parent and associated files.
    fn entry(&self, record: &[u8], at: u64) -> Result<Option<(Entry, bool)>, IsoError> {
        let name_length = usize::from(byte(record, 32));
        let id = record.get(33..33 + name_length).ok_or(IsoError::Damaged { what: "the name of a record", at })?;
        let flags = byte(record, 25);
        if matches!(id, [] | [0] | [1]) || flags & 4 != 0 {
            return Ok(None);
        }
        let use_area = record.get(33 + name_length + (1 - name_length % 2)..).unwrap_or_default();
        let name = self.name(id, use_area)?;
        if name.is_empty() || name.contains(['/', '\0']) || name == "." || name == ".." {
            return Err(IsoError::Damaged { what: "the name of a record", at });
        }
        if byte(record, 26) != 0 {
            return Err(IsoError::Unsupported { name, how: "interleaved" });
        }
        let first = u64::from(le32(record, 2)) + u64::from(byte(record, 1));
        let extent = Extent { offset: first * self.block, length: u64::from(le32(record, 10)) };
        self.check(extent, at)?;
        Ok(Some((Entry { name, directory: flags & 2 != 0, extent }, flags & 0x80 != 0)))
    }

    fn read(&self, buffer: &mut [u8], at: u64) -> Result<(), IsoError> {
        self.image.read_exact_at(buffer, at).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => IsoError::Cut { at },
            _ => IsoError::Read { at, source },
        })
    }

    fn check(&self, extent: Extent, at: u64) -> Result<(), IsoError> {
        match extent.offset.checked_add(extent.length) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(IsoError::Cut { at }),
        }
    }
}

/// A file's next part. Every writer of images puts the parts one behind the other, and a single run of bytes is
/// what can be sent without copying.
fn joined(begun: Entry, next: &Entry) -> Result<Entry, IsoError> {
    if begun.extent.offset + begun.extent.length != next.extent.offset || begun.directory || next.directory {
        return Err(IsoError::Unsupported { name: begun.name, how: "in parts that do not follow each other" });
    }
    let length = begun.extent.length + next.extent.length;
    Ok(Entry { extent: Extent { length, ..begun.extent }, ..begun })
}

fn root_of(descriptor: &[u8], block: u64) -> Extent {
    Extent { offset: u64::from(le32(descriptor, 158)) * block, length: u64::from(le32(descriptor, 166)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk<R: ReadAt>(iso: &Iso<R>, directory: &Entry, depth: usize) {
        let mut below = Vec::new();
        let _ = iso.visit(directory, |entry| below.push(entry));
        for entry in below.iter().filter(|entry| entry.directory && depth < 3) {
            walk(iso, entry, depth + 1);
        }
    }

    /// A volume with one directory of the given records.
    fn image(records: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 20 * 2048];
        bytes[16 * 2048] = 1;
        bytes[16 * 2048 + 1..16 * 2048 + 6].copy_from_slice(b"CD001");
        bytes[16 * 2048 + 129] = 8;
        bytes[16 * 2048 + 128] = 0;
        bytes[16 * 2048 + 158] = 18;
        bytes[16 * 2048 + 167] = 8;
        bytes[17 * 2048] = 255;
        let room = records.len().min(2048);
        bytes[18 * 2048..18 * 2048 + room].copy_from_slice(&records[..room]);
        bytes
    }

    fn record(name: &[u8], first: u32, length: u32, flags: u8) -> Vec<u8> {
        let size = 33 + name.len() + 1 - name.len() % 2;
        let mut record = vec![0; size];
        record[0] = u8::try_from(size).unwrap();
        record[2..6].copy_from_slice(&first.to_le_bytes());
        record[10..14].copy_from_slice(&length.to_le_bytes());
        record[25] = flags;
        record[32] = u8::try_from(name.len()).unwrap();
        record[33..33 + name.len()].copy_from_slice(name);
        record
    }

    #[test]
    fn plain_names_lose_version_and_case() {
        let bytes = image(&record(b"BOOT.CFG;1", 19, 5, 0));
        let iso = Iso::open(&bytes[..]).unwrap();
        let entry = iso.find("/boot.cfg").unwrap().unwrap();
        assert_eq!(entry.extent, Extent { offset: 19 * 2048, length: 5 });
        assert_eq!(iso.find("boot.cfg/below").unwrap(), None);
        assert_eq!(iso.find("other").unwrap(), None);
    }

    #[test]
    fn parts_of_a_large_file_become_one_and_scattered_ones_are_refused() {
        let parts = [record(b"BIG;1", 18, 2048, 0x80), record(b"BIG;1", 19, 9, 0)].concat();
        let bytes = image(&parts);
        let found = Iso::open(&bytes[..]).unwrap().find("big").unwrap().unwrap();
        assert_eq!(found.extent, Extent { offset: 18 * 2048, length: 2057 });
        let scattered = image(&[record(b"BIG;1", 17, 5, 0x80), record(b"BIG;1", 19, 9, 0)].concat());
        let error = Iso::open(&scattered[..]).unwrap().find("big").unwrap_err().to_string();
        assert!(error.contains("do not follow"), "{error}");
        let cut = image(&record(b"BIG;1", 18, 2048, 0x80));
        assert!(Iso::open(&cut[..]).unwrap().find("big").is_err());
    }

    #[test]
    fn a_file_behind_the_end_says_that_the_download_may_be_incomplete() {
        let bytes = image(&record(b"BIG;1", 19, 1 << 30, 0));
        let error = Iso::open(&bytes[..]).unwrap().find("big").unwrap_err().to_string();
        assert!(error.contains("download is incomplete"), "{error}");
    }

    #[test]
    fn names_that_leave_the_directory_are_refused() {
        for name in [&b"..;1"[..], b"A/B;1", b"../X;1"] {
            let bytes = image(&record(name, 19, 5, 0));
            assert!(Iso::open(&bytes[..]).unwrap().find("x").is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_directory_is_read_or_refused(records in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let bytes = image(&records);
            if let Ok(iso) = Iso::open(&bytes[..]) {
                walk(&iso, &iso.root(), 0);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..6000), volume in any::<bool>()) {
            let mut whole = vec![0; 16 * 2048];
            if volume {
                bytes.splice(0..bytes.len().min(6), *b"\x01CD001");
            }
            whole.extend(bytes);
            if let Ok(iso) = Iso::open(&whole[..]) {
                walk(&iso, &iso.root(), 0);
            }
        }
    }
}
