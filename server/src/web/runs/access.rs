//! Which runs a session may see, and which of them it may act on.

use crate::reach;
use crate::runs::store::{RunFolder, Runs};
use crate::ssh::Target;
use crate::web::session::Session;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::run::Run;
use std::path::Path;
use std::sync::Arc;

/// A run that a session may see: it is on the session's host.
#[derive(Clone, Debug)]
pub(in crate::web) struct Seen {
    pub(in crate::web) folder: RunFolder,
    pub(in crate::web) run: Run,
    /// Without secrets.
    pub(in crate::web) answers: Answers,
    /// The account that the run works as.
    pub(in crate::web) account: String,
    /// The session is that account's. Others must not use what the run may do.
    pub(in crate::web) may_act: bool,
    /// Whose eyes these are.
    pub(in crate::web) session: Arc<Session>,
}

impl Seen {
    /// The run of exactly this id; `None` when there is none, or none for this session.
    pub(in crate::web) fn find(state: &Path, session: &Arc<Session>, id: &str) -> Option<Self> {
        let folder = Runs::open(state).and_then(|runs| runs.find(id)).ok().filter(|folder| folder.id == id)?;
        match folder.read() {
            Ok(run) => Self::of(folder, run, session),
            Err(error) => {
                tracing::warn!(%error, run = id, "the run cannot be shown");
                None
            }
        }
    }

    /// A run that was read.
    pub(in crate::web) fn of(folder: RunFolder, run: Run, session: &Arc<Session>) -> Option<Self> {
        // A run without answers is on the host that its plan names, and nobody's to act on.
        let answers: Option<Answers> = folder.load("answers.json").ok();
        let target = answers.as_ref().map(reach::target);
        let named = |target: &Target| target.host_port() == session.at;
        if !(target.as_ref().is_some_and(named) || target.is_none() && run.plan.host == session.address) {
            return None;
        }
        let may_act = target.as_ref().is_some_and(|target| target.user == session.user);
        let account = target.map(|target| target.user).unwrap_or_default();
        Some(Self { folder, run, answers: answers.unwrap_or_default(), account, may_act, session: Arc::clone(session) })
    }
}
