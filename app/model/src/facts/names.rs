//! What resolvers, name servers and other machines answered to the probe's questions.

use super::sections::{Section, Sections};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The answers, each in the order of the questions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Forward look-ups.
    pub forward: Vec<Lookup>,
    /// Reverse look-ups, of every address that a forward one gave and of those asked for.
    pub reverse: Vec<ReverseLookup>,
    /// Name servers of resolv.conf and of the answers.
    pub servers: Vec<ServerAnswer>,
    /// Whether something lives at an address.
    pub addresses: Vec<AddressAnswer>,
    /// TCP ports that were tried from the host.
    pub ports: Vec<Reached>,
}

/// Addresses of one name by source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lookup {
    /// The name.
    pub name: String,
    /// By nsswitch.conf, what programs on the host see. `None`: not asked or timed out; empty: it does not resolve.
    pub all: Option<Vec<IpAddr>>,
    /// By /etc/hosts alone.
    pub files: Option<Vec<IpAddr>>,
    /// By DNS alone.
    pub dns: Option<Vec<IpAddr>>,
}

/// Names of one address by source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReverseLookup {
    /// The address.
    pub address: IpAddr,
    /// By nsswitch.conf. `None`: not asked or timed out; empty: it has no name.
    pub all: Option<Vec<String>>,
    /// By DNS alone.
    pub dns: Option<Vec<String>>,
}

/// Whether a name server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// Its address.
    pub server: String,
    /// It answered a query (or, without `dig`, took a TCP connection). `None`: nothing to ask with.
    pub answered: Option<bool>,
    /// `NOERROR`, `REFUSED` …, empty when no query was made.
    pub code: String,
}

/// Whether something lives at an address of a network that the host is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAnswer {
    /// The address.
    pub address: IpAddr,
    /// It answers ping. `None`: no ping on the host.
    pub ping: Option<bool>,
    /// Hardware address that answered for it on the link.
    pub mac: String,
}

/// One attempt to connect from the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Host name or address.
    pub target: String,
    /// TCP port.
    pub port: u16,
    /// It took the connection. `None`: no way to try.
    pub open: Option<bool>,
}

pub(super) fn names(s: &Sections) -> Names {
    let forward = s.all("name").map(|section| Lookup {
        name: section.about.clone(),
        all: addresses(Some(section)),
        files: addresses(about(s, "name-files", &section.about)),
        dns: addresses(about(s, "name-dns", &section.about)),
    });
    let mut reverse: Vec<ReverseLookup> = Vec::new();
    for section in s.all("reverse") {
        let Ok(address) = section.about.parse() else { continue };
        if reverse.iter().all(|known| known.address != address) {
            let dns = hosts(about(s, "reverse-dns", &section.about));
            reverse.push(ReverseLookup { address, all: hosts(Some(section)), dns });
        }
    }
    let ports = s.all("reach").filter_map(|section| {
        let (target, port) = section.about.rsplit_once(' ')?;
        let open = known(section).then_some(section.status == 0);
        Some(Reached { target: target.to_owned(), port: port.parse().ok()?, open })
    });
    Names {
        forward: forward.collect(),
        reverse,
        servers: servers(s),
        addresses: s.all("ping").filter_map(|section| living(s, section)).collect(),
        ports: ports.collect(),
    }
}

fn about<'a>(s: &'a Sections, name: &'a str, what: &str) -> Option<&'a Section> {
    s.all(name).find(|section| section.about == what)
}

/// A command that is missing (127, 126) knows nothing.
fn known(section: &Section) -> bool {
    !matches!(section.status, 125..=127)
}

/// `getent ahosts`: `10.0.0.1  STREAM name`. Status 2 is "not found"; 124 and others tell nothing.
fn addresses(section: Option<&Section>) -> Option<Vec<IpAddr>> {
    let section = section.filter(|section| matches!(section.status, 0 | 2))?;
    let mut found: Vec<IpAddr> = Vec::new();
    for word in section.text.lines().filter_map(|line| line.split_whitespace().next()) {
        // A link-local address carries its interface, which no name may depend on.
        let Ok(address) = word.split('%').next().unwrap_or_default().parse() else { continue };
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Some(found)
}

/// `getent hosts ADDRESS`: `10.0.0.1  name alias`.
fn hosts(section: Option<&Section>) -> Option<Vec<String>> {
    let section = section.filter(|section| matches!(section.status, 0 | 2))?;
    let words = section.text.lines().flat_map(|line| line.split_whitespace().skip(1));
    Some(words.map(|name| name.trim_end_matches('.').to_owned()).collect())
}

fn servers(s: &Sections) -> Vec<ServerAnswer> {
    let queried = s.all("name-server").map(|section| {
        let code = section.text.split("status: ").nth(1).and_then(|rest| rest.split([',', ' ', '\n']).next());
        ServerAnswer {
            server: section.about.clone(),
            answered: Some(code.is_some()),
            code: code.unwrap_or_default().to_owned(),
        }
    });
    // Not every server takes TCP, so a port that does not open proves nothing.
    let connected = s.all("name-server-port").map(|section| ServerAnswer {
        server: section.about.clone(),
        answered: (section.status == 0).then_some(true),
        code: String::new(),
    });
    queried.chain(connected).collect()
}

fn living(s: &Sections, section: &Section) -> Option<AddressAnswer> {
    let neighbours = about(s, "neighbour", &section.about)?;
    let neighbours: serde_json::Value = serde_json::from_str(&neighbours.text).unwrap_or_default();
    let first = neighbours.get(0);
    let mac = first.and_then(|entry| entry.get("lladdr")).and_then(serde_json::Value::as_str);
    Some(AddressAnswer {
        address: section.about.parse().ok()?,
        // 1 is "no answer"; 2 and above are failures of ping itself.
        ping: matches!(section.status, 0 | 1).then_some(section.status == 0),
        mac: mac.unwrap_or_default().to_owned(),
    })
}
