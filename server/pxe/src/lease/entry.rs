//! What a table holds ([`Lease`], [`Quarantine`]), and what it says when it is asked.

use crate::mac::Mac;
use std::net::Ipv4Addr;

/// An address of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub mac: Mac,
    /// Which.
    pub address: Ipv4Addr,
    /// Seconds since 1970 at which it ends. An ended lease is remembered, so that the machine gets the same address again.
    pub until: u64,
    /// Acknowledged; else only offered.
    pub bound: bool,
    /// What the client calls itself.
    pub host_name: Option<String>,
}

/// An address that nobody is given for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// Which.
    pub address: Ipv4Addr,
    /// Seconds since 1970 at which it ends.
    pub until: u64,
    /// Who was seen with it; `None`: a client declined it.
    pub used_by: Option<Mac>,
}

/// What the store must keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A lease is made or longer.
    Put(Lease),
    /// A machine has none any more.
    Drop(Mac),
    /// An address is in quarantine.
    Shun(Quarantine),
}

/// An address found for a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub address: Ipv4Addr,
    /// It was not this machine's before: worth a look whether somebody uses it.
    pub fresh: bool,
}

/// Nothing can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("every address of the pool is leased, kept for a node, or in quarantine")]
pub struct NoAddress;

/// What an address seen on the wire means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Its machine uses it, or it is none of ours.
    Fine,
    /// Somebody else uses it: it is in quarantine now. Holds whom it was offered or leased to.
    Conflict(Option<Mac>),
    /// The card answers for too many addresses to be believed.
    ProxyArp,
}
