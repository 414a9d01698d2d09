//! The host's own network: which interface carries the bridge, routes, IPv6, leftovers of bridges.

use super::bridge::{Candidate, Reason, candidates};
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::lang::{Lang, Text};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Network, severity, judge).at(Step::Vm, "engine_vm.bridge_interface")
}

pub(super) const RULES: &[Rule] = &[
    rule("network-manager-runs", Severity::Blocker, network_manager)
        .title("NetworkManager answers", "NetworkManager が応答する")
        .remedy(
            "The role asks nmcli for the kind of every interface and stops without it.",
            "ロールはすべてのインターフェースの種類を nmcli に問い合わせ、応答がないと停止します。",
        )
        .at(Step::Host, ""),
    rule("network-usable-interface", Severity::Blocker, any_interface)
        .title("Some interface can carry the management bridge", "管理ブリッジに使用できるインターフェースがある")
        .remedy(
            "Give one interface a link, an address and a supported form: a plain NIC, bondN in a supported mode, or PARENT.ID for a VLAN.",
            "いずれかのインターフェースにリンクとアドレスを設定し、対応する形式 (通常の NIC、対応モードの bondN、VLAN なら PARENT.ID) にしてください。",
        ),
    rule("network-bridge-interface", Severity::Blocker, bridge_interface)
        .title("The chosen interface can carry the management bridge", "選択したインターフェースを管理ブリッジに使用できる")
        .remedy("Choose another interface, or change this one as shown.", "別のインターフェースを選ぶか、示されたとおりに変更してください。"),
    rule("network-bond-mode", Severity::Warning, |case| having(case, |reason| matches!(reason, Reason::BondMode(_) | Reason::BondEmpty), "bond"))
        .title("Bonds have a mode that works below a bridge", "bond がブリッジの下で動作するモードである")
        .remedy(
            "Use mode 1 (active-backup), 2 (balance-xor), 3 (broadcast) or 4 (802.3ad).",
            "モード 1 (active-backup)、2 (balance-xor)、3 (broadcast)、4 (802.3ad) のいずれかを使用してください。",
        ),
    rule("network-bond-name", Severity::Warning, |case| having(case, |reason| *reason == Reason::BondName, "bond"))
        .title("Bonds are named bond and a number", "bond の名前が bond + 数字である")
        .remedy("Rename the bond; the engine accepts no other name.", "bond の名前を変更してください。エンジンは他の名前を受け付けません。"),
    rule("network-vlan-name", Severity::Warning, |case| having(case, |reason| matches!(reason, Reason::VlanName(_) | Reason::VlanParent(_)), "vlan"))
        .title("VLAN devices are named PARENT.ID", "VLAN デバイスの名前が PARENT.ID である")
        .remedy("Rename the VLAN device.", "VLAN デバイスの名前を変更してください。"),
    rule("network-team", Severity::Warning, |case| having(case, |reason| *reason == Reason::Team, "team"))
        .title("There are no team devices", "team デバイスがない")
        .remedy("Teams are not supported: make a bond of the same ports.", "team はサポートされません。同じポートで bond を作成してください。"),
    rule("network-bridge-leftover", Severity::Blocker, bridge_leftover)
        .of_deployment()
        .title("No management bridge is left from an earlier deployment", "以前のデプロイの管理ブリッジが残っていない")
        .remedy(
            "Clean the host up first; the role would take the old bridge's first port without looking at it.",
            "先にホストをクリーンアップしてください。ロールは古いブリッジの最初のポートをそのまま使用します。",
        )
        .at(Step::Host, ""),
    rule("network-ovs-leftover", Severity::Warning, ovs_leftover)
        .of_deployment()
        .title("No Open vSwitch bridge is left", "Open vSwitch ブリッジが残っていない")
        .remedy(
            "The role fails on the fact of an OVN bridge (\"has no attribute 'interfaces'\"). Remove it if nothing uses it.",
            "OVN ブリッジがあるとロールが失敗します (has no attribute 'interfaces')。使用していなければ削除してください。",
        )
        .at(Step::Host, ""),
    rule("network-speed", Severity::Warning, speed)
        .title("The management interface has at least 1 Gbit/s", "管理インターフェースが 1 Gbit/s 以上である")
        .remedy("Use a faster port; check cable, switch port and negotiation (ethtool).", "より高速なポートを使用してください。ケーブル、スイッチポート、ネゴシエーション (ethtool) を確認してください。"),
    rule("network-second-nic", Severity::Advice, second_nic)
        .title("The host has a second NIC for migration and storage", "移行とストレージ用に 2 枚目の NIC がある")
        .remedy("Two NICs are recommended.", "NIC 2 枚が推奨です。"),
    rule("network-mtu", Severity::Warning, mtu)
        .title("The MTU of the management interface suits what it lies on", "管理インターフェースの MTU が下位デバイスと整合している")
        .remedy("Use 1500 or more, and no more than its parent has.", "1500 以上、かつ親デバイスの MTU 以下にしてください。"),
    rule("network-address-dynamic", Severity::Advice, dynamic)
        .title("The management address is static", "管理アドレスが固定である")
        .remedy(
            "A DHCP address must be reserved for the host's MAC: when it changes, the engine loses the host.",
            "DHCP アドレスはホストの MAC に予約してください。変わるとエンジンからホストに接続できなくなります。",
        ),
    rule("network-default-gateway", Severity::Blocker, gateway)
        .title("The host has a default gateway", "ホストにデフォルトゲートウェイがある")
        .remedy("Set one on the management interface.", "管理インターフェースに設定してください。"),
    rule("network-gateway-interface", Severity::Warning, gateway_interface)
        .title("The default route goes over the management interface", "デフォルトルートが管理インターフェースを通る")
        .remedy(
            "The engine moves the default route to the management network; choose that interface or change the route.",
            "エンジンはデフォルトルートを管理ネットワークに移します。そのインターフェースを選ぶか、ルートを変更してください。",
        ),
    rule("network-gateway-answers", Severity::Warning, gateway_answers)
        .title("The default gateway answers", "デフォルトゲートウェイが応答する")
        .remedy(
            "Check cabling and VLAN. If it drops ping on purpose, choose another network test than ping.",
            "配線と VLAN を確認してください。意図的に ping を拒否している場合は、ネットワークテストに ping 以外を選んでください。",
        )
        .at(Step::Vm, "network_test.method"),
    rule("network-ipv6-enabled", Severity::Warning, ipv6)
        .title("IPv6 is enabled", "IPv6 が有効である")
        .remedy(
            "Keep IPv6 on even if you do not use it: remove ipv6.disable=1 and the sysctl settings disable_ipv6.",
            "使用しなくても IPv6 を有効にしておいてください。ipv6.disable=1 と sysctl の disable_ipv6 を削除してください。",
        )
        .at(Step::Host, ""),
];

