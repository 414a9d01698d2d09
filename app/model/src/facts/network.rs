//! Links, addresses, routes, resolver files and listening sockets.

use super::sections::{Sections, file_lines};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Kernel name.
    pub name: String,
    /// Addresses with their prefix lengths, link-local ones left out.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Administratively up and with carrier (`LOWER_UP`).
    pub up: bool,
    /// The master (bridge, bond, OVS) that it belongs to.
    pub master: Option<String>,
    /// `ip -d link` kind: empty for a physical device, else `bridge`, `bond`, `vlan`, `team`, `veth` …
    pub kind: String,
    /// Hardware address.
    pub mac: String,
    /// Maximum transmission unit in bytes.
    pub mtu: u32,
    /// Speed in Mbit/s as the driver reports it; absent for most virtual devices.
    pub speed_mbps: Option<u32>,
    /// At least one of the addresses was given out by DHCP or a router (`dynamic`).
    pub dynamic: bool,
    /// VLAN: its parent and id.
    pub vlan: Option<Vlan>,
    /// Bond: mode and slaves.
    pub bond: Option<Bond>,
}

/// What a VLAN device is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vlan {
    /// The device it is on.
    pub parent: String,
    /// VLAN id.
    pub id: u16,
}

/// What a bond is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bond {
    /// `active-backup`, `802.3ad`, `balance-rr` …
    pub mode: String,
    /// Its slaves.
    pub slaves: Vec<String>,
}

/// Where packets to other networks go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRoute {
    /// The gateway's address.
    pub gateway: IpAddr,
    /// The interface it is reached through.
    pub interface: String,
}

/// One route of the main table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// `default`, or network and prefix length.
    pub destination: String,
    /// Next hop; none for a directly connected network.
    pub gateway: Option<IpAddr>,
    /// Interface.
    pub interface: String,
}

/// A listening socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Socket {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Local address as `ss` prints it: `0.0.0.0`, `127.0.0.1`, `*`, `[::]`.
    pub address: String,
    /// Port.
    pub port: u16,
    /// Name of the process, if the probe was allowed to see it.
    pub process: String,
}

