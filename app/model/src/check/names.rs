//! Names of host and engine: forward, reverse, by which source. Role: `pre_checks/002_validate_hostname_tasks.yml`,
//! which does no reverse look-up and cannot tell DNS from /etc/hosts; the guide asks for both.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::answers::{IpFamily, NetworkMode};
use crate::facts::Lookup;
use std::net::IpAddr;

const fn host(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Names, severity, judge).at(Step::Vm, "host.fqdn")
}

const fn engine(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Names, severity, judge).at(Step::Vm, "engine_vm.fqdn")
}

const RECORDS: (&str, &str) = (
    "Add the missing record in DNS; both directions must agree.",
    "DNS に不足しているレコードを追加してください。正引きと逆引きが一致する必要があります。",
);

pub(super) const RULES: &[Rule] = &[
    host("host-name-not-localhost", Severity::Blocker, |case| not_localhost(case.host_name(), "host.fqdn"))
        .mandatory()
        .title("The host has a name of its own", "ホストに固有の名前がある")
        .remedy("Give the host its FQDN.", "ホストに FQDN を設定してください。"),
    host("host-name-qualified", Severity::Warning, |case| qualified(case.host_name(), "host.fqdn"))
        .title("The host's name is fully qualified", "ホスト名が完全修飾名である")
        .remedy("Give the host a name with its domain.", "ドメインを含む名前を設定してください。"),
    host("host-name-resolves", Severity::Blocker, |case| resolves(case, case.host_name(), "host.fqdn"))
        .title("The host's name resolves on the host", "ホスト上でホスト名を解決できる")
        .remedy(RECORDS.0, RECORDS.1),
    host("host-name-local", Severity::Blocker, host_local)
        .title("The host's name resolves to an address of the host", "ホスト名がホスト自身のアドレスに解決される")
        .remedy(
            "Correct the DNS record, or remove the wrong line (often 127.0.1.1) from /etc/hosts.",
            "DNS レコードを修正するか、/etc/hosts の誤った行 (127.0.1.1 が多い) を削除してください。",
        ),
    host("host-name-on-interface", Severity::Blocker, host_on_interface)
        .title("All addresses of the host's name are on the management interface", "ホスト名のすべてのアドレスが管理インターフェースにある")
        .remedy(
            "The role refuses a name that also means another interface. Give the other interfaces names of their own, or put `files dns` first in nsswitch.conf's hosts line.",
            "他のインターフェースも指す名前はロールが拒否します。他のインターフェースには別の名前を付けるか、nsswitch.conf の hosts 行で files dns を先頭にしてください。",
        ),
    host("host-name-in-dns", Severity::Warning, |case| in_dns(case, case.host_name(), "host.fqdn"))
        .title("The host's name is in DNS, not only in /etc/hosts", "ホスト名が /etc/hosts だけでなく DNS にある")
        .remedy("Add it to DNS: other hosts and the engine must find it too.", "DNS に追加してください。他のホストとエンジンからも解決できる必要があります。"),
    host("host-reverse", Severity::Warning, |case| reverse(case, case.host_name(), "host.fqdn"))
        .title("The host's address has a name in DNS", "ホストのアドレスを DNS で逆引きできる")
        .remedy(RECORDS.0, RECORDS.1),
    host("host-reverse-equal", Severity::Blocker, |case| reverse_equal(case, case.host_name(), "host.fqdn"))
        .title("The host's address leads back to the host's name", "ホストのアドレスの逆引きがホスト名と一致する")
        .remedy("Correct the PTR record of the address.", "アドレスの PTR レコードを修正してください。"),
    engine("engine-name-not-localhost", Severity::Blocker, |case| not_localhost(case.engine_name(), "engine_vm.fqdn"))
        .mandatory()
        .title("The engine has a name of its own", "エンジンに固有の名前がある")
        .remedy("Give the engine an FQDN that is not localhost.", "localhost 以外の FQDN をエンジンに指定してください。"),
    engine("engine-name-qualified", Severity::Blocker, |case| qualified(case.engine_name(), "engine_vm.fqdn"))
        .title("The engine's name is fully qualified", "エンジン名が完全修飾名である")
        .remedy("engine-setup wants a name with a domain; it stands in certificates and URLs.", "engine-setup にはドメインを含む名前が必要です。証明書と URL に使用されます。"),
    engine("engine-name-differs", Severity::Blocker, differs)
        .mandatory()
        .title("Engine and host have different names", "エンジンとホストの名前が異なる")
        .remedy("Choose another name for the engine.", "エンジンに別の名前を選んでください。"),
    engine("engine-name-resolves", Severity::Blocker, |case| resolves(case, case.engine_name(), "engine_vm.fqdn"))
        .title("The engine's name resolves on the host", "ホスト上でエンジン名を解決できる")
        .remedy(RECORDS.0, RECORDS.1),
    engine("engine-name-not-this-host", Severity::Blocker, not_this_host)
        .title("The engine's name is not an address of this host", "エンジン名がこのホストのアドレスではない")
        .remedy("Correct the record: the engine VM has its own address.", "レコードを修正してください。エンジン VM は独自のアドレスを持ちます。"),
    engine("engine-name-single", Severity::Warning, single)
        .title("The engine's name has one address in each family", "エンジン名のアドレスがファミリーごとに 1 つである")
        .remedy("Remove the other records: the engine VM has one interface.", "余分なレコードを削除してください。エンジン VM の NIC は 1 つです。"),
    engine("engine-name-in-dns", Severity::Warning, |case| in_dns(case, case.engine_name(), "engine_vm.fqdn"))
        .title("The engine's name is in DNS, not only in /etc/hosts", "エンジン名が /etc/hosts だけでなく DNS にある")
        .remedy("Add it to DNS: every host and browser must find it.", "DNS に追加してください。すべてのホストとブラウザーから解決できる必要があります。"),
    engine("engine-reverse", Severity::Warning, |case| reverse(case, case.engine_name(), "engine_vm.fqdn"))
        .title("The engine's address has a name in DNS", "エンジンのアドレスを DNS で逆引きできる")
        .remedy(RECORDS.0, RECORDS.1),
    engine("engine-reverse-equal", Severity::Blocker, |case| reverse_equal(case, case.engine_name(), "engine_vm.fqdn"))
        .title("The engine's address leads back to the engine's name", "エンジンのアドレスの逆引きがエンジン名と一致する")
        .remedy("Correct the PTR record of the address.", "アドレスの PTR レコードを修正してください。"),
    engine("engine-ip-is-dns-record", Severity::Blocker, ip_is_record)
        .title("The engine's static address is the one its name has", "エンジンの固定アドレスが名前のアドレスと一致する")
        .remedy(
            "Correct the DNS record or the address. If they differ, the last step waits 15 minutes for an engine that nobody finds.",
            "DNS レコードまたはアドレスを修正してください。異なると、最後の段階で見つからないエンジンを 15 分待つことになります。",
        )
        .at(Step::Vm, "engine_vm.ip"),
    engine("engine-dhcp-reservation", Severity::Advice, reservation)
        .title("The DHCP server reserves the engine's address", "DHCP サーバーがエンジンのアドレスを予約している")
        .remedy(
            "Fix the engine's MAC address in the answers and reserve the address of its DNS record for that MAC, or use a static address.",
            "回答でエンジンの MAC アドレスを固定し、DNS レコードのアドレスをその MAC に予約するか、固定アドレスを使用してください。",
        )
        .at(Step::Vm, "engine_vm.mac"),
    host("name-sources", Severity::Warning, sources)
        .title("The resolver asks files and dns before myhostname", "リゾルバーが myhostname より先に files と dns を参照する")
        .remedy(
            "With myhostname first, the host's name also means its link-local addresses. The line should read \"hosts: files dns myhostname\".",
            "myhostname が先頭だと、ホスト名がリンクローカルアドレスも指します。「hosts: files dns myhostname」としてください。",
        )
        .at(Step::Host, ""),
    host("dns-configured", Severity::Blocker, configured)
        .title("The host has name servers", "ホストにネームサーバーが設定されている")
        .remedy("Set them on the management connection.", "管理接続に設定してください。")
        .at(Step::Host, ""),
    host("dns-servers-answer", Severity::Warning, |case| answer(case, &case.facts.network.name_servers, true))
        .title("Every name server of the host answers", "ホストのすべてのネームサーバーが応答する")
        .remedy("Remove or mend the silent one: each look-up waits for it.", "応答しないサーバーを削除または修復してください。問い合わせのたびに待ち時間が生じます。")
        .at(Step::Host, ""),
    engine("engine-dns-servers-answer", Severity::Blocker, |case| answer(case, &case.answers.engine_vm.dns, false))
        .title("Every name server given to the engine answers", "エンジンに指定したすべてのネームサーバーが応答する")
        .remedy("Name servers that answer.", "応答するネームサーバーを指定してください。")
        .at(Step::Vm, "engine_vm.dns"),
    host("dns-outside", Severity::Warning, outside)
        .title("Name servers are outside this environment", "ネームサーバーがこの環境の外にある")
        .remedy(
            "A name server on this host or in a VM of it is down when the engine needs it to start. Use one elsewhere.",
            "このホストやその VM 上のネームサーバーは、エンジンの起動に必要なときに停止しています。別の場所のものを使用してください。",
        )
        .at(Step::Host, ""),
];

