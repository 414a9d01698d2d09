//! What the servers hear beside the questions to them: who uses which address, who else gives addresses, who looks for a router.

use super::dhcp;
use super::event::Event;
use super::{Mode, Shared, WATCH_EVERY, watch};
use crate::files::now;
use crate::lease::Sighting;
use crate::net::{ArpSocket, FrameSocket, RouterSocket, Solicited, sniff};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// Hears who uses which address.
pub(super) fn sightings(arp: &ArpSocket, shared: &Shared, promises: &SyncSender<dhcp::Promise>) {
    let mut proxies = Vec::new();
    while !shared.ended() {
        let seen = match arp.next() {
            Ok(Some(seen)) if seen.card != shared.interface.mac => seen,
            Ok(_) => continue,
            Err(error) => return tracing::error!(%error, "listening to ARP ended"),
        };
        if shared.mode == Mode::Proxy {
            continue;
        }
        let (sighting, changes) = shared.table().sighting(seen.address, seen.card, now());
        dhcp::note_down(promises, changes);
        match sighting {
            Sighting::Fine => {}
            Sighting::Conflict(holder) => {
                shared.tell(Event::Conflict { address: seen.address, card: seen.card, holder });
            }
            Sighting::ProxyArp if proxies.contains(&seen.card) => {}
            Sighting::ProxyArp => {
                proxies.push(seen.card);
                shared.tell(Event::ProxyArp { card: seen.card });
            }
        }
    }
}

/// Hears other DHCP servers, and asks for one now and then. Beside another server, its silence is worth a word.
pub(super) fn other_servers(ears: &sniff::Ears, frames: Option<&FrameSocket>, shared: &Shared) {
    let (mut asked, mut heard) = (None::<Instant>, false);
    while !shared.ended() {
        match asked {
            Some(at) if at.elapsed() < WATCH_EVERY => {
                if shared.mode == Mode::Proxy && !heard && at.elapsed() > watch::PATIENCE {
                    shared.tell(Event::NoServer);
                    heard = true;
                }
            }
            _ => {
                heard = false;
                asked = Some(Instant::now());
                if let Some(Err(error)) = frames.map(|frames| watch::ask(frames, &shared.interface)) {
                    tracing::debug!(%error, "nobody was asked");
                }
            }
        }
        match ears.next() {
            Ok(Some(frame)) => {
                if let Some(other) = watch::Heard::parse(&frame)
                    .filter(|other| other.server != shared.interface.address && other.addresses)
                {
                    heard = true;
                    shared.other_server(other.server, Some(other.card));
                }
            }
            Ok(None) => {}
            Err(error) => return tracing::error!(%error, "listening to DHCP servers ended"),
        }
    }
}

/// Answers whoever looks for an IPv6 router, until a real one is heard.
pub(super) fn advertise(socket: &RouterSocket, shared: &Shared) {
    if let Err(error) = socket.solicit() {
        tracing::debug!(%error, "no router was looked for");
    }
    let begin = Instant::now() + Duration::from_secs(1);
    while !shared.ended() {
        match socket.next() {
            // A router that is there has a second to say so.
            Ok(Solicited::Asked) if Instant::now() >= begin => {
                if let Err(error) = socket.advertise() {
                    tracing::debug!(%error, "not advertised");
                }
            }
            Ok(Solicited::OtherRouter) => return shared.tell(Event::OtherRouter),
            Ok(_) => {}
            Err(error) => return tracing::error!(%error, "listening to ICMPv6 ended"),
        }
    }
}
