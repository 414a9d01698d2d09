//! Rules of the answers against the host. What the host itself lacks is no answer's fault and is told by the checks.

use super::cross::{Subnet, minimal_memory_mib};
use crate::answers::Answers;
use crate::defaults::{MEMORY_GRACE_MIB, RESERVED_MEMORY_MIB, max_memory_mib};
use crate::facts::{Facts, Interface};
use crate::lang::text;
use crate::problem::Problem;
use std::net::IpAddr;

pub(super) fn problems(answers: &Answers, facts: &Facts) -> Vec<Problem> {
    let mut problems = Vec::new();
    not_derived(answers, &mut problems);
    size(answers, facts, &mut problems);
    let bridge = bridge(answers, facts, &mut problems);
    address(answers, facts, bridge, &mut problems);
    problems
}

/// Fields that the host could have filled and did not.
fn not_derived(answers: &Answers, problems: &mut Vec<Problem>) {
    let vm = &answers.engine_vm;
    for (field, lacks) in [
        ("host.fqdn", answers.host.fqdn.is_none()),
        ("engine_vm.mac", vm.mac.is_none()),
        ("engine_vm.bridge_interface", vm.bridge_interface.is_none()),
        ("engine_vm.gateway", vm.gateway.is_none()),
        ("engine_vm.memory_mib", vm.memory_mib.is_none()),
        ("engine_vm.vcpus", vm.vcpus.is_none()),
    ] {
        if lacks {
            problems.push(Problem::new(
                field,
                text!(
                    "The field is missing, and the host gives nothing to derive it from.",
                    "この項目が指定されておらず、ホストからも決められません。"
                ),
                text!("Add it to the answers.", "回答に追加してください。"),
            ));
        }
    }
}

fn size(answers: &Answers, facts: &Facts, problems: &mut Vec<Problem>) {
    let most = max_memory_mib(answers, facts);
    let checked = minimal_memory_mib(answers).is_some() && facts.available_memory_mib > 0;
    if let Some(memory) = answers.engine_vm.memory_mib.filter(|memory| checked && *memory > most) {
        let available = facts.available_memory_mib;
        let reserved = answers.advanced.reserved_memory_mib.unwrap_or(RESERVED_MEMORY_MIB);
        let grace = answers.advanced.memory_grace_mib.unwrap_or(MEMORY_GRACE_MIB);
        problems.push(Problem::new(
            "engine_vm.memory_mib",
            text!("{memory} MiB are more than the host can give: {most} MiB ({available} MiB available, {reserved} MiB kept for the host, {grace} MiB grace).", "{memory} MiB はホストが割り当てられる {most} MiB を超えています (使用可能 {available} MiB、ホスト用に {reserved} MiB、許容差 {grace} MiB)。"),
            text!("Give the VM less, or free memory on the host.", "VM のメモリを減らすか、ホストのメモリを空けてください。"),
        ));
    }
    let processors = facts.processors;
    if let Some(vcpus) = answers.engine_vm.vcpus.filter(|vcpus| processors > 0 && *vcpus > processors) {
        problems.push(Problem::new(
            "engine_vm.vcpus",
            text!(
                "{vcpus} virtual CPUs are more than the host's {processors} processors.",
                "仮想 CPU {vcpus} 個はホストのプロセッサー数 {processors} を超えています。"
            ),
            text!("Write at most {processors}.", "{processors} 以下を指定してください。"),
        ));
    }
}

fn bridge<'a>(answers: &Answers, facts: &'a Facts, problems: &mut Vec<Problem>) -> Option<&'a Interface> {
    let name = answers.engine_vm.bridge_interface.as_deref()?;
    if facts.interfaces.is_empty() {
        return None;
    }
    let found = facts.interfaces.iter().find(|interface| interface.name == name);
    if found.is_none() {
        let names = facts.interfaces.iter().map(|interface| interface.name.as_str()).filter(|name| *name != "lo");
        let list = names.collect::<Vec<&str>>().join(", ");
        problems.push(Problem::new(
            "engine_vm.bridge_interface",
            text!("The host has no interface \"{name}\".", "ホストに \"{name}\" というインターフェースはありません。"),
            text!("It has: {list}.", "ホストにあるもの: {list}。"),
        ));
    }
    found
}

fn address(answers: &Answers, facts: &Facts, bridge: Option<&Interface>, problems: &mut Vec<Problem>) {
    let all = || facts.interfaces.iter().filter(|interface| interface.name != "lo").flat_map(|nic| &nic.addresses);
    // The bridge's addresses move to the management network; once that exists, the interface itself has none.
    let networks: Vec<(IpAddr, u8)> = match bridge {
        Some(bridge) if !bridge.addresses.is_empty() => bridge.addresses.clone(),
        _ => all().copied().collect(),
    };
    let subnets = |family: IpAddr| -> Vec<Subnet> {
        let same = networks.iter().filter(|(address, _)| address.is_ipv4() == family.is_ipv4());
        same.map(|(address, prefix)| Subnet::of(*address, *prefix)).collect()
    };
    let list = |subnets: &[Subnet]| subnets.iter().map(ToString::to_string).collect::<Vec<String>>().join(", ");
    if let Some((address, _)) = answers.engine_vm.static_address() {
        let known = subnets(address);
        if all().any(|(own, _)| *own == address) {
            problems.push(Problem::new(
                "engine_vm.ip",
                text!("{address} is the host's own address.", "{address} はホスト自身のアドレスです。"),
                text!(
                    "Choose a free address for the engine VM.",
                    "エンジン VM には空いているアドレスを選んでください。"
                ),
            ));
        } else if !networks.is_empty() && !known.iter().any(|subnet| subnet.contains(address)) {
            let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
            let subnets = list(&known);
            problems.push(Problem::new(
                "engine_vm.ip",
                if known.is_empty() {
                    text!("{address} is {family}, but the management interface has no {family} address.", "{address} は {family} ですが、管理インターフェースに {family} アドレスがありません。")
                } else {
                    text!("{address} is not in the host's subnet ({subnets}).", "{address} はホストのサブネット ({subnets}) にありません。")
                },
                text!("Choose an address of the management network; the engine VM joins it through the bridge.", "管理ネットワークのアドレスを選んでください。エンジン VM はブリッジを通じてそのネットワークに接続します。"),
            ));
        }
    }
    let gateway = answers.engine_vm.gateway.as_deref().and_then(|gateway| gateway.parse::<IpAddr>().ok());
    if let Some(gateway) = gateway {
        let known = subnets(gateway);
        let link_local = matches!(gateway, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if !known.is_empty() && !link_local && !known.iter().any(|subnet| subnet.contains(gateway)) {
            let subnets = list(&known);
            problems.push(Problem::new(
                "engine_vm.gateway",
                text!(
                    "The gateway {gateway} is not in the host's subnet ({subnets}).",
                    "ゲートウェイ {gateway} がホストのサブネット ({subnets}) にありません。"
                ),
                text!(
                    "Write the gateway of the management network.",
                    "管理ネットワークのゲートウェイを指定してください。"
                ),
            ));
        }
    }
}
