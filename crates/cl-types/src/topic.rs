//! What travels on gossip: topic names, the forks they live in, the size of what they carry.

use std::fmt;
use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::schedule::ForkEntry;
use crate::subnets::{ATTESTATION_SUBNET_COUNT, DATA_COLUMN_SIDECAR_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT};

pub(crate) mod bounds;

/// A topic without its fork digest. The number is a subnet id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TopicKind {
    /// `beacon_block`
    BeaconBlock,
    /// `beacon_aggregate_and_proof`
    BeaconAggregateAndProof,
    /// `beacon_attestation_{subnet}`
    BeaconAttestation(u64),
    /// `voluntary_exit`
    VoluntaryExit,
    /// `proposer_slashing`
    ProposerSlashing,
    /// `attester_slashing`
    AttesterSlashing,
    /// `sync_committee_contribution_and_proof`
    SyncCommitteeContributionAndProof,
    /// `sync_committee_{subnet}`
    SyncCommittee(u64),
    /// `light_client_finality_update`
    LightClientFinalityUpdate,
    /// `light_client_optimistic_update`
    LightClientOptimisticUpdate,
    /// `bls_to_execution_change`
    BlsToExecutionChange,
    /// `blob_sidecar_{subnet}`
    BlobSidecar(u64),
    /// `data_column_sidecar_{subnet}`
    DataColumnSidecar(u64),
    /// `execution_payload_bid`
    ExecutionPayloadBid,
    /// `execution_payload`
    ExecutionPayload,
    /// `payload_attestation_message`
    PayloadAttestationMessage,
    /// `proposer_preferences`
    ProposerPreferences,
    /// `inclusion_list`
    InclusionList,
}

/// One row of the topic table.
struct Family {
    /// The topic, with subnet 0 where there are subnets.
    kind: TopicKind,
    /// Its name; subnet topics append `_{subnet}`.
    name: &'static str,
    /// The first fork that has it.
    since: ForkName,
    /// The last fork that has it.
    until: ForkName,
}

const LAST: ForkName = ForkName::NEWEST;

/// Every topic family. A new one is a new row here, a variant above and a bound in `bounds`.
const FAMILIES: &[Family] = {
    use ForkName::{Altair, Capella, Deneb, Electra, Fulu, Gloas, Heze, Phase0};
    const fn row(kind: TopicKind, name: &'static str, since: ForkName, until: ForkName) -> Family {
        Family { kind, name, since, until }
    }
    &[
        row(TopicKind::BeaconBlock, "beacon_block", Phase0, LAST),
        row(TopicKind::BeaconAggregateAndProof, "beacon_aggregate_and_proof", Phase0, LAST),
        row(TopicKind::BeaconAttestation(0), "beacon_attestation", Phase0, LAST),
        row(TopicKind::VoluntaryExit, "voluntary_exit", Phase0, LAST),
        row(TopicKind::ProposerSlashing, "proposer_slashing", Phase0, LAST),
        row(TopicKind::AttesterSlashing, "attester_slashing", Phase0, LAST),
        row(TopicKind::SyncCommitteeContributionAndProof, "sync_committee_contribution_and_proof", Altair, LAST),
        row(TopicKind::SyncCommittee(0), "sync_committee", Altair, LAST),
        row(TopicKind::LightClientFinalityUpdate, "light_client_finality_update", Altair, LAST),
        row(TopicKind::LightClientOptimisticUpdate, "light_client_optimistic_update", Altair, LAST),
        row(TopicKind::BlsToExecutionChange, "bls_to_execution_change", Capella, LAST),
        row(TopicKind::BlobSidecar(0), "blob_sidecar", Deneb, Electra),
        row(TopicKind::DataColumnSidecar(0), "data_column_sidecar", Fulu, LAST),
        row(TopicKind::ExecutionPayloadBid, "execution_payload_bid", Gloas, LAST),
        row(TopicKind::ExecutionPayload, "execution_payload", Gloas, LAST),
        row(TopicKind::PayloadAttestationMessage, "payload_attestation_message", Gloas, LAST),
        row(TopicKind::ProposerPreferences, "proposer_preferences", Gloas, LAST),
        row(TopicKind::InclusionList, "inclusion_list", Heze, LAST),
    ]
};

/// The first fork in which a gossip message's id covers its topic (`altair/p2p-interface.md`); no later one took it out again.
pub const MESSAGE_ID_COVERS_TOPIC_SINCE: ForkName = ForkName::Altair;

impl TopicKind {
    /// How many families there are, over all forks.
    pub const FAMILY_COUNT: usize = FAMILIES.len();

