//! What a message says of itself, topic by topic.

use cl_types::containers::{
    AttesterSlashing, DataColumnSidecar, FirstSeen, GossipFacts, LightClientFinalityUpdate,
    LightClientOptimisticUpdate, NotStructured, ProposerSlashing, SignedAggregateAndProof, SignedBLSToExecutionChange,
    SignedBeaconBlock, SignedContributionAndProof, SignedVoluntaryExit, SingleAttestation, SyncCommitteeMessage,
    altair, decodes, deneb, gloas, heze, phase0,
};
use cl_types::{Epoch, Fault, ForkName, Mainnet, Minimal, Preset, PresetId, Root, Severity, Slot, TopicKind};
use ssz::{BitList, Encode};

const FORKS: [ForkName; 2] = [ForkName::Electra, ForkName::Fulu];

fn facts<P: Preset>(kind: TopicKind, fork: ForkName, message: &impl Encode) -> GossipFacts {
    decodes(kind, fork, P::ID, &message.as_ssz_bytes()).unwrap()
}

fn of_slot(slot: u64, dedup: FirstSeen) -> GossipFacts {
    GossipFacts { slot: Some(Slot(slot)), subnet: None, dedup: Some(dedup) }
}

fn of_no_slot(dedup: FirstSeen) -> GossipFacts {
    GossipFacts { slot: None, subnet: None, dedup: Some(dedup) }
}

fn every_topic<P: Preset>(fork: ForkName) {
    let mut block = SignedBeaconBlock::<P>::default();
    block.message.slot = Slot(7);
    block.message.proposer_index = 3;
    assert_eq!(
        facts::<P>(TopicKind::BeaconBlock, fork, &block),
        of_slot(7, FirstSeen::Block { slot: Slot(7), proposer: 3 })
    );

    let mut vote = SingleAttestation { attester_index: 5, ..Default::default() };
    vote.data.slot = Slot(9);
    vote.data.target.epoch = Epoch(1);
    assert_eq!(
        facts::<P>(TopicKind::BeaconAttestation(4), fork, &vote),
        of_slot(9, FirstSeen::Attester { target: Epoch(1), attester: 5 })
    );

    let mut aggregate = SignedAggregateAndProof::<P>::default();
    aggregate.message.aggregator_index = 6;
    aggregate.message.aggregate.data = vote.data;
    assert_eq!(
        facts::<P>(TopicKind::BeaconAggregateAndProof, fork, &aggregate),
        of_slot(9, FirstSeen::Aggregator { target: Epoch(1), aggregator: 6 })
    );

    let sync = SyncCommitteeMessage { slot: Slot(8), validator_index: 2, ..Default::default() };
    assert_eq!(
        facts::<P>(TopicKind::SyncCommittee(3), fork, &sync),
        of_slot(8, FirstSeen::SyncMessage { slot: Slot(8), validator: 2, subnet: 3 })
    );

    let mut contribution = SignedContributionAndProof::<P>::default();
    contribution.message.aggregator_index = 4;
    contribution.message.contribution.slot = Slot(8);
    contribution.message.contribution.subcommittee_index = 1;
    assert_eq!(
        facts::<P>(TopicKind::SyncCommitteeContributionAndProof, fork, &contribution),
        of_slot(8, FirstSeen::Contribution { slot: Slot(8), aggregator: 4, subcommittee: 1 })
    );

    let mut exit = SignedVoluntaryExit::default();
    exit.message.validator_index = 11;
    assert_eq!(facts::<P>(TopicKind::VoluntaryExit, fork, &exit), of_no_slot(FirstSeen::Exit(11)));

    let mut change = SignedBLSToExecutionChange::default();
    change.message.validator_index = 12;
    assert_eq!(facts::<P>(TopicKind::BlsToExecutionChange, fork, &change), of_no_slot(FirstSeen::CredentialChange(12)));

    let mut slashing = ProposerSlashing::default();
    slashing.signed_header_1.message.proposer_index = 13;
    assert_eq!(facts::<P>(TopicKind::ProposerSlashing, fork, &slashing), of_no_slot(FirstSeen::ProposerSlashing(13)));

    let mut slashing = AttesterSlashing::<P>::default();
    slashing.attestation_1.attesting_indices = vec![9, 4, 5].try_into().unwrap();
    slashing.attestation_2.attesting_indices = vec![5, 9, 2].try_into().unwrap();
    assert_eq!(facts::<P>(TopicKind::AttesterSlashing, fork, &slashing), of_no_slot(FirstSeen::AttesterSlashing(5)));
    slashing.attestation_2.attesting_indices = vec![2].try_into().unwrap();
    assert_eq!(facts::<P>(TopicKind::AttesterSlashing, fork, &slashing).dedup, None);

    let mut finality = LightClientFinalityUpdate::<P>::default();
    finality.attested_header.beacon.slot = Slot(31);
    finality.signature_slot = Slot(32);
    assert_eq!(facts::<P>(TopicKind::LightClientFinalityUpdate, fork, &finality).slot, Some(Slot(31)));
    let mut optimistic = LightClientOptimisticUpdate::<P>::default();
    optimistic.attested_header.beacon.slot = Slot(31);
    assert_eq!(facts::<P>(TopicKind::LightClientOptimisticUpdate, fork, &optimistic).slot, Some(Slot(31)));
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
    let mut sidecar = DataColumnSidecar { index: 77, ..Default::default() };
    sidecar.signed_block_header.message.slot = Slot(6);
    sidecar.signed_block_header.message.proposer_index = 1;
    let expected = GossipFacts {
        slot: Some(Slot(6)),
        subnet: Some(77),
        dedup: Some(FirstSeen::Column { slot: Slot(6), proposer: 1, index: 77 }),
    };
    assert_eq!(facts::<Mainnet>(TopicKind::DataColumnSidecar(77), ForkName::Fulu, &sidecar), expected);
}

