//! `bench`: each measurement runs beside a peer in the same run, by turns, so that a busy machine slows both.

mod measure;
mod preflight;
mod pxe;

use crate::build::{Profile, build};
use crate::command::{command, line, output};
use crate::{browser, install, python, repo};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

type Measurement = fn() -> Result<()>;

const ALL: [(&str, Measurement); 4] =
    [("answers", answers), ("preflight", preflight::preflight), ("pxe", pxe::pxe), ("web", web)];
const ROUNDS: usize = 15;

/// `bench client …`: a client of a measurement, as a process of its own.
pub(crate) fn client(words: &[&str]) -> Result<ExitCode> {
    pxe::client::main(words).map(|()| ExitCode::SUCCESS)
}

/// `cargo xtask bench [NAME]`.
pub(crate) fn main(name: Option<&str>) -> Result<ExitCode> {
    let wanted: Vec<_> = ALL.iter().filter(|(known, _)| name.is_none_or(|name| name == *known)).collect();
    if wanted.is_empty() {
        bail!(
            "there is no measurement {:?}; there are: {}",
            name.unwrap_or_default(),
            ALL.map(|(known, _)| known).join(", ")
        );
    }
    for (known, measure) in wanted {
        println!("{known}");
        measure()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// From the start of the process to the verdict over an answers file; the peer starts an interpreter and parses the same
/// file, which is what a Python tool has done before it can check anything.
fn answers() -> Result<()> {
    install::apt(&["python3"])?;
    let binary = build(Profile::Release)?;
    let file = repo::root().join("examples/lab-nfs.toml");
    let mut ours = command(binary);
    ours.args(["answers", "validate"]).arg(&file);
    let mut peer = command(python::PYTHON);
    peer.args(["-c", "import sys, tomllib; tomllib.load(open(sys.argv[1], 'rb'))"]).arg(&file);
    race(&mut ours, &mut peer, ROUNDS).map(drop)
}

/// The pages beside Cockpit: what a first visit costs, what idle sessions hold, how fast an answer is (`end2end/bench`).
fn web() -> Result<()> {
    install::apt(&["cockpit-ws", "cockpit-bridge", "cockpit-system"])?;
    let chromium = browser::ready()?;
    browser::measure(&chromium, &ours()?)
}

/// A binary that is there already, an installed one for instance, or the release build.
fn ours() -> Result<PathBuf> {
    match std::env::var_os("HOSTED_DEPLOY_BENCH_BINARY") {
        Some(binary) => Ok(PathBuf::from(binary)),
        None => build(Profile::Release),
    }
}

/// Runs the two by turns, prints minimum, median, maximum of each in milliseconds and the ratio of the medians.
fn race(ours: &mut Command, peer: &mut Command, rounds: usize) -> Result<[Spread; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    // The first round fills the caches and is not counted.
    for round in 0..=rounds {
        for (command, times) in [&mut *ours, &mut *peer].into_iter().zip(&mut times) {
            let began = Instant::now();
            output(command, "The measurement needs it to succeed.")?;
            if round > 0 {
                times.push(began.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    let [ours_ms, peer_ms] = times.map(Spread::of);
    println!("  {:>9} {:>9} {:>9}  ms, {rounds} rounds by turns", "min", "median", "max");
    for (spread, command) in [(&ours_ms, ours), (&peer_ms, peer)] {
        println!("  {:>9.2} {:>9.2} {:>9.2}  {}", spread.min, spread.median, spread.max, line(command));
    }
    println!("  ratio of the medians, ours to the peer's: {:.2}", ours_ms.median / peer_ms.median);
    Ok([ours_ms, peer_ms])
}

#[derive(Debug, PartialEq)]
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    /// Of at least one time.
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |index: usize| times.get(index).copied().unwrap_or(f64::NAN);
        let middle = times.len() / 2;
        let median = if times.len() % 2 == 1 { at(middle) } else { (at(middle.wrapping_sub(1)) + at(middle)) / 2.0 };
        Self { min: at(0), median, max: at(times.len().wrapping_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(Spread::of(vec![3.0, 1.0, 9.0]), Spread { min: 1.0, median: 3.0, max: 9.0 });
        assert_eq!(Spread::of(vec![4.0, 1.0, 2.0, 9.0]), Spread { min: 1.0, median: 3.0, max: 9.0 });
    }

    #[test]
    fn a_contestant_that_fails_ends_the_race() {
        assert!(race(&mut command("true"), &mut command("false"), 1).is_err());
        assert!(race(&mut command("true"), &mut command("true"), 1).is_ok());
    }
}
