//! [`Check`]s: every requirement of a deployment with its verdict, before anything is touched.
//!
//! A [`rule::Rule`] is a requirement: a stable id, texts in both languages and a pure function over answers and facts.
//! [`checks`] judges all of them. What could not be read is *could not run*, never *passed*. The rules stand in one
//! module for each group; [`catalogue`] lists them, [`document`] writes them down.

mod ansible;
pub mod bridge;
mod cpu;
pub mod cpu_type;
mod disk;
mod document;
mod engine_network;
mod folder;
mod lun;
mod memory;
mod names;
mod network;
mod outcome;
mod ports;
mod questions;
mod rule;
mod security;
mod software;
mod state;
mod storage;
mod targets;

pub use document::document;
pub use outcome::{Check, OverrideError, Status, Summary, blocked, go_on, override_checks};
pub use ports::{PORTS, Port, Side};
pub use questions::questions;
pub use rule::{Group, Rule, Severity, Step};

use crate::answers::Answers;
use crate::facts::Facts;
use rule::Case;

/// Every rule, by group, in the order in which a person should read them.
pub fn catalogue() -> impl Iterator<Item = &'static Rule> {
    [
        security::RIGHTS,
        cpu::RULES,
        memory::RULES,
        disk::RULES,
        network::RULES,
        engine_network::RULES,
        names::RULES,
        security::CLOCK,
        security::RULES,
        ports::RULES,
        software::RULES,
        ansible::RULES,
        state::RULES,
        storage::RULES,
        folder::RULES,
        targets::RULES,
        lun::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Judges only what storage discovery found.
pub(crate) fn storage_checks(answers: &Answers, facts: &Facts) -> Vec<Check> {
    let case = Case::new(answers, facts);
    let rules = [folder::RULES, targets::RULES, lun::RULES].into_iter().flatten();
    rules.map(|rule| Check::judged(rule, (rule.judge)(&case))).collect()
}

/// Judges every rule for these answers on this host.
pub fn checks(answers: &Answers, facts: &Facts) -> Vec<Check> {
    let case = Case::new(answers, facts);
    catalogue().map(|rule| Check::judged(rule, (rule.judge)(&case))).collect()
}
