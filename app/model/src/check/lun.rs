//! The LUN that the answers name, on iSCSI or Fibre Channel, as discovery found it.

use super::folder::discovery;
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{Storage, StorageType};
use crate::lang::Text;
use crate::storage::{ContentKind, Discovery, Lun, Need, gib_of};

const fn rule(id: &'static str, severity: Severity, field: &'static str, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Storage, severity, judge).at(Step::Storage, field)
}

pub(super) const RULES: &[Rule] = &[
    rule("storage-lun-present", Severity::Blocker, "storage.fc.lun_id", present)
        .title("The host sees the LUN", "ホストから LUN が見える")
        .remedy("Map the LUN to this host and rescan.", "LUN をこのホストにマップし、再スキャンしてください。"),
    rule("storage-lun-size", Severity::Blocker, "storage.disk_size_gib", size)
        .title("The LUN holds the disk and what a domain needs beside it", "LUN にディスクとドメインの管理領域が収まる")
        .remedy(
            "Enlarge the LUN, or ask for a smaller disk.",
            "LUN を拡張するか、ディスクサイズを小さくしてください。",
        ),
    rule("storage-lun-unused", Severity::Blocker, "storage.fc.lun_id", unused)
        .of_deployment()
        .title("The LUN is empty", "LUN が空である")
        .remedy(
            "Choose another LUN. Wipe this one only if nobody needs what is on it.",
            "別の LUN を選んでください。内容が不要な場合のみ消去してください。",
        ),
    rule("storage-lun-clean", Severity::Warning, "storage.fc.lun_id", clean)
        .of_deployment()
        .title("Nothing unknown is on the LUN", "LUN に不明なデータがない")
        .remedy(
            "Something that no signature explains will be overwritten: be sure that nobody needs it.",
            "識別できないデータが上書きされます。不要であることを確認してください。",
        ),
    rule("storage-lun-block-size", Severity::Blocker, "storage.fc.lun_id", blocks)
        .title("The LUN has 512-byte blocks", "LUN のブロックサイズが 512 バイトである")
        .remedy(
            "Present it with 512-byte blocks; 4096 is not supported.",
            "512 バイトブロックで提供してください。4096 はサポートされません。",
        ),
    rule("storage-lun-writable", Severity::Blocker, "storage.fc.lun_id", writable)
        .title("The LUN takes writes", "LUN に書き込める")
        .remedy("Map it read-write.", "読み書き可能でマップしてください。"),
    rule("storage-lun-paths", Severity::Warning, "storage.fc.lun_id", paths)
        .title("Every path to the LUN works, and there are two", "LUN へのパスが 2 つ以上あり、すべて正常である")
        .remedy(
            "Look at cable, zoning or portal of the path that is missing; with one path its failure stops the engine.",
            "欠けているパスのケーブル、ゾーニング、ポータルを確認してください。パスが 1 つの場合、その障害でエンジンが停止します。",
        ),
];

const BLOCK: [StorageType; 2] = [StorageType::Iscsi, StorageType::Fc];

fn lun<'a>(case: &Case<'a>) -> Result<&'a Lun, Verdict> {
    let found = discovery(case, &BLOCK)?;
    let storage = case.answers.storage.as_ref();
    let (id, field) = match found {
        Discovery::Fc(_) => (storage.and_then(|s| s.fc.as_ref()?.lun_id.as_deref()), "storage.fc.lun_id"),
        _ => (storage.and_then(|s| s.iscsi.as_ref()?.lun_id.as_deref()), "storage.iscsi.lun_id"),
    };
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Verdict::unanswered(field))?;
    if let Discovery::Iscsi(iscsi) = found
        && !iscsi.targets.iter().any(|target| target.asked && target.fault.is_none())
    {
        return Err(Verdict::not_here("See storage-iscsi-login.", "storage-iscsi-login を参照。"));
    }
    if let Discovery::Fc(fc) = found
        && fc.ports.is_none()
        && fc.luns.is_empty()
    {
        return Err(Verdict::unread("lsblk"));
    }
    found.luns().find(|lun| lun.id == id).ok_or_else(|| {
        let all = listed(found.luns().map(|lun| &lun.id));
        let verdict = Verdict::of(false, text!("{id} is not among {all}", "{id} は {all} の中にありません"));
        if matches!(found, Discovery::Fc(_)) { verdict.fix("rescan-scsi-bus.sh") } else { verdict }
    })
}

/// The LUN, for rules that come after `storage-lun-present`.
fn judged(case: &Case<'_>, judge: impl FnOnce(&Lun) -> Verdict) -> Verdict {
    match lun(case) {
        Ok(lun) => judge(lun),
        Err(Verdict::Failed(..)) => Verdict::not_here("See storage-lun-present.", "storage-lun-present を参照。"),
        Err(other) => other,
    }
}

fn present(case: &Case<'_>) -> Verdict {
    match lun(case) {
        Err(verdict) => verdict,
        Ok(lun) => Verdict::Passed(plain(format!("{} {} {}", lun.id, lun.model, lun.device))),
    }
}

fn size(case: &Case<'_>) -> Verdict {
    let need = Need::for_disk(case.answers.storage.as_ref().map_or(Storage::DEFAULT_DISK_GIB, Storage::disk_gib));
    judged(case, |lun| {
        let (has, Text { en, ja }) = (gib_of(lun.size_bytes), need.text());
        Verdict::of(need.fits(lun.size_bytes), text!("{has} GiB; {en}", "{has} GiB、{ja}"))
    })
}

fn unused(case: &Case<'_>) -> Verdict {
    judged(case, |lun| match &lun.contents {
        None => Verdict::unread(&lun.id),
        Some(contents) => {
            let known: Vec<Text> = contents.iter().filter(|c| c.kind != ContentKind::Bytes).map(|c| c.text()).collect();
            let (en, ja) = (listed(known.iter().map(|text| &text.en)), listed(known.iter().map(|text| &text.ja)));
            Verdict::of(known.is_empty(), Text::new(format!("{}: {en}", lun.id), format!("{}: {ja}", lun.id)))
        }
    })
}

fn clean(case: &Case<'_>) -> Verdict {
    judged(case, |lun| match &lun.contents {
        None => Verdict::unread(&lun.id),
        Some(contents) => {
            let unknown = contents.iter().any(|content| content.kind == ContentKind::Bytes);
            Verdict::of(!unknown, text!("first MiB of {}", "{} の先頭 1 MiB", lun.id))
        }
    })
}

fn blocks(case: &Case<'_>) -> Verdict {
    judged(case, |lun| {
        let evidence = plain(format!("{}: {}", lun.id, lun.logical_block));
        if lun.logical_block == 0 {
            Verdict::Unknown(evidence)
        } else {
            Verdict::of(lun.logical_block == 512, evidence)
        }
    })
}

fn writable(case: &Case<'_>) -> Verdict {
    judged(case, |lun| Verdict::of(!lun.read_only, plain(lun.id.clone())))
}

fn paths(case: &Case<'_>) -> Verdict {
    judged(case, |lun| {
        let mut all = lun.paths.iter().chain(&lun.host_paths);
        let words = listed(all.clone().map(|path| format!("{} {}", path.via, path.state)));
        // What the host is logged in to already must not be broken; that it sees fewer ways than the portals is no fault.
        Verdict::of(lun.paths.len() > 1 && all.all(|path| path.good), plain(format!("{}: {words}", lun.id)))
    })
}
