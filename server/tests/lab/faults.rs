//! Faults: each must end in the right words, and leave what can be gone on with.

use crate::lab::{fresh, lab, restored, shell, with_fault};
use crate::product::{Product, set};
use anyhow::{Result, ensure};
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::run::Waiting;
use std::time::Duration;

/// What the checks see stops the deployment before the host is touched.
pub(crate) fn blocked() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let judge = ["check", "--answers", "answers.toml", "--accept-new-host-key"];
    product.run(&judge, 0)?;
    for (fault, check) in [
        ("firewalld-stopped", "firewalld-running"),
        ("dns-engine-missing", "engine-name-resolves"),
        ("memory-low", "memory-engine-fits"),
        ("dns-no-reverse", "engine-reverse-equal"),
    ] {
        let said = with_fault(fault, || product.run(&Product::DEPLOY, 3))?;
        ensure!(said.contains(&format!("({check}")), "{fault} is not named as {check}:\n{said}");
        let said = with_fault(fault, || product.run(&judge, 3))?;
        ensure!(said.contains(&format!("[{check}]: ")), "{fault} is not judged as {check}:\n{said}");
    }
    let touched = shell("host1", "ls /var/lib/hosted-deploy 2>/dev/null || true")?;
    ensure!(touched.trim().is_empty(), "the host was touched: {touched}");
    product.run(&[&Product::DEPLOY[..], &["--dry-run"]].concat(), 0)?;
    let touched = shell("host1", "ls /var/lib/hosted-deploy 2>/dev/null || true")?;
    ensure!(touched.trim().is_empty(), "a dry run touched the host: {touched}");
    Ok(())
}

/// Wrong password, unknown key, nobody there.
pub(crate) fn unreachable() -> Result<()> {
    lab(&["up"])?;
    let product = Product::new("lab-nfs.toml", |answers| set(answers, "host", "password", "wrong-password"))?;
    let said = product.run(&Product::DEPLOY, 4)?;
    ensure!(said.contains("password"), "{said}");
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let said = product.run(&["--answers", "answers.toml", "--yes"], 4)?;
    ensure!(said.contains("SHA256:"), "the unknown key is not shown: {said}");
    let product = Product::new("lab-nfs.toml", |answers| set(answers, "host", "port", 9))?;
    product.run(&Product::DEPLOY, 4)?;
    Ok(())
}

/// The storage phase fails, is explained, and only it is tried again.
pub(crate) fn storage() -> Result<()> {
    for (fault, example, explanation) in [
        ("nfs-read-only", "lab-nfs.toml", "storage-access"),
        ("nfs-wrong-owner", "lab-nfs.toml", "storage-access"),
        ("storage-small", "lab-nfs.toml", "storage-too-small"),
        ("chap-wrong", "lab-iscsi.toml", "chap-refused"),
    ] {
        let product = after_bootstrap()?;
        let answers = product.answer("storage.toml", example, |_| {})?.display().to_string();
        with_fault(fault, || {
            product.run(&["runs", "continue", "last", "--answers", &answers], 1)?;
            product.expect_failure(Phase::CreateStorageDomain, explanation)
        })?;
        if fault == "nfs-read-only" {
            product.run(&["runs", "retry", "last", "--yes", "--answers", &answers], 0)?;
            product.expect_success()?;
            ensure!(product.newest()?.phase(Phase::BootstrapLocalVm).is_none(), "the bootstrap was repeated");
        }
    }
    Ok(())
}

/// Faults of the engine inside the local VM.
pub(crate) fn engine() -> Result<()> {
    for (fault, explanation) in
        [("engine-never-healthy", "engine-never-healthy"), ("engine-sso-refuses", "sso-refused")]
    {
        fresh(&[])?;
        let product = Product::new("lab-nfs.toml", |_| {})?;
        with_fault(fault, || {
            product.run(&Product::DEPLOY, 1)?;
            product.expect_failure(Phase::BootstrapLocalVm, explanation)
        })?;
    }
    Ok(())
}

/// The role pauses, a person looks, continues, and the host is still not well.
pub(crate) fn non_operational() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    with_fault("host-non-operational", || {
        let mut watcher = product.start(&Product::DEPLOY)?;
        product.wait("a pause", Duration::from_secs(900), |run| matches!(run.waiting, Some(Waiting::Person { .. })))?;
        product.run(&["runs", "continue", "last"], 1)?;
        watcher.wait()?;
        product.expect_failure(Phase::BootstrapLocalVm, "host-non-operational")
    })
}

/// A deployment is cancelled in the middle of its longest phase and made again.
pub(crate) fn cancel() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let mut watcher = product.start(&Product::DEPLOY)?;
    product.wait_for_task(Phase::BootstrapLocalVm, 100)?;
    product.run(&["runs", "cancel", "last"], 130)?;
    ensure!(watcher.wait()?.code() == Some(130), "the watcher did not see the end");
    let outcome = product.newest()?.outcome;
    ensure!(outcome == Some(Outcome::Cancelled { phase: Some(Phase::BootstrapLocalVm) }), "{outcome:?}");
    let left = shell(
        "host1",
        "systemctl list-units --no-legend 'hosted-deploy-*' --state=active; ls -A /var/lib/hosted-deploy/lock 2>/dev/null || true",
    )?;
    ensure!(left.trim().is_empty(), "still running, or still locked: {left}");
    product.run(&["runs", "retry", "last", "--yes"], 0)?;
    product.expect_success()
}

/// A prepared engine at the gate: restored from a saved lab where there is one, else made and saved.
pub(crate) fn after_bootstrap() -> Result<Product> {
    let product = Product::new("lab-nfs.toml", |answers| {
        answers.remove("storage");
    })?;
    let kept = crate::lab::repository().join("target/lab-saved/after-bootstrap");
    if kept.exists() && restored("after-bootstrap")? {
        copy(&kept, &product.path().join("state"))?;
        return Ok(product);
    }
    fresh(&[])?;
    product.run(&Product::DEPLOY, 0)?;
    lab(&["save", "after-bootstrap"])?;
    let _ = std::fs::remove_dir_all(&kept);
    copy(&product.path().join("state"), &kept)?;
    ensure!(restored("after-bootstrap")?, "what was just saved does not come back");
    Ok(product)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let status = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    ensure!(status.success(), "cp {} {}", from.display(), to.display());
    Ok(())
}
