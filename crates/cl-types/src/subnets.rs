//! Which attestation subnets a node id stays on (`phase0/p2p-interface.md`, `compute_subscribed_subnets`), and on which
//! subnet an object travels.

mod mapping;

pub use mapping::{
    attestation_subnet, blob_subnet, column_subnet, committees_per_slot, epochs_per_sync_committee_period,
    is_aggregator, is_next_sync_committee, is_sync_committee_aggregator, sync_subnets,
};

use sha2::{Digest, Sha256};

use crate::preset::PresetId;
use crate::primitives::Epoch;

/// `ATTESTATION_SUBNET_COUNT`.
pub const ATTESTATION_SUBNET_COUNT: u64 = 64;
/// `SYNC_COMMITTEE_SUBNET_COUNT`.
pub const SYNC_COMMITTEE_SUBNET_COUNT: u64 = 4;
/// `DATA_COLUMN_SIDECAR_SUBNET_COUNT`.
pub const DATA_COLUMN_SIDECAR_SUBNET_COUNT: u64 = 128;
/// `ATTESTATION_SUBNET_PREFIX_BITS`: the bits of a node id that choose its subnets.
pub const ATTESTATION_SUBNET_PREFIX_BITS: u32 = 6;
/// `SUBNETS_PER_NODE`.
pub const SUBNETS_PER_NODE: usize = 2;
/// `EPOCHS_PER_SUBNET_SUBSCRIPTION`.
pub const EPOCHS_PER_SUBNET_SUBSCRIPTION: u64 = 256;

/// The long-lived attestation subnets of a node at an epoch, in the specification's order.
/// `node_id` is the discv5 id, big-endian.
#[must_use]
pub fn subscribed_subnets(node_id: [u8; 32], epoch: Epoch, preset: PresetId) -> [u64; SUBNETS_PER_NODE] {
    let [first, .., last] = node_id;
    let prefix = u64::from(first >> (8 - ATTESTATION_SUBNET_PREFIX_BITS));
    let offset = u64::from(last);
    let period = epoch.0.wrapping_add(offset) / EPOCHS_PER_SUBNET_SUBSCRIPTION;
    let seed: [u8; 32] = Sha256::digest(period.to_le_bytes()).into();
    let permuted = shuffled_index(prefix, ATTESTATION_SUBNET_COUNT, seed, preset.shuffle_round_count());
    [permuted % ATTESTATION_SUBNET_COUNT, (permuted + 1) % ATTESTATION_SUBNET_COUNT]
}

/// The first epoch after `epoch` at which [`subscribed_subnets`] of this node may change.
#[must_use]
pub fn next_rotation(node_id: [u8; 32], epoch: Epoch) -> Epoch {
    let [.., last] = node_id;
    let into_period = epoch.0.wrapping_add(u64::from(last)) % EPOCHS_PER_SUBNET_SUBSCRIPTION;
    epoch.saturating_add(EPOCHS_PER_SUBNET_SUBSCRIPTION - into_period)
}

/// `compute_shuffled_index`: where `index` lands when `count` things are shuffled. `count` is not zero.
fn shuffled_index(mut index: u64, count: u64, seed: [u8; 32], rounds: u8) -> u64 {
    for round in 0..rounds {
        let mut hasher = Sha256::new();
        hasher.update(seed);
        hasher.update([round]);
        let pivot = first_u64(&hasher.finalize().into()) % count;
        let flip = (pivot + count - index) % count;
        let position = index.max(flip);
        let mut hasher = Sha256::new();
        hasher.update(seed);
        hasher.update([round]);
        hasher.update(u32::try_from(position / 256).unwrap_or(u32::MAX).to_le_bytes());
        let source: [u8; 32] = hasher.finalize().into();
        let byte = source.get((position % 256 / 8) as usize).copied().unwrap_or_default();
        if (byte >> (position % 8)) & 1 == 1 {
            index = flip;
        }
    }
    index
}

fn first_u64(digest: &[u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_both_presets() {
        for (epoch, mainnet, minimal) in [
            (0, [49, 50], [62, 63]),
            (100_000, [35, 36], [35, 36]),
            (411_392, [45, 46], [7, 8]),
            (419_072, [48, 49], [29, 30]),
        ] {
            assert_eq!(subscribed_subnets([0; 32], Epoch(epoch), PresetId::Mainnet), mainnet);
            assert_eq!(subscribed_subnets([0; 32], Epoch(epoch), PresetId::Minimal), minimal);
        }
    }

    #[test]
    fn a_rotation_is_where_the_period_ends() {
        let mut id = [0; 32];
        id[31] = 10;
        assert_eq!(next_rotation(id, Epoch(0)), Epoch(246));
        assert_eq!(next_rotation(id, Epoch(246)), Epoch(502));
    }
}
