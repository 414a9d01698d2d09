//! The storage that the answers name, as far as the probe of the host tells: names, ports, programs. What storage
//! discovery found is judged by `folder`, `targets` and `lun`.

use super::ports::reached;
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{Iscsi, NfsVersion, Storage, StorageType};
use crate::storage::Need;

const fn rule(id: &'static str, severity: Severity, field: &'static str, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Storage, severity, judge).at(Step::Storage, field)
}

pub(super) const RULES: &[Rule] = &[
    rule("storage-disk-size", Severity::Blocker, "storage.disk_size_gib", disk_size)
        .title("The engine VM's disk has at least 50 GiB", "エンジン VM のディスクが 50 GiB 以上である")
        .remedy("Ask for 50 GiB or more; 61 is the default.", "50 GiB 以上を指定してください。既定値は 61 です。"),
    rule("storage-nfs-path", Severity::Blocker, "storage.nfs.connection", nfs_path)
        .title("The NFS export is given as server:/path", "NFS エクスポートが server:/path 形式である")
        .remedy(
            "Write server:/path, an IPv6 address in brackets.",
            "server:/path と書いてください。IPv6 アドレスは角括弧で囲みます。",
        ),
    rule("storage-server-resolves", Severity::Blocker, "storage", server_resolves)
        .title("The storage server's name resolves", "ストレージサーバーの名前を解決できる")
        .remedy("Add it to DNS, or give its address.", "DNS に追加するか、アドレスを指定してください。"),
    rule("storage-server-elsewhere", Severity::Warning, "storage", elsewhere)
        .title("The storage is not on this host", "ストレージがこのホスト上にない")
        .remedy(
            "Storage on a host is gone when the host is: the engine cannot move. Use another server.",
            "ホスト上のストレージはホスト停止時に失われ、エンジンが移動できません。別のサーバーを使用してください。",
        ),
    rule("storage-nfs-reachable", Severity::Blocker, "storage.nfs.connection", nfs_reachable)
        .title("The NFS server answers on port 2049", "NFS サーバーがポート 2049 で応答する")
        .remedy(
            "Start the NFS server and open 2049/tcp between the networks.",
            "NFS サーバーを起動し、2049/tcp を開放してください。",
        ),
    rule("storage-nfs-rpcbind", Severity::Warning, "storage.nfs.version", rpcbind)
        .title("rpcbind answers for NFS version 3 (H4)", "NFS v3 用に rpcbind が応答する (H4)")
        .remedy(
            "Open 111, mountd and statd for NFSv3, or choose version 4.",
            "NFSv3 では 111、mountd、statd を開放するか、バージョン 4 を選んでください。",
        ),
    rule("storage-nfs-client", Severity::Warning, "storage.nfs.connection", nfs_client)
        .title("The host can mount NFS", "ホストが NFS をマウントできる")
        .remedy("Install the NFS client.", "NFS クライアントをインストールしてください。"),
    rule("storage-iscsi-reachable", Severity::Blocker, "storage.iscsi.portals", portals)
        .title("Every iSCSI portal answers", "すべての iSCSI ポータルが応答する")
        .remedy(
            "Open 3260/tcp (or the portal's port) and start the target.",
            "3260/tcp (またはポータルのポート) を開放し、ターゲットを起動してください。",
        ),
    rule("storage-iscsi-initiator", Severity::Warning, "storage.iscsi", initiator)
        .title("The host has an iSCSI initiator name", "ホストに iSCSI イニシエーター名がある")
        .remedy(
            "Install iscsi-initiator-utils and give the name to the target's access list.",
            "iscsi-initiator-utils をインストールし、その名前をターゲットのアクセスリストに登録してください。",
        ),
    rule("storage-iscsi-target", Severity::Blocker, "storage.iscsi.target", target)
        .title("Target and LUN are chosen", "ターゲットと LUN が選択されている")
        .remedy("Discover the targets and choose one LUN.", "ターゲットを検出し、LUN を 1 つ選んでください。"),
    rule("storage-multipathd", Severity::Warning, "storage", multipathd)
        .title("multipathd runs for block storage", "ブロックストレージ用に multipathd が動作している")
        .remedy(
            "Start it; VDSM reaches every LUN through multipath.",
            "起動してください。VDSM はすべての LUN に multipath 経由でアクセスします。",
        ),
    rule("storage-gluster-reachable", Severity::Blocker, "storage.glusterfs.connection", gluster)
        .title("The Gluster server answers on port 24007", "Gluster サーバーがポート 24007 で応答する")
        .remedy(
            "Start glusterd and open 24007/tcp and the bricks' ports.",
            "glusterd を起動し、24007/tcp とブリックのポートを開放してください。",
        ),
    rule("storage-gluster-client", Severity::Warning, "storage.glusterfs", gluster_client)
        .title("The host has the Gluster client", "ホストに Gluster クライアントがある")
        .remedy(
            "Install it; the role's packages bring it.",
            "インストールしてください。ロールのパッケージにも含まれます。",
        ),
    rule("storage-interface", Severity::Blocker, "storage.interface", interface)
        .title("The storage interface is on the host and up", "ストレージ用インターフェースがホストにあり、有効である")
        .remedy("Name an interface that has a link.", "リンクのあるインターフェースを指定してください。"),
];

