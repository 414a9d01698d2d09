//! Release, account, processor and memory.

use super::sections::{Sections, assigned, file_lines};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What runs there and as whom the probe ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// `ID` of os-release: `rhel`, `centos`, `almalinux`, `rocky`, `ol`, `ovirt-node` is a variant, not an id.
    pub id: String,
    /// `ID_LIKE` of os-release.
    pub id_like: String,
    /// `VERSION_ID` of os-release.
    pub version: String,
    /// `VARIANT_ID` of os-release (`ovirt-node`), or `rhvh` for Red Hat Virtualization Host.
    pub variant: String,
    /// `uname -r`.
    pub kernel: String,
    /// `uname -m`.
    pub machine: String,
    /// `systemd-detect-virt`: `none` on bare metal.
    pub virtualization: String,
    /// Vendor and product of the firmware's tables.
    pub product: String,
    /// Numeric user id of the session.
    pub uid: Option<u32>,
    /// Login name of the session.
    pub user: String,
    /// Root already, or `sudo -n true` worked.
    pub root_rights: Option<bool>,
    /// `umask` of a fresh shell, as octal digits are written.
    pub umask: Option<u32>,
    /// What `/bin/sh` is; the role needs bash there.
    pub shell: String,
    /// `/proc/sys/kernel/hostname`.
    pub kernel_name: String,
    /// Kernel command line.
    pub cmdline: String,
    /// Seconds since 1970 by the host's clock.
    pub now: Option<i64>,
    /// Commands on the path, of those the role and we use.
    pub commands: BTreeSet<String>,
}

/// Processor and what virtualization it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cpu {
    /// `GenuineIntel`, `AuthenticAMD`, `HygonGenuine`; on POWER the `cpu` line (`POWER9, altivec supported`).
    pub vendor: String,
    /// `cpu family` of /proc/cpuinfo.
    pub family: u32,
    /// `model` of /proc/cpuinfo.
    pub model: u32,
    /// `stepping` of /proc/cpuinfo.
    pub stepping: u32,
    /// `model name`, or the POWER machine's model.
    pub name: String,
    /// Feature flags of the first processor.
    pub flags: BTreeSet<String>,
    /// /dev/kvm is there. `None`: not read.
    pub kvm_present: Option<bool>,
    /// /dev/kvm could be opened for reading and writing.
    pub kvm_opened: Option<bool>,
    /// The kvm module allows nested guests.
    pub nested: Option<bool>,
    /// IOMMU groups; 0 when the IOMMU is off.
    pub iommu_groups: Option<u32>,
}

/// Memory of the host, in MiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// `MemTotal`.
    pub total_mib: Option<u64>,
    /// Column *free* of `free -m`.
    pub free_mib: Option<u64>,
    /// Column *buff/cache* of `free -m`.
    pub cache_mib: Option<u64>,
    /// Reserved for huge pages (their number × their size); no ordinary process gets it.
    pub huge_mib: u64,
    /// `SwapTotal`.
    pub swap_mib: u64,
}

pub(super) fn host(s: &Sections) -> Host {
    let (identity, release) = (s.text("identity"), s.text("os-release"));
    let text = |key| assigned(identity, key).to_owned();
    let privilege = s.get("privilege").map(|section| section.status == 0);
    let variant = match assigned(release, "VARIANT_ID") {
        "" if assigned(release, "VARIANT").contains("Virtualization Host") => "rhvh".to_owned(),
        "" if assigned(release, "PRETTY_NAME").contains("oVirt Node") => "ovirt-node".to_owned(),
        variant => variant.to_owned(),
    };
    Host {
        id: assigned(release, "ID").to_owned(),
        id_like: assigned(release, "ID_LIKE").to_owned(),
        version: assigned(release, "VERSION_ID").to_owned(),
        variant,
        kernel: text("kernel"),
        machine: text("machine"),
        virtualization: text("virtualization"),
        product: file_lines(s.text("product")).map(|(_, value)| value).collect::<Vec<_>>().join(" "),
        uid: assigned(identity, "uid").parse().ok(),
        user: text("user"),
        root_rights: privilege,
        umask: u32::from_str_radix(assigned(identity, "umask"), 8).ok(),
        shell: text("shell"),
        kernel_name: s.text("hostname-kernel").trim().to_owned(),
        cmdline: s.text("cmdline").trim().to_owned(),
        now: assigned(identity, "now").parse().ok(),
        commands: s.text("commands").lines().map(str::to_owned).collect(),
    }
}

pub(super) fn cpu(s: &Sections) -> Cpu {
    let text = s.text("cpu");
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(name, _)| name.trim() == key).map_or("", |(_, value)| value.trim())
    };
    let number = |key: &str| value(key).parse().unwrap_or_default();
    let first = |keys: &[&str]| {
        keys.iter().map(|key| value(key)).find(|value| !value.is_empty()).unwrap_or_default().to_owned()
    };
    // 1 and 2 are how ls and a redirection fail; anything else is no answer.
    let answer = |name: &str| s.get(name).filter(|s| matches!(s.status, 0..=2)).map(|s| s.status == 0);
    let nested = file_lines(s.text("kvm-nested")).map(|(_, value)| matches!(value, "Y" | "y" | "1")).next();
    Cpu {
        vendor: first(&["vendor_id", "cpu"]),
        family: number("cpu family"),
        model: number("model"),
        stepping: number("stepping"),
        name: first(&["model name", "model", "machine"]),
        flags: value("flags").split_whitespace().map(str::to_owned).collect(),
        kvm_present: answer("kvm-device"),
        kvm_opened: answer("kvm"),
        nested,
        iommu_groups: s.text("iommu").trim().parse().ok(),
    }
}

pub(super) fn memory(s: &Sections) -> Memory {
    let info = s.text("meminfo");
    let kib = |key: &str| -> Option<u64> {
        let mut pairs = info.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = pairs.find(|(name, _)| *name == key)?;
        value.split_whitespace().next()?.parse().ok()
    };
    let column = |index: usize| -> Option<u64> {
        let line = s.text("free").lines().find(|line| line.starts_with("Mem:"))?;
        line.split_whitespace().nth(index)?.parse().ok()
    };
    Memory {
        total_mib: kib("MemTotal").map(|kib| kib / 1024),
        free_mib: column(3),
        cache_mib: column(5),
        huge_mib: kib("HugePages_Total").unwrap_or(0).saturating_mul(kib("Hugepagesize").unwrap_or(0)) / 1024,
        swap_mib: kib("SwapTotal").unwrap_or(0) / 1024,
    }
}

/// `systemd 252 (252.39-1~deb12u2)`: the number.
pub(super) fn systemd(s: &Sections) -> u32 {
    let word = s.text("systemd").split_whitespace().nth(1).unwrap_or_default();
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}
