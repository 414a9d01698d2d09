//! What is on the host already: deployments, registrations, leftovers, virtual machines.

use super::rule::{Case, Group, Rule, Severity, Verdict, listed, plain, text};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::State, severity, judge)
}

const CLEAN: (&str, &str) = (
    "Clean the host up before deploying again. This removes the host's hosted-engine configuration, not the data on shared storage.",
    "再デプロイの前にホストをクリーンアップしてください。ホストの hosted-engine 設定は削除されますが、共有ストレージのデータは残ります。",
);

const SWEPT: (&str, &str) = (
    "A deployment sweeps it away in its first phase. Look whether somebody still needs it.",
    "デプロイの最初のフェーズで削除されます。まだ必要な人がいないか確認してください。",
);

pub(super) const RULES: &[Rule] = &[
    rule("state-not-deployed", Severity::Blocker, deployed)
        .mandatory()
        .title("No hosted engine is deployed on the host", "ホストに hosted engine がデプロイされていない")
        .remedy(CLEAN.0, CLEAN.1),
    rule("state-not-registered", Severity::Blocker, registered)
        .title("The host belongs to no other engine", "ホストが他のエンジンに登録されていない")
        .remedy(
            "Remove the host from that engine first, then clean it up; adding it to a second one breaks both.",
            "先にそのエンジンからホストを削除し、クリーンアップしてください。2 つ目に追加すると両方が壊れます。",
        ),
    rule("state-no-registration-left", Severity::Blocker, registration_left)
        .of_deployment()
        .title(
            "The host is not registered to an engine of the same name",
            "ホストが同じ名前のエンジンに登録されていない",
        )
        .remedy(CLEAN.0, CLEAN.1),
    rule("state-ha-services-stopped", Severity::Warning, ha_services)
        .of_deployment()
        .title("The HA services do not run", "HA サービスが動作していない")
        .remedy(CLEAN.0, CLEAN.1),
    rule("state-vdsm-stopped", Severity::Warning, vdsm)
        .of_deployment()
        .title("VDSM does not run", "VDSM が動作していない")
        .remedy("It runs on a host that an engine manages; the deployment stops it.", "エンジンが管理するホストで動作します。デプロイが停止します。"),
    rule("state-engine-vm", Severity::Blocker, engine_vm)
        .of_deployment()
        .title("No VM HostedEngine is left", "VM HostedEngine が残っていない")
        .remedy(CLEAN.0, CLEAN.1),
    rule("state-local-vm", Severity::Warning, local_vm)
        .of_deployment()
        .title("No local engine VM of an earlier attempt is left", "以前のローカルエンジン VM が残っていない")
        .remedy(SWEPT.0, SWEPT.1),
    rule("state-local-vm-files", Severity::Warning, local_files)
        .of_deployment()
        .title("No disks of an earlier attempt lie in /var/tmp", "以前のディスクが /var/tmp に残っていない")
        .remedy("Remove them: they take up to 60 GB each, and nothing else removes them.", "削除してください。それぞれ最大 60 GB を占有し、自動では削除されません。"),
    rule("state-hosts-entry", Severity::Blocker, hosts_entry)
        .of_deployment()
        .title("/etc/hosts has no entry of an earlier bootstrap VM", "/etc/hosts に以前のブートストラップ VM のエントリーがない")
        .remedy(
            "Remove the line: the engine's name resolves to an address that is gone.",
            "その行を削除してください。エンジン名が存在しないアドレスに解決されます。",
        ),
    rule("state-ip-rules", Severity::Warning, ip_rules)
        .of_deployment()
        .title("No routing rules of an earlier deployment are left", "以前のデプロイのルーティングルールが残っていない")
        .remedy("Remove them; the role adds them again and removes none.", "削除してください。ロールは追加するだけで削除しません。"),
    rule("state-network-file", Severity::Advice, network_file)
        .of_deployment()
        .title("No network definition of an earlier attempt is left", "以前のネットワーク定義が残っていない")
        .remedy(SWEPT.0, SWEPT.1),
    rule("state-pause-lock", Severity::Blocker, pause_lock)
        .of_deployment()
        .title("No deployment waits at its lock file", "ロックファイルで待機中のデプロイがない")
        .remedy(
            "Another deployment may be running and waiting here. Finish it first; if it is gone, remove the file.",
            "別のデプロイが待機中の可能性があります。先に完了させてください。存在しない場合はファイルを削除してください。",
        ),
    rule("state-vdsm-configuration", Severity::Warning, vdsm_configuration)
        .of_deployment()
        .title("libvirt has no configuration of VDSM", "libvirt に VDSM の設定が残っていない")
        .remedy(SWEPT.0, SWEPT.1),
    rule("state-libvirtd-tls", Severity::Warning, tls_socket)
        .of_deployment()
        .title("libvirtd's TLS socket is off", "libvirtd の TLS ソケットが無効である")
        .remedy("It keeps libvirtd from starting without VDSM's certificates.", "VDSM の証明書がないと libvirtd の起動を妨げます。"),
    rule("state-persistent-networks", Severity::Warning, persistent_networks)
        .of_deployment()
        .title("VDSM has no persistent networks", "VDSM の永続ネットワーク設定がない")
        .remedy(CLEAN.0, CLEAN.1),
    rule("state-storage-mounts", Severity::Blocker, storage_mounts)
        .of_deployment()
        .title("No storage domain is mounted", "ストレージドメインがマウントされていない")
        .remedy("The host still uses the storage of an engine. Disconnect it by a clean-up.", "ホストがまだエンジンのストレージを使用しています。クリーンアップで切断してください。"),
    rule("state-answer-file", Severity::Advice, answer_file)
        .of_deployment()
        .title("No answer file of an earlier deployment is left", "以前のデプロイの回答ファイルが残っていない")
        .remedy("It may hold values of another engine. Keep a copy if you need it, then remove it.", "別のエンジンの値が含まれる場合があります。必要ならコピーを保存して削除してください。"),
    rule("state-running-vms", Severity::Warning, running)
        .title("No other virtual machines run on the host", "ホストで他の仮想マシンが動作していない")
        .remedy(
            "The deployment restarts libvirtd and takes over the network; move them away or shut them down.",
            "デプロイは libvirtd を再起動しネットワークを変更します。移動または停止してください。",
        ),
    rule("state-default-network", Severity::Blocker, default_network)
        .title("libvirt's network \"default\" is defined or can be", "libvirt のネットワーク default が定義済みまたは定義可能である")
        .remedy(
            "The local engine VM starts on it. It comes with libvirt-daemon-config-network.",
            "ローカルエンジン VM はこのネットワークで起動します。libvirt-daemon-config-network に含まれます。",
        ),
];