pub(super) fn storage<'a>(case: &Case<'a>, kind: StorageType) -> Result<&'a Storage, Verdict> {
    match case.answers.storage.as_ref() {
        None => Err(Verdict::unanswered("storage")),
        Some(storage) if storage.storage_type() == Some(kind) => Ok(storage),
        Some(_) => {
            Err(Verdict::not_here("Another kind of storage is chosen.", "別の種類のストレージが選択されています。"))
        }
    }
}

/// `server:/path`, the server without brackets.
pub(super) fn split_export(connection: &str) -> Option<(&str, &str)> {
    let (server, path) = match connection.strip_prefix('[') {
        Some(rest) => rest.split_once("]:")?,
        None => connection.split_once(':')?,
    };
    (!server.is_empty() && path.starts_with('/')).then_some((server, path))
}

/// The server of NFS or Gluster storage.
pub(super) fn server<'a>(case: &Case<'a>) -> Option<&'a str> {
    let storage = case.answers.storage.as_ref()?;
    let connection = match storage.storage_type()? {
        StorageType::Nfs => storage.nfs.as_ref()?.connection.as_deref()?,
        StorageType::Glusterfs => storage.glusterfs.as_ref()?.connection.as_deref()?,
        _ => return None,
    };
    split_export(connection).map(|(server, _)| server)
}

fn disk_size(case: &Case<'_>) -> Verdict {
    let Some(storage) = case.answers.storage.as_ref() else { return Verdict::unanswered("storage") };
    let minimum = case.answers.advanced.minimal_disk_gib.unwrap_or(50);
    let disk = storage.disk_gib();
    Verdict::of(disk >= minimum, Need::for_disk(disk).text())
}

fn nfs_path(case: &Case<'_>) -> Verdict {
    match storage(case, StorageType::Nfs) {
        Err(verdict) => verdict,
        Ok(storage) => match storage.nfs.as_ref().and_then(|nfs| nfs.connection.as_deref()) {
            None => Verdict::unanswered("storage.nfs.connection"),
            Some(connection) => Verdict::of(split_export(connection).is_some(), plain(connection)),
        },
    }
}

fn server_resolves(case: &Case<'_>) -> Verdict {
    let Some(server) = server(case) else {
        return Verdict::not_here("No server is named.", "サーバーの指定がありません。");
    };
    if server.parse::<std::net::IpAddr>().is_ok() {
        return Verdict::Passed(plain(server));
    }
    match case.lookup(server).and_then(|lookup| lookup.all.as_ref()) {
        None => Verdict::unread(&format!("getent ahosts {server}")),
        Some(addresses) => Verdict::of(!addresses.is_empty(), plain(format!("{server}: {}", listed(addresses)))),
    }
}

fn elsewhere(case: &Case<'_>) -> Verdict {
    let Some(server) = server(case) else {
        return Verdict::not_here("No server is named.", "サーバーの指定がありません。");
    };
    let literal: Vec<std::net::IpAddr> = server.parse().into_iter().collect();
    let found = case.lookup(server).and_then(|lookup| lookup.all.clone()).unwrap_or(literal);
    if found.is_empty() {
        return Verdict::not_here("Its name does not resolve.", "名前を解決できません。");
    }
    let own =
        found.iter().any(|address| address.is_loopback() || case.host_addresses().any(|(own, _)| own == *address));
    Verdict::of(!own, plain(format!("{server}: {}", listed(found))))
}

fn nfs_reachable(case: &Case<'_>) -> Verdict {
    match (storage(case, StorageType::Nfs), server(case)) {
        (Err(verdict), _) => verdict,
        (_, Some(server)) => reached(case, server, 2049),
        _ => Verdict::unanswered("storage.nfs.connection"),
    }
}

fn rpcbind(case: &Case<'_>) -> Verdict {
    match (storage(case, StorageType::Nfs), server(case)) {
        (Err(verdict), _) => verdict,
        (Ok(storage), Some(server)) => {
            let version = storage.nfs.as_ref().and_then(|nfs| nfs.version).unwrap_or_default();
            match version {
                NfsVersion::Auto | NfsVersion::V3 => reached(case, server, 111),
                _ => Verdict::not_here("NFS 4 does not need it.", "NFS 4 では不要です。"),
            }
        }
        _ => Verdict::unanswered("storage.nfs.connection"),
    }
}

