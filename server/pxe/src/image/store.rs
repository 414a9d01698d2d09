//! [`Images`]: the folder of all imported images.

use super::import::sha256_of;
use super::iso::{Extent, Iso, IsoError};
use super::{Image, ImageFile, Part, Place, is_name};
use crate::provisioning::Located;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const DOCUMENT: &str = "image.json";
/// Folders of imports that are not finished begin so; no image's name does.
const UNFINISHED: &str = ".import-";
const LOCK: &str = "lock";

/// Images, a folder each.
#[derive(Clone, Debug)]
pub struct Images {
    folder: PathBuf,
}

/// What the store refuses or cannot do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such image.
    #[error("there is no image {0:?}; `hosted-deploy pxe image list` shows what there is")]
    Unknown(String),
    /// There is one already.
    #[error("there is an image {0:?} already; --name gives this one another name, --replace takes its place")]
    Exists(String),
    /// The folder can't be used.
    #[error(
        "{path} cannot be used: {source}; this account must be able to write there, or name another folder by --state-dir"
    )]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A document can't be read.
    #[error("{path} is damaged; remove the image and import it again")]
    Document {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What keeps an image from being served.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The ISO is gone, or another file stands there.
    #[error("{path} has moved or changed since it was imported; put it back, or import the image again with --replace")]
    IsoChanged {
        /// Where it was.
        path: PathBuf,
    },
    /// A file is not what it was.
    #[error("{file} is damaged: its SHA-256 is {found} and was {kept}; import the image again with --replace")]
    Damaged {
        /// Which.
        file: String,
        /// Now.
        found: String,
        /// At import.
        kept: String,
    },
    /// It can't be read.
    #[error("{file} cannot be read: {source}; if its disk works, import the image again with --replace")]
    Read {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Images {
    /// The images below this folder, which need not exist. What killed imports left is removed.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        let unusable = |source| StoreError::Folder { path: folder.clone(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(&folder).map_err(unusable)?;
        for entry in std::fs::read_dir(&folder).map_err(unusable)?.filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && is_abandoned(&entry.path()) {
                // Only room is lost where this fails; the next one tries again.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        Ok(Self { folder })
    }

    /// Every image, by name.
    ///
    /// # Errors
    /// The folder or a document can't be read.
    pub fn list(&self) -> Result<Vec<Image>, StoreError> {
        let unusable = |source| StoreError::Folder { path: self.folder.clone(), source };
        let mut images = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(unusable)? {
            let name = entry.map_err(unusable)?.file_name().to_string_lossy().into_owned();
            if is_name(&name) {
                images.push(self.get(&name)?);
            }
        }
        images.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(images)
    }

    /// An image by its name.
    ///
    /// # Errors
    /// There is none, or its document can't be read.
    pub fn get(&self, name: &str) -> Result<Image, StoreError> {
        if !is_name(name) {
            return Err(StoreError::Unknown(name.to_owned()));
        }
        let path = self.folder.join(name).join(DOCUMENT);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(StoreError::Unknown(name.to_owned()));
            }
            Err(source) => return Err(StoreError::Folder { path, source }),
        };
        serde_json::from_slice(&text).map_err(|source| StoreError::Document { path, source })
    }

    /// Removes an image; its ISO stays.
    ///
    /// # Errors
    /// There is none, or it can't be removed.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let image = self.get(name)?;
        let folder = self.folder.join(&image.name);
        std::fs::remove_dir_all(&folder).map_err(|source| StoreError::Folder { path: folder, source })
    }

    /// Whether the image's ISO still stands where it was, as it was.
    ///
    /// # Errors
    /// [`Trouble::IsoChanged`].
    pub fn presence(&self, image: &Image) -> Result<(), Trouble> {
        match std::fs::metadata(&image.iso) {
            Ok(meta) if meta.len() == image.iso_length && modified(&meta) == image.iso_modified => Ok(()),
            _ => Err(Trouble::IsoChanged { path: image.iso.clone() }),
        }
    }

    /// Reads every file that machines need and compares its checksum with the one at import.
    ///
    /// # Errors
    /// The first [`Trouble`].
    pub fn verify(&self, image: &Image) -> Result<(), Trouble> {
        self.presence(image)?;
        for kept in &image.files {
            let read = |source| Trouble::Read { file: kept.path.clone(), source };
            let (path, extent) = self.place(image, kept);
            let found = sha256_of(&File::open(path).map_err(read)?, extent).map_err(read)?;
            if found != kept.sha256 {
                return Err(Trouble::Damaged { file: kept.path.clone(), found, kept: kept.sha256.clone() });
            }
        }
        Ok(())
    }

    /// The bytes behind a name below `/files/`: `IMAGE/vmlinuz`, `IMAGE/tree/PATH` … Nothing where there are none.
    pub fn locate(&self, name: &str) -> Option<Located> {
        let (image, file) = name.split_once('/')?;
        let image = self.get(image).ok()?;
        let (path, extent) = match file.strip_prefix("tree/") {
            Some(path) => (image.iso.clone(), self.in_tree(&image, path).ok()??),
            None => {
                let kept = part_of_name(file).and_then(|part| image.file(part))?;
                self.place(&image, kept)
            }
        };
        if path == image.iso {
            self.presence(&image).ok()?;
        }
        let modified = std::fs::metadata(&path).and_then(|meta| meta.modified()).ok()?;
        Some(Located { path, offset: extent.offset, length: extent.length, modified })
    }

    /// The text of a small file in the image's tree.
    pub fn text(&self, image: &Image, part: Part) -> Option<String> {
        let kept = image.file(part)?;
        let (path, extent) = self.place(image, kept);
        let mut bytes = vec![0; usize::try_from(extent.length).ok().filter(|length| *length <= 1 << 20)?];
        let file = File::open(path).ok()?;
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, extent.offset).ok()?;
        String::from_utf8(bytes).ok()
    }

    fn in_tree(&self, image: &Image, path: &str) -> Result<Option<Extent>, IsoError> {
        let file = File::open(&image.iso).map_err(|source| IsoError::Read { at: 0, source })?;
        let entry = Iso::open(file)?.find(path)?;
        Ok(entry.filter(|entry| !entry.directory).map(|entry| entry.extent))
    }

    fn place(&self, image: &Image, kept: &ImageFile) -> (PathBuf, Extent) {
        match &kept.place {
            Place::Iso(extent) => (image.iso.clone(), *extent),
            Place::Own { file, length } => {
                let name = Path::new(file).file_name().unwrap_or_default();
                (self.folder.join(&image.name).join(name), Extent { offset: 0, length: *length })
            }
        }
    }

    /// A folder for an import, removed again unless it is finished.
    pub(super) fn begin(&self, name: &str, replace: bool) -> Result<Unfinished, StoreError> {
        if !replace && self.folder.join(name).exists() {
            return Err(StoreError::Exists(name.to_owned()));
        }
        let unusable = |source| StoreError::Folder { path: self.folder.clone(), source };
        let folder = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder).map_err(unusable)?;
        let lock = File::create(folder.path().join(LOCK)).map_err(unusable)?;
        lock.lock().map_err(unusable)?;
        Ok(Unfinished { folder, _lock: lock, target: self.folder.join(name), replace })
    }
}

