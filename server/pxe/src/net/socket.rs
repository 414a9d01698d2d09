//! UDP and TCP sockets bound to one interface.

use super::Interface;
use hosted_deploy_model::lang::Text;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::time::Duration;

/// A burst of a few hundred machines, should the answer take a moment.
const RECEIVE_BUFFER: usize = 4 << 20;
/// How often a waiting thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(250);

/// A socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Somebody else has the port.
    #[error(
        "port {port} on {interface} is taken: another server for it runs here; `ss -lnp 'sport = :{port}'` names it. Stop that one, or give another port where there is a choice"
    )]
    Taken {
        /// The port.
        port: u16,
        /// The interface.
        interface: String,
    },
    /// Not allowed.
    #[error(
        "opening {what} is not allowed: run as root, or give the program CAP_NET_BIND_SERVICE and CAP_NET_RAW (the systemd unit does)"
    )]
    NotAllowed {
        /// What.
        what: String,
    },
    /// Anything else.
    #[error("{what} on {interface} cannot be opened")]
    Other {
        /// What.
        what: String,
        /// The interface.
        interface: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl SocketError {
    pub(super) fn new(what: &str, port: u16, interface: &Interface, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { port, interface: interface.name.clone() },
            io::ErrorKind::PermissionDenied => Self::NotAllowed { what: what.to_owned() },
            _ => Self::Other { what: what.to_owned(), interface: interface.name.clone(), source },
        }
    }

    /// In both languages.
    pub fn text(&self) -> Text {
        let ja = match self {
            Self::Taken { port, interface } => format!(
                "{interface} のポート {port} は使用中です。このマシンで別のサーバーが動作しています (`ss -lnp 'sport = :{port}'` で確認)。停止するか、変更できる場合は別のポートを指定してください"
            ),
            Self::NotAllowed { what } => format!(
                "{what} を開く権限がありません。root で実行するか、CAP_NET_BIND_SERVICE と CAP_NET_RAW を付与してください (systemd ユニットでは付与済み)"
            ),
            Self::Other { what, interface, source } => format!("{interface} で {what} を開けません: {source}"),
        };
        let en = match self {
            Self::Other { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        };
        Text::new(en, ja)
    }
}

/// A UDP socket for `port` (0: any) that hears broadcasts, on this interface alone. Receiving gives up after a moment, so that its
/// thread can look whether it is to end.
///
/// # Errors
/// [`SocketError`].
pub fn udp(interface: &Interface, address: Ipv4Addr, port: u16) -> Result<UdpSocket, SocketError> {
    let open = || -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind_device(Some(interface.name.as_bytes()))?;
        socket.set_broadcast(true)?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.set_read_timeout(Some(LOOK))?;
        socket.bind(&SocketAddrV4::new(address, port).into())?;
        Ok(socket.into())
    };
    open().map_err(|source| SocketError::new(&format!("UDP port {port}"), port, interface, source))
}

/// A TCP socket that listens on this interface alone.
///
/// # Errors
/// [`SocketError`].
pub fn tcp(interface: &Interface, port: u16) -> Result<TcpListener, SocketError> {
    let open = || -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.bind_device(Some(interface.name.as_bytes()))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddrV4::new(interface.address, port).into())?;
        socket.listen(1024)?;
        Ok(socket.into())
    };
    open().map_err(|source| SocketError::new(&format!("TCP port {port}"), port, interface, source))
}
