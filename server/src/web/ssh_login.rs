//! A login is an SSH login on the deployment host: whoever may do things there may do them here.

use super::entry::{Attempt, Entered, Login, Refusal};
use crate::reach;
use crate::ssh::{self, ConnectError, FirstUse};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

/// Logs in by SSH, with the host keys of a state folder.
#[derive(Clone, Debug)]
pub struct SshLogin {
    state: PathBuf,
}

impl SshLogin {
    /// With the state folder's host keys, and OpenSSH's.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self { state: state.into() }
    }
}

impl Login for SshLogin {
    fn log_in(&self, attempt: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(async move {
            let Attempt { target, proof, trusted, lang } = attempt;
            // Exactly the key that the person has compared, and not whatever is shown now.
            let policy = match trusted {
                Some(fingerprint) => FirstUse::ask(move |host| std::future::ready(host.fingerprint == fingerprint)),
                None => FirstUse::Refuse,
            };
            let host_keys = reach::host_keys(&self.state, policy);
            match ssh::connect(&target, &proof.credentials(), &host_keys).await {
                Ok(session) => {
                    let host_key = session.host_key().to_string();
                    // It has proved what it had to.
                    session.close().await;
                    Ok(Entered { host_key })
                }
                Err(ConnectError::HostKeyUnknown(host)) => {
                    Err(Refusal::Stranger { algorithm: host.algorithm, fingerprint: host.fingerprint })
                }
                Err(error) => Err(Refusal::Failed { what: error.to_string(), remedy: error.advice(lang) }),
            }
        })
    }
}
