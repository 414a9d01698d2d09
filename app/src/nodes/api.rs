//! What the pages of nodes ask the server. [`NodesDesk`] is the server's side. Times come as texts (UTC), explanations in both
//! languages: the browser only shows them. Whoever asks with the mark of what it has gets nothing while nothing has changed.

#![allow(missing_docs, reason = "the fields of the generated request types are the arguments of the functions here")]

use crate::lean::Lean;
use crate::refused::{Answering, Refused};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::{Role, State};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// A node in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its card, or nothing.
    pub mac: String,
    /// Its SMBIOS UUID, or nothing.
    pub uuid: String,
    /// The address kept for it, or nothing.
    pub address: String,
    /// Its profile, or nothing.
    pub profile: String,
    /// What it will be.
    pub role: Role,
    /// How far it is; nothing only before there is a line.
    pub state: Option<State>,
    /// Since when.
    pub since: String,
    /// What was last seen of it.
    pub last: Event,
    /// Why it failed, as the installer or the clock said it; or nothing.
    pub failure: String,
}

/// Something seen of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: String,
    /// In words.
    pub what: Option<Text>,
    /// More, in English.
    pub detail: String,
}

/// A server for network boot that runs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its interface.
    pub interface: String,
    /// Where machines reach it.
    pub http: String,
    /// Somebody else gives the addresses.
    pub proxy: bool,
    /// Since when.
    pub since: String,
    /// Other DHCP servers: address and card, whether both give addresses, when last heard.
    pub others: Vec<(String, bool, String)>,
    /// What it warned of, newest first.
    pub warnings: Vec<(String, Text)>,
}

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Of this content.
    pub mark: String,
    /// How the nodes stand.
    pub sentence: Option<Text>,
    /// By name, the merely discovered last.
    pub nodes: Vec<Line>,
    /// Servers that run.
    pub servers: Vec<Server>,
    /// Profiles to choose from.
    pub profiles: Vec<String>,
    /// What to add to a command, so that it works on what these pages show.
    pub state_dir: String,
}

/// What the page of a node shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Of this content.
    pub mark: String,
    /// The node.
    pub line: Line,
    /// `protocol user@address` of its management controller, or nothing.
    pub controller: String,
    /// How often its installation was begun.
    pub attempts: u32,
    /// Fingerprints of the host keys that its installation delivered.
    pub host_keys: Vec<String>,
    /// What a person does next; commands stand between backquotes.
    pub next: Vec<Text>,
    /// What was seen of it, newest first.
    pub events: Vec<Event>,
    /// What can be done about it.
    pub acts: Vec<Act>,
    /// What it would get when it starts from the network: a list for each kind of firmware.
    pub stages: Vec<Vec<Stage>>,
    /// Its script and kickstart, without secrets; or why there is none.
    pub preview: Result<(String, String), Vec<Text>>,
    /// Profiles to choose from.
    pub profiles: Vec<String>,
    /// The address that scripts name is a real server's.
    pub served: bool,
}

/// One question of a machine and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Who asks.
    pub client: String,
    /// The file or URL, or nothing.
    pub file: String,
    /// Why.
    pub why: Text,
}

/// What can be done about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Switch it on by its management controller.
    Wake {
        /// Its firmware is UEFI.
        efi: bool,
    },
    /// Note that the engine has it.
    Joined,
    /// Install it again.
    Retry,
    /// Forget it.
    Remove,
}

/// What was typed about a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The node that is changed; empty for a new one.
    pub old: String,
    /// Its name.
    pub name: String,
    /// Its card.
    pub mac: String,
    /// Its SMBIOS UUID.
    pub uuid: String,
    /// Its address.
    pub address: String,
    /// Its profile.
    pub profile: String,
    /// What it will be.
    pub role: Role,
}

/// A list was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The names of those that were added.
    pub added: Vec<String>,
    /// Lines that were not, each with its number and why.
    pub refused: Vec<(usize, Text)>,
}

/// Profiles and images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Profiles by name.
    pub profiles: Vec<ProfileLine>,
    /// Images by name.
    pub images: Vec<ImageLine>,
    /// The words of `pxe render`'s targets.
    pub targets: Vec<String>,
    /// What to add to a command, so that it works on what these pages show.
    pub state_dir: String,
}

/// A profile in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileLine {
    /// Its name.
    pub name: String,
    /// What it installs.
    pub kind: String,
    /// Its image, or nothing.
    pub image: String,
    /// Its description.
    pub description: String,
    /// How many nodes have it.
    pub nodes: usize,
    /// What is missing or wrong; commands stand between backquotes.
    pub missing: Vec<Text>,
}

/// An image in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLine {
    /// Its name.
    pub name: String,
    /// What it installs.
    pub kind: String,
    /// Its version.
    pub version: String,
    /// Its ISO.
    pub iso: String,
    /// When it was imported.
    pub imported: String,
    /// What keeps it from being served.
    pub trouble: Option<Text>,
}

