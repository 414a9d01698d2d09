//! What iSCSI portals and Gluster servers told of themselves.

use super::folder::discovery;
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{Iscsi, StorageType};
use crate::lang::Text;
use crate::storage::{Discovery, IscsiFound, PortalFault, Target, Volume};

const fn rule(id: &'static str, severity: Severity, field: &'static str, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Storage, severity, judge).at(Step::Storage, field)
}

pub(super) const RULES: &[Rule] = &[
    rule("storage-iscsi-discovery", Severity::Blocker, "storage.iscsi.portals", portals)
        .title("Every portal tells its targets", "すべてのポータルがターゲットを返す")
        .remedy(
            "Check the discovery user and password, and the target's list of allowed initiators.",
            "検出用のユーザー名とパスワード、ターゲットの許可イニシエーター一覧を確認してください。",
        ),
    rule("storage-iscsi-target-found", Severity::Blocker, "storage.iscsi.target", target_found)
        .title("The target is behind the portals", "ポータルの先にターゲットがある")
        .remedy("Choose one of the targets that were found.", "検出されたターゲットから選んでください。"),
    rule("storage-iscsi-portal-group", Severity::Blocker, "storage.iscsi.portal_group", portal_group)
        .title("The target has the portal group", "ターゲットに指定のポータルグループがある")
        .remedy("Give the tag of one of its portal groups.", "存在するポータルグループのタグを指定してください。"),
    rule("storage-iscsi-login", Severity::Blocker, "storage.iscsi.username", login)
        .title("The target lets this host in", "ターゲットにログインできる")
        .remedy(
            "Check the CHAP user and password of the target, and its list of allowed initiators.",
            "ターゲットの CHAP ユーザー名とパスワード、許可イニシエーター一覧を確認してください。",
        ),
    rule("storage-iscsi-has-luns", Severity::Blocker, "storage.iscsi.target", has_luns)
        .title("The target shows a LUN", "ターゲットに LUN がある")
        .remedy(
            "Map a LUN to this host's initiator name on the storage.",
            "ストレージ側で、このホストのイニシエーター名に LUN をマップしてください。",
        ),
    rule("storage-fc-online", Severity::Blocker, "storage.fc", fibre_channel)
        .title("A Fibre Channel port is online", "Fibre Channel ポートがオンラインである")
        .remedy("Check cable, zoning and driver.", "ケーブル、ゾーニング、ドライバーを確認してください。"),
    rule("storage-gluster-volume", Severity::Blocker, "storage.glusterfs.connection", volume_started)
        .title("The Gluster volume is there and started", "Gluster ボリュームが存在し、開始されている")
        .remedy(
            "Choose a volume of this server; gluster volume start VOLUME.",
            "このサーバーのボリュームを選び、gluster volume start で開始してください。",
        ),
    rule("storage-gluster-replica", Severity::Blocker, "storage.glusterfs.connection", replica)
        .title("The Gluster volume is replica 1 or replica 3", "Gluster ボリュームがレプリカ 1 または 3 である")
        .remedy(
            "Make a volume of replica 3 (arbiter allowed) or of one brick.",
            "レプリカ 3 (アービター可) または 1 ブリックのボリュームを作成してください。",
        ),
    rule("storage-gluster-options", Severity::Warning, "storage.glusterfs.connection", options)
        .title(
            "The Gluster volume has the options of the virt group",
            "Gluster ボリュームに virt グループのオプションがある",
        )
        .remedy(
            "Without them files may belong to somebody else, or be lost with a brick.",
            "設定しないと、所有者の不一致やブリック障害時のデータ損失の恐れがあります。",
        ),
];

/// The host could not ask, so nothing is known of the storage.
fn unasked(fault: &PortalFault) -> bool {
    matches!(fault, PortalFault::NotForwarded(_))
}

fn found<'a>(case: &Case<'a>) -> Result<(&'a Iscsi, &'a IscsiFound), Verdict> {
    match discovery(case, &[StorageType::Iscsi])? {
        Discovery::Iscsi(found) => {
            let iscsi = case.answers.storage.as_ref().and_then(|storage| storage.iscsi.as_ref());
            Ok((iscsi.ok_or_else(|| Verdict::unanswered("storage.iscsi"))?, found))
        }
        _ => Err(Verdict::unread("storage discover iscsi")),
    }
}

