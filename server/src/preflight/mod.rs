//! Preflight: one probe over the host's connection, its output to [`Facts`].
//!
//! `probe.sh` is a constant. The questions follow it on the same standard input as a here-document with a quoted
//! delimiter, so `sh -s` is the whole command and nothing of the answers is ever part of a shell's text.

use hosted_deploy_model::facts::{Facts, ParseError, Questions};

const PROBE: &str = include_str!("probe.sh");

/// The command that reads [`probe_input`] on its standard input. It needs root to see everything.
pub const PROBE_COMMAND: &str = "sh -s";

/// What `sh -s` gets on its standard input. `token` must be new and unguessable for each run, ASCII letters and digits.
pub fn probe_input(token: &str, questions: &Questions) -> Vec<u8> {
    let lines = questions.lines();
    // The delimiter holds the token, so no question can end the document.
    format!("{PROBE}\nmain <<'END_{token}'\ntoken {token}\n{lines}END_{token}\n").into_bytes()
}

/// A token for one probe.
pub fn probe_token() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Parses what the probe printed.
pub fn parse(token: &str, output: &[u8]) -> Result<Facts, ParseError> {
    Facts::parse(token, output)
}

#[cfg(test)]
mod tests;
/// stopgap
pub type GatherError = anyhow::Error;
/// stopgap
pub async fn gather(root: &crate::ssh::Session, questions: &Questions) -> Result<Facts, GatherError> {
    let token = probe_token();
    let output = root.exec(crate::ssh::Exec::new(PROBE_COMMAND).stdin(probe_input(&token, questions))).await?;
    Ok(parse(&token, &output.stdout)?)
}