fn no_interfaces(case: &Case<'_>) -> bool {
    case.facts.interfaces.is_empty()
}

fn network_manager(case: &Case<'_>) -> Verdict {
    let facts = case.facts;
    match &facts.network.network_manager {
        Some(devices) => {
            let count = devices.len();
            Verdict::Passed(text!("nmcli lists {count} devices", "nmcli が {count} 個のデバイスを表示"))
        }
        None if facts.status("nmcli").is_some_and(|status| status != 124) => {
            let status = facts.status("nmcli").unwrap_or_default();
            let missing = if status == 127 { " (command not found)" } else { "" };
            Verdict::of(false, plain(format!("nmcli: exit {status}{missing}")))
                .fix("dnf install -y NetworkManager")
                .fix("systemctl enable --now NetworkManager")
        }
        None => Verdict::unread("nmcli"),
    }
}

/// `eth0: has no link; bond0: …` in both languages.
fn reasons(candidates: &[Candidate]) -> Text {
    let line = |lang: Lang| {
        let one = |candidate: &Candidate| match &candidate.reason {
            None => format!("{}: OK", candidate.name),
            Some(reason) => format!("{}: {}", candidate.name, reason.text().get(lang)),
        };
        candidates.iter().filter(|c| c.reason != Some(Reason::Loopback)).map(one).collect::<Vec<_>>().join("; ")
    };
    Text::new(line(Lang::En), line(Lang::Ja))
}