fn portals(case: &Case<'_>) -> Verdict {
    let found = match found(case) {
        Ok((_, found)) => found,
        Err(verdict) => return verdict,
    };
    if found.portals.is_empty() {
        return Verdict::unanswered("storage.iscsi.portals");
    }
    let faults: Vec<(&str, &PortalFault)> =
        found.portals.iter().filter_map(|asked| Some((asked.portal.as_str(), asked.fault.as_ref()?))).collect();
    let (initiator, targets) = (&found.initiator, listed(found.targets.iter().map(|target| &target.name)));
    if faults.is_empty() {
        return Verdict::Passed(plain(format!("{initiator} → {targets}")));
    }
    let lines: Vec<(String, Text)> = faults.iter().map(|(portal, why)| ((*portal).to_owned(), why.text())).collect();
    let en = listed(lines.iter().map(|(portal, why)| format!("{portal}: {}", why.en)));
    let ja = listed(lines.iter().map(|(portal, why)| format!("{portal}: {}", why.ja)));
    match faults.iter().all(|(_, why)| unasked(why)) {
        true => Verdict::Unknown(Text::new(en, ja)),
        false => Verdict::of(false, text!("{en} (as {initiator})", "{ja} ({initiator})")),
    }
}

/// The target that the answers name.
fn target<'a>(case: &Case<'a>) -> Result<&'a Target, Verdict> {
    let (iscsi, found) = found(case)?;
    let name = match (iscsi.target.as_deref().filter(|name| !name.is_empty()), found.targets.as_slice()) {
        (Some(name), _) => name,
        // Where there is one, it is the one that will be chosen.
        (None, [only]) => &only.name,
        (None, _) => return Err(Verdict::unanswered("storage.iscsi.target")),
    };
    if found.targets.is_empty() {
        return Err(Verdict::not_here("See storage-iscsi-discovery.", "storage-iscsi-discovery を参照。"));
    }
    found.targets.iter().find(|target| target.name == name).ok_or_else(|| {
        let all = listed(found.targets.iter().map(|target| &target.name));
        Verdict::of(false, text!("{name} is not among {all}", "{name} は {all} の中にありません"))
    })
}

/// The target, for rules that come after `storage-iscsi-target-found`.
fn present<'a>(case: &Case<'a>) -> Result<&'a Target, Verdict> {
    target(case).map_err(|verdict| match verdict {
        Verdict::Failed(..) => {
            Verdict::not_here("See storage-iscsi-target-found.", "storage-iscsi-target-found を参照。")
        }
        other => other,
    })
}

fn target_found(case: &Case<'_>) -> Verdict {
    match target(case) {
        Err(verdict) => verdict,
        Ok(target) => {
            let groups = target.groups.iter().map(|group| format!("{}: {}", group.tag, group.portals.join(" ")));
            Verdict::Passed(plain(format!("{} ({})", target.name, listed(groups))))
        }
    }
}

fn portal_group(case: &Case<'_>) -> Verdict {
    let target = match present(case) {
        Ok(target) => target,
        Err(verdict) => return verdict,
    };
    let wanted = case.answers.storage.as_ref().and_then(|storage| storage.iscsi.as_ref()?.portal_group).unwrap_or(1);
    let tags = listed(target.groups.iter().map(|group| group.tag));
    Verdict::of(
        target.groups.iter().any(|group| group.tag == wanted),
        plain(format!("{wanted}; {}: {tags}", target.name)),
    )
}

fn login(case: &Case<'_>) -> Verdict {
    match present(case) {
        Err(verdict) => verdict,
        Ok(target) => match &target.fault {
            Some(why) if unasked(why) => Verdict::Unknown(why.text()),
            Some(why) => Verdict::of(false, why.text()),
            None if target.asked => Verdict::Passed(plain(target.name.clone())),
            None => Verdict::unread(&target.name),
        },
    }
}

fn has_luns(case: &Case<'_>) -> Verdict {
    match present(case) {
        Err(verdict) => verdict,
        Ok(target) if target.fault.is_some() => {
            Verdict::not_here("See storage-iscsi-login.", "storage-iscsi-login を参照。")
        }
        Ok(target) if !target.asked => Verdict::unread(&target.name),
        Ok(target) => {
            let luns = listed(target.luns.iter().map(|lun| &lun.id));
            Verdict::of(!target.luns.is_empty(), plain(format!("{}: {luns}", target.name)))
        }
    }
}

