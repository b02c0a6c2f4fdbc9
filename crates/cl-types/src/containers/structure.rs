//! What a gossip message says of itself, without any chain: does it decode, and what makes it the first of its kind?

use ssz::DecodeError;

use super::{
    BuilderIndex, Hash32, ProposerSlashing, SignedBLSToExecutionChange, SignedContributionAndProof,
    SignedVoluntaryExit, SingleAttestation, SyncCommitteeMessage, ValidatorIndex, any, deneb, gloas, heze, phase0,
};
use crate::decode::{Error, Field, Part};
use crate::fault::{Fault, Severity};
use crate::fork::ForkName;
use crate::preset::{Preset, PresetId};
use crate::primitives::{Epoch, Root, Slot};
use crate::topic::TopicKind;
use crate::with_preset;

/// What a message of a topic says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GossipFacts {
    /// The slot it belongs to, which also selects the digest of its topic; the attested slot of light client updates.
    /// `None` for operations that belong to none.
    pub slot: Option<Slot>,
    /// The subnet it must travel on, where the message alone says it: the index of a column. It may be out of range.
    pub subnet: Option<u64>,
    /// What only the first message may have.
    pub dedup: Option<FirstSeen>,
}

/// The key of a first-seen rule: of all messages with one key, only the first valid one is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FirstSeen {
    /// One block for each.
    Block {
        /// Its slot.
        slot: Slot,
        /// Its proposer.
        proposer: ValidatorIndex,
    },
    /// One blob sidecar for each.
    Blob {
        /// Slot of its block.
        slot: Slot,
        /// Proposer of its block.
        proposer: ValidatorIndex,
        /// The blob.
        index: u64,
    },
    /// One column sidecar for each, since Gloas.
    ColumnOf {
        /// Its block.
        block_root: Root,
        /// The column.
        index: u64,
    },
    /// One column sidecar for each, in Fulu.
    Column {
        /// Slot of its block.
        slot: Slot,
        /// Proposer of its block.
        proposer: ValidatorIndex,
        /// The column.
        index: u64,
    },
    /// One vote for each.
    Attester {
        /// Its target epoch.
        target: Epoch,
        /// Who votes.
        attester: ValidatorIndex,
    },
    /// One vote for each, before Electra, where a message does not name its voter.
    Member {
        /// Its slot.
        slot: Slot,
        /// The committee.
        committee: u64,
        /// The voter's place in it.
        position: usize,
    },
    /// One aggregate for each.
    Aggregator {
        /// Its target epoch.
        target: Epoch,
        /// Who aggregates.
        aggregator: ValidatorIndex,
    },
    /// One sync committee contribution for each.
    Contribution {
        /// Its slot.
        slot: Slot,
        /// Who aggregates.
        aggregator: ValidatorIndex,
        /// The subcommittee.
        subcommittee: u64,
    },
    /// One sync committee message for each.
    SyncMessage {
        /// Its slot.
        slot: Slot,
        /// Who signs.
        validator: ValidatorIndex,
        /// The subnet it came on.
        subnet: u64,
    },
    /// One payload envelope for each.
    Envelope {
        /// Its block.
        block_root: Root,
        /// The builder.
        builder: BuilderIndex,
    },
    /// One vote on a payload for each.
    PayloadVote {
        /// Its slot.
        slot: Slot,
        /// Who votes.
        validator: ValidatorIndex,
    },
    /// One bid for each.
    Bid {
        /// Its slot.
        slot: Slot,
        /// The payload it builds on.
        parent_hash: Hash32,
        /// The block it builds on.
        parent_root: Root,
        /// The builder.
        builder: BuilderIndex,
    },
    /// One set of preferences for each.
    Preferences {
        /// Slot of the proposal.
        slot: Slot,
        /// What decides who proposes.
        dependent_root: Root,
    },
    /// One inclusion list for each. The specification forwards a second, different one as well, as proof of a fault.
    InclusionList {
        /// Its slot.
        slot: Slot,
        /// What decides who is a member.
        dependent_root: Root,
        /// The member.
        validator: ValidatorIndex,
    },
    /// One exit for each validator.
    Exit(ValidatorIndex),
    /// One credential change for each validator.
    CredentialChange(ValidatorIndex),
    /// One proposer slashing for each proposer.
    ProposerSlashing(ValidatorIndex),
    /// The lowest validator that both votes name. The specification's rule looks at all of them: a slashing with the
    /// same lowest but other further validators would still be news.
    AttesterSlashing(ValidatorIndex),
}

