//! Distribution, repositories, appliance, packages and tools. Deployment guide §4; role contract §1.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Software, severity, judge)
}

pub(super) const RULES: &[Rule] = &[
    rule("os-supported", Severity::Blocker, supported)
        .title("The distribution can be a host", "ディストリビューションがホストとして使用できる")
        .remedy(
            "Use oVirt Node or RHVH, or Red Hat Enterprise Linux 8 or 9 or a rebuild of it (CentOS Stream, AlmaLinux, Rocky, Oracle). EL7 hosts need the older role and RHV 4.3.",
            "oVirt Node、RHVH、または Red Hat Enterprise Linux 8/9 とその互換 (CentOS Stream、AlmaLinux、Rocky、Oracle) を使用してください。EL7 には旧ロールと RHV 4.3 が必要です。",
        ),
    rule("os-proven", Severity::Warning, proven)
        .title("The release is one that oVirt 4.5 is built for", "oVirt 4.5 の対象リリースである")
        .remedy(
            "EL8 gets no more updates of oVirt, and on EL10 packages are missing (sshpass, network-scripts). Prefer EL9.",
            "EL8 には oVirt の更新がなく、EL10 では一部のパッケージ (sshpass、network-scripts) が不足します。EL9 を推奨します。",
        ),
    rule("os-node-healthy", Severity::Blocker, node)
        .title("nodectl check says OK", "nodectl check が OK を返す")
        .remedy("Look at `nodectl check` and mend what it names before deploying.", "`nodectl check` の結果を確認し、デプロイ前に修復してください。"),
    rule("software-package-tool", Severity::Blocker, package_tool)
        .mandatory()
        .title("Packages are managed by rpm and dnf", "パッケージが rpm と dnf で管理されている")
        .remedy("The role installs packages with dnf.", "ロールは dnf でパッケージをインストールします。"),
    rule("repositories-enabled", Severity::Blocker, repositories)
        .title("Package repositories are enabled", "パッケージリポジトリーが有効である")
        .remedy("Enable the distribution's repositories, or ask for an offline deployment with everything installed.", "ディストリビューションのリポジトリーを有効にするか、すべてインストール済みの状態でオフラインデプロイを指定してください。"),
    rule("repository-ovirt", Severity::Warning, ovirt_repository)
        .title("A repository of oVirt, RHV or OLVM is enabled", "oVirt、RHV、または OLVM のリポジトリーが有効である")
        .remedy("Install the release package, or enable the subscription repository for this architecture.", "リリースパッケージをインストールするか、このアーキテクチャー用のサブスクリプションリポジトリーを有効にしてください。"),
    rule("subscription-current", Severity::Warning, subscription)
        .title("The subscription is current", "サブスクリプションが有効である")
        .remedy("Register the host and attach a pool (or use simple content access).", "ホストを登録し、プールをアタッチしてください (または Simple Content Access を使用)。"),
    rule("hosted-engine-setup-available", Severity::Blocker, setup_package)
        .title("The package ovirt-hosted-engine-setup is installed or can be", "パッケージ ovirt-hosted-engine-setup がインストール済みまたはインストール可能である")
        .remedy("Enable the repository that has it, or install it.", "リポジトリーを有効にするか、インストールしてください。"),
    rule("appliance-available", Severity::Blocker, appliance)
        .title("The engine appliance is there or can be installed", "エンジンアプライアンスがあるかインストール可能である")
        .remedy("Install the appliance package, or name an OVA or qcow2 file on the host.", "アプライアンスパッケージをインストールするか、ホスト上の OVA または qcow2 ファイルを指定してください。")
        .at(Step::Vm, "appliance"),
    rule("appliance-file", Severity::Blocker, appliance_file)
        .title("The appliance file that the answers name is on the host", "回答で指定したアプライアンスファイルがホストにある")
        .remedy("Copy it to the host, readable for root, and name its path.", "root が読めるようにホストへコピーし、パスを指定してください。")
        .at(Step::Vm, "appliance.ova"),
    rule("restore-file", Severity::Blocker, restore_file)
        .title("The backup to restore is on the host", "リストアするバックアップがホストにある")
        .remedy("Copy it to the host and name its path.", "ホストへコピーし、パスを指定してください。")
        .at(Step::Vm, "restore.file"),
    rule("offline-complete", Severity::Blocker, offline)
        .title("An offline deployment has everything on the host", "オフラインデプロイに必要なものがすべてホストにある")
        .remedy("Install what is missing before cutting the host off from its repositories.", "リポジトリーから切り離す前に、不足しているものをインストールしてください。")
        .at(Step::Vm, "advanced.offline"),
    rule("tools-present", Severity::Warning, tools)
        .title("The tools that the role calls are there", "ロールが呼び出すツールがある")
        .remedy("They come with ovirt-hosted-engine-setup; older releases of it forgot some.", "ovirt-hosted-engine-setup の依存で入りますが、旧リリースでは一部が不足します。"),
    rule("engine-not-on-host", Severity::Blocker, engine_package)
        .title("No engine is installed on the host itself", "ホスト自体にエンジンがインストールされていない")
        .remedy("A host cannot be a standalone Manager too. Use another machine.", "ホストは単体の Manager を兼ねることができません。別のマシンを使用してください。"),
    rule("version-lock", Severity::Warning, locked)
        .title("No version lock holds the packages of the deployment", "デプロイ対象パッケージがバージョンロックされていない")
        .remedy("Remove the locks on ovirt, vdsm, libvirt, qemu and ansible packages.", "ovirt、vdsm、libvirt、qemu、ansible のロックを解除してください。"),
];

