//! Attestations and aggregates.

use cl_types::containers::{
    AttestationData, BLSPubkey, BLSSignature, Checkpoint, SingleAttestation, electra, generic, gloas, phase0,
};
use cl_types::subnets::{attestation_subnet, is_aggregator};
use cl_types::{ForkName, Preset, Root, Slot};
use cl_validation::crypto::Domain;
use ssz::Encode;
use ssz_types::{BitList, BitVector};
use tree_hash::TreeHash;

use crate::{Chain, EPOCH, FINALIZED, HEAD, TARGET};

/// Everybody's signature over a vote.
#[derive(Clone, Debug)]
pub struct Vote {
    pub(crate) data: AttestationData,
    pub(crate) signed: crate::keys::Signed,
}

impl<P: Preset> Chain<P> {
    /// The vote that everybody has in the current slot. Before Electra it names a committee; `index` is 0 since.
    #[must_use]
    pub fn vote(&self, index: u64) -> Vote {
        let data = AttestationData {
            slot: self.slot(),
            index,
            beacon_block_root: HEAD,
            source: Checkpoint { epoch: cl_types::Epoch(EPOCH.0 - 2), root: FINALIZED },
            target: Checkpoint { epoch: EPOCH, root: TARGET },
        };
        self.signed(data)
    }

    /// The vote of those who did not see the head in time: for the block before it.
    #[must_use]
    pub fn late_vote(&self, index: u64) -> Vote {
        let mut data = self.vote(index).data;
        data.beacon_block_root = TARGET;
        self.signed(data)
    }

    /// The key of a voter, and what it signs.
    #[must_use]
    pub fn signer_and_root(&self, voter: u64, data: &AttestationData) -> (BLSPubkey, Root) {
        (self.size.keys.of(voter).pubkey.clone(), self.root_of(Domain::BeaconAttester, data.tree_hash_root()))
    }

    fn signed(&self, data: AttestationData) -> Vote {
        let signed = self.size.keys.all_sign(self.root_of(Domain::BeaconAttester, data.tree_hash_root()));
        Vote { data, signed }
    }

    /// The subnet of a committee's votes.
    #[must_use]
    pub const fn attestation_subnet(&self, slot: Slot, index: u64) -> u64 {
        attestation_subnet(self.size.committees, slot, index, P::ID)
    }

    /// The votes of the first members of a committee, one message each.
    #[must_use]
    pub fn attestations(&self, vote: &Vote, committee_index: u64, members: usize) -> Vec<Vec<u8>> {
        let committee = self.committee(vote.data.slot, committee_index);
        let len = committee.len();
        let each = committee.into_iter().take(members).enumerate();
        each.map(|(place, attester_index)| {
            let (data, signature) = (vote.data.clone(), vote.signed.by(attester_index));
            if self.fork >= ForkName::Electra {
                return SingleAttestation { committee_index, attester_index, data, signature }.as_ssz_bytes();
            }
            let mut aggregation_bits = BitList::with_capacity(len).unwrap();
            aggregation_bits.set(place, true).unwrap();
            phase0::Attestation { aggregation_bits, data, signature }.as_ssz_bytes()
        })
        .collect()
    }

    /// Aggregates of a committee, of up to `most` of its aggregators: each lacks the vote of another member (but for a
    /// committee of one), so that none covers another.
    #[must_use]
    pub fn aggregates(&self, committee_index: u64, most: usize) -> Vec<Vec<u8>> {
        let before_electra = self.fork < ForkName::Electra;
        let vote = self.vote(if before_electra { committee_index } else { 0 });
        self.aggregates_of(&vote, committee_index, most)
    }

    /// The same, of a vote that was signed before.
    #[must_use]
    pub fn aggregates_of(&self, vote: &Vote, committee_index: u64, most: usize) -> Vec<Vec<u8>> {
        let committee = self.committee(vote.data.slot, committee_index);
        let selection = self.root_of(Domain::SelectionProof, vote.data.slot.tree_hash_root());
        let selected = committee.iter().filter_map(|member| {
            let proof = self.size.keys.of(*member).sign(selection);
            is_aggregator(committee.len() as u64, proof.as_bytes()).then_some((*member, proof))
        });
        let each = selected.take(most).enumerate();
        each.map(|(number, (aggregator, proof))| {
            let bits: Vec<bool> =
                (0..committee.len()).map(|place| committee.len() == 1 || place != number % committee.len()).collect();
            let voters = committee.iter().zip(&bits).filter(|(_, bit)| **bit).map(|(voter, _)| *voter);
            let signature = vote.signed.by_all(voters);
            self.aggregate(vote, committee_index, aggregator, proof, &bits, signature)
        })
        .collect()
    }

    fn aggregate(
        &self,
        vote: &Vote,
        committee_index: u64,
        aggregator_index: u64,
        selection_proof: BLSSignature,
        bits: &[bool],
        signature: BLSSignature,
    ) -> Vec<u8> {
        macro_rules! signed {
            ($aggregate:expr) => {{
                let message = generic::AggregateAndProof { aggregator_index, aggregate: $aggregate, selection_proof };
                let signature = self.sign(aggregator_index, Domain::AggregateAndProof, message.tree_hash_root());
                generic::Signed { message, signature }.as_ssz_bytes()
            }};
        }
        let data = vote.data.clone();
        let mut committee_bits = BitVector::<P::MaxCommitteesPerSlot>::default();
        if self.fork >= ForkName::Electra {
            committee_bits.set(committee_index as usize, true).unwrap();
        }
        match self.fork {
            fork if fork < ForkName::Electra => {
                let mut aggregation_bits = BitList::with_capacity(bits.len()).unwrap();
                bits.iter().enumerate().for_each(|(place, bit)| aggregation_bits.set(place, *bit).unwrap());
                signed!(phase0::Attestation { aggregation_bits, data, signature })
            }
            fork if fork < ForkName::Gloas => {
                let mut aggregation_bits = BitList::with_capacity(bits.len()).unwrap();
                bits.iter().enumerate().for_each(|(place, bit)| aggregation_bits.set(place, *bit).unwrap());
                signed!(electra::Attestation::<P> { aggregation_bits, data, signature, committee_bits })
            }
            _ => {
                let aggregation_bits = bits.iter().copied().collect();
                signed!(gloas::Attestation::<P> { aggregation_bits, data, signature, committee_bits })
            }
        }
    }
}
