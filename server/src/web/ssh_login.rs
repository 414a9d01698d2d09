//! A login is an SSH login on the deployment host: whoever may do things there, as root, may do them here.

use super::entry::{Attempt, Entered, Login, Refusal};
use super::way::Way;
use crate::reach;
use crate::ssh::{ConnectError, Connection, FirstUse, Link, Options};
use crate::told;
use hosted_deploy_model::answers::{Answers, Host};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

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
            let mut host = Host {
                address: Some(target.address.clone()),
                port: Some(target.port),
                user: Some(target.user.clone()),
                ..Host::default()
            };
            proof.answer(&mut host);
            let answers = Answers { host, ..Answers::default() };
            let at = target.to_string();
            let tell = move |link: Link| match link {
                Link::Lost { cause } => tracing::info!(%at, %cause, "the connection was cut"),
                Link::Back { attempts } => tracing::info!(%at, attempts, "connected again"),
                Link::GaveUp(error) => tracing::warn!(%at, %error, "the connection was given up"),
            };
            let (ways, root) = (proof.credentials(), reach::become_root(&answers));
            match Connection::open(target, ways, host_keys, Options::default(), root, tell).await {
                Ok(connection) => {
                    let host_key = connection.current().map(|session| session.host_key().to_string());
                    let way = Way { connection, host: answers.host };
                    Ok(Entered { host_key: host_key.unwrap_or_default(), way: Some(Arc::new(way)) })
                }
                Err(ConnectError::HostKeyUnknown(host)) => {
                    Err(Refusal::Stranger { algorithm: host.algorithm, fingerprint: host.fingerprint })
                }
                Err(error) => Err(Refusal::Failed {
                    what: told::sentence(&error).get(lang).to_owned(),
                    remedy: error.advice(lang),
                }),
            }
        })
    }
}
