//! Preflight: one probe over the host's connection, its output to [`Facts`].
//!
//! The probe is a constant, `beside.sh`, `software.sh` and `probe.sh`. The questions follow it on the same standard input as a
//! here-document with a quoted delimiter, so `sh -s` is the whole command and nothing of the answers is ever part of a shell's text.

use crate::ssh::{CommandError, Exec, Session};
use hosted_deploy_model::facts::{Facts, ParseError, Questions};
use std::time::Duration;

const PROBE: &str =
    concat!(include_str!("beside.sh"), "\n", include_str!("software.sh"), "\n", include_str!("probe.sh"));

/// The command that reads [`probe_input`] on its standard input. It needs root to see everything.
pub const PROBE_COMMAND: &str = "sh -s";

/// Every look-up of the probe has its own limit of some seconds and they run side by side; a host that takes longer
/// than this for all of them hangs.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// What a probe of the largest host may print.
const LIMIT_BYTES: usize = 8 << 20;

/// Why a host's facts are not known.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The probe could not be run.
    #[error("the host cannot be read")]
    Command(#[from] CommandError),
    /// What it printed is no probe's output.
    #[error("the host cannot be read (the probe ended with {status}; it complained: {complaint:?})")]
    Answer {
        /// How the shell ended.
        status: String,
        /// The start of its standard error.
        complaint: String,
        /// What is wrong with the output.
        source: ParseError,
    },
    /// It did not end.
    #[error("the host did not answer the probe within {} s: a look-up hangs there, or the machine is overloaded", LONGEST.as_secs())]
    Slow,
}

/// Runs the probe as whoever the session is and parses what it prints. Changes nothing on the host.
///
/// # Errors
/// When it cannot be run or does not answer as a probe does; a fact that is missing is no error.
pub async fn gather(session: &Session, questions: &Questions) -> Result<Facts, GatherError> {
    let token = probe_token();
    let exec = Exec::new(PROBE_COMMAND)
        .stdin(probe_input(&token, questions))
        .limit_bytes(LIMIT_BYTES)
        .named("reading the host");
    let output = tokio::time::timeout(LONGEST, session.exec(exec)).await.map_err(|_| GatherError::Slow)??;
    Facts::parse(&token, &output.stdout).map_err(|source| {
        let status = match (output.status, output.signal) {
            (Some(status), _) => format!("status {status}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "no status".to_owned(),
        };
        let complaint = String::from_utf8_lossy(&output.stderr).chars().take(300).collect();
        GatherError::Answer { status, complaint, source }
    })
}

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

#[cfg(test)]
mod tests;
