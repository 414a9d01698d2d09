//! Installation images: what an ISO holds, imported without root or mount, and where each file's bytes are.
//!
//! * [`recognise`] finds out what an ISO is and which of its files a machine needs; [`import`] checks and keeps it.
//! * Kernel, initrd, the installer's stage 2 and every other file of the tree are served straight out of the ISO, by
//!   position. Only a hypervisor image inside an rpm is unpacked, once.
//! * [`Images`] is the folder of all images. An import appears there whole or not at all.
//!
//! Names below `/files/` (and the same over TFTP): `IMAGE/vmlinuz`, `IMAGE/initrd.img`, `IMAGE/squashfs.img`,
//! `IMAGE/tree/PATH` for any file of the ISO.

pub mod cpio;
pub mod esxi;
pub mod import;
pub mod iso;
pub mod recognise;
pub mod rpm;
mod store;
mod treeinfo;

pub use store::{Images, StoreError, Trouble};

use iso::Extent;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An imported image, as `image.json` in its folder keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name: letters, digits, `.`, `-`, `_`; a folder and a part of URLs.
    pub name: String,
    /// What it installs.
    pub kind: Kind,
    /// What the image calls itself.
    pub title: String,
    /// Version of what it installs: `4.4.10-20220308.0`, `9.4`, `8.0.2`.
    pub version: String,
    /// The Enterprise Linux release that its installer is made of: 7, 8, 9, 10. Decides the kickstart's dialect.
    pub release: Option<u32>,
    /// `x86_64`, `aarch64`, `ppc64le`.
    pub arch: String,
    /// The volume's label; Anaconda searches for it.
    pub volume: String,
    /// The ISO, absolute.
    pub iso: PathBuf,
    /// Its size in bytes when it was imported.
    pub iso_length: u64,
    /// When it had last changed then, in Unix milliseconds.
    pub iso_modified: u64,
    /// The files that a machine needs to boot and install.
    pub files: Vec<ImageFile>,
    /// Package repositories in the tree, as paths; `""` is the tree itself.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// When it was imported, in Unix milliseconds.
    pub imported: u64,
}

/// What an image installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Red Hat Virtualization Host: an image-based host.
    Rhvh,
    /// oVirt Node: the same of the upstream project.
    OvirtNode,
    /// A distribution of Enterprise Linux: a thick host.
    El,
    /// VMware ESXi.
    Esxi,
}

impl Kind {
    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rhvh => "Red Hat Virtualization Host",
            Self::OvirtNode => "oVirt Node",
            Self::El => "Enterprise Linux",
            Self::Esxi => "VMware ESXi",
        }
    }

    /// It is written to the disk as one file system image.
    pub const fn is_live_image(self) -> bool {
        matches!(self, Self::Rhvh | Self::OvirtNode)
    }
}

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The installer's kernel; ESXi's first module.
    Kernel,
    /// The installer's initial file system.
    Initrd,
    /// The installer itself.
    Stage2,
    /// The hypervisor's file system image.
    Squashfs,
    /// The first program for firmware with Secure Boot: shim, or ESXi's loader.
    Shim,
    /// GRUB, beside the shim.
    Grub,
    /// ESXi's loader for BIOS.
    MbootC32,
    /// ESXi's list of modules.
    BootCfg,
}

/// A file, checked at import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFile {
    /// Which.
    pub part: Part,
    /// Where in the ISO's tree it is; for what came out of an rpm, `RPM!PATH`.
    pub path: String,
    /// Where its bytes are.
    pub place: Place,
    /// SHA-256, in lower case hexadecimal.
    pub sha256: String,
    /// The image itself names this checksum (`.treeinfo`, the package's header), and it is right.
    pub confirmed: bool,
}

/// Where bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the ISO.
    Iso(Extent),
    /// In a file of the image's own folder, of this length.
    Own {
        /// The file's name.
        file: String,
        /// Bytes.
        length: u64,
    },
}

impl Place {
    /// Bytes.
    pub const fn length(&self) -> u64 {
        match self {
            Self::Iso(extent) => extent.length,
            Self::Own { length, .. } => *length,
        }
    }
}

impl Image {
    /// The file of this part.
    pub fn file(&self, part: Part) -> Option<&ImageFile> {
        self.files.iter().find(|file| file.part == part)
    }

    /// The name of a file of this image below `/files/`, for instance of `vmlinuz`.
    pub fn url_path(&self, file: &str) -> String {
        format!("{}/{file}", self.name)
    }
}

/// A name that is safe as a folder, in a URL, in a script and on a kernel command line.
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
