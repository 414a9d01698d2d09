//! The way in and out: the login form, its act, the log-out.

use super::gate::{cookie, see_other};
use super::preferences::{self, local_path};
use super::proof::{Proof, Typed};
use super::router::Web;
use super::session::{SESSION_COOKIE, Session, digest};
use super::way::Way;
use crate::ssh::Target;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hosted_deploy_app::plain::{self, LoginPage, Notice, Stranger};
use hosted_deploy_app::texts;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::secret::Secret;
use serde::Deserialize;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

/// Proves that somebody may log in.
pub trait Login: Send + Sync + 'static {
    /// One attempt.
    fn log_in(&self, attempt: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>>;
}

/// What somebody offers.
#[derive(Debug)]
pub struct Attempt {
    /// The account, and on which host.
    pub target: Target,
    /// What proves it.
    pub proof: Proof,
    /// The fingerprint that the person has compared, when the host was a stranger.
    pub trusted: Option<String>,
    /// For the words of a refusal.
    pub lang: Lang,
}

/// A login that was good.
#[derive(Debug)]
pub struct Entered {
    /// `ssh-ed25519 SHA256:…`.
    pub host_key: String,
    /// The connection that was opened, to be kept.
    pub way: Option<Arc<Way>>,
}

/// A login that was not.
#[derive(Debug)]
pub enum Refusal {
    /// The host is not known; nothing was sent to it.
    Stranger {
        /// `ssh-ed25519` and the like.
        algorithm: String,
        /// `SHA256:…`.
        fingerprint: String,
    },
    /// Anything else.
    Failed {
        /// What happened and why.
        what: String,
        /// What to do.
        remedy: String,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
    ended: Option<String>,
    agent: Option<String>,
}

pub(super) async fn form(State(web): State<Web>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let preferences = preferences::of(&headers);
    let t = texts::of(preferences.lang);
    let notice = asked.ended.map(|_| Notice { what: t.ended.to_owned(), remedy: String::new() });
    let next = local_path(&asked.next).to_owned();
    let agent = asked.agent.filter(|token| is_agents(&web, &Secret::from(token.as_str())));
    Html(plain::login(preferences, LoginPage { next, notice, agent, ..blank(&web) })).into_response()
}

/// Compared by digest, so that the time it takes tells nothing.
fn is_agents(web: &Web, token: &Secret) -> bool {
    web.agent.as_ref().is_some_and(|right| digest(right.expose()) == digest(token.expose()))
}

fn blank(web: &Web) -> LoginPage {
    LoginPage { fixed_host: web.fixed_host.as_ref().map(Target::host_port), ..LoginPage::default() }
}

pub(super) async fn log_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    typed: Result<Typed, StatusCode>,
) -> Response {
    let preferences = preferences::of(&headers);
    let t = texts::of(preferences.lang);
    let not_in = |remedy: &str| Notice { what: t.not_logged_in.to_owned(), remedy: remedy.to_owned() };
    let mut typed = match typed {
        Ok(typed) => typed,
        Err(status) => {
            let page = LoginPage { notice: Some(not_in(t.form_not_whole)), ..blank(&web) };
            return (status, Html(plain::login(preferences, page))).into_response();
        }
    };
    let next = local_path(&typed.next).to_owned();
    let agent = typed.agent.as_ref().map(|token| token.expose().clone());
    let page = LoginPage {
        host: typed.host.clone(),
        user: typed.user.clone(),
        next: next.clone(),
        with_key: typed.key.is_some(),
        agent,
        ..blank(&web)
    };
    let again = |status: StatusCode, notice: Notice| {
        (status, Html(plain::login(preferences, LoginPage { notice: Some(notice), ..page.clone() }))).into_response()
    };

    let Some(mut target) = web.fixed_host.clone().or_else(|| parse_host(&typed.host)) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, not_in(t.not_a_host));
    };
    let proof = typed.proof().filter(|_| !typed.user.trim().is_empty());
    let Some(proof) = proof else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, not_in(t.nothing_typed));
    };
    target.user = typed.user.trim().to_owned();
    // Held until the answer, so that the logins in progress are bounded.
    let Ok(_place) = web.logins.try_acquire() else {
        return again(StatusCode::SERVICE_UNAVAILABLE, not_in(t.busy));
    };
    if let Err(wait) = web.throttle.begin(peer.ip(), Instant::now()) {
        let secs = wait.as_secs() + 1;
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, not_in(&format!("{} {secs}", t.slow_down)));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        return response;
    }
    if matches!(proof, Proof::Agent) && !typed.agent.as_ref().is_some_and(|token| is_agents(&web, token)) {
        return again(StatusCode::UNAUTHORIZED, not_in(t.agent_stale));
    }
    let attempt = Attempt { target: target.clone(), proof, trusted: typed.trusted, lang: preferences.lang };
    match web.login.log_in(attempt).await {
        Ok(Entered { host_key, way }) => {
            web.throttle.succeeded(peer.ip());
            tracing::info!(user = %target.user, host = %target.host_port(), from = %peer.ip(), "logged in");
            let session = Session {
                user: target.user.clone(),
                address: target.address.clone(),
                at: target.host_port(),
                host_key,
                way,
            };
            match web.sessions.open(session, Instant::now()) {
                Some(token) => with_cookie(see_other(&next), &token, None),
                None => again(StatusCode::SERVICE_UNAVAILABLE, not_in(t.busy)),
            }
        }
        Err(Refusal::Stranger { algorithm, fingerprint }) => {
            // Nothing was guessed: no password has been sent. But each costs a connection to the host, so it stays counted.
            let stranger = Stranger { at: target.host_port(), algorithm, fingerprint };
            Html(plain::login(preferences, LoginPage { stranger: Some(stranger), ..page })).into_response()
        }
        Err(Refusal::Failed { what, remedy }) => {
            tracing::info!(user = %target.user, host = %target.host_port(), from = %peer.ip(), "login refused");
            again(StatusCode::UNAUTHORIZED, Notice { what, remedy })
        }
    }
}

