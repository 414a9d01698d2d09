//! DHCP around its sockets: packets in, answers out, leases to the disk before the answers that promise them.

use super::event::Event;
use super::limit::{Limit, Verdict};
use super::{Mode, Shared};
use crate::dhcp::{Answer, Kind, Note, Policy, Reply, Request, To, full, proxy};
use crate::files::now;
use crate::lease::{Change, Store};
use crate::mac::Mac;
use crate::net::{ArpSocket, FrameSocket, udp_frame};
use crate::provisioning::Seen;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer than any request that makes sense, and than a frame.
const LONGEST: usize = 4096;
/// Leases of one commit.
const BATCH: usize = 512;
/// Answers that may wait for the disk. When it cannot keep up, questions wait in the socket, and what it has no room for is asked again.
pub(super) const WAITING: usize = 2048;
/// So long without a question, the leases' file is tidied.
const QUIET: Duration = Duration::from_millis(200);

/// Answers that wait for the disk.
pub(super) struct Promise {
    changes: Vec<Change>,
    reply: Option<Reply>,
}

/// Sends answers: from port 67, or from 4011.
pub(super) struct Outbox {
    pub(super) socket: Arc<UdpSocket>,
    /// Where there is none, clients without an address are answered by broadcast, which all of them hear.
    pub(super) frames: Option<Arc<FrameSocket>>,
    pub(super) card: Mac,
    pub(super) address: Ipv4Addr,
}

impl Outbox {
    fn send(&self, reply: &Reply) -> io::Result<()> {
        let everybody = SocketAddrV4::new(Ipv4Addr::BROADCAST, 68);
        let to = match reply.to {
            To::Address(to) => to,
            To::Everybody => everybody,
            To::Card { mac, address } => match &self.frames {
                Some(frames) => {
                    let from = (self.card, SocketAddrV4::new(self.address, 67));
                    let to = (mac, SocketAddrV4::new(address, 68));
                    let frame = udp_frame(from, to, &reply.bytes).ok_or(io::ErrorKind::InvalidInput)?;
                    return frames.send(&frame);
                }
                None => everybody,
            },
        };
        self.socket.send_to(&reply.bytes, to).map(drop)
    }

    /// Somebody without a route does not stop the others.
    fn deliver(&self, reply: &Reply) {
        if let Err(error) = self.send(reply) {
            tracing::warn!(to = ?reply.to, %error, "an answer was not sent");
        }
    }
}

/// One listening thread.
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    pub(super) policy: Arc<Policy>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) promises: SyncSender<Promise>,
    pub(super) limit: Arc<Mutex<Limit>>,
    pub(super) frames: Option<Arc<FrameSocket>>,
}

impl Desk {
    /// Hears port 67 or 4011 until the servers end.
    pub(super) fn listen(&self, boot_server: bool) {
        let mut buffer = [0; LONGEST];
        while !self.shared.ended() {
            let Ok((length, SocketAddr::V4(source))) = self.outbox.socket.recv_from(&mut buffer) else { continue };
            match Request::parse(buffer.get(..length).unwrap_or_default()) {
                Ok(request) => self.request(&request, source, boot_server),
                Err(why) => tracing::debug!(%source, %why, "a packet is ignored"),
            }
        }
    }

    fn request(&self, request: &Request, source: SocketAddrV4, boot_server: bool) {
        match self.limit.lock().unwrap_or_else(PoisonError::into_inner).ask(request.mac, Instant::now()) {
            Verdict::Within => {}
            Verdict::Over => self.shared.tell(Event::TooMany { mac: request.mac }),
            Verdict::StillOver => return,
        }
        let nodes = self.shared.files.nodes.as_ref();
        let answer = match (boot_server, self.shared.mode) {
            (true, _) => proxy::boot_server(request, source, &self.policy, nodes),
            (false, Mode::Proxy) => proxy::offer(request, &self.policy, nodes),
            (false, Mode::Dhcp) => {
                let mut table = self.shared.table();
                full::answer(request, &self.policy, &mut table, nodes, now())
            }
        };
        self.seen(request, &answer);
        let Answer { reply, changes, probe, note } = answer;
        if let Note::OtherServer(server) = note {
            self.shared.other_server(server, None);
        }
        if changes.is_empty() {
            if let Some(reply) = &reply {
                self.outbox.deliver(reply);
            }
        } else if self.promises.send(Promise { changes, reply }).is_err() {
            tracing::error!("the leases' thread has ended");
        }
        // After the answer: looking costs the client no time. What is found withdraws the address before it is confirmed, or later.
        if let (Some(address), Some(frames), true) = (probe, &self.frames, request.giaddr.is_unspecified())
            && let Err(error) = ArpSocket::probe(frames, self.outbox.card, address)
        {
            tracing::debug!(%address, %error, "not probed");
        }
        self.shared.tell(Event::Dhcp { mac: request.mac, kind: request.client.words(), note });
    }

    fn seen(&self, request: &Request, answer: &Answer) {
        let kind = request.client.words();
        let (address, seen) = match &answer.note {
            Note::Acknowledged(address, _) if !request.client.boots() => (Some(*address), Seen::Leased),
            Note::Acknowledged(address, _) | Note::Offered(address, _) => (Some(*address), Seen::Asked { kind }),
            Note::Proxied(_) | Note::BootServer(_) => (None, Seen::Asked { kind }),
            _ => return,
        };
        // An offer to an operating system says nothing yet.
        if request.client.boots() || seen == Seen::Leased {
            self.shared.files.nodes.seen(&request.machine(address), seen);
        }
    }
}

/// Keeps leases, many with one sync, and only then sends what promises them. Ends when nobody can promise any more.
pub(super) fn keep(mut store: Store, promises: &Receiver<Promise>, outbox: &Outbox, shared: &Shared) {
    let mut tidy = true;
    loop {
        let first = match promises.recv_timeout(if tidy { Duration::MAX } else { QUIET }) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = store.tidy() {
                    tracing::warn!(%error, "the leases' file was not tidied");
                }
                tidy = true;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        tidy = false;
        let mut batch = vec![first];
        batch.extend(promises.try_iter().take(BATCH));
        let changes: Vec<Change> = batch.iter_mut().flat_map(|promise| std::mem::take(&mut promise.changes)).collect();
        match store.keep(&changes) {
            Ok(()) => batch.iter().filter_map(|promise| promise.reply.as_ref()).for_each(|reply| outbox.deliver(reply)),
            Err(error) => {
                let source = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
                // A refusal promises nothing.
                let refusals = batch.iter().filter_map(|promise| promise.reply.as_ref());
                refusals.filter(|reply| reply.kind == Kind::Nak).for_each(|reply| outbox.deliver(reply));
                shared.tell(Event::NotKept { leases: changes.len(), why: format!("{error}{source}") });
            }
        }
    }
}

/// Changes without an answer: an address went into quarantine.
pub(super) fn note_down(promises: &SyncSender<Promise>, changes: Vec<Change>) {
    if !changes.is_empty() && promises.send(Promise { changes, reply: None }).is_err() {
        tracing::error!("the leases' thread has ended");
    }
}
