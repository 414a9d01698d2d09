//! What hosted-deploy knows, and the rules over it. No input or output, no clock, no randomness: those come in
//! as values, so that the same code judges in the browser, in the server and on the command line.

pub mod answers;
pub mod check;
pub mod cleanup;
pub mod defaults;
pub mod duration;
pub mod edited;
pub mod estimate;
pub mod event;
pub mod explain;
pub mod facts;
pub mod form;
#[cfg(feature = "formats")]
pub mod formats;
pub mod health;
pub mod json;
mod known_failures;
pub mod lang;
pub mod node;
pub mod phase;
pub mod plan;
pub mod problem;
pub mod role;
pub mod run;
pub mod secret;
pub mod storage;
