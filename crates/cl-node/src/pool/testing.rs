//! What tests of the pool need.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cl_gossip::{MessageId, Topic};
use cl_types::{ForkName, TopicKind};
use cl_validation::chain::ChainView;
use cl_validation::{Judge, Level, Message, Step, Task};
use libp2p::PeerId;
use ssz::Encode;

use super::case::{Case, Origin};
use super::court::Now;
use crate::devnet::blobs::Blob;
use crate::devnet::content;

#[path = "../../tests/it/signed.rs"]
mod signed;

pub(super) use signed::{SignedChain, flipped};

/// The slot at which the tests' chain stands.
pub(super) const SLOT: u64 = 5;

/// A message as gossip brings it.
pub(super) fn gossip(chain: &SignedChain, kind: TopicKind, message: &impl Encode, now: Now) -> Case {
    let ssz = Bytes::from(message.as_ssz_bytes());
    let mut id = [0_u8; 20];
    // Each message another id.
    for (index, byte) in ssz.iter().enumerate() {
        id[index % 20] = id[index % 20].wrapping_mul(31).wrapping_add(*byte);
    }
    let digest = chain.network.schedule().unwrap().at(cl_types::Epoch(0)).digest;
    Case {
        origin: Origin::Gossip { id: MessageId(id), peer: PeerId::random() },
        topic: Topic { digest, kind },
        fork: ForkName::Fulu,
        ssz,
        received_ms: now.ms,
        received_at: now.at,
    }
}

/// The middle of the tests' slot, and so many milliseconds.
pub(super) fn now(chain: &SignedChain, start: Instant, after_ms: u64) -> Now {
    let ms = chain.network.clock().start_ms(cl_types::Slot(SLOT)) + 30_000 + after_ms;
    Now { ms, at: start + Duration::from_millis(after_ms) }
}

/// A block's task, a column's and a vote's.
pub(super) fn tasks() -> (Task, Task, Task) {
    let mut chain = SignedChain::at(SLOT);
    let start = Instant::now();
    let now = now(&chain, start, 0);
    let block = chain.block(SLOT);
    let (subnet, vote) = chain.vote(SLOT, chain.genesis_view().head().found().unwrap(), 0);
    let task = |level, kind, ssz: Vec<u8>| {
        let mut judge = Judge::new(cl_validation::Config::new(&chain.network, level));
        let ssz = Bytes::from(ssz);
        match judge.begin(&Message::Gossip { kind, fork: ForkName::Fulu, ssz: &ssz }, now.ms, &chain.genesis_view()) {
            Step::Verify(_, task) => task,
            step => panic!("{kind:?}: {step:?}"),
        }
    };
    let blob = Blob { commitment: [0xc0; 48], cells: vec![[0; 2048]; 128], proofs: vec![[0xc0; 48]; 128] };
    let with_blob =
        content::block::<cl_types::Minimal>(cl_types::Slot(SLOT), 0, cl_types::Root::ZERO, 0, &[&blob], Vec::new());
    let column = content::columns(&with_blob.unwrap(), &[&blob]).swap_remove(3);
    (
        task(Level::Full, TopicKind::BeaconBlock, block.as_ssz_bytes()),
        task(Level::Stateless, TopicKind::DataColumnSidecar(3), column.as_ssz_bytes()),
        task(Level::Full, subnet, vote.as_ssz_bytes()),
    )
}
