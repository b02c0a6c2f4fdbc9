//! Rules that the cases do not reach: a valid message with one thing changed. Signatures are looked at last, so the rule
//! speaks first.

use cl_types::bytes::ProgressiveByteLists;
use cl_types::containers::{Bytes32, SignedContributionAndProof, SignedVoluntaryExit};
use cl_types::containers::{Checkpoint, Validator, deneb, electra, fulu, gloas, heze};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{DecodeShared, Epoch, ForkName, ForkVersion, Minimal, Root, Slot};
use cl_validation::chain::{Answer, Block, ChainView, PayloadStatus};
use cl_validation::crypto::PublicKey;
use cl_validation::{Ignore, Judge, Reject, Verdict};
use ssz::Encode;

use crate::case::{self, Case, Sent};

/// The last message of a case.
pub(crate) fn last(case: &Case) -> &Sent {
    case.messages.last().unwrap()
}

/// Judges what comes before the last message, then the last one, changed.
pub(crate) fn changed<T: DecodeShared + Encode>(case: &Case, change: impl FnOnce(&mut T)) -> Verdict {
    let mut judge = Judge::new(case.judge.config().clone());
    judge_changed(&mut judge, case, &case.view, change)
}

pub(crate) fn judge_changed<T: DecodeShared + Encode>(
    judge: &mut Judge,
    case: &Case,
    view: &dyn ChainView,
    change: impl FnOnce(&mut T),
) -> Verdict {
    let (sent, before) = case.messages.split_last().unwrap();
    for message in before {
        judge.judge(&message.message(), message.now_ms, view);
    }
    let mut message = T::from_ssz(&sent.bytes).unwrap();
    change(&mut message);
    let sent = sent.with(message.as_ssz_bytes().into());
    judge.judge(&sent.message(), sent.now_ms, view)
}

pub(crate) const fn rejected(reject: Reject) -> Verdict {
    Verdict::Reject(reject)
}

pub(crate) const fn ignored(ignore: Ignore) -> Verdict {
    Verdict::Ignore(ignore)
}

#[test]
fn blocks() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_beacon_block__valid_execution_enabled") else {
        return;
    };
    type Block = fulu::SignedBeaconBlock<Minimal>;
    let late = changed::<Block>(&case, |block| block.message.body.execution_payload.timestamp += 1);
    assert_eq!(late, rejected(Reject::Timestamp));
    let orphan = changed::<Block>(&case, |block| block.message.parent_root = Root::repeat_byte(1));
    assert_eq!(orphan, ignored(Ignore::BlockUnknown));
}

#[test]
fn a_block_whose_parent_has_a_judged_payload_but_no_state() {
    let Some(mut case) = case::one(ForkName::Bellatrix, "gossip_beacon_block__reject_parent_failed_validation") else {
        return;
    };
    type Block = cl_types::containers::bellatrix::SignedBeaconBlock<Minimal>;
    let parent = Block::from_ssz(&last(&case).bytes).unwrap().message.parent_root;
    case.view.set_payload_status(parent, PayloadStatus::Valid);
    let executes = |block: &mut Block| block.message.body.execution_payload.block_number = 1;
    assert_eq!(changed::<Block>(&case, executes), ignored(Ignore::ParentPayloadJudged));
    case.view.set_payload_status(parent, PayloadStatus::NotValidated);
    assert_eq!(changed::<Block>(&case, executes), rejected(Reject::ParentInvalid));
}

#[test]
fn votes() {
    let Some(mut case) = case::one(ForkName::Fulu, "gossip_beacon_attestation__valid") else {
        return;
    };
    type Vote = fulu::SingleAttestation;
    let target = changed::<Vote>(&case, |vote| vote.data.target.epoch = vote.data.target.epoch.saturating_add(1));
    assert_eq!(target, rejected(Reject::TargetEpoch));
    let index = changed::<Vote>(&case, |vote| vote.data.index = 1);
    assert_eq!(index, rejected(Reject::DataIndex));
    case.view.set_finalized(Checkpoint { epoch: Epoch(0), root: Root::repeat_byte(1) });
    assert_eq!(changed::<Vote>(&case, |_| {}), ignored(Ignore::NotFinalizedBranch));

    let case = case::one(ForkName::Fulu, "gossip_beacon_aggregate_and_proof__valid").unwrap();
    type Aggregate = electra::SignedAggregateAndProof<Minimal>;
    let empty = changed::<Aggregate>(&case, |signed| {
        let bits = &mut signed.message.aggregate.aggregation_bits;
        (0..bits.len()).for_each(|bit| bits.set(bit, false).unwrap());
    });
    assert_eq!(empty, rejected(Reject::NoParticipants));
}