fn major(case: &Case<'_>) -> Option<u32> {
    case.facts.host.version.split('.').next()?.parse().ok()
}

fn enterprise(case: &Case<'_>) -> bool {
    let host = &case.facts.host;
    let own = ["rhel", "centos", "almalinux", "rocky", "ol", "ovirt-node", "cloudlinux", "eurolinux"];
    own.contains(&host.id.as_str()) || host.id_like.split_whitespace().any(|like| like == "rhel")
}

fn offline_wanted(case: &Case<'_>) -> bool {
    case.answers.advanced.offline == Some(true)
}

fn supported(case: &Case<'_>) -> Verdict {
    if case.facts.host.id.is_empty() {
        return Verdict::unread("/etc/os-release");
    }
    let good = enterprise(case) && major(case).is_some_and(|major| (8..=10).contains(&major));
    Verdict::of(good, plain(&case.facts.os))
}

fn proven(case: &Case<'_>) -> Verdict {
    match (enterprise(case), major(case)) {
        (true, Some(major)) => Verdict::of(major == 9, plain(&case.facts.os)),
        _ => Verdict::not_here("See os-supported.", "os-supported を参照。"),
    }
}

fn node(case: &Case<'_>) -> Verdict {
    let status = case.facts.software.node_status.as_str();
    let is_node = matches!(case.facts.host.variant.as_str(), "ovirt-node" | "rhvh");
    match status {
        "" if is_node => Verdict::unread("nodectl check"),
        "" => Verdict::not_here("This is not an image-based host.", "イメージベースのホストではありません。"),
        status => Verdict::of(status == "OK", plain(format!("Status: {status}"))).fix("nodectl check"),
    }
}

fn package_tool(case: &Case<'_>) -> Verdict {
    let commands = &case.facts.host.commands;
    if commands.is_empty() {
        return Verdict::unread("command -v");
    }
    let missing: Vec<&str> = ["rpm", "dnf"].into_iter().filter(|tool| !commands.contains(*tool)).collect();
    Verdict::of(
        missing.is_empty(),
        plain(if missing.is_empty() { "rpm, dnf".to_owned() } else { format!("– {}", listed(missing)) }),
    )
}

fn repositories(case: &Case<'_>) -> Verdict {
    if offline_wanted(case) {
        return Verdict::not_here("Offline.", "オフラインです。");
    }
    match &case.facts.software.repositories {
        None => Verdict::unread("/etc/yum.repos.d"),
        Some(all) => {
            let enabled: Vec<&str> =
                all.iter().filter(|repository| repository.enabled).map(|r| r.id.as_str()).collect();
            Verdict::of(!enabled.is_empty(), plain(listed(enabled))).fix("dnf config-manager --set-enabled REPOSITORY")
        }
    }
}

