//! The package for EL hosts and Fedora.

use super::{VERSION, packer, tree};
use crate::command::run;
use crate::install;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Packs the folder.
pub(super) fn pack(root: &Path, dist: &Path) -> Result<PathBuf> {
    install::apt(&["rpm"])?;
    let top = dist.join("rpmbuild");
    tree::fresh(&top)?;
    let mut build = packer("rpmbuild");
    for (name, value) in [
        ("_topdir", top.display().to_string()),
        // Debian's rpmbuild names its machine after Debian; EL hosts want the plain name.
        ("_target_os", "linux".to_owned()),
        ("tree", root.display().to_string()),
        ("number", VERSION.to_owned()),
        ("_rpmdir", dist.display().to_string()),
        ("_build_name_fmt", "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm".to_owned()),
        // The package database of this machine has no say: Debian keeps none.
        ("_dbpath", top.join("db").display().to_string()),
    ] {
        build.args(["--define", &format!("{name} {value}")]);
    }
    build.args(["-bb", "--quiet", "--target"]).arg(format!("{}-linux", std::env::consts::ARCH));
    build.arg(tree::packaging("hosted-deploy.spec"));
    run(&mut build, "Its reason is above.")?;
    tree::remove(&top)?;
    Ok(dist.join(format!("hosted-deploy-{VERSION}-1.{}.rpm", std::env::consts::ARCH)))
}
