//! What an ISO is, and where the files are that a machine needs.
//!
//! * RHVH: `Packages/redhat-virtualization-host-image-update-*.rpm` holds the hypervisor's file system image;
//!   `images/install.img` or `LiveOS/squashfs.img` is only the installer's stage 2.
//! * oVirt Node: the image stands in the root, `ovirt-node-ng-image.squashfs.img`; some builds have the rpm.
//! * Enterprise Linux: `.treeinfo` and packages.
//! * ESXi: `boot.cfg` in the root.

use super::esxi::BootCfg;
use super::iso::{Entry, Extent, Iso, IsoError, ReadAt};
use super::treeinfo::TreeInfo;
use super::{Kind, Part};

const TEXT_MOST: u64 = 256 << 10;
/// The beginnings of the packages that hold a hypervisor's image.
const IMAGE_PACKAGES: [(&str, Kind); 2] =
    [("redhat-virtualization-host-image-update-", Kind::Rhvh), ("ovirt-node-ng-image-update-", Kind::OvirtNode)];

/// What was found.
#[derive(Debug)]
pub struct Contents {
    /// What the image installs.
    pub kind: Kind,
    /// What it calls itself.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The Enterprise Linux release of its installer.
    pub release: Option<u32>,
    /// Its architecture.
    pub arch: String,
    /// Files that stay in the ISO.
    pub files: Vec<Found>,
    /// The package that the hypervisor's image must be taken out of.
    pub package: Option<Found>,
    /// Package repositories in the tree.
    pub repositories: Vec<String>,
}

/// A file in the ISO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub part: Part,
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub extent: Extent,
    /// The checksum that the image itself names.
    pub sha256: Option<String>,
}

/// Why an ISO is not recognised.
#[derive(Debug, thiserror::Error)]
pub enum UnknownIso {
    /// It can't be read.
    #[error(transparent)]
    Iso(#[from] IsoError),
    /// It is something else.
    #[error(
        "this ISO (volume {volume:?}) is neither RHVH, oVirt Node, Enterprise Linux nor ESXi: it has no images/pxeboot/vmlinuz and no boot.cfg of ESXi; name the full installation ISO, no live or driver disc"
    )]
    Other {
        /// Its label.
        volume: String,
    },
    /// A file that every image of the kind has is missing.
    #[error("{kind} was recognised, but the ISO lacks {path}; name the full installation ISO, or download it again", kind = kind.title())]
    Lacks {
        /// What it seems to be.
        kind: Kind,
        /// What is missing.
        path: &'static str,
    },
}

/// Recognises an ISO.
///
/// # Errors
/// [`UnknownIso`].
pub fn recognise<R: ReadAt>(iso: &Iso<R>) -> Result<Contents, UnknownIso> {
    if let Some(boot_cfg) = text(iso, "boot.cfg")?.as_deref().and_then(BootCfg::parse)
        && (boot_cfg.files().iter().any(|file| file.ends_with("b.b00") || file.ends_with("tboot.b00"))
            || boot_cfg.get("title").is_some_and(|title| title.contains("ESXi")))
    {
        return esxi(iso, &boot_cfg);
    }
    if iso.find("images/pxeboot/vmlinuz")?.is_none() {
        return Err(UnknownIso::Other { volume: iso.volume().to_owned() });
    }
    anaconda(iso)
}

fn esxi<R: ReadAt>(iso: &Iso<R>, boot_cfg: &BootCfg) -> Result<Contents, UnknownIso> {
    let mut files = Vec::new();
    let mut add = |part, path: &str, sha256| -> Result<bool, IsoError> {
        let entry = iso.find(path)?.filter(|entry| !entry.directory);
        let found = entry.map(|entry| Found { part, path: path.to_owned(), extent: entry.extent, sha256 });
        let is_there = found.is_some();
        files.extend(found);
        Ok(is_there)
    };
    add(Part::BootCfg, "boot.cfg", None)?;
    add(Part::MbootC32, "mboot.c32", None)?;
    add(Part::Shim, "efi/boot/bootx64.efi", None)?;
    let names = boot_cfg.files();
    let kernel = names.first().copied().unwrap_or_default();
    if !add(Part::Kernel, kernel, None)? {
        return Err(UnknownIso::Lacks { kind: Kind::Esxi, path: "the kernel that boot.cfg names" });
    }
    // A missing module would show only on the machine, after minutes.
    for name in names {
        if iso.find(name)?.is_none() {
            return Err(UnknownIso::Lacks { kind: Kind::Esxi, path: "a module that boot.cfg names" });
        }
    }
    let version = boot_cfg.get("build").and_then(|build| build.split('-').next()).unwrap_or("unknown").to_owned();
    Ok(Contents {
        kind: Kind::Esxi,
        title: format!("VMware ESXi {version}"),
        version,
        release: None,
        arch: "x86_64".to_owned(),
        files,
        package: None,
        repositories: Vec::new(),
    })
}

