//! A deployed engine, broken on purpose: the verdict, its reason, the advice, and the action that brings it back.

use crate::lab::{fresh, lab, restored, shell};
use crate::product::{Product, set};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

const ENGINE: &str = "engine.lab.test";
const MOUNT: &str = "/rhev/data-center/mnt/storage.lab.test:_exports_he";

/// Exit code, situation, ids of the findings, actions that are advised.
struct Seen {
    verdict: String,
    situation: String,
    findings: Vec<String>,
    actions: Vec<String>,
    text: String,
}

fn status(product: &Product) -> Result<Seen> {
    let output =
        product.command(&["status", "--json", "--answers", "answers.toml", "--accept-new-host-key"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: Value = serde_json::from_str(&text)
        .with_context(|| format!("status: {text}{}", String::from_utf8_lossy(&output.stderr)))?;
    let words = |list: &str, key: &str| -> Vec<String> {
        report
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|each| each.get(key)?.as_str().map(str::to_owned))
            .collect()
    };
    let verdict = report.get("verdict").and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = ["healthy", "degraded", "down", "unknown"].iter().position(|name| *name == verdict);
    ensure!(
        output.status.code().and_then(|code| usize::try_from(code).ok()) == code,
        "verdict {verdict}, exit code {:?}",
        output.status.code()
    );
    Ok(Seen {
        verdict,
        situation: report.pointer("/situation/kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
        findings: words("findings", "id"),
        actions: words("advice", "action"),
        text,
    })
}

/// Waits until the situation is as wanted, with this finding among those found where one is named.
fn expect(product: &Product, verdict: &str, situation: &str, finding: Option<&str>) -> Result<Seen> {
    let begun = Instant::now();
    loop {
        let seen = status(product)?;
        let found = finding.is_none_or(|id| seen.findings.iter().any(|known| known == id));
        if seen.verdict == verdict && seen.situation == situation && found {
            return Ok(seen);
        }
        if begun.elapsed() > Duration::from_secs(90) {
            bail!("no {verdict}, {situation}, {finding:?} within 90 s: {}", seen.text);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn act(product: &Product, arguments: &[&str], code: i32) -> Result<String> {
    let common = ["--answers", "answers.toml", "--accept-new-host-key"];
    product.run(&[&["action"], arguments, &common].concat(), code)
}

fn advised(seen: &Seen, action: &str) -> Result<()> {
    ensure!(seen.actions.iter().any(|known| known == action), "{action} is not advised: {:?}", seen.actions);
    Ok(())
}

/// Two breakages on a host that has just been deployed: the HA agent stopped; the engine VM down in global maintenance.
pub(crate) fn after_deployment(product: &Product) -> Result<()> {
    expect(product, "healthy", "up", None)?;

    shell("host1", "systemctl stop ovirt-ha-agent")?;
    let seen = expect(product, "degraded", "up", Some("ha-stopped"))?;
    advised(&seen, "restart-ha")?;
    act(product, &["restart-ha"], 0)?;
    expect(product, "healthy", "up", None)?;

    act(product, &["set-maintenance", "global"], 0)?;
    let said = act(product, &["vm-shutdown"], 130)?;
    ensure!(said.contains(&format!("--confirm {ENGINE}")), "the question is not told: {said}");
    act(product, &["vm-shutdown", "--confirm", ENGINE], 0)?;
    let seen = expect(product, "down", "down-in-maintenance", Some("global-maintenance"))?;
    advised(&seen, "set-maintenance-none")?;
    let said = act(product, &["vm-shutdown", "--confirm", ENGINE], 3)?;
    ensure!(said.contains("does not run on this host"), "{said}");
    act(product, &["set-maintenance", "none"], 0)?;
    expect(product, "healthy", "up", None)?;
    recorded(product)
}

/// Every action is in the record: who, what, its end.
fn recorded(product: &Product) -> Result<()> {
    let text = std::fs::read_to_string(product.path().join("state/actions.jsonl"))?;
    for wanted in ["\"action\":\"restart-ha\"", "\"action\":\"vm-shutdown\"", "\"outcome\":\"seen\"", "root@127.0.0.1"]
    {
        ensure!(text.contains(wanted), "the record lacks {wanted}: {text}");
    }
    Ok(())
}

/// The other breakages, one after the other, each brought back.
pub(crate) fn breakages() -> Result<()> {
    let product = deployed()?;

    // The engine's service stopped inside its VM.
    lab(&["shell", "engine", "systemctl", "stop", "ovirt-engine"])?;
    let seen = expect(&product, "down", "bad-health", None)?;
    for action in ["set-maintenance-global", "console", "vm-shutdown", "vm-start", "set-maintenance-none"] {
        advised(&seen, action)?;
    }
    ensure!(seen.text.contains("systemctl start ovirt-engine"), "{}", seen.text);
    lab(&["shell", "engine", "systemctl", "start", "ovirt-engine"])?;
    expect(&product, "healthy", "up", None)?;

    // The VM killed: the agent brings it back by itself.
    shell("host1", "virsh destroy HostedEngine")?;
    expect(&product, "healthy", "up", None)?;

    // The same in global maintenance: only a person does.
    act(&product, &["set-maintenance", "global"], 0)?;
    shell("host1", "virsh destroy HostedEngine")?;
    let seen = expect(&product, "down", "down-in-maintenance", None)?;
    advised(&seen, "vm-start")?;
    act(&product, &["vm-start"], 0)?;
    act(&product, &["vm-start"], 3)?;
    expect(&product, "degraded", "up", Some("global-maintenance"))?;

    // Refused without their preconditions, done with them.
    act(&product, &["reinitialize-lockspace", "--confirm", ENGINE], 3)?;
    act(&product, &["clean-metadata", "--confirm", ENGINE], 3)?;
    act(&product, &["vm-poweroff", "--confirm", ENGINE], 0)?;
    act(&product, &["reinitialize-lockspace", "--confirm", ENGINE], 0)?;
    shell("host1", "systemctl stop ovirt-ha-agent")?;
    act(&product, &["clean-metadata", "--confirm", ENGINE], 0)?;
    act(&product, &["restart-ha"], 0)?;

    // Local maintenance ends the global one, and is told before.
    let said = act(&product, &["set-maintenance", "local"], 0)?;
    ensure!(said.contains("Global maintenance is on and will be off afterwards"), "{said}");
    let seen = expect(&product, "down", "no-fit-host", Some("local-maintenance"))?;
    advised(&seen, "set-maintenance-none")?;
    act(&product, &["set-maintenance", "none"], 0)?;
    expect(&product, "healthy", "up", None)?;

    // The broker stopped: the status command dies of a traceback.
    shell("host1", "systemctl stop ovirt-ha-broker ovirt-ha-agent")?;
    let seen = expect(&product, "degraded", "up-unwatched", Some("ha-stopped"))?;
    advised(&seen, "restart-ha")?;
    let said = act(&product, &["set-maintenance", "global"], 3)?;
    ensure!(said.contains("do not answer"), "{said}");
    act(&product, &["restart-ha"], 0)?;
    expect(&product, "healthy", "up", None)?;

    // The storage gone from under it.
    shell("host1", &format!("umount -l {MOUNT}"))?;
    let seen = expect(&product, "degraded", "up-unwatched", Some("storage-absent"))?;
    advised(&seen, "connect-storage")?;
    act(&product, &["connect-storage"], 0)?;
    expect(&product, "healthy", "up", None)?;

    // A certificate that ends soon.
    lab(&[
        "shell",
        "engine",
        "sh",
        "-c",
        "cd /etc/pki/ovirt-engine && openssl x509 -req -sha256 -days 9 -in apache.csr \
           -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out apache.cer && systemctl restart ovirt-engine",
    ])?;
    let seen = expect(&product, "degraded", "up", Some("certificate-engine"))?;
    ensure!(seen.text.contains("engine-setup --offline"), "{}", seen.text);
    logs(&product)
}

/// A log is shown, and the bundle holds all of them without the passwords.
fn logs(product: &Product) -> Result<()> {
    let common = ["--answers", "answers.toml", "--accept-new-host-key"];
    let said = product.run(&[&["logs", "agent", "--tail", "50", "--grep", "state"], &common[..]].concat(), 0)?;
    ensure!(said.contains("state EngineUp"), "{said}");
    let said = product.run(&[&["logs", "agent", "--since", "no such time"], &common[..]].concat(), 2)?;
    ensure!(said.contains("no such time"), "{said}");
    product.run(&[&["logs", "bundle", "--output", "logs.tar.gz"], &common[..]].concat(), 0)?;
    let listed = std::process::Command::new("tar").arg("-tzf").arg(product.path().join("logs.tar.gz")).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for name in ["agent.log", "engine.log", "console.log", "reading.json", "versions.txt"] {
        ensure!(listed.contains(name), "the bundle lacks {name}: {listed}");
    }
    Ok(())
}

/// A deployed lab: restored where one is saved, else made by the product and saved.
pub(crate) fn deployed() -> Result<Product> {
    let product = Product::new("lab-nfs.toml", |_| {})?;
    if !restored("deployed")? {
        fresh(&[])?;
        product.run(&Product::DEPLOY, 0)?;
        product.expect_success()?;
        lab(&["save", "deployed"])?;
        ensure!(restored("deployed")?, "what was just saved does not come back");
    }
    expect(&product, "healthy", "up", None)?;
    Ok(product)
}

const CLEAN: [&str; 5] = ["cleanup", "--yes", "--answers", "answers.toml", "--accept-new-host-key"];

/// A deployment that is killed in a phase is cleaned up, and the next one succeeds.
pub(crate) fn cleanup_after_a_kill() -> Result<()> {
    use hosted_deploy_model::phase::Phase;
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let mut watcher = product.start(&Product::DEPLOY)?;
    product.wait_for_task(Phase::CreateTargetVm, 20)?;
    let said = product.run(&CLEAN, 3)?;
    ensure!(said.contains("--stop-runs"), "a run that goes on is no reason to refuse: {said}");
    // Killed as by a power button: the watcher, the driver, and what runs on the host.
    std::process::Command::new("kill").args(["-9", &watcher.id().to_string()]).status()?;
    watcher.wait()?;
    let _ = product.kill_driver();
    shell("host1", "systemctl kill --signal=SIGKILL 'hosted-deploy-*'; virsh list --all")?;

    let shown = product.run(&[&CLEAN[..], &["--dry-run"]].concat(), 0)?;
    for word in
        ["HostedEngineLocal", "/var/tmp/localvm", "ip-rules", "authorized-keys", "firewall", "management-network"]
    {
        ensure!(shown.contains(word), "{word} is not shown: {shown}");
    }
    // Cut off in the middle, then again: the unit there goes on meanwhile.
    let mut first = product.start(&[&CLEAN[..], &["--stop-runs"]].concat())?;
    std::thread::sleep(Duration::from_secs(4));
    first.kill()?;
    first.wait()?;
    let storage = "storage.lab.test:/exports/he";
    let all = [&CLEAN[..], &["--stop-runs", "--storage", "--confirm-storage", storage]].concat();
    let said = product.run(&all, 0)?;
    ensure!(said.contains("Nothing on this host blocks a deployment"), "{said}");
    let left = shell(
        "host1",
        "ls -d /var/tmp/localvm* 2>/dev/null; ip rule | grep -E '^10[01]:'; virsh list --all --name; \
        grep -c ovirt-engine /root/.ssh/authorized_keys; ls /var/lib/hosted-deploy/lock 2>/dev/null; ip link show ovirtmgmt 2>/dev/null; true",
    )?;
    ensure!(left.trim() == "0", "left behind: {left}");
    product.run(&Product::DEPLOY, 0)?;
    product.expect_success()
}

/// A deployed engine goes only when it is named; storage only when it holds nothing else and is named.
pub(crate) fn cleanup_of_a_deployed_host() -> Result<()> {
    let product = deployed()?;
    let storage = "storage.lab.test:/exports/he";
    let said = product.run(&CLEAN, 130)?;
    ensure!(said.contains(&format!("--confirm {ENGINE}")), "{said}");
    shell("infra", "echo mine > /exports/he/photos; chmod 644 /exports/he/photos")?;
    let all = [&CLEAN[..], &["--confirm", ENGINE, "--storage", "--confirm-storage", storage]].concat();
    let said = product.run(&all, 3)?;
    ensure!(said.contains("photos"), "the foreign file is not named: {said}");
    shell("infra", "rm /exports/he/photos")?;
    let said = product
        .run(&[&CLEAN[..], &["--storage", "--confirm-storage", "storage.lab.test:/exports/ro"]].concat(), 130)?;
    ensure!(said.contains(storage), "{said}");
    product.run(&[&CLEAN[..], &["--storage", "--confirm-storage", storage]].concat(), 0)?;
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
    shell("host1", &format!("sh {folder}/guard.sh save && sh {folder}/guard.sh arm 15"))?;
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

/// A user without rights hears why, and a user who needs sudo is served.
pub(crate) fn other_users() -> Result<()> {
    drop(deployed()?);
    let product = Product::new("lab-nfs.toml", |answers| {
        set(answers, "host", "user", "operator");
        set(answers, "host", "password", "lab-operator-1");
    })?;
    expect(&product, "healthy", "up", None)?;
    act(&product, &["set-maintenance", "global"], 0)?;
    act(&product, &["set-maintenance", "none"], 0)?;
    shell("host1", "useradd -m nobodyspecial && echo nobodyspecial:lab-nobody-1 | chpasswd")?;
    let product = Product::new("lab-nfs.toml", |answers| {
        set(answers, "host", "user", "nobodyspecial");
        set(answers, "host", "password", "lab-nobody-1");
    })?;
    let said = act(&product, &["restart-ha"], 4)?;
    ensure!(said.contains("cannot become root") && said.contains("wheel"), "the missing right is not named: {said}");
    Ok(())
}
