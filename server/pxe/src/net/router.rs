//! A minimal Router Advertisement: 16 bytes that offer no route, no prefix and no address, and only say that nothing of IPv6 is to
//! be waited for. iPXE waits up to 13 seconds for one before it goes on.
//!
//! Opt-in, and silent as soon as another router is heard: it is that one's network then.

use super::Interface;
use super::socket::SocketError;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{self, Read};
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

const SOLICITATION: u8 = 133;
const ADVERTISEMENT: u8 = 134;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const LOOK: Duration = Duration::from_millis(250);

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solicited {
    /// Somebody looks for a router.
    Asked,
    /// There is another router.
    OtherRouter,
    /// Nothing of that.
    Nothing,
}

impl Solicited {
    /// By the type of an ICMPv6 message.
    pub fn of(message: &[u8]) -> Self {
        match message {
            [SOLICITATION, 0, ..] => Self::Asked,
            [ADVERTISEMENT, 0, ..] => Self::OtherRouter,
            _ => Self::Nothing,
        }
    }
}

/// Speaks for a router that routes nothing.
#[derive(Debug)]
pub struct RouterSocket {
    socket: Socket,
    index: u32,
}

impl RouterSocket {
    /// Needs CAP_NET_RAW, and IPv6 on the interface.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn open(interface: &Interface) -> Result<Self, SocketError> {
        let open = || -> io::Result<Socket> {
            let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
            socket.bind_device(Some(interface.name.as_bytes()))?;
            // RFC 4861 6.1: anything less has passed a router and is not believed.
            socket.set_multicast_hops_v6(255)?;
            socket.set_multicast_loop_v6(false)?;
            socket.join_multicast_v6(&ALL_ROUTERS, interface.index)?;
            socket.set_read_timeout(Some(LOOK))?;
            Ok(socket)
        };
        match open() {
            Ok(socket) => Ok(Self { socket, index: interface.index }),
            Err(source) => Err(SocketError::new("an ICMPv6 socket", 0, interface, source)),
        }
    }

    /// The next that is heard.
    ///
    /// # Errors
    /// What the system says.
    pub fn next(&self) -> io::Result<Solicited> {
        let mut message = [0; 1500];
        match (&self.socket).read(&mut message) {
            Ok(length) => Ok(Solicited::of(message.get(..length).unwrap_or_default())),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(Solicited::Nothing)
            }
            Err(error) => Err(error),
        }
    }

    /// Looks for other routers; their answers come by [`RouterSocket::next`].
    ///
    /// # Errors
    /// What the system says.
    pub fn solicit(&self) -> io::Result<()> {
        self.send(&[SOLICITATION, 0, 0, 0, 0, 0, 0, 0], ALL_ROUTERS)
    }

    /// Says that there is nothing to wait for: hop limit 64, no flags, lifetime 0 (no default router), no options.
    ///
    /// # Errors
    /// What the system says.
    pub fn advertise(&self) -> io::Result<()> {
        self.send(&[ADVERTISEMENT, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ALL_NODES)
    }

    fn send(&self, message: &[u8], to: Ipv6Addr) -> io::Result<()> {
        // The system fills in the checksum.
        self.socket.send_to(message, &SockAddr::from(SocketAddrV6::new(to, 0, 0, self.index)))?;
        Ok(())
    }
}