fn part_of_name(file: &str) -> Option<Part> {
    match file {
        "vmlinuz" => Some(Part::Kernel),
        "initrd.img" => Some(Part::Initrd),
        "stage2.img" => Some(Part::Stage2),
        "squashfs.img" => Some(Part::Squashfs),
        "bootx64.efi" => Some(Part::Shim),
        "grubx64.efi" => Some(Part::Grub),
        "mboot.c32" => Some(Part::MbootC32),
        _ => None,
    }
}

/// Nobody holds the lock of this unfinished import.
fn is_abandoned(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => std::fs::metadata(folder).and_then(|meta| meta.modified()).is_ok_and(|at| {
            // Between making the folder and its lock there is a moment; an hour is none.
            at.elapsed().is_ok_and(|age| age.as_secs() > 3600)
        }),
    }
}

/// An import that is going on.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: tempfile::TempDir,
    _lock: File,
    target: PathBuf,
    replace: bool,
}

impl Unfinished {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the document and gives the folder its name.
    pub(super) fn finish(self, image: &Image) -> Result<(), StoreError> {
        let unusable = |source| StoreError::Folder { path: self.target.clone(), source };
        let path = self.folder.path().join(DOCUMENT);
        let mut text =
            serde_json::to_vec_pretty(image).map_err(|source| StoreError::Document { path: path.clone(), source })?;
        text.push(b'\n');
        let written = File::create(&path).and_then(|mut file| {
            io::Write::write_all(&mut file, &text)?;
            file.sync_all()
        });
        written.map_err(unusable)?;
        std::fs::remove_file(self.folder.path().join(LOCK)).map_err(unusable)?;
        std::fs::set_permissions(self.folder.path(), PermissionsExt::from_mode(0o755)).map_err(unusable)?;
        let mut old = None;
        if self.replace && self.target.exists() {
            // Out of the way under an unfinished import's name: removed now, or by the next one.
            let parent = self.target.parent().unwrap_or(Path::new("."));
            let aside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(parent).map_err(unusable)?;
            std::fs::rename(&self.target, aside.path().join("old")).map_err(unusable)?;
            old = Some(aside);
        }
        if let Err(error) = std::fs::rename(self.folder.path(), &self.target) {
            if let Some(aside) = &old {
                let _ = std::fs::rename(aside.path().join("old"), &self.target);
            }
            return Err(match error.kind() {
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                    StoreError::Exists(image.name.clone())
                }
                _ => unusable(error),
            });
        }
        // The folder has its place now.
        let _ = self.folder.keep();
        Ok(())
    }
}

/// When a file last changed, in Unix milliseconds.
pub(super) fn modified(meta: &Metadata) -> u64 {
    let since = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_millis()).ok()).unwrap_or_default()
}
