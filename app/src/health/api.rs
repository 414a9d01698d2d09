//! What the health page asks the server. [`HealthDesk`] is the server's side of it.

#![allow(missing_docs, reason = "the fields of the generated request types are the arguments of the functions here")]

use crate::lean::Lean;
use crate::refused::{Answering, Refused};
use hosted_deploy_model::health::{Action, Deed, Health, Verdict};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Tally;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// `host:port` of the session's host.
    pub host: String,
    /// The newest health and when it was read, in milliseconds of the epoch; `None`: not read yet.
    pub health: Option<(u64, Health)>,
    /// The last 24 hours, oldest first.
    pub history: Vec<Span>,
    /// When the answer was made, in milliseconds of the epoch.
    pub now: u64,
    /// The action that goes on.
    pub acting: Option<Acting>,
    /// What was done on this host, oldest first.
    pub deeds: Vec<Deed>,
    /// Why the host could not be read the last time.
    pub trouble: Option<Refused>,
    /// How to get to the engine VM's console.
    pub console: String,
    /// How the nodes from network boot stand, where it is used.
    pub nodes: Option<Tally>,
}

/// A time in which the verdict and the findings stayed the same, and somebody looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Milliseconds of the epoch.
    pub begun: u64,
    /// When it was last seen so.
    pub seen: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The sentence with the reason.
    pub sentence: Text,
}

/// An action that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// Which.
    pub action: Action,
    /// Who.
    pub who: String,
    /// Since when, in milliseconds of the epoch.
    pub begun: u64,
    /// What its command has printed so far.
    pub said: String,
    /// The command has ended; the host is read until the effect shows.
    pub looking: bool,
}

/// An action that a person wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Which.
    pub action: Action,
    /// What was typed to confirm it.
    pub confirm: String,
}

/// The server's side.
pub trait HealthDesk: Send + Sync {
    /// What is known. Waits for nothing.
    fn known(&self) -> Shown;
    /// Reads the host, unless that was done a moment ago.
    fn read(&self) -> Answering<Shown>;
    /// Begins an action; what came of it is in [`Shown::deeds`] later.
    fn act(&self, wish: Wish) -> Answering<()>;
}

/// The desk of the request's session, from the context.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct AtHealth(pub std::sync::Arc<dyn HealthDesk>);

#[cfg(feature = "ssr")]
fn desk() -> Result<std::sync::Arc<dyn HealthDesk>, Refused> {
    use_context::<AtHealth>().map(|desk| desk.0).ok_or_else(Refused::no_session)
}

/// What is known while the page is made on the server; in the browser the page brings it along.
pub(crate) fn known_of_this_page() -> Option<Shown> {
    #[cfg(feature = "ssr")]
    return desk().ok().map(|desk| desk.known());
    #[cfg(not(feature = "ssr"))]
    None
}

/// Reads the host.
#[server(name = ReadHealth, prefix = "/api/v1", endpoint = "health", input = GetUrl, output = Lean)]
pub async fn read() -> Result<Shown, Refused> {
    desk()?.read().await
}

/// Begins an action.
#[server(name = Act, prefix = "/api/v1", endpoint = "health/act", input = Json, output = Lean)]
pub async fn act(wish: Wish) -> Result<(), Refused> {
    desk()?.act(wish).await
}
