//! [`Rule`]: one requirement; [`Case`]: what it judges; [`Verdict`]: what it says.

use crate::answers::{Answers, IpFamily};
use crate::facts::{Facts, Interface, Lookup, ReverseLookup};
use crate::lang::Text;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A text in both languages, formatted with variables of the place where it stands.
macro_rules! text {
    ($en:literal, $ja:literal $(, $value:expr)*) => {
        $crate::lang::Text::new(format!($en $(, $value)*), format!($ja $(, $value)*))
    };
}
pub(super) use text;

/// What a requirement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Rights of the session.
    Access,
    /// Processor.
    Cpu,
    /// Memory.
    Memory,
    /// Disks of the host.
    Disk,
    /// Interfaces, routes, the engine's address.
    Network,
    /// Names and their look-up.
    Names,
    /// Clock.
    Time,
    /// SELinux, firewall, policies.
    Security,
    /// Ports.
    Ports,
    /// Distribution, packages, Ansible.
    Software,
    /// What is there already.
    State,
    /// The storage the answers name.
    Storage,
}

impl Group {
    /// Heading of the group.
    pub fn title(self) -> Text {
        let (en, ja) = match self {
            Self::Access => ("Access", "アクセス"),
            Self::Cpu => ("Processor", "プロセッサー"),
            Self::Memory => ("Memory", "メモリー"),
            Self::Disk => ("Disks", "ディスク"),
            Self::Network => ("Network", "ネットワーク"),
            Self::Names => ("Names", "名前解決"),
            Self::Time => ("Time", "時刻"),
            Self::Security => ("Security", "セキュリティー"),
            Self::Ports => ("Ports", "ポート"),
            Self::Software => ("Software", "ソフトウェア"),
            Self::State => ("State of the host", "ホストの状態"),
            Self::Storage => ("Storage", "ストレージ"),
        };
        Text::new(en, ja)
    }
}

/// What a failed requirement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The deployment would fail or damage something; it does not start.
    Blocker,
    /// It may fail, or work badly later.
    Warning,
    /// It would be better.
    Advice,
}

/// The step of the wizard where the answer is that the requirement hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Choosing the host and logging in.
    Host,
    /// The engine VM.
    Vm,
    /// The engine.
    Engine,
    /// Review before the local VM is built.
    PrepareVm,
    /// The storage.
    Storage,
}

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable, kebab-case, never reused.
    pub id: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// What failing it means.
    pub severity: Severity,
    /// It cannot be overridden.
    pub mandatory: bool,
    /// What it finds may be the work of the deployment that goes on.
    pub of_deployment: bool,
    /// The requirement as a statement, English and Japanese.
    pub title: (&'static str, &'static str),
    /// What to do when it is not met, English and Japanese.
    pub remedy: (&'static str, &'static str),
    /// Where the wizard asks for what it hangs on.
    pub step: Step,
    /// Path of that answer; empty when it is the host that must change.
    pub field: &'static str,
    pub(super) judge: fn(&Case<'_>) -> Verdict,
}

impl Rule {
    pub(super) const fn new(
        id: &'static str,
        group: Group,
        severity: Severity,
        judge: fn(&Case<'_>) -> Verdict,
    ) -> Self {
        let none = ("", "");
        Self {
            id,
            group,
            severity,
            mandatory: false,
            of_deployment: false,
            title: none,
            remedy: none,
            step: Step::Host,
            field: "",
            judge,
        }
    }

    pub(super) const fn mandatory(mut self) -> Self {
        self.mandatory = true;
        self
    }

    pub(super) const fn of_deployment(mut self) -> Self {
        self.of_deployment = true;
        self
    }

    pub(super) const fn title(mut self, en: &'static str, ja: &'static str) -> Self {
        self.title = (en, ja);
        self
    }

    pub(super) const fn remedy(mut self, en: &'static str, ja: &'static str) -> Self {
        self.remedy = (en, ja);
        self
    }

    pub(super) const fn at(mut self, step: Step, field: &'static str) -> Self {
        self.step = step;
        self.field = field;
        self
    }
}

/// What a rule says of a case, with what it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed(Text),
    /// Commands or settings that mend it, in order; empty when only a person can.
    Failed(Text, Vec<String>),
    /// The fact is not known.
    Unknown(Text),
    /// The requirement does not concern this host or these answers.
    NotApplicable(Text),
}

impl Verdict {
    /// Passed or failed on the same evidence.
    pub(super) fn of(passed: bool, evidence: Text) -> Self {
        if passed { Self::Passed(evidence) } else { Self::Failed(evidence, Vec::new()) }
    }

    /// Adds what mends it to a failed verdict.
    pub(super) fn fix(self, command: impl Into<String>) -> Self {
        match self {
            Self::Failed(evidence, mut commands) => {
                commands.push(command.into());
                Self::Failed(evidence, commands)
            }
            other => other,
        }
    }