/// Configuration that somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// A word of [`Stock::targets`].
    pub target: String,
    /// The profile.
    pub profile: String,
    /// `192.0.2.0/24`.
    pub subnet: String,
    /// `192.0.2.100-192.0.2.200`, or nothing.
    pub range: String,
    /// The router, or nothing.
    pub router: String,
    /// Name servers, parted by blanks or commas.
    pub dns: String,
    /// The domain, or nothing.
    pub domain: String,
    /// The server's interface.
    pub interface: String,
    /// The DHCP and TFTP server.
    pub server: String,
    /// The HTTP server, or nothing.
    pub http: String,
    /// Somebody else gives the addresses.
    pub proxy: bool,
}

/// Configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Names and texts.
    pub files: Vec<(String, String)>,
    /// In some of them something stands where secrets are.
    pub veiled: bool,
    /// Writes the same with its secrets.
    pub command: String,
}

/// The server's side.
pub trait NodesDesk: Send + Sync {
    /// The list; nothing while it is what `seen` marks.
    ///
    /// # Errors
    /// It cannot be read.
    fn list(&self, seen: &str) -> Result<Option<Listed>, Refused>;
    /// A node; nothing while it is what `seen` marks.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    fn show(&self, name: &str, seen: &str) -> Result<Option<Shown>, Refused>;
    /// Adds or changes a node: its name, or what is wrong by field.
    ///
    /// # Errors
    /// Nothing can be written at all.
    fn save(&self, typed: Typed) -> Result<Result<String, Vec<Problem>>, Refused>;
    /// Does something about a node; `confirm` is what was typed to confirm it.
    fn act(&self, name: String, act: Act, confirm: String) -> Answering<()>;
    /// Adds the machines of a list.
    ///
    /// # Errors
    /// Nothing can be written at all.
    fn import(&self, list: String) -> Result<Imported, Refused>;
    /// Profiles and images.
    ///
    /// # Errors
    /// They cannot be read.
    fn stock(&self) -> Result<Stock, Refused>;
    /// Configuration for other people's servers, or what is wrong by field.
    ///
    /// # Errors
    /// Something it needs cannot be read.
    fn render(&self, wanted: Wanted) -> Result<Result<Rendered, Vec<Problem>>, Refused>;
}

/// The desk of the request's session, from the context.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct AtNodes(pub std::sync::Arc<dyn NodesDesk>);

#[cfg(feature = "ssr")]
fn desk() -> Result<std::sync::Arc<dyn NodesDesk>, Refused> {
    use_context::<AtNodes>().map(|desk| desk.0).ok_or_else(Refused::no_session)
}

/// What a page shows, while it is made on the server; in the browser the page brings it along.
pub(crate) fn list_of_this_page() -> Option<Result<Listed, Refused>> {
    #[cfg(feature = "ssr")]
    return desk().and_then(|desk| desk.list("")).transpose();
    #[cfg(not(feature = "ssr"))]
    None
}

pub(crate) fn node_of_this_page(name: &str) -> Option<Result<Shown, Refused>> {
    #[cfg(feature = "ssr")]
    return desk().and_then(|desk| desk.show(name, "")).transpose();
    #[cfg(not(feature = "ssr"))]
    {
        let _ = name;
        None
    }
}

pub(crate) fn stock_of_this_page() -> Option<Result<Stock, Refused>> {
    #[cfg(feature = "ssr")]
    return Some(desk().and_then(|desk| desk.stock()));
    #[cfg(not(feature = "ssr"))]
    None
}

/// The list.
#[server(name = ListNodes, prefix = "/api/v1", endpoint = "nodes", input = GetUrl, output = Lean)]
pub async fn list(seen: String) -> Result<Option<Listed>, Refused> {
    desk()?.list(&seen)
}

/// A node.
#[server(name = ShowNode, prefix = "/api/v1", endpoint = "nodes/show", input = GetUrl, output = Lean)]
pub async fn show(name: String, seen: String) -> Result<Option<Shown>, Refused> {
    desk()?.show(&name, &seen)
}

/// Adds or changes a node.
#[server(name = SaveNode, prefix = "/api/v1", endpoint = "nodes/save", input = Json, output = Lean)]
pub async fn save(typed: Typed) -> Result<Result<String, Vec<Problem>>, Refused> {
    desk()?.save(typed)
}

/// Does something about a node.
#[server(name = ActOnNode, prefix = "/api/v1", endpoint = "nodes/act", input = Json, output = Lean)]
pub async fn act(name: String, act: Act, confirm: String) -> Result<(), Refused> {
    desk()?.act(name, act, confirm).await
}

/// Adds the machines of a list.
#[server(name = ImportNodes, prefix = "/api/v1", endpoint = "nodes/import", input = Json, output = Lean)]
pub async fn import(list: String) -> Result<Imported, Refused> {
    desk()?.import(list)
}

/// Profiles and images.
#[server(name = AskStock, prefix = "/api/v1", endpoint = "nodes/stock", input = GetUrl, output = Lean)]
pub async fn stock() -> Result<Stock, Refused> {
    desk()?.stock()
}

/// Configuration for other people's servers.
#[server(name = RenderConfiguration, prefix = "/api/v1", endpoint = "nodes/render", input = Json, output = Lean)]
pub async fn render(wanted: Wanted) -> Result<Result<Rendered, Vec<Problem>>, Refused> {
    desk()?.render(wanted)
}
