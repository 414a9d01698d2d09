//! `build`: the product as one binary.

use crate::command::{cargo, run};
use crate::repo;
use anyhow::{Result, bail};
use std::path::PathBuf;

/// How it is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, for the edit loop, the tests and the demo.
    Dev,
    /// What is packed.
    Release,
}

/// Builds it and gives its path.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    // The default members and nothing named: another selection would resolve other features and compile all again.
    let mut compile = cargo(&["build", "--locked"]);
    if profile == Profile::Release {
        compile.arg("--release");
    }
    run(&mut compile, "The compiler's message is above.")?;
    let binary = binary(profile);
    if !binary.is_file() {
        bail!(
            "cargo has built, but {} is not there: does a cargo configuration name another target folder?",
            binary.display()
        );
    }
    eprintln!("xtask: {}", binary.display());
    Ok(binary)
}

/// Where it is put.
pub(crate) fn binary(profile: Profile) -> PathBuf {
    let folder = if profile == Profile::Release { "release" } else { "debug" };
    repo::target().join(folder).join("hosted-deploy")
}
