//! [`Finding`]s: what is not as it should be, besides whether the engine answers.

use super::action::Action;
use super::advice::Step;
use super::reading::{Liveliness, Reading};
use super::situation::Situation;
use super::vm_status::VmStatus;
use super::{Unread, agent_state};
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It endangers the engine; the verdict is "degraded" at best.
    Trouble,
    /// Good to know.
    Note,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable id, for monitoring and documentation.
    pub id: String,
    /// How much it matters.
    pub level: Level,
    /// The host; empty when it is about all of them.
    pub host: String,
    /// One sentence with what was read.
    pub title: Text,
    /// What to do.
    pub steps: Vec<Step>,
}

const CERTIFICATE_TROUBLE_DAYS: i64 = 30;
const CERTIFICATE_NOTE_DAYS: i64 = 90;
/// The engine warns below 5 GiB free and blocks below its critical space action, 5 GiB as well.
const STORAGE_TROUBLE_KIB: u64 = 5 << 20;
const DISK_TROUBLE_KIB: u64 = 1 << 20;
const OFFSET_TROUBLE_US: u64 = 1_000_000;
const BACKUP_NOTE_DAYS: u64 = 7;
const DAY_SECS: u64 = 86_400;

struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, id: &str, level: Level, host: &str, title: Text, steps: Vec<Step>) {
        self.0.push(Finding { id: id.to_owned(), level, host: host.to_owned(), title, steps });
    }
}