fn any_interface(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    if case.management_bridge().is_some() {
        return Verdict::not_here("See network-bridge-leftover.", "network-bridge-leftover を参照。");
    }
    let candidates = candidates(case.facts);
    let usable = candidates.iter().any(|candidate| candidate.reason.is_none());
    let mut verdict = Verdict::of(usable, reasons(&candidates));
    for command in candidates.iter().flat_map(|candidate| &candidate.commands) {
        verdict = verdict.fix(command.clone());
    }
    verdict
}

fn bridge_interface(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    let Some(name) = case.bridge_name() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    if let Some(bridge) = case.management_bridge() {
        let bridge = &bridge.name;
        return Verdict::NotApplicable(text!(
            "{bridge} is there; its first port is taken. See network-bridge-leftover.",
            "{bridge} があるため、その最初のポートが使用されます (network-bridge-leftover を参照)。"
        ));
    }
    let candidates = candidates(case.facts);
    let usable = listed(candidates.iter().filter(|c| c.reason.is_none()).map(|c| c.name.as_str()));
    let Some(candidate) = candidates.iter().find(|candidate| candidate.name == name) else {
        return Verdict::of(
            false,
            text!("The host has no {name}; usable: {usable}", "ホストに {name} はありません (使用可能: {usable})"),
        );
    };
    match &candidate.reason {
        None => Verdict::Passed(plain(name)),
        Some(reason) => {
            let why = reason.text();
            let (en, ja) = (&why.en, &why.ja);
            let text =
                Text::new(format!("{name} {en}; usable: {usable}"), format!("{name}: {ja} (使用可能: {usable})"));
            Verdict::Failed(text, candidate.commands.clone())
        }
    }
}

/// No interface of this kind is unusable for such a reason.
fn having(case: &Case<'_>, matches: fn(&Reason) -> bool, kind: &str) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    let ours: Vec<&str> =
        case.facts.interfaces.iter().filter(|i| i.kind == kind).map(|interface| interface.name.as_str()).collect();
    if ours.is_empty() {
        let evidence = text!("no {kind} device", "{kind} デバイスなし");
        // For a kind that must not be there, its absence is the requirement.
        return if kind == "team" { Verdict::Passed(evidence) } else { Verdict::NotApplicable(evidence) };
    }
    let bad = |candidate: &Candidate| candidate.reason.as_ref().is_some_and(matches);
    let bad: Vec<Candidate> = candidates(case.facts).into_iter().filter(bad).collect();
    if bad.is_empty() {
        return Verdict::Passed(plain(listed(ours)));
    }
    let commands = bad.iter().flat_map(|candidate| candidate.commands.clone()).collect();
    Verdict::Failed(reasons(&bad), commands)
}

fn bridge_leftover(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    match case.management_bridge() {
        None => Verdict::Passed(text!("no management bridge", "管理ブリッジなし")),
        Some(bridge) => {
            let (name, kind) = (&bridge.name, &bridge.kind);
            Verdict::of(false, text!("{name} ({kind}) is there", "{name} ({kind}) があります"))
                .fix("ovirt-hosted-engine-cleanup")
        }
    }
}

fn ovs_leftover(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    let mut found: Vec<&str> = case.facts.network.ovs_bridges.iter().map(String::as_str).collect();
    let switches = case.facts.interfaces.iter().filter(|i| i.kind == "openvswitch").map(|i| i.name.as_str());
    found.extend(switches.filter(|name| *name != "ovs-system"));
    found.sort_unstable();
    found.dedup();
    let mut verdict = Verdict::of(found.is_empty(), plain(listed(&found)));
    for bridge in found {
        verdict = verdict.fix(format!("ovs-vsctl del-br {bridge}"));
    }
    verdict
}

fn speed(case: &Case<'_>) -> Verdict {
    let Some(interface) = case.bridge() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    // A VLAN is as fast as what it is on; a bond reports the sum or the active slave.
    let parent = interface.vlan.as_ref().and_then(|vlan| case.facts.interface(&vlan.parent));
    let name = &interface.name;
    match interface.speed_mbps.or_else(|| parent.and_then(|parent| parent.speed_mbps)) {
        Some(speed) => Verdict::of(speed >= 1000, plain(format!("{name}: {speed} Mbit/s"))),
        None => Verdict::unread(&format!("/sys/class/net/{name}/speed")),
    }
}

