//! What the wizard asks the server. [`Desk`] is the server's side of it; every function here only carries words there
//! and back; both languages of a text travel, the page picks.

#![allow(missing_docs, reason = "the fields of the generated request types are the arguments of the functions here")]

use crate::lean::Lean;
use crate::refused::{Answering, Refused};
use hosted_deploy_model::check::{Check, Summary};
use hosted_deploy_model::facts::{DefaultRoute, Facts, Interface};
use hosted_deploy_model::form::{Step, Values};
#[cfg(feature = "ssr")]
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// What the wizard opens with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// `user@host:port`.
    pub at: String,
    /// The host's name or address, as logged in to.
    pub address: String,
    /// The draft of this host.
    pub draft: Draft,
    /// What was judged last, if anything was since the server started.
    pub judged: Option<Judged>,
    /// The newest run of this host, if it has not ended.
    pub run: Option<OpenedRun>,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedRun {
    /// Its id.
    pub id: String,
    /// It waits for the storage answers.
    pub at_gate: bool,
}

/// The answers as they stand, kept on the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Where the person was.
    pub step: Step,
    /// What was typed, without secrets.
    pub values: Values,
    /// Secret fields whose value the server has in memory.
    pub secrets: Vec<String>,
    /// Secret fields that were filled in before the server was restarted.
    pub forgotten: Vec<String>,
    /// Grows with every change.
    pub revision: u64,
    /// The run that is to be tried again with these answers.
    pub of_run: Option<String>,
}

/// Changes from the form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// What was typed where, an empty text for nothing.
    pub typed: Vec<(String, String)>,
    /// The same for passwords.
    pub secrets: Vec<(String, String)>,
    /// Where the person is.
    pub step: Option<Step>,
    /// The revision that the form knows.
    pub seen: u64,
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secrets: Vec<&str> = self.secrets.iter().map(|(path, _)| path.as_str()).collect();
        f.debug_struct("Changes").field("typed", &self.typed).field("secrets", &secrets).finish_non_exhaustive()
    }
}

/// The server has taken changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The draft's revision now.
    pub revision: u64,
    /// What another browser typed meanwhile.
    pub elsewhere: Vec<(String, String)>,
    /// Secret fields that the server has.
    pub secrets: Vec<String>,
}

/// The host, as far as the form needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    /// `hostname -f`.
    pub fqdn: String,
    /// Distribution.
    pub os: String,
    /// Kernel.
    pub kernel: String,
    /// Machine type as its firmware names it.
    pub product: String,
    /// Processor's name.
    pub processor: String,
    /// Logical processors.
    pub processors: u32,
    /// Memory in MiB; 0 when not known.
    pub memory_mib: u64,
    /// What the role calls available, in MiB.
    pub available_memory_mib: u64,
    /// In the kernel's order.
    pub interfaces: Vec<Interface>,
    /// IPv4 before IPv6.
    pub default_route: Option<DefaultRoute>,
    /// Of the host.
    pub time_zone: String,
    /// A hosted engine is deployed already.
    pub already_deployed: bool,
}

impl HostFacts {
    /// What the form needs of all facts.
    pub fn of(facts: &Facts) -> Self {
        Self {
            fqdn: facts.fqdn.clone(),
            os: facts.os.clone(),
            kernel: facts.host.kernel.clone(),
            product: facts.host.product.clone(),
            processor: facts.cpu.name.clone(),
            processors: facts.processors,
            memory_mib: facts.memory.total_mib.unwrap_or_default(),
            available_memory_mib: facts.available_memory_mib,
            interfaces: facts.interfaces.clone(),
            default_route: facts.default_route.clone(),
            time_zone: facts.time_zone.clone(),
            already_deployed: facts.already_deployed,
        }
    }