fn deployed(case: &Case<'_>) -> Verdict {
    let state = &case.facts.state;
    if case.facts.already_deployed {
        let engine = &state.deployed_engine;
        return Verdict::of(
            false,
            text!(
                "hosted-engine.conf names an engine VM ({engine})",
                "hosted-engine.conf にエンジン VM があります ({engine})"
            ),
        )
        .fix("ovirt-hosted-engine-cleanup");
    }
    match (state.configuration, case.facts.status("deployed")) {
        (None, _) => Verdict::unread("/etc/ovirt-hosted-engine/hosted-engine.conf"),
        (Some(false), _) => Verdict::Passed(text!("no hosted-engine.conf", "hosted-engine.conf なし")),
        // grep ends with 2 for a file it may not read and with 1 for one without a match.
        (Some(true), Some(2..)) => Verdict::unread("/etc/ovirt-hosted-engine/hosted-engine.conf"),
        (Some(true), _) => Verdict::Passed(text!("hosted-engine.conf without a VM", "hosted-engine.conf に VM なし")),
    }
}

/// Whether the host has the CA of an engine, with that engine's name.
fn registration<'a>(case: &Case<'a>) -> Result<&'a str, Verdict> {
    match case.facts.status("registered") {
        Some(0) => Ok(&case.facts.state.registered_to),
        Some(1..124) => Err(Verdict::Passed(text!("no CA of an engine", "エンジンの CA なし"))),
        _ => Err(Verdict::unread("openssl x509 -in /etc/pki/vdsm/certs/cacert.pem")),
    }
}

fn registered_to(engine: &str, fine: bool) -> Verdict {
    Verdict::of(fine, text!("registered to {engine}", "{engine} に登録済み")).fix("ovirt-hosted-engine-cleanup")
}

