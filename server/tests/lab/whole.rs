//! Whole deployments: an engine runs at the end.

use crate::lab::{engine_health, fresh, lab, shell};
use crate::product::{Product, set};
use anyhow::{Context, Result, ensure};
use hosted_deploy_model::event::Kind;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::run::Waiting;
use std::process::Command;

/// The deployment that every run of the tests makes, with everything in its way that it must survive: a damaged
/// appliance first, a retry, the driver killed in each phase, the line cut, a second watcher.
pub(crate) fn nfs_after_a_failure() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |_| {})?;
    lab(&["fault", "appliance-checksum", "on"])?;
    product.run(&Product::DEPLOY, 1)?;
    product.expect_failure(Phase::BootstrapLocalVm, "appliance-corrupted")?;
    lab(&["fault", "appliance-checksum", "off"])?;
    // What the explanation says to do.
    shell("host1", "dnf -q -y reinstall ovirt-engine-appliance")?;

    let mut watcher = product.start(&["runs", "retry", "last", "--yes"])?;
    product.wait_for_runs(2)?;
    ensure!(product.newest()?.plan.retry_of.is_some(), "the second run is no retry");
    let seen = std::fs::File::create(product.path().join("second.jsonl"))?;
    let mut second = product.command(&["runs", "attach", "last", "--json"]).stdout(seen).spawn()?;
    product.wait_for_task(Phase::InitialClean, 20)?;
    product.kill_driver()?;
    // Long enough for keep-alive to give the connection up. The phase ends meanwhile, with nobody there.
    product.wait_for_task(Phase::InitialClean, 40)?;
    lab(&["fault", "ssh-cut", "on", "--seconds", "75"])?;
    product.wait_for_task(Phase::BootstrapLocalVm, 60)?;
    product.kill_driver()?;
    product.wait_for_task(Phase::BootstrapLocalVm, 130)?;

    // The watcher that started it goes: the run must not care.
    Command::new("kill").args(["-9", &watcher.id().to_string()]).status()?;
    watcher.wait()?;

    product.wait_for_task(Phase::CreateStorageDomain, 10)?;
    product.kill_driver()?;
    product.wait_for_task(Phase::CreateTargetVm, 40)?;
    product.kill_driver()?;
    product.wait_for_task(Phase::FinalClean, 2)?;
    let _ = product.kill_driver();

    // The second watcher has started every driver since, and has seen every event once.
    let status = second.wait()?;
    ensure!(status.success(), "the second watcher: {status}");
    let journal = product.events()?;
    let seen = std::fs::read_to_string(product.path().join("second.jsonl"))?;
    let lines: Vec<&str> = seen.lines().collect();
    ensure!(lines.len() == journal.len(), "{} events seen, {} in the journal", lines.len(), journal.len());
    ensure!(
        journal.iter().any(|event| matches!(&event.kind, Kind::Notice { text } if text.en.contains("not reachable"))),
        "the cut line was not noticed"
    );
    succeeded(&product)?;
    // The engine is there anyway: two breakages of it cost seconds.
    crate::health::after_deployment(&product)
}

/// iSCSI with CHAP.
pub(crate) fn iscsi() -> Result<()> {
    fresh(&[])?;
    deploy("lab-iscsi.toml")
}

/// Gluster, really mounted.
pub(crate) fn glusterfs() -> Result<()> {
    fresh(&[])?;
    deploy("lab-glusterfs.toml")
}

/// A host before systemd 247, by a user who must use sudo.
pub(crate) fn el8() -> Result<()> {
    fresh(&["--el8"])?;
    let product = Product::new("lab-nfs.toml", |answers| {
        set(answers, "host", "user", "operator");
        set(answers, "host", "password", "lab-operator-1");
    })?;
    product.run(&Product::DEPLOY, 0)?;
    succeeded(&product)
}

/// Another ansible-core on the host.
pub(crate) fn ansible(version: &str) -> Result<()> {
    fresh(&["--ansible", version])?;
    deploy("lab-nfs.toml")
}

/// The storage is answered when the engine is prepared.
pub(crate) fn gate() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |answers| {
        answers.remove("storage");
    })?;
    product.run(&Product::DEPLOY, 0)?;
    let run = product.newest()?;
    ensure!(matches!(run.waiting, Some(Waiting::Storage { .. })), "{:?}", run.waiting);
    let whole = product.answer("whole.toml", "lab-nfs.toml", |_| {})?;
    product.run(&["runs", "continue", "last", "--answers", &whole.display().to_string()], 0)?;
    succeeded(&product)
}

fn deploy(example: &str) -> Result<()> {
    let product = Product::new(example, |_| {})?;
    product.run(&Product::DEPLOY, 0)?;
    succeeded(&product)
}

fn succeeded(product: &Product) -> Result<()> {
    product.expect_success()?;
    let health = engine_health().context("the engine's health page")?;
    ensure!(health.contains("DB Up!Welcome to Health Status!"), "{health}");
    product.expect_no_leak()
}
