//! [`Finding`]s: what is not as it should be, besides whether the engine answers.

mod cluster;
mod engine;
mod host;
mod storage;

use super::Unread;
use super::advice::Step;
use super::reading::Reading;
use super::situation::Situation;
use crate::lang::{Text, text};
use cluster::cluster;
use engine::{certificates, names};
use host::{machine, services};
use serde::{Deserialize, Serialize};
use storage::storage;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It endangers the engine; the verdict is "degraded" at best.
    Trouble,
    /// Good to know.
    Note,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable id, for monitoring and documentation.
    pub id: String,
    /// How much it matters.
    pub level: Level,
    /// The host; empty when it is about all of them.
    pub host: String,
    /// One sentence with what was read.
    pub title: Text,
    /// What to do.
    pub steps: Vec<Step>,
}

struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, id: &str, level: Level, host: &str, title: Text, steps: Vec<Step>) {
        self.0.push(Finding { id: id.to_owned(), level, host: host.to_owned(), title, steps });
    }
}

pub(super) fn findings(situation: &Situation, readings: &[Reading], unread: &[Unread]) -> Vec<Finding> {
    let mut found = Found(Vec::new());
    for Unread { host, why } in unread {
        let step = Step::look(
            text!("Is {host} up? Try to log in.", "{host} は起動していますか? ログインを試してください。"),
            // With a port it is a URL for ssh.
            if host.contains(':') { format!("ssh ssh://{host}") } else { format!("ssh {host}") },
            "",
        );
        found.add(
            "host-unread",
            Level::Trouble,
            host,
            Text::new(
                format!("{host} could not be read: {}.", why.en),
                format!("{host} を読み取れません: {}。", why.ja),
            ),
            vec![step],
        );
    }
    let ours: Vec<&Reading> = readings.iter().filter(|reading| reading.deployed).collect();
    cluster(&mut found, situation, &ours);
    for reading in &ours {
        services(&mut found, reading);
        storage(&mut found, reading);
        certificates(&mut found, reading);
        names(&mut found, reading);
        machine(&mut found, reading);
    }
    // The engine's certificate and names are the same from every host.
    let mut findings: Vec<Finding> = Vec::new();
    for finding in found.0 {
        let same = |known: &Finding| known.id == finding.id && known.title == finding.title;
        if !findings.iter().any(same) {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}
