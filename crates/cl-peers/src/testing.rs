//! Forks, Statuses and MetaData for tests.

use std::cell::Cell;

use cl_enr::{Key, Record, fields};
use cl_types::containers::{Attnets, MetaData, MetaDataV3, StatusV2, Syncnets};
use cl_types::{Epoch, ForkDigest, ForkEntry, ForkName, ForkPlan, ForkVersion, Root, Slot};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

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
    metadata_with(seq_number, &[], 4)
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

/// MetaData with these attestation subnets and so many custody groups.
pub(crate) fn metadata_with(seq_number: u64, subnets: &[u8], custody_group_count: u64) -> MetaData {
    let mut attnets = Attnets::default();
    for subnet in subnets {
        attnets.set(usize::from(*subnet), true).unwrap();
    }
    MetaData::V3(MetaDataV3 { seq_number, attnets, syncnets: Syncnets::default(), custody_group_count })
}

/// The record of a node with these attestation subnets and so many custody groups, at TCP port 9000.
pub(crate) fn member(number: u8, subnets: &[u8], custody_group_count: u64, ip: &str) -> Record {
    let mut attnets = Attnets::default();
    for subnet in subnets {
        attnets.set(usize::from(*subnet), true).unwrap();
    }
    let mut builder = Record::builder();
    builder.ip4(ip.parse().unwrap()).tcp4(9000);
    fields::add_attnets(&mut builder, &attnets);
    fields::add_custody_group_count(&mut builder, custody_group_count);
    builder.build(&Key::from_bytes([number; 32]).unwrap().to_combined()).unwrap()
}

/// A TCP address.
pub(crate) fn at(ip: &str) -> Multiaddr {
    let kind = if ip.contains(':') { "ip6" } else { "ip4" };
    format!("/{kind}/{ip}/tcp/9000").parse().unwrap()
}
