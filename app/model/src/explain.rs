//! [`explain`]: a failure of the role in plain words, with what to do.
//!
//! Each [`Explanation`] is known from the role's own tasks (names and messages of ovirt.ovirt 3.2.x) or from what
//! users reported; the first that matches is shown. What none matches is shown as the role said it.

use crate::event::Cause;
use crate::lang::Lang;
use crate::phase::Phase;
use serde::Serialize;

/// A known failure.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Stable name, for tests, documentation and bug reports.
    pub id: &'static str,
    /// Phases it can happen in; empty: any.
    #[serde(skip)]
    phases: &'static [Phase],
    /// The task's name contains this; empty: any task.
    #[serde(skip)]
    task: &'static str,
    /// The message contains one of these, whatever the case; empty: any message.
    #[serde(skip)]
    message: &'static [&'static str],
    /// Why it happened, English and Japanese.
    why: (&'static str, &'static str),
    /// What to do, English and Japanese.
    remedy: (&'static str, &'static str),
    /// Path of the answer to change, if changing one helps.
    pub field: Option<&'static str>,
}

impl Explanation {
    /// Why it happened.
    pub const fn why(&self, lang: Lang) -> &'static str {
        lang.pick(self.why.0, self.why.1)
    }

    /// What to do.
    pub const fn remedy(&self, lang: Lang) -> &'static str {
        lang.pick(self.remedy.0, self.remedy.1)
    }

    fn matches(&self, phase: Phase, cause: &Cause) -> bool {
        let said = |text: &str| self.message.iter().any(|part| text.to_lowercase().contains(&part.to_lowercase()));
        (self.phases.is_empty() || self.phases.contains(&phase))
            && cause.task.contains(self.task)
            && (self.message.is_empty() || said(&cause.message) || cause.also.iter().any(|text| said(text)))
    }
}

/// The explanation of a failure, if it is a known one.
pub fn explain(phase: Phase, cause: &Cause) -> Option<&'static Explanation> {
    crate::known_failures::known_failures().find(|known| known.matches(phase, cause))
}

impl Explanation {
    pub(crate) const fn new(
        id: &'static str,
        phases: &'static [Phase],
        (task, message): (&'static str, &'static [&'static str]),
        why: (&'static str, &'static str),
        remedy: (&'static str, &'static str),
        field: Option<&'static str>,
    ) -> Self {
        Self { id, phases, task, message, why, remedy, field }
    }

    /// For the table's own test: what this entry says it matches.
    #[cfg(test)]
    pub(crate) fn example(&self) -> (Phase, Cause) {
        let phase = self.phases.first().copied().unwrap_or(Phase::BootstrapLocalVm);
        let message = self.message.first().copied().unwrap_or_default().to_owned();
        (phase, Cause { task: self.task.to_owned(), message, also: Vec::new() })
    }
}
