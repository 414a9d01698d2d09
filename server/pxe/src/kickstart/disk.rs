//! Disks in a kickstart.

use crate::profile::{FileSystem, Partitioning, Profile, Volume};
use std::fmt::Write as _;

const GROUP: &str = "HostVG";
const POOL: &str = "HostPool";

pub(super) fn render(profile: &Profile, text: &mut String) {
    let disk = &profile.disk;
    let drives = disk.drives.join(",");
    let append = profile.installed_arguments().join(" ");
    let append = if append.is_empty() { append } else { format!(" --append=\"{append}\"") };
    match disk.drives.first() {
        Some(first) => {
            let _ = writeln!(text, "bootloader --boot-drive={first}{append}");
            let _ = writeln!(
                text,
                "zerombr\nignoredisk --only-use={drives}\nclearpart --all --initlabel --drives={drives}"
            );
        }
        None => {
            let _ = writeln!(text, "bootloader{append}\nzerombr\nclearpart --all --initlabel");
        }
    }
    match disk.partitioning {
        Partitioning::Automatic => text.push_str("autopart --type=thinp\n"),
        Partitioning::Custom => volumes(profile, text),
    }
}

/// A thin pool in one volume group; `/boot` and what the firmware wants are standard partitions before it.
fn volumes(profile: &Profile, text: &mut String) {
    let disk = &profile.disk;
    let is_boot = |volume: &&Volume| volume.mount == "/boot";
    // BIOS boot, EFI system or PReP partition, as the firmware needs.
    text.push_str("reqpart\n");
    let boot = disk.volumes.iter().find(is_boot);
    let (size, kind) = boot.map_or((1024, FileSystem::Xfs), |volume| (volume.size_mib, volume.filesystem));
    let _ = writeln!(text, "part /boot --fstype={} --size={size}", kind.word());
    let inside = disk.volumes.iter().filter(|volume| !is_boot(volume));
    let pool: u64 = inside.clone().filter(|volume| volume.mount != "swap").map(|volume| volume.size_mib).sum();
    let swap: u64 = inside.clone().filter(|volume| volume.mount == "swap").map(|volume| volume.size_mib).sum();
    let free = u64::from(100 - disk.reserved().min(99));
    let physical = ((pool + swap) * 100).div_ceil(free) + 64;
    let _ = writeln!(text, "part pv.01 --size={physical} --grow");
    // Room for the pool's metadata: a pool that took everything could never grow it.
    let _ = writeln!(text, "volgroup {GROUP} --reserved-percent={} pv.01", disk.reserved());
    let _ = writeln!(text, "logvol none --vgname={GROUP} --name={POOL} --thinpool --size={pool} --grow");
    for volume in inside {
        let size = volume.size_mib;
        if volume.mount == "swap" {
            let _ = writeln!(text, "logvol swap --vgname={GROUP} --name=swap --fstype=swap --size={size}");
            continue;
        }
        let name = match volume.mount.as_str() {
            "/" => "root".to_owned(),
            mount => mount.trim_matches('/').replace('/', "_"),
        };
        let grow = if volume.grow { " --grow" } else { "" };
        let _ = writeln!(
            text,
            "logvol {} --vgname={GROUP} --name={name} --thin --poolname={POOL} --fstype={} --fsoptions=\"defaults,discard\" --size={size}{grow}",
            volume.mount,
            volume.filesystem.word(),
        );
    }
}
