//! Rights of the session, clock, SELinux, firewall, policies.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, listed, plain, text};

const fn rule(id: &'static str, group: Group, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, group, severity, judge)
}

pub(super) const RIGHTS: &[Rule] = &[
    rule("access-root", Group::Access, Severity::Blocker, root)
        .mandatory()
        .title("The session has root's rights", "セッションに root 権限がある")
        .remedy(
            "Log in as root, or as a user whom sudo lets do everything (give the sudo password when one is asked).",
            "root でログインするか、sudo ですべてを実行できるユーザーを使用してください (sudo のパスワードも指定)。",
        )
        .at(Step::Host, "host.user"),
    rule("access-umask", Group::Access, Severity::Warning, umask)
        .title("New files are readable for services (umask 0022)", "新規ファイルをサービスが読み取れる (umask 0022)")
        .remedy(
            "A stricter umask makes files of the deployment unreadable for vdsm and qemu. Set umask 022 for root in /etc/profile and /etc/bashrc.",
            "厳しい umask ではデプロイのファイルを vdsm や qemu が読めません。/etc/profile と /etc/bashrc で root の umask を 022 にしてください。",
        ),
    rule("access-shell", Group::Access, Severity::Blocker, shell)
        .mandatory()
        .title("/bin/sh is bash", "/bin/sh が bash である")
        .remedy(
            "Tasks of the role set pipefail in /bin/sh, which other shells refuse. Restore the link.",
            "ロールのタスクは /bin/sh で pipefail を使用するため、他のシェルでは失敗します。リンクを戻してください。",
        ),
    rule("access-systemd", Group::Access, Severity::Blocker, systemd)
        .mandatory()
        .title("systemd runs the host", "systemd がホストを管理している")
        .remedy("Phases run as units of systemd. Use an installed host, not a container without it.", "各フェーズは systemd のユニットとして実行されます。systemd のあるホストを使用してください。"),
];

pub(super) const CLOCK: &[Rule] = &[
    rule("time-service", Group::Time, Severity::Warning, time_service)
        .title("A time service runs (chronyd or ntpd)", "時刻サービス (chronyd または ntpd) が動作している")
        .remedy("Start chronyd with servers of your site.", "サイトの NTP サーバーを設定して chronyd を起動してください。"),
    rule("time-synchronized", Group::Time, Severity::Warning, synchronized)
        .title("The clock is synchronized", "時刻が同期している")
        .remedy(
            "Check that the servers answer (chronyc sources). Hosts whose clocks differ become non-operational and logins fail.",
            "サーバーが応答するか確認してください (chronyc sources)。時刻がずれたホストは non-operational になり、ログインも失敗します。",
        ),
    rule("time-offset", Group::Time, Severity::Blocker, offset)
        .title("The clock is less than 5 seconds off", "時刻のずれが 5 秒未満である")
        .remedy("Step the clock.", "時刻を修正してください。"),
    rule("time-sources", Group::Time, Severity::Warning, sources)
        .title("A time source is reachable", "到達可能な時刻ソースがある")
        .remedy("Open UDP 123 to the servers, or name others.", "サーバーへの UDP 123 を開放するか、別のサーバーを指定してください。"),
    rule("time-zone", Group::Time, Severity::Advice, zone)
        .title("The host has a time zone", "ホストにタイムゾーンが設定されている")
        .remedy("The engine VM gets the host's zone.", "エンジン VM はホストのタイムゾーンを使用します。")
        .at(Step::Vm, "engine_vm.time_zone"),
];

