//! Manual pages and completions, generated from the command line itself.

use super::{Cli, Exit};
use clap::CommandFactory;
use std::path::Path;

/// The whole command line.
pub fn command() -> clap::Command {
    Cli::command()
}

pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    clap_complete::generate(shell, &mut command(), "hosted-deploy", &mut std::io::stdout());
    Ok(Exit::Done)
}

pub(super) fn manual(folder: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command(), folder)?;
    Ok(Exit::Done)
}
