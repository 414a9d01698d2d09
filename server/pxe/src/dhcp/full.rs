//! The DHCP server with addresses of its own (RFC 2131).

use super::reply::{Draft, Kind};
use super::{Answer, Asks, Note, Policy, Refused, Request, Silent, silent};
use crate::boot;
use crate::lease::{Pool, Table};
use crate::provisioning::{Known, Provisioning};
use dhcproto::v4::DhcpOption;
use std::net::Ipv4Addr;

/// Answers a packet that came to port 67. `now` is seconds since 1970.
pub fn answer(request: &Request, policy: &Policy, table: &mut Table, nodes: &dyn Provisioning, now: u64) -> Answer {
    let known = nodes.known(&request.machine(None));
    Server { request, policy, table, nodes, known, now }.answer()
}

struct Server<'a> {
    request: &'a Request,
    policy: &'a Policy,
    table: &'a mut Table,
    nodes: &'a dyn Provisioning,
    known: Option<Known>,
    now: u64,
}

impl Server<'_> {
    fn answer(mut self) -> Answer {
        match self.request.asks {
            Asks::Discover => self.discover(),
            Asks::Request => self.requested(),
            Asks::Decline => self.decline(),
            Asks::Release => self.release(),
            Asks::Inform => self.inform(),
        }
    }

    /// An address in the client's network: the relay's, its own, or ours.
    fn near(&self) -> Ipv4Addr {
        let Request { giaddr, ciaddr, .. } = *self.request;
        [giaddr, ciaddr].into_iter().find(|address| !address.is_unspecified()).unwrap_or(self.policy.origin.address)
    }

    fn kept(&self) -> Option<Ipv4Addr> {
        self.known.as_ref().and_then(|known| known.address)
    }

    fn may_have(&self, address: Ipv4Addr) -> bool {
        let Self { table, nodes, now, .. } = self;
        let mac = self.request.mac;
        let may = |address, kept| table.may_have(mac, address, kept, &|address| nodes.kept_for(address), *now);
        // A kept address counts in its own network, and only once nobody else has it any more; until then the node lives
        // on one of the pool.
        let here = |kept: &Ipv4Addr| table.pool(self.near()).is_some_and(|pool| pool.holds(*kept));
        let kept = self.kept().filter(here).filter(|kept| may(*kept, Some(*kept)));
        may(address, kept)
    }

    fn discover(&mut self) -> Answer {
        let Request { mac, requested, .. } = *self.request;
        let near = self.near();
        let Some(pool) = self.table.pool(near).cloned() else { return silent(Silent::NoPool(near)) };
        let nodes = self.nodes;
        let kept = self.kept();
        match self.table.offer(mac, near, kept, requested, &|address| nodes.kept_for(address), self.now) {
            Ok(grant) => {
                let mut answer = self.give(Kind::Offer, grant.address, &pool);
                answer.probe = grant.fresh.then_some(grant.address);
                answer
            }
            Err(_) => silent(Silent::PoolEmpty),
        }
    }

    fn requested(&mut self) -> Answer {
        let Request { mac, server, requested, ciaddr, .. } = *self.request;
        let ours = self.request.server_override().unwrap_or(self.policy.origin.address);
        if let Some(other) = server.filter(|server| *server != ours && *server != self.policy.origin.address) {
            self.table.withdraw(mac);
            return Answer { note: Note::OtherServer(other), ..Answer::default() };
        }
        let near = self.near();
        let Some(pool) = self.table.pool(near).cloned() else { return silent(Silent::NoPool(near)) };
        let Some(address) = requested.or((!ciaddr.is_unspecified()).then_some(ciaddr)) else {
            return silent(Silent::NotOurs);
        };
        if !pool.holds(address) {
            return self.refuse(address, Refused::WrongNetwork);
        }
        if self.may_have(address) {
            return self.lease(address, &pool);
        }
        // Of an address outside our pools that we never gave we know nothing: its own server may be silent today.
        let ours = server.is_some() || pool.offers(address) || self.table.lease(mac).is_some();
        if ours { self.refuse(address, Refused::NotYours) } else { silent(Silent::NotOurs) }
    }

    fn lease(&mut self, address: Ipv4Addr, pool: &Pool) -> Answer {
        let mac = self.request.mac;
        let until = self.now + u64::from(self.policy.lease_secs);
        let mut answer = self.give(Kind::Ack, address, pool);
        // The same question again, as firmware asks it when an answer was slow: nothing new to keep.
        let kept = self
            .table
            .lease(mac)
            .is_some_and(|lease| lease.bound && lease.address == address && lease.until + 1 >= until);
        if !kept {
            let before = self.table.lease(mac).and_then(|lease| lease.host_name.clone());
            let host_name = self.request.host_name.clone().or(before);
            answer.changes.push(self.table.bind(mac, address, until, host_name));
        }
        answer
    }

    fn give(&self, kind: Kind, address: Ipv4Addr, pool: &Pool) -> Answer {
        let Self { request, policy, .. } = self;
        let mut draft = Draft::new(request, kind, &policy.origin);
        draft.yiaddr(address);
        draft.ciaddr(if kind == Kind::Ack { request.ciaddr } else { Ipv4Addr::UNSPECIFIED });
        draft.option(DhcpOption::AddressLeaseTime(policy.lease_secs));
        self.options(&mut draft, Some(pool));
        let boot = self.boot(address);
        if let Ok(boot) = &boot {
            draft.boot(boot, &policy.origin);
        }
        let note = match kind {
            Kind::Offer => Note::Offered(address, boot),
            _ => Note::Acknowledged(address, boot),
        };
        Answer { reply: Some(draft.finish()), note, ..Answer::default() }
    }

    fn boot(&self, address: Ipv4Addr) -> Result<boot::Boot, boot::NoBoot> {
        let machine = self.request.machine(Some(address));
        boot::decide(self.request.client, &machine, self.known.as_ref(), &self.policy.origin, &self.policy.programs)
    }

    fn options(&self, draft: &mut Draft<'_>, pool: Option<&Pool>) {
        let policy = self.policy;
        if let Some(pool) = pool {
            draft.option(DhcpOption::SubnetMask(pool.mask()));
            draft.wanted(28, DhcpOption::BroadcastAddr(pool.broadcast()));
            if let Some(router) = pool.router {
                draft.option(DhcpOption::Router(vec![router]));
            }
        }
        if !policy.dns.is_empty() {
            draft.option(DhcpOption::DomainNameServer(policy.dns.clone()));
        }
        if let Some(domain) = &policy.domain {
            draft.wanted(15, DhcpOption::DomainName(domain.clone()));
        }
        if !policy.ntp.is_empty() {
            draft.wanted(42, DhcpOption::NtpServers(policy.ntp.clone()));
        }
        if let Some(known) = self.known.as_ref().filter(|known| !known.name.is_empty()) {
            draft.wanted(12, DhcpOption::Hostname(known.name.clone()));
        }
    }

    fn refuse(&self, address: Ipv4Addr, why: Refused) -> Answer {
        let mut draft = Draft::new(self.request, Kind::Nak, &self.policy.origin);
        let words = match why {
            Refused::WrongNetwork => "this address belongs to another network",
            Refused::NotYours => "this address is another machine's",
        };
        draft.option(DhcpOption::Message(words.to_owned()));
        Answer { reply: Some(draft.finish()), note: Note::Refused(address, why), ..Answer::default() }
    }

    fn decline(&mut self) -> Answer {
        let Some(address) = self.request.requested else { return silent(Silent::NotOurs) };
        let changes = self.table.decline(self.request.mac, address, self.now);
        match changes.is_empty() {
            true => silent(Silent::NotOurs),
            false => Answer { changes, note: Note::Declined(address), ..Answer::default() },
        }
    }

    fn release(&mut self) -> Answer {
        let address = self.request.ciaddr;
        match self.table.release(self.request.mac, address, self.now) {
            Some(change) => Answer { changes: vec![change], note: Note::Released(address), ..Answer::default() },
            None => silent(Silent::NotOurs),
        }
    }

    /// RFC 2131 4.3.5: to the address itself, without a lease time.
    fn inform(&self) -> Answer {
        let address = self.request.ciaddr;
        if address.is_unspecified() {
            return silent(Silent::NotOurs);
        }
        let mut draft = Draft::new(self.request, Kind::Ack, &self.policy.origin);
        draft.ciaddr(address);
        self.options(&mut draft, self.table.pool(address));
        if let Ok(boot) = self.boot(address) {
            draft.boot(&boot, &self.policy.origin);
        }
        Answer { reply: Some(draft.finish()), note: Note::Informed(address), ..Answer::default() }
    }
}