fn same_engine(case: &Case<'_>, engine: &str) -> bool {
    case.engine_name().is_some_and(|wanted| wanted.eq_ignore_ascii_case(engine))
}

fn registered(case: &Case<'_>) -> Verdict {
    registration(case).map_or_else(|verdict| verdict, |engine| registered_to(engine, same_engine(case, engine)))
}

fn registration_left(case: &Case<'_>) -> Verdict {
    registration(case).map_or_else(|verdict| verdict, |engine| registered_to(engine, !same_engine(case, engine)))
}

fn stopped(case: &Case<'_>, units: &[&str]) -> Verdict {
    let security = &case.facts.security;
    if security.units.is_empty() {
        return Verdict::unread("systemctl show");
    }
    let running: Vec<&str> = units.iter().filter(|unit| security.runs(unit)).copied().collect();
    let stop = format!("systemctl disable --now {}", running.join(" "));
    Verdict::of(running.is_empty(), plain(listed(running))).fix(stop)
}

fn ha_services(case: &Case<'_>) -> Verdict {
    stopped(case, &["ovirt-ha-agent.service", "ovirt-ha-broker.service"])
}

fn vdsm(case: &Case<'_>) -> Verdict {
    stopped(case, &["vdsmd.service"])
}

fn tls_socket(case: &Case<'_>) -> Verdict {
    stopped(case, &["libvirtd-tls.socket"])
}

fn vm_name<'a>(case: &Case<'a>) -> &'a str {
    case.answers.advanced.vm_name.as_deref().unwrap_or("HostedEngine")
}

/// libvirt's list and the definition files, which stay when libvirt is off.
fn defined(case: &Case<'_>, name: &str) -> Option<String> {
    let state = &case.facts.state;
    let domain = state.domains.iter().flatten().find(|domain| domain.name == name);
    let file = format!("/etc/libvirt/qemu/{name}.xml");
    let there = state.leftover_files.contains(&file);
    domain.map(|domain| format!("{} ({})", domain.name, domain.state)).or(there.then_some(file))
}

fn engine_vm(case: &Case<'_>) -> Verdict {
    let name = vm_name(case);
    match defined(case, name) {
        Some(found) => Verdict::of(false, plain(found)).fix("ovirt-hosted-engine-cleanup"),
        None if case.facts.status("local-vms") != Some(0) => Verdict::unread("/etc/libvirt/qemu"),
        None => Verdict::Passed(text!("no {name}", "{name} なし")),
    }
}

fn local_vm(case: &Case<'_>) -> Verdict {
    let name = format!("{}Local", vm_name(case));
    match defined(case, &name) {
        Some(found) => Verdict::of(false, plain(found))
            .fix(format!("virsh -c qemu:///system?authfile=/etc/ovirt-hosted-engine/virsh_auth.conf destroy {name}"))
            .fix(format!("virsh -c qemu:///system?authfile=/etc/ovirt-hosted-engine/virsh_auth.conf undefine --managed-save --nvram {name}")),
        None if case.facts.status("local-vms") != Some(0) => Verdict::unread("/etc/libvirt/qemu"),
        None => Verdict::Passed(text!("no {name}", "{name} なし")),
    }
}

/// Files of this kind that are still there.
fn left<'a>(case: &Case<'a>, ours: impl Fn(&str) -> bool) -> Vec<&'a str> {
    case.facts.state.leftover_files.iter().map(String::as_str).filter(|path| ours(path)).collect()
}

fn files(case: &Case<'_>, ours: impl Fn(&str) -> bool, fix: impl Fn(&str) -> String) -> Verdict {
    if case.facts.status("local-vms") != Some(0) {
        return Verdict::unread("ls");
    }
    let found = left(case, ours);
    let mut verdict = Verdict::of(found.is_empty(), plain(listed(&found)));
    for path in found {
        verdict = verdict.fix(fix(path));
    }
    verdict
}

fn local_files(case: &Case<'_>) -> Verdict {
    files(case, |path| path.starts_with("/var/tmp/localvm"), |path| format!("rm -rf {path}"))
}

fn network_file(case: &Case<'_>) -> Verdict {
    files(case, |path| path == "/tmp/he-network-config.xml", |path| format!("rm {path}"))
}

