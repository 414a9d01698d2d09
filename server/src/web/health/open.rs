//! What monitoring may see without a login, when it is switched on: a bare word, and metrics for whoever has the token.

use super::super::gate;
use super::super::router::Web;
use crate::health::metrics::{Sample, text};
use crate::nodes;
use crate::runs::journal::now;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hosted_deploy_model::health::Verdict;
use hosted_deploy_model::secret::Secret;

/// What is open to monitoring.
#[derive(Clone, Debug, Default)]
pub struct Monitoring {
    /// `/health/bare` answers without a login.
    pub bare: bool,
    /// `/metrics` answers to `Authorization: Bearer TOKEN`; `None`: it is not there.
    pub token: Option<Secret>,
}

/// What was read longer ago says nothing of now.
const STALE_MS: u64 = 5 * 60_000;

/// `up`, `down` or `unknown`, and nothing else: neither names nor reasons. 200 for up, else 503.
pub(in super::super) async fn bare(State(web): State<Web>, headers: HeaderMap) -> Response {
    if !web.monitoring.bare {
        return gate::not_found(&headers);
    }
    let newest = web.board.newest();
    let fresh: Vec<Verdict> = newest
        .iter()
        .filter(|(_, read, _)| now().saturating_sub(*read) < STALE_MS)
        .map(|(_, _, health)| health.verdict)
        .filter(|verdict| *verdict != Verdict::Unknown)
        .collect();
    let (status, word) = match fresh.iter().max() {
        None => (StatusCode::SERVICE_UNAVAILABLE, "unknown"),
        Some(Verdict::Down) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        Some(_) => (StatusCode::OK, "up"),
    };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{word}\n")).into_response()
}

/// The metrics.
pub(in super::super) async fn metrics(State(web): State<Web>, headers: HeaderMap) -> Response {
    let Some(token) = &web.monitoring.token else { return gate::not_found(&headers) };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !given.is_some_and(|given| same(given, token)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "a token is needed\n")
            .into_response();
    }
    let newest = web.board.newest();
    let samples: Vec<Sample<'_>> = newest
        .iter()
        .map(|(at, read, health)| Sample { host: at, age_secs: now().saturating_sub(*read) / 1000, health })
        .collect();
    let mut all = text(&samples);
    let state = web.state.clone();
    // Network boot that cannot be read must not take the engine's metrics away: its own are missing then.
    match tokio::task::spawn_blocking(move || nodes::listed(&state)).await {
        Ok(Ok(listed)) => all.push_str(&nodes::metrics::text(&listed, now())),
        Ok(Err(error)) => tracing::warn!(%error, "metrics without the nodes of network boot"),
        Err(error) => tracing::warn!(%error, "metrics without the nodes of network boot"),
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], all).into_response()
}

/// Compares digests, so that the time it takes tells nothing of the token.
fn same(given: &str, token: &Secret) -> bool {
    let digest = |text: &str| ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest(given).as_ref() == digest(token.expose()).as_ref()
}
