//! HTTP for machines that boot: scripts, kickstarts, kernels, images, and what installers report.
//!
//! | address | what |
//! |---|---|
//! | `/ipxe/MAC?arch=&uuid=` | the script of a machine |
//! | `/boot.ipxe` | a script that fetches the one above; for other people's DHCP servers |
//! | `/boot/NAME` | boot programs, for UEFI HTTP boot |
//! | `/files/NAME` | kernels, initrds, images: whole, by range, or only their headers |
//! | `/ks/TOKEN` | the kickstart, to the machine that the token is for |
//! | `/event/TOKEN/started`, `/failed`; `/built/TOKEN` | reports, by GET or POST |
//!
//! Plain HTTP/1.1 and 1.0: firmware and iPXE know no certificate of ours.

mod line;
mod ranges;
mod routes;
mod serve;

pub use ranges::{Wanted, wanted};
pub use routes::{State, router};
pub use serve::{Limits, serve};

use crate::mac::Mac;
use std::net::Ipv4Addr;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A script was made.
    Script {
        /// For whom.
        mac: Mac,
    },
    /// A kickstart was given.
    Kickstart {
        /// To whom.
        client: Ipv4Addr,
    },
    /// An installer reported.
    Report {
        /// From where.
        client: Ipv4Addr,
        /// `started`, `built`, `failed`.
        report: &'static str,
    },
    /// A token was refused.
    Refused {
        /// From where.
        client: Ipv4Addr,
        /// Why.
        why: crate::provisioning::Refusal,
    },
    /// A file, or a part of it, went out.
    Sent {
        /// To whom.
        client: Ipv4Addr,
        /// Which file.
        name: String,
        /// How many bytes.
        bytes: u64,
        /// All that was asked for.
        whole: bool,
    },
    /// There is nothing of this name.
    NotFound {
        /// Who asked.
        client: Ipv4Addr,
        /// For what.
        path: String,
    },
    /// Wrong tokens came too often from one address.
    Guessing {
        /// From where.
        client: Ipv4Addr,
    },
}