fn pause_lock(case: &Case<'_>) -> Verdict {
    files(case, |path| path.ends_with("_he_setup_lock"), |path| format!("rm {path}"))
}

fn persistent_networks(case: &Case<'_>) -> Verdict {
    files(case, |path| path.starts_with("/var/lib/vdsm/persistence/netconf/"), |_| "vdsm-tool clear-nets".to_owned())
}

fn answer_file(case: &Case<'_>) -> Verdict {
    files(case, |path| path == "/etc/ovirt-hosted-engine/answers.conf", |path| format!("rm {path}"))
}

fn hosts_entry(case: &Case<'_>) -> Verdict {
    if case.facts.status("hosts") != Some(0) {
        return Verdict::unread("/etc/hosts");
    }
    let found = case.facts.network.hosts_file.iter().filter(|(_, _, marked)| *marked);
    let found: Vec<String> = found.map(|(address, names, _)| format!("{address} {}", names.join(" "))).collect();
    Verdict::of(found.is_empty(), plain(listed(found)))
        .fix("sed -i '/temporary entry added by hosted-engine-setup/d' /etc/hosts")
}

fn ip_rules(case: &Case<'_>) -> Verdict {
    if case.facts.status("rules") != Some(0) {
        return Verdict::unread("ip rule");
    }
    let rules = &case.facts.network.leftover_rules;
    let mut verdict = Verdict::of(rules.is_empty(), plain(rules.join("; ")));
    for rule in rules {
        let priority = rule.split(':').next().unwrap_or_default();
        verdict = verdict.fix(format!("ip rule del priority {priority}"));
    }
    verdict
}

fn vdsm_configuration(case: &Case<'_>) -> Verdict {
    let found = &case.facts.state.vdsm_sections;
    // grep ends with 1 without a match and with 2 when one of the files is missing.
    if !matches!(case.facts.status("vdsm-sections"), Some(0..=2)) {
        return Verdict::unread("/etc/libvirt");
    }
    Verdict::of(found.is_empty(), plain(listed(found))).fix("vdsm-tool remove-config")
}

fn storage_mounts(case: &Case<'_>) -> Verdict {
    if case.facts.disks.mounts.is_empty() {
        return Verdict::unread("/proc/self/mounts");
    }
    let found = &case.facts.state.storage_mounts;
    Verdict::of(found.is_empty(), plain(listed(found))).fix("hosted-engine --disconnect-storage")
}

fn running(case: &Case<'_>) -> Verdict {
    let state = &case.facts.state;
    let own = vm_name(case);
    let mut names: Vec<&str> = state.machines.iter().map(String::as_str).collect();
    let running = state.domains.iter().flatten().filter(|domain| domain.state == "running");
    names.extend(running.map(|domain| domain.name.as_str()));
    names.retain(|name| !name.starts_with(own));
    names.sort_unstable();
    names.dedup();
    let verdict = Verdict::of(names.is_empty(), plain(listed(&names)));
    match (verdict, case.facts.status("machines")) {
        // pgrep ends with 1 when nothing matches.
        (verdict @ Verdict::Failed(..), _) | (verdict, Some(0 | 1)) => verdict,
        _ => Verdict::unread("pgrep"),
    }
}

fn default_network(case: &Case<'_>) -> Verdict {
    let state = &case.facts.state;
    if state.default_network_file == Some(true) {
        let file = "/etc/libvirt/qemu/networks/default.xml";
        let address = if state.default_network.is_empty() { file } else { &state.default_network };
        return Verdict::Passed(plain(address));
    }
    let software = &case.facts.software;
    let installed = software.package("libvirt-daemon-config-network").is_some();
    let setup = software.package("ovirt-hosted-engine-setup").is_some();
    match (software.packages.is_some(), setup) {
        (false, _) => Verdict::unread("rpm -q"),
        // The package of the setup brings it on its own.
        (true, false) => Verdict::NotApplicable(text!(
            "comes with ovirt-hosted-engine-setup",
            "ovirt-hosted-engine-setup と共に導入されます"
        )),
        (true, true) => {
            let word = if installed { "libvirt-daemon-config-network" } else { "–" };
            Verdict::of(false, plain(word))
                .fix("dnf reinstall -y libvirt-daemon-config-network || dnf install -y libvirt-daemon-config-network")
        }
    }
}
