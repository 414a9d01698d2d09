//! Looks at the storage that the draft names, from the host, and says what of it can be chosen.

use super::Desk;
use crate::storage::{self, DiscoverError};
use crate::told;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_app::wizard::api::{LunShown, Shown, TargetShown};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::storage::{Discovery, Folder, Lun, Need, PortalFault, Query, Target, Trial};

impl Desk {
    pub(super) async fn look(&self) -> Result<Shown, Refused> {
        let (answers, _) = self.answers(&self.draft()?);
        let wanted = answers.storage.unwrap_or_default();
        let need = Need::for_disk(wanted.disk_gib());
        let Some(mut query) = Query::of(&wanted) else {
            return Err(Refused::new(
                Text::new("It is not said yet where the storage is.", "ストレージの場所がまだ指定されていません。"),
                Text::new(
                    "Fill in the portals (iSCSI) or the connection (NFS, Gluster) first.",
                    "先にポータル (iSCSI) または接続 (NFS、Gluster) を入力してください。",
                ),
            ));
        };
        if let Query::Iscsi(query) = &mut query {
            // All of them: one that was chosen before may be changed.
            query.target = None;
        }
        let root = self.session.way()?.root().await?;
        let found = storage::discover(&root, &query).await.map_err(refused)?;
        Ok(shown(&found, need))
    }
}

fn refused(error: DiscoverError) -> Refused {
    let next = match &error {
        DiscoverError::Command(error) => Text::new(error.advice(Lang::En), error.advice(Lang::Ja)),
        _ => Text::new(
            "Check that the storage is reachable from the host, and try again.",
            "ホストからストレージに到達できることを確認して、再試行してください。",
        ),
    };
    Refused::new(told::in_sentence(&error, "{}.", "{}。"), next)
}

fn shown(found: &Discovery, need: Need) -> Shown {
    let mut shown = Shown::default();
    match found {
        Discovery::Iscsi(found) => {
            for portal in &found.portals {
                shown.notes.extend(portal.fault.as_ref().map(|why| at(&portal.portal, fault(why))));
            }
            shown.targets = found.targets.iter().map(|found| target(found, need)).collect();
            if shown.targets.is_empty() && shown.notes.is_empty() {
                shown
                    .notes
                    .push(Text::new("The portals told of no target.", "ポータルにターゲットがありませんでした。"));
            }
        }
        Discovery::Fc(found) => {
            shown.luns = found.luns.iter().map(|found| lun(found, need)).collect();
            match found.ports.as_deref() {
                None | Some([]) => shown.notes.push(Text::new(
                    "The host has no Fibre Channel port, as far as it tells.",
                    "ホストにファイバーチャネルのポートが見つかりません。",
                )),
                Some(ports) if ports.iter().all(|port| !port.ends_with("Online")) => {
                    let ports = ports.join(", ");
                    shown.notes.push(Text::new(
                        format!("No Fibre Channel port is online: {ports}. Look at cable, switch port and driver."),
                        format!("オンラインのファイバーチャネルポートがありません: {ports}。ケーブル、スイッチのポート、ドライバーを確認してください。"),
                    ));
                }
                Some(_) if found.luns.is_empty() => shown.notes.push(Text::new(
                    "No LUN was found: check the zoning and the mapping on the storage.",
                    "LUN が見つかりません。ゾーニングとストレージ側のマッピングを確認してください。",
                )),
                Some(_) => {}
            }
        }
        Discovery::Nfs(found) => {
            let server = if found.server.contains(':') { format!("[{}]", found.server) } else { found.server.clone() };
            let exports = found.exports.iter().flatten();
            shown.places =
                exports.map(|export| (format!("{server}:{}", export.path), export.clients.clone())).collect();
            if found.exports.is_none() {
                shown.notes.push(Text::new(
                    "The server does not list its exports (one of NFSv4 alone does not).",
                    "サーバーはエクスポートの一覧を返しません (NFSv4 のみのサーバーでは正常です)。",
                ));
            }
            shown.notes.extend(found.folder.as_ref().map(folder));
        }
        Discovery::Glusterfs(found) => {
            let volumes = found.volumes.iter().flatten();
            shown.places = volumes
                .map(|volume| {
                    let replica = volume.replica.map_or(String::new(), |replica| format!(", replica {replica}"));
                    (
                        format!("{}:/{}", found.server, volume.name),
                        format!("{}, {}{replica}", volume.kind, volume.status),
                    )
                })
                .collect();
            shown.notes.extend(found.folder.as_ref().map(folder));
        }
    }
    shown
}

