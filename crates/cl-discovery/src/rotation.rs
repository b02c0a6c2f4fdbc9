//! Which node ids are on which attestation subnets at an epoch (`phase0/p2p-interface.md`,
//! `compute_subscribed_subnets`), turned around: where to look for the nodes of a subnet.
//!
//! The six high bits of a node id choose its two subnets, by a shuffle that changes each 256 epochs; the low byte moves
//! the moment of the change. So at an epoch two shuffles are in force, and a subnet has the nodes of up to four of the 64
//! prefixes. Custody groups are a walk of hashes: no prefix has more of a column than another.

use cl_types::subnets::{ATTESTATION_SUBNET_PREFIX_BITS, EPOCHS_PER_SUBNET_SUBSCRIPTION, subscribed_subnets};
use cl_types::{Epoch, PresetId};

/// Prefixes of node ids: the values of their six high bits.
pub const PREFIXES: usize = 1 << ATTESTATION_SUBNET_PREFIX_BITS;

/// The prefix of a node id.
#[must_use]
pub const fn prefix(node_id: &[u8; 32]) -> usize {
    let [first, ..] = *node_id;
    (first >> (8 - ATTESTATION_SUBNET_PREFIX_BITS)) as usize
}

/// The shuffles in force at an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// By prefix: the subnets of its ids under the older and the newer shuffle.
    subnets: [[u64; 2]; PREFIXES],
    /// How many of the 256 low bytes are under the newer shuffle.
    newer: u64,
    period: u64,
    preset: PresetId,
}

impl Rotation {
    /// The shuffles at an epoch.
    #[must_use]
    pub fn at(epoch: Epoch, preset: PresetId) -> Self {
        let mut rotation = Self { subnets: [[0; 2]; PREFIXES], newer: 0, period: 0, preset };
        rotation.compute(epoch);
        rotation
    }

    /// Moves to another epoch. Only each 256th is any work.
    pub fn set_epoch(&mut self, epoch: Epoch) {
        if epoch.0 / EPOCHS_PER_SUBNET_SUBSCRIPTION == self.period {
            self.newer = epoch.0 % EPOCHS_PER_SUBNET_SUBSCRIPTION;
        } else {
            self.compute(epoch);
        }
    }

    /// How likely a node with this prefix should be on a subnet, in 256ths.
    #[must_use]
    pub fn share(&self, prefix: usize, subnet: u64) -> u64 {
        let [older, newer] =
            self.subnets.get(prefix).map_or([0; 2], |masks| masks.map(|mask| (mask >> (subnet % 64)) & 1));
        older * (EPOCHS_PER_SUBNET_SUBSCRIPTION - self.newer) + newer * self.newer
    }

    /// The prefixes whose nodes should be on a subnet, with their share in 256ths. At most four.
    pub fn prefixes(&self, subnet: u64) -> impl Iterator<Item = (usize, u64)> {
        (0..PREFIXES).map(move |prefix| (prefix, self.share(prefix, subnet))).filter(|(_, share)| *share > 0)
    }

    fn compute(&mut self, epoch: Epoch) {
        self.period = epoch.0 / EPOCHS_PER_SUBNET_SUBSCRIPTION;
        self.newer = epoch.0 % EPOCHS_PER_SUBNET_SUBSCRIPTION;
        // At a multiple of 256 epochs no low byte has reached the next period.
        let starts = [self.period, self.period.saturating_add(1)]
            .map(|period| Epoch(period.saturating_mul(EPOCHS_PER_SUBNET_SUBSCRIPTION)));
        for (prefix, masks) in (0_u8..).zip(self.subnets.iter_mut()) {
            let mut id = [0; 32];
            if let Some(first) = id.first_mut() {
                *first = prefix << (8 - ATTESTATION_SUBNET_PREFIX_BITS);
            }
            *masks = starts.map(|start| {
                subscribed_subnets(id, start, self.preset).iter().fold(0, |mask, subnet| mask | 1 << (subnet % 64))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn it_agrees_with_the_function_of_the_specification(id: [u8; 32], epoch in 0_u64..1_000_000, later in 0_u64..600) {
            let mut rotation = Rotation::at(Epoch(epoch), PresetId::Minimal);
            for epoch in [epoch, epoch + later] {
                rotation.set_epoch(Epoch(epoch));
                for subnet in subscribed_subnets(id, Epoch(epoch), PresetId::Minimal) {
                    prop_assert!(rotation.share(prefix(&id), subnet) > 0);
                }
                let shares: u64 = (0..64).map(|subnet| rotation.share(prefix(&id), subnet)).sum();
                prop_assert_eq!(shares, 2 * 256, "two subnets under either shuffle");
            }
        }
    }

    #[test]
    fn every_subnet_has_two_prefixes_under_each_shuffle() {
        let rotation = Rotation::at(Epoch(256 * 7), PresetId::Mainnet);
        for subnet in 0..64 {
            assert_eq!(rotation.prefixes(subnet).count(), 2);
        }
        let rotation = Rotation::at(Epoch(256 * 7 + 64), PresetId::Mainnet);
        for subnet in 0..64 {
            assert_eq!(rotation.prefixes(subnet).map(|(_, share)| share).sum::<u64>(), 2 * 256);
            assert!((2..=4).contains(&rotation.prefixes(subnet).count()));
        }
    }
}
