//! What a deployment left on a host, from what the host shows, and the steps that remove it.
//!
//! The first half is known from the role (its phases' main actions and what stays after failure), the rest is what the upstream
//! clean-up script misses: the local VM's definition, routing rules on hosts where it does not run, marker lines, storage
//! pools, firewalld's services, the engine's key, units of our own runs.

mod contents;

use crate::facts::Facts;
use crate::facts::sections::{Sections, assigned};
use crate::lang::Text;
use serde::{Deserialize, Serialize};

pub use contents::Contents;

/// A step of `clean.sh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CleanStep {
    /// Stops units of our runs, forgets their ends, gives the host's lock back.
    Runs,
    /// ovirt-hosted-engine-cleanup, where it is installed.
    Upstream,
    /// Destroys and undefines HostedEngineLocal and HostedEngine.
    LocalVm,
    /// Storage pools of the bootstrap's folders.
    Pools,
    /// /var/tmp/localvm*, lock files, network drafts.
    LocalFolders,
    /// The role's line in /etc/hosts.
    HostsEntry,
    /// Routing rules of priority 100 and 101.
    IpRules,
    /// libvirt's network `default` as its package brings it.
    DefaultNetwork,
    /// The management bridge gives its addresses back to its port.
    ManagementNetwork,
    /// Services and the port that were opened for the bootstrap.
    Firewall,
    /// The engine's key for root.
    AuthorizedKeys,
    /// HA agent and broker, VDSM, libvirtd's TLS socket.
    Services,
    /// VDSM's configuration and certificates, hosted-engine.conf.
    Vdsm,
    /// Mounts of storage domains.
    Mounts,
    /// Copies of /etc/hosts that Ansible made.
    HostsBackups,
}

impl CleanStep {
    /// All, in the order in which they must be done: the VM before what it uses, the network before what it needs.
    pub const ALL: [Self; 15] = [
        Self::Runs,
        Self::Upstream,
        Self::LocalVm,
        Self::Pools,
        Self::LocalFolders,
        Self::HostsEntry,
        Self::IpRules,
        Self::DefaultNetwork,
        Self::Services,
        Self::Vdsm,
        Self::Mounts,
        Self::ManagementNetwork,
        Self::Firewall,
        Self::AuthorizedKeys,
        Self::HostsBackups,
    ];

    /// Its name in `clean.sh`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Upstream => "upstream",
            Self::LocalVm => "local-vm",
            Self::Pools => "pools",
            Self::LocalFolders => "local-folders",
            Self::HostsEntry => "hosts-entry",
            Self::IpRules => "ip-rules",
            Self::DefaultNetwork => "default-network",
            Self::ManagementNetwork => "management-network",
            Self::Firewall => "firewall",
            Self::AuthorizedKeys => "authorized-keys",
            Self::Services => "services",
            Self::Vdsm => "vdsm",
            Self::Mounts => "mounts",
            Self::HostsBackups => "hosts-backups",
        }
    }
}

/// One thing that was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// What it is.
    pub title: Text,
    /// The files, names or lines.
    pub found: Vec<String>,
    /// The step that removes it.
    pub step: CleanStep,
}

/// What is on a host, and what is to be known before it is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftovers {
    /// What was left, in the order of removal.
    pub list: Vec<Leftover>,
    /// Units of our runs that run right now.
    pub running: Vec<String>,
    /// An earlier clean-up goes on there.
    #[serde(default)]
    pub cleaning: bool,
    /// The engine that is deployed here and works as far as the host knows; empty: none.
    pub engine: String,
    /// The upstream script is installed.
    pub upstream: bool,
    /// The shared storage: `storage`, `domainType`, `sdUUID` of hosted-engine.conf, now or kept by an earlier clean-up.
    pub storage: Option<SharedStorage>,
}

/// The hosted-engine storage as the host was set up for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedStorage {
    /// `storage.example:/exports/he`, or portals of block storage.
    pub place: String,
    /// `nfs`, `iscsi`, `fc`, `glusterfs`.
    pub kind: String,
    /// Id of the domain; empty: not known.
    pub domain: String,
}

