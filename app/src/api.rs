//! What the pages ask the server: functions that run there, called from either side; JSON under `/api/v1/`.

use crate::lean::Lean;
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::run::Run;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// `host:port` of the deployment host.
    pub host: String,
    /// The account that logged in.
    pub user: String,
    /// `ssh-ed25519 SHA256:…`.
    pub host_key: String,
    /// Of the server.
    pub version: String,
    /// The newest runs on that host.
    pub runs: RunList,
}

/// One run in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    /// Its id.
    pub id: String,
    /// `2026-01-31 23:59`, UTC.
    pub started: String,
    /// The engine's name.
    pub engine: String,
    /// The host's name, as the answers have it.
    pub host: String,
    /// The account that it works as; empty when not known.
    pub account: String,
    /// From its beginning to its end, or until now.
    pub took_millis: u64,
    /// How it stands.
    pub state: RunState,
}

/// All runs that a visitor may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunList {
    /// `host:port` that they are on.
    pub at: String,
    /// Newest first.
    pub runs: Vec<RunLine>,
    /// There are older ones.
    pub more: bool,
}

/// How a run stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It goes on.
    Running,
    /// It waits for a person or for answers.
    Waiting,
    /// All phases done.
    Succeeded,
    /// A phase failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// It ended without a word.
    Interrupted,
}

impl RunState {
    /// Of a run.
    pub fn of(run: &Run) -> Self {
        match (&run.outcome, &run.waiting) {
            (Some(Outcome::Succeeded { .. }), _) => Self::Succeeded,
            (Some(Outcome::Failed { .. }), _) => Self::Failed,
            (Some(Outcome::Cancelled { .. }), _) => Self::Cancelled,
            (Some(Outcome::Interrupted { .. }), _) => Self::Interrupted,
            (None, Some(_)) => Self::Waiting,
            (None, None) => Self::Running,
        }
    }
}

/// How long the session lives on when nobody does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleLeft {
    /// Until its end.
    pub left_secs: u32,
    /// With so much left, the page warns.
    pub warn_secs: u32,
}

impl IdleLeft {
    /// Warns two minutes before the end; of a short idle time, a third.
    pub fn of(left: std::time::Duration, idle: std::time::Duration) -> Self {
        let secs = |time: std::time::Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        Self { left_secs: secs(left), warn_secs: secs(idle / 3).min(120) }
    }
}

/// Asks without being a use of the session.
#[server(name = AskIdleLeft, prefix = "/api/v1", endpoint = "session", input = leptos::server_fn::codec::GetUrl, output = Lean)]
pub async fn idle_left() -> Result<IdleLeft, ServerFnError> {
    use_context::<IdleLeft>().ok_or_else(|| ServerFnError::new("not logged in"))
}

/// Somebody is there: the idle time begins anew.
#[server(name = StayLoggedIn, prefix = "/api/v1", endpoint = "session/stay", output = Lean)]
pub async fn stay_logged_in() -> Result<IdleLeft, ServerFnError> {
    use_context::<IdleLeft>().ok_or_else(|| ServerFnError::new("not logged in"))
}

/// What the server puts into the context of a request that is logged in: it makes the answer when asked.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Source(pub std::sync::Arc<dyn Fn() -> Overview + Send + Sync>);

/// The first page's content.
#[server(name = AskOverview, prefix = "/api/v1", endpoint = "overview", input = leptos::server_fn::codec::GetUrl, output = Lean)]
pub async fn overview() -> Result<Overview, ServerFnError> {
    let source = use_context::<Source>().ok_or_else(|| ServerFnError::new("not logged in"))?;
    Ok((source.0)())
}

/// The same for the page of all runs.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct RunsSource(pub std::sync::Arc<dyn Fn() -> RunList + Send + Sync>);

/// All runs.
#[server(name = AskRuns, prefix = "/api/v1", endpoint = "runs", input = leptos::server_fn::codec::GetUrl, output = Lean)]
pub async fn runs() -> Result<RunList, ServerFnError> {
    let source = use_context::<RunsSource>().ok_or_else(|| ServerFnError::new("not logged in"))?;
    Ok((source.0)())
}

/// As [`overview_of_this_page`].
pub(crate) fn runs_of_this_page() -> Option<RunList> {
    #[cfg(feature = "ssr")]
    return use_context::<RunsSource>().map(|source| (source.0)());
    #[cfg(not(feature = "ssr"))]
    None
}

/// The overview while its page is made on the server; in the browser the page brings it along.
pub(crate) fn overview_of_this_page() -> Option<Overview> {
    #[cfg(feature = "ssr")]
    return use_context::<Source>().map(|source| (source.0)());
    #[cfg(not(feature = "ssr"))]
    None
}
