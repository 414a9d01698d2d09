//! Runs: one execution of a plan, kept so that nothing on our side can lose it.
//!
//! - [`begin`]: what leads to a run, for the first time or again; [`prepare`]: the host is read, the answers are judged, the plan
//!   is made. [`secrets`]: what a run's folder does not hold, read again.
//! - [`store`]: the folder of a run and the list of runs. [`journal`]: its events, the only truth about it.
//! - [`driver`]: takes a run to its end. [`spawn`]: starts one that outlives the command that wanted it; [`keep`]: starts
//!   the next when there is none. [`tail`]: a journal as it grows, for those who watch.
//! - [`host`]: what is done on the deployment host, with the files of [`content`]. [`role_events`]: what the callback
//!   there wrote, as events.
//! - [`commands`]: what a run would tell the role. [`bundle`]: a run packed for a bug report.

pub mod begin;
pub mod bundle;
pub mod commands;
pub mod content;
pub mod driver;
pub mod host;
pub mod journal;
pub mod keep;
pub mod prepare;
pub mod role_events;
pub mod secrets;
pub mod spawn;
pub mod store;
pub mod tail;
