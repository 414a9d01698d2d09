//! Disks of the host. Deployment guide, "Host disk (RHVH)"; the role's `bootstrap_local_vm/02_create_local_vm.yml`.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::facts::Space;

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Disk, severity, judge)
}

/// The table of the guide is for image-based hosts; others may lay out their disks as they like, if the space is there.
const fn mount(id: &'static str, title: (&'static str, &'static str), judge: fn(&Case<'_>) -> Verdict) -> Rule {
    rule(id, Severity::Warning, judge).title(title.0, title.1).remedy(
        "Enlarge the file system, or install the host again with automatic partitioning.",
        "ファイルシステムを拡張するか、自動パーティション設定でホストを再インストールしてください。",
    )
}

pub(super) const RULES: &[Rule] = &[
    mount("disk-root", ("/ has 6 GB", "/ に 6 GB ある"), |case| size(case, "/", 6)),
    mount("disk-home", ("/home has 1 GB", "/home に 1 GB ある"), |case| size(case, "/home", 1)),
    mount("disk-tmp", ("/tmp has 1 GB", "/tmp に 1 GB ある"), |case| size(case, "/tmp", 1)),
    mount("disk-boot", ("/boot has 1 GB", "/boot に 1 GB ある"), |case| size(case, "/boot", 1)),
    mount("disk-var", ("/var has 15 GB", "/var に 15 GB ある"), |case| size(case, "/var", 15)),
    mount("disk-var-crash", ("/var/crash has 10 GB", "/var/crash に 10 GB ある"), |case| size(case, "/var/crash", 10)),
    mount("disk-var-log", ("/var/log has 8 GB", "/var/log に 8 GB ある"), |case| size(case, "/var/log", 8)),
    mount("disk-var-log-audit", ("/var/log/audit has 2 GB", "/var/log/audit に 2 GB ある"), |case| {
        size(case, "/var/log/audit", 2)
    }),
    mount("disk-total", ("The host's file systems have 55 GB in all", "ホストのファイルシステムが合計 55 GB ある"), total),
    rule("disk-swap", Severity::Warning, swap)
        .title("The host has 1 GB of swap", "ホストに 1 GB のスワップがある")
        .remedy("Add a swap area.", "スワップ領域を追加してください。"),
    rule("disk-local-vm-space", Severity::Blocker, local_vm)
        .of_deployment()
        .title("There is room for the local engine VM", "ローカルエンジン VM 用の空き容量がある")
        .remedy(
            "Free space in that directory, or name another one in the answers. The role's own test compares against the size of the packed file only and passes for any qcow2 image.",
            "そのディレクトリーの空き容量を増やすか、回答で別のディレクトリーを指定してください。ロール自身の検査は圧縮ファイルのサイズとしか比較せず、qcow2 では常に合格します。",
        )
        .at(Step::Vm, "advanced.local_vm_directory"),
    rule("disk-thin-pool", Severity::Warning, thin_pool)
        .title("LVM thin pools have room for data and metadata", "LVM シンプールのデータとメタデータに余裕がある")
        .remedy(
            "Extend the pool; keep 20 % of the volume group free for the growth of metadata. A full pool freezes the host.",
            "プールを拡張してください。メタデータの増加に備え、ボリュームグループの 20 % を空けておいてください。プールが満杯になるとホストが停止します。",
        ),
    rule("disk-4k-blocks", Severity::Warning, large_blocks)
        .title("Shared disks have 512-byte blocks", "共有ディスクのブロックサイズが 512 バイトである")
        .remedy(
            "Do not use disks with 4096-byte logical blocks for storage domains: present the LUN with 512-byte blocks (512e).",
            "4096 バイト論理ブロックのディスクをストレージドメインに使用しないでください。LUN を 512 バイトブロック (512e) で提供してください。",
        )
        .at(Step::Storage, "storage"),
    rule("disk-multipath-file", Severity::Warning, multipath_file)
        .title("/etc/multipath.conf is not edited by hand", "/etc/multipath.conf が手動で編集されていない")
        .remedy(
            "VDSM overwrites it. Move your settings to /etc/multipath/conf.d/NN-name.conf and reload multipathd (do not restart it).",
            "VDSM が上書きします。設定を /etc/multipath/conf.d/NN-name.conf に移し、multipathd をリロードしてください (再起動は不可)。",
        ),
];

const GIB: u64 = 1024 * 1024; // in KiB

fn image_based(case: &Case<'_>) -> bool {
    let host = &case.facts.host;
    matches!(host.variant.as_str(), "ovirt-node" | "rhvh") || !case.facts.software.node_status.is_empty()
}

fn space<'a>(case: &Case<'a>, path: &str) -> Option<&'a Space> {
    case.facts.disks.space.iter().find(|space| space.path == path)
}

