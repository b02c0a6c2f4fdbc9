//! Forks, Statuses and MetaData for tests.

use std::cell::Cell;

use cl_types::containers::{Attnets, MetaData, MetaDataV3, StatusV2, Syncnets};
use cl_types::{Epoch, ForkDigest, ForkEntry, ForkName, ForkPlan, ForkVersion, Root, Slot};
use libp2p_identity::PeerId;

pub(crate) const PREVIOUS: ForkDigest = ForkDigest([0; 4]);
pub(crate) const OURS: ForkDigest = ForkDigest([1; 4]);
pub(crate) const NEXT: ForkDigest = ForkDigest([2; 4]);
pub(crate) const STRANGE: ForkDigest = ForkDigest([9; 4]);

pub(crate) fn era(digest: ForkDigest, epoch: u64) -> ForkEntry {
    let (fork, version) = (ForkName::Electra, ForkVersion::default());
    ForkEntry { epoch: Epoch(epoch), digest, fork, version, blobs: None }
}

/// A plan in the era of `OURS`, which began at epoch 0.
pub(crate) fn plan(slot: u64, tolerated: Option<ForkDigest>) -> ForkPlan {
    let active = era(OURS, 0);
    ForkPlan { slot: Slot(slot), active, next: None, joined: vec![active], tolerated }
}

pub(crate) fn status() -> StatusV2 {
    StatusV2 {
        fork_digest: OURS,
        finalized_root: Root::ZERO,
        finalized_epoch: Epoch(0),
        head_root: Root::ZERO,
        head_slot: Slot(0),
        earliest_available_slot: Slot(0),
    }
}

pub(crate) fn metadata(seq_number: u64) -> MetaData {
    MetaData::V3(MetaDataV3 {
        seq_number,
        attnets: Attnets::default(),
        syncnets: Syncnets::default(),
        custody_group_count: 4,
    })
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// Somebody new to this test; the same on every run. The order of ids is not the order of calls.
pub(crate) fn someone() -> PeerId {
    let seed = SEED.get() + 1;
    SEED.set(seed);
    let mut bytes = vec![0, 8]; // the identity multihash
    bytes.extend(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    PeerId::from_bytes(&bytes).unwrap()
}
