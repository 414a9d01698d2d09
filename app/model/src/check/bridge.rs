//! [`candidates`]: every interface with the reason why it can or cannot carry the management bridge.
//!
//! The rules are the role's (`pre_checks/001_validate_network_interfaces.yml`, `filter_team_devices.yml`,
//! `filter_unsupported_vlan_devices.yml`), which drop an interface without a word.

use super::rule::text;
use crate::facts::{Bond, Facts, Interface};
use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// Bond modes that a bridge works over; the others change the sender's MAC address per packet.
pub const BOND_MODES: [&str; 4] = ["active-backup", "balance-xor", "broadcast", "802.3ad"];

/// Why an interface cannot carry the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The loopback device.
    Loopback,
    /// A bridge already.
    Bridge,
    /// Made by software for another purpose (veth, tap, Open vSwitch, tunnel).
    Software(String),
    /// Part of a bond, team or bridge.
    Slave(String),
    /// A team device.
    Team,
    /// A bond in a mode that does not work below a bridge.
    BondMode(String),
    /// A bond without a slave.
    BondEmpty,
    /// A bond whose name is not bond and a number.
    BondName,
    /// A VLAN device that is not named PARENT.ID.
    VlanName(String),
    /// A VLAN on a bond or team that does not work below a bridge.
    VlanParent(String),
    /// No link.
    Down,
    /// No address.
    NoAddress,
}

/// One interface and whether it can carry the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Why not; none when it can.
    pub reason: Option<Reason>,
    /// Commands that mend it, where commands can.
    pub commands: Vec<String>,
}

/// Every interface, in the kernel's order.
pub fn candidates(facts: &Facts) -> Vec<Candidate> {
    let candidate = |interface: &Interface| {
        let reason = reason(interface, facts);
        let commands = reason.as_ref().map(|reason| reason.commands(interface)).unwrap_or_default();
        Candidate { name: interface.name.clone(), reason, commands }
    };
    facts.interfaces.iter().map(candidate).collect()
}

fn reason(interface: &Interface, facts: &Facts) -> Option<Reason> {
    let name = interface.name.as_str();
    if name == "lo" {
        return Some(Reason::Loopback);
    }
    if let Some(master) = &interface.master {
        return Some(Reason::Slave(master.clone()));
    }
    match interface.kind.as_str() {
        "bridge" => return Some(Reason::Bridge),
        "team" => return Some(Reason::Team),
        "bond" => {
            if let Some(reason) = interface.bond.as_ref().and_then(bond) {
                return Some(reason);
            }
            if !numbered_bond(name) {
                return Some(Reason::BondName);
            }
        }
        "vlan" => {
            if let Some(reason) = vlan(interface, facts) {
                return Some(reason);
            }
        }
        // A physical device has no kind; a veth is the network card of a container.
        "" | "veth" | "macvlan" | "ipvlan" => {}
        kind => return Some(Reason::Software(kind.to_owned())),
    }
    if interface.addresses.is_empty() {
        return Some(if interface.up { Reason::NoAddress } else { Reason::Down });
    }
    (!interface.up).then_some(Reason::Down)
}

fn bond(bond: &Bond) -> Option<Reason> {
    if bond.slaves.is_empty() {
        return Some(Reason::BondEmpty);
    }
    (!BOND_MODES.contains(&bond.mode.as_str())).then(|| Reason::BondMode(bond.mode.clone()))
}

/// `^bond[0-9]+`, as the role matches it.
fn numbered_bond(name: &str) -> bool {
    name.strip_prefix("bond").and_then(|rest| rest.chars().next()).is_some_and(|c| c.is_ascii_digit())
}

fn vlan(interface: &Interface, facts: &Facts) -> Option<Reason> {
    let vlan = interface.vlan.as_ref()?;
    let expected = format!("{}.{}", vlan.parent, vlan.id);
    if interface.name != expected {
        return Some(Reason::VlanName(expected));
    }
    let parent = facts.interface(&vlan.parent)?;
    let unusable = parent.kind == "team" || parent.bond.as_ref().and_then(bond).is_some();
    unusable.then(|| Reason::VlanParent(vlan.parent.clone()))
}

impl Reason {
    /// It is a device of this host's network that could be changed to carry the bridge.
    pub fn mendable(&self) -> bool {
        !matches!(self, Self::Loopback | Self::Bridge | Self::Software(_) | Self::Slave(_))
    }

    /// The reason in words.
    pub fn text(&self) -> Text {
        match self {
            Self::Loopback => text!("loopback", "ループバック"),
            Self::Bridge => text!("is a bridge", "ブリッジである"),
            Self::Software(kind) => text!("is a {kind} device", "{kind} デバイスである"),
            Self::Slave(master) => text!("belongs to {master}", "{master} に属している"),
            Self::Team => text!("is a team; use a bond", "team である (bond を使用)"),
            Self::BondMode(mode) => {
                text!("bond mode {mode} does not work below a bridge", "bond モード {mode} はブリッジの下で動作しない")
            }
            Self::BondEmpty => text!("bond without slaves", "スレーブのない bond"),
            Self::BondName => {
                text!("a bond must be named bond and a number", "bond の名前は bond + 数字でなければならない")
            }
            Self::VlanName(expected) => {
                text!("a VLAN must be named {expected}", "VLAN の名前は {expected} でなければならない")
            }
            Self::VlanParent(parent) => text!(
                "VLAN on {parent}, which does not work below a bridge",
                "{parent} 上の VLAN (ブリッジの下で動作しない)"
            ),
            Self::Down => text!("has no link", "リンクがない"),
            Self::NoAddress => text!("has no IP address", "IP アドレスがない"),
        }
    }

    /// NetworkManager commands. The session that runs them may go over this interface, so `up` is one command with it.
    fn commands(&self, interface: &Interface) -> Vec<String> {
        let name = &interface.name;
        match self {
            Self::BondMode(_) => vec![
                format!("nmcli connection modify {name} bond.options mode=active-backup,miimon=100"),
                format!("nmcli connection up {name}"),
            ],
            Self::BondName => vec![format!(
                "nmcli connection modify {name} connection.interface-name bond0 && nmcli connection up {name}"
            )],
            Self::VlanName(expected) => vec![format!(
                "nmcli connection modify {name} connection.interface-name {expected} && nmcli connection up {name}"
            )],
            Self::Down => vec![format!("nmcli device connect {name}")],
            _ => Vec::new(),
        }
    }
}