pub(super) const RULES: &[Rule] = &[
    rule("selinux-enforcing", Group::Security, Severity::Warning, selinux)
        .title("SELinux is enforcing", "SELinux が enforcing である")
        .remedy(
            "Hosts are supported with SELinux enforcing only. A host on which it was disabled needs a relabel: touch /.autorelabel, reboot.",
            "ホストは SELinux enforcing でのみサポートされます。disabled だった場合は再ラベルが必要です (touch /.autorelabel して再起動)。",
        ),
    rule("selinux-configured", Group::Security, Severity::Warning, selinux_file)
        .title("SELinux stays enforcing after a reboot", "再起動後も SELinux が enforcing である")
        .remedy("Set SELINUX=enforcing in /etc/selinux/config.", "/etc/selinux/config で SELINUX=enforcing にしてください。"),
    rule("firewalld-not-masked", Group::Security, Severity::Blocker, masked)
        .title("firewalld is installed and not masked", "firewalld がインストールされ、マスクされていない")
        .remedy("The role and the engine open ports through firewalld.", "ロールとエンジンは firewalld 経由でポートを開きます。"),
    rule("firewalld-running", Group::Security, Severity::Blocker, firewalld)
        .title("firewalld runs", "firewalld が動作している")
        .remedy("Start it; SSH stays open in its default zone.", "起動してください。既定のゾーンでは SSH は開いたままです。"),
    rule("crypto-policy", Group::Security, Severity::Warning, policy)
        .title("The crypto policy is DEFAULT or FIPS", "暗号化ポリシーが DEFAULT または FIPS である")
        .remedy(
            "FUTURE refuses the engine's certificates, LEGACY weakens them. Set DEFAULT (or FIPS on a FIPS host) and reboot.",
            "FUTURE はエンジンの証明書を拒否し、LEGACY は安全性を下げます。DEFAULT (FIPS ホストでは FIPS) に設定して再起動してください。",
        ),
    rule("fips-consistent", Group::Security, Severity::Warning, fips_consistent)
        .title("FIPS mode of kernel and crypto policy agree", "カーネルの FIPS モードと暗号化ポリシーが一致している")
        .remedy("Switch FIPS on or off as a whole with fips-mode-setup and reboot.", "fips-mode-setup で FIPS 全体を有効または無効にして再起動してください。"),
    rule("fips-engine", Group::Security, Severity::Advice, fips_engine)
        .title("Host and engine VM are both in FIPS mode or both not", "ホストとエンジン VM の FIPS モードが同じである")
        .remedy("Ask for FIPS in the engine VM too when the host has it.", "ホストが FIPS モードなら、エンジン VM でも FIPS を指定してください。")
        .at(Step::Vm, "engine_vm.fips"),
    rule("watchdog", Group::Security, Severity::Warning, watchdog)
        .title("No third-party watchdog runs", "サードパーティーの watchdog が動作していない")
        .remedy("It interferes with VDSM's own (sanlock, wdmd). Stop and disable it.", "VDSM の watchdog (sanlock、wdmd) と競合します。停止して無効にしてください。"),
    rule("noexec-tmp", Group::Security, Severity::Warning, |case| noexec(case, "/tmp"))
        .title("Programs may run from /tmp", "/tmp からプログラムを実行できる")
        .remedy("Packages' scripts and engine tools run from there. Mount it without noexec while deploying.", "パッケージのスクリプトやエンジンのツールが実行されます。デプロイ中は noexec なしでマウントしてください。"),
    rule("noexec-var-tmp", Group::Security, Severity::Warning, |case| noexec(case, "/var/tmp"))
        .title("Programs may run from /var/tmp", "/var/tmp からプログラムを実行できる")
        .remedy("Mount it without noexec while deploying.", "デプロイ中は noexec なしでマウントしてください。"),
    rule("read-only-file-systems", Group::Security, Severity::Blocker, read_only)
        .title("/, /var, /var/tmp, /etc and /var/log can be written", "/、/var、/var/tmp、/etc、/var/log に書き込める")
        .remedy("A file system that turned read-only has errors: look at the kernel log, check it, mount it again.", "読み取り専用になったファイルシステムにはエラーがあります。カーネルログを確認し、検査して再マウントしてください。"),
    rule("fapolicyd", Group::Security, Severity::Advice, fapolicyd)
        .title("fapolicyd does not run", "fapolicyd が動作していない")
        .remedy("The role allows qemu-img for its own copy; other tools may still be refused. Look at its journal when a task is \"not permitted\".", "ロールは自身のコピー用に qemu-img を許可しますが、他のツールは拒否される場合があります。「not permitted」となったらジャーナルを確認してください。"),
];

fn root(case: &Case<'_>) -> Verdict {
    let host = &case.facts.host;
    let user = if host.user.is_empty() { "?" } else { &host.user };
    match (host.uid, host.root_rights) {
        (Some(0), _) => Verdict::Passed(plain("uid 0")),
        (Some(uid), Some(true)) => Verdict::Passed(plain(format!("{user} (uid {uid}), sudo"))),
        (Some(uid), Some(false)) => {
            Verdict::of(false, text!("{user} (uid {uid}); sudo refuses", "{user} (uid {uid})、sudo が拒否しました"))
                .fix(format!("echo '{user} ALL=(ALL) ALL' > /etc/sudoers.d/{user}"))
        }
        _ => Verdict::unread("id -u"),
    }
}