fn anaconda<R: ReadAt>(iso: &Iso<R>) -> Result<Contents, UnknownIso> {
    let info = TreeInfo::parse(&text(iso, ".treeinfo")?.unwrap_or_default());
    let general = |key| info.get("general", key).or_else(|| info.get("release", key));
    let arch = general("arch").or_else(|| info.get("tree", "arch")).unwrap_or("x86_64").to_owned();
    let images = format!("images-{arch}");
    let path = |key, usual: &str| info.get(&images, key).unwrap_or(usual).to_owned();
    let mut candidates = vec![
        (Part::Kernel, path("kernel", "images/pxeboot/vmlinuz")),
        (Part::Initrd, path("initrd", "images/pxeboot/initrd.img")),
        (Part::Stage2, info.get("stage2", "mainimage").unwrap_or("images/install.img").to_owned()),
        (Part::Shim, "EFI/BOOT/BOOTX64.EFI".to_owned()),
        (Part::Grub, "EFI/BOOT/grubx64.efi".to_owned()),
    ];
    let mut kind = Kind::El;
    let mut squashfs_name = None;
    iso.visit(&iso.root(), |entry| {
        if !entry.directory && entry.name.ends_with(".squashfs.img") {
            squashfs_name = Some(entry.name);
        }
    })?;
    let package = image_package(iso)?;
    if let Some(name) = &squashfs_name {
        kind = if name.starts_with("redhat") { Kind::Rhvh } else { Kind::OvirtNode };
        candidates.push((Part::Squashfs, name.clone()));
    } else if let Some((_, found)) = &package {
        kind = *found;
    }
    let mut files = Vec::new();
    for (part, path) in candidates {
        if let Some(entry) = iso.find(&path)?.filter(|entry| !entry.directory) {
            files.push(Found { part, sha256: info.sha256(&path), path, extent: entry.extent });
        }
    }
    let needed = [(Part::Initrd, "images/pxeboot/initrd.img"), (Part::Stage2, "images/install.img")];
    for (part, path) in needed {
        // Some media keep stage 2 in LiveOS/squashfs.img and name no other.
        if part == Part::Stage2
            && !files.iter().any(|file| file.part == part)
            && let Some(entry) = iso.find("LiveOS/squashfs.img")?
        {
            files.push(Found { part, path: "LiveOS/squashfs.img".into(), extent: entry.extent, sha256: None });
        }
        if !files.iter().any(|file| file.part == part) {
            return Err(UnknownIso::Lacks { kind, path });
        }
    }
    let package = package.filter(|_| squashfs_name.is_none()).map(|(entry, _)| entry);
    let source = package.as_ref().map(|found| found.path.as_str()).or(squashfs_name.as_deref()).unwrap_or_default();
    let build = versions(source).or_else(|| general("version").map(str::to_owned));
    let version = build.unwrap_or_else(|| "unknown".to_owned());
    let release = release_of(source)
        .or_else(|| release_of(iso.volume()))
        .or_else(|| (kind == Kind::El).then(|| version.split('.').next()?.parse().ok()).flatten());
    let repositories = if kind == Kind::El { repositories(iso, &info)? } else { Vec::new() };
    let family = general("name").or_else(|| general("family")).unwrap_or(kind.title());
    Ok(Contents { kind, title: family.to_owned(), version, release, arch, files, package, repositories })
}

