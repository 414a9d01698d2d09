//! File systems, block devices, thin pools and what leads to shared block storage.

use super::sections::{Sections, file_lines};
use serde::{Deserialize, Serialize};

/// Storage as the host sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disks {
    /// Space below the directories of the requirement table that exist.
    pub space: Vec<Space>,
    /// Everything mounted.
    pub mounts: Vec<Mount>,
    /// Swap areas, their sum in MiB; `None`: not read.
    pub swap_mib: Option<u64>,
    /// Disks, partitions, volumes and multipath maps; empty: not read.
    pub devices: Vec<BlockDevice>,
    /// LVM thin pools; `None`: LVM did not answer.
    pub thin_pools: Option<Vec<ThinPool>>,
    /// Names of the multipath maps and their WWIDs; `None`: multipath did not answer.
    pub multipath: Option<Vec<String>>,
    /// /etc/multipath.conf and its drop-in files.
    pub multipath_files: Vec<String>,
    /// The first line of /etc/multipath.conf says that VDSM owns it.
    pub multipath_by_vdsm: bool,
    /// Fibre Channel ports as `host1 0x500… Online`.
    pub fibre_channel: Vec<String>,
    /// IQN of the iSCSI initiator.
    pub initiator: String,
}

/// What `df` says of one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Space {
    /// The directory that was asked for.
    pub path: String,
    /// The mount point it lies on.
    pub mount: String,
    /// Size of that file system in KiB.
    pub size_kib: u64,
    /// What an ordinary user could still write, in KiB.
    pub available_kib: u64,
    /// Kind of file system.
    pub kind: String,
}

/// One line of /proc/self/mounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Device or export.
    pub source: String,
    /// Mount point.
    pub target: String,
    /// Kind of file system.
    pub kind: String,
    /// Mount options.
    pub options: Vec<String>,
}

/// One line of `lsblk -bP`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockDevice {
    /// Device name without /dev.
    pub name: String,
    /// The kernel's name for it: `dm-3` for the map or volume of another name.
    pub kernel_name: String,
    /// Kernel name of the device it lies on.
    pub parent: String,
    /// `disk`, `part`, `lvm`, `mpath`, `rom`, `loop` …
    pub kind: String,
    /// Size in bytes.
    pub size: u64,
    /// Logical block size in bytes.
    pub logical_block: u32,
    /// Physical block size in bytes.
    pub physical_block: u32,
    /// Signature found on it (`xfs`, `LVM2_member`, `mpath_member`).
    pub signature: String,
    /// Where it is mounted.
    pub mount: String,
    /// World-wide name; `lsblk` shows none for multipath maps and may cut that of a disk.
    pub wwn: String,
    /// Vendor and model.
    pub model: String,
    /// `sas`, `fc`, `iscsi`, `nvme` …
    pub transport: String,
    /// It refuses writes.
    pub read_only: bool,
}

/// One LVM thin pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThinPool {
    /// `group/volume`.
    pub name: String,
    /// Size in MiB.
    pub size_mib: u64,
    /// Used part of the data, in hundredths of a percent.
    pub data_used: u32,
    /// Used part of the metadata, in hundredths of a percent.
    pub metadata_used: u32,
    /// Space of its volume group that no volume has, in hundredths of a percent of the group.
    pub group_free: u32,
}

pub(super) fn disks(s: &Sections) -> Disks {
    Disks {
        space: s.text("space").lines().skip(1).filter_map(space).collect(),
        mounts: s.text("mounts").lines().filter_map(mount).collect(),
        swap_mib: s.ok("swaps").map(|text| {
            let sizes = text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2));
            sizes.filter_map(|kib| kib.parse::<u64>().ok()).fold(0, u64::saturating_add) / 1024
        }),
        devices: block_devices(s),
        thin_pools: s.ok("lvs").map(|text| thin_pools(text, s.text("vgs"))),
        multipath: s.ok("multipath").map(|text| {
            let heads = text.lines().filter(|line| line.contains(" dm-") && !line.starts_with([' ', '|', '`']));
            heads.map(|line| line.trim().to_owned()).collect()
        }),
        multipath_files: s.text("multipath-files").lines().map(str::to_owned).collect(),
        multipath_by_vdsm: s.text("multipath-head").contains("VDSM"),
        fibre_channel: fibre_channel(s.text("fibre-channel")),
        initiator: initiator(s),
    }
}

/// IQN of the host's initiator.
pub(crate) fn initiator(s: &Sections) -> String {
    s.text("initiator").trim().trim_start_matches("InitiatorName=").to_owned()
}

