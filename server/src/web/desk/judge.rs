//! Reads the host and judges the draft against it.

use super::Desk;
use crate::preflight::GatherError;
use crate::runs::prepare::Preparation;
use crate::ssh::Session;
use crate::told;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_app::wizard::api::{HostFacts, Judged};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{Check, Status, Summary};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::storage::Query;
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use tokio::sync::OwnedMutexGuard;

/// The host was read, and a draft judged.
#[derive(Clone, Debug)]
pub(in crate::web) struct Judgement {
    pub(super) at: Instant,
    pub(super) revision: u64,
    pub(super) facts: Facts,
    checks: Vec<Check>,
    problems: Vec<Problem>,
}

impl Judgement {
    pub(super) fn of(preparation: &Preparation, revision: u64, typed: Vec<Problem>) -> Self {
        let problems = typed.into_iter().chain(preparation.problems.iter().cloned()).collect();
        Self {
            at: Instant::now(),
            revision,
            facts: preparation.facts.clone(),
            checks: preparation.checks.clone(),
            problems,
        }
    }

    pub(super) fn shown(&self) -> Judged {
        // What does not concern this host and these answers is no news, and it is half of them.
        let checks = self.checks.iter().filter(|check| check.status != Status::NotApplicable).cloned().collect();
        Judged {
            age_secs: self.at.elapsed().as_secs(),
            revision: self.revision,
            facts: HostFacts::of(&self.facts),
            checks,
            summary: Summary::of(&self.checks),
            problems: self.problems.clone(),
        }
    }
}

impl Desk {
    /// What was judged last.
    pub(super) fn known(&self) -> Option<Judged> {
        self.last().map(|judgement| judgement.shown())
    }

    pub(super) async fn judged_now(&self) -> Result<Judged, Refused> {
        let draft = self.draft()?;
        let (mut answers, typed) = self.answers(&draft);
        // A kind alone names no storage that could be looked at.
        answers.storage = answers.storage.filter(|storage| Query::of(storage).is_some());
        let preparation = self.gather(answers).await?;
        Ok(self.keep(Judgement::of(&preparation, draft.revision, typed)).shown())
    }

    /// Reads the host for these answers.
    pub(super) async fn gather(&self, answers: Answers) -> Result<Preparation, Refused> {
        let (root, _turn) = self.turn().await?;
        Preparation::gather(&root, answers).await.map_err(|error| unread(&error))
    }

    /// Root on the host, and the right to read it: two that do so at once would only slow each other down.
    pub(super) async fn turn(&self) -> Result<(Session, OwnedMutexGuard<()>), Refused> {
        let way = self.session.way()?;
        let turn = {
            let mut reading = self.desks.reading.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(reading.entry(self.host().to_owned()).or_default())
        };
        let turn = turn.lock_owned().await;
        Ok((way.root().await?, turn))
    }
}

/// Why the host could not be read, and what to do.
pub(super) fn unread(error: &GatherError) -> Refused {
    let next = match error {
        GatherError::Command(error) => Text::new(error.advice(Lang::En), error.advice(Lang::Ja)),
        _ => Text::new(
            "Try again; if it stays so, run `hosted-deploy check` on the command line, which says more.",
            "再試行してください。解決しない場合は、コマンドラインで `hosted-deploy check` を実行すると詳細が表示されます。",
        ),
    };
    Refused::new(told::in_sentence(error, "{}.", "{}。"), next)
}
