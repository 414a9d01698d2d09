//! Manual pages and completions, generated from the command line itself.

use super::Exit;
use super::usage::{command, documented};
use hosted_deploy_model::lang::Lang;
use std::io::Write as _;
use std::path::Path;

pub(super) fn completions(shell: clap_complete::Shell, lang: Lang) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(lang), "hosted-deploy", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}

pub(super) fn manual(folder: &Path, lang: Lang) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(documented(lang), folder)?;
    Ok(Exit::Done)
}