    /// The names of all families, in table order.
    pub fn family_names() -> impl ExactSizeIterator<Item = &'static str> {
        FAMILIES.iter().map(|row| row.name)
    }

    /// Position of its family in the table: a key for counters, below [`Self::FAMILY_COUNT`].
    #[must_use]
    pub fn family_index(self) -> usize {
        let zero = self.with_subnet(0);
        FAMILIES.iter().position(|row| row.kind == zero).unwrap_or_default()
    }

    /// The topics of a fork, with subnet 0 where there are subnets, in table order.
    pub fn families_of(fork: ForkName) -> impl Iterator<Item = Self> {
        FAMILIES.iter().filter(move |row| row.since <= fork && fork <= row.until).map(|row| row.kind)
    }

    /// The topics of a fork, every subnet included, in table order.
    pub fn all_of(fork: ForkName) -> impl Iterator<Item = Self> {
        Self::families_of(fork)
            .flat_map(move |kind| (0..kind.subnet_count(fork).unwrap_or(1)).map(move |subnet| kind.with_subnet(subnet)))
    }

    /// Parses a topic name as it stands between digest and encoding. Subnet ids are checked against [`Self::is_live_in`]
    /// by whoever knows the fork.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(row) = FAMILIES.iter().find(|row| row.kind.subnet().is_none() && row.name == name) {
            return Some(row.kind);
        }
        let (family, digits) = name.rsplit_once('_')?;
        let row = FAMILIES.iter().find(|row| row.kind.subnet().is_some() && row.name == family)?;
        // One spelling for each subnet: no sign, no leading zero.
        let canonical = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
        let subnet = digits.parse().ok().filter(|_| canonical)?;
        Some(row.kind.with_subnet(subnet))
    }

    /// The family's name: the topic name without a subnet id.
    #[must_use]
    pub fn family(self) -> &'static str {
        let zero = self.with_subnet(0);
        FAMILIES.iter().find(|row| row.kind == zero).map_or("", |row| row.name)
    }

    /// True if this topic exists in a fork, its subnet id included.
    #[must_use]
    pub fn is_live_in(self, fork: ForkName) -> bool {
        let zero = self.with_subnet(0);
        let in_subnets = match (self.subnet(), self.subnet_count(fork)) {
            (Some(subnet), Some(count)) => subnet < count,
            _ => true,
        };
        in_subnets && FAMILIES.iter().any(|row| row.kind == zero && row.since <= fork && fork <= row.until)
    }

    /// The subnet id, where the topic has one.
    #[must_use]
    pub const fn subnet(self) -> Option<u64> {
        match self {
            Self::BeaconAttestation(id)
            | Self::SyncCommittee(id)
            | Self::BlobSidecar(id)
            | Self::DataColumnSidecar(id) => Some(id),
            _ => None,
        }
    }

    /// How many subnets this family has in a fork; `None` for a topic without subnets.
    #[must_use]
    pub const fn subnet_count(self, fork: ForkName) -> Option<u64> {
        match self {
            Self::BeaconAttestation(_) => Some(ATTESTATION_SUBNET_COUNT),
            Self::SyncCommittee(_) => Some(SYNC_COMMITTEE_SUBNET_COUNT),
            Self::BlobSidecar(_) => Some(if matches!(fork, ForkName::Deneb) { 6 } else { 9 }),
            Self::DataColumnSidecar(_) => Some(DATA_COLUMN_SIDECAR_SUBNET_COUNT),
            _ => None,
        }
    }

    const fn with_subnet(self, id: u64) -> Self {
        match self {
            Self::BeaconAttestation(_) => Self::BeaconAttestation(id),
            Self::SyncCommittee(_) => Self::SyncCommittee(id),
            Self::BlobSidecar(_) => Self::BlobSidecar(id),
            Self::DataColumnSidecar(_) => Self::DataColumnSidecar(id),
            other => other,
        }
    }

    /// Name of the SSZ type of its messages; which form of the type is meant, the fork says. Empty before the topic's
    /// first fork.
    #[must_use]
    pub fn ssz_type(self, fork: ForkName) -> &'static str {
        bounds::ssz_type(self, fork)
    }

    /// Bytes of uncompressed SSZ that a message of this topic may have in an era, both ends included.
    /// `max_blobs` is [`ForkSchedule::max_blobs_anywhere`](crate::ForkSchedule::max_blobs_anywhere).
    #[must_use]
    pub fn ssz_bounds(self, entry: &ForkEntry, preset: crate::PresetId, max_blobs: u64) -> RangeInclusive<usize> {
        bounds::of(self, entry.fork, preset, max_blobs)
    }
}

impl fmt::Display for TopicKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family())?;
        match self.subnet() {
            Some(subnet) => write!(f, "_{subnet}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_topics_as_the_specification_counts() {
        let counts = ForkName::ALL.map(|fork| TopicKind::all_of(fork).count());
        assert_eq!(counts, [69, 76, 76, 77, 83, 86, 205, 209, 210]);
    }

    #[test]
    fn every_family_has_its_own_place_and_name() {
        for fork in ForkName::ALL {
            for kind in TopicKind::all_of(fork) {
                assert_eq!(TopicKind::family_names().nth(kind.family_index()), Some(kind.family()));
            }
        }
        assert_eq!(TopicKind::family_names().len(), TopicKind::FAMILY_COUNT);
    }

    #[test]
    fn names_round_trip_and_have_one_spelling() {
        for fork in ForkName::ALL {
            for kind in TopicKind::all_of(fork) {
                assert_eq!(TopicKind::parse(&kind.to_string()), Some(kind));
                assert!(kind.is_live_in(fork));
            }
        }
        for wrong in [
            "beacon_blocks",
            "beacon_attestation",
            "beacon_attestation_",
            "beacon_attestation_01",
            "beacon_block_0",
            "beacon_attestation_+1",
            "",
        ] {
            assert_eq!(TopicKind::parse(wrong), None, "{wrong}");
        }
        assert!(!TopicKind::BlobSidecar(6).is_live_in(ForkName::Deneb));
        assert!(!TopicKind::DataColumnSidecar(0).is_live_in(ForkName::Electra));
    }
}
