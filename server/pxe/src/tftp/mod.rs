//! TFTP: read-only, RFC 1350 with the options of RFC 2347 to 2349 (blksize, timeout, tsize) and RFC 7440 (windowsize).
//!
//! [`packet`] are the bytes, [`Sender`] is one transfer without a socket (what to send now, what an answer means), [`serve`] the
//! sockets and threads around it.

pub mod packet;
mod sender;
mod serve;
mod source;

pub use sender::{Outcome, Sender, Step};
pub use serve::{Event, Limits, serve};
pub use source::Source;
