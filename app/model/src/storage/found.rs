//! [`Discovery`]: what was found, by kind of storage. Sizes are bytes unless a name says otherwise.

use super::need::{Need, gib_of};
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Discovery {
    /// An NFS server.
    Nfs(NfsFound),
    /// iSCSI targets.
    Iscsi(IscsiFound),
    /// LUNs on Fibre Channel.
    Fc(FcFound),
    /// A Gluster volume.
    Glusterfs(GlusterFound),
}

/// An NFS server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NfsFound {
    /// The server that was asked.
    pub server: String,
    /// Its list of exports; `None`: it did not tell (a server of NFSv4 alone has no mount daemon).
    pub exports: Option<Vec<Exported>>,
    /// Protocol versions that answered a null call; `None`: the host has no tool to ask.
    pub versions: Option<Vec<u8>>,
    /// The export that was mounted for a trial; `None`: none was named.
    pub folder: Option<Folder>,
}

/// One line of `showmount -e`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exported {
    /// The directory.
    pub path: String,
    /// To whom: names, networks, `*` or `(everyone)`.
    pub clients: String,
}

/// The inside of an export or a volume, seen by a trial mount that is gone again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folder {
    /// `server:/path`.
    pub source: String,
    /// How the mount went.
    pub trial: Trial,
    /// File system and options as the kernel shows them: `nfs4 rw,vers=4.2,…`.
    pub mounted_as: String,
    /// User and group id of its owner.
    pub owner: Option<(u32, u32)>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// Size of the file system.
    pub size_bytes: Option<u64>,
    /// What user 36 may still write.
    pub free_bytes: Option<u64>,
    /// What user 36, VDSM, met when it wrote a file and took it away again.
    pub write: Option<Write>,
    /// The first names in it, without `lost+found` and snapshot folders; `None`: user 36 may not list it.
    pub entries: Option<Vec<String>>,
    /// Storage domains in it.
    pub domains: Vec<StoredDomain>,
}

/// How a trial mount went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trial {
    /// It was mounted.
    Mounted,
    /// It was refused, with the words of `mount`.
    Refused(String),
    /// The host cannot mount this kind.
    NotPossible(String),
    /// Nobody tried.
    #[default]
    NotTried,
}

/// What came of writing as user 36.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// Written and removed, past the page cache as VDSM does.
    Direct,
    /// Written and removed, but direct I/O is refused.
    Buffered,
    /// Refused, with the system's words.
    Refused(String),
}

/// An oVirt storage domain that lies there already (`dom_md/metadata`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredDomain {
    /// `SDUUID`.
    pub uuid: String,
    /// `DESCRIPTION`: the domain's name in its engine.
    pub name: String,
    /// `POOL_DESCRIPTION`: the data center's name.
    pub data_center: String,
}

/// Targets behind iSCSI portals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IscsiFound {
    /// IQN that the questions were asked as: the host's own, where it has one.
    pub initiator: String,
    /// The portals that were asked, and how each took it.
    pub portals: Vec<PortalFound>,
    /// What they told, by name.
    pub targets: Vec<Target>,
    /// LUNs that the host is logged in to already and has as devices, of whatever target.
    pub attached: Vec<Lun>,
}

/// A portal that was asked for its targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalFound {
    /// `address:port`, an IPv6 address in brackets.
    pub portal: String,
    /// Why it told nothing; `None`: it did.
    pub fault: Option<PortalFault>,
}

/// Why a portal or a target did not let us in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortalFault {
    /// No connection from the host to it.
    Unreachable(String),
    /// The host's SSH server does not open connections for us.
    NotForwarded(String),
    /// CHAP user or password is wrong (RFC 7143, status 0x0201).
    WrongCredentials,
    /// It wants CHAP, and none was given.
    CredentialsNeeded,
    /// It does not know this initiator (0x0202).
    NotAllowed,
    /// There is no such target (0x0203).
    NoSuchTarget,
    /// It answered something else.
    Other(String),
}