fn not_localhost(name: Option<&str>, field: &str) -> Verdict {
    match name {
        None if field == "host.fqdn" => {
            Verdict::of(false, text!("hostname -f names nothing", "hostname -f が名前を返しません"))
                .fix("hostnamectl set-hostname host.example.com")
        }
        None => Verdict::unanswered(field),
        Some(name) => {
            let local = matches!(name, "localhost" | "localhost.localdomain" | "localhost4" | "localhost6");
            Verdict::of(!local, plain(name)).fix("hostnamectl set-hostname host.example.com")
        }
    }
}

fn qualified(name: Option<&str>, field: &str) -> Verdict {
    match name {
        None => Verdict::unanswered(field),
        Some(name) => Verdict::of(name.trim_end_matches('.').contains('.'), plain(name)),
    }
}

/// The look-up of a name, or the verdict for having none.
fn asked<'a>(case: &Case<'a>, name: Option<&str>, field: &str) -> Result<&'a Lookup, Verdict> {
    let name = name.ok_or_else(|| Verdict::unanswered(field))?;
    case.lookup(name).ok_or_else(|| Verdict::unread(&format!("getent ahosts {name}")))
}

/// The addresses of a look-up in the family that counts.
fn counted(case: &Case<'_>, addresses: &[IpAddr]) -> Vec<IpAddr> {
    let counts = |address: &&IpAddr| match case.family() {
        IpFamily::Auto => true,
        IpFamily::Ipv4 => address.is_ipv4(),
        IpFamily::Ipv6 => address.is_ipv6(),
    };
    addresses.iter().filter(counts).copied().collect()
}

