//! LUNs that the host has as devices, on Fibre Channel or by iSCSI: `lsblk`, `multipath -ll`, `pvs`, sysfs.

use super::found::{Content, ContentKind, Lun, PathState};
use super::signature::domain_of_tags;
use crate::facts::sections::{Sections, file_lines};
use crate::facts::{BlockDevice, block_devices, fibre_channel};

/// Fibre Channel ports; `None`: not read. `grep` over files that do not exist ends with 2.
pub(super) fn ports(s: &Sections) -> Option<Vec<String>> {
    let section = s.get("fibre-channel")?;
    matches!(section.status, 0 | 2).then(|| fibre_channel(&section.text))
}

/// One map of `multipath -ll` with its paths.
#[derive(Default)]
struct Map {
    name: String,
    wwid: String,
    paths: Vec<PathState>,
}

/// The LUNs on a transport as `lsblk` names it (`fc`, `iscsi`): multipath maps, and disks that belong to no map.
pub(super) fn luns(s: &Sections, transport: &str) -> Vec<Lun> {
    let devices = block_devices(s);
    let maps = maps(s.text("multipath"));
    let volumes = volumes(s.text("physical-volumes"));
    let ids = ids(s.text("wwids"));
    let mut luns: Vec<Lun> = Vec::new();
    for device in &devices {
        let parents: Vec<&BlockDevice> = devices
            .iter()
            .filter(|other| other.name == device.name && other.kernel_name == device.kernel_name)
            .collect();
        let disk_of = |kernel_name: &str| devices.iter().find(|other| other.kernel_name == kernel_name);
        let wanted = match device.kind.as_str() {
            "mpath" => {
                let disks: Vec<&BlockDevice> = parents.iter().filter_map(|line| disk_of(&line.parent)).collect();
                // lsblk shows no disk of a map whose paths are all gone; iSCSI asks the portals for such a LUN.
                (disks.is_empty() && transport == "fc") || disks.iter().any(|disk| disk.transport == transport)
            }
            "disk" => device.transport == transport && device.signature != "mpath_member",
            _ => false,
        };
        let known = luns.iter().any(|lun| lun.device == device.kernel_name);
        // lsblk shows a map once below each of its disks.
        if wanted && !known {
            luns.push(lun(device, &devices, &maps, &volumes, &ids));
        }
    }
    luns
}

fn lun(
    device: &BlockDevice,
    devices: &[BlockDevice],
    maps: &[Map],
    volumes: &[PhysicalVolume],
    ids: &[(String, String)],
) -> Lun {
    let map = maps.iter().find(|map| map.name == device.name);
    let below = devices.iter().find(|disk| {
        disk.kind == "disk"
            && devices.iter().any(|line| line.kernel_name == device.kernel_name && line.parent == disk.kernel_name)
    });
    let disk = below.unwrap_or(device);
    let paths = match map {
        Some(map) => map.paths.clone(),
        None => vec![PathState { via: device.name.clone(), good: true, state: "no multipath".to_owned() }],
    };
    let id_of = |disk: &str| ids.iter().find(|(name, _)| name == disk).map(|(_, id)| id.clone());
    Lun {
        id: match map {
            Some(map) => map.wwid.clone(),
            None => id_of(&disk.kernel_name).unwrap_or_else(|| by_wwn(device)),
        },
        number: None,
        device: device.kernel_name.clone(),
        size_bytes: device.size,
        logical_block: device.logical_block,
        physical_block: device.physical_block,
        model: disk.model.clone(),
        serial: String::new(),
        read_only: device.read_only,
        paths,
        host_paths: Vec::new(),
        contents: Some(contents(device, devices, volumes)),
    }
}

/// `/sys/block/sdb/device/wwid:naa.6001405…` as the disk and the id that multipath gives it. A name by T10 is spelt
/// otherwise there and left out.
fn ids(text: &str) -> Vec<(String, String)> {
    let id = |(file, value): (&str, &str)| {
        let disk = file.strip_prefix("/sys/block/")?.split('/').next()?;
        let id = match value.split_once('.')? {
            ("naa", name) => format!("3{name}"),
            ("eui", name) => format!("2{name}"),
            _ => return None,
        };
        Some((disk.to_owned(), id))
    };
    file_lines(text).filter_map(id).collect()
}

/// A map that multipath did not list is named by its WWID; a plain disk is known by its WWN, the WWID without its
/// leading digit for the kind of name.
fn by_wwn(device: &BlockDevice) -> String {
    match (device.kind.as_str(), device.wwn.strip_prefix("0x")) {
        ("disk", Some(wwn)) => format!("3{wwn}"),
        ("disk", None) => device.wwn.clone(),
        _ => device.name.clone(),
    }
}

