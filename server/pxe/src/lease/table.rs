//! [`Table`]: who has which address. Seconds since 1970 come in; what must be kept for ever comes out as [`Change`]s.

use super::Pool;
use super::entry::{Change, Grant, Lease, NoAddress, Quarantine, Sighting};
use crate::mac::Mac;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;

/// How long an offer is kept for its machine: UEFI firmware waits for more offers, and a slow one asks again for a minute.
const OFFER_SECS: u64 = 120;
/// How long an address that somebody else was seen to use is not handed out.
const QUARANTINE_SECS: u64 = 600;
/// One card that answers for more addresses than this is a router with proxy ARP, not a conflict.
const ADDRESSES_A_CARD: usize = 3;

#[derive(Debug)]
struct Range {
    pool: Pool,
    /// Without lease, offer, memory of one, or quarantine.
    free: BTreeSet<Ipv4Addr>,
}

/// The leases.
#[derive(Debug, Default)]
pub struct Table {
    ranges: Vec<Range>,
    by_mac: HashMap<Mac, Lease>,
    by_address: HashMap<Ipv4Addr, Mac>,
    by_end: BTreeSet<(u64, Ipv4Addr)>,
    quarantine: BTreeMap<Ipv4Addr, Quarantine>,
    seen: HashMap<Mac, BTreeSet<Ipv4Addr>>,
}

impl Table {
    /// A table over `pools`, with what the store remembers.
    pub fn new(
        pools: Vec<Pool>,
        leases: impl IntoIterator<Item = Lease>,
        quarantine: impl IntoIterator<Item = Quarantine>,
    ) -> Self {
        let ranges = pools.into_iter().map(|pool| Range { free: pool.addresses().collect(), pool }).collect();
        let mut table = Self { ranges, ..Self::default() };
        for lease in leases {
            table.put(lease);
        }
        for shunned in quarantine {
            table.occupy(shunned.address);
            table.quarantine.insert(shunned.address, shunned);
        }
        table
    }

    /// The pool whose network holds `address`.
    pub fn pool(&self, address: Ipv4Addr) -> Option<&Pool> {
        self.ranges.iter().map(|range| &range.pool).find(|pool| pool.holds(address))
    }

    /// What this machine has, ended or not.
    pub fn lease(&self, mac: Mac) -> Option<&Lease> {
        self.by_mac.get(&mac)
    }

    /// Whose address this is now.
    pub fn holder(&self, address: Ipv4Addr, now: u64) -> Option<Mac> {
        let mac = *self.by_address.get(&address)?;
        self.by_mac.get(&mac).is_some_and(|lease| lease.bound && lease.until > now).then_some(mac)
    }

