//! Sockets and threads: one thread hears port 69, one more each transfer, which waits in lock-step and does that quickest
//! when nothing stands between it and its socket.

use super::packet::{self, Code, First, Options, Reply};
use super::sender::{Outcome, Sender, Step};
use super::source::Source;
use crate::files::{Content, Files};
use crate::net::{self, Interface};
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrIn, recv, sendmsg};
use std::collections::HashSet;
use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Headers of IP, UDP and TFTP before the bytes of a block.
const HEADERS: u16 = 20 + 8 + 4;
/// The kernel cuts at most this many bytes or packets up in one call.
const CUT_BYTES: usize = 65_000;
const CUT_PACKETS: usize = 64;
/// First wait for an answer, doubled each time it does not come: all in all about 30 seconds.
const PATIENCE: Duration = Duration::from_millis(250);
/// In lock-step on a quick network, an answer is there sooner than this thread could fall asleep and be woken.
const SOON: Duration = Duration::from_micros(40);
/// Files that are not text are not turned into netascii.
const LARGEST_TEXT: u64 = 1 << 20;

/// How much at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Transfers in all.
    pub transfers: usize,
    /// Transfers to one address.
    pub each: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { transfers: 512, each: 16 }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A transfer ended.
    Ended {
        /// To whom.
        client: Ipv4Addr,
        /// Which file.
        name: String,
        /// Its bytes.
        bytes: u64,
        /// How long it took.
        took: Duration,
        /// How it ended.
        outcome: Outcome,
    },
    /// There is no such file. Loaders try many names, so this is seldom a fault.
    NotFound {
        /// Who asked.
        client: Ipv4Addr,
        /// For what.
        name: String,
    },
    /// Somebody wanted to write.
    WriteRefused {
        /// Who.
        client: Ipv4Addr,
    },
    /// Too much at once.
    Busy {
        /// Who was turned away.
        client: Ipv4Addr,
    },
    /// A file could not be read.
    Unreadable {
        /// Which file.
        name: String,
        /// Why.
        why: String,
    },
}

struct Server {
    files: Files,
    interface: Interface,
    limits: Limits,
    active: Mutex<HashSet<SocketAddrV4>>,
    /// How many those are.
    count: AtomicUsize,
    event: Box<dyn Fn(Event) + Send + Sync>,
}

/// Serves until `end` is set; `socket` is the one on port 69. A transfer under way is given up then.
pub fn serve(
    socket: &UdpSocket,
    interface: &Interface,
    files: Files,
    limits: Limits,
    end: &Arc<AtomicBool>,
    event: impl Fn(Event) + Send + Sync + 'static,
) {
    let server = Arc::new(Server {
        files,
        interface: interface.clone(),
        limits,
        active: Mutex::default(),
        count: AtomicUsize::new(0),
        event: Box::new(event),
    });
    let mut buffer = [0; 1500];
    while !end.load(Ordering::Relaxed) {
        // Waiting was in vain, or a client's port was closed: neither says anything about the next packet.
        let Ok((length, SocketAddr::V4(client))) = socket.recv_from(&mut buffer) else { continue };
        let refuse = |code, words| drop(socket.send_to(&packet::error(code, words), client));
        match First::parse(buffer.get(..length).unwrap_or_default()) {
            First::Read(request) => match server.admit(client) {
                Admission::Already => {}
                Admission::Busy => {
                    (server.event)(Event::Busy { client: *client.ip() });
                    refuse(Code::Other, "busy, try again");
                }
                Admission::In => {
                    let (server, end) = (server.clone(), end.clone());
                    let started = thread::Builder::new().name("tftp".into()).stack_size(256 * 1024).spawn({
                        let server = server.clone();
                        move || {
                            server.transfer(client, request, &end);
                            server.leave(client);
                        }
                    });
                    if started.is_err() {
                        server.leave(client);
                        (server.event)(Event::Busy { client: *client.ip() });
                    }
                }
            },
            First::Write => {
                (server.event)(Event::WriteRefused { client: *client.ip() });
                refuse(Code::NotAllowed, "this server is read-only");
            }
            First::Other => {}
        }
    }
}

enum Admission {
    In,
    /// The same request again: its transfer is under way.
    Already,
    Busy,
}

impl Server {
    fn admit(&self, client: SocketAddrV4) -> Admission {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.contains(&client) {
            return Admission::Already;
        }
        let each = active.iter().filter(|other| other.ip() == client.ip()).count();
        if active.len() >= self.limits.transfers || each >= self.limits.each {
            return Admission::Busy;
        }
        active.insert(client);
        self.count.store(active.len(), Ordering::Relaxed);
        Admission::In
    }