/// What brings oVirt, RHV or OLVM to this release and architecture.
fn release_command(case: &Case<'_>) -> String {
    let host = &case.facts.host;
    let (major, power) = (major(case).unwrap_or(9), host.machine == "ppc64le");
    match host.id.as_str() {
        "rhel" if power => {
            format!("subscription-manager repos --enable=rhv-4-mgmt-agent-for-rhel-{major}-ppc64le-rpms")
        }
        "rhel" if major == 8 => {
            "subscription-manager repos --enable=rhv-4-mgmt-agent-for-rhel-8-x86_64-rpms".to_owned()
        }
        "ol" => format!("dnf install -y oracle-ovirt-release-45-el{major}"),
        _ => "dnf install -y centos-release-ovirt45".to_owned(),
    }
}

fn ovirt_repository(case: &Case<'_>) -> Verdict {
    if offline_wanted(case) {
        return Verdict::not_here("Offline.", "オフラインです。");
    }
    let Some(all) = &case.facts.software.repositories else { return Verdict::unread("/etc/yum.repos.d") };
    let ours = |id: &str| ["ovirt", "rhv", "olvm"].iter().any(|word| id.to_ascii_lowercase().contains(word));
    let found: Vec<&str> = all.iter().filter(|r| r.enabled && ours(&r.id)).map(|r| r.id.as_str()).collect();
    if found.is_empty() && case.facts.software.package("ovirt-hosted-engine-setup").is_some() {
        return Verdict::not_here(
            "ovirt-hosted-engine-setup is installed.",
            "ovirt-hosted-engine-setup はインストール済みです。",
        );
    }
    Verdict::of(!found.is_empty(), plain(listed(found))).fix(release_command(case))
}

fn subscription(case: &Case<'_>) -> Verdict {
    let software = &case.facts.software;
    if case.facts.host.id != "rhel" {
        return Verdict::not_here("Not a subscribed distribution.", "サブスクリプション対象ではありません。");
    }
    match software.subscription.as_str() {
        "" => Verdict::unread("subscription-manager status"),
        // With simple content access newer releases say "Disabled" or "Registered"; both get packages.
        status => Verdict::of(matches!(status, "Current" | "Registered" | "Disabled"), plain(status))
            .fix("subscription-manager register"),
    }
}

fn offered(case: &Case<'_>, matches: impl Fn(&str) -> bool) -> Option<bool> {
    Some(case.facts.software.available.as_ref()?.iter().any(|name| matches(name)))
}

fn setup_package(case: &Case<'_>) -> Verdict {
    let software = &case.facts.software;
    if let Some(package) = software.package("ovirt-hosted-engine-setup") {
        return Verdict::Passed(plain(format!("{}-{}", package.name, package.version)));
    }
    if software.packages.is_none() {
        return Verdict::unread("rpm -q");
    }
    match offered(case, |name| name.starts_with("ovirt-hosted-engine-setup.")) {
        Some(true) if !offline_wanted(case) => Verdict::Passed(text!("a repository has it", "リポジトリーにあります")),
        Some(_) => Verdict::of(
            false,
            text!("neither installed nor in a repository", "インストールもリポジトリー提供もされていません"),
        )
        .fix(release_command(case)),
        None => Verdict::unread("dnf list"),
    }
}

fn appliance(case: &Case<'_>) -> Verdict {
    let wanted = &case.answers.appliance;
    if let Some(path) = wanted.ova.as_deref().or(wanted.image.as_deref()) {
        return Verdict::NotApplicable(text!(
            "{path} is named; see appliance-file.",
            "{path} を使用します (appliance-file を参照)。"
        ));
    }
    let software = &case.facts.software;
    let installed = software.packages.iter().flatten().find(|package| package.name.contains("appliance"));
    if let Some(package) = installed {
        return Verdict::Passed(plain(format!("{}-{}-{}", package.name, package.version, package.release)));
    }
    match offered(case, |name| name.contains("appliance")) {
        Some(true) if !offline_wanted(case) => {
            let names = software.available.iter().flatten().filter(|name| name.contains("appliance"));
            let names = listed(names);
            Verdict::Passed(text!("in a repository: {names}", "リポジトリーにあります: {names}"))
        }
        Some(_) => Verdict::of(
            false,
            text!("neither installed nor in a repository", "インストールもリポジトリー提供もされていません"),
        )
        .fix("dnf install -y ovirt-engine-appliance"),
        None => Verdict::unread("dnf list"),
    }
}

