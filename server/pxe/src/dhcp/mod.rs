//! DHCP: bytes in, bytes out, without a socket, a clock or a disk.
//!
//! [`Request::parse`] reads a packet; [`full::answer`] is the server with addresses of its own, [`proxy::offer`] and [`proxy::boot_server`] stand
//! beside somebody else's. Each says in an [`Answer`] what goes out and where to, which leases must be kept before, and why.

pub mod full;
pub mod proxy;
mod reply;
mod request;

pub use reply::{Kind, Reply, To};
pub use request::{Asks, NotARequest, Request};

use crate::boot::{Boot, NoBoot, Programs};
use crate::lease::Change;
use crate::mac::Mac;
use crate::provisioning::Origin;
use std::net::Ipv4Addr;

/// What every answer depends on besides the packet.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Our address; option 54, the base of all URLs, and the TFTP server.
    pub origin: Origin,
    /// How long a lease is.
    pub lease_secs: u32,
    /// Option 6.
    pub dns: Vec<Ipv4Addr>,
    /// Option 15.
    pub domain: Option<String>,
    /// Option 42.
    pub ntp: Vec<Ipv4Addr>,
    /// The boot programs that are there.
    pub programs: Programs,
}

/// What comes of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What goes out.
    pub reply: Option<Reply>,
    /// What must be on the disk before it goes out.
    pub changes: Vec<Change>,
    /// An address given for the first time: look whether somebody uses it.
    pub probe: Option<Ipv4Addr>,
    /// What happened.
    pub note: Note,
}

/// What happened with a packet, for logs, `explain` and tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Note {
    /// Nothing worth a word.
    #[default]
    Nothing,
    /// An address was offered.
    Offered(Ipv4Addr, Result<Boot, NoBoot>),
    /// A lease was given or made longer.
    Acknowledged(Ipv4Addr, Result<Boot, NoBoot>),
    /// A boot file was offered beside another server's address.
    Proxied(Boot),
    /// The boot file was asked for on port 4011.
    BootServer(Boot),
    /// An address was refused.
    Refused(Ipv4Addr, Refused),
    /// The client took another server's offer.
    OtherServer(Ipv4Addr),
    /// The client found the address in use.
    Declined(Ipv4Addr),
    /// The client gave the address back.
    Released(Ipv4Addr),
    /// A client with an address of its own asked for the options.
    Informed(Ipv4Addr),
    /// Not answered.
    Silent(Silent),
}

/// Why an address was refused (NAK).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// It does not belong to the network the client is in.
    WrongNetwork,
    /// It is another machine's, kept for another node, or in quarantine.
    NotYours,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silent {
    /// No pool for the network of the relay that passed it on.
    NoPool(Ipv4Addr),
    /// The pool is used up.
    PoolEmpty,
    /// A client that we know nothing of and whose address is not ours to judge.
    NotOurs,
    /// Beside another server: it does not boot, or this message is the other server's.
    NotForProxy,
    /// Nothing to boot it with.
    NoBoot(NoBoot),
}

/// `Answer` with only a note.
fn silent(why: Silent) -> Answer {
    Answer { note: Note::Silent(why), ..Answer::default() }
}

/// Whose packet an answer belongs to; for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of {
    /// The machine.
    pub mac: Mac,
    /// Its kind, in words.
    pub kind: &'static str,
}
