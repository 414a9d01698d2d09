//! The login: the credentials in their order, against what the server offers.

use super::{
    connect::{Client, Ended},
    error::{Attempt, ConnectError, Outcome, Stage, printable},
    key_file,
    target::{Credential, Credentials, Target},
};
use hosted_deploy_model::secret::Secret;
use russh::{
    client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Reply},
    keys::{
        Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey,
        agent::{AgentIdentity, client::AgentClient},
    },
};
use std::{path::Path, sync::Arc};
use tokio::{net::UnixStream, sync::watch};

/// Rounds of questions that a keyboard-interactive login may have; PAM stacks have one to three.
const MAX_ROUNDS: usize = 8;

pub(super) async fn login(
    handle: &mut Handle<Client>,
    target: &Target,
    credentials: &Credentials,
    ended: &watch::Receiver<Option<Ended>>,
) -> Result<(), ConnectError> {
    let mut login = Login { handle, target, ended, offered: Vec::new(), attempts: Vec::new(), local: None };
    // "none" never suffices on a sane server; it makes the server say what it takes.
    let asked = login.handle.authenticate_none(&target.user).await;
    if login.verdict(None, asked)? != Verdict::No {
        return Ok(());
    }
    let mut used = vec![false; credentials.ways().len()];
    'ways: loop {
        for (way, used) in credentials.ways().iter().zip(&mut used) {
            if *used {
                continue;
            }
            match login.try_way(way).await? {
                Verdict::In => return Ok(()),
                // One of several proofs is done: the others get their turn again.
                Verdict::Partial => {
                    *used = true;
                    continue 'ways;
                }
                Verdict::No => {}
            }
        }
        return Err(login.refused(None));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    In,
    Partial,
    No,
}

struct Login<'a> {
    handle: &'a mut Handle<Client>,
    target: &'a Target,
    ended: &'a watch::Receiver<Option<Ended>>,
    offered: Vec<String>,
    attempts: Vec<Attempt>,
    /// The first failure that happened on our side.
    local: Option<ConnectError>,
}

