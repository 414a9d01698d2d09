//! What a command lacks, it gets: Debian packages as root, Rust parts from rustup.

use crate::command::{cargo, command, output, run, succeeds};
use crate::repo;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

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
    if Path::new(folder.trim()).is_dir() {
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
    npm(&repo::root().join("style"), "the pages' style sheets and terminal")
}

/// What the lock file of a folder names, into its `node_modules`.
pub(crate) fn npm(folder: &Path, what: &str) -> Result<()> {
    // npm's own note of what it has put there.
    let done = |file: &str| std::fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    let (locked, installed) = (done("package-lock.json"), done("node_modules/.package-lock.json"));
    if locked.is_some() && installed >= locked {
        return Ok(());
    }
    apt_unless("npm", &["npm"])?;
    let shown = folder.strip_prefix(repo::root()).unwrap_or(folder).display();
    eprintln!("xtask: installing {what} into {shown}/node_modules");
    run(
        command("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder),
        "Check the network and npm's registry setting.",
    )
}

/// What runs the browser's tests.
pub(crate) fn node() -> Result<()> {
    const OLDEST: u32 = 20;
    apt_unless("node", &["nodejs"])?;
    let version = output(command("node").arg("--version"), "Install Node.js.")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("Node.js is {}, and the browser's tests want {OLDEST} or newer", version.trim());
    }
    Ok(())
}

/// A Chromium: the one of `HOSTED_DEPLOY_CHROMIUM`, one that is installed, or Debian's.
pub(crate) fn chromium() -> Result<PathBuf> {
    // Without this font, Japanese is boxes in pictures.
    const PACKAGES: [&str; 2] = ["chromium", "fonts-ipafont-gothic"];
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let named = std::env::var_os("HOSTED_DEPLOY_CHROMIUM").map(PathBuf::from);
    if let Some(found) = named.into_iter().chain(usual.map(PathBuf::from)).find(|path| path.exists()) {
        if found == Path::new(usual[0]) && !installed(PACKAGES[1]) {
            // For the pictures only: without it, everything else is tested all the same.
            let _ = apt(&PACKAGES[1..]);
        }
        return Ok(found);
    }
    apt(&PACKAGES)?;
    Ok(usual[0].into())
}

/// Debian packages, where the program that they bring is not there by another way.
fn apt_unless(program: &str, packages: &[&str]) -> Result<()> {
    if succeeds(command(program).arg("--version")) { Ok(()) } else { apt(packages) }
}

/// The SSH server that tests start for themselves.
pub(crate) fn sshd() -> Result<()> {
    let there = |path: &str| Path::new(path).exists();
    if there("/usr/sbin/sshd") && there("/usr/bin/sudo") { Ok(()) } else { apt(&["openssh-server", "sudo"]) }
}

/// A program of crates.io in that version, below `target`: its path.
pub(crate) fn program(name: &str, version: &str) -> Result<PathBuf> {
    let folder = repo::target().join("tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if !program.is_file() {
        eprintln!("xtask: installing {name} {version} (crates.io)");
        let mut install = cargo(&["install", "--quiet", "--locked", name, "--version", version, "--root"]);
        run(install.arg(&folder), "Check the network and cargo's registry setting.")?;
    }
    Ok(program)
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
