//! What a command lacks, it gets: Debian packages as root, Rust parts from rustup.

use crate::command::{cargo, command, output, run, succeeds};
use crate::repo;
use anyhow::{Result, bail};

/// Debian packages; needs root only when one is missing.
pub(crate) fn apt(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let wanted = missing.join(" ");
    let by_hand = format!("Install them by hand: apt-get install {wanted}");
    if !succeeds(command("apt-get").arg("--version")) {
        bail!("{wanted} is missing and this is no Debian. Install its like with your own package manager.");
    }
    if !is_root()? {
        bail!("{wanted} is missing and only root may install it. {by_hand}");
    }
    eprintln!("xtask: installing {wanted} (Debian)");
    run(&mut apt_get(&["update"]), "Check the network and /etc/apt/sources.list.")?;
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    run(install.args(&missing), &by_hand)
}

/// Whether we may do everything here.
pub(crate) fn is_root() -> Result<bool> {
    Ok(output(command("id").arg("-u"), "")?.trim() == "0")
}

fn apt_get(arguments: &[&str]) -> std::process::Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
    apt
}

fn installed(package: &str) -> bool {
    let mut query = command("dpkg-query");
    query.args(["-W", "-f", "${db:Status-Status}", package]).stderr(std::process::Stdio::null());
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

/// The Rust target of the browser. A missing one is not an error to rustup's toolchain file, only to rustc, later.
pub(crate) fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let folder = output(command("rustc").args(["--print", "target-libdir", "--target", TARGET]), "Is Rust installed?")?;
    if std::path::Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    eprintln!("xtask: installing the Rust target {TARGET}");
    run(
        command("rustup").args(["target", "add", TARGET]),
        "Without rustup, install your distribution's Rust standard library for that target.",
    )
}

/// The style sheets' sources, by the lock file in `style/`.
pub(crate) fn style_sources() -> Result<()> {
    let folder = repo::root().join("style");
    // npm's own note of what it has put there.
    let done = |file: &str| std::fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    let (locked, installed) = (done("package-lock.json"), done("node_modules/.package-lock.json"));
    if locked.is_some() && installed >= locked {
        return Ok(());
    }
    apt_unless("npm", &["npm"])?;
    eprintln!("xtask: installing PatternFly's style sheets into style/node_modules");
    run(
        command("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder),
        "Check the network and npm's registry setting.",
    )
}

/// Debian packages, where the program that they bring is not there by another way.
fn apt_unless(program: &str, packages: &[&str]) -> Result<()> {
    if succeeds(command(program).arg("--version")) { Ok(()) } else { apt(packages) }
}

/// The SSH server that tests start for themselves.
pub(crate) fn sshd() -> Result<()> {
    let there = |path: &str| std::path::Path::new(path).exists();
    if there("/usr/sbin/sshd") && there("/usr/bin/sudo") { Ok(()) } else { apt(&["openssh-server", "sudo"]) }
}

/// rustfmt and clippy.
pub(crate) fn rust_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !succeeds(&mut cargo(&[subcommand, "--version"])) {
            eprintln!("xtask: installing {component}");
            run(command("rustup").args(["component", "add", component]), "Install it as your Rust was installed.")?;
        }
    }
    Ok(())
}
