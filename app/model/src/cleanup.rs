//! What a deployment left on a host, from what the host shows, and the steps that remove it.
//!
//! The first half is known from the role (its phases' main actions and what stays after failure), the rest is what the upstream
//! clean-up script misses: the local VM's definition, routing rules on hosts where it does not run, marker lines, storage
//! pools, firewalld's services, the engine's key, units of our own runs.

use crate::duration::duration;
use crate::facts::Facts;
use crate::facts::sections::{Sections, assigned};
use crate::lang::{Lang, Text, text};
use serde::{Deserialize, Serialize};

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

/// One directory on shared storage, as `storage.sh` looked at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Storage domains by their ids, each with its description.
    pub domains: Vec<(String, String)>,
    /// What else lies there.
    pub others: Vec<String>,
    /// Seconds since the leases of any of them were last written; `None`: not known.
    pub written_secs: Option<u64>,
}

impl Contents {
    /// What `storage.sh look` prints: `domain ID DESCRIPTION`, `other NAME`, `written SECONDS`.
    pub fn parse(text: &str) -> Self {
        let mut contents = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("domain", rest)) => {
                    let (id, words) = rest.split_once(' ').unwrap_or((rest, ""));
                    contents.domains.push((id.to_owned(), words.to_owned()));
                }
                Some(("other", name)) => contents.others.push(name.to_owned()),
                // One line a domain: a single one in use keeps all of it.
                Some(("written", secs)) => {
                    let known = contents.written_secs.into_iter();
                    contents.written_secs = known.chain(secs.trim().parse().ok()).min();
                }
                _ => {}
            }
        }
        contents
    }

    /// What is there, a line each.
    pub fn shown(&self) -> Text {
        let domains = self.domains.iter().map(|(id, words)| {
            let name = if words.is_empty() { String::new() } else { format!("{words} ") };
            text!("storage domain {name}({id})", "ストレージドメイン {name}({id})")
        });
        let others = self
            .others
            .iter()
            .map(|name| text!("{name}: no storage domain", "{name}: ストレージドメインではありません"));
        let written = self.written_secs.map(|secs| {
            let ago = |lang| duration(secs.saturating_mul(1000), lang);
            let (en, ja) = (ago(Lang::En), ago(Lang::Ja));
            text!("leases last written {en} ago", "リースの最終書き込み: {ja}前")
        });
        let lines: Vec<Text> = domains.chain(others).chain(written).collect();
        if lines.is_empty() {
            return Text::new("nothing", "なし");
        }
        let (en, ja): (Vec<String>, Vec<String>) = lines.into_iter().map(|line| (line.en, line.ja)).unzip();
        Text::new(en.join("\n"), ja.join("\n"))
    }

    /// Seconds until it shows whether a host still renews the leases; `None`: nobody does, or it stays as it is anyway.
    pub fn until_idle_secs(&self) -> Option<u64> {
        let ours = !self.domains.is_empty() && self.others.is_empty();
        self.written_secs.filter(|secs| ours && *secs < IN_USE_SECS).map(|secs| IN_USE_SECS - secs)
    }

    /// Why it may not be emptied.
    pub fn objection(&self) -> Option<Text> {
        if self.domains.is_empty() {
            return Some(Text::new(
                "There is no oVirt storage domain in it, so it is left alone.",
                "oVirt ストレージドメインがないため、変更しません。",
            ));
        }
        if !self.others.is_empty() {
            let others = self.others.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
            return Some(text!(
                "It holds other things than storage domains ({others}), so it is left alone: move them away first.",
                "ストレージドメイン以外のものがあるため、変更しません ({others})。先に移動してください。"
            ));
        }
        if let Some(secs) = self.written_secs.filter(|secs| *secs < IN_USE_SECS) {
            let wait = IN_USE_SECS - secs;
            return Some(text!(
                "Its leases were written {secs} s ago: a host still uses it. If that was this one before its clean-up, look again in {wait} s; else stop or clean up that host first.",
                "{secs} 秒前にリースが書き込まれています。まだ使用中のホストがあります。クリーンアップ前のこのホストによる書き込みであれば {wait} 秒後に再確認してください。そうでなければ、先にそのホストを停止またはクリーンアップしてください。"
            ));
        }
        None
    }
}

/// sanlock renews a host's lease every 20 s.
const IN_USE_SECS: u64 = 90;

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

    #[test]
    fn a_directory_is_emptied_only_if_it_holds_nothing_but_idle_domains() {
        let domain = "domain 49cff220-2a74-410c-805b-b7108436ee4f hosted_storage\n";
        assert!(Contents::parse("").objection().is_some());
        assert!(Contents::parse("other family photos\n").objection().is_some());
        assert!(
            Contents::parse(&format!("{domain}other family photos\n"))
                .objection()
                .unwrap()
                .en
                .contains("family photos")
        );
        assert!(Contents::parse(&format!("{domain}written 12\n")).objection().unwrap().en.contains("12 s ago"));
        assert_eq!(Contents::parse(&format!("{domain}written 600\n")).objection(), None);
        let wait = |text: &str| Contents::parse(&format!("{domain}{text}")).until_idle_secs();
        // One of two domains is in use, in whatever order they are listed.
        for two in ["written 12\nwritten 600\n", "written 600\nwritten 12\n"] {
            assert!(Contents::parse(&format!("{domain}{two}")).objection().is_some(), "{two}");
        }
        assert_eq!((wait("written 12\n"), wait("written 90\n"), wait("written 12\nother x\n")), (Some(78), None, None));
    }

    #[test]
    fn what_is_there_is_told_in_words() {
        let text = "domain 49cff220-2a74-410c-805b-b7108436ee4f hosted_storage\nwritten 600\nother family photos\n";
        assert_eq!(
            Contents::parse(text).shown().en,
            "storage domain hosted_storage (49cff220-2a74-410c-805b-b7108436ee4f)\n\
             family photos: no storage domain\nleases last written 10 min 00 s ago"
        );
        assert_eq!(Contents::default().shown().ja, "なし");
    }
}
