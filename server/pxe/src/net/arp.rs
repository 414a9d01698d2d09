//! ARP: asking whether somebody has an address, and hearing who says so.

use super::Interface;
use super::frame::FrameSocket;
use super::socket::SocketError;
use crate::mac::Mac;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, Read};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::time::Duration;

const ETHERTYPE: u16 = 0x0806;
const LOOK: Duration = Duration::from_millis(250);
/// Ethernet header and ARP for IPv4 over Ethernet.
const LENGTH: usize = 14 + 28;

/// Somebody speaks for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Who.
    pub card: Mac,
    /// Its address.
    pub address: Ipv4Addr,
}

impl Arp {
    /// Who says of itself that it has an address, in a question or an answer. A probe (RFC 5227), which asks without
    /// having one yet, says nothing.
    pub fn parse(frame: &[u8]) -> Option<Self> {
        let arp = frame.get(14..LENGTH)?;
        if frame.get(12..14)? != ETHERTYPE.to_be_bytes() || arp.get(..6)? != [0, 1, 8, 0, 6, 4] {
            return None;
        }
        let card: [u8; 6] = arp.get(8..14)?.try_into().ok()?;
        let address = Ipv4Addr::from(<[u8; 4]>::try_from(arp.get(14..18)?).ok()?);
        (!address.is_unspecified() && card[0] & 1 == 0).then_some(Self { card: Mac::new(card), address })
    }
}

/// Hears all ARP of an interface.
#[derive(Debug)]
pub struct ArpSocket {
    socket: Socket,
}

impl ArpSocket {
    /// Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn open(interface: &Interface) -> Result<Self, SocketError> {
        let open = || -> io::Result<Socket> {
            let protocol = Protocol::from(i32::from(ETHERTYPE.to_be()));
            let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
            // The protocol stays the socket's, the interface is the address's.
            nix::sys::socket::bind(socket.as_raw_fd(), &interface.link)?;
            socket.set_read_timeout(Some(LOOK))?;
            Ok(socket)
        };
        open().map(|socket| Self { socket }).map_err(|source| SocketError::new("a raw socket", 0, interface, source))
    }

    /// The next that speaks for an address; `None` when nobody did for a moment.
    ///
    /// # Errors
    /// What the system says.
    pub fn next(&self) -> io::Result<Option<Arp>> {
        let mut frame = [0; 128];
        match (&self.socket).read(&mut frame) {
            Ok(length) => Ok(frame.get(..length).and_then(Arp::parse)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks who has `address`, by a probe that teaches nobody a wrong owner.
    ///
    /// # Errors
    /// What the system says.
    pub fn probe(frames: &FrameSocket, card: Mac, address: Ipv4Addr) -> io::Result<()> {
        let mut frame = Vec::with_capacity(LENGTH);
        frame.extend([0xff; 6]);
        frame.extend(card.bytes());
        frame.extend(ETHERTYPE.to_be_bytes());
        frame.extend([0, 1, 8, 0, 6, 4, 0, 1]);
        frame.extend(card.bytes());
        frame.extend([0; 4]);
        frame.extend([0; 6]);
        frame.extend(address.octets());
        frames.send(&frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(sender: [u8; 4]) -> Vec<u8> {
        let mut frame = vec![0xff; 6];
        frame.extend([2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 9]);
        frame.extend(sender);
        frame.extend([0; 10]);
        frame
    }

    #[test]
    fn who_has_an_address_says_so_and_a_probe_does_not() {
        let expected = Arp { card: Mac::new([2, 0, 0, 0, 0, 9]), address: [192, 0, 2, 7].into() };
        assert_eq!(Arp::parse(&frame([192, 0, 2, 7])), Some(expected));
        assert_eq!(Arp::parse(&frame([0; 4])), None);
    }

    #[test]
    fn anything_shorter_or_else_is_nothing() {
        let whole = frame([192, 0, 2, 7]);
        for end in 0..LENGTH {
            assert_eq!(Arp::parse(&whole[..end]), None);
        }
        let mut other = whole;
        other[13] = 0;
        assert_eq!(Arp::parse(&other), None);
    }
}
