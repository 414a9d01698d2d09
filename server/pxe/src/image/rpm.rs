//! The files inside an rpm package: lead, two headers, and a compressed cpio archive (rpm's `docs/manual/format.md`).
//!
//! Only what finding one file needs; signatures are not judged here, the image's own checksums are.

use super::cpio::{Archive, Stripped};
use std::io::{self, BufReader, Read};

/// Largest header that is read. Headers grow with the number of files; those of images have a handful.
const HEADER_MOST: u32 = 8 << 20;
const TAGS_MOST: u32 = 1 << 16;
const READ_AHEAD: usize = 128 << 10;
/// Memory that unpacking may take: `xz -9` needs 65 MiB, rpm's usual settings 2 to 8.
const UNPACK_MOST_KIB: u32 = 96 << 10;

const FILE_SIZES: u32 = 1028;
const DIRECTORY_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORY_NAMES: u32 = 1118;
const PAYLOAD_COMPRESSOR: u32 = 1125;
const LONG_FILE_SIZES: u32 = 5008;

/// Why a package cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RpmError {
    /// The beginning is not that of a package.
    #[error("this is no rpm package")]
    NotRpm,
    /// A header contradicts itself.
    #[error("the package is damaged: {0}")]
    Damaged(&'static str),
    /// A compression that is not read here.
    #[error("the package is compressed with {0:?}; xz, zstd, gzip and none are read")]
    Compression(String),
    /// Reading or decompressing failed.
    #[error("reading the package failed")]
    Read(#[from] io::Error),
}

/// Opens a package and gives the archive of its files.
///
/// # Errors
/// No package, a damaged header, an unknown compression, or reading failed.
pub fn open<'r, R: Read + 'r>(mut input: R) -> Result<Archive<Box<dyn Read + 'r>>, RpmError> {
    let mut lead = [0; 96];
    read_exact(&mut input, &mut lead, RpmError::NotRpm)?;
    if !lead.starts_with(&[0xed, 0xab, 0xee, 0xdb]) {
        return Err(RpmError::NotRpm);
    }
    let signature = Header::read(&mut input)?;
    // The signature's store is padded to a multiple of 8.
    let padding = (8 - signature.store.len() % 8) % 8;
    let mut skipped = [0; 8];
    read_exact(&mut input, skipped.get_mut(..padding).unwrap_or_default(), CUT)?;
    let header = Header::read(&mut input)?;
    let compressor = header.text(PAYLOAD_COMPRESSOR).unwrap_or("gzip").to_owned();
    let input = BufReader::with_capacity(READ_AHEAD, input);
    let payload: Box<dyn Read + 'r> = match compressor.as_str() {
        "xz" => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, UNPACK_MOST_KIB)),
        "zstd" => Box::new(ruzstd::decoding::StreamingDecoder::new_with_max_window_size(input, u64::from(UNPACK_MOST_KIB) << 10)
                .map_err(io::Error::other)?),
        "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        "none" => Box::new(input),
        _ => return Err(RpmError::Compression(compressor)),
    };
    Ok(Archive::new(payload, header.stripped()))
}

const CUT: RpmError = RpmError::Damaged("it is cut short");

fn read_exact(input: &mut impl Read, buffer: &mut [u8], at_end: RpmError) -> Result<(), RpmError> {
    input.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => at_end,
        _ => RpmError::Read(error),
    })
}

/// A header: an index of tags over a store of values, both big endian.
struct Header {
    index: Vec<u8>,
    store: Vec<u8>,
}

impl Header {
    fn read(input: &mut impl Read) -> Result<Self, RpmError> {
        let mut intro = [0; 16];
        read_exact(input, &mut intro, CUT)?;
        let (tags, size) = (be32(&intro, 8), be32(&intro, 12));
        if !intro.starts_with(&[0x8e, 0xad, 0xe8, 0x01]) || tags > TAGS_MOST || size > HEADER_MOST {
            return Err(RpmError::Damaged("a header's beginning"));
        }
        let mut index = vec![0; tags as usize * 16];
        read_exact(input, &mut index, CUT)?;
        let mut store = vec![0; size as usize];
        read_exact(input, &mut store, CUT)?;
        Ok(Self { index, store })
    }

    /// The store from where the tag's value begins, and how many values there are.
    fn value(&self, tag: u32) -> Option<(&[u8], usize)> {
        let entry = self.index.chunks_exact(16).find(|entry| be32(entry, 0) == tag)?;
        Some((self.store.get(be32(entry, 8) as usize..)?, be32(entry, 12) as usize))
    }

    fn texts(&self, tag: u32) -> impl Iterator<Item = &str> {
        let (bytes, count) = self.value(tag).unwrap_or((&[], 0));
        bytes.split(|byte| *byte == 0).take(count).map(|text| std::str::from_utf8(text).unwrap_or_default())
    }

    fn text(&self, tag: u32) -> Option<&str> {
        self.texts(tag).next()
    }

    fn numbers(&self, tag: u32, width: usize) -> impl Iterator<Item = u64> {
        let (bytes, count) = self.value(tag).unwrap_or((&[], 0));
        bytes.chunks_exact(width).take(count).map(|bytes| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// Names and sizes by number, for archives whose members carry only a number (files above 4 GiB).
    fn stripped(&self) -> Stripped {
        let directories: Vec<&str> = self.texts(DIRECTORY_NAMES).collect();
        let sizes: Vec<u64> = match self.value(LONG_FILE_SIZES) {
            Some(_) => self.numbers(LONG_FILE_SIZES, 8).collect(),
            None => self.numbers(FILE_SIZES, 4).collect(),
        };
        let indexes = self.numbers(DIRECTORY_INDEXES, 4);
        let names = self.texts(BASE_NAMES).zip(indexes).map(|(base, index)| {
            let directory = usize::try_from(index).ok().and_then(|index| directories.get(index));
            format!("{}{base}", directory.copied().unwrap_or_default())
        });
        Stripped(names.zip(sizes).collect())
    }
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).unwrap_or_default().iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
