//! What somebody logs in with, and how the login form brings it.

use super::router::Web;
use crate::ssh::{Credential, Credentials};
use axum::Form;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use hosted_deploy_model::answers::{Host, SecretAnswer};
use hosted_deploy_model::secret::Secret;
use serde::Deserialize;

/// One way to prove who somebody is. In memory only, zeroized on drop.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The account's password.
    Password(Secret),
    /// A private key.
    Key {
        /// The file's content.
        text: Secret,
        /// Where it is encrypted.
        passphrase: Option<Secret>,
    },
    /// The keys in the agent of whoever started the server.
    Agent,
}

impl Proof {
    /// For SSH.
    pub fn credentials(&self) -> Credentials {
        Credentials::new([match self.clone() {
            Self::Password(password) => Credential::Password(password),
            Self::Key { text, passphrase } => Credential::Key { text, passphrase },
            Self::Agent => Credential::Agent { socket: None },
        }])
    }

    /// For a run, which logs in again by itself.
    pub fn answer(&self, host: &mut Host) {
        match self.clone() {
            Self::Password(password) => host.password = SecretAnswer::literal(password),
            Self::Key { text, passphrase } => {
                host.key = SecretAnswer::literal(text);
                host.key_passphrase = passphrase.map(SecretAnswer::literal).unwrap_or_default();
            }
            // Without a key and a password, a run asks the agent by itself.
            Self::Agent => {}
        }
    }
}

const NO_FORM: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// The login form, however it was sent.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) host: String,
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) key: Option<Secret>,
    pub(super) passphrase: Option<Secret>,
    /// The token of the address that was printed on the terminal.
    pub(super) agent: Option<Secret>,
    pub(super) trusted: Option<String>,
    pub(super) next: String,
}

/// The short way of programs: no key.
#[derive(Deserialize)]
struct Short {
    #[serde(default)]
    host: String,
    user: String,
    #[serde(default)]
    password: String,
    agent: Option<String>,
    trusted: Option<String>,
    #[serde(default)]
    next: String,
}

impl Typed {
    fn take(&mut self, name: &str, value: String) {
        let secret = |value: String| Some(Secret::new(value)).filter(|secret| !secret.expose().trim().is_empty());
        match name {
            "host" => self.host = value,
            "user" => self.user = value,
            "password" => self.password = Some(Secret::new(value)).filter(|secret| !secret.expose().is_empty()),
            // Chosen as a file or pasted: the one that has something counts.
            "key" | "key_text" => self.key = self.key.take().or(secret(value)),
            "passphrase" => self.passphrase = Some(Secret::new(value)).filter(|secret| !secret.expose().is_empty()),
            "agent" => self.agent = secret(value),
            "trusted" => self.trusted = Some(value),
            "next" => self.next = value,
            _ => {}
        }
    }

    /// The proof that was given; a key comes before a password, and both before the agent.
    pub(super) fn proof(&mut self) -> Option<Proof> {
        let key = self.key.take().map(|text| Proof::Key { text, passphrase: self.passphrase.take() });
        let password = self.password.take().map(Proof::Password);
        key.or(password).or_else(|| self.agent.as_ref().map(|_| Proof::Agent))
    }
}

impl FromRequest<Web> for Typed {
    /// The body is no form, or too large.
    type Rejection = StatusCode;

    async fn from_request(request: Request, web: &Web) -> Result<Self, StatusCode> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut typed = Self::default();
        if kind.starts_with("multipart/form-data") {
            let mut parts = Multipart::from_request(request, web).await.map_err(|_| NO_FORM)?;
            while let Some(part) = parts.next_field().await.map_err(|_| NO_FORM)? {
                let name = part.name().unwrap_or_default().to_owned();
                typed.take(&name, part.text().await.map_err(|_| NO_FORM)?);
            }
        } else {
            let Form(short) = Form::<Short>::from_request(request, web).await.map_err(|_| NO_FORM)?;
            typed.take("password", short.password);
            typed.take("agent", short.agent.unwrap_or_default());
            (typed.host, typed.user, typed.trusted, typed.next) = (short.host, short.user, short.trusted, short.next);
        }
        Ok(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(parts: &[(&str, &str)]) -> Typed {
        let mut typed = Typed::default();
        parts.iter().for_each(|(name, value)| typed.take(name, (*value).to_owned()));
        typed
    }

    #[test]
    fn a_key_comes_before_a_password_and_nothing_is_no_proof() {
        assert!(
            typed(&[("user", "root"), ("password", ""), ("key", ""), ("key_text", " \n"), ("agent", "")])
                .proof()
                .is_none()
        );
        assert!(matches!(typed(&[("password", " ")]).proof(), Some(Proof::Password(_))));
        let both = typed(&[("password", "p"), ("key", "file"), ("key_text", "pasted"), ("passphrase", "")]).proof();
        assert!(matches!(both, Some(Proof::Key { text, passphrase: None }) if text.expose() == "file"));
        let pasted = typed(&[("key", ""), ("key_text", "pasted"), ("passphrase", "p")]).proof();
        assert!(matches!(pasted, Some(Proof::Key { text, passphrase: Some(_) }) if text.expose() == "pasted"));
    }

    #[test]
    fn a_run_gets_the_same_proof() {
        let mut host = Host::default();
        typed(&[("key", "k"), ("passphrase", "p")]).proof().unwrap().answer(&mut host);
        assert_eq!(host.key.value().map(|key| key.expose().as_str()), Some("k"));
        assert_eq!(host.key_passphrase.value().map(|key| key.expose().as_str()), Some("p"));
        assert!(host.password.is_missing());
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let mut form =
            typed(&[("password", "canary"), ("key", "canary"), ("passphrase", "canary"), ("agent", "canary")]);
        assert!(!format!("{form:?}").contains("canary"));
        assert!(!format!("{:?}", form.proof()).contains("canary"));
    }
}
