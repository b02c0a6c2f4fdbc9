//! Truthful answers and lies, by family.

mod blobs;
mod blocks;
mod columns;
mod envelopes;
mod handshake;
mod inclusion_lists;
mod light_client;
mod requests;
mod samples;
mod vectors;

use cl_types::{Fault, Severity};

use super::{Ask, Check, Lie};
use crate::codec::Chunk;
use crate::test_chain;

/// What becomes of an answer, up to the first lie.
fn answer<A: Ask>(ask: &A, chunks: impl IntoIterator<Item = Chunk>) -> Result<Vec<A::Item>, Lie> {
    let mut check = ask.check(test_chain());
    chunks.into_iter().map(|chunk| check.chunk(chunk)).collect()
}

/// The lie in an answer whose last chunk alone is wrong.
fn lie<A: Ask>(ask: &A, chunks: impl IntoIterator<Item = Chunk>) -> Lie {
    let mut chunks: Vec<_> = chunks.into_iter().collect();
    let last = chunks.pop().unwrap();
    let mut check = ask.check(test_chain());
    for chunk in chunks {
        assert!(check.chunk(chunk).is_ok());
    }
    check.chunk(last).err().expect("this was a lie")
}

#[test]
fn whoever_lies_is_to_blame() {
    use cl_types::{Root, Slot};
    assert_eq!(Lie::Slot(Slot(1)).fault(), Fault::Peer(Severity::High));
    assert_eq!(Lie::Branch("it").fault(), Fault::Peer(Severity::High));
    assert_eq!(Lie::Twice { root: Root::ZERO, index: 0 }.fault(), Fault::Peer(Severity::Mid));
    assert_eq!(Lie::Order { slot: Slot(1) }.fault(), Fault::Peer(Severity::Mid));
}
