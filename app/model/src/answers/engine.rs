//! [`Engine`]: the management application in the VM; [`Appliance`]: the image it comes from.

use super::SecretAnswer;
use super::rules::field;
use serde::{Deserialize, Serialize};
use validator::Validate;

/// The engine: administrator, mail, data center and cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Password of the engine's administrator.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub admin_password: SecretAnswer,
    /// SMTP server for the HA agents' notifications. Default localhost.
    #[validate(custom(function = "field::smtp_server"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_server: Option<String>,
    /// TCP port of the SMTP server. Default 25.
    #[validate(range(min = 1, max = 65535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_port: Option<u16>,
    /// Sender of the notifications. Default root@localhost.
    #[validate(custom(function = "field::mail_address"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_sender: Option<String>,
    /// Recipients of the notifications, at most three. Default root@localhost.
    #[validate(custom(function = "field::recipients"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_recipients: Vec<String>,
    /// Use Keycloak for logins. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keycloak: Option<bool>,
    /// Name of the data center. Default Default.
    #[validate(custom(function = "field::data_center"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_center: Option<String>,
    /// Compatibility version of the data center (4.7). Default: the engine's newest.
    #[validate(custom(function = "field::compatibility_version"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_center_compatibility_version: Option<String>,
    /// Name of the cluster. Default Default.
    #[validate(custom(function = "field::cluster"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Compatibility version of the cluster (4.7). Default: the engine's newest.
    #[validate(custom(function = "field::compatibility_version"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_compatibility_version: Option<String>,
    /// CPU type of the cluster as the engine names it (Intel Cascadelake Server Family). Default: detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_cpu_type: Option<String>,
    /// Name of the management network and its bridge. Default ovirtmgmt.
    #[validate(custom(function = "field::management_network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub management_network: Option<String>,
    /// Password of the engine's database. Default: engine-setup makes one.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub db_password: SecretAnswer,
    /// Password of the Data Warehouse's database. Default: engine-setup makes one.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub dwh_db_password: SecretAnswer,
}

/// The image that the engine VM is built from: at most one of `ova`, `image` and `package`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Appliance {
    /// OVA archive, a path on the host.
    #[validate(custom(function = "field::path_on_host"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ova: Option<String>,
    /// Disk image in qcow2, a path on the host.
    #[validate(custom(function = "field::path_on_host"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Name of the appliance package. Default: the one of the host's distribution.
    #[validate(custom(function = "field::package"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Remove the appliance package from the host afterwards. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_package: Option<bool>,
}
