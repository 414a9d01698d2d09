//! Clean-up: after a kill in every phase, of a deployed host, and with the network gone.

use crate::faults::after_bootstrap;
use crate::health::{ENGINE, deployed, expect};
use crate::lab::{fresh, shell};
use crate::product::Product;
use anyhow::{Result, bail, ensure};
use hosted_deploy_model::phase::Phase;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const STORAGE: &str = "storage.lab.test:/exports/he";
const CLEAN: [&str; 5] = ["cleanup", "--yes", "--answers", "answers.toml", "--accept-new-host-key"];
/// Every phase behind the gate, and how many of its tasks have begun when everything is killed.
const BEHIND_THE_GATE: [(Phase, u32); 3] =
    [(Phase::CreateStorageDomain, 25), (Phase::CreateTargetVm, 60), (Phase::FinalClean, 2)];

/// Whatever phase a deployment is killed in, the clean-up makes the host ready for the next one: the phases before the gate.
pub(crate) fn after_a_kill_before_the_gate() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let watcher = product.start(&Product::DEPLOY)?;
    until("the checks read the host", || Ok(runs_here(b"sh\0-s\0")))?;
    killed(&product, watcher)?;
    ensure!(product.runs().map_or(0, |ids| ids.len()) == 0, "killed after the checks, not in them");
    let said = product.run(&CLEAN, 0)?;
    ensure!(said.contains("no deployment has left anything"), "checks left something: {said}");
    ready(&product, &said)?;

    for (phase, tasks) in [(Phase::InitialClean, 30), (Phase::BootstrapLocalVm, 200)] {
        let runs = product.runs().map_or(0, |ids| ids.len());
        let watcher = product.start(&Product::DEPLOY)?;
        product.wait_for_runs(runs + 1)?;
        product.wait_for_task(phase, tasks)?;
        killed(&product, watcher)?;
        if phase == Phase::BootstrapLocalVm {
            shows(&product, &["HostedEngineLocal", "/var/tmp/localvm", "ip-rules", "hosts-entry"])?;
        }
        let said = product.run(&[&CLEAN[..], &["--stop-runs"]].concat(), 0)?;
        ready(&product, &said)?;
    }
    Ok(())
}

/// The same for the phases behind the gate. At the end a deployment succeeds.
pub(crate) fn after_a_kill_behind_the_gate() -> Result<()> {
    for (phase, tasks) in BEHIND_THE_GATE {
        // The prepared engine once, and not three times.
        let product = after_bootstrap()?;
        let answers = product.answer("answers.toml", "lab-nfs.toml", |_| {})?.display().to_string();
        let watcher = product.start(&["runs", "continue", "last", "--answers", &answers])?;
        product.wait_for_task(phase, tasks)?;
        if phase == Phase::CreateTargetVm {
            let said = product.run(&CLEAN, 3)?;
            ensure!(said.contains("--stop-runs"), "a run that goes on is no reason to refuse: {said}");
        }
        killed(&product, watcher)?;
        if phase == Phase::CreateTargetVm {
            let all = [
                "HostedEngineLocal",
                "/var/tmp/localvm",
                "hosts-entry",
                "authorized-keys",
                "firewall",
                "management-network",
            ];
            shows(&product, &all)?;
            cut_off(&product)?;
        }
        let all = ["--stop-runs", "--confirm", ENGINE, "--storage", "--confirm-storage", STORAGE];
        let said = product.run(&[&CLEAN[..], &all].concat(), 0)?;
        ready(&product, &said)?;
        ensure!(shell("infra", "ls -A /exports/he")?.trim().is_empty(), "something is left on the storage");
    }
    let product = Product::new("lab-nfs.toml", |_| {})?;
    product.run(&Product::DEPLOY, 0)?;
    product.expect_success()
}

/// Ends everything as a power button does: the watcher, the driver, and what runs on the host.
fn killed(product: &Product, mut watcher: Child) -> Result<()> {
    Command::new("kill").args(["-9", &watcher.id().to_string()]).status()?;
    watcher.wait()?;
    // While the host is read there is none.
    let _ = product.kill_driver();
    shell("host1", "systemctl kill --signal=SIGKILL 'hosted-deploy-*'; true").map(drop)
}

/// The list of what would be removed names these.
fn shows(product: &Product, words: &[&str]) -> Result<()> {
    let shown = product.run(&[&CLEAN[..], &["--dry-run"]].concat(), 0)?;
    for word in words {
        ensure!(shown.contains(word), "{word} is not shown: {shown}");
    }
    Ok(())
}

