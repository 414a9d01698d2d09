//! Addresses: which machine has which, until when. One lease a machine and network, by hardware address: firmware, iPXE,
//! installer and system of one machine name themselves differently (option 61) and yet must keep one address.
//!
//! [`Pool`] says which addresses there are, [`Table`] who has them (values in, values out, no clock), [`Store`] keeps the
//! table over restarts.

mod entry;
mod pool;
mod store;
mod table;

pub use entry::{Change, Grant, Lease, NoAddress, Quarantine, Sighting};
pub use pool::{Pool, PoolError};
pub use store::{Store, StoreError};
pub use table::Table;