/// Everything about the network that is not one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// IPv4 and IPv6 routes of the main table.
    pub routes: Vec<Route>,
    /// Policy rules of priority 100 and 101, which a deployment makes and does not take back.
    pub leftover_rules: Vec<String>,
    /// Interfaces (and `all`, `default`) whose IPv6 is switched off; `None`: the kernel has no IPv6.
    pub ipv6_disabled: Option<Vec<String>>,
    /// `nameserver` lines of /etc/resolv.conf.
    pub name_servers: Vec<String>,
    /// `search` or `domain` of /etc/resolv.conf.
    pub search: Vec<String>,
    /// /etc/hosts as (address, names, the role's marker comment is on the line).
    pub hosts_file: Vec<(IpAddr, Vec<String>, bool)>,
    /// Sources of the `hosts:` line of nsswitch.conf, in order.
    pub host_sources: Vec<String>,
    /// Devices NetworkManager knows as (device, type, state); `None`: it did not answer.
    pub network_manager: Option<Vec<(String, String, String)>>,
    /// Bridges of Open vSwitch.
    pub ovs_bridges: Vec<String>,
    /// Proxy settings of the environment and of dnf, passwords taken out.
    pub proxies: Vec<String>,
    /// Listening TCP and UDP sockets; `None`: not read.
    pub sockets: Option<Vec<Socket>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    ifname: String,
    flags: Vec<String>,
    mtu: u32,
    master: Option<String>,
    link: Option<String>,
    address: String,
    linkinfo: LinkInfo,
    addr_info: Vec<Address>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkInfo {
    info_kind: String,
    info_data: LinkData,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkData {
    id: Option<serde_json::Value>,
    mode: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address {
    local: String,
    prefixlen: u8,
    scope: String,
    dynamic: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KernelRoute {
    dst: String,
    gateway: Option<String>,
    dev: String,
}

/// `ip -j` prints `[{},{}]` entries that lack every key for objects it filtered; those are dropped.
pub(super) fn interfaces(s: &Sections) -> Vec<Interface> {
    let links: Vec<Link> = objects(s, "addresses");
    let speed = |name: &str| {
        let path = format!("/sys/class/net/{name}/speed");
        let (_, value) = file_lines(s.text("link-speed")).find(|(file, _)| *file == path)?;
        value.parse::<u32>().ok().filter(|speed| *speed > 0 && *speed < u32::MAX)
    };
    let slaves = |name: &str| {
        let ours = links.iter().filter(|link| link.master.as_deref() == Some(name));
        ours.map(|link| link.ifname.clone()).collect()
    };
    let interface = |link: &Link| {
        let kind = link.linkinfo.info_kind.clone();
        let data = &link.linkinfo.info_data;
        let id = data.id.as_ref().and_then(serde_json::Value::as_u64).and_then(|id| u16::try_from(id).ok());
        Interface {
            name: link.ifname.clone(),
            addresses: link.addr_info.iter().filter(|a| a.scope != "link").filter_map(address).collect(),
            up: link.flags.iter().any(|flag| flag == "LOWER_UP"),
            master: link.master.clone(),
            mac: link.address.clone(),
            mtu: link.mtu,
            speed_mbps: speed(&link.ifname),
            dynamic: link.addr_info.iter().any(|address| address.dynamic && address.scope != "link"),
            vlan: (kind == "vlan")
                .then(|| Vlan { parent: link.link.clone().unwrap_or_default(), id: id.unwrap_or_default() }),
            bond: (kind == "bond").then(|| Bond {
                mode: data.mode.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
                slaves: slaves(&link.ifname),
            }),
            kind,
        }
    };
    links.iter().filter(|link| !link.ifname.is_empty()).map(interface).collect()
}

/// What `ip -j` lists. One object that is not as expected is left out and does not hide the others.
fn objects<T: serde::de::DeserializeOwned>(s: &Sections, section: &str) -> Vec<T> {
    let list: Vec<serde_json::Value> =
        s.ok(section).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    list.into_iter().filter_map(|object| serde_json::from_value(object).ok()).collect()
}

fn address(address: &Address) -> Option<(IpAddr, u8)> {
    Some((address.local.parse().ok()?, address.prefixlen))
}

fn routes(s: &Sections) -> Vec<Route> {
    let route = |route: KernelRoute| Route {
        destination: route.dst,
        gateway: route.gateway.and_then(|gateway| gateway.parse().ok()),
        interface: route.dev,
    };
    objects(s, "routes").into_iter().chain(objects(s, "routes6")).map(route).collect()
}

/// The default route of the least metric comes first in the kernel's list; IPv4 goes before IPv6.
pub(super) fn default_route(network: &Network) -> Option<DefaultRoute> {
    network
        .routes
        .iter()
        .filter(|route| route.destination == "default")
        .find_map(|route| Some(DefaultRoute { gateway: route.gateway?, interface: route.interface.clone() }))
}

pub(super) fn network(s: &Sections) -> Network {
    let resolv = s.text("resolv");
    let resolver = |keys: &[&str]| -> Vec<String> {
        let ours = |line: &&str| line.split_whitespace().next().is_some_and(|word| keys.contains(&word));
        let words = resolv.lines().filter(ours).flat_map(|line| line.split_whitespace().skip(1));
        words.map(str::to_owned).collect()
    };
    Network {
        routes: routes(s),
        leftover_rules: [s.text("rules"), s.text("rules6")]
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| line.starts_with("100:") || line.starts_with("101:"))
            .map(|line| line.replace('\t', " "))
            .collect(),
        ipv6_disabled: s.get("ipv6-disabled").filter(|section| !section.text.is_empty()).map(|section| {
            let off = file_lines(&section.text).filter(|(_, value)| *value == "1");
            off.filter_map(|(file, _)| file.split('/').nth_back(1)).map(str::to_owned).collect()
        }),
        name_servers: resolver(&["nameserver"]),
        search: resolver(&["search", "domain"]),
        hosts_file: s.text("hosts").lines().filter_map(hosts_line).collect(),
        host_sources: s.text("nsswitch").split_whitespace().skip(1).map(str::to_owned).collect(),
        network_manager: s.ok("nmcli").map(|text| text.lines().filter_map(nm_device).collect()),
        ovs_bridges: s.text("bridges-ovs").lines().map(str::to_owned).collect(),
        proxies: s.text("proxies").lines().map(str::to_owned).collect(),
        sockets: s.ok("sockets").map(|text| text.lines().filter_map(socket).collect()),
    }
}

fn hosts_line(line: &str) -> Option<(IpAddr, Vec<String>, bool)> {
    let (entry, comment) = line.split_once('#').unwrap_or((line, ""));
    let mut words = entry.split_whitespace();
    let address = words.next()?.parse().ok()?;
    Some((
        address,
        words.map(str::to_owned).collect(),
        comment.contains("temporary entry added by hosted-engine-setup"),
    ))
}

/// `eth0:ethernet:connected`; nmcli writes a colon inside a field as `\:`.
fn nm_device(line: &str) -> Option<(String, String, String)> {
    let line = line.replace("\\:", "\u{0}");
    let mut fields = line.split(':').map(|field| field.replace('\u{0}', ":"));
    Some((fields.next()?, fields.next()?, fields.next()?))
}

/// `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`.
fn socket(line: &str) -> Option<Socket> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [protocol, _state, _received, _sent, local, ..] = words.as_slice() else { return None };
    let (address, port) = local.rsplit_once(':')?;
    let process = line.split_once("users:((\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    Some(Socket {
        protocol: (*protocol).to_owned(),
        address: address.to_owned(),
        port: port.parse().ok()?,
        process: process.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_strange_object_does_not_hide_the_other_interfaces() {
        let list =
            r#"[{},{"ifname":"eth0","mtu":-1},{"ifname":"eth1","mtu":1500,"link":null,"flags":["UP","LOWER_UP"]}]"#;
        let s = Sections::split("T", format!("T addresses 0\n{list}\nT end 0\n").as_bytes());
        let found = interfaces(&s);
        assert_eq!(found.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["eth1"]);
        assert!(found.iter().all(|interface| interface.up));
    }
}
