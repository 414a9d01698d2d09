//! The product against the lab: the real role, end to end.
//!
//! `cargo test -p hosted-deploy --test lab` runs nothing unless `HOSTED_DEPLOY_LAB` is set: `1` for what every run of
//! the tests does, `full` for everything, `matrix` for the Ansible versions. Arguments choose scenarios by a part of
//! their names. One scenario runs after the other, as there is one lab.

// Its output is the report.
#![allow(clippy::print_stdout)]

mod cleanup;
mod faults;
mod health;
mod lab;
mod processes;
mod product;
mod storage;
mod whole;

use anyhow::{Context, Result};
use processes::Processes;
use std::process::ExitCode;
use std::time::Instant;

/// A scenario and when it is part of the run.
struct Scenario {
    name: &'static str,
    when: When,
    run: fn() -> Result<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    Full,
    Matrix,
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "blocked before anything is touched", when: When::Always, run: faults::blocked },
    Scenario { name: "host that does not let us in", when: When::Always, run: faults::unreachable },
    Scenario { name: "discovery of storage: good, used, faulty", when: When::Always, run: storage::discovery },
    Scenario { name: "preparing hosts for storage", when: When::Full, run: storage::preparation },
    Scenario {
        name: "damaged appliance, then the whole deployment on NFS",
        when: When::Always,
        run: whole::nfs_after_a_failure,
    },
    Scenario { name: "storage faults after the bootstrap", when: When::Full, run: faults::storage },
    Scenario { name: "engine faults", when: When::Full, run: faults::engine },
    Scenario { name: "host non operational: pause and continue", when: When::Full, run: faults::non_operational },
    Scenario { name: "cancel, then retry", when: When::Full, run: faults::cancel },
    Scenario { name: "gate: storage answered later", when: When::Full, run: whole::gate },
    Scenario { name: "whole deployment on iSCSI with CHAP", when: When::Full, run: whole::iscsi },
    Scenario { name: "whole deployment on Gluster", when: When::Full, run: whole::glusterfs },
    Scenario { name: "whole deployment on an EL8 host, by sudo", when: When::Full, run: whole::el8 },
    Scenario { name: "health: broken on purpose, and brought back", when: When::Full, run: health::breakages },
    Scenario { name: "health: other users", when: When::Full, run: health::other_users },
    Scenario {
        name: "health: hosts, clock and storage fail around the engine",
        when: When::Full,
        run: health::outages,
    },
    Scenario {
        name: "clean-up after a kill: checks, first clean-up, bootstrap",
        when: When::Full,
        run: cleanup::after_a_kill_before_the_gate,
    },
    Scenario {
        name: "clean-up after a kill: storage, target VM, last clean-up; then a deployment",
        when: When::Full,
        run: cleanup::after_a_kill_behind_the_gate,
    },
    Scenario {
        name: "clean-up of a deployed host and its storage",
        when: When::Full,
        run: cleanup::of_a_deployed_host,
    },
    Scenario { name: "clean-up: the guard of the network", when: When::Full, run: cleanup::guarded_network },
    Scenario { name: "ansible-core 2.14", when: When::Matrix, run: || whole::ansible("2.14") },
    Scenario { name: "ansible-core 2.16", when: When::Matrix, run: || whole::ansible("2.16") },
    Scenario { name: "ansible-core 2.19", when: When::Matrix, run: || whole::ansible("2.19") },
];

fn main() -> ExitCode {
    let wanted = std::env::var("HOSTED_DEPLOY_LAB").unwrap_or_default();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |scenario: &&Scenario| {
        let when = match wanted.as_str() {
            "" | "0" => false,
            "full" => true,
            "matrix" => scenario.when != When::Full,
            _ => scenario.when == When::Always || !words.is_empty(),
        };
        when && (words.is_empty() || words.iter().any(|word| scenario.name.contains(word.as_str())))
    };
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().filter(chosen).collect();
    let skipped = SCENARIOS.len() - scenarios.len();
    if wanted.is_empty() {
        println!("SKIPPED: the lab's scenarios, as HOSTED_DEPLOY_LAB is not set (cargo xtask test sets it)");
    }
    if scenarios.is_empty() {
        return closing(0, 0, skipped);
    }
    let processes = match Processes::watch() {
        Ok(processes) => processes,
        Err(error) => {
            println!("lab: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let mut failed = 0;
    for scenario in &scenarios {
        println!("lab: {} …", scenario.name);
        let begun = Instant::now();
        let result = (scenario.run)()
            .and_then(|()| processes.expect_none())
            .with_context(|| format!("scenario \"{}\"", scenario.name));
        let took = begun.elapsed().as_secs();
        match result {
            Ok(()) => println!("lab: {}: passed ({took} s)", scenario.name),
            Err(error) => {
                failed += 1;
                println!("lab: {}: FAILED ({took} s)\n{error:#}", scenario.name);
            }
        }
    }
    closing(scenarios.len() - failed, failed, skipped)
}

/// In the words of the test harness, which `cargo xtask test` reads.
fn closing(passed: usize, failed: usize, skipped: usize) -> ExitCode {
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {verdict}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
