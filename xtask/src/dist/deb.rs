//! The package for Debian and its kin.

use super::{VERSION, packer, tree};
use crate::command::{command, output, run};
use crate::install;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Packs the folder.
pub(super) fn pack(root: &Path, dist: &Path) -> Result<PathBuf> {
    install::apt(&["dpkg", "binutils"])?;
    let control = root.join("DEBIAN");
    for script in ["postinst", "prerm", "postrm"] {
        tree::put(&tree::packaging("deb").join(script), &control.join(script), 0o755)?;
    }
    fs::write(control.join("conffiles"), "/etc/hosted-deploy/config.toml\n/etc/hosted-deploy/pxe.toml\n")?;
    let architecture = output(command("dpkg").arg("--print-architecture"), "")?;
    let architecture = architecture.trim();
    let glibc = glibc(&root.join("usr/bin/hosted-deploy"))?;
    let kib = output(command("du").args(["-sk", "--apparent-size", "--exclude=DEBIAN"]).arg(root), "")?;
    let kib = kib.split_whitespace().next().context("du said nothing")?.to_owned();
    fs::write(
        control.join("control"),
        format!(
            "Package: hosted-deploy\nVersion: {VERSION}\nArchitecture: {architecture}\nSection: admin\nPriority: optional\n\
             Maintainer: hosted-deploy maintainers <maintainers@hosted-deploy.invalid>\nInstalled-Size: {kib}\n\
             Depends: libc6 (>= {glibc}), libgcc-s1\n\
             Description: Deploys and looks after an oVirt self-hosted engine\n \
             Over SSH, with the upstream Ansible role, by the command line or in the\n \
             browser. Says in plain words what went wrong first, and goes on after\n \
             whatever was cut.\n"
        ),
    )?;
    let file = dist.join(format!("hosted-deploy_{VERSION}_{architecture}.deb"));
    let mut build = packer("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(root).arg(&file);
    run(&mut build, "Its reason is above.")?;
    // The other package has its own way.
    tree::remove(&control)?;
    Ok(file)
}

/// The oldest C library that the binary runs with.
fn glibc(binary: &Path) -> Result<String> {
    let symbols = output(command("objdump").arg("-T").arg(binary), "It is part of binutils.")?;
    newest(&symbols).with_context(|| format!("{} names no version of the C library", binary.display()))
}

fn newest(symbols: &str) -> Option<String> {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
        Some((numbers?, version))
    });
    versions.max().map(|(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_counts_by_number_and_not_by_letter() {
        let symbols =
            "000 DF *UND* (GLIBC_2.9) a\n000 DF *UND* (GLIBC_2.34) b\n000 DF *UND* (GLIBC_2.2.5) c\n(GLIBC_PRIVATE) d";
        assert_eq!(newest(symbols).as_deref(), Some("2.34"));
        assert_eq!(newest("nothing"), None);
    }
}
