//! [`Check`]: a requirement with its verdict, and what a list of them means.

use super::catalogue;
use super::rule::{Group, Rule, Severity, Step, Verdict};
use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Met.
    Passed,
    /// Not met.
    Failed,
    /// What it needs could not be read.
    CouldNotRun,
    /// It does not concern this host or these answers.
    NotApplicable,
}

/// One requirement, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable id.
    pub id: String,
    /// Group.
    pub group: Group,
    /// What failing means.
    pub severity: Severity,
    /// The verdict.
    pub status: Status,
    /// It cannot be overridden.
    pub mandatory: bool,
    /// Somebody decided to go on although it failed.
    pub overridden: bool,
    /// The requirement.
    pub title: Text,
    /// What was read.
    pub evidence: Text,
    /// What to do; empty unless it failed.
    pub remedy: Text,
    /// Commands or settings that do it, in order.
    pub commands: Vec<String>,
    /// Where it is described: file and anchor below the documentation.
    pub doc: String,
    /// Wizard step with the answer it hangs on.
    pub step: Step,
    /// Path of that answer; empty when the host must change.
    pub field: String,
}

impl Check {
    pub(super) fn judged(rule: &Rule, verdict: Verdict) -> Self {
        let (status, evidence, commands) = match verdict {
            Verdict::Passed(evidence) => (Status::Passed, evidence, Vec::new()),
            Verdict::Failed(evidence, commands) => (Status::Failed, evidence, commands),
            Verdict::Unknown(evidence) => (Status::CouldNotRun, evidence, Vec::new()),
            Verdict::NotApplicable(evidence) => (Status::NotApplicable, evidence, Vec::new()),
        };
        let remedy = if status == Status::Failed { rule.remedy } else { ("", "") };
        Self {
            id: rule.id.to_owned(),
            group: rule.group,
            severity: rule.severity,
            status,
            mandatory: rule.mandatory,
            overridden: false,
            title: Text::new(rule.title.0, rule.title.1),
            evidence,
            remedy: Text::new(remedy.0, remedy.1),
            commands,
            doc: format!("checks.md#{}", rule.id),
            step: rule.step,
            field: rule.field.to_owned(),
        }
    }

    /// It keeps a deployment from starting.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Blocker && self.status == Status::Failed && !self.overridden
    }
}

/// For a deployment that goes on or is tried again: what earlier phases left is no fault of the host.
pub fn go_on(checks: &mut [Check]) {
    let left = |check: &&mut Check| {
        let rule = catalogue().find(|rule| rule.id == check.id);
        check.status == Status::Failed && rule.is_some_and(|rule| rule.of_deployment)
    };
    for check in checks.iter_mut().filter(left) {
        check.status = Status::NotApplicable;
        check.remedy = Text::new("", "");
        check.commands.clear();
    }
}

/// Some check keeps the deployment from starting.
pub fn blocked(checks: &[Check]) -> bool {
    checks.iter().any(Check::blocks)
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Met.
    pub passed: usize,
    /// Blockers that failed.
    pub blockers: usize,
    /// Blockers that failed and were overridden.
    pub overridden: usize,
    /// Warnings that failed.
    pub warnings: usize,
    /// Advice that is not followed.
    pub advice: usize,
    /// Not known.
    pub could_not_run: usize,
    /// Not applicable.
    pub not_applicable: usize,
}

impl Summary {
    /// Counts.
    pub fn of(checks: &[Check]) -> Self {
        let mut summary = Self::default();
        for check in checks {
            *match (check.status, check.severity) {
                (Status::Passed, _) => &mut summary.passed,
                (Status::CouldNotRun, _) => &mut summary.could_not_run,
                (Status::NotApplicable, _) => &mut summary.not_applicable,
                (Status::Failed, _) if check.overridden => &mut summary.overridden,
                (Status::Failed, Severity::Blocker) => &mut summary.blockers,
                (Status::Failed, Severity::Warning) => &mut summary.warnings,
                (Status::Failed, Severity::Advice) => &mut summary.advice,
            } += 1;
        }
        summary
    }
}

/// Why an override is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// There is no such check.
    #[error("there is no check {0:?}; `hosted-deploy check --json` lists the ids")]
    Unknown(String),
    /// It cannot be overridden.
    #[error("the check {0:?} cannot be skipped: a deployment cannot succeed, or would destroy something, without it")]
    Mandatory(String),
}

/// Marks the checks of these ids as overridden. A mandatory one cannot be; one that did not fail stays as it is.
///
/// # Errors
/// The first id that is unknown or mandatory; nothing is changed then.
pub fn override_checks<S: AsRef<str>>(checks: &mut [Check], ids: &[S]) -> Result<(), OverrideError> {
    for id in ids.iter().map(AsRef::as_ref) {
        match checks.iter().find(|check| check.id == id) {
            None => return Err(OverrideError::Unknown(id.to_owned())),
            Some(check) if check.mandatory => return Err(OverrideError::Mandatory(id.to_owned())),
            Some(_) => {}
        }
    }
    let chosen = |check: &&mut Check| ids.iter().any(|id| id.as_ref() == check.id) && check.status == Status::Failed;
    checks.iter_mut().filter(chosen).for_each(|check| check.overridden = true);
    Ok(())
}
