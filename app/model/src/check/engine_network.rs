//! The engine's address, the network of the local VM, proxies and address families.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, same_network, text};
use crate::answers::{IpFamily, NetworkMode};
use crate::facts::Route;
use std::net::{IpAddr, Ipv4Addr};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Network, severity, judge).at(Step::Vm, "engine_vm.ip")
}

pub(super) const RULES: &[Rule] = &[
    rule("engine-ip-in-subnet", Severity::Blocker, in_subnet)
        .title("The engine's static address is in the host's network", "エンジンの固定アドレスがホストと同じネットワークにある")
        .remedy(
            "Choose an address of the management interface's network: host and engine VM share one bridge.",
            "管理インターフェースのネットワークのアドレスを選んでください。ホストとエンジン VM は同じブリッジを共有します。",
        ),
    rule("engine-ip-prefix", Severity::Blocker, prefix)
        .title("The engine's prefix length is the host's", "エンジンのプレフィックス長がホストと同じである")
        .remedy("Use the prefix length of the management interface.", "管理インターフェースのプレフィックス長を使用してください。")
        .at(Step::Vm, "engine_vm.prefix"),
    rule("engine-ip-usable", Severity::Blocker, usable)
        .title("The engine's static address can belong to a machine", "エンジンの固定アドレスがマシンに割り当て可能である")
        .remedy(
            "Choose an address that is not the network's own, its broadcast address, loopback or multicast.",
            "ネットワークアドレス、ブロードキャスト、ループバック、マルチキャスト以外のアドレスを選んでください。",
        ),
    rule("engine-ip-not-host", Severity::Blocker, not_host)
        .title("The engine's static address is not the host's", "エンジンの固定アドレスがホストのものではない")
        .remedy("Choose a free address for the engine.", "エンジンには空いているアドレスを選んでください。"),
    rule("engine-ip-free", Severity::Blocker, free)
        .of_deployment()
        .title("Nothing answers at the engine's static address", "エンジンの固定アドレスで応答するものがない")
        .remedy(
            "Find the machine by the MAC address shown, or choose another address. An earlier engine VM that still runs must be shut down first.",
            "示された MAC アドレスのマシンを特定するか、別のアドレスを選んでください。以前のエンジン VM が動作中なら先に停止してください。",
        ),
    rule("engine-gateway-in-subnet", Severity::Blocker, gateway)
        .title("The gateway is in the management network", "ゲートウェイが管理ネットワークにある")
        .remedy("Name the gateway of the management network.", "管理ネットワークのゲートウェイを指定してください。")
        .at(Step::Vm, "engine_vm.gateway"),
    rule("engine-ipv6-static", Severity::Blocker, ipv6_static)
        .title("An IPv6 engine has a static address", "IPv6 のエンジンが固定アドレスを持つ")
        .remedy("DHCPv6 is not supported for the engine VM: give it a static address.", "エンジン VM では DHCPv6 はサポートされません。固定アドレスを指定してください。")
        .at(Step::Vm, "engine_vm.network"),
    rule("engine-mac-free", Severity::Blocker, mac)
        .title("The engine's MAC address is not on this host", "エンジンの MAC アドレスがこのホストで使用されていない")
        .remedy("Choose another MAC address, or leave it out.", "別の MAC アドレスを選ぶか、指定しないでください。")
        .at(Step::Vm, "engine_vm.mac"),
    rule("network-nat-subnet", Severity::Blocker, nat)
        .title("A free network is there for the local engine VM", "ローカルエンジン VM 用の空きネットワークがある")
        .remedy(
            "The VM starts behind NAT in 192.168.222.0/24, or the first free 192.168.N.0/24. Name a prefix that nothing in your network uses.",
            "VM は NAT の背後の 192.168.222.0/24 (または最初に空いている 192.168.N.0/24) で起動します。ネットワークで未使用のプレフィックスを指定してください。",
        )
        .at(Step::Vm, "engine_vm.nat_ipv4_prefix"),
    rule("network-nat-clash", Severity::Warning, nat_clash)
        .title("The default NAT networks do not clash with yours", "既定の NAT ネットワークが既存ネットワークと衝突しない")
        .remedy(
            "Another prefix is taken automatically on the host; name one yourself if machines of the clashing network must reach the engine meanwhile.",
            "ホストでは自動的に別のプレフィックスが使用されます。衝突するネットワークのマシンがその間エンジンに接続する必要がある場合は、自分で指定してください。",
        )
        .at(Step::Vm, "engine_vm.nat_ipv4_prefix"),
    rule("network-address-family", Severity::Blocker, family)
        .title("Host and engine use one address family", "ホストとエンジンが同じアドレスファミリーを使用する")
        .remedy(
            "Give both names addresses of one family, and choose it in the answers when the names have both.",
            "両方の名前に同じファミリーのアドレスを登録し、両方ある場合は回答で選択してください。",
        )
        .at(Step::Vm, "host.ip_family"),
    rule("network-proxy-exception", Severity::Warning, proxy)
        .title("No proxy stands between the host and the engine", "ホストとエンジンの間にプロキシーがない")
        .remedy(
            "Add the engine's name (or its domain) to no_proxy where the proxy is set, and log in again.",
            "プロキシーを設定している場所で no_proxy にエンジンの名前 (またはドメイン) を追加し、再ログインしてください。",
        )
        .at(Step::Vm, "engine_vm.fqdn"),
];

