//! What is deployed on the host already, and what earlier attempts left.

use super::sections::{Sections, assigned};
use serde::{Deserialize, Serialize};

/// One virtual machine libvirt knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// `running`, `paused`, `shut off` …
    pub state: String,
}

/// Deployments, registrations and leftovers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// FQDN of the engine in hosted-engine.conf.
    pub deployed_engine: String,
    /// There is a hosted-engine.conf. `None`: the session may not look.
    pub configuration: Option<bool>,
    /// Issuer of VDSM's CA: the engine the host is registered to. Empty: none or unreadable.
    pub registered_to: String,
    /// Virtual machines; `None`: libvirt is not running.
    pub domains: Option<Vec<Domain>>,
    /// Processes of virtual machines.
    pub machines: Vec<String>,
    /// The network *default*'s address by its definition file, `ADDRESS/NETMASK or PREFIX`; empty when not read.
    pub default_network: String,
    /// The definition file of the network *default* exists.
    pub default_network_file: Option<bool>,
    /// Files and folders that a deployment makes and that are still there.
    pub leftover_files: Vec<String>,
    /// libvirt configuration files that VDSM wrote sections into.
    pub vdsm_sections: Vec<String>,
    /// Storage domains that are mounted.
    pub storage_mounts: Vec<String>,
}

pub(super) fn deployed(s: &Sections) -> bool {
    !assigned(s.text("deployed"), "vmid").is_empty()
}

/// What `test -e` says: 0 or 1. Any other status says nothing.
fn test(s: &Sections, name: &str) -> Option<bool> {
    match s.get(name)?.status {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

pub(super) fn state(s: &Sections) -> State {
    let lines = |name: &str| s.text(name).lines().map(str::to_owned).collect::<Vec<_>>();
    State {
        deployed_engine: assigned(s.text("deployed"), "fqdn").to_owned(),
        configuration: test(s, "deployed-file"),
        registered_to: s.ok("registered").map(issuer).unwrap_or_default(),
        domains: s.ok("domains").map(|text| text.lines().skip(2).filter_map(domain).collect()),
        machines: s.text("machines").lines().map(machine).collect(),
        default_network: s.ok("default-network").map(network_address).unwrap_or_default(),
        default_network_file: test(s, "default-network-file"),
        leftover_files: lines("local-vms"),
        vdsm_sections: lines("vdsm-sections"),
        storage_mounts: s
            .text("storage-mounts")
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .map(str::to_owned)
            .collect(),
    }
}

/// `issuer=C = US, O = lab.test, CN = engine.lab.test.12345` or, before OpenSSL 1.1, `issuer= /C=US/O=…/CN=…`:
/// the common name without the engine's trailing number.
fn issuer(text: &str) -> String {
    let Some((_, rest)) = text.split_once("CN") else { return String::new() };
    let name = rest.trim_start_matches([' ', '=']).split([',', '/', '\n']).next().unwrap_or_default().trim();
    match name.rsplit_once('.') {
        Some((host, number)) if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) => host.to_owned(),
        _ => name.to_owned(),
    }
}

/// ` 3     HostedEngineLocal   running`.
fn domain(line: &str) -> Option<Domain> {
    let mut words = line.split_whitespace();
    let (_id, name) = (words.next()?, words.next()?);
    Some(Domain { name: name.to_owned(), state: words.collect::<Vec<_>>().join(" ") })
}

/// `2311 /usr/libexec/qemu-kvm -name guest=web1,debug-threads=on …`: the guest's name, else the command.
fn machine(line: &str) -> String {
    let named = line.split_once("guest=").and_then(|(_, rest)| rest.split([',', ' ']).next());
    named.or_else(|| line.split_whitespace().nth(1)).unwrap_or_default().to_owned()
}

/// `<ip address='192.168.122.1' netmask='255.255.255.0'>`.
fn network_address(xml: &str) -> String {
    let Some((_, tag)) = xml.split_once("<ip ") else { return String::new() };
    let tag = tag.split('>').next().unwrap_or_default();
    let attribute = |name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}="))?;
        let quote = rest.chars().next()?;
        rest.get(1..)?.split(quote).next()
    };
    match (attribute("address"), attribute("netmask").or_else(|| attribute("prefix"))) {
        (Some(address), Some(mask)) => format!("{address}/{mask}"),
        (Some(address), None) => address.to_owned(),
        _ => String::new(),
    }
}
