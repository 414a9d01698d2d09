//! `dist`: what is handed to others, under `target/dist/`.

use crate::build::{Profile, build};
use crate::command::{command, output, run};
use crate::repo;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The tarball and its digest; the path of the tarball.
pub(crate) fn main() -> Result<PathBuf> {
    let binary = build(Profile::Release)?;
    let name =
        format!("hosted-deploy-{}-{}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS);
    let dist = repo::target().join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("{} from an earlier time cannot be removed", folder.display()))?;
    }
    fill(&folder, &binary)?;
    let tarball = format!("{name}.tar.gz");
    let mut tar = command("tar");
    // The same files make the same bytes, whoever packs them and when.
    tar.args([
        "--create",
        "--gzip",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mtime=@0",
        "--file",
        &tarball,
        &name,
    ]);
    run(tar.current_dir(&dist).env("GZIP", "-n"), "Is there room on the disk?")?;
    let digest = output(command("sha256sum").arg(&tarball).current_dir(&dist), "It is part of coreutils.")?;
    fs::write(dist.join(format!("{tarball}.sha256")), &digest)?;
    print!("{digest}");
    println!("{}", dist.join(&tarball).display());
    Ok(dist.join(tarball))
}

fn fill(folder: &Path, binary: &Path) -> Result<()> {
    let made = |path: PathBuf| {
        fs::create_dir_all(&path).with_context(|| format!("no folder {}", path.display())).map(|()| path)
    };
    let bin = made(folder.join("bin"))?;
    copy(binary, &bin)?;
    for file in ["LICENSE", "README.md", "CHANGELOG.md"] {
        copy(&repo::root().join(file), folder)?;
    }
    let man = made(folder.join("share/man/man1"))?;
    run(command(binary).arg("man").arg(man), "The binary itself writes its manual pages.")?;
    for (shell, path) in [
        ("bash", "share/bash-completion/completions/hosted-deploy"),
        ("zsh", "share/zsh/site-functions/_hosted-deploy"),
        ("fish", "share/fish/vendor_completions.d/hosted-deploy.fish"),
    ] {
        let path = folder.join(path);
        made(path.parent().context("a completion has a folder")?.to_path_buf())?;
        fs::write(
            path,
            output(command(binary).args(["completions", shell]), "The binary itself writes its completions.")?,
        )?;
    }
    Ok(())
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().with_context(|| format!("{} has no name", file.display()))?;
    fs::copy(file, folder.join(name))
        .with_context(|| format!("{} cannot be copied to {}", file.display(), folder.display()))?;
    Ok(())
}
