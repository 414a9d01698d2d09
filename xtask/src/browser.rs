//! `browser`: the pages in a real Chromium, against the real server and a real SSH host (`end2end/`).

use crate::build::{Profile, binary, build};
use crate::command::{command, line, run, watch};
use crate::report::{Outcome, Report};
use crate::{install, repo};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const LAYER: &str = "pages";

/// Which of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those that need no lab and are quick.
    Quick,
    /// All that need no lab.
    Full,
    /// Those that need the lab; quick ones.
    Lab,
    /// All that need the lab.
    LabFull,
}

/// `cargo xtask browser [--full] [--lab] [--pictures] [ARGUMENTS of playwright test…]`.
pub(crate) fn main(arguments: &[&str]) -> Result<ExitCode> {
    let given = |flag: &str| arguments.contains(&flag);
    let part = match (given("--lab"), given("--full")) {
        (false, false) => Part::Quick,
        (false, true) => Part::Full,
        (true, false) => Part::Lab,
        (true, true) => Part::LabFull,
    };
    let rest: Vec<&str> =
        arguments.iter().copied().filter(|word| !["--full", "--lab", "--pictures"].contains(word)).collect();
    let mut report = Report::default();
    tests(&mut report, part, given("--pictures"), &rest);
    Ok(report.close())
}

/// Builds what is missing, then the tests as one step.
pub(crate) fn tests(report: &mut Report, part: Part, pictures: bool, arguments: &[&str]) {
    let mut browser = None;
    report.step(LAYER, "browser and packages", || match ready() {
        Ok(found) => {
            browser = Some(found);
            Ok(Outcome::passed(1, ""))
        }
        Err(why) => Ok(Outcome::skipped(format!("{why:#}"))),
    });
    let Some(browser) = browser else { return };
    report.step(LAYER, "types", || {
        let mut compiler = command("node");
        compiler.arg("node_modules/typescript/bin/tsc").current_dir(folder());
        run(&mut compiler, "Repair what is named above.")?;
        Ok(Outcome::passed(1, ""))
    });
    let name =
        if matches!(part, Part::Lab | Part::LabFull) { "in the browser, with the lab" } else { "in the browser" };
    report.step(LAYER, name, || {
        build(Profile::Dev)?;
        let mut tests = playwright(&browser, part, pictures);
        counted(tests.args(arguments))
    });
}

fn folder() -> PathBuf {
    repo::root().join("end2end")
}

/// The browser's path, once everything is there.
pub(crate) fn ready() -> Result<PathBuf> {
    install::node()?;
    let browser = install::chromium()?;
    install::sshd()?;
    install::npm(&folder(), "the browser tests' packages")?;
    Ok(browser)
}

fn playwright(browser: &Path, part: Part, pictures: bool) -> Command {
    let mut tests = command("node");
    tests.args(["node_modules/@playwright/test/cli.js", "test"]).current_dir(folder());
    // The tags stand in the tests' titles.
    match part {
        Part::Quick => tests.args(["--grep-invert", "@lab|@full"]),
        Part::Full => tests.args(["--grep-invert", "@lab"]),
        Part::Lab => tests.args(["--grep", "@lab", "--grep-invert", "@full", "--workers", "1"]),
        Part::LabFull => tests.args(["--grep", "@lab", "--workers", "1"]),
    };
    if matches!(part, Part::Lab | Part::LabFull) {
        tests.env("HOSTED_DEPLOY_LAB", "1");
    } else {
        tests.env_remove("HOSTED_DEPLOY_LAB");
    }
    if pictures {
        tests.env("HOSTED_DEPLOY_PICTURES", "1");
    }
    tests.env("HOSTED_DEPLOY_CHROMIUM", browser).env("HOSTED_DEPLOY_BINARY", binary(Profile::Dev)).env("NO_COLOR", "1");
    tests
}

/// The measurements, which are tests too: a limit that is passed fails.
pub(crate) fn measure(browser: &Path, binary: &Path) -> Result<()> {
    let mut measure = command("node");
    measure.args(["node_modules/@playwright/test/cli.js", "test", "--config", "bench/bench.config.ts"]);
    measure.current_dir(folder()).env_remove("HOSTED_DEPLOY_LAB");
    measure.env("HOSTED_DEPLOY_CHROMIUM", browser).env("HOSTED_DEPLOY_BINARY", binary).env("NO_COLOR", "1");
    run(&mut measure, "A limit was passed, or the machine was too busy to measure: the lines above say which.")
}

/// Runs it and reads its closing lines.
fn counted(tests: &mut Command) -> Result<Outcome> {
    let mut sum = Outcome::default();
    let status = watch(tests, |line| add(&mut sum, line))?;
    verdict(sum, status.success()).with_context(|| format!("`{}` ({status})", line(tests)))
}

/// `  26 passed (48.2s)`, `  1 failed`, `  2 skipped`, `  3 did not run`.
fn add(sum: &mut Outcome, line: &str) {
    let Some((count, word)) = line.trim_start().split_once(' ') else { return };
    let Ok(count) = count.parse::<usize>() else { return };
    let word = word.split(" (").next().unwrap_or_default();
    match word {
        "passed" => sum.passed += count,
        "failed" | "flaky" | "interrupted" => sum.failed += count,
        "skipped" | "did not run" => sum.skipped += count,
        _ => {}
    }
}

fn verdict(sum: Outcome, success: bool) -> Result<Outcome> {
    match (success, sum.failed, sum.passed + sum.skipped) {
        (false, 0, _) => bail!("it failed before its tests ended; the reason is above"),
        (true, _, 0) => bail!("it ran no test: has a tag been renamed?"),
        _ => Ok(sum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(lines: &[&str]) -> Outcome {
        let mut sum = Outcome::default();
        lines.iter().for_each(|line| add(&mut sum, line));
        sum
    }

    #[test]
    fn the_closing_lines_are_counted_and_no_other() {
        let all = sum(&[
            "Running 27 tests using 2 workers",
            "  ✓  24 specs/pages.spec.ts:54:9 › overview › speaks both languages (1.4s)",
            "    37 |     await expect(skip).toBeInViewport();",
            "  1 failed",
            "    specs/overview.spec.ts:32:1 › the first Tab",
            "  2 skipped",
            "  3 did not run",
            "  21 passed (48.2s)",
        ]);
        assert_eq!((all.passed, all.failed, all.skipped), (21, 1, 5));
    }

    #[test]
    fn nothing_run_is_no_success() {
        assert!(verdict(sum(&[]), true).is_err());
        assert!(verdict(sum(&["  4 passed (1s)"]), false).is_err());
        assert!(verdict(sum(&["  4 passed (1s)"]), true).is_ok());
        assert!(verdict(sum(&["  1 failed"]), false).is_ok());
    }
}
