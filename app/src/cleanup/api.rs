//! What the clean-up page asks the server. [`CleanDesk`] is the server's side of it.

#![allow(missing_docs, reason = "the fields of the generated request types are the arguments of the functions here")]

use crate::lean::Lean;
use crate::refused::{Answering, Refused};
use hosted_deploy_model::cleanup::Leftovers;
use hosted_deploy_model::lang::Text;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// `host:port` of the session's host.
    pub host: String,
    /// Something is being done.
    pub busy: bool,
    /// What is left there; `None`: nobody has looked yet.
    pub found: Option<Leftovers>,
    /// What the clean-up has said so far.
    pub lines: Vec<Line>,
    /// How it ended.
    pub end: Option<End>,
    /// The shared storage, where it is known.
    pub storage: Option<Storage>,
}

/// A line of a clean-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `▶` a step, `✗` a failure, `!` a warning, `✓` good news, a blank for what a step printed.
    pub sign: String,
    /// The words.
    pub text: Text,
}

/// How a clean-up ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// All steps succeeded, and a deployment may start.
    pub good: bool,
    /// What is not as it should be.
    pub lines: Vec<Text>,
    /// The verdict.
    pub sentence: Text,
}

/// The shared storage that a deployment used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// `server:/path` or the LUN's id: what must be typed.
    pub name: String,
    /// What is on it; `None`: nobody has looked yet.
    pub seen: Option<Seen>,
}

/// What is on a storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of a directory in words, of a LUN as the host's tools print it.
    pub text: Text,
    /// Why it may not be emptied.
    pub objection: Option<Text>,
}

/// What a person wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "kebab-case")]
pub enum Wish {
    /// See what is left.
    Look,
    /// Remove it.
    Clean {
        /// The engine's name, where one is deployed.
        confirm: String,
        /// Stop runs that go on.
        stop_runs: bool,
    },
    /// See what is on the shared storage.
    LookAtStorage,
    /// Empty it.
    EmptyStorage {
        /// Its name.
        confirm: String,
    },
}

/// The server's side.
pub trait CleanDesk: Send + Sync {
    /// What is known. Waits for nothing.
    fn known(&self) -> Shown;
    /// Does it; what goes on for long is told by [`CleanDesk::known`].
    fn act(&self, wish: Wish) -> Answering<()>;
}

/// The desk of the request's session, from the context.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct AtCleanup(pub std::sync::Arc<dyn CleanDesk>);

/// What is known while the page is made on the server; in the browser the page brings it along.
pub(crate) fn known_of_this_page() -> Option<Shown> {
    #[cfg(feature = "ssr")]
    return use_context::<AtCleanup>().map(|desk| desk.0.known());
    #[cfg(not(feature = "ssr"))]
    None
}

/// Does it.
#[server(name = CleanUp, prefix = "/api/v1", endpoint = "cleanup/act", input = Json, output = Lean)]
pub async fn act(wish: Wish) -> Result<(), Refused> {
    let desk = use_context::<AtCleanup>().ok_or_else(Refused::no_session)?;
    desk.0.act(wish).await
}
