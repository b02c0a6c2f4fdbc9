//! Payload envelopes.

use cl_types::protocol::Object;
use cl_types::{ForkName, Protocol, Root, Slot};

use super::samples::{as_of, envelope, slot};
use super::{answer, lie};
use crate::ask::{EnvelopesByRange, EnvelopesByRoot, Lie};
use crate::codec::Chunk;

const RANGE: Protocol = Protocol::EnvelopesByRangeV1;
const ROOT: Protocol = Protocol::EnvelopesByRootV1;

fn gloas(n: u64) -> Slot {
    slot(ForkName::Gloas, n)
}

fn root(n: u8) -> Root {
    Root::repeat_byte(n)
}

#[test]
fn envelopes_of_two_forks_are_true() {
    let ask = EnvelopesByRange::new(gloas(0), 20);
    let chunks =
        [(gloas(1), 1), (gloas(3), 2), (slot(ForkName::Heze, 0), 3)].map(|(at, n)| envelope(RANGE, at, root(n)));
    let got = answer(&ask, chunks).unwrap();
    assert_eq!(got.iter().map(|it| it.block_root).collect::<Vec<_>>(), [root(1), root(2), root(3)]);
    assert_eq!((got[1].slot, got[2].fork), (gloas(3), ForkName::Heze));
}

#[test]
fn slots_are_asked_for_and_ascend() {
    let ask = EnvelopesByRange::new(gloas(1), 3);
    let at = |n, name| envelope(RANGE, gloas(n), root(name));
    assert_eq!(lie(&ask, [at(0, 1)]), Lie::Slot(gloas(0)));
    assert_eq!(lie(&ask, [at(4, 1)]), Lie::Slot(gloas(4)));
    assert_eq!(lie(&ask, [at(3, 1), at(2, 2)]), Lie::Order { slot: gloas(2) });
    assert_eq!(lie(&ask, [at(3, 1), at(3, 1)]), Lie::Twice { root: root(1), index: 0 });
    assert_eq!(lie(&ask, [at(3, 1), at(3, 2)]), Lie::TwoBlocks(gloas(3)));
}

#[test]
fn by_root_only_what_was_asked_for_comes_and_once() {
    let ask = EnvelopesByRoot::new([root(1), root(2)]);
    let at = |n, name| envelope(ROOT, gloas(n), root(name));
    assert_eq!(answer(&ask, [at(5, 2), at(1, 1)]).unwrap().len(), 2);
    assert_eq!(lie(&ask, [at(5, 2), at(5, 2)]), Lie::Twice { root: root(2), index: 0 });
    assert_eq!(lie(&ask, [at(5, 3)]), Lie::Root(root(3)));
}

#[test]
fn context_bytes_must_be_those_of_the_block() {
    let ask = EnvelopesByRoot::new([root(1)]);
    let sent = || envelope(ROOT, gloas(1), root(1));
    assert!(matches!(lie(&ask, [as_of(ForkName::Heze, sent())]), Lie::Context { .. }));
    let found = lie(&ask, [as_of(ForkName::Fulu, sent())]);
    assert!(matches!(
        found,
        Lie::Malformed { object: Object::SignedExecutionPayloadEnvelope, fork: ForkName::Fulu, .. }
    ));
    let cut = Chunk { ssz: sent().ssz.slice(..500), ..sent() };
    assert!(matches!(lie(&ask, [cut]), Lie::Malformed { fork: ForkName::Gloas, .. }));
}