/// The package with the hypervisor's image, in `Packages` or one folder below.
fn image_package<R: ReadAt>(iso: &Iso<R>) -> Result<Option<(Found, Kind)>, IsoError> {
    let Some(packages) = iso.find("Packages")?.filter(|entry| entry.directory) else { return Ok(None) };
    let mut found: Option<(Found, Kind)> = None;
    let mut folders = Vec::new();
    let mut judge = |entry: Entry, folder: &str| {
        let kind = IMAGE_PACKAGES.iter().find(|(start, _)| entry.name.starts_with(start));
        if let Some((_, kind)) = kind.filter(|_| entry.name.ends_with(".rpm") && !entry.directory) {
            let path = format!("{folder}/{}", entry.name);
            // Of several builds the last one by name.
            if found.as_ref().is_none_or(|(before, _)| before.path < path) {
                found = Some((Found { part: Part::Squashfs, path, extent: entry.extent, sha256: None }, *kind));
            }
        }
    };
    iso.visit(&packages, |entry| {
        if entry.directory {
            folders.push(entry);
        } else {
            judge(entry, "Packages");
        }
    })?;
    for folder in folders {
        let path = format!("Packages/{}", folder.name);
        iso.visit(&folder, |entry| judge(entry, &path))?;
    }
    Ok(found)
}

/// Where `repodata` is: the tree itself, or its variants.
fn repositories<R: ReadAt>(iso: &Iso<R>, info: &TreeInfo) -> Result<Vec<String>, IsoError> {
    let named = info.repositories();
    let mut found = Vec::new();
    for path in named.iter().map(String::as_str).chain(["", "BaseOS", "AppStream"]) {
        let path = path.trim_matches(['.', '/']);
        if !found.iter().any(|known| known == path) && iso.find(&format!("{path}/repodata/repomd.xml"))?.is_some() {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}

/// A small text file.
fn text<R: ReadAt>(iso: &Iso<R>, path: &str) -> Result<Option<String>, IsoError> {
    let Some(entry) = iso.find(path)?.filter(|entry| !entry.directory && entry.extent.length <= TEXT_MOST) else {
        return Ok(None);
    };
    let mut bytes = vec![0; entry.extent.length as usize];
    let at = entry.extent.offset;
    iso.image().read_exact_at(&mut bytes, at).map_err(|source| IsoError::Read { at, source })?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// `4.4.10-20220308.0` in `…-4.4.10-20220308.0.el8.noarch.rpm`.
fn versions(name: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or_default();
    let start = name
        .match_indices('-')
        .map(|(at, _)| at + 1)
        .find(|at| name.get(*at..).is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())))?;
    let rest = name.get(start..)?;
    let end = [".el", ".noarch", ".squashfs", ".rpm"].into_iter().filter_map(|mark| rest.find(mark)).min()?;
    rest.get(..end).map(str::to_owned)
}

/// 8 of `….el8.noarch.rpm`, `RHVH-4.4-RHEL-8-x86_64`, `CentOS-Stream-9-BaseOS`, `ovirt-node-ng-installer-4.5.el9`.
fn release_of(name: &str) -> Option<u32> {
    let lower = name.to_ascii_lowercase();
    let number = |mark: &str| {
        let rest = lower.split_once(mark)?.1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|release| (6..=20).contains(release))
    };
    [".el", "rhel-", "stream-", "linux-", "_el", "-el"].into_iter().find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_releases_are_read_from_names() {
        let rpm = "Packages/redhat-virtualization-host-image-update-4.4.10-20220308.0.el8.noarch.rpm";
        assert_eq!(versions(rpm).as_deref(), Some("4.4.10-20220308.0"));
        assert_eq!(release_of(rpm), Some(8));
        assert_eq!(versions("ovirt-node-ng-image.squashfs.img"), None);
        for (name, release) in [
            ("RHVH-4.4-RHEL-8-x86_64", Some(8)),
            ("RHEL-9-4-0-BaseOS-x86_64", Some(9)),
            ("CentOS-Stream-10-BaseOS-x86_64", Some(10)),
            ("AlmaLinux-9-4-x86_64-dvd", Some(9)),
            ("oVirt-4.5", None),
            ("Rocky-Linux-9", Some(9)),
        ] {
            assert_eq!(release_of(name), release, "{name}");
        }
    }
}
