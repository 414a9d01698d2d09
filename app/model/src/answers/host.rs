//! [`Host`]: the deployment host.

use super::SecretAnswer;
use super::rules::field;
use serde::{Deserialize, Serialize};
use validator::Validate;

/// The host that the role runs on and that becomes the first self-hosted engine node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// Name or IP address that SSH connects to.
    #[validate(custom(function = "field::address_or_name"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// SSH port. Default 22.
    #[validate(range(min = 1, max = 65535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// SSH user: root, or a user who may become root by sudo. Default root.
    #[validate(custom(function = "field::user_name"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Private key file on the machine that runs hosted-deploy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// The private key itself, instead of its file.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub key: SecretAnswer,
    /// Passphrase of the private key.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub key_passphrase: SecretAnswer,
    /// SSH password, where no key is used.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub password: SecretAnswer,
    /// Password for sudo, where the user is not root and sudo asks for one. Default: the SSH password.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub sudo_password: SecretAnswer,
    /// The host's fully qualified name, as the engine will reach it. Default: what `hostname -f` says on the host.
    #[validate(custom(function = "field::fqdn"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fqdn: Option<String>,
    /// The host's name in the Administration Portal. Default: the host's FQDN.
    #[validate(custom(function = "field::name_in_engine"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_in_engine: Option<String>,
    /// Address family in which the names of host and engine are looked up. Default auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_family: Option<IpFamily>,
}

/// Address family of the name look-ups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum IpFamily {
    /// The family of the engine VM's static address, else whatever the resolver puts first.
    #[default]
    Auto,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

impl Host {
    /// The SSH port.
    pub fn ssh_port(&self) -> u16 {
        self.port.unwrap_or(22)
    }

    /// The SSH user.
    pub fn ssh_user(&self) -> &str {
        self.user.as_deref().unwrap_or("root")
    }
}