#[test]
fn every_topic_of_every_fork_is_known() {
    let unsupported = |kind, fork| {
        let found = decodes(kind, fork, PresetId::Mainnet, &[]);
        found == Err(NotStructured::Unsupported { kind, fork })
    };
    for fork in ForkName::ALL {
        for kind in TopicKind::all_of(fork) {
            let found = decodes(kind, fork, PresetId::Gnosis, &[]);
            assert!(matches!(found, Err(NotStructured::Malformed { .. })), "{kind} in {fork}");
        }
    }
    assert!(unsupported(TopicKind::DataColumnSidecar(0), ForkName::Electra));
    assert!(unsupported(TopicKind::BeaconAttestation(64), ForkName::Fulu));
    assert!(unsupported(TopicKind::BlobSidecar(0), ForkName::Fulu));

    let exit = SignedVoluntaryExit::default();
    for fork in ForkName::ALL {
        assert_eq!(facts::<Mainnet>(TopicKind::VoluntaryExit, fork, &exit), of_no_slot(FirstSeen::Exit(0)));
    }
}

/// The least message of a topic, and what it says of itself.
#[track_caller]
fn least(kind: TopicKind, fork: ForkName, message: &impl Encode, expected: GossipFacts) {
    assert_eq!(facts::<Minimal>(kind, fork, message), expected, "{kind} in {fork}");
}

#[test]
fn older_forks() {
    let mut vote = phase0::Attestation::default();
    vote.data.slot = Slot(9);
    vote.data.index = 3;
    vote.aggregation_bits = BitList::with_capacity(7).unwrap();
    vote.aggregation_bits.set(4, true).unwrap();
    let key = FirstSeen::Member { slot: Slot(9), committee: 3, position: 4 };
    for fork in [ForkName::Phase0, ForkName::Altair, ForkName::Deneb] {
        least(TopicKind::BeaconAttestation(1), fork, &vote, of_slot(9, key));
    }

    let mut block = altair::SignedBeaconBlock::<Minimal>::default();
    block.message.slot = Slot(8);
    let key = FirstSeen::Block { slot: Slot(8), proposer: 0 };
    least(TopicKind::BeaconBlock, ForkName::Altair, &block, of_slot(8, key));

    let mut sidecar = deneb::BlobSidecar { index: 2, ..Default::default() };
    sidecar.signed_block_header.message.slot = Slot(5);
    let expected =
        GossipFacts { subnet: Some(2), ..of_slot(5, FirstSeen::Blob { slot: Slot(5), proposer: 0, index: 2 }) };
    least(TopicKind::BlobSidecar(2), ForkName::Deneb, &sidecar, expected);
}

