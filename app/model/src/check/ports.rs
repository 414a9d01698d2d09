//! The port tables of the deployment guide as data, and what can be told of them on the host.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};
use crate::facts::Socket;

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The Manager (engine VM).
    Manager,
    /// A host.
    Host,
    /// A machine outside that Manager or host ask.
    Outside,
    /// The database server.
    Database,
}

/// One line of the tables.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    /// Number in the guide's tables, `H10`.
    pub id: &'static str,
    /// Who listens.
    pub side: Side,
    /// `tcp`, `udp` or `icmp`.
    pub protocol: &'static str,
    /// First and last port; 0 for icmp.
    pub range: (u16, u16),
    /// Who connects.
    pub from: &'static str,
    /// What for.
    pub purpose: &'static str,
}

const fn port(
    id: &'static str,
    side: Side,
    protocol: &'static str,
    range: (u16, u16),
    from: &'static str,
    purpose: &'static str,
) -> Port {
    Port { id, side, protocol, range, from, purpose }
}

/// Tables M (Manager), H (hosts) and D (databases).
pub const PORTS: &[Port] = &[
    port("M1", Side::Manager, "icmp", (0, 0), "hosts", "reachability (optional)"),
    port("M2", Side::Manager, "tcp", (22, 22), "administrators", "SSH"),
    port("M3", Side::Manager, "tcp", (2222, 2222), "administrators", "serial console of VMs"),
    port("M4", Side::Manager, "tcp", (80, 80), "browsers, hosts", "portals, REST API"),
    port("M4", Side::Manager, "tcp", (443, 443), "browsers, hosts", "portals, REST API"),
    port("M5", Side::Manager, "tcp", (6100, 6100), "browsers", "WebSocket proxy for noVNC"),
    port("M6", Side::Manager, "udp", (7410, 7410), "hosts", "fence_kdump"),
    port("M7", Side::Manager, "tcp", (54323, 54323), "browsers", "image I/O proxy"),
    port("M8", Side::Manager, "tcp", (6442, 6442), "hosts", "OVN southbound database"),
    port("M9", Side::Manager, "tcp", (9696, 9696), "network clients", "OVN networking API"),
    port("M10", Side::Manager, "tcp", (35357, 35357), "network clients", "OVN identity API"),
    port("M11", Side::Outside, "udp", (53, 53), "Manager", "DNS"),
    port("M11", Side::Outside, "tcp", (53, 53), "Manager", "DNS"),
    port("M12", Side::Outside, "udp", (123, 123), "Manager", "NTP"),
    port("H1", Side::Host, "tcp", (22, 22), "Manager", "SSH"),
    port("H2", Side::Host, "tcp", (2223, 2223), "Manager", "serial console of VMs"),
    port("H3", Side::Outside, "udp", (161, 161), "hosts", "SNMP traps (optional)"),
    port("H4", Side::Outside, "tcp", (111, 111), "hosts", "NFS storage"),
    port("H5", Side::Host, "tcp", (5900, 6923), "clients", "VNC and SPICE consoles"),
    port("H6", Side::Host, "tcp", (5989, 5989), "CIM clients", "CIMOM (optional)"),
    port("H6", Side::Host, "udp", (5989, 5989), "CIM clients", "CIMOM (optional)"),
    port("H7", Side::Host, "tcp", (9090, 9090), "browsers", "web console"),
    port("H8", Side::Host, "tcp", (16514, 16514), "hosts", "libvirt migration"),
    port("H9", Side::Host, "tcp", (49152, 49215), "hosts", "VM migration and fencing"),
    port("H10", Side::Host, "tcp", (54321, 54321), "Manager, hosts", "VDSM"),
    port("H11", Side::Host, "tcp", (54322, 54322), "Manager", "image I/O"),
    port("H12", Side::Host, "udp", (6081, 6081), "hosts", "OVN Geneve tunnels"),
    port("H13", Side::Outside, "udp", (53, 53), "hosts", "DNS"),
    port("H13", Side::Outside, "tcp", (53, 53), "hosts", "DNS"),
    port("D1", Side::Database, "tcp", (5432, 5432), "Manager, Data Warehouse", "PostgreSQL"),
    port("D2", Side::Database, "tcp", (5432, 5432), "external systems", "ovirt_engine_history (off by default)"),
];

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Ports, severity, judge)
}