    /// Every lease, in no order.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.by_mac.values()
    }

    /// Finds an address for `mac` in the network of `near`, and keeps it for a while. In this order: the one kept for the node,
    /// the one it has or had, the one it asks for, one that nobody ever had, the one whose lease ended longest ago.
    ///
    /// # Errors
    /// [`NoAddress`].
    pub fn offer(
        &mut self,
        mac: Mac,
        near: Ipv4Addr,
        kept: Option<Ipv4Addr>,
        wanted: Option<Ipv4Addr>,
        kept_for: &dyn Fn(Ipv4Addr) -> Option<Mac>,
        now: u64,
    ) -> Result<Grant, NoAddress> {
        self.end_quarantine(now);
        let range = self.ranges.iter().position(|range| range.pool.holds(near)).ok_or(NoAddress)?;
        let address = self.find(mac, range, kept, wanted, kept_for, now).ok_or(NoAddress)?;
        let before = self.by_mac.get(&mac).filter(|lease| lease.address == address);
        let fresh = before.is_none_or(|lease| lease.until <= now);
        let bound = before.is_some_and(|lease| lease.bound && lease.until > now);
        if !bound {
            let host_name = before.and_then(|lease| lease.host_name.clone());
            self.put(Lease { mac, address, until: now + OFFER_SECS, bound: false, host_name });
        }
        Ok(Grant { address, fresh })
    }

    /// Whether `mac` may have `address` now: it is its own, or kept for it, or in the pool and nobody's.
    pub fn may_have(
        &self,
        mac: Mac,
        address: Ipv4Addr,
        kept: Option<Ipv4Addr>,
        kept_for: &dyn Fn(Ipv4Addr) -> Option<Mac>,
        now: u64,
    ) -> bool {
        let shunned =
            self.quarantine.get(&address).is_some_and(|shunned| shunned.until > now && shunned.used_by != Some(mac));
        let others = self
            .by_address
            .get(&address)
            .is_some_and(|holder| *holder != mac && self.by_mac.get(holder).is_some_and(|lease| lease.until > now));
        let allowed = match kept {
            Some(kept) => kept == address,
            None => self.ranges.iter().any(|range| range.pool.offers(address) && range.pool.router != Some(address)),
        };
        allowed && !shunned && !others && kept_for(address).is_none_or(|holder| holder == mac)
    }

    /// `mac` has `address` until then. The answer may go out once the change is kept.
    pub fn bind(&mut self, mac: Mac, address: Ipv4Addr, until: u64, host_name: Option<String>) -> Change {
        let lease = Lease { mac, address, until, bound: true, host_name };
        self.put(lease.clone());
        Change::Put(lease)
    }

    /// The machine gives its address back; it is remembered for its next start.
    pub fn release(&mut self, mac: Mac, address: Ipv4Addr, now: u64) -> Option<Change> {
        let lease = self.by_mac.get(&mac).filter(|lease| lease.address == address)?.clone();
        let ended = Lease { until: now.min(lease.until), ..lease };
        self.put(ended.clone());
        ended.bound.then_some(Change::Put(ended))
    }

    /// The machine took another server's offer: ours is over.
    pub fn withdraw(&mut self, mac: Mac) {
        if self.by_mac.get(&mac).is_some_and(|lease| !lease.bound) {
            self.remove(mac);
        }
    }

    /// The machine found its address in use. Only from whom it was given to: nobody else can know.
    pub fn decline(&mut self, mac: Mac, address: Ipv4Addr, now: u64) -> Vec<Change> {
        if self.by_mac.get(&mac).is_none_or(|lease| lease.address != address) {
            return Vec::new();
        }
        self.remove(mac);
        vec![Change::Drop(mac), self.shun(address, None, now)]
    }

    /// `card` was seen to use `address`.
    pub fn sighting(&mut self, address: Ipv4Addr, card: Mac, now: u64) -> (Sighting, Vec<Change>) {
        let pool = self.ranges.iter().any(|range| range.pool.offers(address));
        let holder = self.by_address.get(&address).copied();
        if holder == Some(card) || (!pool && holder.is_none()) {
            return (Sighting::Fine, Vec::new());
        }
        // Known, and not over soon: nothing to do again for every packet that is seen.
        if self
            .quarantine
            .get(&address)
            .is_some_and(|known| known.used_by == Some(card) && known.until > now + QUARANTINE_SECS / 2)
        {
            return (Sighting::Fine, Vec::new());
        }
        let claims = self.seen.entry(card).or_default();
        claims.insert(address);
        if claims.len() > ADDRESSES_A_CARD {
            return (Sighting::ProxyArp, Vec::new());
        }
        let mut changes = Vec::new();
        let holder = holder.filter(|mac| self.by_mac.get(mac).is_some_and(|lease| lease.until > now));
        if let Some(mac) = self.by_address.get(&address).copied() {
            self.remove(mac);
            changes.push(Change::Drop(mac));
        }
        changes.push(self.shun(address, Some(card), now));
        (Sighting::Conflict(holder), changes)
    }

    fn shun(&mut self, address: Ipv4Addr, used_by: Option<Mac>, now: u64) -> Change {
        let shunned = Quarantine { address, until: now + QUARANTINE_SECS, used_by };
        self.occupy(address);
        self.quarantine.insert(address, shunned);
        Change::Shun(shunned)
    }

    fn find(
        &self,
        mac: Mac,
        range: usize,
        kept: Option<Ipv4Addr>,
        wanted: Option<Ipv4Addr>,
        kept_for: &dyn Fn(Ipv4Addr) -> Option<Mac>,
        now: u64,
    ) -> Option<Ipv4Addr> {
        let Range { pool, free } = self.ranges.get(range)?;
        let sound = |address: &Ipv4Addr| self.may_have(mac, *address, None, kept_for, now);
        let kept =
            kept.filter(|address| pool.holds(*address) && self.may_have(mac, *address, Some(*address), kept_for, now));
        let own =
            || self.by_mac.get(&mac).map(|lease| lease.address).filter(|address| pool.holds(*address)).filter(sound);
        let wanted = || wanted.filter(|address| free.contains(address)).filter(sound);
        // From a place of the machine's own, so that it finds the same address again even when the leases were lost.
        let begin =
            u32::from(pool.first).wrapping_add(spread(mac) % (u32::from(pool.last) - u32::from(pool.first) + 1));
        let begin = Ipv4Addr::from(begin);
        let unused = || free.range(begin..).chain(free.range(..begin)).copied().find(sound);
        let ended = || {
            let mut ended = self.by_end.iter().take_while(|(until, _)| *until <= now).map(|(_, address)| *address);
            ended.find(|address| pool.offers(*address) && sound(address))
        };
        kept.or_else(own).or_else(wanted).or_else(unused).or_else(ended)
    }

    fn put(&mut self, lease: Lease) {
        if self.by_mac.get(&lease.mac).is_some_and(|old| old.address != lease.address) {
            self.remove(lease.mac);
        }
        if let Some(other) = self.by_address.get(&lease.address).copied().filter(|other| *other != lease.mac) {
            self.remove(other);
        }
        if let Some(old) = self.by_mac.get(&lease.mac) {
            self.by_end.remove(&(old.until, old.address));
        }
        self.occupy(lease.address);
        self.by_address.insert(lease.address, lease.mac);
        self.by_end.insert((lease.until, lease.address));
        self.by_mac.insert(lease.mac, lease);
    }

    fn remove(&mut self, mac: Mac) {
        if let Some(lease) = self.by_mac.remove(&mac) {
            self.by_address.remove(&lease.address);
            self.by_end.remove(&(lease.until, lease.address));
            self.vacate(lease.address);
        }
    }

    fn occupy(&mut self, address: Ipv4Addr) {
        for range in &mut self.ranges {
            range.free.remove(&address);
        }
    }

    fn vacate(&mut self, address: Ipv4Addr) {
        if self.quarantine.contains_key(&address) || self.by_address.contains_key(&address) {
            return;
        }
        for range in &mut self.ranges {
            if range.pool.offers(address) && range.pool.router != Some(address) {
                range.free.insert(address);
            }
        }
    }

    fn end_quarantine(&mut self, now: u64) {
        let ended: Vec<_> = self.quarantine.values().filter(|shunned| shunned.until <= now).copied().collect();
        for shunned in ended {
            self.quarantine.remove(&shunned.address);
            if let Some(claims) = shunned.used_by.and_then(|card| self.seen.get_mut(&card)) {
                claims.remove(&shunned.address);
            }
            self.vacate(shunned.address);
        }
    }
}