fn resolves(case: &Case<'_>, name: Option<&str>, field: &str) -> Verdict {
    let lookup = match asked(case, name, field) {
        Ok(lookup) => lookup,
        Err(verdict) => return verdict,
    };
    let name = &lookup.name;
    match case.addresses(lookup) {
        None => Verdict::of(false, text!("no answer for {name} in time", "{name} の応答が時間内にありません")),
        Some(all) => {
            let counted = counted(case, &all);
            let list = listed(&counted);
            Verdict::of(!counted.is_empty(), plain(format!("{name}: {list}")))
        }
    }
}

/// The addresses of a name, or the verdict that its own rule explains.
fn found(case: &Case<'_>, name: Option<&str>, field: &str) -> Result<(String, Vec<IpAddr>), Verdict> {
    let lookup = asked(case, name, field)?;
    let counted = counted(case, &case.addresses(lookup).unwrap_or_default());
    if counted.is_empty() {
        return Err(Verdict::not_here(
            "The name does not resolve; see there.",
            "名前を解決できません (該当の検査を参照)。",
        ));
    }
    Ok((lookup.name.clone(), counted))
}

fn host_local(case: &Case<'_>) -> Verdict {
    match found(case, case.host_name(), "host.fqdn") {
        Err(verdict) => verdict,
        Ok((name, addresses)) => {
            let own =
                |address: &IpAddr| !address.is_loopback() && case.host_addresses().any(|(known, _)| known == *address);
            let local = addresses.iter().any(own);
            Verdict::of(local, plain(format!("{name}: {}", listed(addresses))))
        }
    }
}

