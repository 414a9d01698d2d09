//! One command that somebody else wrote: run it, and when it fails say which it was and what to do.

use crate::repo;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// A command in the repository's top folder.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repo::root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // Set by the cargo that started xtask for xtask's own package: they would only confuse build scripts below.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// As a person would type it in the repository's top folder.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = match program.strip_prefix(repo::root()) {
        Ok(ours) => ours.as_os_str(),
        // rustup gives us the cargo of its toolchain by its whole path.
        Err(_) if program.file_name() == Some(OsStr::new("cargo")) => OsStr::new("cargo"),
        Err(_) => program.as_os_str(),
    };
    let word = |word: &OsStr| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains([' ', '"', '$', '*', ';']) {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    };
    std::iter::once(program).chain(command.get_args()).map(word).collect::<Vec<_>>().join(" ")
}

/// Runs it on this terminal; `remedy` is what to do when it fails.
pub(crate) fn run(command: &mut Command, remedy: &str) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed ({status}). {remedy}", line(command));
    }
    Ok(())
}

/// Runs it on this terminal and leaves the verdict to the caller.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| not_started(command))
}

/// Runs it and gives its standard output.
pub(crate) fn output(command: &mut Command, remedy: &str) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| not_started(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({}). {remedy}", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed what is not text", line(command)))
}

/// Does it succeed? Says nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Shows its lines, of both streams in the order written, as they come and gives them to `each`.
pub(crate) fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Result<ExitStatus> {
    let (reader, writer) = pipe().context("no pipe for a command's output")?;
    command.stderr(writer.try_clone().context("no second pipe for a command's output")?);
    command.stdout(writer);
    let mut child = command.spawn().with_context(|| not_started(command))?;
    // Our own copies of the writing end, or the reading end never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::inherit());
    show(reader, &mut each)?;
    child.wait().with_context(|| format!("`{}` was lost", line(command)))
}

fn show(reader: impl Read, each: &mut impl FnMut(&str)) -> Result<()> {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        std::io::stdout().write_all(&bytes)?;
        each(String::from_utf8_lossy(&bytes).trim_end());
        bytes.clear();
    }
    Ok(())
}

fn not_started(command: &Command) -> String {
    format!("`{}` does not start: is {} installed?", line(command), command.get_program().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_the_remedy() {
        let error = run(command("sh").args(["-c", "exit 3"]), "Do that.").unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 3'` failed (exit status: 3). Do that.");
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed_at_the_top() {
        assert_eq!(line(command(repo::root().join("end2end/lab/lab")).arg("a b")), "end2end/lab/lab 'a b'");
        assert_eq!(line(command("/opt/rust/bin/cargo").arg("fmt")), "cargo fmt");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut command("no-such-program"), "").unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program` does not start: is no-such-program installed?");
    }

    #[test]
    fn watch_ends_and_sees_both_streams_in_order() {
        let mut lines = Vec::new();
        let status = watch(command("sh").args(["-c", "echo one; echo two >&2; exit 5"]), |l| lines.push(l.to_owned()));
        assert_eq!(status.unwrap().code(), Some(5));
        assert_eq!(lines, ["one", "two"]);
    }
}
