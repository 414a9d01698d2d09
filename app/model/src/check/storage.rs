//! The storage that the answers name, as far as the host can tell without touching it. Looking at exports, targets and
//! LUNs themselves is storage discovery.

use super::ports::reached;
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{Iscsi, NfsVersion, Storage, StorageType};
use crate::facts::BlockDevice;

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
    rule("storage-nfs-exported", Severity::Blocker, "storage.nfs.connection", exported)
        .title("The server exports the path", "サーバーがそのパスをエクスポートしている")
        .remedy(
            "Export it to this host, then exportfs -ra.",
            "このホストにエクスポートし、exportfs -ra を実行してください。",
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
    rule("storage-fc-online", Severity::Blocker, "storage.fc", fibre_channel)
        .title("A Fibre Channel port is online", "Fibre Channel ポートがオンラインである")
        .remedy("Check cable, zoning and driver.", "ケーブル、ゾーニング、ドライバーを確認してください。"),
    rule("storage-multipathd", Severity::Warning, "storage", multipathd)
        .title("multipathd runs for block storage", "ブロックストレージ用に multipathd が動作している")
        .remedy(
            "Start it; VDSM reaches every LUN through multipath.",
            "起動してください。VDSM はすべての LUN に multipath 経由でアクセスします。",
        ),
    rule("storage-lun-present", Severity::Blocker, "storage.fc.lun_id", lun_present)
        .title("The host sees the LUN", "ホストから LUN が見える")
        .remedy("Map the LUN to this host and rescan.", "LUN をこのホストにマップし、再スキャンしてください。"),
    rule("storage-lun-size", Severity::Blocker, "storage.disk_size_gib", lun_size)
        .title("The LUN holds the disk and what a domain needs beside it", "LUN にディスクとドメインの管理領域が収まる")
        .remedy(
            "Enlarge the LUN, or ask for a smaller disk.",
            "LUN を拡張するか、ディスクサイズを小さくしてください。",
        ),
    rule("storage-lun-unused", Severity::Blocker, "storage.fc.lun_id", lun_unused)
        .of_deployment()
        .title("The LUN is empty", "LUN が空である")
        .remedy(
            "Choose another LUN. Wipe this one only if nobody needs what is on it.",
            "別の LUN を選んでください。内容が不要な場合のみ消去してください。",
        ),
    rule("storage-lun-block-size", Severity::Blocker, "storage.fc.lun_id", lun_blocks)
        .title("The LUN has 512-byte blocks", "LUN のブロックサイズが 512 バイトである")
        .remedy(
            "Present it with 512-byte blocks; 4096 is not supported.",
            "512 バイトブロックで提供してください。4096 はサポートされません。",
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

fn storage<'a>(case: &Case<'a>, kind: StorageType) -> Result<&'a Storage, Verdict> {
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

/// What a domain needs beside the engine VM's disk: metadata, lease and configuration volumes (10.24 GiB) and the
/// 5 GiB at which the engine stops writing.
const BESIDE_GIB_HUNDREDTHS: u64 = 1024 + 500;

fn disk_size(case: &Case<'_>) -> Verdict {
    let Some(storage) = case.answers.storage.as_ref() else { return Verdict::unanswered("storage") };
    let minimum = case.answers.advanced.minimal_disk_gib.unwrap_or(50);
    let disk = storage.disk_gib();
    let needed = u64::from(disk) * 100 + BESIDE_GIB_HUNDREDTHS;
    let (whole, part) = (needed / 100, needed % 100);
    Verdict::of(
        disk >= minimum,
        text!(
            "{disk} GiB; the domain needs {whole}.{part:02} GiB with it (10.24 GiB of its own, 5 GiB that must stay free)",
            "{disk} GiB (ドメインには合計 {whole}.{part:02} GiB 必要: 管理領域 10.24 GiB、空き 5 GiB を含む)"
        ),
    )
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

fn exported(case: &Case<'_>) -> Verdict {
    let storage = match storage(case, StorageType::Nfs) {
        Ok(storage) => storage,
        Err(verdict) => return verdict,
    };
    let connection = storage.nfs.as_ref().and_then(|nfs| nfs.connection.as_deref()).unwrap_or_default();
    let Some((server, path)) = split_export(connection) else { return Verdict::unanswered("storage.nfs.connection") };
    let answer = case.facts.names.exports.iter().find(|export| export.server == server);
    match answer.and_then(|export| export.list.as_ref()) {
        // A server of NFSv4 alone has no mount daemon to ask.
        None => Verdict::unread(&format!("showmount -e {server}")),
        Some(list) => {
            let inside =
                |shared: &str| path == shared || path.starts_with(&format!("{}/", shared.trim_end_matches('/')));
            let there = list.iter().any(|(shared, _)| inside(shared));
            let list = listed(list.iter().map(|(shared, clients)| format!("{shared} ({clients})")));
            Verdict::of(there, plain(format!("{path}; {server}: {list}")))
                .fix(format!("echo '{path} *(rw,sync,no_root_squash)' >> /etc/exports && exportfs -ra"))
        }
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

fn fibre_channel(case: &Case<'_>) -> Verdict {
    if let Err(verdict) = storage(case, StorageType::Fc) {
        return verdict;
    }
    let ports = &case.facts.disks.fibre_channel;
    if ports.is_empty() {
        return Verdict::of(false, text!("no Fibre Channel port", "Fibre Channel ポートなし"));
    }
    Verdict::of(ports.iter().any(|port| port.ends_with("Online")), plain(listed(ports)))
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

/// The device of the LUN the answers name. An iSCSI LUN is there only once somebody is logged in.
fn lun<'a>(case: &Case<'a>) -> Result<&'a BlockDevice, Verdict> {
    block(case)?;
    let storage = case.answers.storage.as_ref().ok_or_else(|| Verdict::unanswered("storage"))?;
    let fc = storage.storage_type() == Some(StorageType::Fc);
    let id = match fc {
        true => storage.fc.as_ref().and_then(|fc| fc.lun_id.as_deref()),
        false => storage.iscsi.as_ref().and_then(|iscsi| iscsi.lun_id.as_deref()),
    };
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Verdict::unanswered("storage.fc.lun_id"))?;
    let devices = &case.facts.disks.devices;
    if devices.is_empty() {
        return Err(Verdict::unread("lsblk"));
    }
    // A map is named by its WWID, or has an alias before it in parentheses: `mpatha (3600…) dm-0 …`. A plain disk is
    // known by its WWN, which is the WWID without the leading 3.
    let alias =
        |line: &str| line.contains(&format!("({id})")).then(|| line.split(' ').next().unwrap_or_default().to_owned());
    let alias = case.facts.disks.multipath.iter().flatten().find_map(|line| alias(line));
    let bare = id.strip_prefix('3').unwrap_or(id);
    let same = |device: &&BlockDevice| {
        device.name == id || alias.as_ref() == Some(&device.name) || device.wwn.strip_prefix("0x") == Some(bare)
    };
    let maps = devices.iter().filter(|device| device.kind == "mpath");
    let found = maps.chain(devices.iter().filter(|device| device.kind == "disk")).find(same);
    found.ok_or_else(|| match fc {
        true => Verdict::of(false, text!("{id} is no disk of this host", "{id} はこのホストのディスクにありません"))
            .fix("rescan-scsi-bus.sh"),
        false => Verdict::unread(&format!("{id} (storage discover iscsi)")),
    })
}

fn lun_present(case: &Case<'_>) -> Verdict {
    match lun(case) {
        Err(verdict) => verdict,
        Ok(device) => Verdict::Passed(plain(format!("{} {} {}", device.name, device.model, device.wwn))),
    }
}

/// The LUN, for rules that come after `storage-lun-present`.
fn present<'a>(case: &Case<'a>) -> Result<&'a BlockDevice, Verdict> {
    lun(case).map_err(|verdict| match verdict {
        Verdict::Failed(..) => Verdict::not_here("See storage-lun-present.", "storage-lun-present を参照。"),
        other => other,
    })
}

