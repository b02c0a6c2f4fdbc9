//! What a gossip message says of itself, without any chain: does it decode, and what makes it the first of its kind?

use ssz::{Decode, DecodeError};

use super::{
    AttesterSlashing, DataColumnSidecar, LightClientFinalityUpdate, LightClientOptimisticUpdate, ProposerSlashing,
    SignedAggregateAndProof, SignedBLSToExecutionChange, SignedBeaconBlock, SignedContributionAndProof,
    SignedVoluntaryExit, SingleAttestation, SyncCommitteeMessage, ValidatorIndex,
};
use crate::fault::{Fault, Severity};
use crate::fork::ForkName;
use crate::preset::{Preset, PresetId};
use crate::primitives::{Epoch, Slot};
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
    /// One column sidecar for each.
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
    #[error("not the SSZ of {kind} in {fork}: {error:?}")]
    Malformed {
        /// The topic.
        kind: TopicKind,
        /// The fork.
        fork: ForkName,
        /// What the decoder says.
        error: DecodeError,
    },
}

impl NotStructured {
    /// Who is to blame: the sender for malformed bytes, nobody else for a container that we lack.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Unsupported { .. } => Fault::Local,
            Self::Malformed { .. } => Fault::Peer(Severity::High),
        }
    }
}

/// Decodes a gossip message completely and says what it is about.
///
/// All topics of Electra and Fulu but `blob_sidecar` are known; of other forks those whose containers never changed:
/// exits, credential changes, proposer slashings and sync committee messages. Costs one decoding, no hashing.
pub fn decodes(kind: TopicKind, fork: ForkName, preset: PresetId, ssz: &[u8]) -> Result<GossipFacts, NotStructured> {
    if !kind.is_live_in(fork) {
        return Err(NotStructured::Unsupported { kind, fork });
    }
    let malformed = |error| NotStructured::Malformed { kind, fork, error };
    with_preset!(preset, P => facts::<P>(kind, fork, ssz))
        .map_err(malformed)?
        .ok_or(NotStructured::Unsupported { kind, fork })
}

fn facts<P: Preset>(kind: TopicKind, fork: ForkName, ssz: &[u8]) -> Result<Option<GossipFacts>, DecodeError> {
    let facts = |slot, first_seen| GossipFacts {
        slot,
        subnet: None,
        dedup: Some(first_seen),
    };
    let electra_layout = has_electra_layout(fork);
    let facts = match kind {
        TopicKind::VoluntaryExit => {
            let exit = SignedVoluntaryExit::from_ssz_bytes(ssz)?.message;
            facts(None, FirstSeen::Exit(exit.validator_index))
        }
        TopicKind::BlsToExecutionChange => {
            let change = SignedBLSToExecutionChange::from_ssz_bytes(ssz)?.message;
            facts(None, FirstSeen::CredentialChange(change.validator_index))
        }
        TopicKind::ProposerSlashing => {
            let header = ProposerSlashing::from_ssz_bytes(ssz)?.signed_header_1.message;
            facts(None, FirstSeen::ProposerSlashing(header.proposer_index))
        }
        TopicKind::SyncCommittee(subnet) => {
            let SyncCommitteeMessage {
                slot,
                validator_index: validator,
                ..
            } = SyncCommitteeMessage::from_ssz_bytes(ssz)?;
            facts(
                Some(slot),
                FirstSeen::SyncMessage {
                    slot,
                    validator,
                    subnet,
                },
            )
        }
        TopicKind::SyncCommitteeContributionAndProof => {
            let message = SignedContributionAndProof::<P>::from_ssz_bytes(ssz)?.message;
            let slot = message.contribution.slot;
            let subcommittee = message.contribution.subcommittee_index;
            facts(
                Some(slot),
                FirstSeen::Contribution {
                    slot,
                    aggregator: message.aggregator_index,
                    subcommittee,
                },
            )
        }
        TopicKind::BeaconBlock if electra_layout => {
            let block = SignedBeaconBlock::<P>::from_ssz_bytes(ssz)?.message;
            facts(
                Some(block.slot),
                FirstSeen::Block {
                    slot: block.slot,
                    proposer: block.proposer_index,
                },
            )
        }
        TopicKind::BeaconAttestation(_) if electra_layout => {
            let vote = SingleAttestation::from_ssz_bytes(ssz)?;
            let attester = vote.attester_index;
            facts(
                Some(vote.data.slot),
                FirstSeen::Attester {
                    target: vote.data.target.epoch,
                    attester,
                },
            )
        }
        TopicKind::BeaconAggregateAndProof if electra_layout => {
            let message = SignedAggregateAndProof::<P>::from_ssz_bytes(ssz)?.message;
            let data = &message.aggregate.data;
            let aggregator = message.aggregator_index;
            facts(
                Some(data.slot),
                FirstSeen::Aggregator {
                    target: data.target.epoch,
                    aggregator,
                },
            )
        }
        TopicKind::AttesterSlashing if electra_layout => {
            let slashing = AttesterSlashing::<P>::from_ssz_bytes(ssz)?;
            let dedup = lowest_common(&slashing).map(FirstSeen::AttesterSlashing);
            GossipFacts {
                slot: None,
                subnet: None,
                dedup,
            }
        }
        TopicKind::DataColumnSidecar(_) if electra_layout => {
            let sidecar = DataColumnSidecar::from_ssz_bytes(ssz)?;
            let header = &sidecar.signed_block_header.message;
            let (slot, proposer, index) = (header.slot, header.proposer_index, sidecar.index);
            let dedup = Some(FirstSeen::Column { slot, proposer, index });
            GossipFacts {
                slot: Some(slot),
                subnet: Some(index),
                dedup,
            }
        }
        TopicKind::LightClientFinalityUpdate if electra_layout => {
            let update = LightClientFinalityUpdate::<P>::from_ssz_bytes(ssz)?;
            GossipFacts {
                slot: Some(update.attested_header.beacon.slot),
                subnet: None,
                dedup: None,
            }
        }
        TopicKind::LightClientOptimisticUpdate if electra_layout => {
            let update = LightClientOptimisticUpdate::<P>::from_ssz_bytes(ssz)?;
            GossipFacts {
                slot: Some(update.attested_header.beacon.slot),
                subnet: None,
                dedup: None,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(facts))
}

/// True for the forks whose blocks, votes and slashings are laid out as the containers of this crate.
pub(super) const fn has_electra_layout(fork: ForkName) -> bool {
    matches!(fork, ForkName::Electra | ForkName::Fulu)
}

/// The lowest index that both votes name. Does not rely on sorted lists: nobody checked them yet.
fn lowest_common<P: Preset>(slashing: &AttesterSlashing<P>) -> Option<ValidatorIndex> {
    let mut second: Vec<_> = slashing.attestation_2.attesting_indices.to_vec();
    second.sort_unstable();
    slashing
        .attestation_1
        .attesting_indices
        .iter()
        .copied()
        .filter(|index| second.binary_search(index).is_ok())
        .min()
}
