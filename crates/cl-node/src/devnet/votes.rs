//! Attestations, aggregates, sync committee messages and contributions. The signatures are noise.

use cl_types::containers::{
    AggregateAndProof, Attestation, AttestationData, Checkpoint, ContributionAndProof, SignedAggregateAndProof,
    SignedContributionAndProof, SingleAttestation, SyncCommitteeContribution, SyncCommitteeMessage,
};
use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT};
use cl_types::{Preset, Root, Slot, TopicKind};
use ssz::Encode;
use ssz_types::{BitList, BitVector};
use typenum::Unsigned;

use super::content::ContentError;
use super::noise::Noise;

/// Committees that vote in each slot.
pub(crate) const COMMITTEES: u64 = 4;
/// Votes of each committee.
pub(crate) const COMMITTEE_SIZE: u64 = 16;
/// Aggregators of each committee, and of each sync subcommittee.
const AGGREGATORS: u64 = 2;
/// Most members of a sync subcommittee that speak: all of them in the minimal preset.
const SUBCOMMITTEE_SPEAKERS: u64 = 8;

/// A message and the validator in whose name it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Vote {
    pub(crate) validator: u64,
    pub(crate) kind: TopicKind,
    pub(crate) ssz: Vec<u8>,
}

/// What is voted for in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ballot {
    pub(crate) slot: Slot,
    pub(crate) slots_per_epoch: u64,
    /// The newest block.
    pub(crate) head: Root,
    /// The newest block of the epoch's first slot or before it.
    pub(crate) target: Root,
}

impl Ballot {
    fn data(&self) -> AttestationData {
        let target = Checkpoint { epoch: self.slot.epoch(self.slots_per_epoch), root: self.target };
        AttestationData {
            slot: self.slot,
            index: 0,
            beacon_block_root: self.head,
            // Nothing is justified but genesis.
            source: Checkpoint::default(),
            target,
        }
    }

    /// The first validator of a committee. A validator votes once in an epoch.
    const fn first_of(&self, committee: u64) -> u64 {
        ((self.slot.0 % self.slots_per_epoch) * COMMITTEES + committee) * COMMITTEE_SIZE
    }

    /// `compute_subnet_for_attestation`.
    const fn subnet(&self, committee: u64) -> u64 {
        ((self.slot.0 % self.slots_per_epoch) * COMMITTEES + committee) % ATTESTATION_SUBNET_COUNT
    }

    fn noise(&self, purpose: &[u8; 8]) -> Noise {
        Noise::new(u64::from_be_bytes(*purpose), self.slot.0)
    }

    /// One vote of each member of each committee.
    pub(crate) fn attestations(&self) -> Vec<Vote> {
        let mut noise = self.noise(b"attester");
        let members = (0..COMMITTEES).flat_map(|committee| (0..COMMITTEE_SIZE).map(move |member| (committee, member)));
        members
            .map(|(committee, member)| {
                let attester_index = self.first_of(committee) + member;
                let vote = SingleAttestation {
                    committee_index: committee,
                    attester_index,
                    data: self.data(),
                    signature: noise.signature(),
                };
                let kind = TopicKind::BeaconAttestation(self.subnet(committee));
                Vote { validator: attester_index, kind, ssz: vote.as_ssz_bytes() }
            })
            .collect()
    }

    /// The votes of these committees as one.
    pub(crate) fn aggregate<P: Preset>(&self, committees: &[u64]) -> Result<Attestation<P>, ContentError> {
        let members = usize::try_from(COMMITTEE_SIZE).unwrap_or_default() * committees.len();
        let mut aggregation_bits = BitList::with_capacity(members)?;
        for bit in 0..members {
            aggregation_bits.set(bit, true)?;
        }
        let mut committee_bits = BitVector::new();
        for committee in committees {
            committee_bits.set(usize::try_from(*committee).unwrap_or(usize::MAX), true)?;
        }
        let signature = self.noise(b"a quorum").signature();
        Ok(Attestation { aggregation_bits, data: self.data(), signature, committee_bits })
    }

    /// What the aggregators of each committee send.
    pub(crate) fn aggregates<P: Preset>(&self) -> Result<Vec<Vote>, ContentError> {
        let mut noise = self.noise(b"aggregat");
        let aggregators =
            (0..COMMITTEES).flat_map(|committee| (0..AGGREGATORS).map(move |aggregator| (committee, aggregator)));
        aggregators
            .map(|(committee, aggregator)| {
                let aggregator_index = self.first_of(committee) + aggregator;
                let message = AggregateAndProof::<P> {
                    aggregator_index,
                    aggregate: self.aggregate(&[committee])?,
                    selection_proof: noise.signature(),
                };
                let signed = SignedAggregateAndProof { message, signature: noise.signature() };
                let kind = TopicKind::BeaconAggregateAndProof;
                Ok(Vote { validator: aggregator_index, kind, ssz: signed.as_ssz_bytes() })
            })
            .collect()
    }

