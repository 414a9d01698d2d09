//! [`Query`]: which storage to look at, with the credentials it wants.

use crate::answers::{NfsVersion, Portal, Storage, StorageType, split_connection};
use crate::secret::Secret;

/// What to look at. Holds secrets, so it is never serialized.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// An NFS server, or one export of it.
    Nfs(NfsQuery),
    /// iSCSI portals, or one target behind them.
    Iscsi(IscsiQuery),
    /// What the Fibre Channel ports of the host see.
    Fc,
    /// A Gluster volume.
    Glusterfs(GlusterQuery),
}

/// An NFS server and, to look inside, an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NfsQuery {
    /// Name or address, an IPv6 address without brackets.
    pub server: String,
    /// The exported directory; without it only the list of exports is read.
    pub path: Option<String>,
    /// The version that the engine will mount it with.
    pub version: NfsVersion,
    /// Mount options beside the version, as `mount -o` takes them.
    pub mount_options: Option<String>,
}

/// iSCSI portals and, to look inside, a target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IscsiQuery {
    /// Portals to ask for targets.
    pub portals: Vec<Portal>,
    /// The target whose LUNs are looked at; without it, those of every target found.
    pub target: Option<String>,
    /// Login of the discovery.
    pub discovery: Option<Chap>,
    /// Login of the target.
    pub login: Option<Chap>,
}

/// A CHAP user and its password.
#[derive(Clone, Debug, PartialEq)]
pub struct Chap {
    /// User.
    pub user: String,
    /// Password.
    pub password: Secret,
}

/// A Gluster volume on one of its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlusterQuery {
    /// Name or address, an IPv6 address without brackets.
    pub server: String,
    /// The volume, with the path inside it where one was named: `he`, `he/sub`.
    pub volume: String,
    /// Mount options, as `mount -o` takes them.
    pub mount_options: Option<String>,
}

impl Query {
    /// What the answers name; `None` while they name no server, portal or kind. Secrets must be resolved before.
    pub fn of(storage: &Storage) -> Option<Self> {
        match storage.storage_type()? {
            StorageType::Nfs => {
                let nfs = storage.nfs.as_ref()?;
                let (server, path) = split_connection(nfs.connection.as_deref()?)?;
                Some(Self::Nfs(NfsQuery {
                    server: bare(server),
                    path: Some(path.to_owned()),
                    version: nfs.version.unwrap_or_default(),
                    mount_options: nfs.mount_options.clone(),
                }))
            }
            StorageType::Iscsi => {
                let iscsi = storage.iscsi.as_ref()?;
                let chap = |user: &Option<String>, password: Option<&Secret>| {
                    let user = user.clone().filter(|user| !user.is_empty())?;
                    Some(Chap { user, password: password.cloned().unwrap_or_else(|| Secret::from("")) })
                };
                let query = IscsiQuery {
                    portals: iscsi.parsed_portals(),
                    target: iscsi.target.clone().filter(|target| !target.is_empty()),
                    discovery: chap(&iscsi.discovery_username, iscsi.discovery_password.value()),
                    login: chap(&iscsi.username, iscsi.password.value()),
                };
                (!query.portals.is_empty()).then_some(Self::Iscsi(query))
            }
            StorageType::Fc => Some(Self::Fc),
            StorageType::Glusterfs => {
                let gluster = storage.glusterfs.as_ref()?;
                let (server, volume) = split_connection(gluster.connection.as_deref()?)?;
                Some(Self::Glusterfs(GlusterQuery {
                    server: bare(server),
                    volume: volume.trim_start_matches('/').to_owned(),
                    mount_options: gluster.mount_options.clone(),
                }))
            }
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> StorageType {
        match self {
            Self::Nfs(_) => StorageType::Nfs,
            Self::Iscsi(_) => StorageType::Iscsi,
            Self::Fc => StorageType::Fc,
            Self::Glusterfs(_) => StorageType::Glusterfs,
        }
    }
}

fn bare(server: &str) -> String {
    server.trim_start_matches('[').trim_end_matches(']').to_owned()
}