fn nfs_client(case: &Case<'_>) -> Verdict {
    if let Err(verdict) = storage(case, StorageType::Nfs) {
        return verdict;
    }
    let software = &case.facts.software;
    if software.packages.is_none() {
        return Verdict::unread("rpm -q nfs-utils");
    }
    Verdict::of(software.package("nfs-utils").is_some(), plain("nfs-utils")).fix("dnf install -y nfs-utils")
}

fn iscsi<'a>(case: &Case<'a>) -> Result<&'a Iscsi, Verdict> {
    let storage = storage(case, StorageType::Iscsi)?;
    storage.iscsi.as_ref().ok_or_else(|| Verdict::unanswered("storage.iscsi"))
}

fn portals(case: &Case<'_>) -> Verdict {
    let portals = match iscsi(case) {
        Ok(iscsi) => iscsi.parsed_portals(),
        Err(verdict) => return verdict,
    };
    if portals.is_empty() {
        return Verdict::unanswered("storage.iscsi.portals");
    }
    let verdicts = portals.iter().map(|portal| reached(case, &portal.address.to_string(), portal.port));
    // The worst of them counts; several portals are paths that must all work.
    let mut worst = None;
    for verdict in verdicts {
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Failed(..) => 2,
            Verdict::Unknown(_) => 1,
            _ => 0,
        };
        if worst.as_ref().is_none_or(|known| rank(&verdict) > rank(known)) {
            worst = Some(verdict);
        }
    }
    worst.unwrap_or_else(|| Verdict::unanswered("storage.iscsi.portals"))
}

fn initiator(case: &Case<'_>) -> Verdict {
    if let Err(verdict) = storage(case, StorageType::Iscsi) {
        return verdict;
    }
    let name = &case.facts.disks.initiator;
    Verdict::of(!name.is_empty(), plain(if name.is_empty() { "–" } else { name }))
        .fix("dnf install -y iscsi-initiator-utils")
}

fn target(case: &Case<'_>) -> Verdict {
    match iscsi(case) {
        Err(verdict) => verdict,
        Ok(iscsi) => {
            let (target, lun) =
                (iscsi.target.as_deref().unwrap_or_default(), iscsi.lun_id.as_deref().unwrap_or_default());
            Verdict::of(!target.is_empty() && !lun.is_empty(), plain(format!("{target} {lun}")))
                .fix("hosted-deploy storage discover iscsi")
        }
    }
}

fn block(case: &Case<'_>) -> Result<(), Verdict> {
    match case.answers.storage.as_ref().and_then(Storage::storage_type) {
        Some(StorageType::Iscsi | StorageType::Fc) => Ok(()),
        Some(_) => Err(Verdict::not_here("Not block storage.", "ブロックストレージではありません。")),
        None => Err(Verdict::unanswered("storage")),
    }
}

fn multipathd(case: &Case<'_>) -> Verdict {
    if let Err(verdict) = block(case) {
        return verdict;
    }
    match case.facts.security.unit("multipathd.service") {
        None => Verdict::unread("systemctl show multipathd"),
        Some(unit) => Verdict::of(unit.active == "active", plain(format!("multipathd {}", unit.active)))
            .fix("mpathconf --enable && systemctl enable --now multipathd"),
    }
}

fn gluster(case: &Case<'_>) -> Verdict {
    match (storage(case, StorageType::Glusterfs), server(case)) {
        (Err(verdict), _) => verdict,
        (_, Some(server)) => reached(case, server, 24007),
        _ => Verdict::unanswered("storage.glusterfs.connection"),
    }
}

fn gluster_client(case: &Case<'_>) -> Verdict {
    if let Err(verdict) = storage(case, StorageType::Glusterfs) {
        return verdict;
    }
    let commands = &case.facts.host.commands;
    if commands.is_empty() {
        return Verdict::unread("command -v gluster");
    }
    Verdict::of(commands.contains("gluster"), plain("gluster")).fix("dnf install -y glusterfs-fuse glusterfs-cli")
}

fn interface(case: &Case<'_>) -> Verdict {
    let Some(name) = case.answers.storage.as_ref().and_then(|storage| storage.interface.as_deref()) else {
        return Verdict::not_here("The management interface is used.", "管理インターフェースを使用します。");
    };
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j addr");
    }
    match case.facts.interface(name) {
        None => Verdict::of(false, text!("the host has no {name}", "ホストに {name} はありません")),
        Some(interface) => Verdict::of(interface.up && !interface.addresses.is_empty(), plain(name)),
    }
}
