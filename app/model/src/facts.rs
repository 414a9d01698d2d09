//! [`Facts`]: what the deployment host is, as its probe read it.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a deployment needs to know of its host. Nothing here is a verdict; rules judge it.
/// An empty or absent value means that the host did not say, never that all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// `hostname -f`.
    pub fqdn: String,
    /// `PRETTY_NAME` of os-release.
    pub os: String,
    /// Logical processors (`grep -c ^processor /proc/cpuinfo`).
    pub processors: u32,
    /// What the role calls available: free + buffers/cache of `free -m`, in MiB.
    pub available_memory_mib: u64,
    /// Network interfaces in the kernel's order.
    pub interfaces: Vec<Interface>,
    /// Gateway of the default route, IPv4 before IPv6, and its interface.
    pub default_route: Option<DefaultRoute>,
    /// `timedatectl show -p Timezone`.
    pub time_zone: String,
    /// The version systemd reports; credentials need 247 or later.
    pub systemd: u32,
    /// The Ansible that would run the role.
    pub ansible: Ansible,
    /// `/etc/ovirt-hosted-engine/hosted-engine.conf` names a VM: an engine is deployed already.
    pub already_deployed: bool,
}

/// One network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Kernel name.
    pub name: String,
    /// Addresses with their prefix lengths, link-local ones left out.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Operational state is `UP`.
    pub up: bool,
    /// The master (bridge, bond, OVS) that it belongs to.
    pub master: Option<String>,
    /// `ip -d link` kind: empty for a physical device, else `bridge`, `bond`, `vlan`, `team`, `veth` …
    pub kind: String,
}

/// Where packets to other networks go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRoute {
    /// The gateway's address.
    pub gateway: IpAddr,
    /// The interface it is reached through.
    pub interface: String,
}

/// What the host would run the role with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ansible {
    /// ansible-core's version (`2.17.14`); empty when it is not installed.
    pub core: String,
    /// Version of the collection ovirt.ovirt; empty when it is not found.
    pub collection: String,
    /// Python modules that the role's modules import and that this Ansible's interpreter lacks.
    pub missing_python: Vec<String>,
}
