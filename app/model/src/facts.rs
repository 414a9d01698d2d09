//! [`Facts`]: what the deployment host is, as its probe read it.
//!
//! One POSIX-sh probe prints sections ([`sections`]); each module beside this one turns some of them into its part of
//! the facts. Nothing here is a verdict; [`crate::check`] judges. `None`, an empty text or an empty list in a field
//! that says so means that the host did not tell, never that all is well.

mod disks;
mod host;
mod names;
mod network;
mod parse;
mod questions;
pub mod sections;
mod security;
mod software;
mod state;

pub use disks::{BlockDevice, Disks, Mount, Space, ThinPool};
pub(crate) use disks::{block_devices, fibre_channel, initiator};
pub use host::{Cpu, Host, Memory};
pub use names::{AddressAnswer, Lookup, Names, Reached, ReverseLookup, ServerAnswer};
pub use network::{Bond, DefaultRoute, Interface, Network, Route, Socket, Vlan};
pub use parse::ParseError;
pub use questions::Questions;
pub use security::{Clock, Firewall, Security, Unit};
pub use software::{Ansible, NamedFile, Package, Python, Repository, Software};
pub use state::{Domain, State};

use crate::storage::Discovery;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a deployment needs to know of its host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// `hostname -f`; empty when the host has no name that resolves.
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
    /// The version systemd reports; credentials need 247 or later. 0: no systemd answered.
    pub systemd: u32,
    /// The Ansible that would run the role.
    pub ansible: Ansible,
    /// `/etc/ovirt-hosted-engine/hosted-engine.conf` names a VM: an engine is deployed already.
    pub already_deployed: bool,
    /// Release, kernel, account of the session.
    pub host: Host,
    /// Processor and virtualization.
    pub cpu: Cpu,
    /// Memory and huge pages.
    pub memory: Memory,
    /// File systems, block devices, thin pools, multipath, Fibre Channel, iSCSI initiator.
    pub disks: Disks,
    /// Routes, resolver files, listening sockets, IPv6.
    pub network: Network,
    /// What resolvers, name servers and other machines answered to the questions of this probe.
    pub names: Names,
    /// Time source.
    pub clock: Clock,
    /// SELinux, firewalld, crypto policy, units.
    pub security: Security,
    /// Packages, repositories, appliance.
    pub software: Software,
    /// Deployments and what they left.
    pub state: State,
    /// The storage that the answers name, looked at from the host; `None`: nobody looked.
    pub storage: Option<Discovery>,
    /// Exit status of each section's command, for several of a name the greatest: 124 timed out, 125 not asked because
    /// the service is off, 127 no such command, others as the command says.
    pub statuses: BTreeMap<String, i32>,
}

impl Facts {
    /// How the command of a section ended; `None`: the probe has no such section.
    pub fn status(&self, section: &str) -> Option<i32> {
        self.statuses.get(section).copied()
    }

    /// The interface of this name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| interface.name == name)
    }
}