#[test]
fn contributions() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_sync_committee_contribution_and_proof__valid") else {
        return;
    };
    type Signed = SignedContributionAndProof<Minimal>;
    let fifth = changed::<Signed>(&case, |signed| signed.message.contribution.subcommittee_index = 4);
    assert_eq!(fifth, rejected(Reject::Subcommittee));
    let empty = changed::<Signed>(&case, |signed| signed.message.contribution.aggregation_bits = Default::default());
    assert_eq!(empty, rejected(Reject::NoParticipants));
}

/// A chain with a single kind of validator.
pub(crate) struct One<'a>(pub(crate) &'a dyn ChainView, pub(crate) fn(&mut Validator, Epoch));

impl ChainView for One<'_> {
    fn head_epoch(&self) -> Answer<Epoch> {
        self.0.head_epoch()
    }

    fn fork_version(&self, epoch: Epoch) -> Answer<ForkVersion> {
        self.0.fork_version(epoch)
    }

    fn key(&self, index: u64) -> Answer<PublicKey> {
        self.0.key(index)
    }

    fn validator(&self, index: u64) -> Answer<Validator> {
        let epoch = self.0.head_epoch().found().unwrap();
        self.0.validator(index).map(|mut validator| {
            (self.1)(&mut validator, epoch);
            validator
        })
    }
}

/// A chain whose blocks have no bids, as before Gloas.
struct WithoutBids<'a>(&'a dyn ChainView, Bytes32);

impl ChainView for WithoutBids<'_> {
    fn finalized(&self) -> Answer<Checkpoint> {
        self.0.finalized()
    }

    fn block(&self, root: Root) -> Answer<Block> {
        self.0.block(root)
    }

    fn ancestor(&self, root: Root, slot: Slot) -> Answer<Root> {
        self.0.ancestor(root, slot)
    }

    fn fork_version(&self, epoch: Epoch) -> Answer<ForkVersion> {
        self.0.fork_version(epoch)
    }

    fn key(&self, index: u64) -> Answer<PublicKey> {
        self.0.key(index)
    }

    fn proposer(&self, parent: Root, slot: Slot) -> Answer<u64> {
        self.0.proposer(parent, slot)
    }

    fn bid(&self, _: Root) -> Answer<cl_validation::chain::Bid> {
        Answer::Absent
    }

    fn latest_block_hash(&self, _: Root, _: Slot) -> Answer<Bytes32> {
        Answer::Found(self.1)
    }
}

#[test]
fn the_first_block_of_gloas_builds_on_the_payload_in_its_parent() {
    let Some(case) = case::one(ForkName::Gloas, "gossip_beacon_block__valid_block") else {
        return;
    };
    type Block = gloas::SignedBeaconBlock<Minimal>;
    let hash = Block::from_ssz(&last(&case).bytes).unwrap();
    let hash = hash.message.body.signed_execution_payload_bid.message.parent_block_hash;
    let on = |hash| {
        let mut judge = Judge::new(case.judge.config().clone());
        judge_changed::<Block>(&mut judge, &case, &WithoutBids(&case.view, hash), |_| {})
    };
    assert_eq!(on(hash), Verdict::Accept);
    assert_eq!(on(Bytes32::repeat_byte(1)), rejected(Reject::BidExecutionHead));
}

#[test]
fn a_chain_that_does_not_know_the_committees_rejects_no_vote() {
    struct Silent<'a>(&'a dyn ChainView);

    impl ChainView for Silent<'_> {
        fn block(&self, root: Root) -> Answer<Block> {
            self.0.block(root)
        }

        fn committees_per_slot(&self, _: Epoch) -> Answer<u64> {
            Answer::Absent
        }
    }

    for name in ["gossip_beacon_attestation__valid", "gossip_beacon_aggregate_and_proof__valid"] {
        let Some(case) = case::one(ForkName::Fulu, name) else {
            return;
        };
        let sent = last(&case);
        let verdict = Judge::new(case.judge.config().clone()).judge(&sent.message(), sent.now_ms, &Silent(&case.view));
        assert_eq!(verdict, ignored(Ignore::Unavailable), "{name}");
    }
}

