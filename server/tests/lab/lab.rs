//! The lab's command.

use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;
use std::process::{Command, Output};

/// The repository.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

fn command(arguments: &[&str]) -> Result<Output> {
    let output = Command::new("python3").arg(repository().join("end2end/lab/lab")).args(arguments).output();
    output.with_context(|| format!("end2end/lab/lab {}", arguments.join(" ")))
}

/// Runs a command of the lab and gives what it printed.
pub(crate) fn lab(arguments: &[&str]) -> Result<String> {
    let output = command(arguments)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "lab {}: {}\n{said}{}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(said)
}

/// A fresh lab: nothing of an earlier scenario is left in it.
pub(crate) fn fresh(options: &[&str]) -> Result<()> {
    lab(&["down"])?;
    lab(&[&["up"], options].concat()).map(drop)
}

/// Runs a shell command on a machine of the lab; gives its standard output.
pub(crate) fn shell(machine: &str, script: &str) -> Result<String> {
    lab(&["shell", machine, "sh", "-c", script])
}

/// Runs `act` while a fault is on.
pub(crate) fn with_fault<T>(fault: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
    lab(&["fault", fault, "on"])?;
    let result = act().with_context(|| format!("while the fault {fault} is on"));
    let off = lab(&["fault", fault, "off"]);
    let value = result?;
    off?;
    Ok(value)
}

/// A lab as it was after the bootstrap of a deployment on NFS: made once, kept by the lab, with the run that made it.
pub(crate) fn restored(name: &str) -> Result<bool> {
    lab(&["down"])?;
    let output = command(&["up", "--restore", name])?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(3) => Ok(false),
        _ => bail!("lab up --restore {name}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// What the engine's health page says, read through the lab's forwarder.
pub(crate) fn engine_health() -> Result<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect("127.0.0.1:22080").context("the lab's forwarder to the engine")?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    stream.write_all(b"GET /ovirt-engine/services/health HTTP/1.0\r\nHost: engine.lab.test\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
