//! What the chain makes is accepted.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use bytes::Bytes;
use cl_toychain::{Blobs, Chain, JUDGE_TARGETS, Keys, Size};
use cl_types::{ForkName, Minimal, TopicKind};
use cl_validation::{Judge, Level, Message, Verdict};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

#[test]
fn a_judge_accepts_every_message() {
    let size = Size { validators: 64, committees: 2, keys: Arc::new(Keys::new(64)), blobs: Arc::new(Blobs::new(1)) };
    let mut accepted = 0;
    for fork in ForkName::ALL {
        let chain = Chain::<Minimal>::new(fork, size.clone());
        let mut judge = Judge::new(chain.config(Level::Full));
        let mut topics: Vec<TopicKind> = TopicKind::families_of(fork).map(|kind| chain.subnet_of(kind)).collect();
        // Bids come after what the proposer wants.
        topics.sort_by_key(|kind| *kind == TopicKind::ExecutionPayloadBid);
        for kind in topics {
            let ssz = chain.message(kind).unwrap_or_else(|| panic!("{fork}: no {kind:?}"));
            let verdict = judge.judge(&Message::Gossip { kind, fork, ssz: &ssz }, chain.now_ms(), &chain.view());
            assert_eq!(verdict, Verdict::Accept, "{fork}: {kind:?}");
            accepted += 1;
        }
        let partial = chain.partial_column();
        assert_eq!(partial.is_some(), fork >= ForkName::Fulu);
        if let Some((group_id, ssz)) = partial {
            let message = Message::PartialColumn { fork, column: 0, group_id: &group_id, ssz: &ssz };
            assert_eq!(judge.judge(&message, chain.now_ms(), &chain.view()), Verdict::Accept, "{fork}: partial column");
        }
    }
    // Topics of all forks, from 6 in phase0 to 17 in Heze.
    assert_eq!(accepted, 6 + 10 + 10 + 11 + 12 + 12 + 12 + 16 + 17);
}

#[test]
fn many_votes_of_one_committee_are_accepted() {
    let size = Size { validators: 256, committees: 2, keys: Arc::new(Keys::new(32)), blobs: Arc::new(Blobs::new(1)) };
    let chain = Chain::<Minimal>::new(ForkName::Fulu, size);
    let mut judge = Judge::new(chain.config(Level::Full));
    let (now, view, fork) = (chain.now_ms(), chain.view(), ForkName::Fulu);
    let kind = TopicKind::BeaconAttestation(chain.attestation_subnet(chain.slot(), 1));
    for ssz in chain.attestations(&chain.late_vote(0), 1, 16) {
        assert_eq!(judge.judge(&Message::Gossip { kind, fork, ssz: &ssz.into() }, now, &view), Verdict::Accept);
    }
    for ssz in chain.aggregates(1, 16) {
        let kind = TopicKind::BeaconAggregateAndProof;
        assert_eq!(judge.judge(&Message::Gossip { kind, fork, ssz: &ssz.into() }, now, &view), Verdict::Accept);
    }
    for (subnet, ssz) in chain.sync_messages(32) {
        let kind = TopicKind::SyncCommittee(subnet);
        assert_eq!(judge.judge(&Message::Gossip { kind, fork, ssz: &ssz.into() }, now, &view), Verdict::Accept);
    }
    for ssz in chain.contributions(3, 4) {
        let kind = TopicKind::SyncCommitteeContributionAndProof;
        assert_eq!(judge.judge(&Message::Gossip { kind, fork, ssz: &ssz.into() }, now, &view), Verdict::Accept);
    }
}

#[test]
fn messages_of_all_topics_may_come_in_any_order() {
    let size = Size { validators: 64, committees: 2, keys: Arc::new(Keys::new(64)), blobs: Arc::new(Blobs::new(1)) };
    for fork in ForkName::ALL {
        let chain = Chain::<Minimal>::new(fork, size.clone());
        // A bid depends on preferences: it is not independent.
        let kinds = TopicKind::families_of(fork).filter(|kind| *kind != TopicKind::ExecutionPayloadBid);
        let messages: Vec<(TopicKind, Bytes)> =
            kinds.map(|kind| (chain.subnet_of(kind), chain.message(kind).unwrap())).collect();
        let order = Just((0..messages.len()).collect::<Vec<_>>()).prop_shuffle();
        let mut runner = TestRunner::new(ProptestConfig::with_cases(4));
        runner
            .run(&order, |order| {
                let mut judge = Judge::new(chain.config(Level::Full));
                for place in order {
                    let (kind, ssz) = &messages[place];
                    let message = Message::Gossip { kind: *kind, fork, ssz };
                    let verdict = judge.judge(&message, chain.now_ms(), &chain.view());
                    prop_assert_eq!(verdict, Verdict::Accept, "{}: {:?}", fork, kind);
                }
                Ok(())
            })
            .unwrap();
    }
}

/// Targets of the fuzzer for a moment: seeds as they are, and with bytes replaced.
#[test]
fn no_bytes_are_misjudged() {
    for target in JUDGE_TARGETS {
        let seeds = target.seeds();
        let accepted = seeds.iter().filter(|seed| target.run(seed).unwrap() == Some(Verdict::Accept)).count();
        assert!(accepted >= seeds.len() / 16, "{}: {accepted} of {}", target.name, seeds.len());
        let edits = proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4);
        let input = (any::<Index>(), edits, any::<Index>(), any::<bool>());
        let mut runner = TestRunner::new(ProptestConfig::with_cases(60));
        runner
            .run(&input, |(seed, edits, cut, cuts)| {
                let mut bytes = seed.get(&seeds).clone();
                for (place, byte) in edits {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
                if cuts {
                    bytes.truncate(cut.index(bytes.len()));
                }
                prop_assert!(target.run(&bytes).is_ok(), "{}", target.name);
                Ok(())
            })
            .unwrap();
    }
}