fn fibre_channel(case: &Case<'_>) -> Verdict {
    let found = match discovery(case, &[StorageType::Fc]) {
        Ok(Discovery::Fc(found)) => found,
        Ok(_) => return Verdict::unread("storage discover fc"),
        Err(verdict) => return verdict,
    };
    match found.ports.as_deref() {
        None => Verdict::unread("/sys/class/fc_host"),
        Some([]) => Verdict::of(false, text!("no Fibre Channel port", "Fibre Channel ポートなし")),
        Some(ports) => Verdict::of(ports.iter().any(|port| port.ends_with("Online")), plain(listed(ports))),
    }
}

fn volumes<'a>(case: &Case<'a>) -> Result<(&'a [Volume], &'a str), Verdict> {
    match discovery(case, &[StorageType::Glusterfs])? {
        Discovery::Glusterfs(found) => {
            let told = found.volumes.as_deref();
            let told = told.ok_or_else(|| Verdict::unread(&format!("gluster volume info ({})", found.server)))?;
            Ok((told, found.volume.as_str()))
        }
        _ => Err(Verdict::unread("storage discover gluster")),
    }
}

/// The volume, for rules that come after `storage-gluster-volume`.
fn volume<'a>(case: &Case<'a>) -> Result<&'a Volume, Verdict> {
    let (all, name) = volumes(case)?;
    let volume = all.iter().find(|volume| volume.name == name);
    volume.ok_or_else(|| Verdict::not_here("See storage-gluster-volume.", "storage-gluster-volume を参照。"))
}

fn volume_started(case: &Case<'_>) -> Verdict {
    match volumes(case) {
        Err(verdict) => verdict,
        Ok((all, name)) => match all.iter().find(|volume| volume.name == name) {
            Some(volume) => Verdict::of(volume.status == "Started", plain(format!("{name}: {}", volume.status)))
                .fix(format!("gluster volume start {name}")),
            None => {
                let all = listed(all.iter().map(|volume| &volume.name));
                Verdict::of(false, text!("{name} is not among {all}", "{name} は {all} の中にありません"))
            }
        },
    }
}

fn replica(case: &Case<'_>) -> Verdict {
    match volume(case) {
        Err(verdict) => verdict,
        Ok(volume) => {
            let copies = volume.replica.map_or_else(|| "–".to_owned(), |copies| copies.to_string());
            let arbiter = if volume.arbiters > 0 { " (arbiter)" } else { "" };
            let evidence =
                format!("{}: {}, replica {copies}{arbiter}, {}", volume.name, volume.kind, listed(&volume.bricks));
            Verdict::of(matches!(volume.replica, Some(1 | 3)), plain(evidence))
        }
    }
}

/// What oVirt sets on a volume that it makes itself (`gluster volume set VOLUME group virt`, and the owner).
const OPTIONS: [(&str, &[&str]); 4] = [
    ("storage.owner-uid", &["36"]),
    ("storage.owner-gid", &["36"]),
    ("cluster.quorum-type", &["auto"]),
    ("network.remote-dio", &["off", "disable"]),
];

fn options(case: &Case<'_>) -> Verdict {
    let volume = match volume(case) {
        Ok(volume) => volume,
        Err(verdict) => return verdict,
    };
    // A quorum of one copy is no quorum.
    let needed = OPTIONS.iter().filter(|(key, _)| volume.replica == Some(3) || key.starts_with("storage."));
    let value = |key: &str| volume.options.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let missing: Vec<_> = needed.filter(|(key, good)| !value(key).is_some_and(|value| good.contains(&value))).collect();
    let evidence = listed(missing.iter().map(|(key, _)| format!("{key}: {}", value(key).unwrap_or("–"))));
    let verdict =
        Verdict::of(missing.is_empty(), plain(if missing.is_empty() { volume.name.clone() } else { evidence }));
    missing.iter().fold(verdict, |verdict, (key, good)| {
        verdict.fix(format!("gluster volume set {} {key} {}", volume.name, good.first().copied().unwrap_or_default()))
    })
}
