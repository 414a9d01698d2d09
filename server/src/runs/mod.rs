//! Runs: one execution of a plan, kept so that nothing on our side can lose it.
//!
//! - [`store`]: the folder of a run and the list of runs.
//! - [`journal`]: its events, one line each; the only truth about it.

pub mod journal;
pub mod role_events;
pub mod store;