fn umask(case: &Case<'_>) -> Verdict {
    match case.facts.host.umask {
        None => Verdict::unread("umask"),
        Some(mask) => Verdict::of(mask & 0o055 == 0, plain(format!("{mask:04o}"))),
    }
}

fn shell(case: &Case<'_>) -> Verdict {
    match case.facts.host.shell.as_str() {
        "" => Verdict::unread("/bin/sh"),
        shell => Verdict::of(shell.ends_with("/bash"), plain(shell)).fix("ln -sf bash /bin/sh"),
    }
}

fn systemd(case: &Case<'_>) -> Verdict {
    match case.facts.systemd {
        0 => Verdict::of(false, text!("systemctl does not answer", "systemctl が応答しません")),
        version if case.facts.security.units.is_empty() => Verdict::of(
            false,
            text!(
                "systemd {version} is installed but not running",
                "systemd {version} はインストール済みですが動作していません"
            ),
        ),
        version if version < 247 => Verdict::Passed(text!(
            "systemd {version}; secrets go through a FIFO, not as credentials (from 247)",
            "systemd {version} (秘密情報はクレデンシャル (247 以降) ではなく FIFO で渡します)"
        )),
        version => Verdict::Passed(plain(format!("systemd {version}"))),
    }
}

fn time_service(case: &Case<'_>) -> Verdict {
    let security = &case.facts.security;
    if security.units.is_empty() {
        return Verdict::unread("systemctl show");
    }
    let services = ["chronyd.service", "chrony.service", "ntpd.service", "systemd-timesyncd.service"];
    let running = services.into_iter().find(|unit| security.runs(unit));
    Verdict::of(running.is_some(), plain(running.unwrap_or("–"))).fix("systemctl enable --now chronyd")
}

fn synchronized(case: &Case<'_>) -> Verdict {
    let clock = &case.facts.clock;
    // A container shows its host's clock as unsynchronized while chronyd watches it; chrony itself knows better.
    let chrony = (!clock.leap.is_empty()).then_some(clock.leap != "Not synchronised");
    match (clock.synchronized, chrony) {
        (Some(true), _) => Verdict::Passed(plain("NTPSynchronized=yes")),
        (_, Some(good)) => Verdict::of(good, plain(format!("chrony: {}", clock.leap))).fix("chronyc makestep"),
        (Some(false), None) => Verdict::of(false, plain("NTPSynchronized=no")).fix("systemctl restart chronyd"),
        (None, None) => Verdict::unread("timedatectl"),
    }
}

fn offset(case: &Case<'_>) -> Verdict {
    match case.facts.clock.offset_us {
        None => Verdict::unread("chronyc tracking"),
        Some(us) => {
            let (seconds, milliseconds) = (us / 1_000_000, us / 1000 % 1000);
            Verdict::of(us < 5_000_000, plain(format!("{seconds}.{milliseconds:03} s"))).fix("chronyc makestep")
        }
    }
}

fn sources(case: &Case<'_>) -> Verdict {
    match &case.facts.clock.sources {
        None => Verdict::unread("chronyc sources"),
        Some(sources) => {
            // chrony marks the chosen source ^*, those it could take ^+; ntpq marks the chosen one *.
            let usable = |source: &String| {
                source.starts_with("^*") || source.starts_with("^+") || source.starts_with(['*', '+'])
            };
            Verdict::of(sources.iter().any(usable), plain(listed(sources))).fix("chronyc sources -v")
        }
    }
}

fn zone(case: &Case<'_>) -> Verdict {
    let zone = &case.facts.time_zone;
    Verdict::of(!zone.is_empty(), plain(if zone.is_empty() { "–" } else { zone }))
        .fix("timedatectl set-timezone Etc/UTC")
}

fn selinux(case: &Case<'_>) -> Verdict {
    match case.facts.security.selinux.as_deref() {
        None => Verdict::unread("/sys/fs/selinux"),
        Some(mode) => Verdict::of(mode == "enforcing", plain(mode)).fix("setenforce 1"),
    }
}

fn selinux_file(case: &Case<'_>) -> Verdict {
    match case.facts.security.selinux_configured.as_str() {
        "" => Verdict::unread("/etc/selinux/config"),
        mode => Verdict::of(mode == "enforcing", plain(format!("SELINUX={mode}")))
            .fix("sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config"),
    }
}