const TAKEN: (&str, &str) = (
    "Stop the program that listens there, or move it to another port.",
    "そのポートで待ち受けているプログラムを停止するか、別のポートに移してください。",
);

pub(super) const RULES: &[Rule] = &[
    rule("port-ssh-listens", Severity::Warning, ssh)
        .title("SSH listens on port 22 for the engine (H1)", "エンジン用に SSH がポート 22 で待ち受けている (H1)")
        .remedy("The engine installs a host through port 22. Let sshd listen there, or add the host by hand later.", "エンジンはポート 22 でホストを構成します。sshd を 22 番で待ち受けさせてください。"),
    rule("port-vdsm-free", Severity::Blocker, |case| free(case, "tcp", 54321, 54321, &["vdsmd", "vdsm", "python3", "supervdsmd"]))
        .of_deployment()
        .title("Port 54321 is free for VDSM (H10)", "ポート 54321 が VDSM 用に空いている (H10)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-imageio-free", Severity::Blocker, |case| free(case, "tcp", 54322, 54322, &["ovirt-imageio", "python3"]))
        .of_deployment()
        .title("Port 54322 is free for image I/O (H11)", "ポート 54322 がイメージ I/O 用に空いている (H11)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-libvirt-free", Severity::Warning, |case| free(case, "tcp", 16514, 16514, &["libvirtd", "virtproxyd", "systemd"]))
        .of_deployment()
        .title("Port 16514 is free for libvirt (H8)", "ポート 16514 が libvirt 用に空いている (H8)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-serial-console-free", Severity::Warning, |case| free(case, "tcp", 2223, 2223, &["sshd"]))
        .of_deployment()
        .title("Port 2223 is free for serial consoles (H2)", "ポート 2223 がシリアルコンソール用に空いている (H2)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-consoles-free", Severity::Warning, |case| free(case, "tcp", 5900, 6923, &["qemu-kvm", "qemu-system-x86", "ssh"]))
        .of_deployment()
        .title("Ports 5900 to 6923 are free for VM consoles (H5)", "ポート 5900～6923 が VM コンソール用に空いている (H5)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-migration-free", Severity::Warning, |case| free(case, "tcp", 49152, 49215, &["qemu-kvm", "qemu-system-x86", "libvirtd", "glusterfsd"]))
        .of_deployment()
        .title("Ports 49152 to 49215 are free for migration (H9)", "ポート 49152～49215 が移行用に空いている (H9)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-geneve-free", Severity::Warning, |case| free(case, "udp", 6081, 6081, &[""]))
        .of_deployment()
        .title("Port 6081/udp is free for OVN (H12)", "ポート 6081/udp が OVN 用に空いている (H12)")
        .remedy(TAKEN.0, TAKEN.1),
    rule("port-bootstrap-free", Severity::Blocker, bootstrap)
        .of_deployment()
        .title("The port of the temporary portal is free", "一時ポータル用のポートが空いている")
        .remedy("Stop what listens there, or choose another port.", "待ち受けているものを停止するか、別のポートを選んでください。")
        .at(Step::Vm, "advanced.bootstrap_ui_port"),
    rule("firewall-ssh-open", Severity::Warning, |case| open(case, "ssh", 22))
        .title("The firewall lets SSH in (H1)", "ファイアウォールが SSH を許可している (H1)")
        .remedy("The engine adds the host over SSH.", "エンジンは SSH でホストを追加します。"),
    rule("firewall-cockpit-open", Severity::Advice, |case| open(case, "cockpit", 9090))
        .title("The firewall lets the web console in (H7)", "ファイアウォールが Web コンソールを許可している (H7)")
        .remedy("Open it if you want to use the web console from outside.", "外部から Web コンソールを使用する場合は開放してください。"),
    rule("firewall-host-ports", Severity::Advice, host_ports)
        .title("The firewall lets in what hosts need (H2, H5, H8–H12)", "ファイアウォールがホストに必要なポートを許可している (H2、H5、H8～H12)")
        .remedy(
            "The engine opens them when it adds the host, unless automatic firewall configuration is off.",
            "自動ファイアウォール設定が無効でなければ、エンジンがホスト追加時に開放します。",
        ),
    rule("firewall-interface-zone", Severity::Advice, zone)
        .title("The management interface is in the default zone", "管理インターフェースが既定のゾーンにある")
        .remedy("The role opens ports in zone public, the engine in the default zone.", "ロールは public ゾーン、エンジンは既定のゾーンでポートを開きます。"),
    rule("reach-smtp", Severity::Advice, smtp)
        .title("The SMTP server for notifications can be reached", "通知用 SMTP サーバーに到達できる")
        .remedy("Open the port, or correct server and port.", "ポートを開放するか、サーバーとポートを修正してください。")
        .at(Step::Engine, "engine.smtp_server"),
    rule("reach-network-test", Severity::Blocker, network_test)
        .title("The target of the network test answers", "ネットワークテストの対象が応答する")
        .remedy(
            "The HA agents lower a host's score while this test fails. Choose an address and port that answer.",
            "このテストが失敗している間、HA エージェントはホストのスコアを下げます。応答するアドレスとポートを選んでください。",
        )
        .at(Step::Vm, "network_test.tcp_address"),
];

