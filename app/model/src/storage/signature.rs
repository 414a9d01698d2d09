//! What the first bytes of a LUN say about what is on it. Offsets and magic numbers: libblkid's `superblocks` and
//! `partitions`, LVM2's `lib/format_text/layout.h`; the tags of oVirt's volume groups: VDSM's `blockSD.py`.

use super::found::{Content, ContentKind};

/// Signatures in the first 128 KiB of a device (`head`) and in the 4 KiB that begin at 1 MiB (`at_mib`).
/// An LVM label is reported as a volume group without a name; [`lvm_label`] leads to the name.
pub fn signatures(head: &[u8], at_mib: &[u8]) -> Vec<Content> {
    let mut found = Vec::new();
    let mut add = |kind, name: &str| found.push(Content { kind, name: name.to_owned() });
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if lvm_label(head).is_some() {
        add(ContentKind::VolumeGroup, "LVM2");
    }
    for (offset, magic, name) in FILE_SYSTEMS {
        if at(*offset, magic) {
            add(ContentKind::FileSystem, name);
        }
    }
    if at_mib.starts_with(&[0x0d, 0xd0, 0x01, 0xc0]) {
        add(ContentKind::FileSystem, "VMFS");
    }
    let gpt = at(512, b"EFI PART") || at(4096, b"EFI PART");
    // The boot sectors of FAT and NTFS end with the same two bytes.
    let boot_sector = FILE_SYSTEMS.iter().any(|(offset, magic, _)| *offset < 512 && at(*offset, magic));
    let partitions = head.get(446..510).is_some_and(|table| table.iter().any(|byte| *byte != 0));
    if gpt {
        add(ContentKind::PartitionTable, "GPT");
    } else if at(510, &[0x55, 0xaa]) && partitions && !boot_sector {
        add(ContentKind::PartitionTable, "MBR");
    }
    if found.is_empty() && head.iter().chain(at_mib).any(|byte| *byte != 0) {
        found.push(Content { kind: ContentKind::Bytes, name: String::new() });
    }
    found
}

const FILE_SYSTEMS: &[(usize, &[u8], &str)] = &[
    (0, b"XFSB", "xfs"),
    (0, b"LUKS\xba\xbe", "LUKS"),
    (0, b"bluestore block device", "Ceph"),
    (3, b"NTFS    ", "NTFS"),
    (3, b"EXFAT   ", "exFAT"),
    (54, b"FAT", "FAT"),
    (82, b"FAT32", "FAT"),
    (1080, &[0x53, 0xef], "ext"),
    (4086, b"SWAPSPACE2", "swap"),
    (4096, &[0xfc, 0x4e, 0x2b, 0xa9], "Linux RAID"),
    (32769, b"CD001", "ISO 9660"),
    (65536, &[0x01, 0x16, 0x19, 0x70], "GFS2"),
    (65600, b"_BHRfS_M", "btrfs"),
];

/// Where the metadata area of an LVM physical volume lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LvmLabel {
    /// First byte of the area; 0: the volume has none.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u64,
}

/// The label stands in one of the first four sectors.
pub fn lvm_label(head: &[u8]) -> Option<LvmLabel> {
    let sector = |number: usize| head.get(number * 512..(number + 1) * 512);
    let label = (0..4).filter_map(sector).find(|s| s.starts_with(b"LABELONE") && s.get(24..32) == Some(b"LVM2 001"))?;
    let mut at = usize::try_from(number(label, 20, 4)?).ok()?.checked_add(40)?;
    // Behind the id and the size: data areas up to an empty one, then metadata areas.
    while number(label, at, 8)? != 0 {
        at = at.checked_add(16)?;
    }
    at = at.checked_add(16)?;
    Some(LvmLabel { offset: number(label, at, 8)?, size: number(label, at.checked_add(8)?, 8)? })
}

/// Where the text of the metadata lies, as (offset, length) within its area, from the area's first 512 bytes.
/// The text may go on behind the header (offset 512) when the end of the area cuts it.
pub fn lvm_metadata(area: &[u8]) -> Option<(u64, u64)> {
    (area.get(4..20)? == b" LVM2 x[5A%r0N*>").then_some(())?;
    let (offset, length) = (number(area, 40, 8)?, number(area, 48, 8)?);
    (offset >= 512 && length > 0).then_some((offset, length))
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// A volume group by its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeGroup {
    /// Name.
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
}

impl VolumeGroup {
    /// From the text of its metadata: `name {`, and `tags = ["…", "…"]` before its physical volumes.
    pub fn of(text: &str) -> Option<Self> {
        // The text comes from a disk and will be shown.
        let text: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
        let (name, rest) = text.split_once('{')?;
        let name = name.trim();
        (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "+_.-".contains(c))).then_some(())?;
        let own = rest.split("physical_volumes").next().unwrap_or_default();
        let tags = own.split_once("tags = [").and_then(|(_, tags)| tags.split(']').next()).unwrap_or_default();
        let tags = tags.split(',').map(|tag| tag.trim().trim_matches('"').to_owned()).filter(|tag| !tag.is_empty());
        Some(Self { name: name.to_owned(), tags: tags.collect() })
    }

    /// What it means for a LUN that it lies on.
    pub fn content(&self) -> Content {
        domain_of_tags(&self.name, &self.tags)
            .unwrap_or_else(|| Content { kind: ContentKind::VolumeGroup, name: self.name.clone() })
    }
}

/// oVirt's volume groups carry the domain's properties as tags, `MDT_DESCRIPTION=hosted_storage`.
pub(super) fn domain_of_tags(group: &str, tags: &[String]) -> Option<Content> {
    tags.iter().any(|tag| tag == "RHAT_storage_domain" || tag.starts_with("MDT_SDUUID=")).then_some(())?;
    let name = tags.iter().find_map(|tag| tag.strip_prefix("MDT_DESCRIPTION=")).map(decoded).unwrap_or_default();
    let name = if name.is_empty() { group.to_owned() } else { format!("{name} ({group})") };
    Some(Content { kind: ContentKind::StorageDomain, name })
}

/// A character that LVM does not allow in tags stands as its number between two `&`.
fn decoded(tag: &str) -> String {
    let mut text = String::new();
    for (index, part) in tag.split('&').enumerate() {
        match (index % 2, part.parse().ok().and_then(char::from_u32).filter(|c| !c.is_control())) {
            (1, Some(character)) => text.push(character),
            _ => text.push_str(part),
        }
    }
    text
}
