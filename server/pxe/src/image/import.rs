//! Importing an ISO: find, check, keep. Streaming, unprivileged, and whole or not at all.

use super::iso::{Extent, Iso};
use super::recognise::{self, Contents, Found, UnknownIso};
use super::rpm::{self, RpmError};
use super::store::{Images, StoreError, modified};
use super::{Image, ImageFile, Kind, Part, Place, is_name};
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read at once: large enough that the disk is the limit, small against the memory we promise to stay below.
const CHUNK: usize = 256 << 10;

/// Why an ISO was not imported. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The ISO can't be opened.
    #[error(
        "{path} cannot be opened: {source}; name the ISO file, where the account that runs this command may read it"
    )]
    Open {
        /// The ISO.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is a directory, or a drive.
    #[error("{path} is no file; name the ISO itself (a disc is made one by `dd if=/dev/sr0 of=FILE.iso bs=1M`)")]
    NoFile {
        /// What was named.
        path: PathBuf,
    },
    /// It is not an image that installs a host.
    #[error("{path}: {source}")]
    Unknown {
        /// The ISO.
        path: PathBuf,
        /// Why.
        source: UnknownIso,
    },
    /// The package inside can't be read.
    #[error("{package} in the ISO: {source}; download the ISO again, or import another build of the image")]
    Package {
        /// The package.
        package: String,
        /// Why.
        source: RpmError,
    },
    /// The package has no image.
    #[error("{package} in the ISO holds no file *.squashfs.img; import another build of the image")]
    NoSquashfs {
        /// The package.
        package: String,
    },
    /// A file's checksum is not the one that the image names.
    #[error(
        "{file} in the ISO is damaged: its SHA-256 is {found}, the ISO itself says {named}; download the ISO again"
    )]
    Checksum {
        /// The file.
        file: String,
        /// What was computed.
        found: String,
        /// What it should be.
        named: String,
    },
    /// The ISO can't be read.
    #[error(
        "reading {file} in {path} failed: {source}; see whether its disk or network share works, or copy the ISO anew"
    )]
    Read {
        /// The ISO.
        path: PathBuf,
        /// Where in it.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is kept can't be written.
    #[error(
        "writing to {path} failed: {source}; about {needed} MiB must be free there, or name another folder by --state-dir"
    )]
    Write {
        /// The folder.
        path: PathBuf,
        /// Mebibytes needed.
        needed: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The name can't be a folder and a part of a URL.
    #[error("{0:?} is no name for an image: use letters, digits, dots, dashes and underscores, 64 at most")]
    Name(String),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody stopped it.
    #[error("the import was stopped; nothing of it is kept")]
    Stopped,
}

/// How an import is to be done.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The image's name; derived from what the ISO says where none is given.
    pub name: Option<String>,
    /// Take the place of an image of the same name.
    pub replace: bool,
    /// The time, in Unix milliseconds.
    pub now: u64,
}

/// How far it is, in bytes of the ISO that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is read now.
    pub file: &'a str,
    /// Bytes read.
    pub done: u64,
    /// Bytes to read.
    pub total: u64,
}

/// Imports an ISO. The ISO itself stays where it is and must stay there.
///
/// # Errors
/// [`ImportError`]; nothing is left then.
pub fn import(
    images: &Images,
    path: &Path,
    options: &Options,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<Image, ImportError> {
    let open = |source| ImportError::Open { path: path.to_owned(), source };
    let path = path.canonicalize().map_err(open)?;
    let file = File::open(&path).map_err(open)?;
    let meta = file.metadata().map_err(open)?;
    if !meta.is_file() {
        return Err(ImportError::NoFile { path });
    }
    let iso = Iso::open(file).map_err(|source| ImportError::Unknown { path: path.clone(), source: source.into() })?;
    let contents = recognise::recognise(&iso).map_err(|source| ImportError::Unknown { path: path.clone(), source })?;
    let name = options.name.clone().unwrap_or_else(|| default_name(&contents));
    if !is_name(&name) {
        return Err(ImportError::Name(name));
    }
    let folder = images.begin(&name, options.replace)?;
    let wanted = contents.files.iter().chain(&contents.package);
    let mut work =
        Work { iso: &iso, path: &path, stop, tell, done: 0, total: wanted.map(|found| found.extent.length).sum() };
    let mut files = Vec::new();
    for found in &contents.files {
        files.push(work.check(found)?);
    }
    if let Some(package) = &contents.package {
        files.push(work.unpack(package, folder.path())?);
    }
    let image = Image {
        name,
        kind: contents.kind,
        title: contents.title,
        version: contents.version,
        release: contents.release,
        arch: contents.arch,
        volume: iso.volume().to_owned(),
        iso_length: meta.len(),
        iso_modified: modified(&meta),
        iso: path.clone(),
        files,
        repositories: contents.repositories,
        imported: options.now,
    };
    folder.finish(&image)?;
    Ok(image)
}

/// `rhvh-4.4.10-20220308.0`
fn default_name(contents: &Contents) -> String {
    let start = match contents.kind {
        Kind::Rhvh => "rhvh",
        Kind::OvirtNode => "ovirt-node",
        Kind::El => "el",
        Kind::Esxi => "esxi",
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    format!("{start}-{}", contents.version).chars().take(64).map(plain).collect()
}

struct Work<'a> {
    iso: &'a Iso<File>,
    path: &'a Path,
    stop: &'a AtomicBool,
    tell: &'a mut dyn FnMut(Progress<'_>),
    done: u64,
    total: u64,
}

