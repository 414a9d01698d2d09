//! Failed logins slow down whoever makes them: by address, doubling, up to a minute.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Mistypings that cost nothing.
const FREE: u32 = 2;
const LONGEST: Duration = Duration::from_secs(60);
/// So long without a failure, and it is forgotten.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// Addresses remembered; then the one that may try soonest is forgotten.
const MOST: usize = 10_000;

#[derive(Clone, Copy)]
struct Record {
    failures: u32,
    last: Instant,
}

impl Record {
    fn free_at(self) -> Instant {
        let doublings = self.failures.saturating_sub(FREE + 1).min(6);
        let wait = if self.failures <= FREE { Duration::ZERO } else { Duration::from_secs(1 << doublings) };
        self.last + wait.min(LONGEST)
    }
}

/// Who failed how often.
#[derive(Default)]
pub struct Throttle {
    records: Mutex<HashMap<IpAddr, Record>>,
}

impl Throttle {
    /// An attempt begins: it counts as failed until [`Throttle::succeeded`], so that many at once gain nothing.
    ///
    /// # Errors
    /// How long the address has to wait; the attempt must not be made, and does not count.
    pub fn begin(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.retain(|_, record| now.duration_since(record.last) < MEMORY);
        let key = network(address);
        if records.len() >= MOST
            && !records.contains_key(&key)
            && let Some(soonest) = records.iter().min_by_key(|(_, record)| record.free_at()).map(|(key, _)| *key)
        {
            records.remove(&soonest);
        }
        let record = records.entry(key).or_insert(Record { failures: 0, last: now });
        let wait = record.free_at().saturating_duration_since(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        *record = Record { failures: record.failures.saturating_add(1), last: now };
        Ok(())
    }

    /// The attempt was good: the address is as new.
    pub fn succeeded(&self, address: IpAddr) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).remove(&network(address));
    }
}

/// One customer of IPv6 has at least a /64, and could come from another address each time.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute() {
        let (throttle, a) = (Throttle::default(), address("192.0.2.1"));
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..12 {
            if let Err(wait) = throttle.begin(a, now) {
                waits.push(wait.as_secs());
                now += wait;
                throttle.begin(a, now).unwrap();
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn success_and_an_hour_forgive() {
        let (throttle, a, now) = (Throttle::default(), address("192.0.2.1"), Instant::now());
        let exhaust = || (0..=FREE).for_each(|_| throttle.begin(a, now).unwrap());
        exhaust();
        assert!(throttle.begin(a, now).is_err());
        throttle.succeeded(a);
        exhaust();
        assert!(throttle.begin(a, now).is_err());
        assert!(throttle.begin(a, now + MEMORY).is_ok());
        assert!(throttle.begin(a, now + MEMORY).is_ok());
    }

    #[test]
    fn addresses_are_told_apart_and_ipv6_by_network() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let exhaust = |text| (0..=FREE).for_each(|_| throttle.begin(address(text), now).unwrap());
        exhaust("2001:db8::1");
        assert!(throttle.begin(address("2001:db8::2"), now).is_err());
        assert!(throttle.begin(address("2001:db8:0:1::2"), now).is_ok());
        exhaust("192.0.2.1");
        assert!(throttle.begin(address("::ffff:192.0.2.1"), now).is_err());
        assert!(throttle.begin(address("192.0.2.2"), now).is_ok());
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..=u32::try_from(MOST).unwrap() {
            throttle.begin(IpAddr::V4(n.into()), now).unwrap();
        }
        assert_eq!(throttle.records.lock().unwrap().len(), MOST);
    }
}
