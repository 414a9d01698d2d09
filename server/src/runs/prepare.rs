//! From answers to a run: read the host, fill what was left open, judge, plan.

use super::driver::Prepared;
use super::journal::now;
use super::store::{RunFolder, Runs, StoreError};
use crate::preflight::GatherError;
use crate::ssh::Session;
use crate::storage;
use hosted_deploy_model::answers::{Answers, Storage};
use hosted_deploy_model::check::{self, Check, Status};
use hosted_deploy_model::defaults::{Filled, Fixed, Random, fill};
use hosted_deploy_model::event::Kind;
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::role::HandOver;

/// What is known before anything is touched.
#[derive(Debug)]
pub struct Preparation {
    /// The answers, nothing left open that the host could tell.
    pub answers: Answers,
    /// What was filled in, and why.
    pub filled: Vec<Filled>,
    /// What the host is.
    pub facts: Facts,
    /// What is wrong with the answers on this host. While there is anything, nothing is planned.
    pub problems: Vec<Problem>,
    /// Every requirement, judged. While one blocks, nothing is planned.
    pub checks: Vec<Check>,
    /// Values that all phases of a run made of this will share.
    pub fixed: Fixed,
    began: u64,
}

impl Preparation {
    /// Reads the host over `root`, and the storage that the answers name, and judges the answers against them. Changes
    /// nothing there.
    ///
    /// # Errors
    /// When the host cannot be read.
    pub async fn gather(root: &Session, mut answers: Answers) -> Result<Self, GatherError> {
        let began = now();
        let facts = storage::gather_all(root, &answers).await?;
        let random = random();
        let filled = fill(&mut answers, &facts, &random);
        let problems = answers.problems(Some(&facts));
        let checks = check::checks(&answers, &facts);
        let fixed = Fixed::new(&answers, &facts, &random);
        Ok(Self { answers, filled, facts, problems, checks, fixed, began })
    }

    /// What a run from `first` on would do.
    pub fn plan(&self, first: Phase) -> Plan {
        let host = &self.answers.host;
        let name = host.fqdn.as_deref().or(host.address.as_deref()).unwrap_or_default();
        Plan::deployment(name, self.answers.engine_vm.fqdn.as_deref().unwrap_or_default(), first)
    }

    /// What the run keeps of this.
    pub fn prepared(&self) -> Prepared {
        Prepared {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fixed: self.fixed.clone(),
            hand_over: HandOver::default(),
            systemd: self.facts.systemd,
            ansible_core: self.facts.ansible.core.clone(),
            source: None,
            take_over: false,
        }
    }

    /// Makes a run of it: its folder, and the journal with the plan and the preflight that has passed. `why` it begins where it
    /// does, of a retry.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn create(
        &self,
        runs: &Runs,
        plan: &Plan,
        prepared: &Prepared,
        why: Option<&Text>,
    ) -> Result<RunFolder, StoreError> {
        let (folder, mut journal) = runs.create(&new_id(self.began), plan)?;
        folder.write("answers.json", &self.answers)?;
        folder.write("facts.json", &self.facts)?;
        folder.write("plan.json", prepared)?;
        let preflight = Some(Phase::Preflight);
        journal.append(preflight, None, Kind::PhaseStarted)?;
        if let Some(text) = why.cloned() {
            journal.append(preflight, None, Kind::Notice { text })?;
        }
        for check in self.checks.iter().filter(|check| check.status == Status::Failed) {
            let skipped = if check.overridden { (" (skipped)", " (スキップ)") } else { ("", "") };
            let (en, ja) = (&check.title.en, &check.title.ja);
            let text = Text::new(
                format!("{}{}: {en}: {}", check.id, skipped.0, check.evidence.en),
                format!("{}{}: {ja}: {}", check.id, skipped.1, check.evidence.ja),
            );
            journal.append(preflight, None, Kind::Notice { text })?;
        }
        journal.append(preflight, None, Kind::PhaseEnded { ok: true, how: "no check blocks".to_owned() })?;
        journal.sync()?;
        Ok(folder)
    }
}

/// Gives a run that waits at the gate its storage answers; the next driver goes on with them. The answers come back,
/// without their secrets.
///
/// # Errors
/// When the run's folder cannot be read or written.
pub fn bring_storage(folder: &RunFolder, storage: Option<Storage>) -> Result<Answers, StoreError> {
    let mut answers: Answers = folder.load("answers.json")?;
    answers.storage = storage;
    folder.write("answers.json", &answers)?;
    Ok(answers)
}

/// A run's id: sorts by time, is short enough to be typed, and safe in a unit's name.
fn new_id(at: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at).unwrap_or_default()).unwrap_or_default();
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{}", at.strftime("%Y%m%d-%H%M%S"), random.get(..4).unwrap_or_default())
}

/// New random bytes.
pub fn random() -> Random {
    let mut bytes = [0; 64];
    for chunk in bytes.chunks_exact_mut(16) {
        chunk.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_says_in_its_journal_why_it_begins_where_it_does() {
        let state = tempfile::tempdir().unwrap();
        let preparation = Preparation {
            answers: Answers::default(),
            filled: Vec::new(),
            facts: Facts::default(),
            problems: Vec::new(),
            checks: Vec::new(),
            fixed: Fixed::default(),
            began: 0,
        };
        let runs = Runs::open(state.path()).unwrap();
        let plan = preparation.plan(Phase::CreateStorageDomain);
        let why = Text::new("it was the storage", "ストレージが原因です");
        let notices = |why: Option<&Text>| {
            let folder = preparation.create(&runs, &plan, &preparation.prepared(), why).unwrap();
            std::fs::read_to_string(folder.journal()).unwrap().matches("it was the storage").count()
        };
        assert_eq!((notices(Some(&why)), notices(None)), (1, 0));
    }

    #[test]
    fn ids_sort_by_time_and_fit_into_a_unit_s_name() {
        let (first, second) = (new_id(1_795_236_000_000), new_id(1_795_236_001_000));
        assert!(first < second, "{first} {second}");
        assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
}