#[test]
fn exits() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_voluntary_exit__valid_capella_signature") else {
        return;
    };
    let on = |change: fn(&mut Validator, Epoch)| {
        let mut judge = Judge::new(case.judge.config().clone());
        judge_changed::<SignedVoluntaryExit>(&mut judge, &case, &One(&case.view, change), |_| {})
    };
    assert_eq!(on(|_, _| {}), Verdict::Accept);
    assert_eq!(on(|validator, epoch| validator.activation_epoch = epoch), rejected(Reject::TooYoung));
    let waiting = |validator: &mut Validator, epoch: Epoch| validator.activation_epoch = epoch.saturating_add(1);
    assert_eq!(on(waiting), rejected(Reject::NotActive));
    // It takes 64 epochs in this preset.
    let just = |validator: &mut Validator, epoch: Epoch| validator.activation_epoch = epoch.saturating_sub(64);
    assert_eq!(on(just), Verdict::Accept);
    let almost = |validator: &mut Validator, epoch: Epoch| validator.activation_epoch = epoch.saturating_sub(63);
    assert_eq!(on(almost), rejected(Reject::TooYoung));
    assert_eq!(on(|validator, epoch| validator.exit_epoch = epoch), ignored(Ignore::AlreadyExiting));
}

#[test]
fn proposer_slashings() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_proposer_slashing__valid") else {
        return;
    };
    let two = changed::<fulu::ProposerSlashing>(&case, |slashing| slashing.signed_header_2.message.proposer_index += 1);
    assert_eq!(two, rejected(Reject::HeaderProposers));
}

#[test]
fn blobs() {
    for (fork, most) in [(ForkName::Deneb, 6), (ForkName::Electra, 9)] {
        let Some(case) = case::one(fork, "gossip_blob_sidecar__valid") else {
            return;
        };
        let beyond = changed::<deneb::BlobSidecar>(&case, |sidecar| sidecar.index = most);
        assert_eq!(beyond, rejected(Reject::BlobIndex), "{fork}");
        let last = changed::<deneb::BlobSidecar>(&case, |sidecar| sidecar.index = most - 1);
        assert_eq!(last, rejected(Reject::WrongSubnet), "{fork}");
    }
}

#[test]
fn partial_columns() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_partial_data_column_sidecar__valid_header_and_cells") else {
        return;
    };
    type Partial = fulu::PartialDataColumnSidecar;
    let empty = changed::<Partial>(&case, |sidecar| *sidecar = Default::default());
    assert_eq!(empty, rejected(Reject::EmptyPartial));
    let headless = changed::<Partial>(&case, |sidecar| sidecar.header = Default::default());
    assert_eq!(headless, ignored(Ignore::HeaderUnknown));
    let header = Partial::from_ssz(&last(&case).bytes).unwrap().header[0].clone();
    let root = tree_hash::TreeHash::tree_hash_root(&header.signed_block_header.message);
    let mut other = header.clone();
    other.signed_block_header.signature = Default::default();
    for (known, verdict) in [(other, rejected(Reject::OtherHeader)), (header, Verdict::Accept)] {
        let mut judge = Judge::new(case.judge.config().clone());
        judge.learn_header(root, known);
        assert_eq!(judge_changed::<Partial>(&mut judge, &case, &case.view, |_| {}), verdict);
    }
}

#[test]
fn envelopes() {
    let Some(case) = case::one(ForkName::Gloas, "gossip_execution_payload_envelope__valid") else {
        return;
    };
    type Envelope = gloas::SignedExecutionPayloadEnvelope;
    let builder = changed::<Envelope>(&case, |signed| signed.message.builder_index ^= 1);
    assert_eq!(builder, rejected(Reject::WrongBuilder));
    let requests =
        changed::<Envelope>(&case, |signed| signed.message.execution_requests.deposits.push(Default::default()));
    assert_eq!(requests, rejected(Reject::RequestsRoot));
}

#[test]
fn payload_attestations() {
    let Some(case) = case::one(ForkName::Gloas, "gossip_payload_attestation_message__valid") else {
        return;
    };
    let mut config = case.judge.config().clone();
    config.chain.forks[ForkName::Gloas.index()].epoch = FAR_FUTURE_EPOCH;
    let mut judge = Judge::new(config);
    let early = judge_changed::<gloas::PayloadAttestationMessage>(&mut judge, &case, &case.view, |_| {});
    assert_eq!(early, rejected(Reject::BeforeFork));
}

