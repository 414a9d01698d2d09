//! What leads to a run, for the first time or again: the host is read, the answers are judged, the plan is made. Nothing is
//! changed on the host, and nothing is written until [`Proposal::create`].

use super::driver::{Prepared, handed_over};
use super::host::{Host, HostError};
use super::prepare::Preparation;
use super::store::{RunFolder, Runs, StoreError};
use crate::preflight::GatherError;
use crate::ssh::Session;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{OverrideError, blocked, go_on, override_checks};
use hosted_deploy_model::edited::Changed;
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::{Plan, retry_from};
use hosted_deploy_model::role::HandOver;
use std::path::PathBuf;

/// A deployment that somebody wants.
#[derive(Debug, Default)]
pub struct Wish {
    /// With every secret.
    pub answers: Answers,
    /// The file they came from.
    pub source: Option<PathBuf>,
    /// Checks that may fail.
    pub skip_checks: Vec<String>,
    /// Take the host from a run of which nothing runs.
    pub take_over: bool,
    /// Where to begin, if not where it makes sense.
    pub first: Option<Phase>,
    /// What a run before was made of and handed over.
    pub before: Option<Prepared>,
    /// The run that is tried again.
    pub retry: Option<Retried>,
}

/// A run that ended and is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retried {
    /// Its id.
    pub id: String,
    /// The phase that it ended in.
    pub failed: Phase,
    /// What it was asked, without secrets.
    pub answers: Answers,
}

/// Why a run cannot be tried again.
#[derive(Debug, thiserror::Error)]
pub enum NotRetried {
    /// Its folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has not ended.
    #[error("the run has not ended: cancel it first")]
    GoesOn,
    /// There is nothing to try again.
    #[error("the run has succeeded")]
    Succeeded,
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// The host cannot be read.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// A check that is to be skipped.
    #[error(transparent)]
    Skip(#[from] OverrideError),
    /// The host did not say what an earlier run left.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// A run that could be made.
#[derive(Debug)]
pub struct Proposal {
    /// Host and answers, judged.
    pub preparation: Preparation,
    /// What it would do.
    pub plan: Plan,
    /// What it would be made of.
    pub prepared: Prepared,
    /// Why it begins where it does; only of a retry.
    pub why: Option<Text>,
}

impl Retried {
    /// From a run's folder: the run, and what it was made of and was handed over.
    ///
    /// # Errors
    /// When it goes on, or has succeeded.
    pub fn of(folder: &RunFolder) -> Result<(Self, Prepared), NotRetried> {
        let run = folder.read()?;
        let failed = match &run.outcome {
            None => return Err(NotRetried::GoesOn),
            Some(_) if folder.is_driven()? => return Err(NotRetried::GoesOn),
            Some(Outcome::Succeeded { .. }) => return Err(NotRetried::Succeeded),
            Some(Outcome::Failed { phase, .. } | Outcome::Interrupted { phase, .. }) => *phase,
            Some(Outcome::Cancelled { phase }) => phase.unwrap_or(Phase::InitialClean),
        };
        let before: Prepared = folder.load("plan.json")?;
        let before = Prepared { hand_over: handed_over(folder, &before)?, ..before };
        Ok((Self { id: run.id, failed, answers: folder.load("answers.json")? }, before))
    }
}

impl Wish {
    /// Reads the host over `root` and makes the plan.
    ///
    /// # Errors
    /// When the host cannot be read. What is wrong with host and answers is no error: see [`Proposal::is_blocked`].
    pub async fn propose(self, root: &Session) -> Result<Proposal, ProposeError> {
        let mut preparation = Preparation::gather(root, self.answers).await?;
        override_checks(&mut preparation.checks, &self.skip_checks)?;
        let (usual, why) = match &self.retry {
            // Only a retry cares, and only there virsh is on the host for sure.
            Some(retried) => {
                let local_vm_runs = Host::new(root.clone(), "").local_vm_runs().await?;
                let changed = Changed::between(&retried.answers, &preparation.answers);
                let (phase, why) = retry_from(retried.failed, local_vm_runs, changed);
                (phase, Some(why))
            }
            None => (Phase::InitialClean, None),
        };
        let first = self.first.unwrap_or(usual);
        if self.retry.is_some() || first > Phase::InitialClean {
            go_on(&mut preparation.checks);
        }
        let plan = Plan { retry_of: self.retry.map(|retried| retried.id), ..preparation.plan(first) };
        let fresh = preparation.prepared();
        let (fixed, hand_over) = match self.before {
            // A local engine VM that is kept was made with these ids.
            Some(before) if first > Phase::InitialClean => (before.fixed, before.hand_over),
            _ => (fresh.fixed.clone(), HandOver::default()),
        };
        let prepared = Prepared { fixed, hand_over, source: self.source, take_over: self.take_over, ..fresh };
        Ok(Proposal { preparation, plan, prepared, why })
    }
}

impl Proposal {
    /// Something keeps the deployment from starting: `preparation.problems` and the checks that block.
    pub fn is_blocked(&self) -> bool {
        !self.preparation.problems.is_empty() || blocked(&self.preparation.checks)
    }

    /// Makes the run. It waits for a driver.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn create(&self, runs: &Runs) -> Result<RunFolder, StoreError> {
        self.preparation.create(runs, &self.plan, &self.prepared, self.why.as_ref())
    }
}
