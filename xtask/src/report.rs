//! What ran, how it ended, and why something did not: one table at the end, counts in its last line.

use anyhow::Result;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many, of whatever a step counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Went well.
    pub(crate) passed: usize,
    /// Did not.
    pub(crate) failed: usize,
    /// Did not run.
    pub(crate) skipped: usize,
    /// What was counted, or why something was skipped.
    pub(crate) note: String,
}

impl Outcome {
    /// All well.
    pub(crate) fn passed(count: usize, note: impl Into<String>) -> Self {
        Self { passed: count, note: note.into(), ..Self::default() }
    }

    /// Did not run, and why.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { skipped: 1, note: why.into(), ..Self::default() }
    }
}

struct Row {
    layer: &'static str,
    step: String,
    outcome: Outcome,
    took: Duration,
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Runs one step, says how it ended; an error is one failure and the next step still runs.
    pub(crate) fn step(&mut self, layer: &'static str, step: &str, act: impl FnOnce() -> Result<Outcome>) -> bool {
        eprintln!("\n──── {layer}: {step}");
        let began = Instant::now();
        let outcome = act().unwrap_or_else(|error| {
            eprintln!("xtask: {step}: {error:#}");
            Outcome { failed: 1, note: first_line(&format!("{error:#}")), ..Outcome::default() }
        });
        if outcome.skipped > 0 && outcome.passed + outcome.failed == 0 {
            eprintln!("\n!!!! SKIPPED: {layer}: {step}: {}", outcome.note);
        }
        let good = outcome.failed == 0;
        self.rows.push(Row { layer, step: step.to_owned(), outcome, took: began.elapsed() });
        good
    }

    /// Prints the table and maps it to the exit code.
    pub(crate) fn close(&self) -> ExitCode {
        println!("\n{}", self.table());
        println!("{}", self.last_line());
        if self.rows.iter().any(|row| row.outcome.failed > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.step.chars().count()).max().unwrap_or(0);
        let mut text = format!(
            "{:<6} {:<width$} {:>6} {:>6} {:>7} {:>8}  note\n",
            "layer", "step", "passed", "failed", "skipped", "seconds"
        );
        for Row { layer, step, outcome, took } in &self.rows {
            let Outcome { passed, failed, skipped, note } = outcome;
            let secs = took.as_secs_f32();
            text += format!("{layer:<6} {step:<width$} {passed:>6} {failed:>6} {skipped:>7} {secs:>8.1}  {note}")
                .trim_end();
            text.push('\n');
        }
        text
    }

    fn last_line(&self) -> String {
        let sum = |of: fn(&Outcome) -> usize| self.rows.iter().map(|row| of(&row.outcome)).sum::<usize>();
        format!("{} passed, {} failed, {} skipped", sum(|o| o.passed), sum(|o| o.failed), sum(|o| o.skipped))
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_failure_and_the_rest_goes_on() {
        let mut report = Report::default();
        assert!(!report.step("check", "broken", || anyhow::bail!("it broke\nand how")));
        assert!(report.step("check", "sound", || Ok(Outcome::passed(3, "things"))));
        assert!(report.step("lab", "all", || Ok(Outcome::skipped("no namespaces"))));
        assert_eq!(report.last_line(), "3 passed, 1 failed, 1 skipped");
        assert_eq!(report.close(), ExitCode::FAILURE);
        let table = report.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().any(|line| line.starts_with("check  broken") && line.ends_with("it broke")), "{table}");
        assert!(lines.iter().any(|line| line.starts_with("lab    all") && line.ends_with("no namespaces")), "{table}");
    }

    #[test]
    fn nothing_failed_is_success_even_when_something_was_skipped() {
        let mut report = Report::default();
        report.step("lab", "all", || Ok(Outcome::skipped("not root")));
        assert_eq!(report.close(), ExitCode::SUCCESS);
    }
}
