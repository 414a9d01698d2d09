//! [`Pool`]: a range of addresses in one network, and what clients there are told.

use std::net::Ipv4Addr;
use std::str::FromStr;

/// As many addresses as a /16 has; more would be a slip of the hand.
const LARGEST: u32 = 65_536;

/// The addresses handed out in one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The first.
    pub first: Ipv4Addr,
    /// The last, itself included.
    pub last: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// Option 3; none where nothing routes.
    pub router: Option<Ipv4Addr>,
}

/// A text is no pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The shape is wrong.
    #[error(
        "`{0}` is not a pool: FIRST-LAST[/PREFIX][,router=ADDRESS] is expected, as in 192.0.2.100-192.0.2.200/24,router=192.0.2.254"
    )]
    Shape(String),
    /// The end lies before the beginning.
    #[error("the pool {first}-{last} ends before it begins: write the smaller address first")]
    Backwards {
        /// As written.
        first: Ipv4Addr,
        /// As written.
        last: Ipv4Addr,
    },
    /// The range leaves the network.
    #[error("the pool {first}-{last} does not lie in one network of /{prefix}: shorten it, or correct the prefix")]
    Network {
        /// As written.
        first: Ipv4Addr,
        /// As written.
        last: Ipv4Addr,
        /// As written, or the interface's.
        prefix: u8,
    },
    /// Too many.
    #[error("the pool {first}-{last} has more than {LARGEST} addresses: shorten it")]
    Large {
        /// As written.
        first: Ipv4Addr,
        /// As written.
        last: Ipv4Addr,
    },
    /// The router is elsewhere.
    #[error("the router {router} is not in the pool's network: clients could not reach it")]
    Router {
        /// As written.
        router: Ipv4Addr,
    },
}

impl Pool {
    /// Reads `FIRST-LAST[/PREFIX][,router=ADDRESS]`; `prefix` where the text has none.
    ///
    /// # Errors
    /// [`PoolError`] says what is wrong and what to do.
    pub fn parse(text: &str, prefix: u8) -> Result<Self, PoolError> {
        let shape = || PoolError::Shape(text.chars().take(80).collect());
        fn read<T: FromStr>(text: &str) -> Option<T> {
            text.trim().parse().ok()
        }
        let (range, router) = match text.split_once(',') {
            Some((range, more)) => {
                let router = more.trim().strip_prefix("router=").and_then(read::<Ipv4Addr>).ok_or_else(shape)?;
                (range, Some(router))
            }
            None => (text, None),
        };
        let (range, prefix) = match range.split_once('/') {
            Some((range, bits)) => (range, read::<u8>(bits).ok_or_else(shape)?),
            None => (range, prefix),
        };
        let (first, last) = range.split_once('-').ok_or_else(shape)?;
        let pool = Self { first: read(first).ok_or_else(shape)?, last: read(last).ok_or_else(shape)?, prefix, router };
        pool.check()?;
        Ok(pool)
    }

    fn check(&self) -> Result<(), PoolError> {
        let Self { first, last, prefix, router } = *self;
        let count = u32::from(last).checked_sub(u32::from(first)).ok_or(PoolError::Backwards { first, last })?;
        if count >= LARGEST {
            return Err(PoolError::Large { first, last });
        }
        let inside = |address: Ipv4Addr| self.holds(address) && !self.is_reserved(address);
        if !(8..=30).contains(&prefix) || !inside(first) || !inside(last) {
            return Err(PoolError::Network { first, last, prefix });
        }
        match router {
            Some(router) if !inside(router) => Err(PoolError::Router { router }),
            _ => Ok(()),
        }
    }

    /// The network mask.
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or_default())
    }

    /// The address that all in the network listen to.
    pub fn broadcast(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.first) | !u32::from(self.mask()))
    }

    /// Whether `address` is in the network, in the range or not.
    pub fn holds(&self, address: Ipv4Addr) -> bool {
        let mask = u32::from(self.mask());
        u32::from(address) & mask == u32::from(self.first) & mask
    }

    /// Whether `address` is in the range.
    pub fn offers(&self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }

    /// Every address of the range but the router.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let router = self.router;
        (u32::from(self.first)..=u32::from(self.last)).map(Ipv4Addr::from).filter(move |a| Some(*a) != router)
    }

    /// The network's own address and its broadcast address are nobody's.
    fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let host = u32::from(address) & !u32::from(self.mask());
        host == 0 || address == self.broadcast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_read_with_and_without_its_network() {
        let pool = Pool::parse("192.0.2.100-192.0.2.110", 24).unwrap();
        assert_eq!((pool.mask(), pool.broadcast()), ([255, 255, 255, 0].into(), [192, 0, 2, 255].into()));
        let pool = Pool::parse("198.18.0.1-198.18.255.254/16,router=198.18.0.1", 24).unwrap();
        assert_eq!(pool.router, Some([198, 18, 0, 1].into()));
        assert_eq!(pool.addresses().count(), 65_533, "the router is not handed out");
    }

    #[test]
    fn a_pool_that_cannot_work_is_refused_with_the_reason() {
        for (text, words) in [
            ("192.0.2.110-192.0.2.100", "ends before"),
            ("192.0.2.100-192.0.3.100", "one network of /24"),
            ("192.0.2.0-192.0.2.9", "one network"),
            ("192.0.2.250-192.0.2.255", "one network"),
            ("10.0.0.1-10.200.0.1/8", "more than"),
            ("192.0.2.100-192.0.2.110,router=192.0.3.1", "could not reach"),
            ("192.0.2.100", "FIRST-LAST"),
            ("192.0.2.100-192.0.2.110/99", "/99"),
            ("192.0.2.100-192.0.2.110,gateway=192.0.2.1", "FIRST-LAST"),
        ] {
            let error = Pool::parse(text, 24).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
