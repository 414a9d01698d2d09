//! The files inside an rpm package: lead, two headers, and a compressed cpio archive (rpm's `docs/manual/format.md`).
//!
//! Only what finding one file needs; signatures are not judged here, the image's own checksums are.

use super::cpio::{Archive, Listed};
use std::io::{self, BufReader, Read};

/// Largest header that is read. Headers grow with the number of files; those of images have a handful.
const HEADER_MOST: u32 = 8 << 20;
const TAGS_MOST: u32 = 1 << 16;
const READ_AHEAD: usize = 128 << 10;
/// Memory that unpacking may take: `xz -9` needs 65 MiB, rpm's usual settings 2 to 8.
const UNPACK_MOST_KIB: u32 = 96 << 10;

const FILE_SIZES: u32 = 1028;
const FILE_DIGESTS: u32 = 1035;
const DIRECTORY_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORY_NAMES: u32 = 1118;
const PAYLOAD_COMPRESSOR: u32 = 1125;
const LONG_FILE_SIZES: u32 = 5008;
const FILE_DIGEST_ALGORITHM: u32 = 5011;

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
    #[error("unpacking it failed: {0}")]
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
        "zstd" => Box::new(
            ruzstd::decoding::StreamingDecoder::new_with_max_window_size(input, u64::from(UNPACK_MOST_KIB) << 10)
                .map_err(io::Error::other)?,
        ),
        "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        "none" => Box::new(input),
        _ => return Err(RpmError::Compression(compressor)),
    };
    Ok(Archive::new(payload, header.listing()))
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

    /// The package's files, by number.
    fn listing(&self) -> Vec<Listed> {
        let directories: Vec<&str> = self.texts(DIRECTORY_NAMES).collect();
        let sizes: Vec<u64> = match self.value(LONG_FILE_SIZES) {
            Some(_) => self.numbers(LONG_FILE_SIZES, 8).collect(),
            None => self.numbers(FILE_SIZES, 4).collect(),
        };
        // RFC 4880 9.4: 8 is SHA-256; without the tag it is MD5.
        let is_sha256 = self.numbers(FILE_DIGEST_ALGORITHM, 4).next() == Some(8);
        let mut digests = self.texts(FILE_DIGESTS);
        let indexes = self.numbers(DIRECTORY_INDEXES, 4);
        let files = self.texts(BASE_NAMES).zip(indexes).zip(sizes);
        files
            .map(|((base, index), size)| {
                let directory = usize::try_from(index).ok().and_then(|index| directories.get(index));
                let digest = digests.next().filter(|digest| is_sha256 && digest.len() == 64);
                Listed {
                    name: format!("{}{base}", directory.copied().unwrap_or_default()),
                    size,
                    sha256: digest.map(str::to_ascii_lowercase),
                }
            })
            .collect()
    }
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).unwrap_or_default().iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(tags: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut index = Vec::new();
        let mut store = Vec::new();
        for (tag, value) in tags {
            for number in [*tag, 6, u32::try_from(store.len()).unwrap(), 1] {
                index.extend(number.to_be_bytes());
            }
            store.extend(value);
        }
        let mut bytes = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        bytes.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
        bytes.extend(u32::try_from(store.len()).unwrap().to_be_bytes());
        [bytes, index, store].concat()
    }

    fn package(compressor: &str, payload: &[u8]) -> Vec<u8> {
        let mut lead = vec![0; 96];
        lead[..4].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb]);
        let text = format!("{compressor}\0").into_bytes();
        [lead, header(&[]), header(&[(PAYLOAD_COMPRESSOR, text)]), payload.to_vec()].concat()
    }

    #[test]
    fn an_unknown_compression_is_named() {
        let bytes = package("lzip", b"");
        let error = open(&bytes[..]).err().unwrap().to_string();
        assert!(error.contains("\"lzip\""), "{error}");
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_memory_is_taken() {
        let mut bytes = package("none", b"");
        bytes[96 + 12..96 + 16].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(open(&bytes[..]), Err(RpmError::Damaged(_))));
    }

    proptest! {
        #[test]
        fn any_package_is_read_or_refused(
            compressor in proptest::sample::select(vec!["xz", "zstd", "gzip", "none"]),
            magic in any::<bool>(),
            payload in proptest::collection::vec(any::<u8>(), 0..300),
            flip in any::<proptest::sample::Index>(),
        ) {
            let start: &[u8] = match compressor {
                "xz" => b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46",
                "zstd" => b"\x28\xb5\x2f\xfd",
                "gzip" => b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
                _ => b"070701",
            };
            let payload = if magic { [start, &payload].concat() } else { payload };
            let mut bytes = package(compressor, &payload);
            let at = flip.index(bytes.len());
            bytes[at] ^= 0x55;
            if let Ok(archive) = open(&bytes[..]) {
                let _ = archive.finish();
            }
        }
    }
}
