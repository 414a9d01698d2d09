//! Ansible, packages, repositories and the appliance.

use super::sections::{Section, Sections, assigned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the host would run the role with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ansible {
    /// ansible-core's version (`2.17.14`); empty when it is not installed.
    pub core: String,
    /// Version of the collection ovirt.ovirt; empty when it is not found.
    pub collection: String,
    /// Version of the collection ansible.posix, which the role needs; empty when it is not found.
    pub posix: String,
    /// Python modules that the role imports and that this Ansible's interpreters lack: jmespath and passlib where
    /// ansible-playbook runs, ovirtsdk4 (and pycurl, which it needs) where the modules run.
    pub missing_python: Vec<String>,
    /// The ansible-playbook found.
    pub playbook: String,
    /// What interprets ansible-playbook.
    pub controller: Python,
    /// What the modules run with on this host, as ansible-core discovers it.
    pub modules: Python,
}

/// One Python interpreter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Python {
    /// Its path; empty: none.
    pub path: String,
    /// `3.11.2`; empty: it did not run.
    pub version: String,
    /// Of the modules asked for, those it does not find.
    pub missing: Vec<String>,
}

/// An installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture.
    pub arch: String,
}

/// A package repository of /etc/yum.repos.d.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its id.
    pub id: String,
    /// It is used.
    pub enabled: bool,
}

/// What is installed and what could be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Software {
    /// Installed ones of the packages that matter; `None`: rpm did not answer.
    pub packages: Option<Vec<Package>>,
    /// Repositories; `None`: there is no such folder or it could not be read.
    pub repositories: Option<Vec<Repository>>,
    /// `Overall Status` of subscription-manager; empty: not asked.
    pub subscription: String,
    /// `nodectl check`: `OK`, `DEGRADED` …; empty: this is not an oVirt Node.
    pub node_status: String,
    /// Files of an installed appliance.
    pub appliance_files: Vec<String>,
    /// Packages of the deployment that the repositories' cached lists offer, as `name.arch`; `None`: dnf did not answer.
    pub available: Option<Vec<String>>,
    /// Files that the answers name.
    pub files: Vec<NamedFile>,
    /// Size of the appliance image once unpacked, in KiB: of the file that the answers name, else of the installed one.
    pub appliance_unpacked_kib: Option<u64>,
    /// Entries of dnf's version lock.
    pub locked: Vec<String>,
}

/// A file of the host that the answers name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamedFile {
    /// Its path.
    pub path: String,
    /// Size in bytes; `None`: there is no such file.
    pub size: Option<u64>,
}

impl Software {
    /// The installed package of this name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.as_ref()?.iter().find(|package| package.name == name)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PythonAnswer {
    python: String,
    executable: String,
    core: String,
    missing: Vec<String>,
    collections: BTreeMap<String, CollectionAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CollectionAnswer {
    version: String,
}

/// Without these the role stops: its filters run beside ansible-playbook, its modules in the other interpreter.
const CONTROLLER_NEEDS: [&str; 4] = ["jmespath", "passlib", "jinja2", "yaml"];
const MODULES_NEED: [&str; 2] = ["ovirtsdk4", "pycurl"];

pub(super) fn ansible(s: &Sections) -> Ansible {
    let answer = |name: &str| -> PythonAnswer {
        s.ok(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (controller, modules) = (answer("ansible"), answer("module-python"));
    let collection =
        |name: &str| controller.collections.get(name).map_or("", |found| found.version.as_str()).to_owned();
    let lacks = |python: &PythonAnswer, name: &str| python.missing.iter().any(|missing| missing == name);
    let mut missing_python: Vec<String> = Vec::new();
    missing_python.extend(CONTROLLER_NEEDS.iter().filter(|n| lacks(&controller, n)).map(|n| (*n).to_owned()));
    missing_python.extend(MODULES_NEED.iter().filter(|n| lacks(&modules, n)).map(|n| (*n).to_owned()));
    let (posix, ovirt) = (collection("ansible/posix"), collection("ovirt/ovirt"));
    Ansible {
        core: controller.core.clone(),
        collection: ovirt,
        posix,
        missing_python,
        playbook: s.get("ansible").map(|section| section.about.clone()).unwrap_or_default(),
        controller: python(controller),
        modules: python(modules),
    }
}

fn python(answer: PythonAnswer) -> Python {
    Python { path: answer.executable, version: answer.python, missing: answer.missing }
}

pub(super) fn software(s: &Sections) -> Software {
    let subscription = s.text("subscription").lines().filter_map(|line| line.split_once("Overall Status:"));
    let node = s.text("node").lines().filter_map(|line| line.split_once("Status:"));
    Software {
        // `rpm -q` fails when one of many is not installed; 127 means that there is no rpm.
        packages: s
            .get("packages")
            .filter(|section| !matches!(section.status, 124..=127))
            .map(|section| section.text.lines().filter_map(package).collect()),
        repositories: s.get("repositories").filter(|section| section.status == 0).map(|s| repositories(&s.text)),
        subscription: subscription.map(|(_, value)| value.trim().to_owned()).next().unwrap_or_default(),
        node_status: node.map(|(_, value)| value.trim().to_owned()).next().unwrap_or_default(),
        appliance_files: s.text("appliance-files").lines().map(str::to_owned).collect(),
        available: s.get("available").and_then(available),
        files: s.all("file").map(named_file).collect(),
        appliance_unpacked_kib: s.all("appliance-image").filter_map(unpacked_kib).max(),
        locked: s
            .text("versionlock")
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
            .map(str::to_owned)
            .collect(),
    }
}

fn package(line: &str) -> Option<Package> {
    let mut words = line.split('|').map(str::to_owned);
    Some(Package { name: words.next()?, version: words.next()?, release: words.next()?, arch: words.next()? })
}

fn repositories(text: &str) -> Vec<Repository> {
    let mut found: Vec<Repository> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(id) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            found.push(Repository { id: id.to_owned(), enabled: true });
        } else if let (Some((_, value)), Some(last)) = (line.split_once('='), found.last_mut()) {
            last.enabled = matches!(value.trim(), "1" | "true" | "True" | "yes");
        }
    }
    found
}

/// `ovirt-engine-appliance-centos9.x86_64   4.5-1   repo`, or dnf's word that nothing matches. Anything else (no
/// cached lists, a broken repository) tells nothing.
fn available(section: &Section) -> Option<Vec<String>> {
    if section.status == 0 {
        let names = section.text.lines().filter_map(|line| line.split_whitespace().next());
        return Some(names.filter(|name| name.contains('.')).map(str::to_owned).collect());
    }
    section.text.contains("No matching Packages").then(Vec::new)
}

fn named_file(section: &Section) -> NamedFile {
    let size = (section.status == 0).then(|| section.text.trim().parse().ok()).flatten();
    NamedFile { path: section.about.clone(), size }
}

/// `size=` and, for a gzip file, the `unpacked=` size modulo 4 GiB that gzip stores: the true one is the first that is
/// at least twice the packed one, for an appliance packs better than that.
fn unpacked_kib(section: &Section) -> Option<u64> {
    let number = |key| assigned(&section.text, key).parse::<u64>().ok();
    let size = number("size")?;
    let bytes = match number("unpacked") {
        None => size,
        Some(mut bytes) => {
            while bytes < size.saturating_mul(2) {
                bytes = bytes.checked_add(1 << 32)?;
            }
            bytes
        }
    };
    Some(bytes / 1024)
}
