//! [`Limit`]: how often one machine may ask. A stuck one must not keep the others from their answers.

use crate::mac::Mac;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Questions at once, more than any firmware sends.
const BURST: u32 = 30;
/// One more each.
const REFILL: Duration = Duration::from_millis(200);
/// Machines remembered; when there are more, all are forgotten, which only lets through.
const MACHINES: usize = 16_384;

/// Counts by hardware address.
#[derive(Debug, Default)]
pub(super) struct Limit {
    asked: HashMap<Mac, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: u32,
    since: Instant,
}

/// What the limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Within,
    /// The first that is too many: worth a word.
    Over,
    /// One more of them.
    StillOver,
}

impl Limit {
    /// Counts a question of `mac` at `now`.
    pub(super) fn ask(&mut self, mac: Mac, now: Instant) -> Verdict {
        if self.asked.len() >= MACHINES && !self.asked.contains_key(&mac) {
            self.asked.clear();
        }
        let bucket = self.asked.entry(mac).or_insert(Bucket { left: BURST, since: now });
        let gained = now.duration_since(bucket.since).as_millis() / REFILL.as_millis();
        let was_empty = bucket.left == 0;
        if gained > 0 {
            bucket.left = bucket.left.saturating_add(u32::try_from(gained).unwrap_or(BURST)).min(BURST);
            bucket.since = now;
        }
        match bucket.left.checked_sub(1) {
            Some(left) => {
                bucket.left = left;
                if left == 0 && !was_empty { Verdict::Over } else { Verdict::Within }
            }
            None => Verdict::StillOver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_floods_is_held_back_and_the_others_are_not() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        let (loud, quiet) = (Mac::new([2, 0, 0, 0, 0, 1]), Mac::new([2, 0, 0, 0, 0, 2]));
        let verdicts: Vec<_> = (0..100).map(|_| limit.ask(loud, start)).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Over).count(), 1);
        assert_eq!(verdicts.last(), Some(&Verdict::StillOver));
        assert_eq!(limit.ask(quiet, start), Verdict::Within);
        assert_eq!(limit.ask(loud, start + Duration::from_secs(3)), Verdict::Within);
    }

    #[test]
    fn many_machines_do_not_fill_the_memory() {
        let (mut limit, now) = (Limit::default(), Instant::now());
        for number in 0..40_000_u32 {
            let [a, b, c, d] = number.to_be_bytes();
            limit.ask(Mac::new([2, 0, a, b, c, d]), now);
        }
        assert!(limit.asked.len() <= MACHINES);
    }
}