fn contents(device: &BlockDevice, devices: &[BlockDevice], volumes: &[PhysicalVolume]) -> Vec<Content> {
    let mut found = Vec::new();
    let names = [format!("/dev/mapper/{}", device.name), format!("/dev/{}", device.kernel_name)];
    let group = volumes.iter().find(|volume| names.contains(&volume.device));
    match group {
        Some(group) => found.push(group.content()),
        None if !matches!(device.signature.as_str(), "" | "mpath_member") => {
            let kind = match device.signature.as_str() {
                "LVM2_member" => ContentKind::VolumeGroup,
                _ => ContentKind::FileSystem,
            };
            found.push(Content { kind, name: device.signature.clone() });
        }
        None => {}
    }
    if !device.mount.is_empty() {
        found.push(Content { kind: ContentKind::Mount, name: device.mount.clone() });
    }
    let mut below = vec![device.kernel_name.as_str()];
    let mut at = 0;
    while let Some(parent) = below.get(at).copied() {
        at += 1;
        for child in devices.iter().filter(|child| child.parent == parent && child.kind != "mpath") {
            if below.contains(&child.kernel_name.as_str()) {
                continue;
            }
            below.push(&child.kernel_name);
            let kind = if child.kind == "lvm" { ContentKind::Volume } else { ContentKind::Partition };
            found.push(Content { kind, name: child.name.clone() });
            if !child.mount.is_empty() {
                found.push(Content { kind: ContentKind::Mount, name: child.mount.clone() });
            }
        }
    }
    found
}

/// `mpatha (3600…) dm-5 WINSYS,SF2372` or `3600… dm-5 …`, and below it its paths:
/// `| |- 6:0:0:0 sdb 8:16  active ready  running`, before EL6 `\_ 1:0:0:0 sdb 8:16 [active][ready]`.
fn maps(text: &str) -> Vec<Map> {
    let mut found: Vec<Map> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let drawn = line.starts_with([' ', '|', '`', '\\']);
        if !drawn && words.iter().any(|word| word.starts_with("dm-")) {
            let name = words.first().copied().unwrap_or_default();
            let wwid = words.get(1).and_then(|word| word.strip_prefix('(')?.strip_suffix(')'));
            found.push(Map { name: name.to_owned(), wwid: wwid.unwrap_or(name).to_owned(), paths: Vec::new() });
            continue;
        }
        let Some(at) = words.iter().position(|word| is_scsi_address(word)) else { continue };
        let (Some(map), [address, disk, _, state @ ..]) = (found.last_mut(), words.get(at..).unwrap_or_default())
        else {
            continue;
        };
        let state = state.join(" ").replace("][", " ").replace(['[', ']'], "");
        let good = state.starts_with("active") && state.split(' ').any(|word| word == "ready" || word == "ghost");
        map.paths.push(PathState { via: format!("{address} {disk}"), good, state });
    }
    found
}

/// `HOST:CHANNEL:TARGET:LUN`
fn is_scsi_address(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() == 4 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

struct PhysicalVolume {
    device: String,
    group: String,
    tags: Vec<String>,
}

impl PhysicalVolume {
    fn content(&self) -> Content {
        match domain_of_tags(&self.group, &self.tags) {
            Some(content) => content,
            None => Content { kind: ContentKind::VolumeGroup, name: self.group.clone() },
        }
    }
}

/// `/dev/mapper/3600…|group|tag,tag`; the group is empty where the volume belongs to none.
fn volumes(text: &str) -> Vec<PhysicalVolume> {
    let volume = |line: &str| {
        let mut words = line.trim().split('|');
        let device = words.next().filter(|device| device.starts_with("/dev/"))?.to_owned();
        let (group, tags) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let tags = tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        Some(PhysicalVolume { device, group: group.to_owned(), tags })
    };
    text.lines().filter_map(volume).collect()
}

/// The id that multipath gives a LUN (udev's `scsi_id`): its best designator of VPD page 0x83, with the kind before it.
/// The designators are (type, bytes) of association 0: 3 NAA, 2 EUI-64, 1 T10 vendor (SPC-5, 7.7.6).
pub fn lun_id(designators: &[(u8, Vec<u8>)]) -> String {
    // NAA of the longer kinds (IEEE registered, extended) first, as scsi_id does.
    let rank = |(kind, bytes): &&(u8, Vec<u8>)| match (kind, bytes.first().map_or(0, |byte| byte >> 4)) {
        (3, 6) => 0,
        (3, 5) => 1,
        (3, _) => 2,
        (2, _) => 3,
        (1, _) => 4,
        _ => 5,
    };
    let Some((kind, bytes)) = designators.iter().min_by_key(rank) else { return String::new() };
    let text = match kind {
        1 => String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).replace(' ', "_"),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    format!("{kind}{text}")
}