/// A target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Its IQN.
    pub name: String,
    /// Its portal groups by tag.
    pub groups: Vec<PortalGroup>,
    /// Whether its LUNs were asked for; `false` with [`Target::fault`] empty: nobody asked.
    pub asked: bool,
    /// Why it did not show its LUNs on some portal.
    pub fault: Option<PortalFault>,
    /// Its LUNs by number.
    pub luns: Vec<Lun>,
}

/// Portals of a target that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortalGroup {
    /// The target portal group tag.
    pub tag: u16,
    /// `address:port` of each.
    pub portals: Vec<Portal>,
}

/// `address:port` of a portal as it names itself, an IPv6 address in brackets.
pub type Portal = String;

/// A logical unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lun {
    /// The id that multipath and the engine know it by: the answer `lun_id`.
    pub id: String,
    /// Its number at the target; `None`: it is seen as a device of the host.
    pub number: Option<u64>,
    /// Device of the host (`dm-5`, `sdb`); empty: the host itself is not connected to it.
    pub device: String,
    /// Size.
    pub size_bytes: u64,
    /// Logical block size.
    pub logical_block: u32,
    /// Physical block size; 0: not told.
    pub physical_block: u32,
    /// Vendor and product.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// It refuses writes.
    pub read_only: bool,
    /// Ways to it.
    pub paths: Vec<PathState>,
    /// iSCSI: the host's own paths, with multipath's state of each, where it is logged in to the LUN already.
    pub host_paths: Vec<PathState>,
    /// What lies on it; `None`: it could not be read.
    pub contents: Option<Vec<Content>>,
}

/// One way to a LUN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathState {
    /// A portal, or `6:0:0:0 sdb` for a path of multipath.
    pub via: String,
    /// It works.
    pub good: bool,
    /// How multipath calls its state (`active ready running`), or `answers`.
    pub state: String,
}

/// Something on a LUN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What kind of thing.
    pub kind: ContentKind,
    /// Its name or type: `xfs`, `data/root`, `hosted_storage (f1b0…)`.
    pub name: String,
}

/// Kinds of things on a LUN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentKind {
    /// A GPT or MBR.
    PartitionTable,
    /// A partition.
    Partition,
    /// A file system, swap area or encrypted container.
    FileSystem,
    /// An LVM physical volume; the name is its volume group.
    VolumeGroup,
    /// A logical volume.
    Volume,
    /// An oVirt storage domain.
    StorageDomain,
    /// A mount point of this host.
    Mount,
    /// Bytes that no signature explains.
    Bytes,
}

/// LUNs on Fibre Channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FcFound {
    /// Ports of the host as `host6 0x2100… Online`; `None`: not read.
    pub ports: Option<Vec<String>>,
    /// LUNs behind them.
    pub luns: Vec<Lun>,
}

/// A Gluster volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GlusterFound {
    /// The server that was asked.
    pub server: String,
    /// Volumes it knows; `None`: it did not tell.
    pub volumes: Option<Vec<Volume>>,
    /// The volume that was asked for.
    pub volume: String,
    /// Its inside.
    pub folder: Option<Folder>,
}

/// One volume as `gluster volume info` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// `Replicate`, `Distribute`, `Distributed-Replicate`, `Disperse` …
    pub kind: String,
    /// `Started`, `Stopped`, `Created`.
    pub status: String,
    /// How many copies of a file there are, arbiters counted; 1 for a volume without copies.
    pub replica: Option<u32>,
    /// How many of them only arbitrate.
    pub arbiters: u32,
    /// `host:/path` of each brick, arbiters marked as gluster marks them.
    pub bricks: Vec<String>,
    /// Options that were set.
    pub options: Vec<(String, String)>,
}

impl Discovery {
    /// Every LUN that was found.
    pub fn luns(&self) -> impl Iterator<Item = &Lun> {
        let (iscsi, fc) = match self {
            Self::Iscsi(found) => (found.targets.as_slice(), [].as_slice()),
            Self::Fc(found) => ([].as_slice(), found.luns.as_slice()),
            Self::Nfs(_) | Self::Glusterfs(_) => ([].as_slice(), [].as_slice()),
        };
        iscsi.iter().flat_map(|target| &target.luns).chain(fc)
    }

    /// The inside of an export or a volume.
    pub fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Nfs(found) => found.folder.as_ref(),
            Self::Glusterfs(found) => found.folder.as_ref(),
            Self::Iscsi(_) | Self::Fc(_) => None,
        }
    }
}