/// FNV-1a: spreads cards that differ in the last byte only.
fn spread(mac: Mac) -> u32 {
    mac.bytes().into_iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    fn mac(last: u8) -> Mac {
        Mac::new([0x52, 0x54, 0, 0, 0, last])
    }

    fn table(last: u8) -> Table {
        Table::new(vec![Pool::parse(&format!("192.0.2.100-192.0.2.{last}"), 24).unwrap()], [], [])
    }

    fn offer(table: &mut Table, card: u8, now: u64) -> Result<Ipv4Addr, NoAddress> {
        table.offer(mac(card), NEAR, None, None, &|_| None, now).map(|grant| grant.address)
    }

    #[test]
    fn a_machine_keeps_its_address_through_all_stages_and_after_the_end() {
        let mut table = table(150);
        let address = offer(&mut table, 1, 0).unwrap();
        assert_eq!(offer(&mut table, 1, 5), Ok(address));
        table.bind(mac(1), address, 600, None);
        assert_eq!(offer(&mut table, 1, 10), Ok(address));
        assert_eq!(offer(&mut table, 1, 100_000), Ok(address));
    }

    #[test]
    fn a_lost_table_finds_the_same_address_again() {
        assert_eq!(offer(&mut table(150), 9, 0), offer(&mut table(150), 9, 0));
    }

    #[test]
    fn two_machines_never_have_one_address() {
        let mut table = table(103);
        let all: BTreeSet<_> = (1..=4).map(|card| offer(&mut table, card, 0).unwrap()).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(offer(&mut table, 5, 0), Err(NoAddress));
        assert!(offer(&mut table, 5, OFFER_SECS + 1).is_ok(), "an offer that nobody took is over");
    }

    #[test]
    fn of_the_ended_leases_the_oldest_goes_first() {
        let mut table = table(102);
        let addresses: Vec<_> = (1..=3).map(|card| offer(&mut table, card, 0).unwrap()).collect();
        for (card, until) in [(1, 300), (2, 100), (3, 200)] {
            table.bind(mac(card), addresses[usize::from(card) - 1], until, None);
        }
        assert_eq!(offer(&mut table, 4, 400), Ok(addresses[1]));
    }

    #[test]
    fn a_kept_address_is_given_to_its_node_and_to_nobody_else() {
        let mut table = table(101);
        let kept = Ipv4Addr::new(192, 0, 2, 100);
        let kept_for = |address| (address == kept).then_some(mac(1));
        let other = table.offer(mac(2), NEAR, None, Some(kept), &kept_for, 0).unwrap();
        assert_ne!(other.address, kept);
        assert_eq!(table.offer(mac(3), NEAR, None, None, &kept_for, 0), Err(NoAddress));
        let own = table.offer(mac(1), NEAR, Some(kept), None, &kept_for, 0).unwrap();
        assert_eq!(own.address, kept);
        let outside = Ipv4Addr::new(192, 0, 2, 7);
        assert_eq!(table.offer(mac(1), NEAR, Some(outside), None, &|_| None, 0).unwrap().address, outside);
    }

    #[test]
    fn an_address_that_somebody_uses_is_withdrawn_and_comes_back_later() {
        let mut table = table(101);
        let address = offer(&mut table, 1, 0).unwrap();
        let (sighting, changes) = table.sighting(address, mac(77), 1);
        assert_eq!(sighting, Sighting::Conflict(Some(mac(1))));
        assert_eq!(changes.len(), 2);
        assert!(!table.may_have(mac(1), address, None, &|_| None, 2), "the request for it is refused");
        let other = offer(&mut table, 1, 3).unwrap();
        assert_ne!(other, address);
        assert_eq!(offer(&mut table, 2, 4), Err(NoAddress));
        assert_eq!(offer(&mut table, 2, 2 + QUARANTINE_SECS), Ok(address));
    }

    #[test]
    fn a_machine_on_its_own_address_and_strangers_outside_the_pool_are_fine() {
        let mut table = table(101);
        let address = offer(&mut table, 1, 0).unwrap();
        assert_eq!(table.sighting(address, mac(1), 1).0, Sighting::Fine);
        assert_eq!(table.sighting([192, 0, 2, 9].into(), mac(8), 1).0, Sighting::Fine);
    }

    #[test]
    fn a_router_with_proxy_arp_does_not_empty_the_pool() {
        let mut table = table(150);
        let seen: Vec<_> = (100..=150).map(|last| table.sighting([192, 0, 2, last].into(), mac(99), 0).0).collect();
        assert_eq!(seen.iter().filter(|one| matches!(one, Sighting::Conflict(_))).count(), ADDRESSES_A_CARD);
        assert_eq!(seen.last(), Some(&Sighting::ProxyArp));
    }

    #[test]
    fn only_the_holder_can_decline_an_address() {
        let mut table = table(100);
        let address = offer(&mut table, 1, 0).unwrap();
        assert!(table.decline(mac(2), address, 0).is_empty());
        assert_eq!(table.decline(mac(1), address, 0).len(), 2);
        assert_eq!(offer(&mut table, 1, 1), Err(NoAddress));
    }

    #[test]
    fn a_released_address_is_free_for_others_and_remembered() {
        let mut table = table(101);
        let address = offer(&mut table, 1, 0).unwrap();
        table.bind(mac(1), address, 600, None);
        assert!(table.release(mac(1), address, 10).is_some());
        assert_eq!(table.holder(address, 10), None);
        assert_eq!(offer(&mut table, 1, 11), Ok(address));
    }
}