/// Addresses of the bridge interface in the family of `address`.
fn bridge_networks(case: &Case<'_>, address: IpAddr) -> Vec<(IpAddr, u8)> {
    let interface = case.bridge();
    let all = interface.map(|interface| interface.addresses.as_slice()).unwrap_or_default();
    all.iter().filter(|(own, _)| own.is_ipv4() == address.is_ipv4()).copied().collect()
}

fn networks(list: &[(IpAddr, u8)]) -> String {
    listed(list.iter().map(|(address, prefix)| format!("{address}/{prefix}")))
}

fn dynamic() -> Verdict {
    Verdict::not_here("The address comes from DHCP.", "アドレスは DHCP から取得します。")
}

fn in_subnet(case: &Case<'_>) -> Verdict {
    let Some(address) = case.engine_ip() else { return dynamic() };
    let own = bridge_networks(case, address);
    let Some(name) = case.bridge_name() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j addr");
    }
    let networks = networks(&own);
    let inside = own.iter().any(|(host, prefix)| same_network(*host, address, *prefix));
    Verdict::of(inside, plain(format!("{address}; {name}: {networks}")))
}

fn prefix(case: &Case<'_>) -> Verdict {
    let Some((address, prefix)) = case.answers.engine_vm.static_address() else { return dynamic() };
    let Some(prefix) = prefix else {
        return Verdict::not_here("Taken from the host.", "ホストから取得します。");
    };
    let own = bridge_networks(case, address);
    let Some((_, host)) = own.iter().find(|(host, length)| same_network(*host, address, *length)) else {
        return Verdict::not_here(
            "The address is not in the host's network.",
            "アドレスがホストのネットワークにありません。",
        );
    };
    Verdict::of(*host == prefix, text!("/{prefix} asked for, the host has /{host}", "指定 /{prefix}、ホスト /{host}"))
}

fn usable(case: &Case<'_>) -> Verdict {
    let Some(address) = case.engine_ip() else { return dynamic() };
    if address.is_loopback() || address.is_multicast() || address.is_unspecified() {
        return Verdict::of(false, plain(address.to_string()));
    }
    let own = bridge_networks(case, address);
    let network = own.iter().find(|(host, prefix)| same_network(*host, address, *prefix));
    let edge = match (address, network) {
        (IpAddr::V4(address), Some((_, prefix))) if *prefix < 31 => {
            let host_part = u32::MAX.checked_shr(u32::from(*prefix)).unwrap_or(0);
            let own = address.to_bits() & host_part;
            own == 0 || own == host_part
        }
        _ => false,
    };
    Verdict::of(!edge, plain(address.to_string()))
}

fn not_host(case: &Case<'_>) -> Verdict {
    let Some(address) = case.engine_ip() else { return dynamic() };
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j addr");
    }
    match case.host_addresses().find(|(own, _)| *own == address) {
        None => Verdict::Passed(plain(address.to_string())),
        Some((_, interface)) => Verdict::of(
            false,
            text!("{address} is on {interface} of this host", "{address} はこのホストの {interface} のアドレスです"),
        ),
    }
}

