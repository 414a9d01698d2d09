//! What was found, as lines for people.

use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::storage::{
    Discovery, FcFound, Folder, GlusterFound, IscsiFound, Lun, Need, NfsFound, Trial, gib_of,
};
use std::fmt::Write as _;

/// Everything that was found. `disk_gib`: the engine VM's disk that LUNs are measured against.
pub(super) fn found(found: &Discovery, disk_gib: u32, lang: Lang) -> String {
    let need = Need::for_disk(disk_gib);
    match found {
        Discovery::Nfs(found) => nfs(found, lang),
        Discovery::Iscsi(found) => iscsi(found, need, lang),
        Discovery::Fc(found) => fc(found, need, lang),
        Discovery::Glusterfs(found) => gluster(found, lang),
    }
}

fn nfs(found: &NfsFound, lang: Lang) -> String {
    let versions = found
        .versions
        .as_ref()
        .map_or_else(|| "?".to_owned(), |versions| versions.iter().map(u8::to_string).collect::<Vec<_>>().join(", "));
    let mut text = format!("NFS {}  {} {versions}\n", found.server, lang.pick("versions", "バージョン"));
    match &found.exports {
        None => text.push_str(lang.pick(
            "  no list of exports (a server of NFSv4 alone gives none)\n",
            "  エクスポート一覧なし (NFSv4 専用サーバーは返しません)\n",
        )),
        Some(exports) => {
            for export in exports {
                let _ = writeln!(text, "  {}  {}", export.path, export.clients);
            }
        }
    }
    text + &folder(found.folder.as_ref(), lang)
}

fn folder(folder: Option<&Folder>, lang: Lang) -> String {
    let Some(folder) = folder else { return String::new() };
    let mut text = format!("\n{}\n", folder.source);
    match &folder.trial {
        Trial::Mounted => {
            let number = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), gib_of);
            let owner = folder.owner.map_or_else(|| "?".to_owned(), |(user, group)| format!("{user}:{group}"));
            let mode = folder.mode.map_or_else(|| "?".to_owned(), |mode| format!("{:04o}", mode & 0o7777));
            let (free, size) = (number(folder.free_bytes), number(folder.size_bytes));
            let _ = writeln!(text, "  {}", folder.mounted_as);
            let _ = match lang {
                Lang::En => writeln!(text, "  owner {owner}, mode {mode}, {free} GiB free of {size} GiB"),
                Lang::Ja => writeln!(text, "  所有者 {owner}、モード {mode}、空き {free} GiB / {size} GiB"),
            };
        }
        Trial::Refused(words) | Trial::NotPossible(words) => {
            let _ = writeln!(text, "  {words}");
        }
        Trial::NotTried => {}
    }
    text
}

fn iscsi(found: &IscsiFound, need: Need, lang: Lang) -> String {
    let mut text = format!("iSCSI {} {}\n", lang.pick("as", "イニシエーター"), found.initiator);
    for asked in &found.portals {
        let said = asked.fault.as_ref().map_or_else(|| "✓".to_owned(), |fault| fault.text().get(lang).to_owned());
        let _ = writeln!(text, "  {}  {said}", asked.portal);
    }
    for target in &found.targets {
        let _ = writeln!(text, "\n{}", target.name);
        for group in &target.groups {
            let word = lang.pick("portal group", "ポータルグループ");
            let _ = writeln!(text, "  {word} {}: {}", group.tag, group.portals.join(", "));
        }
        if let Some(fault) = &target.fault {
            let _ = writeln!(text, "  {}", fault.text().get(lang));
        } else if !target.asked {
            text.push_str(lang.pick("  not looked into\n", "  未確認\n"));
        }
        text.push_str(&luns(&target.luns, need, lang));
    }
    text
}

fn fc(found: &FcFound, need: Need, lang: Lang) -> String {
    let mut text = "Fibre Channel\n".to_owned();
    match found.ports.as_deref() {
        None | Some([]) => text.push_str(lang.pick("  no port\n", "  ポートなし\n")),
        Some(ports) => ports.iter().for_each(|port| {
            let _ = writeln!(text, "  {port}");
        }),
    }
    text + &luns(&found.luns, need, lang)
}

/// Each LUN in two lines: what it is; what keeps the engine from taking it, or that it may.
fn luns(luns: &[Lun], need: Need, lang: Lang) -> String {
    let mut text = String::new();
    for lun in luns {
        let number = lun.number.map_or_else(|| lun.device.clone(), |number| format!("LUN {number}"));
        let good = lun.paths.iter().filter(|path| path.good).count();
        let _ = writeln!(
            text,
            "  {number}  {}  {} GiB  {}  {} {good}/{}  {}/{} B",
            lun.id,
            gib_of(lun.size_bytes),
            lun.model,
            lang.pick("paths", "パス"),
            lun.paths.len(),
            lun.logical_block,
            lun.physical_block
        );
        if !lun.host_paths.is_empty() {
            let paths: Vec<String> = lun.host_paths.iter().map(|path| format!("{} {}", path.via, path.state)).collect();
            let word = lang.pick("on the host already:", "ホストに接続済み:");
            let _ = writeln!(text, "      {word} {}: {}", lun.device, paths.join(", "));
        }
        let obstacles: Vec<Text> = lun.obstacles(need);
        let words: Vec<&str> = obstacles.iter().map(|obstacle| obstacle.get(lang)).collect();
        let _ = match words.as_slice() {
            [] => writeln!(text, "      ✓ {}", lang.pick("free", "使用可能")),
            words => writeln!(text, "      ✗ {}", words.join("; ")),
        };
    }
    text
}

fn gluster(found: &GlusterFound, lang: Lang) -> String {
    let mut text = format!("Gluster {}\n", found.server);
    match &found.volumes {
        None => text.push_str(lang.pick("  no list of volumes\n", "  ボリューム一覧なし\n")),
        Some(volumes) => {
            for volume in volumes {
                let copies = volume.replica.map_or_else(|| "–".to_owned(), |copies| copies.to_string());
                let arbiter = if volume.arbiters > 0 { " (arbiter)" } else { "" };
                let _ = writeln!(
                    text,
                    "  {}  {}  replica {copies}{arbiter}  {}\n      {}",
                    volume.name,
                    volume.kind,
                    volume.status,
                    volume.bricks.join(", ")
                );
                for (key, value) in &volume.options {
                    let _ = writeln!(text, "      {key}: {value}");
                }
            }
        }
    }
    text + &folder(found.folder.as_ref(), lang)
}