    /// One message of each member of the sync committee, on its subnet.
    pub(crate) fn sync_messages<P: Preset>(&self) -> Vec<Vote> {
        let mut noise = self.noise(b"sync one");
        speakers::<P>()
            .map(|(subnet, validator_index)| {
                let message = SyncCommitteeMessage {
                    slot: self.slot,
                    beacon_block_root: self.head,
                    validator_index,
                    signature: noise.signature(),
                };
                let kind = TopicKind::SyncCommittee(subnet);
                Vote { validator: validator_index, kind, ssz: message.as_ssz_bytes() }
            })
            .collect()
    }

    /// What the aggregators of each sync subcommittee send.
    pub(crate) fn contributions<P: Preset>(&self) -> Result<Vec<Vote>, ContentError> {
        let mut noise = self.noise(b"sync all");
        let mut votes = Vec::new();
        for subcommittee_index in 0..SYNC_COMMITTEE_SUBNET_COUNT {
            let mut aggregation_bits = BitVector::new();
            for (bit, _) in speakers::<P>().filter(|(subnet, _)| *subnet == subcommittee_index).enumerate() {
                aggregation_bits.set(bit, true)?;
            }
            let contribution = SyncCommitteeContribution::<P> {
                slot: self.slot,
                beacon_block_root: self.head,
                subcommittee_index,
                aggregation_bits,
                signature: noise.signature(),
            };
            let members = speakers::<P>().filter(|(subnet, _)| *subnet == subcommittee_index);
            for (_, aggregator_index) in members.take(usize::try_from(AGGREGATORS).unwrap_or_default()) {
                let message = ContributionAndProof {
                    aggregator_index,
                    contribution: contribution.clone(),
                    selection_proof: noise.signature(),
                };
                let signed = SignedContributionAndProof { message, signature: noise.signature() };
                let kind = TopicKind::SyncCommitteeContributionAndProof;
                votes.push(Vote { validator: aggregator_index, kind, ssz: signed.as_ssz_bytes() });
            }
        }
        Ok(votes)
    }
}

/// The members of the sync committee that speak: their subnet and who they are.
fn speakers<P: Preset>() -> impl Iterator<Item = (u64, u64)> {
    let of_each = P::SyncSubcommitteeSize::U64.min(SUBCOMMITTEE_SPEAKERS);
    (0..SYNC_COMMITTEE_SUBNET_COUNT)
        .flat_map(move |subnet| (0..of_each).map(move |member| (subnet, subnet * of_each + member)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use cl_types::containers::decodes;
    use cl_types::{ForkName, Mainnet, Minimal};

    use super::*;

    fn ballot(slot: u64, slots_per_epoch: u64) -> Ballot {
        Ballot { slot: Slot(slot), slots_per_epoch, head: Root::repeat_byte(1), target: Root::repeat_byte(2) }
    }

    fn everything<P: Preset>(ballot: &Ballot) -> Vec<Vote> {
        let parts = [
            ballot.attestations(),
            ballot.aggregates::<P>().unwrap(),
            ballot.sync_messages::<P>(),
            ballot.contributions::<P>().unwrap(),
        ];
        parts.concat()
    }

    fn all_pass<P: Preset>(slots_per_epoch: u64) {
        let mut seen = HashSet::new();
        for slot in 0..slots_per_epoch {
            for vote in everything::<P>(&ballot(slot, slots_per_epoch)) {
                let facts = decodes(vote.kind, ForkName::Fulu, P::ID, &vote.ssz).unwrap();
                assert_eq!(facts.slot, Some(Slot(slot)));
                assert!(seen.insert(facts.dedup.unwrap()), "the second of its kind: {:?}", facts.dedup);
            }
        }
    }

    #[test]
    fn every_vote_decodes_and_is_the_first_of_its_kind() {
        all_pass::<Minimal>(8);
        all_pass::<Mainnet>(32);
    }

    #[test]
    fn each_slot_uses_the_next_subnets() {
        let subnets = |slot| -> Vec<_> { (0..COMMITTEES).map(|committee| ballot(slot, 8).subnet(committee)).collect() };
        assert_eq!(subnets(0), [0, 1, 2, 3]);
        assert_eq!(subnets(7), [28, 29, 30, 31]);
        assert_eq!(subnets(8), [0, 1, 2, 3]);
        assert_eq!(ballot(31, 32).subnet(3), 63);
    }
}
