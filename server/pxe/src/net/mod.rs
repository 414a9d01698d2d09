//! The named interface and the sockets on it. Whatever is opened here is bound to that interface and hears no other.

mod arp;
mod frame;
mod interface;
mod router;
pub mod sniff;
mod socket;

pub use arp::{Arp, ArpSocket};
pub use frame::{FrameSocket, udp_frame};
pub use interface::{Interface, InterfaceError};
pub use router::{RouterSocket, Solicited};
pub use socket::{SocketError, tcp, udp};
