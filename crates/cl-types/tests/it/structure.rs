//! What a message says of itself, topic by topic.

use cl_types::containers::{
    AttesterSlashing, DataColumnSidecar, FirstSeen, GossipFacts, LightClientFinalityUpdate,
    LightClientOptimisticUpdate, NotStructured, ProposerSlashing, SignedAggregateAndProof, SignedBLSToExecutionChange,
    SignedBeaconBlock, SignedContributionAndProof, SignedVoluntaryExit, SingleAttestation, SyncCommitteeMessage,
    decodes,
};
use cl_types::{Epoch, Fault, ForkName, Mainnet, Minimal, Preset, PresetId, Severity, Slot, TopicKind};
use ssz::Encode;

const FORKS: [ForkName; 2] = [ForkName::Electra, ForkName::Fulu];

fn facts<P: Preset>(kind: TopicKind, fork: ForkName, message: &impl Encode) -> GossipFacts {
    decodes(kind, fork, P::ID, &message.as_ssz_bytes()).unwrap()
}

fn of_slot(slot: u64, dedup: FirstSeen) -> GossipFacts {
    GossipFacts {
        slot: Some(Slot(slot)),
        subnet: None,
        dedup: Some(dedup),
    }
}

fn of_no_slot(dedup: FirstSeen) -> GossipFacts {
    GossipFacts {
        slot: None,
        subnet: None,
        dedup: Some(dedup),
    }
}

fn every_topic<P: Preset>(fork: ForkName) {
    let mut block = SignedBeaconBlock::<P>::default();
    block.message.slot = Slot(7);
    block.message.proposer_index = 3;
    assert_eq!(
        facts::<P>(TopicKind::BeaconBlock, fork, &block),
        of_slot(
            7,
            FirstSeen::Block {
                slot: Slot(7),
                proposer: 3
            }
        )
    );

    let mut vote = SingleAttestation {
        attester_index: 5,
        ..Default::default()
    };
    vote.data.slot = Slot(9);
    vote.data.target.epoch = Epoch(1);
    assert_eq!(
        facts::<P>(TopicKind::BeaconAttestation(4), fork, &vote),
        of_slot(
            9,
            FirstSeen::Attester {
                target: Epoch(1),
                attester: 5
            }
        )
    );

    let mut aggregate = SignedAggregateAndProof::<P>::default();
    aggregate.message.aggregator_index = 6;
    aggregate.message.aggregate.data = vote.data;
    assert_eq!(
        facts::<P>(TopicKind::BeaconAggregateAndProof, fork, &aggregate),
        of_slot(
            9,
            FirstSeen::Aggregator {
                target: Epoch(1),
                aggregator: 6
            }
        )
    );

    let sync = SyncCommitteeMessage {
        slot: Slot(8),
        validator_index: 2,
        ..Default::default()
    };
    assert_eq!(
        facts::<P>(TopicKind::SyncCommittee(3), fork, &sync),
        of_slot(
            8,
            FirstSeen::SyncMessage {
                slot: Slot(8),
                validator: 2,
                subnet: 3
            }
        )
    );

    let mut contribution = SignedContributionAndProof::<P>::default();
    contribution.message.aggregator_index = 4;
    contribution.message.contribution.slot = Slot(8);
    contribution.message.contribution.subcommittee_index = 1;
    assert_eq!(
        facts::<P>(TopicKind::SyncCommitteeContributionAndProof, fork, &contribution),
        of_slot(
            8,
            FirstSeen::Contribution {
                slot: Slot(8),
                aggregator: 4,
                subcommittee: 1
            }
        )
    );

    let mut exit = SignedVoluntaryExit::default();
    exit.message.validator_index = 11;
    assert_eq!(
        facts::<P>(TopicKind::VoluntaryExit, fork, &exit),
        of_no_slot(FirstSeen::Exit(11))
    );

    let mut change = SignedBLSToExecutionChange::default();
    change.message.validator_index = 12;
    assert_eq!(
        facts::<P>(TopicKind::BlsToExecutionChange, fork, &change),
        of_no_slot(FirstSeen::CredentialChange(12))
    );

    let mut slashing = ProposerSlashing::default();
    slashing.signed_header_1.message.proposer_index = 13;
    assert_eq!(
        facts::<P>(TopicKind::ProposerSlashing, fork, &slashing),
        of_no_slot(FirstSeen::ProposerSlashing(13))
    );

    let mut slashing = AttesterSlashing::<P>::default();
    slashing.attestation_1.attesting_indices = vec![9, 4, 5].try_into().unwrap();
    slashing.attestation_2.attesting_indices = vec![5, 9, 2].try_into().unwrap();
    assert_eq!(
        facts::<P>(TopicKind::AttesterSlashing, fork, &slashing),
        of_no_slot(FirstSeen::AttesterSlashing(5))
    );
    slashing.attestation_2.attesting_indices = vec![2].try_into().unwrap();
    assert_eq!(facts::<P>(TopicKind::AttesterSlashing, fork, &slashing).dedup, None);

    let mut finality = LightClientFinalityUpdate::<P>::default();
    finality.attested_header.beacon.slot = Slot(31);
    finality.signature_slot = Slot(32);
    assert_eq!(
        facts::<P>(TopicKind::LightClientFinalityUpdate, fork, &finality).slot,
        Some(Slot(31))
    );
    let mut optimistic = LightClientOptimisticUpdate::<P>::default();
    optimistic.attested_header.beacon.slot = Slot(31);
    assert_eq!(
        facts::<P>(TopicKind::LightClientOptimisticUpdate, fork, &optimistic).slot,
        Some(Slot(31))
    );
}