impl Login<'_> {
    async fn try_way(&mut self, way: &Credential) -> Result<Verdict, ConnectError> {
        match way {
            Credential::Password(password) => self.password(password).await,
            Credential::KeyFile { path, passphrase } => self.key_file(path, passphrase.as_ref()).await,
            Credential::Key { text, passphrase } => self.key_text(text, passphrase.as_ref()).await,
            Credential::Agent { socket } => self.agent(socket.as_deref()).await,
        }
    }

    async fn password(&mut self, password: &Secret) -> Result<Verdict, ConnectError> {
        if self.offers("password") {
            let user = self.target.user.clone();
            let sent = self.handle.authenticate_password(user, password.expose().clone()).await;
            // Not tried again by keyboard-interactive: behind both is the same account, which may lock.
            self.verdict(Some("password".to_owned()), sent)
        } else if self.offers("keyboard-interactive") {
            self.keyboard_interactive(password).await
        } else {
            self.record("password".to_owned(), Outcome::NotOffered);
            Ok(Verdict::No)
        }
    }

    async fn keyboard_interactive(&mut self, password: &Secret) -> Result<Verdict, ConnectError> {
        let way = || "password by keyboard-interactive".to_owned();
        let user = self.target.user.clone();
        let mut reply = self.handle.authenticate_keyboard_interactive_start(user, None).await;
        let mut sent = false;
        let mut unanswered = None;
        for _ in 0..MAX_ROUNDS {
            let prompts = match reply {
                Ok(Reply::InfoRequest { prompts, .. }) => prompts,
                Ok(Reply::Success) => return Ok(Verdict::In),
                Ok(Reply::Failure { remaining_methods, partial_success }) => {
                    if let Some(prompt) = unanswered {
                        self.record(way(), Outcome::Asked(prompt));
                    }
                    return self.verdict(Some(way()), Ok(AuthResult::Failure { remaining_methods, partial_success }));
                }
                Err(_) => return Err(self.hung_up(Some(way()))),
            };
            let answers = prompts
                .iter()
                .map(|prompt| {
                    if !prompt.echo && !sent {
                        sent = true;
                        password.expose().clone()
                    } else {
                        // The protocol wants an answer to every prompt before the next way can be tried.
                        unanswered.get_or_insert_with(|| printable(&prompt.prompt));
                        String::new()
                    }
                })
                .collect();
            reply = self.handle.authenticate_keyboard_interactive_respond(answers).await;
        }
        // Still asking: leaving the dialogue is only possible by leaving the server.
        self.record(way(), Outcome::Asked(unanswered.unwrap_or_else(|| "without end".to_owned())));
        Err(self.refused(None))
    }

    async fn key_file(&mut self, path: &Path, passphrase: Option<&Secret>) -> Result<Verdict, ConnectError> {
        let way = format!("key {}", path.display());
        if !self.offers("publickey") {
            self.record(way, Outcome::NotOffered);
            return Ok(Verdict::No);
        }
        match key_file::load(path, passphrase).await {
            Ok(key) => self.key(way, key).await,
            Err(e) => Ok(self.unusable(way, e)),
        }
    }

    async fn key_text(&mut self, text: &Secret, passphrase: Option<&Secret>) -> Result<Verdict, ConnectError> {
        let way = "key".to_owned();
        if !self.offers("publickey") {
            self.record(way, Outcome::NotOffered);
            return Ok(Verdict::No);
        }
        match key_file::parse(text, passphrase).await {
            Ok(key) => self.key(way, key).await,
            Err(e) => Ok(self.unusable(way, e.into())),
        }
    }

    async fn key(&mut self, way: String, key: PrivateKey) -> Result<Verdict, ConnectError> {
        let way = format!("{way} {}", key.fingerprint(HashAlg::Sha256));
        let hash = self.rsa_hash(&key.algorithm()).await?;
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
        let user = self.target.user.clone();
        let sent = self.handle.authenticate_publickey(user, key).await;
        self.verdict(Some(way), sent)
    }

    async fn agent(&mut self, socket: Option<&Path>) -> Result<Verdict, ConnectError> {
        if !self.offers("publickey") {
            self.record("agent".to_owned(), Outcome::NotOffered);
            return Ok(Verdict::No);
        }
        let (mut agent, identities) = match self.open_agent(socket).await {
            Ok(opened) => opened,
            Err(reason) => {
                let e = ConnectError::Agent { reason };
                return Ok(self.unusable("agent".to_owned(), e));
            }
        };
        for identity in identities {
            let verdict = self.agent_key(&mut agent, &identity).await?;
            if verdict != Verdict::No {
                return Ok(verdict);
            }
        }
        Ok(Verdict::No)
    }

    async fn open_agent(&self, socket: Option<&Path>) -> Result<(AgentClient<UnixStream>, Vec<AgentIdentity>), String> {
        let opened = match socket {
            Some(path) => AgentClient::connect_uds(path).await,
            None => AgentClient::connect_env().await,
        };
        let mut agent = opened.map_err(|e| e.to_string())?;
        if let Some(binding) = self.handle.agent_session_binding() {
            // Agents older than OpenSSH 8.9 don't know it, and need it only for destination-bound keys.
            let _ = agent.bind_session(binding, false).await;
        }
        let identities = agent.request_identities().await.map_err(|e| e.to_string())?;
        if identities.is_empty() {
            return Err("it holds no key".to_owned());
        }
        Ok((agent, identities))
    }

    async fn agent_key(
        &mut self,
        agent: &mut AgentClient<UnixStream>,
        identity: &AgentIdentity,
    ) -> Result<Verdict, ConnectError> {
        let user = self.target.user.clone();
        let key = match identity {
            AgentIdentity::PublicKey { key, .. } => key.clone(),
            AgentIdentity::Certificate { certificate, .. } => PublicKey::new(certificate.public_key().clone(), ""),
        };
        let way = format!("agent key {}", key.fingerprint(HashAlg::Sha256));
        let hash = self.rsa_hash(&key.algorithm()).await?;
        let sent = match identity {
            AgentIdentity::PublicKey { .. } => self.handle.authenticate_publickey_with(user, key, hash, agent).await,
            AgentIdentity::Certificate { certificate, .. } => {
                self.handle.authenticate_certificate_with(user, certificate.clone(), hash, agent).await
            }
        };
        match sent {
            Ok(result) => self.verdict(Some(way), Ok(result)),
            Err(e) => {
                let reason = format!("it did not sign: {e}");
                Ok(self.unusable(way, ConnectError::Agent { reason }))
            }
        }
    }

    /// SHA-2 for RSA keys: `ssh-rsa` with SHA-1 is refused since OpenSSH 8.8.
    async fn rsa_hash(&mut self, algorithm: &Algorithm) -> Result<Option<HashAlg>, ConnectError> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        match self.handle.best_supported_rsa_hash().await {
            Ok(said) => Ok(said.unwrap_or(Some(HashAlg::Sha256))),
            Err(_) => Err(self.hung_up(None)),
        }
    }

    fn offers(&self, way: &str) -> bool {
        self.offered.iter().any(|o| o == way)
    }

    /// Reads the server's answer to a way, and from it what it would take next.
    fn verdict(
        &mut self,
        way: Option<String>,
        sent: Result<AuthResult, russh::Error>,
    ) -> Result<Verdict, ConnectError> {
        match sent {
            Ok(AuthResult::Success) => Ok(Verdict::In),
            Ok(AuthResult::Failure { remaining_methods, partial_success }) if !remaining_methods.is_empty() => {
                self.offered = remaining_methods.iter().map(String::from).collect();
                let (verdict, outcome) = if partial_success {
                    (Verdict::Partial, Outcome::Partial)
                } else {
                    (Verdict::No, Outcome::Refused)
                };
                if let Some(way) = way {
                    self.record(way, outcome);
                }
                Ok(verdict)
            }
            // No way left, or the connection ended before the answer: russh reports both alike.
            Ok(AuthResult::Failure { .. }) | Err(_) => Err(self.hung_up(way)),
        }
    }

    fn unusable(&mut self, way: String, e: ConnectError) -> Verdict {
        self.record(way, Outcome::Unusable(e.to_string()));
        self.local.get_or_insert(e);
        Verdict::No
    }

    fn record(&mut self, way: String, outcome: Outcome) {
        // A way that asked for more is refused in the same breath: the first word tells more.
        if !self.attempts.iter().any(|a| a.way == way) {
            self.attempts.push(Attempt { way, outcome });
        }
    }

    fn refused(&mut self, closed: Option<String>) -> ConnectError {
        // When nothing reached the server, our own failure is the news.
        let none_sent = self.attempts.iter().all(|a| matches!(a.outcome, Outcome::Unusable(_)));
        match self.local.take() {
            Some(e) if none_sent && closed.is_none() => e,
            _ => ConnectError::AuthRefused {
                at: self.target.host_port(),
                user: self.target.user.clone(),
                attempts: std::mem::take(&mut self.attempts),
                offered: std::mem::take(&mut self.offered),
                closed,
            },
        }
    }

    fn hung_up(&mut self, way: Option<String>) -> ConnectError {
        let ended = self.ended.borrow().clone();
        match ended {
            Some(Ended { cause, deliberate: true }) => {
                if let Some(way) = way {
                    self.record(way, Outcome::Refused);
                }
                self.refused(Some(cause))
            }
            ended => ConnectError::Closed {
                at: self.target.host_port(),
                stage: Stage::Login,
                cause: ended.map_or_else(|| "the server hung up".to_owned(), |e| e.cause),
            },
        }
    }
}
