//! Blob sidecars.

use cl_types::containers::deneb::BlobSidecar;
use cl_types::protocol::Object;
use cl_types::{ForkName, Protocol, Root, Slot};
use ssz::Encode;

use super::samples::{as_of, blob, chunk, slot};
use super::{answer, lie};
use crate::ask::{BlobsByRange, BlobsByRoot, Lie};
use crate::codec::Chunk;

fn send(sidecar: &BlobSidecar) -> Chunk {
    let slot = sidecar.signed_block_header.message.slot;
    chunk(Protocol::BlobsByRangeV1, slot, sidecar.as_ssz_bytes())
}

fn blobs(places: &[(Slot, u64)]) -> Vec<Chunk> {
    places.iter().map(|(slot, index)| send(&blob(*slot, *index).1)).collect()
}

fn deneb(n: u64) -> Slot {
    slot(ForkName::Deneb, n)
}

fn range() -> BlobsByRange {
    BlobsByRange::new(deneb(0), 16)
}

#[test]
fn blobs_of_two_forks_are_true() {
    let electra = slot(ForkName::Electra, 1);
    let places = [(deneb(1), 0), (deneb(1), 1), (deneb(4), 0), (electra, 0), (electra, 1), (electra, 2)];
    let got = answer(&range(), blobs(&places)).unwrap();
    assert_eq!(got.iter().map(|blob| (blob.slot, blob.index)).collect::<Vec<_>>(), places);
    assert_eq!(got[0].block_root, blob(deneb(1), 0).0);
    assert_eq!((got[0].fork, got[5].fork), (ForkName::Deneb, ForkName::Electra));
    assert!(answer(&range(), []).unwrap().is_empty());
}

#[test]
fn blobs_of_a_range_are_ordered_and_complete() {
    let places = |places: &[(u64, u64)]| blobs(&places.iter().map(|(n, i)| (deneb(*n), *i)).collect::<Vec<_>>());
    assert_eq!(lie(&range(), places(&[(2, 0), (1, 0)])), Lie::Order { slot: deneb(1) });
    assert_eq!(lie(&range(), places(&[(2, 0), (2, 1), (2, 0)])), Lie::Order { slot: deneb(2) });
    let root = blob(deneb(2), 0).0;
    assert_eq!(lie(&range(), places(&[(2, 0), (2, 0)])), Lie::Twice { root, index: 0 });
    assert_eq!(lie(&range(), places(&[(2, 1)])), Lie::Gap(1));
    assert_eq!(lie(&range(), places(&[(2, 0), (2, 2)])), Lie::Gap(2));
}

#[test]
fn slots_must_be_asked_for() {
    let ask = BlobsByRange::new(deneb(2), 2);
    assert_eq!(lie(&ask, blobs(&[(deneb(1), 0)])), Lie::Slot(deneb(1)));
    assert_eq!(lie(&ask, blobs(&[(deneb(4), 0)])), Lie::Slot(deneb(4)));
}

#[test]
fn a_slot_has_one_block() {
    let (_, mut other) = blob(deneb(2), 1);
    other.signed_block_header.message.proposer_index = 1;
    assert_eq!(lie(&range(), [send(&blob(deneb(2), 0).1), send(&other)]), Lie::TwoBlocks(deneb(2)));
}

#[test]
fn no_block_has_more_blobs_than_its_era_allows() {
    let electra = slot(ForkName::Electra, 0);
    let places = |slot, n| blobs(&(0..n).map(|index| (slot, index)).collect::<Vec<_>>());
    assert_eq!(answer(&range(), places(deneb(0), 6)).unwrap().len(), 6);
    assert_eq!(lie(&range(), places(deneb(0), 7)), Lie::Index { root: blob(deneb(0), 6).0, index: 6 });
    let (root, mut sidecar) = blob(electra, 0);
    sidecar.index = 9;
    assert_eq!(lie(&BlobsByRoot::new([(root, 9)]), [send(&sidecar)]), Lie::Index { root, index: 9 });
}

#[test]
fn commitments_must_be_the_blocks() {
    let (root, mut sidecar) = blob(deneb(2), 0);
    sidecar.kzg_commitment = [8; 48].into();
    assert_eq!(lie(&range(), [send(&sidecar)]), Lie::Branch("the commitment"));
    assert_eq!(lie(&BlobsByRoot::new([(root, 0)]), [send(&sidecar)]), Lie::Branch("the commitment"));
}

#[test]
fn context_bytes_must_be_those_of_the_header() {
    let sent = || blobs(&[(deneb(1), 0)]).remove(0);
    assert!(matches!(lie(&range(), [as_of(ForkName::Electra, sent())]), Lie::Context { .. }));
    // There are no blob sidecars in Fulu.
    let found = lie(&range(), [as_of(ForkName::Fulu, sent())]);
    assert!(matches!(found, Lie::Malformed { object: Object::BlobSidecar, fork: ForkName::Fulu, .. }));
    let short = Chunk { ssz: sent().ssz.slice(1..), ..sent() };
    assert!(matches!(lie(&range(), [short]), Lie::Malformed { fork: ForkName::Deneb, .. }));
}

#[test]
fn by_root_only_what_was_asked_for_comes_and_once() {
    let root = blob(deneb(1), 0).0;
    let ask = BlobsByRoot::new([(root, 0), (root, 2), (root, 0)]);
    assert_eq!(ask.blobs.len(), 2);
    assert_eq!(answer(&ask, blobs(&[(deneb(1), 2), (deneb(1), 0)])).unwrap().len(), 2);
    let twice = blobs(&[(deneb(1), 2), (deneb(1), 2)]);
    assert_eq!(lie(&ask, twice), Lie::Twice { root, index: 2 });
    assert_eq!(lie(&ask, blobs(&[(deneb(1), 1)])), Lie::Index { root, index: 1 });
    assert_eq!(lie(&ask, blobs(&[(deneb(3), 0)])), Lie::Root(blob(deneb(3), 0).0));
    assert_ne!(root, Root::ZERO);
}