fn masked(case: &Case<'_>) -> Verdict {
    match case.facts.security.unit("firewalld.service") {
        None => Verdict::unread("systemctl show firewalld"),
        Some(unit) => {
            let good = unit.load == "loaded" && unit.file != "masked";
            let fix = if unit.load == "not-found" { "dnf install -y firewalld" } else { "systemctl unmask firewalld" };
            Verdict::of(good, plain(format!("{}, {}", unit.load, unit.file))).fix(fix)
        }
    }
}

fn firewalld(case: &Case<'_>) -> Verdict {
    match case.facts.security.unit("firewalld.service") {
        None => Verdict::unread("systemctl show firewalld"),
        Some(unit) => Verdict::of(unit.sub == "running", plain(format!("{} ({})", unit.active, unit.sub)))
            .fix("systemctl enable --now firewalld"),
    }
}

fn policy(case: &Case<'_>) -> Verdict {
    match case.facts.security.crypto_policy.as_str() {
        "" => Verdict::unread("/etc/crypto-policies/config"),
        policy => {
            let base = policy.split(':').next().unwrap_or(policy);
            Verdict::of(matches!(base, "DEFAULT" | "FIPS"), plain(policy)).fix("update-crypto-policies --set DEFAULT")
        }
    }
}

fn fips_consistent(case: &Case<'_>) -> Verdict {
    let security = &case.facts.security;
    let Some(fips) = security.fips else { return Verdict::unread("/proc/sys/crypto/fips_enabled") };
    if security.crypto_policy.is_empty() {
        return Verdict::unread("/etc/crypto-policies/config");
    }
    let policy = security.crypto_policy.starts_with("FIPS");
    Verdict::of(fips == policy, plain(format!("fips_enabled={}, {}", u8::from(fips), security.crypto_policy)))
        .fix(if fips { "update-crypto-policies --set FIPS" } else { "update-crypto-policies --set DEFAULT" })
}

fn fips_engine(case: &Case<'_>) -> Verdict {
    let Some(fips) = case.facts.security.fips else { return Verdict::unread("/proc/sys/crypto/fips_enabled") };
    let wanted = case.answers.engine_vm.fips.unwrap_or(false);
    Verdict::of(fips == wanted, text!("host {fips}, engine VM {wanted}", "ホスト {fips}、エンジン VM {wanted}"))
}

fn watchdog(case: &Case<'_>) -> Verdict {
    let security = &case.facts.security;
    if security.units.is_empty() {
        return Verdict::unread("systemctl show watchdog");
    }
    let running = security.runs("watchdog.service");
    Verdict::of(!running, plain(if running { "watchdog.service" } else { "–" })).fix("systemctl disable --now watchdog")
}

/// Options of the mount that a path lies on.
fn options<'a>(case: &Case<'a>, path: &str) -> Option<(&'a str, &'a [String])> {
    let below = |target: &str| target == "/" || path == target || path.starts_with(&format!("{target}/"));
    let mounts = case.facts.disks.mounts.iter().filter(|mount| below(&mount.target));
    mounts.max_by_key(|mount| mount.target.len()).map(|mount| (mount.target.as_str(), mount.options.as_slice()))
}

fn noexec(case: &Case<'_>, path: &str) -> Verdict {
    match options(case, path) {
        None => Verdict::unread("/proc/self/mounts"),
        Some((target, options)) => {
            let bad = options.iter().any(|option| option == "noexec");
            Verdict::of(!bad, plain(format!("{target}: {}", options.join(","))))
                .fix(format!("mount -o remount,exec {target}"))
        }
    }
}

fn read_only(case: &Case<'_>) -> Verdict {
    if case.facts.disks.mounts.is_empty() {
        return Verdict::unread("/proc/self/mounts");
    }
    let written = ["/", "/var", "/var/tmp", "/etc", "/var/log", "/tmp"];
    let bad = |path: &&str| options(case, path).is_some_and(|(_, options)| options.iter().any(|option| option == "ro"));
    let bad: Vec<&str> = written.into_iter().filter(bad).collect();
    Verdict::of(bad.is_empty(), plain(if bad.is_empty() { "rw".to_owned() } else { format!("ro: {}", listed(bad)) }))
}

fn fapolicyd(case: &Case<'_>) -> Verdict {
    let security = &case.facts.security;
    if security.units.is_empty() {
        return Verdict::unread("systemctl show fapolicyd");
    }
    Verdict::of(!security.runs("fapolicyd.service"), plain("fapolicyd.service")).fix("journalctl -u fapolicyd")
}