/// A clean-up whose program is killed while it goes on there; the next one follows its unit or does the rest.
fn cut_off(product: &Product) -> Result<()> {
    let mut first = product.start(&[&CLEAN[..], &["--stop-runs"]].concat())?;
    until("the clean-up runs", || {
        let unit = shell("host1", "systemctl is-active hosted-deploy-cleanup.service || true")?;
        Ok(matches!(unit.trim(), "active"))
    })?;
    first.kill()?;
    first.wait()?;
    Ok(())
}

/// The clean-up has said so, the checks of the next deployment say so, and nothing is left.
fn ready(product: &Product, said: &str) -> Result<()> {
    ensure!(said.contains("Nothing on this host blocks a deployment"), "{said}");
    product.run(&[&Product::DEPLOY[..], &["--dry-run"]].concat(), 0)?;
    let left = shell(
        "host1",
        "ls -d /var/tmp/localvm* 2>/dev/null; ip rule | grep -E '^10[01]:'; virsh list --all --name; \
        grep ' ovirt-engine$' /root/.ssh/authorized_keys; readlink /var/lib/hosted-deploy/lock; \
        systemctl list-units --all --no-legend --plain 'hosted-deploy-*'; grep 'hosted-engine-setup' /etc/hosts; \
        find /run/hosted-deploy -type f 2>/dev/null; ip link show ovirtmgmt 2>/dev/null; true",
    )?;
    ensure!(left.trim().is_empty(), "left behind: {left}");
    Ok(())
}

/// Whether a process has this command line. The lab's machines share this one's kernel, and what lasts for less than a second
/// is over before `lab shell` has asked for it.
fn runs_here(line: &[u8]) -> bool {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok()).any(|found| found == line)
}

fn until(what: &str, there: impl Fn() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !there()? {
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("not within a minute: {what}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A deployed engine goes only when it is named; storage only when it holds nothing else and is named.
pub(crate) fn of_a_deployed_host() -> Result<()> {
    let product = deployed()?;
    let said = product.run(&CLEAN, 130)?;
    ensure!(said.contains(&format!("--confirm {ENGINE}")), "{said}");
    shell("infra", "echo mine > /exports/he/photos; chmod 644 /exports/he/photos")?;
    let all = [&CLEAN[..], &["--confirm", ENGINE, "--storage", "--confirm-storage", STORAGE]].concat();
    let said = product.run(&all, 3)?;
    ensure!(said.contains("photos"), "the foreign file is not named: {said}");
    shell("infra", "rm /exports/he/photos")?;
    // Another host goes on with its lease.
    shell(
        "infra",
        "systemd-run --quiet --collect --unit=other-host sh -c 'while touch /exports/he/*/dom_md/ids; do sleep 5; done'",
    )?;
    let said = product.run(&[&CLEAN[..], &["--storage", "--confirm-storage", STORAGE]].concat(), 3)?;
    ensure!(said.contains("a host still uses it"), "a storage in use is no reason to refuse: {said}");
    shell("infra", "systemctl stop other-host")?;
    let said = product
        .run(&[&CLEAN[..], &["--storage", "--confirm-storage", "storage.lab.test:/exports/ro"]].concat(), 130)?;
    ensure!(said.contains(STORAGE), "{said}");
    product.run(&[&CLEAN[..], &["--storage", "--confirm-storage", STORAGE]].concat(), 0)?;
    let left = shell("infra", "ls -A /exports/he")?;
    ensure!(left.trim().is_empty(), "left on the storage: {left}");
    product.run(&Product::DEPLOY, 0)?;
    product.expect_success()
}

/// The guard puts a network back that went away.
pub(crate) fn guarded_network() -> Result<()> {
    let product = deployed()?;
    let guard = include_str!("../../src/cleanup/guard.sh");
    let folder = "/var/lib/hosted-deploy/cleanup";
    shell("host1", &format!("mkdir -p {folder} && cat > {folder}/guard.sh <<'GUARD'\n{guard}\nGUARD"))?;
    shell("host1", &format!("sh {folder}/guard.sh save && sh {folder}/guard.sh arm 30"))?;
    shell("host1", "ip link delete ovirtmgmt")?;
    let unread =
        product.command(&["status", "--json", "--answers", "answers.toml", "--accept-new-host-key"]).output()?;
    ensure!(unread.status.code() == Some(3), "a host without a network is still reached");
    // Back on the card: the host is there, the engine VM on the lost bridge is not.
    expect(&product, "down", "bad-health", None)?;
    let said = shell("host1", &format!("ip -o -4 addr show; ip route; sh {folder}/guard.sh disarm"))?;
    ensure!(
        said.contains("10.99.0.11/24") && said.contains("default via 10.99.0.1") && said.contains("restored"),
        "{said}"
    );
    Ok(())
}
