//! `check`: everything that needs no lab. Each step runs whatever became of the one before.

use crate::build::{Profile, site};
use crate::command::{cargo, line, run, watch};
use crate::report::{Outcome, Report};
use crate::sources::written_in;
use crate::{deny, documents, install, python, repo, shell};
use anyhow::{Context, Result, bail};
use std::process::{Command, ExitCode};

const LAYER: &str = "check";
/// Not a default member, so that the product's features are resolved without it.
const OWN: [&str; 4] = ["-p", "xtask", "-p", "xtask-site"];

/// `cargo xtask check [--advisories]`.
pub(crate) fn main(flags: &[&str]) -> Result<ExitCode> {
    let advisories = match flags {
        [] => false,
        ["--advisories"] => true,
        _ => bail!("check knows only --advisories, not `{}`", flags.join(" ")),
    };
    let mut report = Report::default();
    check(&mut report, advisories);
    Ok(report.close())
}

/// All steps; false when one of those failed that say whether the product is sound at all.
pub(crate) fn check(report: &mut Report, advisories: bool) -> bool {
    report.step(LAYER, "format", || {
        install::rust_components()?;
        one(&mut cargo(&["fmt", "--all", "--check"]), "Run `cargo fmt --all`.")
    });
    let compiles = report.step(LAYER, "clippy", || {
        let clippy = |selection: &[&str]| {
            let mut command = cargo(&["clippy", "--locked", "--all-targets"]);
            command.args(selection).args(["--", "-D", "warnings"]);
            one(&mut command, "Repair what clippy names above.")
        };
        clippy(&[])?;
        clippy(&OWN)
    });
    report.step(LAYER, "clippy for WASM", || {
        install::wasm_target()?;
        let mut command =
            cargo(&["clippy", "--locked", "-p", "hosted-deploy-model", "--target", "wasm32-unknown-unknown"]);
        one(
            command.args(["--", "-D", "warnings"]),
            "This code also runs in the browser: no files, clock, threads or sockets there.",
        )
    });
    report.step(LAYER, "crates", deny::check);
    report.step(LAYER, "advisories", || {
        if advisories {
            return deny::advisories();
        }
        Ok(Outcome::skipped("their database is in the network: `cargo xtask check --advisories` asks it"))
    });
    report.step(LAYER, "size of the pages", size);
    let sound = report.step(LAYER, "unit tests", || {
        install::sshd()?;
        cargo_tests(&mut cargo(&["test", "--locked", "--no-fail-fast"]))
    });
    report.step(LAYER, "xtask's own tests", || cargo_tests(cargo(&["test", "--locked"]).args(OWN)));
    report.step(LAYER, "documents", documents::check);
    report.step(LAYER, "shell syntax", shell::syntax);
    report.step(LAYER, "Python syntax", || python::syntax(&written_in(".py", "python")?));
    report.step(LAYER, "callback on a real Ansible", || {
        let ansible = python::environment("ansible")?;
        python::unit_tests(&repo::root().join("playbooks/tests"), Some(&ansible.join("bin")))
    });
    compiles && sound
}

/// What a browser loads, compressed. A crate too many in the shared model doubles it unnoticed, and so does a type that is not read
/// by `hosted_deploy_model::json`. The first is what a first visit loads, which may have 450 kB in all (`cargo xtask bench web`).
const MOST_BYTES: [(&str, u64); 5] = [
    ("wizard_bg.wasm.br", 368_000),
    ("watch_bg.wasm.br", 420_000),
    ("wizard.css.br", 18_000),
    ("watch.css.br", 20_000),
    // The login page's share; the whole page may have 60 kB.
    ("plain.css.br", 6_000),
];

fn size() -> Result<Outcome> {
    let site = site(Profile::Release)?;
    for (name, most) in MOST_BYTES {
        let bytes = std::fs::metadata(site.join(name)).with_context(|| format!("{name} was not made"))?.len();
        if bytes > most {
            bail!(
                "{name} has {bytes} bytes, {most} are allowed: find what grew it (a page in the wrong program? regex? a validator?), or raise the limit with a reason"
            );
        }
    }
    Ok(Outcome::passed(MOST_BYTES.len(), "programs and style sheets"))
}

fn one(command: &mut Command, remedy: &str) -> Result<Outcome> {
    run(command, remedy)?;
    Ok(Outcome::passed(1, ""))
}

/// Runs `cargo test …` and adds up the closing lines of its binaries.
pub(crate) fn cargo_tests(command: &mut Command) -> Result<Outcome> {
    let mut sum = Outcome::default();
    // Errors of the command line are compared as text; a backtrace in them is the machine's doing.
    command.env("RUST_BACKTRACE", "0");
    // Both: a test that cannot run here says so on standard error, past the harness.
    let status = watch(command, |line| add(&mut sum, line))?;
    verdict(sum, status.success()).with_context(|| format!("`{}` ({status})", line(command)))
}

fn add(sum: &mut Outcome, line: &str) {
    if let Some([passed, failed, skipped]) = result_line(line) {
        sum.passed += passed;
        sum.failed += failed;
        sum.skipped += skipped;
    } else if line.starts_with("SKIPPED ") {
        // The harness has no word for it and counts it as passed.
        sum.passed = sum.passed.saturating_sub(1);
        sum.skipped += 1;
    }
}

/// A run that ended badly without a failed test, or that tested nothing, is an error.
fn verdict(sum: Outcome, success: bool) -> Result<Outcome> {
    match (success, sum.passed + sum.failed) {
        (false, _) if sum.failed == 0 => bail!("it failed before its tests ended; the reason is above"),
        (true, 0) => bail!("it ran no test: has a test file been renamed?"),
        _ => Ok(sum),
    }
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; …`
fn result_line(line: &str) -> Option<[usize; 3]> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |name: &str| counts.split("; ").find_map(|part| part.strip_suffix(name)?.trim().parse().ok());
    Some([count("passed")?, count("failed")?, count("ignored")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_test_binary_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        assert_eq!(result_line(line), Some([12, 3, 1]));
        assert_eq!(result_line("test result_line ... ok"), None);
    }

    #[test]
    fn no_test_at_all_is_a_failure() {
        let ended = |lines: &[&str], success| {
            let mut sum = Outcome::default();
            lines.iter().for_each(|line| add(&mut sum, line));
            verdict(sum, success).ok().map(|sum| (sum.passed, sum.failed))
        };
        let good = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured";
        let bad = "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured";
        let mut sum = Outcome::default();
        [good, "SKIPPED ssh: needs root"].iter().for_each(|line| add(&mut sum, line));
        assert_eq!((sum.passed, sum.skipped), (1, 1));
        let none = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(ended(&[], true), None);
        assert_eq!(ended(&[none], true), None);
        assert_eq!(ended(&[good], false), None);
        assert_eq!(ended(&[none, good], true), Some((2, 0)));
        assert_eq!(ended(&[good, bad], false), Some((4, 1)));
    }
}