#[test]
fn every_topic_of_electra_and_fulu() {
    for fork in FORKS {
        every_topic::<Mainnet>(fork);
        every_topic::<Minimal>(fork);
    }
}

#[test]
fn a_column_names_its_subnet() {
    let mut sidecar = DataColumnSidecar {
        index: 77,
        ..Default::default()
    };
    sidecar.signed_block_header.message.slot = Slot(6);
    sidecar.signed_block_header.message.proposer_index = 1;
    let expected = GossipFacts {
        slot: Some(Slot(6)),
        subnet: Some(77),
        dedup: Some(FirstSeen::Column {
            slot: Slot(6),
            proposer: 1,
            index: 77,
        }),
    };
    assert_eq!(
        facts::<Mainnet>(TopicKind::DataColumnSidecar(77), ForkName::Fulu, &sidecar),
        expected
    );
}

#[test]
fn every_topic_is_either_known_or_said_to_be_unsupported() {
    let unsupported = |kind, fork| {
        let found = decodes(kind, fork, PresetId::Mainnet, &[]);
        found == Err(NotStructured::Unsupported { kind, fork })
    };
    for fork in FORKS {
        for kind in TopicKind::all_of(fork) {
            assert_eq!(
                unsupported(kind, fork),
                matches!(kind, TopicKind::BlobSidecar(_)),
                "{kind} in {fork}"
            );
        }
    }
    assert!(unsupported(TopicKind::BeaconBlock, ForkName::Deneb));
    assert!(unsupported(TopicKind::BeaconBlock, ForkName::Gloas));
    assert!(unsupported(TopicKind::DataColumnSidecar(0), ForkName::Electra));
    assert!(unsupported(TopicKind::BeaconAttestation(64), ForkName::Fulu));

    let exit = SignedVoluntaryExit::default();
    for fork in ForkName::ALL {
        assert_eq!(
            facts::<Mainnet>(TopicKind::VoluntaryExit, fork, &exit),
            of_no_slot(FirstSeen::Exit(0))
        );
    }
}

#[test]
fn malformed_bytes_are_the_sender_s_fault() {
    let exit = SignedVoluntaryExit::default().as_ssz_bytes();
    let malformed = decodes(TopicKind::VoluntaryExit, ForkName::Fulu, PresetId::Mainnet, &exit[1..]).unwrap_err();
    assert_eq!(malformed.fault(), Fault::Peer(Severity::High));
    assert_eq!(
        malformed.to_string(),
        "not the SSZ of voluntary_exit in fulu: InvalidByteLength { len: 111, expected: 112 }"
    );
    let kind = TopicKind::BeaconBlock;
    let lacking = decodes(kind, ForkName::Phase0, PresetId::Mainnet, &exit).unwrap_err();
    assert_eq!(
        (lacking.fault(), lacking.to_string()),
        (Fault::Local, "no container for beacon_block in phase0".into())
    );

    // The presets differ.
    let minimal = SignedContributionAndProof::<Minimal>::default().as_ssz_bytes();
    assert!(
        decodes(
            TopicKind::SyncCommitteeContributionAndProof,
            ForkName::Fulu,
            PresetId::Mainnet,
            &minimal
        )
        .is_err()
    );
}