fn outer<'a>(case: &Case<'a>, protocol: &str, first: u16, last: u16) -> Option<Vec<&'a Socket>> {
    let sockets = case.facts.network.sockets.as_ref()?;
    let ours = |socket: &&Socket| socket.protocol == protocol && (first..=last).contains(&socket.port);
    Some(sockets.iter().filter(ours).collect())
}

fn socket(socket: &Socket) -> String {
    let process = if socket.process.is_empty() { "?" } else { &socket.process };
    format!("{}:{} {process}", socket.address, socket.port)
}

/// Nothing listens there but what belongs there.
fn free(case: &Case<'_>, protocol: &str, first: u16, last: u16, own: &[&str]) -> Verdict {
    let Some(found) = outer(case, protocol, first, last) else { return Verdict::unread("ss -lntup") };
    let foreign: Vec<String> =
        found.iter().filter(|socket| !own.contains(&socket.process.as_str())).map(|found| socket(found)).collect();
    Verdict::of(foreign.is_empty(), plain(listed(foreign)))
}

fn bootstrap(case: &Case<'_>) -> Verdict {
    let port = case.answers.advanced.bootstrap_ui_port.unwrap_or(6900);
    free(case, "tcp", port, port, &["ssh"])
}

fn ssh(case: &Case<'_>) -> Verdict {
    let Some(found) = outer(case, "tcp", 22, 22) else { return Verdict::unread("ss -lntup") };
    let outside = found.iter().any(|socket| !socket.address.starts_with("127.") && socket.address != "[::1]");
    Verdict::of(outside, plain(listed(found.iter().map(|found| socket(found)))))
}

/// `5900-6923/tcp` covers the port.
fn covers(entry: &str, port: u16, protocol: &str) -> bool {
    let Some((range, kind)) = entry.split_once('/') else { return false };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => kind == protocol && (first..=last).contains(&port),
        _ => false,
    }
}

fn open(case: &Case<'_>, service: &str, port: u16) -> Verdict {
    let Some(firewall) = &case.facts.security.firewall else { return Verdict::unread("firewall-cmd --list-all") };
    let there = firewall.services.iter().any(|known| known == service)
        || firewall.ports.iter().any(|entry| covers(entry, port, "tcp"))
        || firewall.zone == "trusted";
    let evidence = format!("{}: {} {}", firewall.zone, listed(&firewall.services), listed(&firewall.ports));
    Verdict::of(there, plain(evidence))
        .fix(format!("firewall-cmd --permanent --add-service={service} && firewall-cmd --reload"))
}