fn host_on_interface(case: &Case<'_>) -> Verdict {
    let Some(interface) = case.bridge() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    match found(case, case.host_name(), "host.fqdn") {
        Err(verdict) => verdict,
        Ok((name, addresses)) => {
            let there = |address: &&IpAddr| interface.addresses.iter().any(|(own, _)| own == *address);
            let elsewhere = listed(addresses.iter().filter(|address| !there(address)));
            let interface = &interface.name;
            match elsewhere.as_str() {
                "–" => Verdict::Passed(plain(format!("{name}: {} ({interface})", listed(addresses)))),
                elsewhere => Verdict::of(
                    false,
                    text!(
                        "{name} also means {elsewhere}, not on {interface}",
                        "{name} は {interface} にない {elsewhere} も指します"
                    ),
                ),
            }
        }
    }
}

fn in_dns(case: &Case<'_>, name: Option<&str>, field: &str) -> Verdict {
    let lookup = match asked(case, name, field) {
        Ok(lookup) => lookup,
        Err(verdict) => return verdict,
    };
    let name = &lookup.name;
    let files = lookup.files.as_deref().unwrap_or_default();
    let file = if files.is_empty() { String::new() } else { format!("; /etc/hosts: {}", listed(files)) };
    match &lookup.dns {
        None => Verdict::unread(&format!("getent -s dns ahosts {name}")),
        Some(dns) => Verdict::of(!dns.is_empty(), plain(format!("{name}: DNS {}{file}", listed(dns)))),
    }
}

fn reverse(case: &Case<'_>, name: Option<&str>, field: &str) -> Verdict {
    let (_, addresses) = match found(case, name, field) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let mut evidence = Vec::new();
    let mut named = true;
    for address in addresses {
        let Some(names) = case.reverse(address).and_then(|reverse| reverse.dns.as_ref()) else {
            return Verdict::unread(&format!("getent -s dns hosts {address}"));
        };
        named &= !names.is_empty();
        evidence.push(format!("{address}: {}", listed(names)));
    }
    Verdict::of(named, plain(listed(evidence)))
}

fn reverse_equal(case: &Case<'_>, name: Option<&str>, field: &str) -> Verdict {
    let (name, addresses) = match found(case, name, field) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let mut evidence = Vec::new();
    let (mut equal, mut any) = (true, false);
    for address in addresses {
        let known = case.reverse(address);
        let Some(names) = known.and_then(|reverse| reverse.dns.as_ref()).filter(|names| !names.is_empty()) else {
            continue;
        };
        any = true;
        equal &= names.iter().any(|known| known.eq_ignore_ascii_case(name.trim_end_matches('.')));
        evidence.push(format!("{address}: {}", listed(names)));
    }
    if !any {
        return Verdict::not_here("The address has no name in DNS.", "DNS で逆引きできません。");
    }
    Verdict::of(equal, plain(format!("{name}; {}", listed(evidence))))
}

fn differs(case: &Case<'_>) -> Verdict {
    let (Some(host), Some(engine)) = (case.host_name(), case.engine_name()) else {
        return Verdict::unanswered("engine_vm.fqdn");
    };
    Verdict::of(!host.eq_ignore_ascii_case(engine), plain(format!("{host}, {engine}")))
}

fn not_this_host(case: &Case<'_>) -> Verdict {
    match found(case, case.engine_name(), "engine_vm.fqdn") {
        Err(verdict) => verdict,
        Ok((name, addresses)) => {
            let own = addresses.iter().find(|a| a.is_loopback() || case.host_addresses().any(|(own, _)| own == **a));
            Verdict::of(own.is_none(), plain(format!("{name}: {}", listed(addresses))))
        }
    }
}

fn single(case: &Case<'_>) -> Verdict {
    match found(case, case.engine_name(), "engine_vm.fqdn") {
        Err(verdict) => verdict,
        Ok((name, addresses)) => {
            let four = addresses.iter().filter(|address| address.is_ipv4()).count();
            let six = addresses.len() - four;
            Verdict::of(four <= 1 && six <= 1, plain(format!("{name}: {}", listed(addresses))))
        }
    }
}

