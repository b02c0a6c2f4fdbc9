//! What a judge remembers is bound.

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::{SignedAggregateAndProof, SingleAttestation, SyncCommitteeMessage};
use cl_types::{Epoch, ForkName, Mainnet, Network, Slot, TopicKind};
use cl_validation::crypto::CKzg;
use cl_validation::seen::{MAX_ENTRIES, MAX_EPOCHS};
use cl_validation::{Config, Judge, Level, Message, Reject, Verdict};
use proptest::prelude::*;
use ssz::Encode;
use ssz_types::BitList;

fn judge() -> Judge {
    let network = Network::named("mainnet").unwrap();
    let config = Config::new(&network, Level::Structure);
    Judge::new(Config { kzg: Arc::new(CKzg), ..config })
}

/// A judge that looks at the structure alone accepts what anybody makes up: the hardest test of its bounds.
fn send(judge: &mut Judge, kind: TopicKind, ssz: Vec<u8>, slot: Slot) -> Verdict {
    let ssz = Bytes::from(ssz);
    let now = Network::named("mainnet").unwrap().clock().start_ms(slot) + 1000;
    judge.judge(&Message::Gossip { kind, fork: ForkName::Fulu, ssz: &ssz }, now, &())
}

#[test]
fn made_up_messages_fill_no_cache_beyond_its_bound() {
    let mut judge = judge();
    let mut accepted = 0;
    for validator_index in 0..(MAX_ENTRIES as u64 + 1000) {
        let slot = Slot(14_000_000 + validator_index / 500);
        let message = SyncCommitteeMessage { slot, validator_index, ..Default::default() };
        let verdict = send(&mut judge, TopicKind::SyncCommittee(0), message.as_ssz_bytes(), slot);
        accepted += usize::from(verdict == Verdict::Accept);
        let (entries, _) = judge.remembered();
        assert!(entries <= MAX_ENTRIES, "{entries}");
    }
    assert_eq!(accepted, MAX_ENTRIES + 1000);
}

#[test]
fn bits_of_a_committee_that_cannot_be_are_not_remembered() {
    let slot = Slot(14_000_000);
    let send_bits = |bits: usize| {
        let mut signed = SignedAggregateAndProof::<Mainnet>::default();
        let aggregate = &mut signed.message.aggregate;
        aggregate.data.slot = slot;
        aggregate.data.target.epoch = slot.epoch(32);
        aggregate.aggregation_bits = BitList::with_capacity(bits).unwrap();
        aggregate.aggregation_bits.set(bits - 1, true).unwrap();
        aggregate.committee_bits.set(3, true).unwrap();
        send(&mut judge(), TopicKind::BeaconAggregateAndProof, signed.as_ssz_bytes(), slot)
    };
    assert_eq!(send_bits(2048), Verdict::Accept);
    assert_eq!(send_bits(2049), Verdict::Reject(Reject::BitsLength));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn votes_are_kept_for_few_epochs(votes in proptest::collection::vec((0_u64..2000, any::<u64>()), 1..200)) {
        let mut judge = judge();
        for (epoch, attester_index) in votes {
            let (epoch, slot) = (Epoch(400_000 + epoch), Slot((400_000 + epoch) * 32));
            let mut vote = SingleAttestation { attester_index, ..Default::default() };
            vote.data.slot = slot;
            vote.data.target.epoch = epoch;
            let verdict = send(&mut judge, TopicKind::BeaconAttestation(0), vote.as_ssz_bytes(), slot);
            // Again, it is no news; and validators that cannot be are none.
            prop_assert!(verdict == Verdict::Accept || attester_index >= 1 << 24 || matches!(verdict, Verdict::Ignore(_)));
            prop_assert!(judge.remembered().1 <= MAX_EPOCHS);
        }
    }
}