fn host_ports(case: &Case<'_>) -> Verdict {
    let Some(firewall) = &case.facts.security.firewall else { return Verdict::unread("firewall-cmd --list-all") };
    // Services that the packages of a host bring: vdsm, libvirt-tls, ovirt-imageio, ovirt-vmconsole, ovn-host-firewall.
    let by_service = |id: &str| match id {
        "H10" => ["vdsm"].as_slice(),
        "H8" => &["libvirt-tls", "vdsm"],
        "H11" => &["ovirt-imageio", "vdsm"],
        "H2" => &["ovirt-vmconsole"],
        "H12" => &["ovn-host-firewall-service"],
        "H5" | "H9" => &["vdsm"],
        _ => &[],
    };
    let needed = PORTS.iter().filter(|port| port.side == Side::Host && !matches!(port.id, "H1" | "H6" | "H7"));
    let closed = needed.filter(|port| {
        let service = by_service(port.id).iter().any(|name| firewall.services.iter().any(|known| known == name));
        let range = firewall
            .ports
            .iter()
            .any(|entry| covers(entry, port.range.0, port.protocol) && covers(entry, port.range.1, port.protocol));
        !service && !range && firewall.zone != "trusted"
    });
    let closed: Vec<String> = closed.map(|port| format!("{} {}/{}", port.id, port.range.0, port.protocol)).collect();
    Verdict::of(closed.is_empty(), plain(listed(closed)))
}

fn zone(case: &Case<'_>) -> Verdict {
    let Some(firewall) = &case.facts.security.firewall else { return Verdict::unread("firewall-cmd --list-all") };
    let Some(name) = case.bridge_name() else { return Verdict::unanswered("engine_vm.bridge_interface") };
    let zone = &firewall.zone;
    // Without an interface in any zone everything belongs to the default one.
    let there = firewall.interfaces.is_empty() || firewall.interfaces.iter().any(|known| known == name);
    Verdict::of(there, plain(format!("{zone}: {}", listed(&firewall.interfaces))))
        .fix(format!("firewall-cmd --permanent --zone={zone} --change-interface={name} && firewall-cmd --reload"))
}

/// What a connection from the host told.
pub(super) fn reached(case: &Case<'_>, target: &str, port: u16) -> Verdict {
    let found = case.facts.names.ports.iter().find(|reached| reached.target == target && reached.port == port);
    match found.and_then(|reached| reached.open) {
        Some(true) => Verdict::Passed(text!("{target} port {port} is open", "{target} のポート {port} は開いています")),
        Some(false) => {
            Verdict::of(false, text!("{target} port {port} does not answer", "{target} のポート {port} が応答しません"))
        }
        None => Verdict::unread(&format!("{target}:{port}")),
    }
}

fn smtp(case: &Case<'_>) -> Verdict {
    match case.answers.engine.smtp_server.as_deref() {
        None | Some("localhost") => {
            Verdict::not_here("Mail goes to the host itself.", "メールはホスト自身に送られます。")
        }
        Some(server) => reached(case, server, case.answers.engine.smtp_port.unwrap_or(25)),
    }
}

fn network_test(case: &Case<'_>) -> Verdict {
    use crate::answers::TestMethod;
    let test = &case.answers.network_test;
    match (test.method.unwrap_or_default(), test.tcp_address.as_deref(), test.tcp_port) {
        (TestMethod::Tcp, Some(address), Some(port)) => reached(case, address, port),
        (TestMethod::Tcp, ..) => Verdict::unanswered("network_test.tcp_address"),
        (TestMethod::Ping, ..) => match case.facts.default_route.as_ref() {
            None => Verdict::unread("ip route"),
            Some(route) => {
                let answer = case.facts.names.addresses.iter().find(|answer| answer.address == route.gateway);
                match answer.and_then(|answer| answer.ping) {
                    Some(good) => Verdict::of(good, plain(format!("ping {}", route.gateway))),
                    None => Verdict::unread(&format!("ping {}", route.gateway)),
                }
            }
        },
        (TestMethod::Dns, ..) => {
            let servers = &case.facts.names.servers;
            let good = servers.iter().any(|server| server.answered == Some(true));
            let unknown = servers.iter().all(|server| server.answered.is_none());
            let evidence = plain(listed(servers.iter().map(|server| &server.server)));
            if unknown { Verdict::Unknown(evidence) } else { Verdict::of(good, evidence) }
        }
        (TestMethod::None, ..) => Verdict::not_here("No test is asked for.", "テストの指定がありません。"),
    }
}
