//! The folders that are packed.

use crate::command::{command, output, run};
use crate::repo;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Unpacked anywhere: the binary, its manual, completions, the units to look at.
pub(super) fn portable(folder: &Path, binary: &Path) -> Result<()> {
    fresh(folder)?;
    put(binary, &folder.join("bin/hosted-deploy"), 0o755)?;
    documents(&folder.join("share"), binary)?;
    for file in ["LICENSE", "README.md", "README.ja.md", "CHANGELOG.md"] {
        put(&repo::root().join(file), &folder.join(file), 0o644)?;
    }
    for file in
        ["hosted-deploy.service", "hosted-deploy.socket", "config.toml", "hosted-deploy-pxe.service", "pxe.toml"]
    {
        put(&packaging(file), &folder.join("share/hosted-deploy").join(file), 0o644)?;
    }
    Ok(())
}

/// As it lies on a machine.
pub(super) fn installed(root: &Path, binary: &Path) -> Result<()> {
    fresh(root)?;
    put(binary, &root.join("usr/bin/hosted-deploy"), 0o755)?;
    documents(&root.join("usr/share"), binary)?;
    for (from, to) in [
        (packaging("hosted-deploy.service"), "usr/lib/systemd/system/hosted-deploy.service"),
        (packaging("hosted-deploy.socket"), "usr/lib/systemd/system/hosted-deploy.socket"),
        (packaging("hosted-deploy-pxe.service"), "usr/lib/systemd/system/hosted-deploy-pxe.service"),
        (packaging("firewalld.xml"), "usr/lib/firewalld/services/hosted-deploy.xml"),
        (packaging("firewalld-pxe.xml"), "usr/lib/firewalld/services/hosted-deploy-pxe.xml"),
        (packaging("config.toml"), "etc/hosted-deploy/config.toml"),
        (packaging("pxe.toml"), "etc/hosted-deploy/pxe.toml"),
        (repo::root().join("LICENSE"), "usr/share/doc/hosted-deploy/copyright"),
        (repo::root().join("README.md"), "usr/share/doc/hosted-deploy/README.md"),
        (repo::root().join("README.ja.md"), "usr/share/doc/hosted-deploy/README.ja.md"),
        (repo::root().join("CHANGELOG.md"), "usr/share/doc/hosted-deploy/CHANGELOG.md"),
    ] {
        put(&from, &root.join(to), 0o644)?;
    }
    for pages in ["usr/share/man/man1", "usr/share/man/ja/man1"] {
        for page in fs::read_dir(root.join(pages))? {
            run(command("gzip").args(["-9", "-n"]).arg(page?.path()), "It is part of every distribution.")?;
        }
    }
    Ok(())
}

/// Manual pages and completions, which the binary itself writes.
fn documents(share: &Path, binary: &Path) -> Result<()> {
    for (lang, pages) in [("en", "man/man1"), ("ja", "man/ja/man1")] {
        let pages = share.join(pages);
        folder(&pages)?;
        run(command(binary).args(["--lang", lang, "man"]).arg(&pages), "The binary itself writes its manual pages.")?;
    }
    for (shell, path) in [
        ("bash", "bash-completion/completions/hosted-deploy"),
        ("zsh", "zsh/site-functions/_hosted-deploy"),
        ("fish", "fish/vendor_completions.d/hosted-deploy.fish"),
    ] {
        let script = output(command(binary).args(["completions", shell]), "The binary itself writes its completions.")?;
        let path = share.join(path);
        folder(path.parent().context("a completion has a folder")?)?;
        fs::write(&path, script)?;
        mode(&path, 0o644)?;
    }
    Ok(())
}

pub(super) fn packaging(file: &str) -> std::path::PathBuf {
    repo::root().join("packaging").join(file)
}

/// A copy with these rights, whatever the umask.
pub(super) fn put(from: &Path, to: &Path, rights: u32) -> Result<()> {
    folder(to.parent().context("a file has a folder")?)?;
    fs::copy(from, to).with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))?;
    mode(to, rights)
}

fn mode(path: &Path, rights: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(rights))
        .with_context(|| format!("{} keeps its rights", path.display()))
}

fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("no folder {}", path.display()))
}

/// An empty folder.
pub(super) fn fresh(path: &Path) -> Result<()> {
    remove(path)?;
    folder(path)
}

pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} from an earlier time cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}