/// Whether a file of the answers is on the host.
fn file(case: &Case<'_>, path: &str) -> Verdict {
    match case.facts.software.files.iter().find(|file| file.path == path) {
        None => Verdict::unread(path),
        Some(found) => match found.size {
            Some(bytes) => {
                let mib = bytes / 1024 / 1024;
                Verdict::of(bytes > 0, plain(format!("{path}: {mib} MiB")))
            }
            None => Verdict::of(false, text!("{path} is not there", "{path} がありません")),
        },
    }
}

fn appliance_file(case: &Case<'_>) -> Verdict {
    let wanted = &case.answers.appliance;
    match wanted.ova.as_deref().or(wanted.image.as_deref()) {
        None => Verdict::not_here("The package is used.", "パッケージを使用します。"),
        Some(path) => file(case, path),
    }
}

fn restore_file(case: &Case<'_>) -> Verdict {
    match case.answers.restore.as_ref() {
        None => Verdict::not_here("Nothing is restored.", "リストアは指定されていません。"),
        Some(restore) => match restore.file.as_deref() {
            None => Verdict::unanswered("restore.file"),
            Some(path) => file(case, path),
        },
    }
}

fn offline(case: &Case<'_>) -> Verdict {
    if !offline_wanted(case) {
        return Verdict::not_here("Not asked for.", "指定されていません。");
    }
    let software = &case.facts.software;
    let Some(packages) = &software.packages else { return Verdict::unread("rpm -q") };
    let has = |name: &str| packages.iter().any(|package| package.name == name);
    let own_image = case.answers.appliance.ova.is_some() || case.answers.appliance.image.is_some();
    let mut missing: Vec<&str> =
        ["ovirt-hosted-engine-setup", "ovirt-host", "vdsm"].into_iter().filter(|name| !has(name)).collect();
    if !own_image && !packages.iter().any(|package| package.name.contains("appliance")) {
        missing.push("ovirt-engine-appliance");
    }
    let fix = format!("dnf install -y {}", missing.join(" "));
    Verdict::of(missing.is_empty(), plain(listed(&missing))).fix(fix)
}

/// Commands that tasks of the role run, each with the package that has it.
const TOOLS: [(&str, &str); 12] = [
    ("dig", "bind-utils"),
    ("lsof", "lsof"),
    ("sshpass", "sshpass"),
    ("ssh", "openssh-clients"),
    ("mkisofs", "genisoimage"),
    ("virsh", "libvirt-client"),
    ("virt-install", "virt-install"),
    ("guestfish", "guestfs-tools"),
    ("virt-copy-out", "guestfs-tools"),
    ("qemu-img", "qemu-img"),
    ("dmidecode", "dmidecode"),
    ("zcat", "gzip"),
];

fn tools(case: &Case<'_>) -> Verdict {
    let commands = &case.facts.host.commands;
    if commands.is_empty() {
        return Verdict::unread("command -v");
    }
    let power = case.facts.host.machine == "ppc64le";
    let missing = TOOLS.iter().filter(|(tool, _)| !(commands.contains(*tool) || power && *tool == "dmidecode"));
    let missing: Vec<&(&str, &str)> = missing.collect();
    if missing.is_empty() {
        return Verdict::Passed(plain(listed(TOOLS.iter().map(|(tool, _)| tool))));
    }
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    let evidence = plain(format!("– {}", listed(missing.iter().map(|(tool, _)| tool))));
    Verdict::of(false, evidence).fix(format!("dnf install -y {}", packages.join(" ")))
}

fn engine_package(case: &Case<'_>) -> Verdict {
    let software = &case.facts.software;
    if software.packages.is_none() {
        return Verdict::unread("rpm -q");
    }
    let found = software.package("ovirt-engine");
    Verdict::of(found.is_none(), plain(found.map_or_else(|| "–".to_owned(), |p| format!("{}-{}", p.name, p.version))))
}

fn locked(case: &Case<'_>) -> Verdict {
    let ours = |entry: &&String| {
        ["ovirt", "vdsm", "libvirt", "qemu", "ansible"].iter().any(|word| entry.contains(word))
            && !entry.starts_with('!')
    };
    let locked: Vec<&String> = case.facts.software.locked.iter().filter(ours).collect();
    if case.facts.status("versionlock") != Some(0) {
        return Verdict::not_here(
            "The plug-in versionlock is not used.",
            "versionlock プラグインは使用されていません。",
        );
    }
    Verdict::of(locked.is_empty(), plain(listed(locked))).fix("dnf versionlock clear")
}