/// A line of `df -k --output=file,target,size,avail,fstype,source`.
fn space(line: &str) -> Option<Space> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [path, mount, size, available, kind, ..] = words.as_slice() else { return None };
    let (size_kib, available_kib) = (size.parse().ok()?, available.parse().ok()?);
    let (path, mount, kind) = ((*path).to_owned(), (*mount).to_owned(), (*kind).to_owned());
    Some(Space { path, mount, size_kib, available_kib, kind })
}

fn mount(line: &str) -> Option<Mount> {
    let mut words = line.split(' ');
    let mut next = || words.next().map(|word| word.replace("\\040", " "));
    let (source, target, kind, options) = (next()?, next()?, next()?, next()?);
    Some(Mount { source, target, kind, options: options.split(',').map(str::to_owned).collect() })
}

/// The lines of `lsblk -bP`.
pub(crate) fn block_devices(s: &Sections) -> Vec<BlockDevice> {
    let listed: Vec<BlockDevice> = s.text("lsblk").lines().map(device).filter(|d| !d.name.is_empty()).collect();
    if !listed.is_empty() {
        return listed;
    }
    let sizes = file_lines(s.text("block-sizes")).filter_map(|(file, value)| {
        let name = file.strip_prefix("/sys/block/")?.split('/').next()?.to_owned();
        Some(BlockDevice { name, kind: "disk".into(), logical_block: value.parse().ok()?, ..Default::default() })
    });
    sizes.collect()
}

/// `NAME="sda" KNAME="sda" …`; values are escaped as `\x20`.
fn device(line: &str) -> BlockDevice {
    let mut found = BlockDevice::default();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else { break };
        let value = unescaped(value);
        match key.trim() {
            "NAME" => found.name = value,
            "KNAME" => found.kernel_name = value,
            "PKNAME" => found.parent = value,
            "TYPE" => found.kind = value,
            "SIZE" => found.size = value.parse().unwrap_or_default(),
            "LOG-SEC" | "LOG_SEC" => found.logical_block = value.parse().unwrap_or_default(),
            "PHY-SEC" | "PHY_SEC" => found.physical_block = value.parse().unwrap_or_default(),
            "FSTYPE" => found.signature = value,
            "MOUNTPOINT" => found.mount = value,
            "WWN" => found.wwn = value,
            "VENDOR" => found.model = value.trim().to_owned(),
            "MODEL" => found.model = format!("{} {}", found.model, value.trim()).trim().to_owned(),
            "TRAN" => found.transport = value,
            "RO" => found.read_only = value == "1",
            _ => {}
        }
        rest = next;
    }
    found
}

fn unescaped(value: &str) -> String {
    value.replace("\\x20", " ").trim().to_owned()
}

/// `group|volume|twi-aotz--|51200.00|12.34|5.60`; an attribute that starts with `t` is a thin pool.
fn thin_pools(volumes: &str, groups: &str) -> Vec<ThinPool> {
    let free = |group: &str| {
        groups.lines().find_map(|line| {
            let mut words = line.trim().split('|');
            let (name, size, free) = (words.next()?, words.next()?, words.next()?);
            let (size, free) = (hundredths(size)?, hundredths(free)?);
            (name == group && size > 0).then(|| free.saturating_mul(10_000) / size)
        })
    };
    let pool = |line: &str| {
        let words: Vec<&str> = line.trim().split('|').collect();
        let [group, volume, attributes, size, data, metadata] = words.as_slice() else { return None };
        attributes.starts_with('t').then(|| ThinPool {
            name: format!("{group}/{volume}"),
            size_mib: hundredths(size).unwrap_or_default() / 100,
            data_used: small(hundredths(data)),
            metadata_used: small(hundredths(metadata)),
            group_free: small(free(group)),
        })
    };
    volumes.lines().filter_map(pool).collect()
}

fn small(value: Option<u64>) -> u32 {
    u32::try_from(value.unwrap_or_default()).unwrap_or(u32::MAX)
}

/// `51200.50` as 5120050.
fn hundredths(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// `/sys/class/fc_host/host1/port_name:0x2100…` and `…/port_state:Online` as `host1 0x2100… Online`.
pub(crate) fn fibre_channel(text: &str) -> Vec<String> {
    let mut ports: Vec<(String, String)> = Vec::new();
    for (file, value) in file_lines(text) {
        let Some(host) = file.strip_prefix("/sys/class/fc_host/").and_then(|path| path.split('/').next()) else {
            continue;
        };
        match ports.iter_mut().find(|(name, _)| name == host) {
            Some((_, known)) => *known = format!("{known} {value}"),
            None => ports.push((host.to_owned(), value.to_owned())),
        }
    }
    ports.into_iter().map(|(host, values)| format!("{host} {values}")).collect()
}