/// Why bytes could not be taken as a container.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotStructured {
    /// There is no container for this topic in this fork here, or the topic does not exist in the fork.
    #[error("no container for {kind} in {fork}")]
    Unsupported {
        /// The topic.
        kind: TopicKind,
        /// The fork.
        fork: ForkName,
    },
    /// The bytes are not the container's SSZ.
    #[error("not the SSZ of {kind} in {fork}: {error}")]
    Malformed {
        /// The topic.
        kind: TopicKind,
        /// The fork.
        fork: ForkName,
        /// What the decoder says, and where.
        error: Error,
    },
}

impl NotStructured {
    pub(super) fn new(kind: TopicKind, fork: ForkName, error: Error) -> Self {
        match error.cause() {
            DecodeError::NoMatchingVariant => Self::Unsupported { kind, fork },
            _ => Self::Malformed { kind, fork, error },
        }
    }

    /// Who is to blame: the sender for malformed bytes, nobody else for a container that we lack.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Unsupported { .. } => Fault::Local,
            Self::Malformed { .. } => Fault::Peer(Severity::High),
        }
    }
}

/// Decodes a gossip message completely and says what it is about. Every topic of every fork is known.
/// Costs one decoding, no hashing.
pub fn decodes(kind: TopicKind, fork: ForkName, preset: PresetId, ssz: &[u8]) -> Result<GossipFacts, NotStructured> {
    if !kind.is_live_in(fork) {
        return Err(NotStructured::Unsupported { kind, fork });
    }
    with_preset!(preset, P => facts::<P>(kind, fork, ssz)).map_err(|error| NotStructured::new(kind, fork, error))
}

impl GossipFacts {
    /// A message of a slot, of which there is one for each key.
    const fn of(slot: Slot, first_seen: FirstSeen) -> Self {
        Self { slot: Some(slot), subnet: None, dedup: Some(first_seen) }
    }

    /// A message that belongs to no slot.
    const fn of_no_slot(first_seen: FirstSeen) -> Self {
        Self { slot: None, subnet: None, dedup: Some(first_seen) }
    }

    /// A message that later ones may replace.
    const fn of_slot_alone(slot: Slot) -> Self {
        Self { slot: Some(slot), subnet: None, dedup: None }
    }
}

fn read<T: Field>(ssz: &[u8]) -> Result<T, Error> {
    T::decode_part(Part::copied(ssz))
}