pub(super) async fn log_out(State(web): State<Web>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie(&headers, SESSION_COOKIE) {
        web.sessions.close(token);
    }
    with_cookie(see_other("/login"), "", Some(0))
}

fn with_cookie(mut response: Response, token: &str, max_age: Option<u32>) -> Response {
    let age = max_age.map_or_else(String::new, |secs| format!("; Max-Age={secs}"));
    let cookie = format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{age}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `host`, `host:port`, `[v6]:port` or a bare IPv6 address; the user comes from another field.
pub fn parse_host(text: &str) -> Option<Target> {
    let text = text.trim();
    let (address, port) = match text.rsplit_once(':') {
        Some((address, port)) if !address.contains(':') || address.ends_with(']') => (address, port.parse().ok()?),
        _ => (text, 22),
    };
    let target = Target::new(address, port, "");
    let name = |name: &str| {
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        name.len() <= 253 && name.trim_end_matches('.').split('.').all(label)
    };
    let sound = port != 0 && (target.address.parse::<std::net::IpAddr>().is_ok() || name(&target.address));
    sound.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_be_typed_in_each_usual_way() {
        for (text, expected) in [
            ("host1.example", "host1.example:22"),
            (" host1:2222 ", "host1:2222"),
            ("192.0.2.1", "192.0.2.1:22"),
            ("2001:db8::1", "[2001:db8::1]:22"),
            ("[2001:db8::1]:2222", "[2001:db8::1]:2222"),
        ] {
            assert_eq!(parse_host(text).map(|target| target.host_port()).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "a b", "host:0", "host:99999", "host:", "-oProxyCommand=x", "a/b", "a..b", "root@host"] {
            assert_eq!(parse_host(text), None, "{text}");
        }
    }
}
