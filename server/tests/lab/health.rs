//! A deployed engine, broken on purpose: the verdict, its reason, the advice, and the action that brings it back.

use crate::lab::{fresh, lab, restored, shell, with_fault};
use crate::product::{Product, set};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

pub(crate) const ENGINE: &str = "engine.lab.test";
/// The agents write every 10 s, `--vm-status` is 20 s behind, an engine VM starts within a minute; a busy machine is slower.
const PATIENCE: Duration = Duration::from_secs(180);
const MOUNT: &str = "/rhev/data-center/mnt/storage.lab.test:_exports_he";

/// Verdict, situation, ids of the findings, actions and commands that are advised.
pub(crate) struct Seen {
    verdict: String,
    situation: String,
    findings: Vec<String>,
    actions: Vec<String>,
    commands: Vec<String>,
    text: String,
}

/// Of the host that the answers name, or of `hosts`.
fn status(product: &Product, hosts: &[&str]) -> Result<Seen> {
    let named = hosts.iter().flat_map(|host| ["--host", host]);
    let arguments = ["status", "--json", "--answers", "answers.toml", "--accept-new-host-key"];
    let output = product.command(&arguments.into_iter().chain(named).collect::<Vec<_>>()).output()?;
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
        commands: words("advice", "command"),
        text,
    })
}

/// Waits until the situation is as wanted, with this finding among those found where one is named.
pub(crate) fn expect(product: &Product, verdict: &str, situation: &str, finding: Option<&str>) -> Result<Seen> {
    expect_of(product, &[], verdict, situation, finding)
}

fn expect_of(product: &Product, hosts: &[&str], verdict: &str, situation: &str, finding: Option<&str>) -> Result<Seen> {
    let begun = Instant::now();
    loop {
        let seen = status(product, hosts)?;
        let found = finding.is_none_or(|id| seen.findings.iter().any(|known| known == id));
        if seen.verdict == verdict && seen.situation == situation && found {
            return Ok(seen);
        }
        if begun.elapsed() > PATIENCE {
            bail!("no {verdict}, {situation}, {finding:?} within {PATIENCE:?}: {}", seen.text);
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

/// What is around the engine fails: another host, the host itself, the clock, the rights on the storage.
pub(crate) fn outages() -> Result<()> {
    let product = deployed()?;

    // Another HA host is down: its last words are not shown as how it is.
    with_fault("other-host-silent", || {
        let seen = expect(&product, "degraded", "up", Some("host-silent"))?;
        ensure!(seen.text.contains("host2.lab.test has not written its state for more than a minute"), "{}", seen.text);
        let report: Value = serde_json::from_str(&seen.text)?;
        let other = report.pointer("/hosts/1").context("the second host")?;
        ensure!(other["live"] == false && other["read"] == false && other["engine"].is_null(), "{other:#}");
        // It is asked itself as well, and nobody is there.
        let both = ["127.0.0.1:22011", "127.0.0.1:22012"];
        let seen = expect_of(&product, &both, "degraded", "up", Some("host-unread"))?;
        ensure!(seen.text.contains("127.0.0.1:22012 could not be read"), "{}", seen.text);
        Ok(())
    })?;
    expect(&product, "healthy", "up", None)?;

    // The only host does not answer: nothing is known, and nothing is made up.
    with_fault("ssh-cut", || {
        let seen = expect(&product, "unknown", "unread", Some("host-unread"))?;
        ensure!(seen.text.contains("nothing is known of the engine"), "{}", seen.text);
        act(&product, &["restart-ha"], 4).map(drop)
    })?;
    expect(&product, "healthy", "up", None)?;

    with_fault("clock-skew", || {
        let seen = expect(&product, "degraded", "up", Some("clock"))?;
        ensure!(seen.commands.iter().any(|command| command.contains("chronyc sources")), "{:?}", seen.commands);
        Ok(())
    })?;
    expect(&product, "healthy", "up", None)?;

    // The export has another owner: VDSM may not write, and everything can still be read.
    with_fault("nfs-wrong-owner", || {
        let seen = expect(&product, "degraded", "up", Some("storage-not-writable"))?;
        ensure!(seen.text.contains("36:36"), "{}", seen.text);
        Ok(())
    })?;
    expect(&product, "healthy", "up", None)?;

    // The export became read-only, and was mounted again meanwhile.
    let seen = with_fault("nfs-read-only", || {
        shell("host1", &format!("umount -l {MOUNT}"))?;
        expect(&product, "degraded", "up-unwatched", Some("storage-absent"))?;
        act(&product, &["connect-storage"], 0)?;
        expect(&product, "degraded", "up", Some("storage-read-only"))
    })?;
    let advised = seen.commands.iter().find(|command| command.starts_with("mount -o remount,rw"));
    shell("host1", advised.with_context(|| format!("no remount is advised: {:?}", seen.commands))?)?;
    expect(&product, "healthy", "up", None).map(drop)
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