fn facts<P: Preset>(kind: TopicKind, fork: ForkName, ssz: &[u8]) -> Result<GossipFacts, Error> {
    Ok(match kind {
        TopicKind::BeaconBlock => {
            let block = any::SignedBeaconBlock::<P>::from_ssz(fork, ssz)?;
            let (slot, proposer) = (block.slot(), block.proposer_index());
            GossipFacts::of(slot, FirstSeen::Block { slot, proposer })
        }
        TopicKind::BeaconAggregateAndProof => {
            let signed = any::SignedAggregateAndProof::<P>::from_ssz(fork, ssz)?;
            let (target, aggregator) = (signed.data().target.epoch, signed.aggregator_index());
            GossipFacts::of(signed.data().slot, FirstSeen::Aggregator { target, aggregator })
        }
        TopicKind::BeaconAttestation(_) => attestation(fork, ssz)?,
        TopicKind::VoluntaryExit => {
            GossipFacts::of_no_slot(FirstSeen::Exit(read::<SignedVoluntaryExit>(ssz)?.message.validator_index))
        }
        TopicKind::BlsToExecutionChange => {
            let change = read::<SignedBLSToExecutionChange>(ssz)?.message;
            GossipFacts::of_no_slot(FirstSeen::CredentialChange(change.validator_index))
        }
        TopicKind::ProposerSlashing => {
            let header = read::<ProposerSlashing>(ssz)?.signed_header_1.message;
            GossipFacts::of_no_slot(FirstSeen::ProposerSlashing(header.proposer_index))
        }
        TopicKind::AttesterSlashing => {
            let slashing = any::AttesterSlashing::<P>::from_ssz(fork, ssz)?;
            let dedup = lowest_common(&slashing).map(FirstSeen::AttesterSlashing);
            GossipFacts { slot: None, subnet: None, dedup }
        }
        TopicKind::SyncCommittee(subnet) => {
            let message = read::<SyncCommitteeMessage>(ssz)?;
            let (slot, validator) = (message.slot, message.validator_index);
            let key = FirstSeen::SyncMessage { slot, validator, subnet };
            GossipFacts::of(slot, key)
        }
        TopicKind::SyncCommitteeContributionAndProof => {
            let message = read::<SignedContributionAndProof<P>>(ssz)?.message;
            let slot = message.contribution.slot;
            let key = FirstSeen::Contribution {
                slot,
                aggregator: message.aggregator_index,
                subcommittee: message.contribution.subcommittee_index,
            };
            GossipFacts::of(slot, key)
        }
        TopicKind::LightClientFinalityUpdate => {
            let update = any::LightClientFinalityUpdate::<P>::from_ssz(fork, ssz)?;
            GossipFacts::of_slot_alone(update.attested_header().slot)
        }
        TopicKind::LightClientOptimisticUpdate => {
            let update = any::LightClientOptimisticUpdate::<P>::from_ssz(fork, ssz)?;
            GossipFacts::of_slot_alone(update.attested_header().slot)
        }
        TopicKind::BlobSidecar(_) => {
            let sidecar = read::<deneb::BlobSidecar>(ssz)?;
            let header = &sidecar.signed_block_header.message;
            let (slot, proposer, index) = (header.slot, header.proposer_index, sidecar.index);
            GossipFacts { subnet: Some(index), ..GossipFacts::of(slot, FirstSeen::Blob { slot, proposer, index }) }
        }
        TopicKind::DataColumnSidecar(_) => {
            let sidecar = any::DataColumnSidecar::from_ssz(fork, ssz)?;
            let (slot, index) = (sidecar.slot(), sidecar.index());
            let key = match sidecar {
                any::DataColumnSidecar::Fulu(sidecar) => {
                    let proposer = sidecar.signed_block_header.message.proposer_index;
                    FirstSeen::Column { slot, proposer, index }
                }
                any::DataColumnSidecar::Gloas(sidecar) | any::DataColumnSidecar::Heze(sidecar) => {
                    let block_root = sidecar.beacon_block_root;
                    FirstSeen::ColumnOf { block_root, index }
                }
            };
            GossipFacts { subnet: Some(index), ..GossipFacts::of(slot, key) }
        }
        TopicKind::ExecutionPayloadBid => {
            let bid = any::SignedExecutionPayloadBid::from_ssz(fork, ssz)?;
            let (slot, builder, (parent_hash, parent_root)) = (bid.slot(), bid.builder_index(), bid.parent());
            let key = FirstSeen::Bid { slot, parent_hash, parent_root, builder };
            GossipFacts::of(slot, key)
        }
        TopicKind::ExecutionPayload => {
            let envelope = read::<gloas::SignedExecutionPayloadEnvelope>(ssz)?.message;
            let key = FirstSeen::Envelope { block_root: envelope.beacon_block_root, builder: envelope.builder_index };
            GossipFacts::of(Slot(envelope.payload.slot_number), key)
        }
        TopicKind::PayloadAttestationMessage => {
            let vote = read::<gloas::PayloadAttestationMessage>(ssz)?;
            let (slot, validator) = (vote.data.slot, vote.validator_index);
            GossipFacts::of(slot, FirstSeen::PayloadVote { slot, validator })
        }
        TopicKind::ProposerPreferences => {
            // Sent an epoch ahead of the slot that it names.
            let preferences = read::<gloas::SignedProposerPreferences>(ssz)?.message;
            GossipFacts::of_no_slot(FirstSeen::Preferences {
                slot: preferences.proposal_slot,
                dependent_root: preferences.dependent_root,
            })
        }
        TopicKind::InclusionList => {
            let list = read::<heze::SignedInclusionList>(ssz)?.message;
            let key = FirstSeen::InclusionList {
                slot: list.slot,
                dependent_root: list.dependent_root,
                validator: list.validator_index,
            };
            GossipFacts::of(list.slot, key)
        }
        #[allow(unreachable_patterns, reason = "a topic may be listed before its container is here")]
        _ => return Err(DecodeError::NoMatchingVariant.into()),
    })
}

/// A vote on an attestation subnet: one bit of a committee before Electra, one named validator since.
fn attestation(fork: ForkName, ssz: &[u8]) -> Result<GossipFacts, Error> {
    if fork < ForkName::Electra {
        let vote = read::<phase0::Attestation>(ssz)?;
        let slot = vote.data.slot;
        let position = vote.aggregation_bits.iter().position(|bit| bit);
        let key = position.map(|position| FirstSeen::Member { slot, committee: vote.data.index, position });
        return Ok(GossipFacts { dedup: key, ..GossipFacts::of_slot_alone(slot) });
    }
    let vote = read::<SingleAttestation>(ssz)?;
    let key = FirstSeen::Attester { target: vote.data.target.epoch, attester: vote.attester_index };
    Ok(GossipFacts::of(vote.data.slot, key))
}

/// The lowest index that both votes name. Does not rely on sorted lists: nobody checked them yet.
fn lowest_common<P: Preset>(slashing: &any::AttesterSlashing<P>) -> Option<ValidatorIndex> {
    let (first, second) = slashing.attesting_indices();
    let mut second = second.to_vec();
    second.sort_unstable();
    let named_twice = |index: &ValidatorIndex| second.binary_search(index).is_ok();
    first.iter().copied().filter(named_twice).min()
}