pub(super) fn findings(situation: &Situation, readings: &[Reading], unread: &[Unread]) -> Vec<Finding> {
    let mut found = Found(Vec::new());
    for Unread { host, why } in unread {
        let step = Step::look(
            text!("Is {host} up? Try to log in.", "{host} は起動していますか? ログインを試してください。"),
            // With a port it is a URL for ssh.
            if host.contains(':') { format!("ssh ssh://{host}") } else { format!("ssh {host}") },
            "",
        );
        found.add(
            "host-unread",
            Level::Trouble,
            host,
            text!("{host} could not be read: {why}.", "{host} を読み取れません: {why}。"),
            vec![step],
        );
    }
    let ours: Vec<&Reading> = readings.iter().filter(|reading| reading.deployed).collect();
    cluster(&mut found, situation, &ours);
    for reading in &ours {
        services(&mut found, reading);
        storage(&mut found, reading);
        certificates(&mut found, reading);
        names(&mut found, reading);
        machine(&mut found, reading);
    }
    // The engine's certificate and names are the same from every host.
    let mut findings: Vec<Finding> = Vec::new();
    for finding in found.0 {
        let same = |known: &Finding| known.id == finding.id && known.title == finding.title;
        if !findings.iter().any(same) {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// What the HA daemons tell of all hosts.
fn cluster(found: &mut Found, situation: &Situation, ours: &[&Reading]) {
    let Some(reading) = ours.iter().find(|reading| matches!(reading.vm_status, VmStatus::Known { .. })) else { return };
    let hosts = reading.vm_status.hosts();
    if reading.vm_status.global_maintenance() == Some(true) {
        found.add(
            "global-maintenance",
            Level::Trouble,
            "",
            Text::new(
                "Global maintenance is on: nothing restarts the engine VM when it stops, also after a reboot from inside.",
                "グローバルメンテナンス中です。エンジン VM が停止しても (ゲスト内の再起動後も) 再起動されません。",
            ),
            vec![Step::act(
                Text::new("When the maintenance is over, end it.", "メンテナンスが終わったら解除してください。"),
                Action::SetMaintenanceNone,
                &reading.host,
            )],
        );
    }
    if hosts.is_empty() {
        found.add(
            "no-metadata",
            Level::Trouble,
            &reading.host,
            Text::new(
                "The HA daemons answer, and no host has written its state yet (they need about a minute after a start).",
                "HA デーモンは応答していますが、どのホストも状態を書き込んでいません (起動後 1 分ほど必要です)。",
            ),
            vec![Step::look(Text::new("See what the agent does.", "エージェントの動作を確認してください。"), "journalctl -u ovirt-ha-agent -n 50", &reading.host)],
        );
    }
    for host in hosts {
        let name = &host.name;
        // An agent that starts into local maintenance idles and lets its block grow old.
        if !host.live && !host.maintenance && !host.stopped {
            let steps = vec![Step::look(
                text!(
                    "On {name}: does the agent run, and does the storage answer?",
                    "{name} で: エージェントは動作し、ストレージは応答していますか?"
                ),
                "systemctl status ovirt-ha-agent ovirt-ha-broker",
                name,
            )];
            found.add(
                "host-silent",
                Level::Trouble,
                name,
                text!(
                    "{name} has not written its state for more than a minute; what is shown of it is old.",
                    "{name} は 1 分以上状態を書き込んでいません。表示されている内容は古いものです。"
                ),
                steps,
            );
        }
        if host.stopped {
            found.add(
                "agent-stopped",
                Level::Trouble,
                name,
                text!(
                    "The HA agent of {name} was stopped: it does not take part in keeping the engine up.",
                    "{name} の HA エージェントは停止されています。エンジンの維持に参加していません。"
                ),
                vec![Step::act(text!("Start it on {name}.", "{name} で起動してください。"), Action::RestartHa, name)],
            );
        }
        if host.maintenance {
            found.add(
                "local-maintenance",
                Level::Note,
                name,
                text!(
                    "{name} is in local maintenance: it does not start the engine VM.",
                    "{name} はローカルメンテナンス中です。エンジン VM を起動しません。"
                ),
                vec![Step::act(
                    text!(
                        "When its maintenance is over, end it on {name}.",
                        "メンテナンスが終わったら {name} で解除してください。"
                    ),
                    Action::SetMaintenanceNone,
                    name,
                )],
            );
        }
        let Some(score) = host.score.filter(|_| host.live && !host.maintenance && !host.stopped) else { continue };
        if score == 0 {
            let state = agent_state(&host.state).unwrap_or_else(|| Text::new(&host.state, &host.state));
            found.add(
                "score-zero",
                Level::Trouble,
                name,
                Text::new(
                    format!("{name} has score 0 and cannot run the engine VM ({}).", state.en),
                    format!("{name} のスコアは 0 で、エンジン VM を実行できません ({})。", state.ja),
                ),
                vec![Step::look(
                    Text::new("See why.", "理由を確認してください。"),
                    "grep -E 'Penalizing|Score is 0' /var/log/ovirt-hosted-engine-ha/agent.log | tail",
                    name,
                )],
            );
        } else if score < super::FULL_SCORE - super::MOVE_THRESHOLD {
            found.add(
                "score-low",
                Level::Note,
                name,
                text!("{name} has score {score} of 3400.", "{name} のスコアは 3400 中 {score} です。"),
                Vec::new(),
            );
        }
    }
    let fit = hosts
        .iter()
        .filter(|host| host.live && !host.maintenance && !host.stopped && host.score.is_some_and(|s| s > 0));
    if fit.count() == 1 && *situation == Situation::Up {
        found.add(
            "single-host",
            Level::Note,
            "",
            Text::new(
                "Only one host can run the engine VM: there is no high availability.",
                "エンジン VM を実行できるホストは 1 台だけです。高可用性はありません。",
            ),
            Vec::new(),
        );
    }
}

fn services(found: &mut Found, reading: &Reading) {
    let host = &reading.host;
    // The agent without its broker is no agent.
    let ha: Vec<&str> =
        ["ovirt-ha-agent", "ovirt-ha-broker"].into_iter().filter(|name| reading.is_stopped(name)).collect();
    if !ha.is_empty() {
        let list = ha.join(", ");
        found.add(
            "ha-stopped",
            Level::Trouble,
            host,
            text!(
                "{list} does not run on {host}: this host does not watch over the engine.",
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

fn storage(found: &mut Found, reading: &Reading) {
    let (host, domain) = (&reading.host, &reading.domain);
    let at = if reading.storage.is_empty() { &domain.id } else { &reading.storage };
    let connect = || {
        Step::act(
            Text::new("When the storage is back, connect it again.", "ストレージが復旧したら再接続してください。"),
            Action::ConnectStorage,
            host,
        )
    };
    let server = at.split(':').next().unwrap_or_default();
    if domain.hangs || domain.readable == Some(false) {
        found.add(
            "storage-silent",
            Level::Trouble,
            host,
            text!(
                "The storage {at} is mounted on {host}, but reading it fails or hangs.",
                "{host} にストレージ {at} はマウントされていますが、読み取りが失敗または停止します。"
            ),
            vec![
                Step::look(
                    Text::new("Does the storage server answer?", "ストレージサーバーは応答しますか?"),
                    format!("ping -c 3 {server}"),
                    host,
                ),
                connect(),
            ],
        );
    } else if domain.place.is_empty() && !domain.id.is_empty() {
        found.add(
            "storage-absent",
            Level::Trouble,
            host,
            text!("The storage {at} is not connected on {host}.", "{host} にストレージ {at} が接続されていません。"),
            vec![
                Step::look(
                    Text::new("Does the storage server answer?", "ストレージサーバーは応答しますか?"),
                    format!("ping -c 3 {server}"),
                    host,
                ),
                connect(),
            ],
        );
    }
    if domain.read_only {
        found.add(
            "storage-read-only",
            Level::Trouble,
            host,
            text!(
                "The storage {at} is mounted read-only on {host}.",
                "{host} でストレージ {at} が読み取り専用でマウントされています。"
            ),
            vec![
                Step::look(
                    Text::new(
                        "Look at the export on the server, and at this host's kernel messages.",
                        "サーバーのエクスポート設定と、このホストのカーネルメッセージを確認してください。",
                    ),
                    "journalctl -k -n 50",
                    host,
                ),
                Step::look(
                    Text::new(
                        "When the server lets it be written again: make the mount writable.",
                        "サーバー側で書き込みできるようになったら、書き込み可能にします。",
                    ),
                    format!("mount -o remount,rw {}", domain.mount()),
                    host,
                ),
            ],
        );
    } else if domain.writable == Some(false) {
        found.add(
            "storage-not-writable",
            Level::Trouble,
            host,
            text!(
                "VDSM on {host} may not write to the storage {at}: its export became read-only, or its owner is no longer 36:36.",
                "{host} の VDSM がストレージ {at} に書き込めません。エクスポートが読み取り専用になったか、所有者が 36:36 ではありません。"
            ),
            vec![
                Step::look(
                    Text::new(
                        "Who owns it? It must be 36:36, and the export must be rw.",
                        "所有者を確認してください。36:36 で、エクスポートは rw である必要があります。",
                    ),
                    format!("stat -c '%u:%g %a %n' {} {}/dom_md", domain.mount(), domain.place),
                    host,
                ),
                Step::look(
                    Text::new(
                        "Mend it on the storage server; the host notices by itself.",
                        "ストレージサーバーで修正してください。ホストは自動的に認識します。",
                    ),
                    "chown 36:36 PATH; chmod 0755 PATH; exportfs -ra",
                    server,
                ),
            ],
        );
    }
    // Block storage is given to volumes as a whole: little free in its volume group is normal until a volume grows.
    let block = matches!(reading.storage_kind.as_str(), "iscsi" | "fc");
    if let Some(free) = domain.free_kib.filter(|free| *free < STORAGE_TROUBLE_KIB && !block) {
        let mib = free >> 10;
        found.add(
            "storage-full",
            Level::Trouble,
            host,
            text!(
                "The engine's storage has {mib} MiB left; below 5 GiB the engine stops writing to it.",
                "エンジンのストレージの空きは {mib} MiB です。5 GiB 未満では書き込みが停止されます。"
            ),
            vec![Step::look(
                Text::new(
                    "Make room on the storage server, or enlarge it.",
                    "ストレージサーバーで空きを確保するか拡張してください。",
                ),
                format!("df -h {}", domain.place),
                host,
            )],
        );
    }
}

fn certificates(found: &mut Found, reading: &Reading) {
    let page = &reading.page;
    let host = &reading.host;
    let mut expiry = |id: &str, what: (&str, &str), days: Option<i64>, steps: Vec<Step>| {
        let Some(days) = days.filter(|days| *days < CERTIFICATE_NOTE_DAYS) else { return };
        let level = if days < CERTIFICATE_TROUBLE_DAYS { Level::Trouble } else { Level::Note };
        let (en, ja) = what;
        let title = if days < 0 {
            Text::new(format!("{en} ended {} days ago.", -days), format!("{ja}の期限が {} 日前に切れました。", -days))
        } else {
            text!("{en} ends in {days} days.", "{ja}の期限まで残り {days} 日です。")
        };
        found.add(id, level, if id == "certificate-host" { host } else { "" }, title, steps);
    };
    let engine = Step::look(
        Text::new(
            "On the engine: global maintenance on, then engine-setup --offline renews its certificates; then maintenance off.",
            "エンジンで: グローバルメンテナンスを有効にし、engine-setup --offline で証明書を更新してから解除してください。",
        ),
        "engine-setup --offline",
        &reading.engine,
    );
    expiry("certificate-engine", ("The engine's certificate", "エンジンの証明書"), page.days, vec![engine]);
    let portal = Step::look(
        Text::new(
            "In the Administration Portal: put the host into maintenance, then Installation > Enroll Certificate.",
            "管理ポータルで: ホストをメンテナンスにし、インストール > 証明書の登録 を実行してください。",
        ),
        "",
        host,
    );
    expiry(
        "certificate-host",
        ("This host's VDSM certificate", "このホストの VDSM 証明書"),
        reading.certificate_days,
        vec![portal],
    );
    if page.connected == Some(true)
        && page.trusted_by.is_empty()
        && !page.distrust.is_empty()
        && page.days.is_none_or(|days| days >= 0)
    {
        let (why, engine) = (&page.distrust, &reading.engine);
        found.add("certificate-untrusted", Level::Trouble, "", text!(
            "The certificate that {engine} shows is vouched for neither by the engine's own CA nor by this host's: {why}.",
            "{engine} の証明書は、エンジンの CA でもこのホストの CA でも検証できません: {why}。"
        ), vec![Step::look(Text::new("See who issued it.", "発行者を確認してください。"), format!("openssl s_client -connect {engine}:443 </dev/null | openssl x509 -noout -issuer -subject -enddate"), host)]);
    }
    if reading.liveliness == Liveliness::Up && !page.up && page.connected.is_some() {
        let said = &page.said;
        found.add(
            "https-silent",
            Level::Trouble,
            host,
            text!(
                "The engine answers on port 80, but not its health page over HTTPS from {host}. {said}",
                "エンジンはポート 80 で応答しますが、{host} から HTTPS のヘルスページに応答がありません。{said}"
            ),
            vec![Step::look(
                Text::new("On the engine: does httpd run?", "エンジンで: httpd は動作していますか?"),
                "systemctl status httpd",
                &reading.engine,
            )],
        );
    }
}

fn names(found: &mut Found, reading: &Reading) {
    let engine = &reading.engine;
    for lookup in &reading.names {
        let name = &lookup.name;
        let whose =
            if name == engine { ("The engine's name", "エンジン名") } else { ("The host's name", "ホスト名") };
        let (en, ja) = whose;
        let step = || {
            vec![Step::look(
                Text::new("Ask the name servers.", "ネームサーバーに問い合わせてください。"),
                format!("dig +short {name}"),
                &reading.host,
            )]
        };
        let dns = match (&lookup.all, &lookup.dns) {
            (Some(all), Some(dns)) if dns.is_empty() && !all.is_empty() => {
                found.add(
                    "dns-hosts-file",
                    Level::Note,
                    &reading.host,
                    text!(
                        "{en} {name} is known from /etc/hosts only, not from DNS.",
                        "{ja} {name} は /etc/hosts のみで解決され、DNS にありません。"
                    ),
                    step(),
                );
                continue;
            }
            (Some(all), _) if all.is_empty() => {
                let host = &reading.host;
                found.add(
                    "dns-forward",
                    Level::Trouble,
                    host,
                    text!("{en} {name} does not resolve on {host}.", "{ja} {name} が {host} で解決できません。"),
                    step(),
                );
                continue;
            }
            (_, Some(dns)) => dns,
            _ => continue,
        };
        for address in dns {
            let reverse =
                reading.reverse.iter().find(|known| known.address == *address).and_then(|known| known.dns.as_ref());
            if let Some(back) = reverse
                && !back.iter().any(|found| found.eq_ignore_ascii_case(name))
            {
                let shown = if back.is_empty() { "–".to_owned() } else { back.join(", ") };
                found.add(
                    "dns-reverse",
                    Level::Trouble,
                    "",
                    text!(
                        "{en} {name} is {address}, whose reverse name is {shown}.",
                        "{ja} {name} は {address} ですが、逆引きは {shown} です。"
                    ),
                    vec![Step::look(
                        Text::new("Mend the PTR record.", "PTR レコードを修正してください。"),
                        format!("dig +short -x {address}"),
                        &reading.host,
                    )],
                );
            }
        }
    }
}

fn machine(found: &mut Found, reading: &Reading) {
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
        ), vec![Step::look(Text::new("See what chrony thinks.", "chrony の状態を確認してください。"), "chronyc tracking; chronyc sources", host)]);
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
