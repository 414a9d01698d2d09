//! Hearing what DHCP servers say to others.

use super::Interface;
use super::socket::SocketError;
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::time::Duration;

const ETHERTYPE_IPV4: u16 = 0x0800;
const LOOK: Duration = Duration::from_millis(250);

/// Hears every frame with UDP from port 67, and nothing else: the kernel picks them out, so that images going out cost nothing here.
#[derive(Debug)]
pub struct Ears {
    socket: Socket,
}

impl Ears {
    /// Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn open(interface: &Interface) -> Result<Self, SocketError> {
        let open = || -> io::Result<Socket> {
            let protocol = Protocol::from(i32::from(ETHERTYPE_IPV4.to_be()));
            let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
            socket.attach_filter(&from_servers())?;
            nix::sys::socket::bind(socket.as_raw_fd(), &interface.link)?;
            socket.set_read_timeout(Some(LOOK))?;
            Ok(socket)
        };
        open().map(|socket| Self { socket }).map_err(|source| SocketError::new("a raw socket", 0, interface, source))
    }

    /// The next frame; `None` when there was none for a moment.
    ///
    /// # Errors
    /// What the system says.
    pub fn next(&self) -> io::Result<Option<Vec<u8>>> {
        let mut frame = vec![0; 2048];
        match (&self.socket).read(&mut frame) {
            Ok(length) => {
                frame.truncate(length);
                Ok(Some(frame))
            }
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
}

/// `udp src port 67` of IPv4 that is not cut up, as the kernel's packet filter (linux/filter.h) has it. Jumps count from the
/// next line; the last two keep and drop.
fn from_servers() -> [SockFilter; 9] {
    [
        SockFilter::new(0x30, 0, 0, 23),     // the protocol
        SockFilter::new(0x15, 0, 6, 17),     // is UDP, or drop
        SockFilter::new(0x28, 0, 0, 20),     // the place of the fragment
        SockFilter::new(0x45, 4, 0, 0x1fff), // is the first, or drop
        SockFilter::new(0xb1, 0, 0, 14),     // behind the header, which says how long it is,
        SockFilter::new(0x48, 0, 0, 14),     // the port it came from
        SockFilter::new(0x15, 0, 1, 67),     // is a server's, or drop
        SockFilter::new(0x06, 0, 0, 0x4_0000),
        SockFilter::new(0x06, 0, 0, 0),
    ]
}