fn target(found: &Target, need: Need) -> TargetShown {
    TargetShown {
        name: found.name.clone(),
        groups: found.groups.iter().map(|group| (group.tag, group.portals.clone())).collect(),
        fault: found.fault.as_ref().map(fault),
        luns: found.luns.iter().map(|found| lun(found, need)).collect(),
    }
}

fn lun(found: &Lun, need: Need) -> LunShown {
    let hundredths = found.size_bytes / ((1 << 30) / 100);
    LunShown {
        id: found.id.clone(),
        number: found.number,
        size_gib: format!("{}.{:02}", hundredths / 100, hundredths % 100),
        model: found.model.clone(),
        paths: (found.paths.iter().filter(|path| path.good).count(), found.paths.len()),
        obstacles: found.obstacles(need),
        not_empty: found.contents.as_ref().is_some_and(|contents| !contents.is_empty()),
    }
}

fn at(portal: &str, Text { en, ja }: Text) -> Text {
    Text::new(format!("{portal}: {en}"), format!("{portal}: {ja}"))
}

fn fault(fault: &PortalFault) -> Text {
    match fault {
        PortalFault::Unreachable(why) => {
            Text::new(format!("cannot be reached from the host ({why})"), format!("ホストから到達できません ({why})"))
        }
        PortalFault::NotForwarded(why) => Text::new(
            format!(
                "the host's SSH server opens no connections for us ({why}); allow AllowTcpForwarding in sshd_config"
            ),
            format!(
                "ホストの SSH サーバーが転送を許可していません ({why})。sshd_config の AllowTcpForwarding を許可してください"
            ),
        ),
        PortalFault::WrongCredentials => {
            Text::new("CHAP user or password is wrong", "CHAP のユーザーまたはパスワードが正しくありません")
        }
        PortalFault::CredentialsNeeded => {
            Text::new("it wants a CHAP user and password", "CHAP のユーザーとパスワードが必要です")
        }
        PortalFault::NotAllowed => Text::new(
            "it does not let this host's initiator in; add its IQN on the storage",
            "このホストのイニシエーターが許可されていません。ストレージに IQN を追加してください",
        ),
        PortalFault::NoSuchTarget => Text::new("there is no such target", "そのターゲットはありません"),
        PortalFault::Other(why) => Text::new(format!("it answered: {why}"), format!("応答: {why}")),
    }
}

/// Whether it could be mounted, and the room in it.
fn folder(found: &Folder) -> Text {
    let source = &found.source;
    match &found.trial {
        Trial::Mounted => {
            let gib = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| (bytes >> 30).to_string());
            let (free, size) = (gib(found.free_bytes), gib(found.size_bytes));
            Text::new(
                format!("{source} was mounted for a trial: {free} of {size} GiB are free."),
                format!("{source} を試しにマウントしました。空き {free} / {size} GiB。"),
            )
        }
        Trial::Refused(why) => Text::new(
            format!("{source} could not be mounted: {why}"),
            format!("{source} をマウントできませんでした: {why}"),
        ),
        Trial::NotPossible(why) => Text::new(
            format!("The host cannot mount {source}: {why}"),
            format!("ホストは {source} をマウントできません: {why}"),
        ),
        Trial::NotTried => Text::new(
            format!("{source} was not mounted for a trial."),
            format!("{source} の試験マウントは行いませんでした。"),
        ),
    }
}