impl Work<'_> {
    /// Reads a file that stays in the ISO, for its checksum.
    fn check(&mut self, found: &Found) -> Result<ImageFile, ImportError> {
        let mut digest = Context::new(&SHA256);
        let mut buffer = vec![0; CHUNK];
        let mut source = Section { file: self.iso.image(), left: found.extent };
        loop {
            let read = source.read(&mut buffer).map_err(|source| self.unreadable(&found.path, source))?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            digest.update(bytes);
            self.step(&found.path, read as u64)?;
        }
        let sha256 = hex(digest.finish().as_ref());
        if let Some(named) = found.sha256.as_ref().filter(|named| **named != sha256) {
            return Err(ImportError::Checksum { file: found.path.clone(), found: sha256, named: named.clone() });
        }
        Ok(ImageFile {
            part: found.part,
            path: found.path.clone(),
            place: Place::Iso(found.extent),
            sha256,
            confirmed: found.sha256.is_some(),
        })
    }

    /// Takes the hypervisor's image out of its package.
    fn unpack(&mut self, package: &Found, folder: &Path) -> Result<ImageFile, ImportError> {
        let failed = |source| ImportError::Package { package: package.path.clone(), source };
        let begin = self.done;
        let counted = std::cell::Cell::new(0);
        let section = Section { file: self.iso.image(), left: package.extent };
        let mut archive = rpm::open(Counted { inner: section, count: &counted }).map_err(failed)?;
        let no_squashfs = || ImportError::NoSquashfs { package: package.path.clone() };
        let member = loop {
            let member = archive.next_member().map_err(|error| failed(error.into()))?.ok_or_else(no_squashfs)?;
            if member.name.ends_with(".squashfs.img") {
                break member;
            }
        };
        let needed = member.size.div_ceil(1 << 20);
        let unwritable = |source| ImportError::Write { path: folder.to_owned(), needed, source };
        let mut file = File::create(folder.join(Image::SQUASHFS)).map_err(unwritable)?;
        let mut digest = Context::new(&SHA256);
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = archive.read(&mut buffer).map_err(|error| failed(error.into()))?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            digest.update(bytes);
            file.write_all(bytes).map_err(unwritable)?;
            let behind = begin + counted.get() - self.done;
            self.step(&package.path, behind)?;
        }
        archive.finish().map_err(|error| failed(error.into()))?;
        self.step(&package.path, begin + counted.get() - self.done)?;
        file.sync_all().map_err(unwritable)?;
        let sha256 = hex(digest.finish().as_ref());
        if let Some(named) = member.sha256.as_ref().filter(|named| **named != sha256) {
            return Err(ImportError::Checksum { file: member.name, found: sha256, named: named.clone() });
        }
        Ok(ImageFile {
            part: Part::Squashfs,
            path: format!("{}!{}", package.path, member.name),
            place: Place::Own { file: Image::SQUASHFS.to_owned(), length: member.size },
            sha256,
            confirmed: member.sha256.is_some(),
        })
    }

    fn step(&mut self, file: &str, read: u64) -> Result<(), ImportError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(ImportError::Stopped);
        }
        self.done += read;
        (self.tell)(Progress { file, done: self.done, total: self.total });
        Ok(())
    }

    fn unreadable(&self, file: &str, source: io::Error) -> ImportError {
        ImportError::Read { path: self.path.to_owned(), file: file.to_owned(), source }
    }
}

impl Image {
    /// The name of the unpacked file system image.
    pub(super) const SQUASHFS: &'static str = "squashfs.img";
}

/// A part of a file as a stream.
struct Section<'a> {
    file: &'a File,
    left: Extent,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.length).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let read = self.file.read_at(buffer, self.left.offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = Extent { offset: self.left.offset + read as u64, length: self.left.length - read as u64 };
        Ok(read)
    }
}

struct Counted<'a, R> {
    inner: R,
    count: &'a std::cell::Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// The SHA-256 of a file that was imported, read again.
///
/// # Errors
/// What reading gave.
pub(super) fn sha256_of(file: &File, extent: Extent) -> io::Result<String> {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; CHUNK];
    let mut section = Section { file, left: extent };
    loop {
        match section.read(&mut buffer)? {
            0 => return Ok(hex(digest.finish().as_ref())),
            read => digest.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
