//! What a host tells of itself: its services, its clock and disks, its backups.

use super::{Found, Level};
use crate::health::action::Action;
use crate::health::advice::Step;
use crate::health::reading::Reading;
use crate::health::vm_status::VmStatus;
use crate::lang::{Text, text};

const DISK_TROUBLE_KIB: u64 = 1 << 20;
const OFFSET_TROUBLE_US: u64 = 1_000_000;
const BACKUP_NOTE_DAYS: u64 = 7;
const DAY_SECS: u64 = 86_400;

pub(super) fn services(found: &mut Found, reading: &Reading) {
    let host = &reading.host;
    // The agent without its broker is no agent.
    let ha: Vec<&str> =
        ["ovirt-ha-agent", "ovirt-ha-broker"].into_iter().filter(|name| reading.is_stopped(name)).collect();
    if !ha.is_empty() {
        let (list, does) = (ha.join(", "), if ha.len() == 1 { "does" } else { "do" });
        found.add(
            "ha-stopped",
            Level::Trouble,
            host,
            text!(
                "{list} {does} not run on {host}: this host does not watch over the engine.",
                "{host} で {list} が動作していません。このホストはエンジンを監視していません。"
            ),
            vec![Step::act(
                Text::new(
                    "Start them, and see in the journal why they stopped.",
                    "起動し、停止した理由をジャーナルで確認してください。",
                ),
                Action::RestartHa,
                host,
            )],
        );
    }
    // A clock that was right a moment ago says nothing of its service. One that nobody enabled is somebody's choice.
    if let Some((name, unit)) = reading.time_service()
        && reading.is_stopped(name)
        && unit.file == "enabled"
    {
        let state = &unit.active;
        found.add(
            "time-service-stopped",
            Level::Trouble,
            host,
            text!(
                "{name} does not run on {host} ({state}): its clock will drift.",
                "{host} で {name} が動作していません ({state})。時計がずれていきます。"
            ),
            vec![Step::look(
                Text::new("See why it stopped, and start it.", "停止した理由を確認し、起動してください。"),
                format!("journalctl -u {name} -n 20; systemctl start {name}"),
                host,
            )],
        );
    }
    let modular = reading.unit("virtqemud").is_some_and(|unit| unit.active == "active");
    for name in ["sanlock", "libvirtd", "vdsmd", "firewalld"] {
        if reading.is_stopped(name) && !(name == "libvirtd" && modular) {
            let state = reading.unit(name).map(|unit| unit.active.clone()).unwrap_or_default();
            found.add(
                &format!("{name}-stopped"),
                Level::Trouble,
                host,
                text!("{name} does not run on {host} ({state}).", "{host} で {name} が動作していません ({state})。"),
                vec![Step::look(
                    Text::new("See why, then start it.", "理由を確認してから起動してください。"),
                    format!("systemctl status {name}; journalctl -u {name} -n 50"),
                    host,
                )],
            );
        }
    }
    if reading.vm_status == VmStatus::Slow {
        found.add("vm-status-slow", Level::Trouble, host, text!(
            "hosted-engine --vm-status did not end within 25 s on {host}: the broker waits, usually for the storage.",
            "{host} で hosted-engine --vm-status が 25 秒以内に終了しません。ブローカーが (多くはストレージを) 待っています。"
        ), vec![Step::look(Text::new("See what the broker waits for.", "ブローカーの待機理由を確認してください。"), "tail -n 50 /var/log/ovirt-hosted-engine-ha/broker.log", host)]);
    }
    if !reading.root {
        found.add(
            "not-root",
            Level::Note,
            host,
            text!(
                "{host} was read without root rights: some things could not be seen.",
                "{host} を root 権限なしで読み取りました。確認できない項目があります。"
            ),
            Vec::new(),
        );
    }
}

pub(super) fn machine(found: &mut Found, reading: &Reading) {
    let host = &reading.host;
    let mut seen: Vec<&str> = Vec::new();
    for space in &reading.space {
        if seen.contains(&space.mount.as_str()) {
            continue;
        }
        seen.push(&space.mount);
        let (mount, mib) = (&space.mount, space.available_kib >> 10);
        let percent = space.available_kib.saturating_mul(100).checked_div(space.size_kib).unwrap_or(100);
        let level = if space.available_kib < DISK_TROUBLE_KIB { Level::Trouble } else { Level::Note };
        if space.available_kib < DISK_TROUBLE_KIB || percent < 5 {
            found.add(
                "disk-full",
                level,
                host,
                text!(
                    "{mount} on {host} has {mib} MiB left ({percent} %).",
                    "{host} の {mount} の空きは {mib} MiB ({percent} %) です。"
                ),
                vec![Step::look(
                    Text::new("See what takes the room.", "使用状況を確認してください。"),
                    format!("du -xh --max-depth=2 {mount} | sort -h | tail"),
                    host,
                )],
            );
        }
    }
    let offset = reading.clock_offset_us.filter(|offset| *offset >= OFFSET_TROUBLE_US);
    if reading.clock_synchronized == Some(false) || offset.is_some() {
        let ms = reading.clock_offset_us.unwrap_or_default() / 1000;
        found.add("clock", Level::Trouble, host, text!(
            "The clock of {host} does not follow a time source, or is off ({ms} ms): certificates and leases depend on it.",
            "{host} の時計が時刻源に同期していないか、ずれています ({ms} ms)。証明書とリースに影響します。"
        ), vec![
            Step::look(Text::new("See what chrony thinks.", "chrony の状態を確認してください。"), "chronyc tracking; chronyc sources", host),
            Step::look(
                Text::new(
                    "When a source answers: do not wait until chrony has slewed the clock, set it at once.",
                    "時刻源が応答したら、徐々に補正されるのを待たずに時計を合わせてください。",
                ),
                "chronyc makestep",
                host,
            ),
        ]);
    }
    match &reading.backup {
        Some((at, path)) if reading.now.saturating_sub(*at) > BACKUP_NOTE_DAYS * DAY_SECS => {
            let days = reading.now.saturating_sub(*at) / DAY_SECS;
            found.add(
                "backup-old",
                Level::Note,
                host,
                text!(
                    "The newest engine backup seen on {host} is {days} days old ({path}).",
                    "{host} で見つかった最新のエンジンバックアップは {days} 日前です ({path})。"
                ),
                vec![Step::look(
                    Text::new(
                        "On the engine, and keep the file elsewhere:",
                        "エンジンで実行し、ファイルは別の場所に保管してください:",
                    ),
                    BACKUP,
                    &reading.engine,
                )],
            );
        }
        _ => {}
    }
    if reading.local_vm.as_ref().is_some_and(|state| !state.is_empty()) {
        found.add(
            "leftover-local-vm",
            Level::Note,
            host,
            text!(
                "The local engine VM of a deployment is still defined on {host}.",
                "{host} にデプロイ時のローカルエンジン VM が残っています。"
            ),
            vec![Step::look(
                Text::new("See what a clean-up would remove.", "クリーンアップ対象を確認してください。"),
                format!("hosted-deploy cleanup --host {host} --dry-run"),
                "",
            )],
        );
    }
}

const BACKUP: &str = "engine-backup --mode=backup --scope=all --file=/var/lib/ovirt-engine-backup/engine.backup --log=/var/log/ovirt-engine-backup/engine.log";
