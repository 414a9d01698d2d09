//! [`EngineVm`]: the virtual machine that the engine runs in.

use super::SecretAnswer;
use super::rules::field;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use validator::Validate;

/// The engine's virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EngineVm {
    /// The engine's fully qualified name. It must resolve on the host and, with DHCP, belong to the VM's MAC address.
    #[validate(custom(function = "field::fqdn"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fqdn: Option<String>,
    /// MAC address of the VM. Default: a random one starting with 00:16:3e, chosen once for the run.
    #[validate(custom(function = "field::mac"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// How the VM gets its address. Default: static when `ip` is given, else dhcp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkMode>,
    /// Static address of the VM, alone or with its prefix (192.0.2.50/24).
    #[validate(custom(function = "field::ip_and_prefix"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Prefix length of the static address, unless `ip` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u8>,
    /// Default gateway of the host's management network. Default: the gateway of the host's default route.
    #[validate(custom(function = "field::ip"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// DNS servers of the VM, at most three. Needed with a static address.
    #[validate(custom(function = "field::dns_servers"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
    /// Host interface that will carry the management bridge. Default: the one of the default route.
    #[validate(custom(function = "field::interface"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge_interface: Option<String>,
    /// Password of root in the VM.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub root_password: SecretAnswer,
    /// Whether root may log in to the VM by SSH. Default yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_ssh_access: Option<RootSshAccess>,
    /// Public key that is authorized for root in the VM, in one line.
    #[validate(custom(function = "field::ssh_public_key"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_ssh_public_key: Option<String>,
    /// Virtual CPUs. Default: 4, or the host's processors if fewer.
    #[validate(range(min = 1, max = 512))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vcpus: Option<u32>,
    /// Memory in MiB, at least 4096. Default: 16384, or what the host has available if less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// Write the names of host and engine to /etc/hosts in the VM. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit_etc_hosts: Option<bool>,
    /// Time zone of the VM (Europe/Prague). Default: the host's.
    #[validate(custom(function = "field::time_zone"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// OpenSCAP security profile applied to the VM. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openscap_profile: Option<OpenScap>,
    /// Switch the VM to FIPS mode. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fips: Option<bool>,
    /// First three numbers of the network that the VM uses until it moves to the shared storage (192.168.222).
    /// Default: the first one that is free on the host.
    #[validate(custom(function = "field::nat_ipv4_prefix"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_ipv4_prefix: Option<String>,
    /// First four groups of that network in IPv6 (fd00:1234:5678:900).
    #[validate(custom(function = "field::nat_ipv6_prefix"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_ipv6_prefix: Option<String>,
    /// Boot the local VM with UEFI. Default: what the appliance needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uefi: Option<bool>,
    /// Boot options of virt-install for the local VM, for experts.
    #[validate(custom(function = "field::boot_flags"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_flags: Option<String>,
    /// Boot options of virt-install for the local VM with UEFI, for experts.
    #[validate(custom(function = "field::boot_flags"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uefi_boot_flags: Option<String>,
}

/// How the engine VM gets its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// From a DHCP server that reserves an address for the VM's MAC.
    Dhcp,
    /// A fixed address.
    Static,
}

/// `PermitRootLogin` of the VM's sshd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RootSshAccess {
    /// By password and by key.
    #[default]
    Yes,
    /// Not at all.
    No,
    /// By key only.
    WithoutPassword,
}

/// An OpenSCAP profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OpenScap {
    /// No profile.
    #[default]
    None,
    /// DISA STIG.
    Stig,
    /// PCI-DSS.
    PciDss,
}

impl EngineVm {
    /// How the VM gets its address: what was said, else by whether one was given.
    pub fn network_mode(&self) -> NetworkMode {
        self.network.unwrap_or(match self.ip {
            Some(_) => NetworkMode::Static,
            None => NetworkMode::Dhcp,
        })
    }

    /// The static address, with its prefix length where one was given (in `ip` or in `prefix`).
    pub fn static_address(&self) -> Option<(IpAddr, Option<u8>)> {
        if self.network_mode() == NetworkMode::Dhcp {
            return None;
        }
        let text = self.ip.as_deref()?;
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
            None => (text, self.prefix),
        };
        Some((address.parse().ok()?, prefix))
    }
}
