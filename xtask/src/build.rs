//! `build`: the product as one binary.

use crate::command::{cargo, command, run};
use crate::{install, repo};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// How it is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build, for the edit loop, the tests and the demo.
    Dev,
    /// What is packed.
    Release,
}

/// What browsers load: features of the app's crate (`app/src/program.rs`).
const PROGRAMS: [&str; 2] = ["wizard", "watch"];

/// Builds it, pages first, and gives its path.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    site(profile)?;
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

/// What the browser loads: beside the binary, where the server's build script looks for it.
pub(crate) fn site(profile: Profile) -> Result<PathBuf> {
    install::wasm_target()?;
    install::style_sources()?;
    let (wasm_profile, flags) = match profile {
        Profile::Dev => ("wasm-dev", &[][..]),
        Profile::Release => ("wasm-release", &["--compress"][..]),
    };
    let compiled = repo::target().join("wasm32-unknown-unknown").join(wasm_profile);
    let programs = PROGRAMS.map(|program| compiled.join(program).with_extension("wasm"));
    for (program, kept) in PROGRAMS.into_iter().zip(&programs) {
        // The crate type is named only here, so that native builds never link a library that nobody loads.
        let compile = ["rustc", "--locked", "-p", "hosted-deploy-app", "--lib", "--crate-type", "cdylib"];
        let browser = ["--features", program, "--target", "wasm32-unknown-unknown", "--profile", wasm_profile];
        run(cargo(&compile).args(browser), "The compiler's message is above; this code runs in the browser.")?;
        // The next one has the same name.
        let made = compiled.join("hosted_deploy_app.wasm");
        fs::copy(&made, kept).with_context(|| format!("{} cannot be copied", made.display()))?;
    }
    run(&mut cargo(&["build", "--locked", "-p", "xtask-site"]), "The compiler's message is above.")?;
    let site = folder(profile).join("site");
    let mut make = command(repo::target().join("debug/xtask-site"));
    make.args([repo::root().join("style"), repo::root().join("app/src"), site.clone()]).args(flags).args(programs);
    run(&mut make, "Its reason is above.")?;
    Ok(site)
}

fn folder(profile: Profile) -> PathBuf {
    repo::target().join(if profile == Profile::Release { "release" } else { "debug" })
}

/// Where it is put.
pub(crate) fn binary(profile: Profile) -> PathBuf {
    folder(profile).join("hosted-deploy")
}
