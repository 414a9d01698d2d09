//! From the probe's output to [`Facts`].

use super::sections::Sections;
use super::{Facts, disks, host, names, network, security, software, state};
use std::collections::BTreeMap;

/// Why output is not taken as facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing of it is the probe's: the login shell printed something else or did not run it.
    #[error("the host did not run the probe; it answered: {0:?}")]
    NotAProbe(String),
    /// The output stops before its end mark.
    #[error("the probe's answer stops after its section {0:?}; the connection or the shell on the host ended early")]
    CutOff(String),
}

impl Facts {
    /// Parses what the probe printed. `token` is the random word that was given to that run.
    pub fn parse(token: &str, output: &[u8]) -> Result<Self, ParseError> {
        let s = Sections::split(token, output);
        if s.is_empty() && !s.complete() {
            let start: String = String::from_utf8_lossy(output).chars().take(200).collect();
            return Err(ParseError::NotAProbe(start));
        }
        if !s.complete() {
            return Err(ParseError::CutOff(s.iter().last().map(|section| section.name.clone()).unwrap_or_default()));
        }
        let (memory, network) = (host::memory(&s), network::network(&s));
        Ok(Self {
            fqdn: s.ok("hostname").unwrap_or_default().trim().to_owned(),
            os: super::sections::assigned(s.text("os-release"), "PRETTY_NAME").to_owned(),
            processors: s.text("processors").trim().parse().unwrap_or_default(),
            available_memory_mib: memory.free_mib.unwrap_or(0).saturating_add(memory.cache_mib.unwrap_or(0)),
            interfaces: network::interfaces(&s),
            default_route: network::default_route(&network),
            time_zone: security::time_zone(&s),
            systemd: host::systemd(&s),
            ansible: software::ansible(&s),
            already_deployed: state::deployed(&s),
            host: host::host(&s),
            cpu: host::cpu(&s),
            memory,
            disks: disks::disks(&s),
            network,
            names: names::names(&s),
            clock: security::clock(&s),
            security: security::security(&s),
            software: software::software(&s),
            state: state::state(&s),
            storage: crate::storage::parse(&s),
            statuses: statuses(&s),
        })
    }
}

fn statuses(s: &Sections) -> BTreeMap<String, i32> {
    let mut statuses = BTreeMap::new();
    for section in s.iter() {
        let known = statuses.entry(section.name.clone()).or_insert(section.status);
        *known = section.status.max(*known);
    }
    statuses
}
