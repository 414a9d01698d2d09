//! Frames of our own making: how an answer reaches a card that has no address yet.

use super::Interface;
use super::socket::SocketError;
use crate::mac::Mac;
use nix::sys::socket::{LinkAddr, MsgFlags, sendto};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::AsRawFd;

const IPV4: [u8; 2] = [0x08, 0x00];
const IP_HEADER: u16 = 20;
const UDP_HEADER: u16 = 8;

/// Sends frames on one interface; receives none.
#[derive(Debug)]
pub struct FrameSocket {
    socket: Socket,
    link: LinkAddr,
}

impl FrameSocket {
    /// Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn open(interface: &Interface) -> Result<Self, SocketError> {
        // Without a protocol such a socket receives nothing, so nothing piles up in it.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None)
            .map_err(|source| SocketError::new("a raw socket", 0, interface, source))?;
        Ok(Self { socket, link: interface.link })
    }

    /// Sends a frame as it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        sendto(self.socket.as_raw_fd(), frame, &self.link, MsgFlags::empty())?;
        Ok(())
    }
}

/// Ethernet, IPv4 and UDP around a payload of at most 65,507 bytes; `None` when it is longer.
pub fn udp_frame(from: (Mac, SocketAddrV4), to: (Mac, SocketAddrV4), payload: &[u8]) -> Option<Vec<u8>> {
    let udp_length = u16::try_from(payload.len()).ok()?.checked_add(UDP_HEADER)?;
    let ip_length = udp_length.checked_add(IP_HEADER)?;
    let (source, target) = (from.1.ip().octets(), to.1.ip().octets());

    let mut ip = Vec::with_capacity(usize::from(IP_HEADER));
    ip.extend([0x45, 0]);
    ip.extend(ip_length.to_be_bytes());
    // No identification, not to be cut up, 64 hops, UDP, the sum comes after.
    ip.extend([0, 0, 0x40, 0, 64, 17]);
    let before_sum = ip.clone();
    let sum = checksum(&[&before_sum, &source, &target]);
    ip.extend(sum.to_be_bytes());
    ip.extend(source);
    ip.extend(target);

    let mut udp = Vec::with_capacity(usize::from(UDP_HEADER));
    udp.extend(from.1.port().to_be_bytes());
    udp.extend(to.1.port().to_be_bytes());
    udp.extend(udp_length.to_be_bytes());
    let pseudo = [&source[..], &target[..], &[0, 17], &udp_length.to_be_bytes()].concat();
    // Zero would mean that there is no sum (RFC 768).
    let sum = match checksum(&[&pseudo, &udp, payload]) {
        0 => u16::MAX,
        sum => sum,
    };
    udp.extend(sum.to_be_bytes());

    Some([&to.0.bytes()[..], &from.0.bytes(), &IPV4, &ip, &udp, payload].concat())
}

/// The Internet checksum over parts of which all but the last are of even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u64;
    for part in parts {
        let (pairs, rest) = part.as_chunks::<2>();
        sum += pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum::<u64>();
        sum += rest.first().map_or(0, |byte| u64::from(*byte) << 8);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_carries_its_addresses_and_sums_that_come_out_as_zero() {
        let from = (Mac::new([2, 0, 0, 0, 0, 1]), "192.0.2.1:67".parse().unwrap());
        let to = (Mac::new([2, 0, 0, 0, 0, 2]), "192.0.2.100:68".parse().unwrap());
        for payload in [&b"abc"[..], b"abcd", b""] {
            let frame = udp_frame(from, to, payload).unwrap();
            assert_eq!(frame.len(), 42 + payload.len());
            assert_eq!(frame[..14], [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
            assert_eq!(checksum(&[&frame[14..34]]), 0);
            let pseudo = [&frame[26..34], &[0, 17], &frame[38..40]].concat();
            assert_eq!(checksum(&[&pseudo, &frame[34..]]), 0);
        }
        assert_eq!(udp_frame(from, to, &vec![0; 65_508]), None);
    }
}
