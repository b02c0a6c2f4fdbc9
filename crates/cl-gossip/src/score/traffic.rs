//! How busy each topic is, from the size of the network.

use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT, committees_per_slot};
use cl_types::{Preset, PresetId, TopicKind, with_preset};
use typenum::Unsigned;

/// Active validators where nobody says how many: about mainnet's.
pub(crate) const DEFAULT_VALIDATORS: u64 = 1_000_000;
/// `TARGET_AGGREGATORS_PER_COMMITTEE` and `TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE`.
const TARGET_AGGREGATORS: u64 = 16;
/// `INCLUSION_LIST_COMMITTEE_SIZE`.
const INCLUSION_LIST_COMMITTEE: u64 = 16;

/// The size of a network, as far as it decides how much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) validators: u64,
    pub(crate) preset: PresetId,
}

/// How much a topic counts and how busy it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Traffic {
    /// `topic_weight`, above zero.
    pub(crate) weight: f64,
    /// Expected messages in a slot, on average.
    pub(crate) per_slot: f64,
    /// Epochs after which a first delivery is forgotten.
    pub(crate) decay_epochs: u32,
}

impl Size {
    /// Members of one committee, on average, at least one.
    fn committee_len(self) -> u64 {
        let slots = self.preset.slots_per_epoch();
        (self.validators / slots / committees_per_slot(self.validators, self.preset)).max(1)
    }

    /// Aggregates in a slot: of each committee one in `len / 16` members aggregates, all of a small one.
    fn aggregates(self) -> u64 {
        let len = self.committee_len();
        let aggregators = len / (len / TARGET_AGGREGATORS).max(1);
        committees_per_slot(self.validators, self.preset).saturating_mul(aggregators)
    }

    /// Votes in a slot on one subnet, over an epoch. Fewer committees than subnets take turns.
    fn votes(self) -> f64 {
        self.validators as f64 / (self.preset.slots_per_epoch() * ATTESTATION_SUBNET_COUNT) as f64
    }

    /// True if a subnet has a committee at least twice an epoch, so that its traffic does not come in one burst.
    fn is_steady(self) -> bool {
        let committees = committees_per_slot(self.validators, self.preset) * self.preset.slots_per_epoch();
        committees >= 2 * ATTESTATION_SUBNET_COUNT
    }

    /// What is expected on a topic.
    pub(crate) fn traffic(self, kind: TopicKind) -> Traffic {
        let slots = self.preset.slots_per_epoch() as f64;
        let subcommittee = with_preset!(self.preset, P => <P as Preset>::SyncSubcommitteeSize::U64);
        let contributions = subcommittee / (subcommittee / TARGET_AGGREGATORS).max(1) * SYNC_COMMITTEE_SUBNET_COUNT;
        let (weight, per_slot, decay_epochs) = match kind {
            TopicKind::BeaconBlock | TopicKind::ExecutionPayload => (0.5, 1.0, 20),
            TopicKind::BeaconAggregateAndProof => (0.5, self.aggregates() as f64, 1),
            // Between two bursts nothing must be forgotten.
            TopicKind::BeaconAttestation(_) => (1.0 / 64.0, self.votes(), if self.is_steady() { 1 } else { 4 }),
            TopicKind::SyncCommitteeContributionAndProof => (0.2, contributions as f64, 1),
            TopicKind::SyncCommittee(_) => (0.4 / 4.0, subcommittee as f64, 1),
            TopicKind::DataColumnSidecar(_) => (0.5 / 128.0, 1.0, 20),
            TopicKind::BlobSidecar(_) => (0.5 / 9.0, 1.0, 20),
            TopicKind::PayloadAttestationMessage => {
                let votes = with_preset!(self.preset, P => <P as Preset>::PtcSize::U64).min(self.validators.max(1));
                (0.2, votes as f64, 1)
            }
            TopicKind::InclusionList => (0.05, INCLUSION_LIST_COMMITTEE as f64, 1),
            // Who bids, nobody knows; a bid and the preferences of each slot's proposer are sure.
            TopicKind::ExecutionPayloadBid | TopicKind::ProposerPreferences => (0.05, 1.0, 20),
            TopicKind::LightClientFinalityUpdate | TopicKind::LightClientOptimisticUpdate => (0.05, 1.0, 20),
            TopicKind::VoluntaryExit | TopicKind::BlsToExecutionChange => (0.05, 4.0 / slots, 100),
            // Slashings: one in five epochs would be many.
            _ => (0.05, 1.0 / 5.0 / slots, 100),
        };
        Traffic { weight, per_slot, decay_epochs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_slot(validators: u64, preset: PresetId, kind: TopicKind) -> f64 {
        Size { validators, preset }.traffic(kind).per_slot
    }

    #[test]
    fn a_million_validators_of_mainnet() {
        let mainnet = |kind| per_slot(1_000_000, PresetId::Mainnet, kind);
        assert!((mainnet(TopicKind::BeaconAttestation(0)) - 488.28).abs() < 0.01);
        // 64 committees of 488, of which one in 30 aggregates.
        assert_eq!(mainnet(TopicKind::BeaconAggregateAndProof), 64.0 * 16.0);
        assert_eq!(mainnet(TopicKind::SyncCommittee(0)), 128.0);
        assert_eq!(mainnet(TopicKind::SyncCommitteeContributionAndProof), 64.0);
        assert_eq!(mainnet(TopicKind::BeaconBlock), 1.0);
        assert_eq!(mainnet(TopicKind::PayloadAttestationMessage), 512.0);
        assert_eq!(
            Size { validators: 1_000_000, preset: PresetId::Mainnet }
                .traffic(TopicKind::BeaconAttestation(0))
                .decay_epochs,
            1
        );
    }

    #[test]
    fn small_networks_say_less() {
        let minimal = |validators, kind| per_slot(validators, PresetId::Minimal, kind);
        // Two committees of four in each slot, all of them aggregators.
        assert_eq!(minimal(64, TopicKind::BeaconAggregateAndProof), 8.0);
        assert_eq!(minimal(64, TopicKind::BeaconAttestation(0)), 0.125);
        assert_eq!(minimal(64, TopicKind::SyncCommitteeContributionAndProof), 32.0);
        assert_eq!(minimal(8, TopicKind::PayloadAttestationMessage), 8.0);
        for validators in [0, 1, u64::MAX] {
            for kind in [TopicKind::BeaconAggregateAndProof, TopicKind::BeaconAttestation(0)] {
                assert!(minimal(validators, kind).is_finite());
            }
        }
        // A burst every fourth epoch.
        assert_eq!(
            Size { validators: 64, preset: PresetId::Minimal }.traffic(TopicKind::BeaconAttestation(0)).decay_epochs,
            4
        );
    }
}