fn free(case: &Case<'_>) -> Verdict {
    let Some(address) = case.engine_ip() else { return dynamic() };
    let Some(answer) = case.facts.names.addresses.iter().find(|answer| answer.address == address) else {
        return Verdict::unread(&format!("ping {address}"));
    };
    match (answer.ping, answer.mac.as_str()) {
        (Some(false), "") => Verdict::Passed(text!("{address} does not answer", "{address} は応答しません")),
        (None, "") => Verdict::unread(&format!("ping {address}")),
        (_, "") => Verdict::of(false, text!("{address} answers to ping", "{address} が ping に応答します")),
        (_, mac) => Verdict::of(false, text!("{address} answers from {mac}", "{address} が {mac} から応答します")),
    }
}

fn gateway(case: &Case<'_>) -> Verdict {
    let Some(text) = case.answers.engine_vm.gateway.as_deref() else {
        return Verdict::not_here("Taken from the host.", "ホストから取得します。");
    };
    let Ok(gateway) = text.parse::<IpAddr>() else { return Verdict::of(false, plain(text)) };
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j addr");
    }
    let own = bridge_networks(case, gateway);
    let networks = networks(&own);
    let inside = own.iter().any(|(host, prefix)| same_network(*host, gateway, *prefix));
    let link_local = matches!(gateway, IpAddr::V6(address) if address.is_unicast_link_local());
    Verdict::of(inside || link_local, plain(format!("{gateway}; {networks}")))
}

fn ipv6_static(case: &Case<'_>) -> Verdict {
    if case.answers.engine_vm.network_mode() == NetworkMode::Static {
        let ip = case.answers.engine_vm.ip.as_deref().unwrap_or("–");
        return Verdict::Passed(plain(ip));
    }
    let only_v6 = case.answers.host.ip_family == Some(IpFamily::Ipv6);
    Verdict::of(!only_v6, plain(if only_v6 { "ipv6, dhcp" } else { "dhcp" }))
}

fn mac(case: &Case<'_>) -> Verdict {
    let Some(mac) = case.answers.engine_vm.mac.as_deref() else {
        return Verdict::not_here("A random one is made.", "ランダムに生成されます。");
    };
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j addr");
    }
    let owner = case.facts.interfaces.iter().find(|interface| interface.mac.eq_ignore_ascii_case(mac));
    match owner {
        None => Verdict::Passed(plain(mac)),
        Some(interface) => {
            let name = &interface.name;
            Verdict::of(false, text!("{mac} is {name} of this host", "{mac} はこのホストの {name} です"))
        }
    }
}

/// The 192.168.N.0/24 that the role may give to the local VM.
fn subnet(third: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 168, third, 0)
}

/// Routes of the host that lead into this /24, or hold it. libvirt's own bridges do not count: the default network of
/// an earlier attempt is torn down and made anew.
fn into<'a>(case: &Case<'a>, subnet: Ipv4Addr) -> impl Iterator<Item = &'a Route> {
    let subnet = IpAddr::V4(subnet);
    case.facts.network.routes.iter().filter(move |route| {
        let Some((network, prefix)) = route.destination.split_once('/') else { return false };
        let (Ok(network), Ok(prefix)) = (network.parse::<IpAddr>(), prefix.parse::<u8>()) else { return false };
        !route.interface.starts_with("virbr") && same_network(network, subnet, prefix.min(24))
    })
}

/// The host is in this network itself: there is no next hop on the way to it, which is what the role asks
/// (`ip route get`, `search_available_network_subnet.yaml`).
fn connected(case: &Case<'_>, subnet: Ipv4Addr) -> bool {
    let own = |(own, name): (IpAddr, &str)| !name.starts_with("virbr") && same_network(own, IpAddr::V4(subnet), 24);
    case.host_addresses().any(own) || into(case, subnet).any(|route| route.gateway.is_none())
}