fn size(case: &Case<'_>, path: &str, gb: u64) -> Verdict {
    let Some(space) = space(case, path) else {
        return match case.facts.disks.space.is_empty() {
            true => Verdict::unread("df"),
            false => Verdict::not_here("There is no such directory.", "そのディレクトリーはありません。"),
        };
    };
    if path != "/" && space.mount != path {
        let mount = &space.mount;
        let evidence = text!("part of {mount}", "{mount} の一部");
        // An image-based host is laid out by its installer; sharing a file system there is a fault of its own.
        return if image_based(case) {
            Verdict::Failed(evidence, Vec::new())
        } else {
            Verdict::NotApplicable(evidence)
        };
    }
    // Decimal gigabytes, as the guide counts, and 5 % for what a file system keeps for itself.
    let needed = gb * 1_000_000_000 / 1024 * 95 / 100;
    let (size, available) = (gib(space.size_kib), gib(space.available_kib));
    Verdict::of(
        space.size_kib >= needed,
        text!("{size} GiB, {available} GiB free, {gb} GB needed", "{size} GiB (空き {available} GiB)、必要 {gb} GB"),
    )
}

/// KiB as GiB with one decimal.
fn gib(kib: u64) -> String {
    let tenths = kib.saturating_mul(10) / GIB;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn total(case: &Case<'_>) -> Verdict {
    let mut seen: Vec<&str> = Vec::new();
    let mut sum: u64 = 0;
    for space in &case.facts.disks.space {
        if !seen.contains(&space.mount.as_str()) {
            seen.push(&space.mount);
            sum = sum.saturating_add(space.size_kib);
        }
    }
    if seen.is_empty() {
        return Verdict::unread("df");
    }
    let (gib, mounts) = (gib(sum), listed(seen));
    Verdict::of(sum >= 48 * GIB, text!("{gib} GiB on {mounts}", "{mounts} に {gib} GiB"))
}

fn swap(case: &Case<'_>) -> Verdict {
    match case.facts.disks.swap_mib {
        None => Verdict::unread("/proc/swaps"),
        Some(mib) => Verdict::of(mib >= 950, plain(format!("{mib} MiB"))),
    }
}

/// The guide asks for 5 GB. An image that is named needs its unpacked size, a tenth more, as the role computes.
fn local_vm(case: &Case<'_>) -> Verdict {
    let directory = case.answers.advanced.local_vm_directory.as_deref().unwrap_or("/var/tmp");
    let Some(space) = case.facts.disks.space.iter().find(|space| space.path == directory) else {
        return Verdict::unread(directory);
    };
    let image = case.facts.software.appliance_unpacked_kib;
    let needed = image.map_or(5 * GIB, |kib| (kib.saturating_mul(11) / 10).max(5 * GIB));
    let (free, needed_gib) = (gib(space.available_kib), gib(needed));
    Verdict::of(
        space.available_kib >= needed,
        text!(
            "{directory}: {free} GiB free, {needed_gib} GiB needed",
            "{directory}: 空き {free} GiB、必要 {needed_gib} GiB"
        ),
    )
}

fn thin_pool(case: &Case<'_>) -> Verdict {
    let Some(pools) = &case.facts.disks.thin_pools else {
        return match case.facts.status("lvs") {
            Some(127) => Verdict::not_here("LVM is not installed.", "LVM はインストールされていません。"),
            _ => Verdict::unread("lvs"),
        };
    };
    if pools.is_empty() {
        return Verdict::not_here("There is no thin pool.", "シンプールはありません。");
    }
    let line = |pool: &crate::facts::ThinPool| {
        let (data, metadata, free) = (pool.data_used / 100, pool.metadata_used / 100, pool.group_free / 100);
        format!("{}: data {data} %, metadata {metadata} %, VG free {free} %", pool.name)
    };
    // An image-based host is laid out with a fifth of the group free for the metadata to grow into.
    let cramped = |pool: &crate::facts::ThinPool| image_based(case) && pool.group_free < 2000;
    let full = pools.iter().find(|pool| pool.data_used > 8000 || pool.metadata_used > 8000 || cramped(pool));
    let evidence = plain(pools.iter().map(line).collect::<Vec<_>>().join("; "));
    match full {
        None => Verdict::Passed(evidence),
        Some(pool) => Verdict::Failed(evidence, vec![format!("lvextend --poolmetadatasize +1G {}", pool.name)]),
    }
}

fn large_blocks(case: &Case<'_>) -> Verdict {
    let devices = &case.facts.disks.devices;
    if devices.is_empty() {
        return Verdict::unread("lsblk");
    }
    let shared = |device: &&crate::facts::BlockDevice| {
        device.kind == "mpath"
            || (device.kind == "disk" && matches!(device.transport.as_str(), "fc" | "iscsi" | "fcoe"))
    };
    let shared: Vec<_> = devices.iter().filter(shared).collect();
    if shared.is_empty() {
        return Verdict::not_here("No shared disk is attached.", "共有ディスクは接続されていません。");
    }
    let large: Vec<_> = shared.iter().filter(|device| device.logical_block > 512).collect();
    let evidence = listed(shared.iter().map(|device| format!("{} {}", device.name, device.logical_block)));
    Verdict::of(large.is_empty(), plain(evidence))
}

fn multipath_file(case: &Case<'_>) -> Verdict {
    let disks = &case.facts.disks;
    if disks.multipath_files.is_empty() {
        return Verdict::not_here("There is no multipath configuration.", "multipath の設定はありません。");
    }
    let own = disks.multipath_files.iter().any(|file| file == "/etc/multipath.conf");
    let files = listed(&disks.multipath_files);
    Verdict::of(!own || disks.multipath_by_vdsm, plain(files)).fix("systemctl reload multipathd")
}
