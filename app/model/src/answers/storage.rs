//! [`Storage`]: the shared storage that the engine VM lives on.

use super::SecretAnswer;
use super::rules::field;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use validator::Validate;

/// The hosted-engine storage domain: its kind, one table for that kind, and the size of the engine VM's disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// Kind of storage. Default: the kind whose table is there.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<StorageType>,
    /// Name of the storage domain. Default hosted_storage.
    #[validate(custom(function = "field::domain_name"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Size of the engine VM's disk in GiB, 50 to 4096. Default 61. The domain needs about 13 GiB more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_size_gib: Option<u32>,
    /// Host interface that must be up before the storage is mounted, where it is not the management interface.
    #[validate(custom(function = "field::interface"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Pass discards of the engine VM to the LUN. Default: what the LUN can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discard: Option<bool>,
    /// NFS.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nfs: Option<Nfs>,
    /// iSCSI.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iscsi: Option<Iscsi>,
    /// Fibre Channel.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fc: Option<FibreChannel>,
    /// Gluster.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glusterfs: Option<Gluster>,
}

/// Kind of storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StorageType {
    /// NFS.
    Nfs,
    /// iSCSI.
    Iscsi,
    /// Fibre Channel.
    Fc,
    /// Gluster.
    Glusterfs,
}

/// An NFS export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Nfs {
    /// server:/path; an IPv6 address stands in brackets.
    #[validate(custom(function = "field::nfs_connection"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// NFS version. Default auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<NfsVersion>,
    /// Mount options, as mount -o takes them.
    #[validate(custom(function = "field::mount_options"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount_options: Option<String>,
}

/// An NFS version, as the engine names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NfsVersion {
    /// Negotiated.
    #[default]
    Auto,
    /// 3.
    V3,
    /// 4, minor version negotiated.
    V4,
    /// 4.0.
    V4_0,
    /// 4.1.
    V4_1,
    /// 4.2.
    V4_2,
}

/// A LUN behind an iSCSI portal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Iscsi {
    /// Portals of one portal group: address:port, an IPv6 address in brackets, port 3260 where none is given.
    #[validate(custom(function = "field::portals"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub portals: Vec<String>,
    /// Tag of the target portal group. Default 1.
    #[validate(range(min = 1, max = 65535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal_group: Option<u16>,
    /// Name of the target (iqn.2024-01.com.example:he).
    #[validate(custom(function = "field::iscsi_target"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// CHAP user of the target.
    #[validate(custom(function = "field::chap_user"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// CHAP password of the target.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub password: SecretAnswer,
    /// CHAP user of the discovery.
    #[validate(custom(function = "field::chap_user"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_username: Option<String>,
    /// CHAP password of the discovery.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub discovery_password: SecretAnswer,
    /// Id of the LUN as multipath names it (36001405...).
    #[validate(custom(function = "field::lun_id"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lun_id: Option<String>,
}

/// A Fibre Channel LUN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FibreChannel {
    /// Id of the LUN as multipath names it.
    #[validate(custom(function = "field::lun_id"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lun_id: Option<String>,
}

/// A Gluster volume of replica 1 or 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Gluster {
    /// server:/volume; an IPv6 address stands in brackets.
    #[validate(custom(function = "field::gluster_connection"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Mount options, as mount -o takes them (backup-volfile-servers=...).
    #[validate(custom(function = "field::mount_options"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount_options: Option<String>,
}

/// An iSCSI portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portal {
    /// Its address.
    pub address: IpAddr,
    /// Its TCP port.
    pub port: u16,
}

/// The port of iSCSI (RFC 7143).
pub const ISCSI_PORT: u16 = 3260;

impl Storage {
    /// Size of the disk where none was asked for, in GiB (the role's default).
    pub const DEFAULT_DISK_GIB: u32 = 61;

    /// The kind: what was said, else the one kind whose table is there.
    pub fn storage_type(&self) -> Option<StorageType> {
        let mut given = self.given_types();
        self.kind.or_else(|| (given.len() == 1).then(|| given.remove(0)))
    }

    /// The kinds whose tables are there.
    pub fn given_types(&self) -> Vec<StorageType> {
        [
            (StorageType::Nfs, self.nfs.is_some()),
            (StorageType::Iscsi, self.iscsi.is_some()),
            (StorageType::Fc, self.fc.is_some()),
            (StorageType::Glusterfs, self.glusterfs.is_some()),
        ]
        .into_iter()
        .filter_map(|(kind, given)| given.then_some(kind))
        .collect()
    }

    /// Size of the engine VM's disk in GiB.
    pub fn disk_gib(&self) -> u32 {
        self.disk_size_gib.unwrap_or(Self::DEFAULT_DISK_GIB)
    }
}

impl StorageType {
    /// The word of answer files and of the role.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nfs => "nfs",
            Self::Iscsi => "iscsi",
            Self::Fc => "fc",
            Self::Glusterfs => "glusterfs",
        }
    }
}

impl NfsVersion {
    /// The word of answer files and of the role.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::V3 => "v3",
            Self::V4 => "v4",
            Self::V4_0 => "v4_0",
            Self::V4_1 => "v4_1",
            Self::V4_2 => "v4_2",
        }
    }
}

impl std::str::FromStr for Portal {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Ok(Self { address: socket.ip(), port: socket.port() });
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        Ok(Self { address: bare.parse()?, port: ISCSI_PORT })
    }
}

impl Iscsi {
    /// The portals, those left out that are no portals.
    pub fn parsed_portals(&self) -> Vec<Portal> {
        self.portals.iter().filter_map(|portal| portal.parse().ok()).collect()
    }
}

/// The server and the path of `server:/path`, split at the last `:/`. Slashes at the end are dropped, but for a path
/// that is `/` alone. The brackets of an IPv6 server stay: mount and the role want them.
pub fn split_connection(connection: &str) -> Option<(&str, &str)> {
    let colon = connection.rfind(":/")?;
    let (server, path) = (connection.get(..colon)?, connection.get(colon + 1..)?);
    let trimmed = path.trim_end_matches('/');
    (!server.is_empty()).then_some((server, if trimmed.is_empty() { "/" } else { trimmed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_split_at_its_last_colon_slash() {
        for (connection, parts) in [
            ("nfs.example.com:/exports/he/", Some(("nfs.example.com", "/exports/he"))),
            ("[2001:db8::1]:/data", Some(("[2001:db8::1]", "/data"))),
            ("server:/", Some(("server", "/"))),
            ("a:/b:/c", Some(("a:/b", "/c"))),
            (":/data", None),
            ("server:data", None),
        ] {
            assert_eq!(split_connection(connection), parts, "{connection}");
        }
    }

    #[test]
    fn a_portal_without_a_port_uses_3260() {
        for (text, address, port) in [
            ("192.0.2.1", "192.0.2.1", 3260),
            ("192.0.2.1:3261", "192.0.2.1", 3261),
            ("[2001:db8::1]:3261", "2001:db8::1", 3261),
            ("[2001:db8::1]", "2001:db8::1", 3260),
            ("2001:db8::1", "2001:db8::1", 3260),
        ] {
            assert_eq!(text.parse(), Ok(Portal { address: address.parse().unwrap(), port }), "{text}");
        }
        assert!("storage.example.com:3260".parse::<Portal>().is_err());
    }
}
