//! Health: the hosts of an engine read, side by side, and judged. `probe.sh` is a constant; its one argument is the token.

pub mod history;
pub mod metrics;

use crate::preflight::probe_token;
use crate::ssh::{CommandError, Exec, Session};
use hosted_deploy_model::facts::ParseError;
use hosted_deploy_model::health::Reading;
use std::time::Duration;

const PROBE: &str = include_str!("probe.sh");

/// The longest look-ups of the probe have 25 s and run side by side.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

const LIMIT_BYTES: usize = 8 << 20;

/// Why a host's health is not known.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The probe could not be run.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// What it printed is no probe's output.
    #[error(transparent)]
    Answer(#[from] ParseError),
    /// It did not end.
    #[error("it did not answer the probe within {} s: a look-up hangs there, or the machine is overloaded", LONGEST.as_secs())]
    Slow,
}

/// Reads one host; `host` is the name that is shown for it. Changes nothing there.
///
/// # Errors
/// When the probe cannot be run or does not answer as a probe does.
pub async fn read(session: &Session, host: &str) -> Result<Reading, ReadError> {
    let token = probe_token();
    let exec =
        Exec::new("sh -s").stdin(probe_input(&token)).limit_bytes(LIMIT_BYTES).named("reading the engine's health");
    let output = tokio::time::timeout(LONGEST, session.exec(exec)).await.map_err(|_| ReadError::Slow)??;
    Ok(Reading::parse(host, &token, &output.stdout)?)
}

/// What `sh -s` gets. `token`: ASCII letters and digits.
fn probe_input(token: &str) -> Vec<u8> {
    // In braces, so that the shell has read all of it before a command could.
    format!("{{\n{PROBE}\nmain {token} </dev/null\n}}\n").into_bytes()
}

#[cfg(test)]
mod tests;