    /// A fact that the probe did not get.
    pub(super) fn unread(what: &str) -> Self {
        Self::Unknown(text!("The host did not tell: {what}.", "ホストから取得できませんでした: {what}"))
    }

    /// An answer that is not there yet.
    pub(super) fn unanswered(field: &str) -> Self {
        Self::NotApplicable(text!("Not answered yet: {field}.", "未回答: {field}"))
    }

    pub(super) fn not_here(en: &str, ja: &str) -> Self {
        Self::NotApplicable(Text::new(en, ja))
    }
}

/// Evidence that reads the same in every language: values, names, output.
pub(super) fn plain(text: impl Into<String>) -> Text {
    let text = text.into();
    Text::new(text.clone(), text)
}

/// Answers and facts, with what several rules derive from them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) answers: &'a Answers,
    pub(super) facts: &'a Facts,
}

impl<'a> Case<'a> {
    pub(super) const fn new(answers: &'a Answers, facts: &'a Facts) -> Self {
        Self { answers, facts }
    }

    /// The host's name as the engine will reach it.
    pub(super) fn host_name(&self) -> Option<&'a str> {
        let (answers, facts) = (self.answers, self.facts);
        answers.host.fqdn.as_deref().or(Some(facts.fqdn.as_str())).filter(|name| !name.is_empty())
    }

    pub(super) fn engine_name(&self) -> Option<&'a str> {
        self.answers.engine_vm.fqdn.as_deref().filter(|name| !name.is_empty())
    }

    /// The interface that will carry the management bridge: the one answered, else that of the default route.
    pub(super) fn bridge_name(&self) -> Option<&'a str> {
        let (answers, facts) = (self.answers, self.facts);
        let routed = facts.default_route.as_ref().map(|route| route.interface.as_str());
        answers.engine_vm.bridge_interface.as_deref().or(routed)
    }

    /// The interface whose addresses count: once the management bridge is there, it has them, not its port.
    pub(super) fn bridge(&self) -> Option<&'a Interface> {
        let interface = self.facts.interface(self.bridge_name()?)?;
        let bridge = self.management_bridge().filter(|bridge| interface.master.as_ref() == Some(&bridge.name));
        Some(bridge.unwrap_or(interface))
    }

    /// The management bridge of an earlier deployment.
    pub(super) fn management_bridge(&self) -> Option<&'a Interface> {
        let wanted = self.answers.engine.management_network.as_deref().unwrap_or("ovirtmgmt");
        self.facts.interfaces.iter().find(|interface| [wanted, "ovirtmgmt", "rhevm"].contains(&interface.name.as_str()))
    }

    pub(super) fn engine_ip(&self) -> Option<IpAddr> {
        self.answers.engine_vm.static_address().map(|(address, _)| address)
    }

    /// What look-ups of the host's and the engine's names keep of their answers: everything, or one family.
    pub(super) fn family(&self) -> IpFamily {
        match (self.answers.host.ip_family.unwrap_or_default(), self.engine_ip()) {
            (IpFamily::Auto, Some(IpAddr::V4(_))) => IpFamily::Ipv4,
            (IpFamily::Auto, Some(IpAddr::V6(_))) => IpFamily::Ipv6,
            (family, _) => family,
        }
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&'a Lookup> {
        self.facts.names.forward.iter().find(|lookup| lookup.name == name)
    }

    /// The addresses that programs on the host get for a name. The role's own line in /etc/hosts for the local engine VM
    /// hides those in DNS as long as it is there; it is a leftover (`state-hosts-entry`), not what the name means.
    pub(super) fn addresses(&self, lookup: &Lookup) -> Option<Vec<IpAddr>> {
        let all = lookup.all.as_ref()?;
        let marked = |address: &IpAddr| {
            let lines = &self.facts.network.hosts_file;
            lines.iter().any(|(own, names, marked)| *marked && own == address && names.contains(&lookup.name))
        };
        if !all.iter().any(marked) {
            return Some(all.clone());
        }
        let mut rest: Vec<IpAddr> = all.iter().filter(|address| !marked(address)).copied().collect();
        for address in lookup.dns.iter().flatten() {
            if !rest.contains(address) {
                rest.push(*address);
            }
        }
        Some(rest)
    }

    pub(super) fn reverse(&self, address: IpAddr) -> Option<&'a ReverseLookup> {
        self.facts.names.reverse.iter().find(|reverse| reverse.address == address)
    }

    /// Every address of the host with its interface.
    pub(super) fn host_addresses(&self) -> impl Iterator<Item = (IpAddr, &'a str)> + use<'a> {
        let facts = self.facts;
        facts.interfaces.iter().flat_map(|i| i.addresses.iter().map(|(address, _)| (*address, i.name.as_str())))
    }
}

/// `10.0.0.1, 10.0.0.2`, or a dash for none.
pub(super) fn listed<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "–".to_owned() } else { items.join(", ") }
}

/// The two addresses lie in one network of this prefix length.
pub(super) fn same_network(a: IpAddr, b: IpAddr, prefix: u8) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        _ => false,
    }
}
