//! `dist`: what is handed to others, under `target/dist/`: a tarball, a .deb, an .rpm. The same sources and tools make the same
//! bytes, whoever packs them and when.

mod deb;
mod lab;
mod rpm;
mod tree;
mod verify;

use crate::build::{Profile, build};
use crate::command::{command, output, run};
use crate::report::{Outcome, Report};
use crate::{install, repo};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `cargo xtask dist [--dev] [--lab]`.
pub(crate) fn main(flags: &[&str]) -> Result<ExitCode> {
    if let Some(unknown) = flags.iter().find(|flag| !["--dev", "--lab"].contains(flag)) {
        bail!("dist knows --dev and --lab, not `{unknown}`");
    }
    let profile = if flags.contains(&"--dev") { Profile::Dev } else { Profile::Release };
    install::apt(&["binutils"])?;
    let built = build(profile)?;
    let dist = repo::target().join("dist");
    tree::fresh(&dist)?;
    // Its build folder's copy keeps what a debugger wants.
    let binary = dist.join("hosted-deploy");
    let mut strip = command("strip");
    run(strip.arg("--strip-unneeded").arg("-o").arg(&binary).arg(built), "It is part of binutils.")?;
    let mut report = Report::default();
    let mut made = Vec::new();
    report.step("dist", "tarball", || {
        made.push(tarball(&binary, &dist)?);
        Ok(Outcome::passed(1, ""))
    });
    let mut packages = Vec::new();
    report.step("dist", "packages", || {
        let root = dist.join("root");
        tree::installed(&root, &binary)?;
        packages = vec![deb::pack(&root, &dist)?, rpm::pack(&root, &dist)?];
        made.extend(packages.clone());
        Ok(Outcome::passed(packages.len(), ""))
    });
    if let [deb, rpm] = packages.as_slice() {
        report.step("dist", "contents", || verify::contents(&dist.join("root"), deb, rpm));
        report.step("dist", "units", || verify::units(&dist.join("root")));
        report.step("dist", "made twice", || verify::twice(&dist, deb, rpm));
        if flags.contains(&"--lab") {
            report.step("dist", "under systemd, in the lab", || lab::serves(deb));
        }
    }
    tree::remove(&dist.join("root"))?;
    fs::remove_file(&binary)?;
    for file in &made {
        let name = file.file_name().with_context(|| format!("{} has no name", file.display()))?;
        let digest = output(command("sha256sum").arg(name).current_dir(&dist), "It is part of coreutils.")?;
        fs::write(dist.join(format!("{}.sha256", name.display())), &digest)?;
        print!("{digest}");
    }
    println!("{}", dist.display());
    Ok(report.close())
}

/// When the sources are from, in seconds since 1970: the newest date that a packed file may have. Asked once, for a commit may come
/// while it is packed.
fn epoch() -> &'static str {
    static EPOCH: OnceLock<String> = OnceLock::new();
    EPOCH.get_or_init(|| {
        let mut commit = command("git");
        commit.args(["log", "-1", "--format=%ct"]);
        output(&mut commit, "").map_or_else(|_| "0".to_owned(), |date| date.trim().to_owned())
    })
}

/// A packing program, told that date.
fn packer(program: &str) -> Command {
    let mut packer = command(program);
    packer.env("SOURCE_DATE_EPOCH", epoch());
    packer
}

fn tarball(binary: &Path, dist: &Path) -> Result<PathBuf> {
    let name = format!("hosted-deploy-{VERSION}-{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let folder = dist.join(&name);
    tree::portable(&folder, binary)?;
    let file = dist.join(format!("{name}.tar.gz"));
    let mut tar = packer("tar");
    tar.args([
        "--create",
        "--use-compress-program=gzip -n",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ]);
    tar.arg(format!("--mtime=@{}", epoch())).arg("--file").arg(&file).arg(&name);
    run(tar.current_dir(dist), "Is there room on the disk?")?;
    tree::remove(&folder)?;
    Ok(file)
}
