//! What systemd hands to a service, and what it wants to hear: sd_listen_fds(3) and sd_notify(3).

use listenfd::ListenFd;
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The socket that systemd listens on for us; `None` when we were started another way.
///
/// # Errors
/// More than one socket, or one that is none of TCP.
pub fn socket() -> io::Result<Option<TcpListener>> {
    let mut given = ListenFd::from_env();
    if given.len() > 1 {
        return Err(io::Error::other(format!(
            "{} sockets were given, and one is served: name one ListenStream=",
            given.len()
        )));
    }
    given.take_tcp_listener(0)
}

/// Tells systemd that the service is there. Started another way, nobody listens.
///
/// # Errors
/// When it does not hear.
pub fn ready() -> io::Result<()> {
    let Some(to) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let socket = UnixDatagram::unbound()?;
    let to = match to.to_str().and_then(|name| name.strip_prefix('@')) {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&to)?,
    };
    socket.send_to_addr(b"READY=1", &to).map(|_| ())
}