    /// As the rules want it.
    pub fn facts(&self) -> Facts {
        Facts {
            fqdn: self.fqdn.clone(),
            os: self.os.clone(),
            processors: self.processors,
            available_memory_mib: self.available_memory_mib,
            interfaces: self.interfaces.clone(),
            default_route: self.default_route.clone(),
            time_zone: self.time_zone.clone(),
            already_deployed: self.already_deployed,
            ..Facts::default()
        }
    }
}

/// The host was read and the draft judged against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// How long ago.
    pub age_secs: u64,
    /// The draft that was judged.
    pub revision: u64,
    /// The host.
    pub facts: HostFacts,
    /// Every check that concerns this host and these answers.
    pub checks: Vec<Check>,
    /// How many ended how.
    pub summary: Summary,
    /// What is wrong with the answers on this host.
    pub problems: Vec<Problem>,
}

/// Starts a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// Go on through the storage; else the run waits for the storage answers when the VM is ready.
    pub whole: bool,
    /// Checks that may fail.
    pub skip: Vec<String>,
    /// Take the host over from a run that holds it and of which nothing runs.
    pub take_over: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Begun {
    /// The run's id.
    Run(String),
    /// It did not start: a problem or a check keeps it from that.
    Blocked(Box<Judged>),
}

/// An answer file was read into the draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// What it was: `TOML` and the like.
    pub format: String,
    /// What became of keys that are not simply answers.
    pub notices: Vec<Text>,
    /// The draft now.
    pub draft: Draft,
}

/// What a mail server said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailReport {
    /// It took the mail.
    pub accepted: bool,
    /// In a sentence.
    pub verdict: Text,
    /// Both sides' lines: `> MAIL FROM:…`, `< 250 Ok`.
    pub talk: Vec<String>,
}

/// What the storage that the draft names shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// iSCSI targets.
    pub targets: Vec<TargetShown>,
    /// LUNs on Fibre Channel.
    pub luns: Vec<LunShown>,
    /// Exports of an NFS server, or volumes of a Gluster server: what to write as the connection, and more about it.
    pub places: Vec<(String, String)>,
    /// What else is to be said: portals that refused, the room inside an export.
    pub notes: Vec<Text>,
}

/// An iSCSI target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetShown {
    /// Its name.
    pub name: String,
    /// Its portal groups: tag, portals.
    pub groups: Vec<(u16, Vec<String>)>,
    /// Why its LUNs are not shown.
    pub fault: Option<Text>,
    /// Its LUNs.
    pub luns: Vec<LunShown>,
}

/// A LUN as the table shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LunShown {
    /// The answer.
    pub id: String,
    /// Its number at the target, where it has one.
    pub number: Option<u64>,
    /// With two decimals.
    pub size_gib: String,
    /// Vendor and product.
    pub model: String,
    /// Paths that work, and all.
    pub paths: (usize, usize),
    /// Why it cannot be taken; empty when it can.
    pub obstacles: Vec<Text>,
    /// Bytes that no signature explains lie on it.
    pub not_empty: bool,
}

/// The server's side: the wizard of one session.
pub trait Desk: Send + Sync {
    /// What the wizard opens with. Waits for nothing.
    ///
    /// # Errors
    /// When the draft cannot be read.
    fn open(&self) -> Result<Opened, Refused>;
    /// Takes changes.
    ///
    /// # Errors
    /// When the draft cannot be written.
    fn save(&self, changes: Changes) -> Result<Saved, Refused>;
    /// Empties the draft.
    ///
    /// # Errors
    /// When the draft cannot be written.
    fn reset(&self) -> Result<Draft, Refused>;
    /// Reads the host and judges the draft against it.
    fn judge(&self) -> Answering<Judged>;
    /// Starts a run with the draft's answers.
    fn begin(&self, begin: Begin) -> Answering<Begun>;
    /// Gives a run that waits at the gate the draft's storage answers; its id comes back.
    fn finish(&self, run: String) -> Answering<String>;
    /// Reads an answer file into the draft.
    ///
    /// # Errors
    /// When the file is none, or the draft cannot be written.
    fn import(&self, name: String, text: String) -> Result<Imported, Refused>;
    /// Variables and commands of every phase.
    fn commands(&self) -> Answering<String>;
    /// Looks at the storage that the draft names.
    fn discover(&self) -> Answering<Shown>;
    /// Sends a mail as the HA agents would.
    fn test_mail(&self) -> Answering<MailReport>;
}

