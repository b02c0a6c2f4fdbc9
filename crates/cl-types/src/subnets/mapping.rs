//! On which subnet an object travels, and who aggregates there.

use sha2::{Digest, Sha256};

use super::{ATTESTATION_SUBNET_COUNT, DATA_COLUMN_SIDECAR_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT, first_u64};
use crate::fork::ForkName;
use crate::preset::{Preset, PresetId};
use crate::primitives::Slot;
use crate::topic::TopicKind;
use crate::with_preset;

/// `SYNC_COMMITTEE_SUBNET_COUNT`, as a length.
const SYNC_SUBNETS: usize = 4;
const _: () = assert!(SYNC_SUBNETS as u64 == SYNC_COMMITTEE_SUBNET_COUNT);
/// `TARGET_AGGREGATORS_PER_COMMITTEE` and `TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE`.
const TARGET_AGGREGATORS: u64 = 16;

/// `get_committee_count_per_slot` of an epoch with so many active validators.
#[must_use]
pub fn committees_per_slot(active_validators: u64, preset: PresetId) -> u64 {
    use typenum::Unsigned;
    let target_committee_size = match preset {
        PresetId::Minimal => 4,
        _ => 128,
    };
    let most = with_preset!(preset, P => <P as Preset>::MaxCommitteesPerSlot::U64);
    (active_validators / preset.slots_per_epoch() / target_committee_size).clamp(1, most)
}

/// `compute_subnet_for_attestation`. `committees_per_slot` is that of the target's epoch; `committee_index` is
/// `data.index` before Electra, `committee_index` of the single attestation since.
#[must_use]
pub const fn attestation_subnet(committees_per_slot: u64, slot: Slot, committee_index: u64, preset: PresetId) -> u64 {
    let slot_in_epoch = slot.0 % preset.slots_per_epoch();
    // Wrapping does no harm: 2^64 is a multiple of the number of subnets.
    let committees_before = committees_per_slot.wrapping_mul(slot_in_epoch);
    committees_before.wrapping_add(committee_index) % ATTESTATION_SUBNET_COUNT
}

/// `compute_subnet_for_blob_sidecar`; `None` in a fork that has no blob sidecars.
#[must_use]
pub fn blob_subnet(index: u64, fork: ForkName) -> Option<u64> {
    let count = TopicKind::BlobSidecar(0).subnet_count(fork)?;
    TopicKind::BlobSidecar(0).is_live_in(fork).then(|| index % count)
}

/// `compute_subnet_for_data_column_sidecar`.
#[must_use]
pub const fn column_subnet(index: u64) -> u64 {
    index % DATA_COLUMN_SIDECAR_SUBNET_COUNT
}

/// `compute_subnets_for_sync_committee`: on which subnets a member of a sync committee publishes. A member can sit in
/// several subcommittees. The committee is the one that counts at the slot, see [`is_next_sync_committee`].
#[must_use]
pub fn sync_subnets<T: PartialEq>(committee: &[T], member: &T) -> [bool; SYNC_SUBNETS] {
    let mut subnets = [false; SYNC_SUBNETS];
    let size = committee.len().div_ceil(subnets.len()).max(1);
    for (subnet, subcommittee) in subnets.iter_mut().zip(committee.chunks(size)) {
        *subnet = subcommittee.contains(member);
    }
    subnets
}

/// True if messages at this slot are the business of the next sync committee: its period begins with the slot after.
#[must_use]
pub const fn is_next_sync_committee(slot: Slot, preset: PresetId) -> bool {
    let period = preset.slots_per_epoch() * epochs_per_sync_committee_period(preset);
    slot.0 / period != slot.0.saturating_add(1) / period
}

/// `EPOCHS_PER_SYNC_COMMITTEE_PERIOD`.
#[must_use]
pub const fn epochs_per_sync_committee_period(preset: PresetId) -> u64 {
    match preset {
        PresetId::Mainnet => 256,
        PresetId::Minimal => 8,
        PresetId::Gnosis => 512,
    }
}

/// `is_aggregator`: true if the owner of this selection proof aggregates for a committee of `committee_len` members.
#[must_use]
pub fn is_aggregator(committee_len: u64, selection_proof: &[u8]) -> bool {
    is_selected(committee_len / TARGET_AGGREGATORS, selection_proof)
}

/// `is_sync_committee_aggregator`: the same for a sync subcommittee.
#[must_use]
pub fn is_sync_committee_aggregator(selection_proof: &[u8], preset: PresetId) -> bool {
    use typenum::Unsigned;
    let subcommittee = with_preset!(preset, P => <P as Preset>::SyncSubcommitteeSize::U64);
    is_selected(subcommittee / TARGET_AGGREGATORS, selection_proof)
}

/// One in `modulo` signatures is selected.
fn is_selected(modulo: u64, signature: &[u8]) -> bool {
    let digest: [u8; 32] = Sha256::digest(signature).into();
    first_u64(&digest).is_multiple_of(modulo.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committees_grow_with_the_validators_up_to_a_limit() {
        for (validators, mainnet, minimal) in [(0, 1, 1), (8191, 1, 4), (8192, 2, 4), (1_000_000, 64, 4), (64, 1, 2)] {
            assert_eq!(committees_per_slot(validators, PresetId::Mainnet), mainnet, "{validators}");
            assert_eq!(committees_per_slot(validators, PresetId::Minimal), minimal, "{validators}");
        }
    }

    #[test]
    fn a_sync_committee_hands_over_one_slot_early() {
        let last = 8192 - 1;
        assert!(!is_next_sync_committee(Slot(last - 1), PresetId::Mainnet));
        assert!(is_next_sync_committee(Slot(last), PresetId::Mainnet));
        assert!(!is_next_sync_committee(Slot(last + 1), PresetId::Mainnet));
        assert!(!is_next_sync_committee(Slot(u64::MAX), PresetId::Mainnet));
    }

    #[test]
    fn blobs_have_subnets_only_while_they_travel_alone() {
        assert_eq!(blob_subnet(8, ForkName::Deneb), Some(2));
        assert_eq!(blob_subnet(8, ForkName::Electra), Some(8));
        assert_eq!(blob_subnet(8, ForkName::Fulu), None);
        assert_eq!(column_subnet(130), 2);
    }
}