impl Leftovers {
    /// From the preflight's facts and the sections of `find.sh`.
    pub fn of(facts: &Facts, s: &Sections) -> Self {
        let mut list = Vec::new();
        let mut add = |step: CleanStep, en: &str, ja: &str, found: Vec<String>| {
            if !found.is_empty() {
                list.push(Leftover { title: Text::new(en, ja), found, step });
            }
        };
        let lines = |name: &str| {
            s.text(name).lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let state = &facts.state;
        let files = |ours: &dyn Fn(&str) -> bool| {
            state.leftover_files.iter().filter(|path| ours(path)).cloned().collect::<Vec<_>>()
        };
        let (cleaning, units): (Vec<String>, Vec<String>) =
            lines("units").into_iter().partition(|unit| unit.starts_with("hosted-deploy-cleanup"));
        let units = units.into_iter();
        let (running, ended): (Vec<String>, Vec<String>) = units.partition(|unit| goes_on(unit));

        add(CleanStep::Runs, "Runs of this program that go on", "実行中のプログラムの実行", running.clone());
        add(CleanStep::Runs, "Failed units of earlier runs", "以前の実行の失敗したユニット", ended);
        add(CleanStep::Runs, "The host's lock, held by a run", "実行が保持しているホストのロック", lines("lock"));
        add(CleanStep::Runs, "Secrets of an ended run", "終了した実行の秘密情報", lines("secrets"));
        if facts.already_deployed {
            let engine = &state.deployed_engine;
            add(
                CleanStep::Upstream,
                "A hosted engine's configuration",
                "ホステッドエンジンの設定",
                vec![format!("/etc/ovirt-hosted-engine/hosted-engine.conf ({engine})")],
            );
        }
        let ours = ["HostedEngineLocal", "HostedEngine"];
        let mut vms: Vec<String> = state
            .domains
            .iter()
            .flatten()
            .filter(|vm| ours.contains(&vm.name.as_str()))
            .map(|vm| format!("{} ({})", vm.name, vm.state))
            .collect();
        vms.extend(files(&|path| path.starts_with("/etc/libvirt/qemu/HostedEngine")));
        add(CleanStep::LocalVm, "Engine VMs", "エンジン VM", vms);
        let pools = lines("pools")
            .into_iter()
            .filter(|line| line.split(' ').nth(1).is_some_and(|path| path.starts_with("/var/tmp/localvm")));
        add(CleanStep::Pools, "Storage pools of the bootstrap", "ブートストラップのストレージプール", pools.collect());
        add(
            CleanStep::LocalFolders,
            "Disks and files of the bootstrap",
            "ブートストラップのディスクとファイル",
            files(&|path| {
                path.starts_with("/var/tmp/localvm")
                    || path == "/tmp/he-network-config.xml"
                    || path.ends_with("setup_lock")
                    || path == "/tmp/he-setup-lock"
            }),
        );
        let marked = facts.network.hosts_file.iter().filter(|(_, _, marked)| *marked);
        add(
            CleanStep::HostsEntry,
            "The bootstrap VM in /etc/hosts",
            "/etc/hosts のブートストラップ VM",
            marked.map(|(address, names, _)| format!("{address} {}", names.join(" "))).collect(),
        );
        add(CleanStep::IpRules, "Routing rules", "ルーティングルール", facts.network.leftover_rules.clone());
        let packaged = s.text("packaged-network").trim().to_owned();
        let changed = lines("live-networks").into_iter().filter(|line| {
            line.split_once(' ')
                .is_some_and(|(name, address)| name == "default" && !packaged.is_empty() && address != packaged)
        });
        let mut changed: Vec<String> = changed.collect();
        if state.default_network_file == Some(false) && !packaged.is_empty() {
            changed.push("default (undefined)".to_owned());
        }
        add(
            CleanStep::DefaultNetwork,
            "libvirt's network \"default\" is not as its package brings it",
            "libvirt ネットワーク default がパッケージの定義と異なります",
            changed,
        );
        let running_services: Vec<String> =
            ["ovirt-ha-agent.service", "ovirt-ha-broker.service", "vdsmd.service", "libvirtd-tls.socket"]
                .into_iter()
                .filter(|unit| facts.security.runs(unit))
                .map(str::to_owned)
                .collect();
        let mut services = running_services;
        services.extend(lines("enabled").into_iter().filter(|unit| !services.contains(unit)).collect::<Vec<_>>());
        add(CleanStep::Services, "Services of a hosted-engine host", "ホステッドエンジンホストのサービス", services);
        let mut vdsm = state.vdsm_sections.clone();
        if facts.status("registered") == Some(0) {
            let engine = &state.registered_to;
            vdsm.push(format!("/etc/pki/vdsm ({engine})"));
        }
        vdsm.extend(files(&|path| {
            path == "/etc/vdsm/vdsm.conf"
                || path == "/etc/ovirt-hosted-engine/answers.conf"
                || path.starts_with("/var/run/ovirt-hosted-engine-ha/")
        }));
        add(CleanStep::Vdsm, "VDSM's configuration and certificates", "VDSM の設定と証明書", vdsm);
        add(
            CleanStep::Mounts,
            "Mounted storage domains",
            "マウントされたストレージドメイン",
            state.storage_mounts.clone(),
        );
        let mut networks: Vec<String> = facts
            .interface("ovirtmgmt")
            .into_iter()
            .map(|bridge| format!("{} ({})", bridge.name, bridge.kind))
            .collect();
        networks.extend(files(&|path| path.starts_with("/var/lib/vdsm/persistence/netconf/")));
        add(CleanStep::ManagementNetwork, "The management bridge", "管理ブリッジ", networks);
        let services = s.text("firewall-services").split_whitespace().filter(|name| OPENED.contains(name));
        let mut firewall: Vec<String> = services.map(|name| format!("libvirt: {name}")).collect();
        firewall.extend(
            s.text("firewall-ports")
                .split_whitespace()
                .filter(|port| *port == "6900/tcp")
                .map(|port| format!("public: {port}")),
        );
        add(CleanStep::Firewall, "Openings in firewalld", "firewalld で開放された設定", firewall);
        add(
            CleanStep::AuthorizedKeys,
            "The engine's key in root's authorized_keys",
            "root の authorized_keys のエンジン鍵",
            lines("keys"),
        );
        add(CleanStep::HostsBackups, "Copies of /etc/hosts", "/etc/hosts の控え", lines("hosts-backups"));
        let storage = [s.text("configuration"), s.text("kept-storage")].into_iter().find_map(shared_storage);
        Self {
            running,
            cleaning: cleaning.iter().any(|unit| unit.starts_with("hosted-deploy-cleanup.service ") && goes_on(unit)),
            engine: if facts.already_deployed { state.deployed_engine.clone() } else { String::new() },
            upstream: !s.text("upstream").trim().is_empty(),
            storage,
            list,
        }
    }

    /// The steps that are needed, in their order. The upstream script goes with anything that VDSM or the HA services left.
    pub fn steps(&self) -> Vec<CleanStep> {
        let by_upstream =
            [CleanStep::Upstream, CleanStep::Services, CleanStep::Vdsm, CleanStep::Mounts, CleanStep::LocalVm];
        let found = |step: &CleanStep| self.list.iter().any(|leftover| leftover.step == *step);
        let wanted = |step: &CleanStep| match step {
            CleanStep::Upstream => self.upstream && by_upstream.iter().any(found),
            // It stops services and leaves the bootstrap VM; what is behind it looks again.
            CleanStep::Services | CleanStep::Vdsm | CleanStep::Mounts | CleanStep::LocalVm => {
                by_upstream.iter().any(found)
            }
            step => found(step),
        };
        CleanStep::ALL.into_iter().filter(wanted).collect()
    }

    /// Nothing was left.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// A line of `NAME.service STATE`.
fn goes_on(unit: &str) -> bool {
    unit.ends_with(" active") || unit.ends_with(" activating")
}

/// Services that the role adds to firewalld's zone `libvirt`; `ssh` is libvirt's own.
const OPENED: [&str; 4] = ["vdsm", "libvirt-tls", "ovirt-imageio", "ovirt-vmconsole"];

fn shared_storage(text: &str) -> Option<SharedStorage> {
    let value = |key: &str| assigned(text, key).to_owned();
    let storage = SharedStorage { place: value("storage"), kind: value("domainType"), domain: value("sdUUID") };
    (!storage.place.is_empty()).then_some(storage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_the_order_of_removal_and_only_where_something_is() {
        let leftover = |step| Leftover { title: Text::new("", ""), found: vec!["x".into()], step };
        let mut leftovers = Leftovers {
            list: vec![leftover(CleanStep::IpRules), leftover(CleanStep::Runs)],
            upstream: true,
            ..Leftovers::default()
        };
        assert_eq!(leftovers.steps(), [CleanStep::Runs, CleanStep::IpRules]);
        leftovers.list.push(leftover(CleanStep::LocalVm));
        assert_eq!(
            leftovers.steps(),
            [
                CleanStep::Runs,
                CleanStep::Upstream,
                CleanStep::LocalVm,
                CleanStep::IpRules,
                CleanStep::Services,
                CleanStep::Vdsm,
                CleanStep::Mounts
            ]
        );
        leftovers.upstream = false;
        assert!(!leftovers.steps().contains(&CleanStep::Upstream));
        assert!(Leftovers::default().steps().is_empty());
    }
}