fn second_nic(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j addr");
    }
    let physical: Vec<&str> = case
        .facts
        .interfaces
        .iter()
        .filter(|interface| interface.kind.is_empty() && interface.name != "lo")
        .map(|interface| interface.name.as_str())
        .collect();
    Verdict::of(physical.len() >= 2, plain(listed(physical)))
}

fn mtu(case: &Case<'_>) -> Verdict {
    let Some(interface) = case.bridge() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    let parent = interface.vlan.as_ref().and_then(|vlan| case.facts.interface(&vlan.parent));
    let (name, mtu) = (&interface.name, interface.mtu);
    let mut evidence = format!("{name} {mtu}");
    if let Some(parent) = parent {
        evidence = format!("{evidence}, {} {}", parent.name, parent.mtu);
    }
    let fits = parent.is_none_or(|parent| parent.mtu >= mtu);
    Verdict::of(mtu >= 1500 && fits, plain(evidence))
}

fn dynamic(case: &Case<'_>) -> Verdict {
    let Some(interface) = case.bridge() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    let addresses = listed(interface.addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}")));
    let kind = if interface.dynamic { "dynamic" } else { "static" };
    Verdict::of(!interface.dynamic, plain(format!("{}: {addresses} {kind}", interface.name)))
}

fn gateway(case: &Case<'_>) -> Verdict {
    if no_interfaces(case) {
        return Verdict::unread("ip -j route");
    }
    match &case.facts.default_route {
        Some(route) => Verdict::Passed(plain(format!("{} ({})", route.gateway, route.interface))),
        None => Verdict::of(false, text!("no default route", "デフォルトルートなし"))
            .fix("nmcli connection modify CONNECTION ipv4.gateway ADDRESS && nmcli connection up CONNECTION"),
    }
}

fn gateway_interface(case: &Case<'_>) -> Verdict {
    let (Some(route), Some(name)) = (&case.facts.default_route, case.bridge_name()) else {
        return Verdict::not_here("There is no default route.", "デフォルトルートがありません。");
    };
    let bridge = case.management_bridge().is_some_and(|bridge| bridge.name == route.interface);
    Verdict::of(route.interface == name || bridge, plain(format!("{} ({}), {name}", route.gateway, route.interface)))
}

fn gateway_answers(case: &Case<'_>) -> Verdict {
    let Some(route) = &case.facts.default_route else {
        return Verdict::not_here("There is no default route.", "デフォルトルートがありません。");
    };
    let answer = case.facts.names.addresses.iter().find(|answer| answer.address == route.gateway);
    match answer {
        Some(answer) if answer.ping == Some(true) => Verdict::Passed(plain(route.gateway.to_string())),
        Some(answer) if answer.ping == Some(false) => {
            Verdict::of(false, text!("{0} does not answer to ping", "{0} が ping に応答しません", route.gateway))
        }
        _ => Verdict::unread("ping"),
    }
}

fn ipv6(case: &Case<'_>) -> Verdict {
    let disabled = match &case.facts.network.ipv6_disabled {
        None if case.facts.status("ipv6-disabled") == Some(2) => {
            return Verdict::of(false, text!("the kernel has no IPv6", "カーネルに IPv6 がありません"))
                .fix("grubby --update-kernel=ALL --remove-args=ipv6.disable");
        }
        None => return Verdict::unread("/proc/sys/net/ipv6"),
        Some(disabled) => disabled,
    };
    let name = case.bridge_name().unwrap_or_default();
    let ours = |interface: &&String| ["all", "default", "lo", name].contains(&interface.as_str());
    let off: Vec<&String> = disabled.iter().filter(ours).collect();
    let evidence =
        if off.is_empty() { "disable_ipv6=0".to_owned() } else { format!("disable_ipv6=1: {}", listed(&off)) };
    Verdict::of(off.is_empty(), plain(evidence)).fix("sysctl -w net.ipv6.conf.all.disable_ipv6=0")
}
