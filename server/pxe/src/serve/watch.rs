//! Who else gives addresses here: every answer of a DHCP server is heard, and now and then one is asked for.

use crate::mac::Mac;
use crate::net::{FrameSocket, Interface, SocketError, sniff, udp_frame};
use dhcproto::v4::borrowed::{DhcpOptionIterator, Message as Borrowed};
use dhcproto::v4::{DhcpOption, Flags, Message, MessageType, OptionCode};
use dhcproto::{Encodable, Encoder};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

/// dnsmasq looks three seconds whether the address is free before it offers it.
pub const PATIENCE: Duration = Duration::from_millis(3500);
const EVERYBODY: Mac = Mac::new([0xff; 6]);

/// Another server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    /// Option 54, else the sender's address.
    pub server: Ipv4Addr,
    /// The card it came from.
    pub card: Mac,
    /// Gives addresses; else only boot files.
    pub addresses: bool,
}

impl Heard {
    /// From a frame of a server's port.
    pub fn parse(frame: &[u8]) -> Option<Self> {
        let card: [u8; 6] = frame.get(6..12)?.try_into().ok()?;
        let ip = frame.get(14..)?;
        let header = usize::from(ip.first()? & 15) * 4;
        if frame.get(12..14)? != [8, 0] || *ip.get(9)? != 17 {
            return None;
        }
        let source = Ipv4Addr::from(<[u8; 4]>::try_from(ip.get(12..16)?).ok()?);
        let udp = ip.get(header..)?;
        let packet = udp.get(8..)?;
        if udp.get(..2)? != [0, 67] || *packet.first()? != 2 {
            return None;
        }
        let message = Borrowed::new(packet).ok()?;
        let mut server = source;
        for option in DhcpOptionIterator::new(packet.get(240..)?) {
            if let (OptionCode::ServerIdentifier, Ok(bytes)) = (option.code(), <[u8; 4]>::try_from(option.data())) {
                server = Ipv4Addr::from(bytes);
            }
        }
        Some(Self { server, card: Mac::new(card), addresses: !message.yiaddr().is_unspecified() })
    }
}

/// Asks every DHCP server for an offer, which nobody will take.
///
/// # Errors
/// What the system says.
pub fn ask(frames: &FrameSocket, interface: &Interface) -> io::Result<()> {
    let none = Ipv4Addr::UNSPECIFIED;
    let mut message = Message::new(none, none, none, none, &interface.mac.bytes());
    message.set_flags(Flags::default().set_broadcast());
    let options = message.opts_mut();
    options.insert(DhcpOption::MessageType(MessageType::Discover));
    options.insert(DhcpOption::ClassIdentifier(b"hosted-deploy".to_vec()));
    let mut bytes = Vec::new();
    message.encode(&mut Encoder::new(&mut bytes)).map_err(io::Error::other)?;
    bytes.resize(bytes.len().max(300), 0);
    let from = (interface.mac, SocketAddrV4::new(none, 68));
    let to = (EVERYBODY, SocketAddrV4::new(Ipv4Addr::BROADCAST, 67));
    frames.send(&udp_frame(from, to, &bytes).ok_or(io::ErrorKind::InvalidInput)?)
}

/// Asks, and hears for `patience` who answers. Needs CAP_NET_RAW.
///
/// # Errors
/// [`SocketError`].
pub fn look(interface: &Interface, patience: Duration) -> Result<Vec<Heard>, SocketError> {
    let ears = sniff::Ears::open(interface)?;
    let frames = FrameSocket::open(interface)?;
    let (begun, mut asked, mut heard) = (Instant::now(), 0, BTreeMap::new());
    while begun.elapsed() < patience {
        // Twice: a question may be lost, as on a switch that just learns where we are.
        if asked < 2 && begun.elapsed() >= patience / 3 * asked {
            asked += 1;
            if let Err(error) = ask(&frames, interface) {
                tracing::debug!(%error, "nobody was asked");
            }
        }
        match ears.next() {
            Ok(Some(frame)) => heard.extend(Heard::parse(&frame).map(|one| ((one.server, one.card), one))),
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(%error, "listening ended");
                break;
            }
        }
    }
    heard.retain(|(server, _), _| *server != interface.address);
    Ok(heard.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(answer: &[u8]) -> Vec<u8> {
        let from = (Mac::new([2, 0, 0, 0, 0, 9]), "192.0.2.2:67".parse().unwrap());
        udp_frame(from, (EVERYBODY, "255.255.255.255:68".parse().unwrap()), answer).unwrap()
    }

    #[test]
    fn a_server_is_named_by_its_own_word_or_its_address() {
        let mut answer = vec![0; 240];
        answer[0] = 2;
        answer[16..20].copy_from_slice(&[192, 0, 2, 100]);
        answer[236..240].copy_from_slice(&[99, 130, 83, 99]);
        let card = Mac::new([2, 0, 0, 0, 0, 9]);
        let by_address = Heard { server: [192, 0, 2, 2].into(), card, addresses: true };
        assert_eq!(Heard::parse(&frame(&answer)), Some(by_address));
        answer.extend([54, 4, 198, 51, 100, 1, 255]);
        assert_eq!(Heard::parse(&frame(&answer)), Some(Heard { server: [198, 51, 100, 1].into(), ..by_address }));
        answer[0] = 1;
        assert_eq!(Heard::parse(&frame(&answer)), None, "a question");
    }

    proptest! {
        #[test]
        fn no_frame_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Heard::parse(&bytes);
            let _ = Heard::parse(&frame(&bytes));
        }
    }
}
