//! Sync committee messages, contributions, and updates for light clients.

use bytes::Bytes;
use cl_types::containers::{
    ContributionAndProof, SignedContributionAndProof, SyncAggregatorSelectionData, SyncCommitteeContribution,
    SyncCommitteeMessage, altair, capella, deneb, electra, gloas,
};
use cl_types::subnets::is_sync_committee_aggregator;
use cl_types::{ForkName, Preset, Slot};
use cl_validation::crypto::Domain;
use ssz::Encode;
use ssz_types::BitVector;
use tree_hash::TreeHash;
use typenum::Unsigned;

use crate::{Chain, HEAD};

impl<P: Preset> Chain<P> {
    /// Messages of the first members of the sync committee, each with its subnet. No member may sit there twice.
    #[must_use]
    pub fn sync_messages(&self, members: u64) -> Vec<(u64, Vec<u8>)> {
        let signed = self.size.keys.all_sign(self.root_of(Domain::SyncCommittee, HEAD));
        let each = (0..members.min(P::SyncCommitteeSize::U64)).map(|place| {
            let validator_index = place % self.size.validators;
            let message = SyncCommitteeMessage {
                slot: self.slot(),
                beacon_block_root: HEAD,
                validator_index,
                signature: signed.by(validator_index),
            };
            (place / P::SyncSubcommitteeSize::U64, message.as_ssz_bytes())
        });
        each.collect()
    }

    /// Contributions of up to `most` aggregators of a subcommittee; each lacks another member.
    #[must_use]
    pub fn contributions(&self, subcommittee_index: u64, most: usize) -> Vec<Vec<u8>> {
        let (slot, size) = (self.slot(), P::SyncSubcommitteeSize::U64);
        let signed = self.size.keys.all_sign(self.root_of(Domain::SyncCommittee, HEAD));
        let members: Vec<u64> =
            (0..size).map(|place| (subcommittee_index * size + place) % self.size.validators).collect();
        let selection = SyncAggregatorSelectionData { slot, subcommittee_index }.tree_hash_root();
        let selected = members.iter().filter_map(|member| {
            let proof = self.sign(*member, Domain::SyncCommitteeSelectionProof, selection);
            is_sync_committee_aggregator(proof.as_bytes(), P::ID).then_some((*member, proof))
        });
        let each = selected.take(most).enumerate();
        each.map(|(number, (aggregator_index, selection_proof))| {
            let mut aggregation_bits = BitVector::<P::SyncSubcommitteeSize>::default();
            let voters = members.iter().enumerate().filter(|(place, _)| *place != number);
            let voters: Vec<u64> = voters
                .map(|(place, member)| {
                    aggregation_bits.set(place, true).unwrap();
                    *member
                })
                .collect();
            let contribution = SyncCommitteeContribution::<P> {
                slot,
                beacon_block_root: HEAD,
                subcommittee_index,
                aggregation_bits,
                signature: signed.by_all(voters),
            };
            let message = ContributionAndProof { aggregator_index, contribution, selection_proof };
            let signature = self.sign(aggregator_index, Domain::ContributionAndProof, message.tree_hash_root());
            SignedContributionAndProof { message, signature }.as_ssz_bytes()
        })
        .collect()
    }
}

/// Our own updates, as light as they can be: finality and optimistic.
pub(crate) fn light_client_updates<P: Preset>(chain: &Chain<P>) -> [Bytes; 2] {
    let signature_slot = Slot(chain.slot().0 - 1);
    macro_rules! updates {
        ($module:ident) => {{
            let mut finality = $module::LightClientFinalityUpdate::<P>::default();
            finality.attested_header.beacon.slot = Slot(signature_slot.0 - 1);
            finality.finalized_header.beacon.slot = chain.blocks()[0].1;
            finality.signature_slot = signature_slot;
            let mut optimistic = $module::LightClientOptimisticUpdate::<P>::default();
            optimistic.attested_header.beacon.slot = Slot(signature_slot.0 - 1);
            optimistic.signature_slot = signature_slot;
            [finality.as_ssz_bytes().into(), optimistic.as_ssz_bytes().into()]
        }};
    }
    match chain.fork {
        ForkName::Phase0 => Default::default(),
        ForkName::Altair | ForkName::Bellatrix => updates!(altair),
        ForkName::Capella => updates!(capella),
        ForkName::Deneb => updates!(deneb),
        ForkName::Electra | ForkName::Fulu => updates!(electra),
        _ => updates!(gloas),
    }
}
