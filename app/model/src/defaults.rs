//! What was left open and can be derived from the host, fixed once so that every phase of a run says the same.

use crate::answers::Answers;
use crate::facts::{Facts, Interface};
use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// Random bytes that [`fill`] and [`Fixed::new`] take; they have no randomness of their own.
pub type Random = [u8; 64];

/// Memory that the engine VM gets where the host has it, in MiB (deployment guide: 16 GB recommended).
pub const RECOMMENDED_MEMORY_MIB: u64 = 16384;
/// The least memory that the role accepts, in MiB.
pub const MINIMAL_MEMORY_MIB: u64 = 4096;
/// What the role leaves to the host, in MiB (`he_reserved_memory_MB`).
pub const RESERVED_MEMORY_MIB: u64 = 512;
/// What the role overlooks when it compares, in MiB (`he_avail_memory_grace_MB`).
pub const MEMORY_GRACE_MIB: u64 = 200;

/// A field that was left open and what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The field's path.
    pub field: String,
    /// The value, as a person reads it.
    pub value: String,
    /// Why this value.
    pub why: Text,
}

/// What a run decides once besides the answers; all phases get the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fixed {
    /// cloud-init's instance id of the local VM.
    pub vm_uuid: String,
    /// Id of the VM's network card in its configuration file.
    pub nic_uuid: String,
    /// Id of the VM's CD drive in its configuration file.
    pub cdrom_uuid: String,
    /// The host's processors: the most virtual CPUs the VM may have. 0 when not known.
    pub max_vcpus: u32,
    /// The VM's time zone. Empty when not known.
    pub time_zone: String,
    /// The host's address, where it is known for sure. Else the role looks the host's name up.
    pub host_ip: Option<String>,
}

impl Fixed {
    /// Fixes the ids and what the host says. Uses the last 48 of the random bytes.
    pub fn new(answers: &Answers, facts: &Facts, random: &Random) -> Self {
        let [_, vm, nic, cdrom] = quarters(random);
        Self {
            vm_uuid: uuid(vm),
            nic_uuid: uuid(nic),
            cdrom_uuid: uuid(cdrom),
            max_vcpus: facts.processors,
            time_zone: answers.engine_vm.time_zone.clone().unwrap_or_else(|| facts.time_zone.clone()),
            host_ip: None,
        }
    }
}

fn quarters(random: &Random) -> [[u8; 16]; 4] {
    let mut quarters = [[0; 16]; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(random.chunks_exact(16)) {
        quarter.copy_from_slice(bytes);
    }
    quarters
}

/// A random UUID (RFC 9562, version 4).
fn uuid(bytes: [u8; 16]) -> String {
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xf << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// The most memory in MiB that the role lets the engine VM have: free + buffers/cache − reserved + grace
/// (role, `pre_checks/validate_memory_size.yml`). 0 when the host did not say.
pub fn max_memory_mib(answers: &Answers, facts: &Facts) -> u64 {
    let reserved = answers.advanced.reserved_memory_mib.unwrap_or(RESERVED_MEMORY_MIB);
    let grace = answers.advanced.memory_grace_mib.unwrap_or(MEMORY_GRACE_MIB);
    (facts.available_memory_mib + grace).saturating_sub(reserved)
}

/// Fills what was left open and can be derived; says what it filled and why. Answers that were given stay.
pub fn fill(answers: &mut Answers, facts: &Facts, random: &Random) -> Vec<Filled> {
    let mut filled = Vec::new();
    let max_memory = max_memory_mib(answers, facts);
    let interface = derived_interface(facts);

    if !facts.fqdn.is_empty() {
        let why = Text::new("the host calls itself so (hostname -f)", "ホスト自身の名前です (hostname -f)");
        open(&mut answers.host.fqdn, "host.fqdn", facts.fqdn.clone(), why, &mut filled);
    }
    if let Some(fqdn) = answers.host.fqdn.clone() {
        let why = Text::new("the host's FQDN", "ホストの FQDN です");
        open(&mut answers.host.name_in_engine, "host.name_in_engine", fqdn, why, &mut filled);
    }
    let vm = &mut answers.engine_vm;
    let [[_, _, _, x, y, z, ..], ..] = quarters(random);
    // The lower half of the last three bytes is for VMs without a manager; the engine's own pool starts elsewhere.
    let mac = format!("00:16:3e:{:02x}:{y:02x}:{z:02x}", x & 0x7f);
    let why = Text::new("chosen at random, once for this run", "この実行のために一度だけ無作為に選びました");
    open(&mut vm.mac, "engine_vm.mac", mac, why, &mut filled);
    if let Some((name, why)) = interface {
        open(&mut vm.bridge_interface, "engine_vm.bridge_interface", name, why, &mut filled);
    }
    if let Some(route) = &facts.default_route {
        let why = Text::new("the gateway of the host's default route", "ホストのデフォルト経路のゲートウェイです");
        open(&mut vm.gateway, "engine_vm.gateway", route.gateway.to_string(), why, &mut filled);
    }
    if facts.processors > 0 {
        let why = Text::new(
            format!("4 are recommended, the host has {}", facts.processors),
            format!("推奨は 4 で、ホストには {} あります", facts.processors),
        );
        open(&mut vm.vcpus, "engine_vm.vcpus", facts.processors.min(4), why, &mut filled);
    }
    if max_memory >= MINIMAL_MEMORY_MIB {
        let why = Text::new(
            format!("{RECOMMENDED_MEMORY_MIB} MiB are recommended, the host has {max_memory} MiB to give"),
            format!("推奨は {RECOMMENDED_MEMORY_MIB} MiB で、ホストが割り当てられるのは {max_memory} MiB です"),
        );
        open(&mut vm.memory_mib, "engine_vm.memory_mib", RECOMMENDED_MEMORY_MIB.min(max_memory), why, &mut filled);
    }
    if !facts.time_zone.is_empty() {
        let why = Text::new("the host's time zone", "ホストのタイムゾーンです");
        open(&mut vm.time_zone, "engine_vm.time_zone", facts.time_zone.clone(), why, &mut filled);
    }
    filled
}

fn open<T: std::fmt::Display>(field: &mut Option<T>, path: &str, value: T, why: Text, filled: &mut Vec<Filled>) {
    if field.is_none() {
        filled.push(Filled { field: path.to_owned(), value: value.to_string(), why });
        *field = Some(value);
    }
}

/// The interface of the default route; else the only one that is up and could carry the bridge.
fn derived_interface(facts: &Facts) -> Option<(String, Text)> {
    if let Some(route) = &facts.default_route {
        let known = facts.interfaces.iter().find(|interface| interface.name == route.interface);
        if known.is_none_or(could_carry_the_bridge) {
            let why = Text::new("the host's default route uses it", "ホストのデフォルト経路が使っています");
            return Some((route.interface.clone(), why));
        }
    }
    let mut candidates = facts.interfaces.iter().filter(|interface| could_carry_the_bridge(interface));
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => {
            let why = Text::new("the only interface that is up", "稼働中の唯一のインターフェースです");
            Some((only.name.clone(), why))
        }
        _ => None,
    }
}

/// What the role's interface filter keeps, as far as it is plain (`pre_checks/001_validate_network_interfaces.yml`).
fn could_carry_the_bridge(interface: &Interface) -> bool {
    interface.up
        && interface.name != "lo"
        && interface.master.is_none()
        && !interface.addresses.is_empty()
        && matches!(interface.kind.as_str(), "" | "bond" | "vlan" | "veth")
}