/// The desk of the request's session, from the context.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct AtDesk(pub std::sync::Arc<dyn Desk>);

#[cfg(feature = "ssr")]
fn desk() -> Result<std::sync::Arc<dyn Desk>, Refused> {
    use_context::<AtDesk>().map(|desk| desk.0).ok_or_else(Refused::no_session)
}

/// What the wizard opens with, while its page is made on the server; in the browser the page brings it along.
pub(crate) fn opened_of_this_page() -> Option<Result<Opened, Refused>> {
    #[cfg(feature = "ssr")]
    return Some(desk().and_then(|desk| desk.open()).map(|mut opened| {
        opened.judged.iter_mut().for_each(|judged| speaks(judged, crate::frame::preferences().lang));
        opened
    }));
    #[cfg(not(feature = "ssr"))]
    None
}

/// Leaves out what the page does not show: whoever chooses the other language gets another page.
#[cfg(feature = "ssr")]
fn speaks(judged: &mut Judged, lang: Lang) {
    for check in &mut judged.checks {
        for text in [&mut check.title, &mut check.evidence, &mut check.remedy] {
            match lang {
                Lang::En => text.ja.clear(),
                Lang::Ja => text.en.clear(),
            }
        }
    }
}

/// What the wizard opens with.
#[server(name = Open, prefix = "/api/v1", endpoint = "draft", input = GetUrl, output = Lean)]
pub async fn open() -> Result<Opened, Refused> {
    desk()?.open()
}

/// Takes changes.
#[server(name = Save, prefix = "/api/v1", endpoint = "draft/save", input = Json, output = Lean)]
pub async fn save(changes: Changes) -> Result<Saved, Refused> {
    desk()?.save(changes)
}

/// Empties the draft.
#[server(name = Reset, prefix = "/api/v1", endpoint = "draft/reset", input = Json, output = Lean)]
pub async fn reset() -> Result<Draft, Refused> {
    desk()?.reset()
}

/// Reads the host and judges the draft.
#[server(name = Judge, prefix = "/api/v1", endpoint = "draft/check", input = Json, output = Lean)]
pub async fn judge() -> Result<Judged, Refused> {
    desk()?.judge().await
}

/// Starts a run.
#[server(name = BeginRun, prefix = "/api/v1", endpoint = "draft/begin", input = Json, output = Lean)]
pub async fn begin(begin: Begin) -> Result<Begun, Refused> {
    desk()?.begin(begin).await
}

/// Opens a run's gate.
#[server(name = FinishRun, prefix = "/api/v1", endpoint = "draft/finish", input = Json, output = Lean)]
pub async fn finish(run: String) -> Result<String, Refused> {
    desk()?.finish(run).await
}

/// Reads an answer file.
#[server(name = Import, prefix = "/api/v1", endpoint = "draft/import", input = Json, output = Lean)]
pub async fn import(name: String, text: String) -> Result<Imported, Refused> {
    desk()?.import(name, text)
}

/// Variables and commands.
#[server(name = Commands, prefix = "/api/v1", endpoint = "draft/commands", input = GetUrl, output = Lean)]
pub async fn commands() -> Result<String, Refused> {
    desk()?.commands().await
}

/// Looks at the storage.
#[server(name = Discover, prefix = "/api/v1", endpoint = "draft/discover", input = Json, output = Lean)]
pub async fn discover() -> Result<Shown, Refused> {
    desk()?.discover().await
}

/// Sends a mail.
#[server(name = TestMail, prefix = "/api/v1", endpoint = "draft/test-mail", input = Json, output = Lean)]
pub async fn test_mail() -> Result<MailReport, Refused> {
    desk()?.test_mail().await
}