fn ip_is_record(case: &Case<'_>) -> Verdict {
    let Some(address) = case.engine_ip() else {
        return Verdict::not_here("The address comes from DHCP.", "アドレスは DHCP から取得します。");
    };
    match found(case, case.engine_name(), "engine_vm.fqdn") {
        Err(verdict) => verdict,
        Ok((name, addresses)) => {
            let list = listed(&addresses);
            Verdict::of(
                addresses.contains(&address),
                text!("{address} given, {name} has {list}", "指定 {address}、{name} は {list}"),
            )
        }
    }
}

fn reservation(case: &Case<'_>) -> Verdict {
    if case.engine_name().is_none() {
        return Verdict::unanswered("engine_vm.fqdn");
    }
    if case.answers.engine_vm.network_mode() == NetworkMode::Static {
        return Verdict::not_here("The address is static.", "固定アドレスです。");
    }
    // Whether a server reserves an address cannot be asked; a MAC that changes with every run can have no reservation.
    match case.answers.engine_vm.mac.as_deref() {
        Some(mac) => Verdict::Passed(plain(mac)),
        None => Verdict::of(false, text!("no MAC address given", "MAC アドレスの指定なし")),
    }
}

fn sources(case: &Case<'_>) -> Verdict {
    let sources = &case.facts.network.host_sources;
    if sources.is_empty() {
        return Verdict::unread("/etc/nsswitch.conf");
    }
    let place = |name: &str| sources.iter().position(|source| source == name);
    let good = match (place("myhostname"), place("files"), place("dns")) {
        (_, None, _) | (_, _, None) => place("resolve").is_some() && place("files").is_some(),
        (Some(own), Some(files), _) => files < own,
        (None, Some(_), Some(_)) => true,
    };
    Verdict::of(good, plain(format!("hosts: {}", sources.join(" "))))
}

fn configured(case: &Case<'_>) -> Verdict {
    if case.facts.status("resolv") != Some(0) {
        return Verdict::unread("/etc/resolv.conf");
    }
    let servers = &case.facts.network.name_servers;
    Verdict::of(!servers.is_empty(), plain(listed(servers)))
        .fix("nmcli connection modify CONNECTION ipv4.dns ADDRESS && nmcli connection up CONNECTION")
}

/// `strict`: a server that answers with a refusal does not count.
fn answer(case: &Case<'_>, servers: &[String], strict: bool) -> Verdict {
    if servers.is_empty() {
        return Verdict::not_here("None is given.", "指定がありません。");
    }
    let mut evidence = Vec::new();
    let (mut silent, mut unknown) = (false, false);
    for server in servers {
        let found = case.facts.names.servers.iter().find(|answer| answer.server == *server);
        let word = match found.map(|answer| (answer.answered, answer.code.as_str())) {
            Some((Some(true), "")) => "TCP 53",
            Some((Some(true), code)) => {
                silent |= strict && matches!(code, "REFUSED" | "SERVFAIL");
                code
            }
            Some((Some(false), _)) => {
                silent = true;
                "–"
            }
            _ => {
                unknown = true;
                "?"
            }
        };
        evidence.push(format!("{server}: {word}"));
    }
    let evidence = plain(listed(evidence));
    match (silent, unknown) {
        (true, _) => Verdict::Failed(evidence, Vec::new()),
        (false, true) => Verdict::Unknown(evidence),
        (false, false) => Verdict::Passed(evidence),
    }
}

fn outside(case: &Case<'_>) -> Verdict {
    let servers: Vec<IpAddr> =
        case.facts.network.name_servers.iter().filter_map(|server| server.parse().ok()).collect();
    if servers.is_empty() {
        return Verdict::unread("/etc/resolv.conf");
    }
    let inside = |server: &&IpAddr| {
        server.is_loopback()
            || Some(**server) == case.engine_ip()
            || case.host_addresses().any(|(own, _)| own == **server)
    };
    let inner = servers.iter().any(|server| inside(&server));
    Verdict::of(!inner, plain(listed(servers)))
}
