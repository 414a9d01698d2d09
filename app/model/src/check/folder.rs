//! What a trial mount of an NFS export or a Gluster volume showed.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{NfsVersion, Storage, StorageType, split_connection};
use crate::lang::Text;
use crate::storage::{Discovery, Folder, Need, NfsFound, Trial, Write, gib_of};

const fn rule(id: &'static str, severity: Severity, field: &'static str, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Storage, severity, judge).at(Step::Storage, field)
}

pub(super) const RULES: &[Rule] = &[
    rule("storage-nfs-exported", Severity::Blocker, "storage.nfs.connection", exported)
        .title("The server exports the path", "サーバーがそのパスをエクスポートしている")
        .remedy(
            "Export it to this host, then exportfs -ra.",
            "このホストにエクスポートし、exportfs -ra を実行してください。",
        ),
    rule("storage-nfs-version-served", Severity::Blocker, "storage.nfs.version", version)
        .title("The server speaks the NFS version", "サーバーが指定の NFS バージョンに対応している")
        .remedy("Choose a version that it speaks, or auto.", "対応しているバージョンか auto を選んでください。"),
    rule("storage-mounts", Severity::Blocker, "storage", mounts)
        .title("The host can mount the storage", "ホストがストレージをマウントできる")
        .remedy(
            "Export it to this host's address and look at the words of mount. A server that does not answer is often a firewall.",
            "このホストのアドレスにエクスポートし、mount のメッセージを確認してください。応答がない場合は多くがファイアウォールです。",
        ),
    rule("storage-owner", Severity::Blocker, "storage", owner)
        .title("The folder belongs to 36:36 (vdsm:kvm)", "フォルダーの所有者が 36:36 (vdsm:kvm) である")
        .remedy("On the storage server: chown 36:36 FOLDER.", "ストレージサーバーで chown 36:36 フォルダー を実行してください。"),
    rule("storage-mode", Severity::Blocker, "storage", mode)
        .title("The folder's mode is at least 0755", "フォルダーのモードが 0755 以上である")
        .remedy("On the storage server: chmod 0755 FOLDER.", "ストレージサーバーで chmod 0755 フォルダー を実行してください。"),
    rule("storage-writable", Severity::Blocker, "storage", writable)
        .title("User 36 can write to it", "ユーザー 36 が書き込める")
        .remedy(
            "Export it read-write, and let it belong to 36:36; all_squash only together with anonuid=36,anongid=36.",
            "読み書き可能でエクスポートし、所有者を 36:36 にしてください。all_squash は anonuid=36,anongid=36 と併用する場合だけ使用できます。",
        ),
    rule("storage-direct-io", Severity::Warning, "storage", direct)
        .title("It takes direct I/O", "ダイレクト I/O を使用できる")
        .remedy(
            "VDSM writes past the page cache: use a file system and mount options that allow O_DIRECT.",
            "VDSM はページキャッシュを介さず書き込みます。O_DIRECT を使用できるファイルシステムとマウントオプションにしてください。",
        ),
    rule("storage-folder-empty", Severity::Blocker, "storage", empty)
        .of_deployment()
        .title("The folder is empty", "フォルダーが空である")
        .remedy(
            "Choose another folder. Empty this one only if nobody needs what is in it.",
            "別のフォルダーを選んでください。内容が不要な場合のみ空にしてください。",
        ),
    rule("storage-space", Severity::Blocker, "storage.disk_size_gib", space)
        .title("It has space for the disk and what a domain needs beside it", "ディスクとドメインの管理領域の空き容量がある")
        .remedy("Enlarge it, or ask for a smaller disk.", "容量を拡張するか、ディスクサイズを小さくしてください。"),
];

/// What discovery found for storage of one of these kinds.
pub(super) fn discovery<'a>(case: &Case<'a>, kinds: &[StorageType]) -> Result<&'a Discovery, Verdict> {
    match case.answers.storage.as_ref().and_then(Storage::storage_type) {
        None => Err(Verdict::unanswered("storage")),
        Some(kind) if !kinds.contains(&kind) => {
            Err(Verdict::not_here("Another kind of storage is chosen.", "別の種類のストレージが選択されています。"))
        }
        Some(_) => case.facts.storage.as_ref().ok_or_else(|| Verdict::unread("storage discover")),
    }
}

fn nfs<'a>(case: &Case<'a>) -> Result<&'a NfsFound, Verdict> {
    match discovery(case, &[StorageType::Nfs])? {
        Discovery::Nfs(found) => Ok(found),
        _ => Err(Verdict::unread("storage discover nfs")),
    }
}

fn exported(case: &Case<'_>) -> Verdict {
    let found = match nfs(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let connection = case.answers.storage.as_ref().and_then(|storage| storage.nfs.as_ref()?.connection.as_deref());
    let Some((server, path)) = connection.and_then(split_connection) else {
        return Verdict::unanswered("storage.nfs.connection");
    };
    // A server of NFSv4 alone has no mount daemon to ask.
    let Some(list) = &found.exports else { return Verdict::unread(&format!("showmount -e {server}")) };
    let inside = |shared: &str| path == shared || path.starts_with(&format!("{}/", shared.trim_end_matches('/')));
    let there = list.iter().any(|export| inside(&export.path));
    let list = listed(list.iter().map(|export| format!("{} ({})", export.path, export.clients)));
    Verdict::of(there, plain(format!("{path}; {server}: {list}")))
        .fix(format!("echo '{path} *(rw,sync,no_root_squash)' >> /etc/exports && exportfs -ra"))
}

fn version(case: &Case<'_>) -> Verdict {
    let found = match nfs(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let wanted = match case.answers.storage.as_ref().and_then(|storage| storage.nfs.as_ref()?.version) {
        None | Some(NfsVersion::Auto) => {
            return Verdict::not_here("The version is negotiated.", "バージョンは自動的に選択されます。");
        }
        Some(NfsVersion::V3) => 3,
        Some(NfsVersion::V4 | NfsVersion::V4_0 | NfsVersion::V4_1 | NfsVersion::V4_2) => 4,
    };
    match found.versions.as_deref() {
        // A server behind a proxy may answer no null call and still be mounted.
        None | Some([]) => Verdict::unread("rpcinfo"),
        Some(versions) => Verdict::of(
            versions.contains(&wanted),
            plain(format!("NFS {wanted}; {}: {}", found.server, listed(versions))),
        ),
    }
}

fn folder<'a>(case: &Case<'a>) -> Result<&'a Folder, Verdict> {
    let found = discovery(case, &[StorageType::Nfs, StorageType::Glusterfs])?;
    found.folder().ok_or_else(|| Verdict::unanswered("storage.nfs.connection"))
}