#[test]
fn topics_of_gloas_and_heze() {
    let root = Root::repeat_byte(7);
    let mut column = gloas::DataColumnSidecar { index: 9, ..Default::default() };
    (column.slot, column.beacon_block_root) = (Slot(4), root);
    let expected = GossipFacts { subnet: Some(9), ..of_slot(4, FirstSeen::ColumnOf { block_root: root, index: 9 }) };
    least(TopicKind::DataColumnSidecar(9), ForkName::Gloas, &column, expected);

    let mut envelope = gloas::SignedExecutionPayloadEnvelope::default();
    envelope.message.payload.slot_number = 4;
    envelope.message.beacon_block_root = root;
    let key = FirstSeen::Envelope { block_root: root, builder: 0 };
    least(TopicKind::ExecutionPayload, ForkName::Heze, &envelope, of_slot(4, key));

    let mut vote = gloas::PayloadAttestationMessage { validator_index: 6, ..Default::default() };
    vote.data.slot = Slot(4);
    let key = FirstSeen::PayloadVote { slot: Slot(4), validator: 6 };
    least(TopicKind::PayloadAttestationMessage, ForkName::Gloas, &vote, of_slot(4, key));

    let mut preferences = gloas::SignedProposerPreferences::default();
    preferences.message.proposal_slot = Slot(40);
    let key = FirstSeen::Preferences { slot: Slot(40), dependent_root: Root::ZERO };
    least(TopicKind::ProposerPreferences, ForkName::Gloas, &preferences, of_no_slot(key));

    let mut list = heze::SignedInclusionList::default();
    (list.message.slot, list.message.validator_index) = (Slot(4), 8);
    let key = FirstSeen::InclusionList { slot: Slot(4), dependent_root: Root::ZERO, validator: 8 };
    least(TopicKind::InclusionList, ForkName::Heze, &list, of_slot(4, key));

    let mut old = gloas::SignedExecutionPayloadBid::default();
    let mut new = heze::SignedExecutionPayloadBid::default();
    (old.message.slot, new.message.slot) = (Slot(4), Slot(4));
    (old.message.builder_index, new.message.builder_index) = (2, 2);
    let key = FirstSeen::Bid { slot: Slot(4), parent_hash: Root::ZERO, parent_root: Root::ZERO, builder: 2 };
    least(TopicKind::ExecutionPayloadBid, ForkName::Gloas, &old, of_slot(4, key));
    least(TopicKind::ExecutionPayloadBid, ForkName::Heze, &new, of_slot(4, key));
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
    let kind = TopicKind::BlobSidecar(0);
    let lacking = decodes(kind, ForkName::Phase0, PresetId::Mainnet, &exit).unwrap_err();
    assert_eq!(
        (lacking.fault(), lacking.to_string()),
        (Fault::Local, "no container for blob_sidecar_0 in phase0".into())
    );

    // It says where.
    let mut block = SignedBeaconBlock::<Mainnet>::default().as_ssz_bytes();
    block.truncate(block.len() - 1);
    let malformed = decodes(TopicKind::BeaconBlock, ForkName::Fulu, PresetId::Mainnet, &block).unwrap_err();
    assert_eq!(
        malformed.to_string(),
        "not the SSZ of beacon_block in fulu: message.body.execution_requests.withdrawals: OffsetOutOfBounds(12)"
    );

    // The presets differ.
    let minimal = SignedContributionAndProof::<Minimal>::default().as_ssz_bytes();
    assert!(
        decodes(TopicKind::SyncCommitteeContributionAndProof, ForkName::Fulu, PresetId::Mainnet, &minimal).is_err()
    );
}
