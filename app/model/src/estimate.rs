//! [`Estimate`]: how long a run will take, by what earlier runs took.
//!
//! A phase that ended well in an earlier run counts with its whole time. Where no run has done the phase yet, the plan's
//! usual minutes stand in, and the estimate says so.

use crate::phase::Phase;
use crate::plan::Plan;
use crate::run::{PhaseProgress, PhaseStatus, Run};
use serde::{Deserialize, Serialize};

/// More of the past tells nothing: hosts and storage change.
const MOST_RUNS: usize = 5;

/// What each phase of a plan will probably take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// In the plan's order.
    pub phases: Vec<PhaseEstimate>,
}

/// What one phase will probably take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseEstimate {
    /// Which.
    pub phase: Phase,
    /// Milliseconds.
    pub usual_ms: u64,
    /// Earlier runs that this is the median of; 0: the plan's own guess.
    pub runs: u32,
}

/// What is left of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Milliseconds.
    pub ms: u64,
    /// Every phase that is left was measured before.
    pub measured: bool,
    /// The phase that runs takes longer than it usually does.
    pub late: bool,
}

impl Estimate {
    /// For a plan. `earlier` are other runs, newest first.
    pub fn new<'a>(plan: &Plan, earlier: impl IntoIterator<Item = &'a Run>) -> Self {
        let earlier: Vec<&Run> = earlier.into_iter().collect();
        let estimate = |phase, (from, to): (u32, u32)| {
            let done = earlier.iter().filter_map(|run| run.phase(phase)).filter_map(took);
            match median(done.take(MOST_RUNS).collect()) {
                Some((usual_ms, runs)) => PhaseEstimate { phase, usual_ms, runs },
                None => PhaseEstimate { phase, usual_ms: u64::from(from + to) * 30_000, runs: 0 },
            }
        };
        Self { phases: plan.phases.iter().map(|planned| estimate(planned.phase, planned.minutes)).collect() }
    }

    /// Of one phase.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseEstimate> {
        self.phases.iter().find(|estimate| estimate.phase == phase)
    }

    /// What is left at `now` (milliseconds since 1970-01-01 UTC, the clock of the run's events). `None` when the run has ended
    /// or waits for somebody: nobody knows how long that takes.
    pub fn remaining(&self, run: &Run, now: u64) -> Option<Remaining> {
        if run.outcome.is_some() || run.waiting.is_some() {
            return None;
        }
        let mut left = Remaining { ms: 0, measured: true, late: false };
        for progress in &run.phases {
            let Some(estimate) = self.phase(progress.phase) else { continue };
            match (progress.status, progress.started) {
                (PhaseStatus::Done | PhaseStatus::Failed, _) => continue,
                (PhaseStatus::Running, Some(started)) => {
                    let spent = now.saturating_sub(started);
                    left.ms += estimate.usual_ms.saturating_sub(spent);
                    left.late = spent > estimate.usual_ms;
                }
                _ => left.ms += estimate.usual_ms,
            }
            left.measured &= estimate.runs > 0;
        }
        Some(left)
    }
}

/// Milliseconds that a phase took which ended well.
fn took(progress: &PhaseProgress) -> Option<u64> {
    match (progress.status, progress.started, progress.ended) {
        (PhaseStatus::Done, Some(started), Some(ended)) => Some(ended.saturating_sub(started)),
        _ => None,
    }
}

/// The middle one, the longer of two, and of how many.
fn median(mut times: Vec<u64>) -> Option<(u64, u32)> {
    times.sort_unstable();
    let middle = times.get(times.len() / 2)?;
    Some((*middle, u32::try_from(times.len()).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Waiting;

    /// A run in which each of these phases took so long, one after the other from 0 on.
    fn run(done: &[(Phase, u64)]) -> Run {
        let plan = Plan::deployment("h", "e", Phase::InitialClean);
        let event = crate::event::Event {
            run: "r".into(),
            seq: 1,
            at: 0,
            phase: None,
            offset: None,
            kind: crate::event::Kind::Planned { plan },
        };
        let mut run = Run::begin(&event).unwrap();
        let mut at = 0;
        for (phase, ms) in done {
            let progress = run.phases.iter_mut().find(|progress| progress.phase == *phase).unwrap();
            (progress.status, progress.started) = (PhaseStatus::Done, Some(at));
            at += ms;
            progress.ended = Some(at);
        }
        run
    }

    #[test]
    fn a_phase_takes_what_it_took_in_the_middle_of_the_newest_runs() {
        let earlier: Vec<Run> =
            [90, 10, 20, 30, 40, 9_000].iter().map(|&secs| run(&[(Phase::InitialClean, secs * 1000)])).collect();
        let plan = Plan::deployment("h", "e", Phase::InitialClean);
        let estimate = Estimate::new(&plan, &earlier);
        let clean = estimate.phase(Phase::InitialClean).unwrap();
        assert_eq!((clean.usual_ms, clean.runs), (30_000, 5), "the sixth is too old to count");
        let bootstrap = estimate.phase(Phase::BootstrapLocalVm).unwrap();
        assert_eq!((bootstrap.usual_ms, bootstrap.runs), (40 * 60_000, 0), "20 to 60 minutes, never measured");
    }

    #[test]
    fn what_failed_or_was_cut_off_says_nothing_about_the_next_time() {
        let mut failed = run(&[(Phase::Preflight, 1), (Phase::InitialClean, 7_000)]);
        failed.phases[1].status = PhaseStatus::Failed;
        let estimate = Estimate::new(&Plan::deployment("h", "e", Phase::InitialClean), [&failed]);
        assert_eq!(estimate.phase(Phase::InitialClean).unwrap().runs, 0);
        assert_eq!(estimate.phase(Phase::Preflight).unwrap().runs, 1);
    }

    #[test]
    fn what_is_left_shrinks_with_the_time_and_never_below_the_phases_to_come() {
        let times = Phase::DEPLOYMENT.map(|phase| (phase, 10_000));
        let estimate = Estimate::new(&Plan::deployment("h", "e", Phase::InitialClean), [&run(&times)]);
        let mut now = run(&[(Phase::Preflight, 1_000), (Phase::InitialClean, 9_000)]);
        now.phases[2].status = PhaseStatus::Running;
        now.phases[2].started = Some(10_000);
        let left = |at| estimate.remaining(&now, at).unwrap();
        assert_eq!(left(10_000), Remaining { ms: 40_000, measured: true, late: false });
        assert_eq!(left(14_000), Remaining { ms: 36_000, measured: true, late: false });
        assert_eq!(left(99_000), Remaining { ms: 30_000, measured: true, late: true });
        assert_eq!(left(0).ms, 40_000, "a clock that went back does no harm");
    }

    #[test]
    fn nobody_knows_how_long_a_person_takes() {
        let estimate = Estimate::new(&Plan::deployment("h", "e", Phase::InitialClean), []);
        let mut waiting = run(&[]);
        assert!(!estimate.remaining(&waiting, 0).unwrap().measured);
        waiting.waiting = Some(Waiting::Storage { missing: Vec::new() });
        assert_eq!(estimate.remaining(&waiting, 0), None);
    }
}
