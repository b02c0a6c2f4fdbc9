//! What a chain's schedule says for records at one epoch.

use cl_types::{EnrForkId, Epoch, ForkDigest, ForkSchedule};

/// What a record says about forks at an epoch, and what others' records are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fork {
    /// The value of `eth2`.
    pub id: EnrForkId,
    /// The value of `nfd`.
    pub next_digest: ForkDigest,
    /// True if Fulu is scheduled: only then does the record carry `nfd` and `cgc`.
    pub has_fulu: bool,
    /// The digests that came before. Not in the record: it tells who has stayed behind from who is on another chain.
    pub passed: Passed,
}

impl Fork {
    /// What a schedule says at an epoch.
    #[must_use]
    pub fn at(schedule: &ForkSchedule, epoch: Epoch) -> Self {
        let active = schedule.at(epoch).epoch;
        let passed = schedule.entries().rev().filter(|entry| entry.epoch < active).map(|entry| entry.digest);
        Self {
            id: schedule.enr_fork_id(epoch),
            next_digest: schedule.next_fork_digest(epoch),
            has_fulu: schedule.has_fulu(),
            passed: passed.collect(),
        }
    }
}

/// How many digests [`Passed`] holds at most.
const MAX_PASSED: usize = 16;

/// Digests that a chain has left behind, newest first; 16 at most, older ones are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Passed([Option<ForkDigest>; MAX_PASSED]);

impl Passed {
    /// Whether this digest was once the chain's.
    #[must_use]
    pub fn contains(&self, digest: ForkDigest) -> bool {
        self.0.contains(&Some(digest))
    }
}

impl FromIterator<ForkDigest> for Passed {
    /// Takes the first 16.
    fn from_iter<I: IntoIterator<Item = ForkDigest>>(newest_first: I) -> Self {
        let mut all = Self::default();
        for (place, digest) in all.0.iter_mut().zip(newest_first) {
            *place = Some(digest);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use cl_types::Network;

    use super::*;

    #[test]
    fn what_has_passed_grows_with_each_era() {
        let schedule = Network::named("mainnet").unwrap().schedule().unwrap();
        let mut expected = Vec::new();
        for entry in schedule.entries() {
            let fork = Fork::at(&schedule, entry.epoch);
            assert_eq!(fork.id.fork_digest, entry.digest);
            assert!(expected.iter().all(|digest| fork.passed.contains(*digest)), "{entry:?}");
            assert!(!fork.passed.contains(entry.digest) && !fork.passed.contains(fork.next_digest));
            expected.push(entry.digest);
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let passed: Passed = (0..=255).map(|byte| ForkDigest([byte; 4])).collect();
        assert!(passed.contains(ForkDigest([15; 4])) && !passed.contains(ForkDigest([16; 4])));
        assert!(!Passed::default().contains(ForkDigest::default()), "nothing is not the digest zero");
    }
}