/// The inside, for rules that come after `storage-mounts`.
fn inside<'a>(case: &Case<'a>) -> Result<&'a Folder, Verdict> {
    let folder = folder(case)?;
    match &folder.trial {
        Trial::Mounted => Ok(folder),
        Trial::Refused(_) => Err(Verdict::not_here("See storage-mounts.", "storage-mounts を参照。")),
        Trial::NotPossible(_) | Trial::NotTried => Err(Verdict::unread(&format!("mount {}", folder.source))),
    }
}

fn mounts(case: &Case<'_>) -> Verdict {
    let folder = match folder(case) {
        Ok(folder) => folder,
        Err(verdict) => return verdict,
    };
    match &folder.trial {
        Trial::Mounted => Verdict::Passed(plain(format!("{}: {}", folder.source, folder.mounted_as))),
        Trial::Refused(words) => Verdict::of(false, plain(format!("{}: {words}", folder.source))),
        Trial::NotPossible(words) => Verdict::unread(&format!("mount {}: {words}", folder.source)),
        Trial::NotTried => Verdict::unread(&format!("mount {}", folder.source)),
    }
}

fn judged(case: &Case<'_>, judge: impl FnOnce(&Folder) -> Option<Verdict>, what: &str) -> Verdict {
    match inside(case) {
        Err(verdict) => verdict,
        Ok(folder) => judge(folder).unwrap_or_else(|| Verdict::unread(&format!("{what} {}", folder.source))),
    }
}

fn owner(case: &Case<'_>) -> Verdict {
    let judge = |folder: &Folder| {
        let (user, group) = folder.owner?;
        let evidence = match (user, folder.mounted_as.starts_with("nfs4")) {
            // RFC 8881, 5.9: names that the host cannot map become nobody.
            (65534, true) => text!(
                "{user}:{group} (nobody: the server's NFSv4 id mapping does not know the owner here)",
                "{user}:{group} (nobody: NFSv4 の ID マッピングで所有者を解決できません)"
            ),
            _ => plain(format!("{user}:{group}")),
        };
        Some(Verdict::of((user, group) == (36, 36), evidence))
    };
    judged(case, judge, "stat")
}

fn mode(case: &Case<'_>) -> Verdict {
    let judge = |folder: &Folder| {
        let mode = folder.mode?;
        Some(Verdict::of(mode & 0o755 == 0o755, plain(format!("{:04o}", mode & 0o7777))))
    };
    judged(case, judge, "stat")
}

fn writable(case: &Case<'_>) -> Verdict {
    let judge = |folder: &Folder| {
        Some(match folder.write.as_ref()? {
            Write::Direct | Write::Buffered => {
                Verdict::Passed(text!("written and removed as 36:36", "36:36 として書き込み、削除しました"))
            }
            Write::Refused(words) => Verdict::of(false, plain(words)),
        })
    };
    judged(case, judge, "write")
}

fn direct(case: &Case<'_>) -> Verdict {
    let judge = |folder: &Folder| {
        Some(match folder.write.as_ref()? {
            Write::Direct => Verdict::Passed(plain("O_DIRECT")),
            Write::Buffered => Verdict::of(false, plain("O_DIRECT: EINVAL")),
            Write::Refused(_) => Verdict::not_here("See storage-writable.", "storage-writable を参照。"),
        })
    };
    judged(case, judge, "write")
}

fn empty(case: &Case<'_>) -> Verdict {
    let judge = |folder: &Folder| {
        let entries = folder.entries.as_ref()?;
        let domains = folder.domains.iter().map(|domain| match (domain.name.as_str(), domain.data_center.as_str()) {
            ("", _) => domain.uuid.clone(),
            (name, "") => format!("{name} ({})", domain.uuid),
            (name, data_center) => format!("{name} ({}, {data_center})", domain.uuid),
        });
        let domains: Vec<String> = domains.collect();
        let evidence = match domains.as_slice() {
            [] => plain(listed(entries.iter().take(8))),
            domains => {
                let domains = listed(domains);
                text!("oVirt storage domain: {domains}", "oVirt ストレージドメイン: {domains}")
            }
        };
        Some(Verdict::of(entries.is_empty(), evidence))
    };
    judged(case, judge, "ls")
}

fn space(case: &Case<'_>) -> Verdict {
    let need = Need::for_disk(case.answers.storage.as_ref().map_or(Storage::DEFAULT_DISK_GIB, Storage::disk_gib));
    let judge = |folder: &Folder| {
        let free = folder.free_bytes?;
        let (has, Text { en, ja }) = (gib_of(free), need.text());
        let evidence = text!("{has} GiB free; {en}", "空き {has} GiB、{ja}");
        Some(Verdict::of(need.fits(free), evidence))
    };
    judged(case, judge, "df")
}