fn nat(case: &Case<'_>) -> Verdict {
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j route");
    }
    if let Some(prefix) = case.answers.engine_vm.nat_ipv4_prefix.as_deref() {
        let Ok(network) = format!("{prefix}.0").parse::<Ipv4Addr>() else { return Verdict::of(false, plain(prefix)) };
        return Verdict::of(!connected(case, network), plain(format!("{network}/24")));
    }
    if case.facts.default_route.is_none() {
        return Verdict::of(
            false,
            text!(
                "no default route, so the role takes every network for the host's own",
                "デフォルトルートがないため、ロールはすべてのネットワークを使用中と判断します"
            ),
        );
    }
    match std::iter::once(222).chain(1..=254).find(|third| !connected(case, subnet(*third))) {
        Some(third) => Verdict::Passed(text!("192.168.{third}.0/24 will be used", "192.168.{third}.0/24 を使用します")),
        None => Verdict::of(false, text!("all of 192.168.0.0/16 is in use", "192.168.0.0/16 がすべて使用中です")),
    }
}

fn nat_clash(case: &Case<'_>) -> Verdict {
    if case.facts.interfaces.is_empty() {
        return Verdict::unread("ip -j route");
    }
    let clash = |third: &u8| connected(case, subnet(*third)) || into(case, subnet(*third)).next().is_some();
    let clashes: Vec<String> =
        [222, 122].into_iter().filter(clash).map(|third| format!("{}/24", subnet(third))).collect();
    Verdict::of(clashes.is_empty(), plain(listed(clashes)))
}

fn family(case: &Case<'_>) -> Verdict {
    let (Some(host), Some(engine)) = (case.host_name(), case.engine_name()) else {
        return Verdict::unanswered("engine_vm.fqdn");
    };
    let addresses = |name: &str| case.lookup(name).and_then(|lookup| case.addresses(lookup)).unwrap_or_default();
    let (host_list, engine_list) = (addresses(host), addresses(engine));
    if host_list.is_empty() || engine_list.is_empty() {
        return Verdict::not_here("A name does not resolve; see there.", "名前を解決できません (該当の検査を参照)。");
    }
    let (four, six) = match case.family() {
        IpFamily::Ipv4 => (true, false),
        IpFamily::Ipv6 => (false, true),
        IpFamily::Auto => (true, true),
    };
    let has = |list: &[IpAddr], v4: bool| list.iter().any(|address| address.is_ipv4() == v4);
    let common = (four && has(&host_list, true) && has(&engine_list, true))
        || (six && has(&host_list, false) && has(&engine_list, false));
    Verdict::of(common, plain(format!("{host}: {}; {engine}: {}", listed(host_list), listed(engine_list))))
}

/// A `no_proxy` entry covers a name when it is the name, a suffix of it (with or without a leading dot), or `*`.
fn excepted(entry: &str, name: &str) -> bool {
    let entry = entry.trim().trim_start_matches('.');
    !entry.is_empty() && (entry == "*" || entry == name || name.ends_with(&format!(".{entry}")))
}

fn proxy(case: &Case<'_>) -> Verdict {
    let Some(engine) = case.engine_name() else { return Verdict::unanswered("engine_vm.fqdn") };
    if case.facts.status("proxies") != Some(0) {
        return Verdict::unread("env");
    }
    let settings: Vec<(String, &str)> = case
        .facts
        .network
        .proxies
        .iter()
        .filter_map(|line| line.trim_start_matches("export ").split_once('='))
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim().trim_matches(['"', '\''])))
        .collect();
    let proxied: Vec<&str> = settings
        .iter()
        .filter(|(key, value)| matches!(key.as_str(), "http_proxy" | "https_proxy" | "all_proxy") && !value.is_empty())
        .map(|(_, value)| *value)
        .collect();
    if proxied.is_empty() {
        return Verdict::Passed(text!("no proxy is set", "プロキシーの設定なし"));
    }
    let exceptions = settings.iter().filter(|(key, _)| key == "no_proxy").flat_map(|(_, value)| value.split(','));
    let excepted = exceptions.clone().any(|entry| excepted(entry, engine));
    let exceptions = listed(exceptions);
    Verdict::of(excepted, plain(format!("{}; no_proxy={exceptions}", listed(proxied))))
        .fix(format!("no_proxy={engine}"))
}