impl IscsiFound {
    /// Puts beside each LUN of the targets what the host has of it: device, multipath's paths, and what lies on it there
    /// (a mount, a volume group), which the portals cannot tell.
    pub fn join_attached(&mut self) {
        for lun in self.targets.iter_mut().flat_map(|target| &mut target.luns) {
            let Some(device) = self.attached.iter().find(|device| !lun.id.is_empty() && device.id == lun.id) else {
                continue;
            };
            lun.device.clone_from(&device.device);
            lun.host_paths.clone_from(&device.paths);
            let known = lun.contents.get_or_insert_default();
            for content in device.contents.iter().flatten() {
                if !known.contains(content) {
                    known.push(content.clone());
                }
            }
        }
    }
}

impl PortalFault {
    /// What it means, for people.
    pub fn text(&self) -> Text {
        match self {
            Self::Unreachable(why) => text!("no connection ({why})", "接続できません ({why})"),
            Self::NotForwarded(why) => text!(
                "the host's SSH server opens no connection for us ({why}); it needs AllowTcpForwarding yes",
                "ホストの SSH サーバーが転送を許可していません ({why})。AllowTcpForwarding yes が必要です"
            ),
            Self::WrongCredentials => text!("wrong CHAP user or password", "CHAP ユーザー名またはパスワードが違います"),
            Self::CredentialsNeeded => text!("it wants CHAP", "CHAP 認証が必要です"),
            Self::NotAllowed => text!("it does not allow this initiator", "このイニシエーターは許可されていません"),
            Self::NoSuchTarget => text!("there is no such target", "そのターゲットはありません"),
            Self::Other(why) => text!("it answered: {why}", "応答: {why}"),
        }
    }
}

impl Content {
    /// What it is, for people.
    pub fn text(&self) -> Text {
        let name = &self.name;
        let (en, ja) = match self.kind {
            ContentKind::PartitionTable => ("partition table", "パーティションテーブル"),
            ContentKind::Partition => ("partition", "パーティション"),
            ContentKind::FileSystem => ("file system", "ファイルシステム"),
            ContentKind::VolumeGroup => ("LVM volume group", "LVM ボリュームグループ"),
            ContentKind::Volume => ("logical volume", "論理ボリューム"),
            ContentKind::StorageDomain => ("oVirt storage domain", "oVirt ストレージドメイン"),
            ContentKind::Mount => ("mounted at", "マウント先"),
            ContentKind::Bytes => ("unknown data", "不明なデータ"),
        };
        Text::new(format!("{en} {name}").trim_end().to_owned(), format!("{ja} {name}").trim_end().to_owned())
    }
}

impl Lun {
    /// Why the engine cannot take it for a disk of this need; empty: it can.
    pub fn obstacles(&self, need: Need) -> Vec<Text> {
        let mut found = Vec::new();
        if !need.fits(self.size_bytes) {
            let (has, Text { en, ja }) = (gib_of(self.size_bytes), need.text());
            found.push(Text::new(format!("too small: {has} GiB; {en}"), format!("容量不足: {has} GiB、{ja}")));
        }
        if self.logical_block != 512 {
            let size = self.logical_block;
            found.push(Text::new(
                format!("{size}-byte blocks; only 512 are supported"),
                format!("ブロックサイズ {size} バイト (512 のみサポート)"),
            ));
        }
        if self.read_only {
            found.push(Text::new("read-only", "読み取り専用"));
        }
        match &self.contents {
            None => found.push(Text::new("its contents could not be read", "内容を読み取れませんでした")),
            Some(contents) => {
                found.extend(contents.iter().filter(|content| content.kind != ContentKind::Bytes).map(|content| {
                    let Text { en, ja } = content.text();
                    Text::new(format!("used: {en}"), format!("使用中: {ja}"))
                }))
            }
        }
        found
    }

    /// Nothing is on it, as far as it could be read.
    pub fn is_free(&self) -> Option<bool> {
        self.contents.as_ref().map(|contents| contents.iter().all(|content| content.kind == ContentKind::Bytes))
    }
}