#[test]
fn bids() {
    let Some(mut case) = case::one(ForkName::Gloas, "gossip_execution_payload_bid__valid") else {
        return;
    };
    type Bid = gloas::SignedExecutionPayloadBid;
    let bid = |case: &Case, change: fn(&mut gloas::ExecutionPayloadBid)| {
        changed::<Bid>(case, |signed| change(&mut signed.message))
    };
    assert_eq!(bid(&case, |_| {}), Verdict::Accept);
    assert_eq!(bid(&case, |bid| bid.block_hash = bid.parent_block_hash), rejected(Reject::OwnParent));
    assert_eq!(bid(&case, |bid| bid.slot = Slot(bid.slot.0 + 2)), ignored(Ignore::NotCurrentOrNextSlot));
    assert_eq!(bid(&case, |bid| bid.slot = Slot(0)), ignored(Ignore::NotCurrentOrNextSlot));
    assert_eq!(bid(&case, |bid| bid.fee_recipient = Default::default()), ignored(Ignore::FeeRecipient));
    assert_eq!(bid(&case, |bid| bid.gas_limit += 1), ignored(Ignore::GasLimit));
    assert_eq!(bid(&case, |bid| bid.builder_index = 1_000_000), rejected(Reject::UnknownBuilder));
    assert_eq!(bid(&case, |bid| bid.prev_randao = Bytes32::ZERO), rejected(Reject::Randao));

    // A second bid for the same parent must be higher, whoever makes it.
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge_changed::<Bid>(&mut judge, &case, &case.view, |_| {}), Verdict::Accept);
    let equal = judge_changed::<Bid>(&mut judge, &case, &case.view, |bid| bid.message.builder_index += 1);
    assert_eq!(equal, ignored(Ignore::NotHighestBid));
    let higher = judge_changed::<Bid>(&mut judge, &case, &case.view, |bid| {
        bid.message.builder_index += 1;
        bid.message.value += 1;
    });
    assert_eq!(higher, rejected(Reject::Signature));

    // Where the head is elsewhere, the bid does not fit it.
    let parent = Bid::from_ssz(&last(&case).bytes).unwrap().message.parent_block_root;
    let grandparent = case.view.block(parent).found().unwrap().parent_root;
    case.view.set_head(grandparent);
    assert_eq!(bid(&case, |_| {}), ignored(Ignore::NotOnHead));
    case.view.set_head(parent);
    // A builder whose registration is not final is not active.
    let finalized = case.view.finalized().found().unwrap();
    case.view.set_finalized(Checkpoint { epoch: Epoch(0), ..finalized });
    assert_eq!(bid(&case, |_| {}), rejected(Reject::BuilderInactive));
}

#[test]
fn inclusion_lists() {
    let Some(case) = case::one(ForkName::Heze, "gossip_inclusion_list__valid") else {
        return;
    };
    let long = changed::<heze::SignedInclusionList>(&case, |signed| {
        let list = heze::SignedInclusionList {
            message: heze::InclusionList { transactions: transaction(8193), ..signed.message.clone() },
            signature: signed.signature.clone(),
        };
        *signed = list;
    });
    assert_eq!(long, rejected(Reject::TransactionBytes));
    let fits = changed::<heze::SignedInclusionList>(&case, |signed| signed.message.transactions = transaction(8192));
    assert_eq!(fits, rejected(Reject::Signature));
}

/// A list of one transaction.
fn transaction(len: usize) -> ProgressiveByteLists {
    ProgressiveByteLists::from_lists(&[vec![1; len]]).unwrap()
}

#[test]
fn attester_slashings() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_attester_slashing__valid") else {
        return;
    };
    type Slashing = electra::AttesterSlashing<Minimal>;
    let unsorted = changed::<Slashing>(&case, |slashing| slashing.attestation_1.attesting_indices.reverse());
    assert_eq!(unsorted, rejected(Reject::IndexedVotes));
    let same = changed::<Slashing>(&case, |slashing| slashing.attestation_2 = slashing.attestation_1.clone());
    assert_eq!(same, rejected(Reject::NotSlashable));
    let nobody = changed::<Slashing>(&case, |slashing| slashing.attestation_1.attesting_indices = Default::default());
    assert_eq!(nobody, ignored(Ignore::NothingNew));
}

#[test]
fn a_topic_of_another_fork_is_ignored() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_proposer_slashing__valid") else {
        return;
    };
    let sent = last(&case);
    let message = cl_validation::Message::Gossip {
        kind: cl_types::TopicKind::BlobSidecar(0),
        fork: ForkName::Fulu,
        ssz: &sent.bytes,
    };
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge.judge(&message, sent.now_ms, &case.view), ignored(Ignore::Unsupported));
}
