//! Blocks.

use cl_types::protocol::Object;
use cl_types::{ForkName, Protocol, Root, Slot};

use super::samples::{as_of, block, blocks, chunk};
use super::{answer, lie};
use crate::ask::{BlocksByHead, BlocksByRange, BlocksByRoot, Lie};
use crate::codec::Chunk;

const RANGE: Protocol = Protocol::BlocksByRangeV2;
const ROOT: Protocol = Protocol::BlocksByRootV2;
const HEAD: Protocol = Protocol::BlocksByHeadV1;

#[test]
fn a_chain_through_all_forks_is_true() {
    let slots: Vec<u64> = (0..80).filter(|slot| slot % 5 != 3).collect();
    let (roots, chunks) = blocks(RANGE, slots.iter().copied());
    let got = answer(&BlocksByRange::new(Slot(0), 80), chunks.clone()).unwrap();
    assert_eq!(got.iter().map(|block| block.slot.0).collect::<Vec<_>>(), slots);
    assert_eq!(got.iter().map(|block| block.root).collect::<Vec<_>>(), roots);
    for (block, chunk) in got.iter().zip(&chunks) {
        assert_eq!((Some(block.fork), &block.ssz), (chunk.fork.map(|era| era.fork), &chunk.ssz));
    }
    assert!(got.windows(2).all(|pair| pair[1].parent_root == pair[0].root));
}

#[test]
fn an_answer_may_be_empty_or_begin_late_or_end_early() {
    let (_, chunks) = blocks(RANGE, 20..23);
    assert_eq!(answer(&BlocksByRange::new(Slot(0), 100), []), Ok(Vec::new()));
    assert_eq!(answer(&BlocksByRange::new(Slot(0), 100), chunks).unwrap().len(), 3);
}

#[test]
fn slots_must_be_asked_for() {
    let (_, chunks) = blocks(RANGE, [20]);
    assert_eq!(lie(&BlocksByRange::new(Slot(10), 10), chunks.clone()), Lie::Slot(Slot(20)));
    assert_eq!(lie(&BlocksByRange::new(Slot(21), 10), chunks.clone()), Lie::Slot(Slot(20)));
    assert!(answer(&BlocksByRange::new(Slot(20), 1), chunks).is_ok());
    // No more than 128 slots are asked for at once.
    let (_, chunks) = blocks(RANGE, [128]);
    assert_eq!(lie(&BlocksByRange::new(Slot(0), 1000), chunks), Lie::Slot(Slot(128)));
}

#[test]
fn slots_must_ascend() {
    let (_, chunks) = blocks(RANGE, 20..23);
    let ask = BlocksByRange::new(Slot(0), 100);
    let twice = [chunks[0].clone(), chunks[0].clone()];
    assert_eq!(lie(&ask, twice), Lie::Order { slot: Slot(20) });
    let back = [chunks[1].clone(), chunks[0].clone()];
    assert_eq!(lie(&ask, back), Lie::Order { slot: Slot(20) });
}

#[test]
fn each_block_must_be_the_parent_of_the_next() {
    let (roots, chunks) = blocks(RANGE, 20..23);
    let ask = BlocksByRange::new(Slot(0), 100);
    let gap = [chunks[0].clone(), chunks[2].clone()];
    assert_eq!(lie(&ask, gap), Lie::Unlinked { root: roots[2], expected: roots[0] });
}

#[test]
fn context_bytes_must_be_those_of_the_slot() {
    let (_, chunks) = blocks(RANGE, [20]);
    let wrong = as_of(ForkName::Altair, chunks[0].clone());
    assert!(matches!(lie(&BlocksByRange::new(Slot(0), 100), [wrong.clone()]), Lie::Context { slot: Slot(20), .. }));
    assert!(matches!(lie(&BlocksByRoot::new([Root::ZERO]), [wrong]), Lie::Context { .. }));
    // The digest of a blob-parameter fork is not that of the fork before it.
    let (root, ssz) = block(Slot(170), Root::ZERO);
    let right = chunk(ROOT, Slot(170), ssz);
    let wrong = as_of(ForkName::Heze, right.clone());
    assert_eq!(answer(&BlocksByRoot::new([root]), [right]).unwrap()[0].fork, ForkName::Heze);
    assert!(matches!(lie(&BlocksByRoot::new([root]), [wrong]), Lie::Context { .. }));
}

#[test]
fn without_context_bytes_only_phase0_is_true() {
    let version_1 = |slot| Chunk { fork: None, ..blocks(Protocol::BlocksByRangeV1, [slot]).1.remove(0) };
    let ask = BlocksByRange::new(Slot(0), 100);
    assert_eq!(answer(&ask, [version_1(3)]).unwrap()[0].fork, ForkName::Phase0);
    assert!(matches!(lie(&ask, [version_1(9)]), Lie::Context { found: None, .. }));
}

#[test]
fn what_is_no_block_is_called_so() {
    let (_, mut chunks) = blocks(RANGE, [20]);
    let whole = chunks.remove(0);
    for len in [0, 10, 200, whole.ssz.len() - 1] {
        let cut = Chunk { ssz: whole.ssz.slice(..len), ..whole.clone() };
        let found = lie(&BlocksByRange::new(Slot(0), 100), [cut]);
        assert!(
            matches!(found, Lie::Malformed { object: Object::SignedBeaconBlock, fork: ForkName::Bellatrix, .. }),
            "{found}"
        );
    }
}

#[test]
fn roots_come_in_any_order_but_once() {
    let (roots, chunks) = blocks(ROOT, [5, 30, 60, 70]);
    let ask = BlocksByRoot::new(roots[..3].iter().copied());
    let mixed = [2, 0, 1].map(|i: usize| chunks[i].clone());
    let got: Vec<_> = answer(&ask, mixed).unwrap().iter().map(|block| block.root).collect();
    assert_eq!(got, [roots[2], roots[0], roots[1]]);
    assert_eq!(lie(&ask, [0, 2, 0].map(|i: usize| chunks[i].clone())), Lie::Twice { root: roots[0], index: 0 });
    assert_eq!(lie(&ask, [chunks[3].clone()]), Lie::Root(roots[3]));
}

#[test]
fn from_the_head_it_goes_down_along_the_parents() {
    let (roots, mut chunks) = blocks(HEAD, [40, 44, 50, 57]);
    chunks.reverse();
    let ask = BlocksByHead::new(roots[3], 10);
    let got = answer(&ask, chunks.clone()).unwrap();
    assert_eq!(got.iter().map(|block| block.slot.0).collect::<Vec<_>>(), [57, 50, 44, 40]);
    assert_eq!(lie(&ask, [chunks[1].clone()]), Lie::Root(roots[2]));
    let gap = [chunks[0].clone(), chunks[2].clone()];
    assert_eq!(lie(&ask, gap), Lie::Unlinked { root: roots[1], expected: roots[2] });
    assert_eq!(lie(&ask, [chunks[0].clone(), chunks[0].clone()]), Lie::Order { slot: Slot(57) });
    // A parent that claims a later slot.
    let (parent, early) = block(Slot(60), Root::ZERO);
    let (root, late) = block(Slot(59), parent);
    let chain = [chunk(HEAD, Slot(59), late), chunk(HEAD, Slot(60), early)];
    assert_eq!(lie(&BlocksByHead::new(root, 2), chain), Lie::Order { slot: Slot(60) });
}
