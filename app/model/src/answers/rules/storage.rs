//! Rules of the storage section.

use super::cross::{missing, password_without_user};
use crate::answers::{Answers, Iscsi, Storage, StorageType};
use crate::lang::text;
use crate::problem::Problem;

/// What a file domain needs beside the disk; 74 GiB in all with the default disk (deployment guide, storage).
const DOMAIN_OVERHEAD_GIB: u32 = 13;
const MINIMAL_DISK_GIB: u32 = 50;
const MAXIMAL_DISK_GIB: u32 = 4096;

pub(super) fn problems(answers: &Answers) -> Vec<Problem> {
    let Some(storage) = &answers.storage else { return Vec::new() };
    let mut problems = Vec::new();
    disk(answers, storage, &mut problems);
    let Some(kind) = storage.storage_type() else {
        problems.push(Problem::new(
            "storage.type",
            text!("It is not said which kind of storage is used.", "ストレージの種別が指定されていません。"),
            text!(
                "Write type = \"nfs\", \"iscsi\", \"fc\" or \"glusterfs\", and a table of that name.",
                "type = \"nfs\"、\"iscsi\"、\"fc\"、\"glusterfs\" のいずれかと、その名前のテーブルを書いてください。"
            ),
        ));
        return problems;
    };
    let name = kind.name();
    for other in storage.given_types().into_iter().filter(|given| *given != kind) {
        let other = other.name();
        problems.push(Problem::new(
            format!("storage.{other}"),
            text!(
                "The storage type is {name}, but there is a table for {other} too.",
                "ストレージ種別は {name} ですが、{other} のテーブルもあります。"
            ),
            text!(
                "Remove the table, or change storage.type.",
                "テーブルを削除するか、storage.type を変更してください。"
            ),
        ));
    }
    match kind {
        StorageType::Nfs => match storage.nfs.as_ref() {
            Some(nfs) if nfs.connection.is_some() => version_among_options(nfs.mount_options.as_deref(), &mut problems),
            _ => problems.push(missing("storage.nfs.connection")),
        },
        StorageType::Glusterfs => {
            if storage.glusterfs.as_ref().is_none_or(|gluster| gluster.connection.is_none()) {
                problems.push(missing("storage.glusterfs.connection"));
            }
        }
        StorageType::Fc => {
            if storage.fc.as_ref().is_none_or(|fc| fc.lun_id.is_none()) {
                problems.push(missing("storage.fc.lun_id"));
            }
        }
        StorageType::Iscsi => iscsi(storage.iscsi.as_ref().unwrap_or(&Iscsi::default()), &mut problems),
    }
    problems
}

fn disk(answers: &Answers, storage: &Storage, problems: &mut Vec<Problem>) {
    let size = storage.disk_gib();
    let least = answers.advanced.minimal_disk_gib.unwrap_or(MINIMAL_DISK_GIB);
    let domain = size.max(least).saturating_add(DOMAIN_OVERHEAD_GIB);
    if size < least {
        problems.push(Problem::new(
            "storage.disk_size_gib",
            text!("{size} GiB are too little for the engine VM's disk; the role refuses less than {least} GiB.", "エンジン VM のディスクに {size} GiB では不足です。ロールは {least} GiB 未満を拒否します。"),
            text!("Write {least} or more. The storage domain then needs about {domain} GiB; with the default disk of 61 GiB it is 74 GiB.", "{least} 以上を指定してください。その場合ストレージドメインには約 {domain} GiB 必要です。既定の 61 GiB のディスクでは 74 GiB です。"),
        ));
    } else if size > MAXIMAL_DISK_GIB {
        problems.push(Problem::new(
            "storage.disk_size_gib",
            text!(
                "{size} GiB are more than the engine VM's disk can have.",
                "エンジン VM のディスクに {size} GiB は指定できません。"
            ),
            text!("Write at most {MAXIMAL_DISK_GIB}.", "{MAXIMAL_DISK_GIB} 以下を指定してください。"),
        ));
    }
}

/// The engine refuses options that it sets itself.
fn version_among_options(options: Option<&str>, problems: &mut Vec<Problem>) {
    const OWN: [&str; 4] = ["vers", "nfsvers", "minorversion", "protocol_version"];
    let own = options
        .unwrap_or_default()
        .split(',')
        .filter_map(|option| option.split('=').next())
        .find(|option| OWN.contains(option));
    if let Some(option) = own {
        problems.push(Problem::new(
            "storage.nfs.mount_options",
            text!(
                "The engine sets \"{option}\" itself and refuses it here.",
                "\"{option}\" はエンジン自身が設定するため、ここでは拒否されます。"
            ),
            text!("Remove it and use storage.nfs.version.", "削除して storage.nfs.version を使ってください。"),
        ));
    }
}

fn iscsi(iscsi: &Iscsi, problems: &mut Vec<Problem>) {
    for (field, lacks) in [
        ("storage.iscsi.portals", iscsi.portals.is_empty()),
        ("storage.iscsi.target", iscsi.target.is_none()),
        ("storage.iscsi.lun_id", iscsi.lun_id.is_none()),
    ] {
        if lacks {
            problems.push(missing(field));
        }
    }
    let login = ("storage.iscsi.password", &iscsi.password, &iscsi.username, "storage.iscsi.username");
    let discovery = (
        "storage.iscsi.discovery_password",
        &iscsi.discovery_password,
        &iscsi.discovery_username,
        "storage.iscsi.discovery_username",
    );
    for (field, password, user, user_field) in [login, discovery] {
        problems.extend(password_without_user(field, password, user, user_field));
        if password.value().is_some_and(|password| password.expose().chars().count() > 50) {
            problems.push(Problem::new(
                field,
                text!("The CHAP password is longer than 50 characters.", "CHAP パスワードが 50 文字を超えています。"),
                text!("Choose a shorter one on the storage.", "ストレージ側で短いものに変更してください。"),
            ));
        }
    }
}
