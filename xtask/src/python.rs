//! Python: tools from its registry, pinned by digest, in folders under target/; and our own Python files.

use crate::command::{command, run, watch};
use crate::report::Outcome;
use crate::{install, repo};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Debian's interpreter: the one the lab runs on, whatever else comes first in PATH.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// A virtual environment `name` with what the requirements file of that name pins; made again when the file changes.
pub(crate) fn environment(name: &str) -> Result<PathBuf> {
    let pinned = repo::root().join("xtask/python").join(format!("{name}.txt"));
    let wanted = fs::read_to_string(&pinned).with_context(|| format!("{} cannot be read", pinned.display()))?;
    let folder = repo::tools().join(name);
    // Written last: a half-made environment has none.
    let stamp = folder.join("pinned.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(folder);
    }
    install::apt(&["python3", "python3-venv"])?;
    eprintln!("xtask: installing {name} into {}", folder.display());
    let again = format!("Check the network, delete {} and try again.", folder.display());
    run(command(PYTHON).args(["-m", "venv", "--clear"]).arg(&folder), &again)?;
    let mut pip = command(folder.join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "-r",
    ]);
    run(pip.arg(&pinned), &again)?;
    fs::write(&stamp, wanted)?;
    Ok(folder)
}

/// Every file that says it is Python must compile; nothing is written.
pub(crate) fn syntax(files: &[PathBuf]) -> Result<Outcome> {
    const PROGRAM: &str = "\
import sys
bad = 0
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        try:
            compile(file.read(), path, 'exec')
        except SyntaxError as error:
            bad += 1
            print(f'{path}:{error.lineno}: {error.msg}')
sys.exit(bad > 0)
";
    if files.is_empty() {
        bail!("no Python file was found: is this a git checkout?");
    }
    run(command(PYTHON).args(["-c", PROGRAM]).args(files), "Repair the files named above.")?;
    Ok(Outcome::passed(files.len(), "files compile"))
}

/// Runs the unit tests in `folder` with `path` in front of PATH, and counts them.
pub(crate) fn unit_tests(folder: &Path, path: Option<&Path>) -> Result<Outcome> {
    let mut tests = command(PYTHON);
    tests.args(["-B", "-m", "unittest", "discover", "-s"]).arg(folder);
    if let Some(first) = path {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&rest));
        tests.env("PATH", std::env::join_paths(all)?);
    }
    let (mut ran, mut verdict) = (None, String::new());
    let status = watch(&mut tests, |line| {
        if let Some(rest) = line.strip_prefix("Ran ") {
            ran = rest.split(' ').next().and_then(|count| count.parse().ok());
        } else if line.starts_with("OK") || line.starts_with("FAILED") {
            verdict = line.to_owned();
        }
    })?;
    outcome(ran, &verdict, status.success()).with_context(|| format!("{} gave no verdict", folder.display()))
}

/// From the closing lines: `Ran 7 tests in …` and `OK (skipped=1)` or `FAILED (failures=1, errors=2)`.
fn outcome(ran: Option<usize>, verdict: &str, success: bool) -> Option<Outcome> {
    let ran = ran?;
    let count = |name: &str| -> usize {
        let inner = verdict.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
        inner
            .split(", ")
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, n)| n.parse().ok())
            .unwrap_or(0)
    };
    let skipped = count("skipped");
    let failed = (count("failures") + count("errors")).max(usize::from(!success));
    Some(Outcome { passed: ran.saturating_sub(failed + skipped), failed, skipped, note: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_of_unittest_is_counted() {
        let counts = |ran, verdict, ok| outcome(Some(ran), verdict, ok).map(|o| (o.passed, o.failed, o.skipped));
        assert_eq!(counts(7, "OK", true), Some((7, 0, 0)));
        assert_eq!(counts(7, "OK (skipped=2)", true), Some((5, 0, 2)));
        assert_eq!(counts(7, "FAILED (failures=1, errors=2, skipped=1)", false), Some((3, 3, 1)));
        assert_eq!(counts(0, "", false), Some((0, 1, 0)));
        assert!(outcome(None, "", false).is_none());
    }

    #[test]
    fn a_broken_file_is_refused() {
        let file = std::env::temp_dir().join(format!("xtask-broken-{}.py", std::process::id()));
        fs::write(&file, "def f(:\n").unwrap();
        let verdict = syntax(std::slice::from_ref(&file));
        fs::remove_file(&file).unwrap();
        assert!(verdict.is_err());
    }
}
