//! Nodes: which machines there are, how far each is, and what was seen of it.
//!
//! * [`Nodes`] keeps them in one SQLite file, so that `pxe serve` and the command line see the same.
//! * [`Provisioner`] answers the servers: it makes a machine's script, gives its kickstart to it alone, takes its
//!   callback, and looks at the clock; its previews show what a node would get, without secrets.
//! * [`csv`] reads lists of machines; [`power`] switches them on.

mod cache;
mod change;
pub mod csv;
pub mod power;
mod preview;
mod provisioner;
mod recipe;
mod store;
mod table;
mod token;

pub use change::{Change, NewNode, NodeError};
pub use preview::{NoPreview, Preview, hide, veiled};
pub use provisioner::Provisioner;
pub use store::Nodes;
pub use token::Purpose;

/// Now, in Unix milliseconds.
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
