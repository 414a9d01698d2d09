//! The lab is a program of its own (`end2end/lab/lab`); here is only the way to it.

use crate::command::{command, line, status};
use crate::{install, repo};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// The lab's exit code for: this machine cannot run containers.
const CANNOT: i32 = 4;

/// What became of a lab command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Done.
    Done,
    /// This machine cannot run the lab at all; it has said why.
    Cannot,
    /// It failed and has said why.
    Failed(String),
}

/// A lab command, on this terminal.
pub(crate) fn lab(arguments: &[&str]) -> Result<Command> {
    install::apt(&["python3"])?;
    let mut lab = command(repo::root().join("end2end/lab/lab"));
    lab.args(arguments);
    Ok(lab)
}

/// Runs it.
pub(crate) fn act(arguments: &[&str]) -> Result<Verdict> {
    let mut lab = lab(arguments)?;
    let status = status(&mut lab)?;
    Ok(match status.code() {
        Some(0) => Verdict::Done,
        Some(CANNOT) => Verdict::Cannot,
        _ => Verdict::Failed(format!("`{}` failed ({status}); its reason is above", line(&lab))),
    })
}

/// `cargo xtask lab …`: all arguments and the exit code go through.
pub(crate) fn pass(arguments: &[&str]) -> Result<ExitCode> {
    let status = status(&mut lab(arguments)?)?;
    let code = status.code().context("the lab was ended by a signal; `cargo xtask lab down` clears up")?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