    fn leave(&self, client: SocketAddrV4) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.remove(&client);
        self.count.store(active.len(), Ordering::Relaxed);
    }

    fn transfer(&self, client: SocketAddrV4, request: packet::ReadRequest, end: &AtomicBool) {
        // A port of its own each (RFC 1350 4), and only this client on it.
        let socket = match net::udp(&self.interface, self.interface.address, 0) {
            Ok(socket) => socket,
            Err(error) => return (self.event)(Event::Unreadable { name: request.name, why: error.to_string() }),
        };
        if socket.connect(client).is_err() {
            return;
        }
        let refuse = |code, words| drop(socket.send(&packet::error(code, words)));
        let name = request.name.clone();
        let Some(content) = self.files.by_tftp(&name, *client.ip()) else {
            refuse(Code::NotFound, "no such file");
            return (self.event)(Event::NotFound { client: *client.ip(), name });
        };
        let began = Instant::now();
        let sent =
            source(content, request.netascii).and_then(|source| self.send(&socket, source, &request.options, end));
        match sent {
            Ok((outcome, bytes)) => {
                let took = began.elapsed();
                (self.event)(Event::Ended { client: *client.ip(), name, bytes, took, outcome });
            }
            Err(error) => {
                refuse(Code::Other, "the file cannot be read");
                (self.event)(Event::Unreadable { name, why: error.to_string() });
            }
        }
    }

    fn send(
        &self,
        socket: &UdpSocket,
        source: Source,
        options: &Options,
        end: &AtomicBool,
    ) -> io::Result<(Outcome, u64)> {
        let largest = self.interface.mtu.saturating_sub(HEADERS).max(512);
        let (mut sender, mut step) = Sender::begin(source, options, largest)?;
        let length = sender.length();
        let mut outbox = Outbox { socket, cut: true };
        let mut inbox = Inbox { socket, lock_step: sender.in_lock_step(), soon: false };
        let mut buffer = [0; 128];
        let mut patience = Duration::ZERO;
        loop {
            match step {
                Step::Send => {
                    if let Err(error) = outbox.send(sender.packets(), sender.packet_size()) {
                        if error.kind() == io::ErrorKind::ConnectionRefused {
                            return Ok((Outcome::Stopped(0), length));
                        }
                        tracing::debug!(%error, "a block was not sent");
                    }
                    sender.prepare()?;
                    let asked = sender.timeout_secs().map(|secs| Duration::from_secs(secs.into()));
                    let wait = asked.unwrap_or(PATIENCE * 2_u32.pow(sender.tries().min(6).into()));
                    if wait != patience {
                        socket.set_read_timeout(Some(wait))?;
                        patience = wait;
                    }
                }
                Step::Wait => {}
                Step::End(outcome) => return Ok((outcome, length)),
            }
            // Several that look at once would take the processor from each other and from their clients.
            let alone = self.count.load(Ordering::Relaxed) == 1;
            step = match inbox.receive(&mut buffer, alone) {
                Ok(count) => sender.came(Reply::parse(buffer.get(..count).unwrap_or_default()))?,
                // Its port is closed: it booted, or was switched off.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    return Ok((Outcome::Stopped(0), length));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Step::Wait,
                Err(_) if end.load(Ordering::Relaxed) => Step::End(Outcome::Gone),
                Err(_) => sender.silence(),
            };
        }
    }
}

fn source(content: Content, netascii: bool) -> io::Result<Source> {
    match content {
        Content::Text(text) => Ok(Source::text(text, netascii)),
        Content::File(located) if netascii && located.length <= LARGEST_TEXT => {
            let mut source = Source::open(&located)?;
            let bytes = source.read(0, usize::try_from(located.length).unwrap_or_default())?;
            match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Ok(Source::text(text, true)),
                Err(bytes) => Ok(Source::Text(bytes.into_bytes())),
            }
        }
        Content::File(located) => Source::open(&located),
    }
}

/// Receives answers.
struct Inbox<'a> {
    socket: &'a UdpSocket,
    lock_step: bool,
    /// The last answer was quick: the next one is looked for before this thread sleeps. On slow networks it never is.
    soon: bool,
}

impl Inbox<'_> {
    fn receive(&mut self, buffer: &mut [u8], alone: bool) -> io::Result<usize> {
        let began = Instant::now();
        while self.soon && alone && began.elapsed() < SOON {
            match recv(self.socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
                Err(nix::Error::EAGAIN) => std::hint::spin_loop(),
                received => return Ok(received?),
            }
        }
        let received = self.socket.recv(buffer)?;
        self.soon = self.lock_step && began.elapsed() < SOON * 2;
        Ok(received)
    }
}

/// Sends a window by as few calls as the kernel takes: it cuts one piece of memory into packets (UDP_SEGMENT).
struct Outbox<'a> {
    socket: &'a UdpSocket,
    /// Until the card refuses.
    cut: bool,
}

impl Outbox<'_> {
    fn send(&mut self, packets: &[u8], size: usize) -> io::Result<()> {
        if packets.len() <= size {
            return self.socket.send(packets).map(drop);
        }
        if self.cut {
            let each = (CUT_BYTES / size.max(1)).clamp(1, CUT_PACKETS) * size;
            let segment = u16::try_from(size).unwrap_or(u16::MAX);
            let sent = packets.chunks(each).try_for_each(|part| {
                let control = [ControlMessage::UdpGsoSegments(&segment)];
                sendmsg::<SockaddrIn>(self.socket.as_raw_fd(), &[IoSlice::new(part)], &control, MsgFlags::empty(), None)
                    .map(drop)
            });
            match sent {
                Ok(()) => return Ok(()),
                Err(nix::Error::ECONNREFUSED) => return Err(io::ErrorKind::ConnectionRefused.into()),
                Err(error) => {
                    tracing::debug!(%error, "packets are sent one by one: the card does not take them together");
                    self.cut = false;
                }
            }
        }
        packets.chunks(size.max(1)).try_for_each(|packet| self.socket.send(packet).map(drop))
    }
}
