//! Disks: automatic thin partitioning, or volumes of one's own within the limits that an image-based host needs.

use super::ProfileKind;
use super::field::{Judge, wrong};
use crate::text;
use serde::{Deserialize, Serialize};

/// Disks and how they are divided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// Disks to use, as the installer names them (`sda`, `nvme0n1`, `disk/by-id/…`). Default: all of them.
    pub drives: Vec<String>,
    /// Automatic, or by the volumes below.
    pub partitioning: Partitioning,
    /// Volumes, where partitioning is custom.
    pub volumes: Vec<Volume>,
    /// Per cent of the volume group that stay free for the thin pool's metadata to grow. Default 20.
    pub reserved_percent: Option<u8>,
}

/// How disks are divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partitioning {
    /// By the installer, thin; strongly advised.
    #[default]
    Automatic,
    /// By [`Disk::volumes`].
    Custom,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Volume {
    /// Where it is mounted; `swap` for swap.
    pub mount: String,
    /// Its size in mebibytes.
    pub size_mib: u64,
    /// It takes what is left.
    pub grow: bool,
    /// Its file system. Default XFS; ignored for swap.
    pub filesystem: FileSystem,
}

/// A file system that an image-based host can live on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileSystem {
    /// XFS.
    #[default]
    Xfs,
    /// ext4.
    Ext4,
}

impl FileSystem {
    /// The word in kickstarts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Xfs => "xfs",
            Self::Ext4 => "ext4",
        }
    }
}

/// The least size of a volume of an image-based host (RHV installation guide, "Storage requirements").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Where it is mounted.
    pub mount: &'static str,
    /// Least size in mebibytes.
    pub least_mib: u64,
}

/// The volumes that an image-based host must have. With `/boot` they are 45 GiB; the guide wants 55 GiB in all.
pub const LIMITS: [Limit; 9] = [
    Limit { mount: "/", least_mib: 6 << 10 },
    Limit { mount: "/home", least_mib: 1 << 10 },
    Limit { mount: "/tmp", least_mib: 1 << 10 },
    Limit { mount: "/boot", least_mib: 1 << 10 },
    Limit { mount: "/var", least_mib: 15 << 10 },
    Limit { mount: "/var/crash", least_mib: 10 << 10 },
    Limit { mount: "/var/log", least_mib: 8 << 10 },
    Limit { mount: "/var/log/audit", least_mib: 2 << 10 },
    Limit { mount: "swap", least_mib: 1 << 10 },
];

impl Disk {
    /// Per cent of the volume group that stay free.
    pub fn reserved(&self) -> u8 {
        self.reserved_percent.unwrap_or(20)
    }

    pub(super) fn judge(&self, kind: ProfileKind, judge: &mut Judge) {
        for (index, drive) in self.drives.iter().enumerate() {
            judge.demand(
                &format!("disk.drives[{index}]"),
                is_drive(drive),
                || text!("\"{drive}\" is no name of a disk.", "\"{drive}\" はディスク名ではありません。"),
                || {
                    text!(
                        "Write it as the installer names it: sda, nvme0n1, disk/by-id/….",
                        "インストーラーでの名前を書いてください: sda、nvme0n1、disk/by-id/…。"
                    )
                },
            );
        }
        judge.demand(
            "disk.reserved_percent",
            (1..=50).contains(&self.reserved()),
            || text!("The reserve is out of range.", "予約の割合が範囲外です。"),
            || text!("Write 20; 1 to 50 are possible.", "20 と書いてください。1 から 50 まで指定できます。"),
        );
        match self.partitioning {
            Partitioning::Automatic => judge.demand(
                "disk.volumes",
                self.volumes.is_empty(),
                || {
                    text!(
                        "Volumes are listed, but partitioning is automatic.",
                        "ボリュームが書かれていますが、partitioning が automatic です。"
                    )
                },
                || {
                    text!(
                        "Write partitioning = \"custom\", or remove the volumes.",
                        "partitioning = \"custom\" と書くか、ボリュームを削除してください。"
                    )
                },
            ),
            Partitioning::Custom => self.judge_volumes(kind, judge),
        }
    }

    fn judge_volumes(&self, kind: ProfileKind, judge: &mut Judge) {
        let mut growing = 0;
        for (index, volume) in self.volumes.iter().enumerate() {
            let field = format!("disk.volumes[{index}]");
            let Volume { mount, size_mib, grow, .. } = volume;
            growing += u32::from(*grow);
            judge.demand(
                &format!("{field}.mount"),
                is_mount(mount),
                || text!("\"{mount}\" is no mount point.", "\"{mount}\" はマウントポイントではありません。"),
                || text!("Write an absolute path, or swap.", "絶対パスまたは swap と書いてください。"),
            );
            if self.volumes.iter().take(index).any(|earlier| earlier.mount == *mount) {
                judge.add(wrong(
                    &format!("{field}.mount"),
                    text!("{mount} stands twice.", "{mount} が重複しています。"),
                    text!("Keep one of the two.", "どちらか一方だけを残してください。"),
                ));
            }
            if mount == "/usr" || mount.starts_with("/usr/") {
                judge.add(wrong(
                    &format!("{field}.mount"),
                    text!("{mount} cannot be a volume of its own.", "{mount} を独立したボリュームにはできません。"),
                    text!("Leave it out: it is part of the image.", "削除してください。イメージに含まれます。"),
                ));
            }
            let least = match kind.is_live_image() {
                true => LIMITS.iter().find(|limit| limit.mount == mount).map_or(1, |limit| limit.least_mib),
                false => 1,
            };
            judge.demand(
                &format!("{field}.size_mib"),
                *size_mib >= least,
                || text!("{size_mib} MiB are too small for {mount}.", "{mount} には {size_mib} MiB では足りません。"),
                || text!("Give it {least} MiB or more.", "{least} MiB 以上を指定してください。"),
            );
            judge.demand(
                &format!("{field}.grow"),
                !(*grow && mount == "/boot"),
                || text!("/boot cannot grow.", "/boot は拡張できません。"),
                || {
                    text!(
                        "Give it a fixed size; it is a standard partition.",
                        "固定サイズを指定してください。標準パーティションです。"
                    )
                },
            );
        }
        judge.demand(
            "disk.volumes",
            growing <= 1,
            || text!("{growing} volumes grow.", "{growing} 個のボリュームに grow が指定されています。"),
            || text!("Let one of them take what is left.", "残りを使うボリュームは 1 つにしてください。"),
        );
        let needed: &[&str] = if kind.is_live_image() { &LIMITS.map(|limit| limit.mount) } else { &["/"] };
        for mount in needed {
            judge.demand(
                "disk.volumes",
                self.volumes.iter().any(|volume| volume.mount == **mount),
                || text!("{mount} has no volume.", "{mount} のボリュームがありません。"),
                || {
                    let least = LIMITS.iter().find(|limit| limit.mount == *mount).map_or(1, |limit| limit.least_mib);
                    text!(
                        "Add mount = \"{mount}\", size_mib = {least}; or choose automatic partitioning.",
                        "mount = \"{mount}\"、size_mib = {least} を追加するか、自動パーティションを選んでください。"
                    )
                },
            );
        }
    }
}

fn is_drive(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-/+".contains(&byte))
        && !name.starts_with(['-', '/'])
        && !name.contains("..")
}

fn is_mount(mount: &str) -> bool {
    mount == "swap"
        || mount.starts_with('/')
            && mount.len() <= 128
            && mount.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
            && (mount == "/" || mount.split('/').skip(1).all(|part| !part.is_empty() && part != ".."))
}
