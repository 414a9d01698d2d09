//! Runs: one execution of a plan, kept so that nothing on our side can lose it.
//!
//! - [`prepare`]: from answers to a run: the host is read, the answers are judged, the plan is made.
//! - [`store`]: the folder of a run and the list of runs. [`journal`]: its events, the only truth about it.
//! - [`driver`]: takes a run to its end. [`spawn`]: starts one that outlives the command that wanted it.
//! - [`host`]: what is done on the deployment host, with the files of [`content`]. [`role_events`]: what the callback
//!   there wrote, as events.
//! - [`commands`]: what a run would tell the role. [`bundle`]: a run packed for a bug report.

pub mod bundle;
pub mod commands;
pub mod content;
pub mod driver;
pub mod host;
pub mod journal;
pub mod prepare;
pub mod role_events;
pub mod spawn;
pub mod store;