fn lun_size(case: &Case<'_>) -> Verdict {
    let device = match present(case) {
        Ok(device) => device,
        Err(verdict) => return verdict,
    };
    let disk = case.answers.storage.as_ref().map_or(Storage::DEFAULT_DISK_GIB, Storage::disk_gib);
    let needed = u64::from(disk) * 100 + BESIDE_GIB_HUNDREDTHS;
    let has = device.size / (1024 * 1024 * 1024 / 100);
    let gib = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let (has_text, needed_text) = (gib(has), gib(needed));
    Verdict::of(
        has >= needed,
        text!(
            "{has_text} GiB, {needed_text} GiB needed ({disk} + 15.24)",
            "{has_text} GiB、必要 {needed_text} GiB ({disk} + 15.24)"
        ),
    )
}

fn lun_unused(case: &Case<'_>) -> Verdict {
    let device = match present(case) {
        Ok(device) => device,
        Err(verdict) => return verdict,
    };
    let below =
        case.facts.disks.devices.iter().filter(|child| child.parent == device.kernel_name && child.name != device.name);
    let mut on_it: Vec<String> = below.map(|child| format!("{} {}", child.kind, child.name)).collect();
    if !device.signature.is_empty() && device.signature != "mpath_member" {
        on_it.push(device.signature.clone());
    }
    if !device.mount.is_empty() {
        on_it.push(device.mount.clone());
    }
    Verdict::of(on_it.is_empty(), plain(format!("{}: {}", device.name, listed(on_it))))
}

fn lun_blocks(case: &Case<'_>) -> Verdict {
    match present(case) {
        Err(verdict) => verdict,
        Ok(device) => {
            Verdict::of(device.logical_block == 512, plain(format!("{}: {}", device.name, device.logical_block)))
        }
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
