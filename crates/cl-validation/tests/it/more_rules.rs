//! More rules that the cases do not reach.

use bytes::Bytes;
use cl_types::bytes::ProgressiveByteVectors;
use cl_types::containers::{Checkpoint, SignedBLSToExecutionChange, Validator, electra, fulu, gloas};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{DecodeShared, Epoch, ForkName, Minimal, Root, Slot};
use cl_validation::chain::ChainView;
use cl_validation::{Ignore, Judge, Reject, Verdict};
use ssz::Encode;
use ssz_types::BitList;

use crate::case::{self, Case};
use crate::rules::{One, changed, ignored, judge_changed, last, rejected};

/// A checkpoint that no chain has.
const fn nowhere(epoch: u64) -> Checkpoint {
    Checkpoint { epoch: Epoch(epoch), root: Root::repeat_byte(1) }
}

#[test]
fn aggregates_are_of_a_committee_that_exists_and_of_its_size() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_beacon_aggregate_and_proof__valid") else {
        return;
    };
    type Aggregate = electra::SignedAggregateAndProof<Minimal>;
    let committees = case.view.committees_per_slot(Epoch(0)).found().unwrap();
    assert!(committees < 4);
    let other = changed::<Aggregate>(&case, |signed| {
        let bits = &mut signed.message.aggregate.committee_bits;
        (0..4).for_each(|bit| bits.set(bit, bit == 3).unwrap());
    });
    assert_eq!(other, rejected(Reject::CommitteeIndex));
    let longer = changed::<Aggregate>(&case, |signed| {
        let bits = &mut signed.message.aggregate.aggregation_bits;
        *bits = BitList::with_capacity(bits.len() + 1).unwrap();
        bits.set(0, true).unwrap();
    });
    assert_eq!(longer, rejected(Reject::BitsLength));
}

#[test]
fn a_vote_comes_on_the_subnet_of_its_committee() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_beacon_attestation__valid") else {
        return;
    };
    let mut sent = last(&case).with(last(&case).bytes.clone());
    sent.subnet ^= 1;
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge.judge(&sent.message(), sent.now_ms, &case.view), rejected(Reject::WrongSubnet));
}

#[test]
fn a_block_is_after_its_parent_and_the_finalized_slot() {
    let Some(mut case) = case::one(ForkName::Fulu, "gossip_beacon_block__valid_parent_execution_verified_valid") else {
        return;
    };
    type Block = fulu::SignedBeaconBlock<Minimal>;
    let parent = Block::from_ssz(&last(&case).bytes).unwrap().message.parent_root;
    let parent = case.view.block(parent).found().unwrap();
    assert!(parent.slot > Slot(0));
    let beside = changed::<Block>(&case, |block| {
        block.message.slot = parent.slot;
        block.message.body.execution_payload.timestamp = 6 * parent.slot.0;
    });
    assert_eq!(beside, rejected(Reject::NotAfterParent));
    case.view.set_finalized(nowhere(1));
    assert_eq!(changed::<Block>(&case, |_| {}), ignored(Ignore::Finalized));
}

#[test]
fn a_sidecar_descends_from_the_finalized_block() {
    let Some(mut case) = case::one(ForkName::Fulu, "gossip_data_column_sidecar__valid") else {
        return;
    };
    case.view.set_finalized(nowhere(0));
    let sidecar = changed::<fulu::DataColumnSidecar>(&case, |_| {});
    assert_eq!(sidecar, rejected(Reject::NotFinalizedBranch));
}

#[test]
fn a_block_of_gloas_has_no_deposits() {
    let Some(case) = case::one(ForkName::Gloas, "gossip_beacon_block__valid_block") else {
        return;
    };
    type Block = gloas::SignedBeaconBlock<Minimal>;
    let deposit = changed::<Block>(&case, |block| block.message.body.deposits.push(Default::default()));
    assert_eq!(deposit, rejected(Reject::TooManyOperations));
}

#[test]
fn credentials_change_once_and_after_capella() {
    let Some(case) = case::one(ForkName::Capella, "gossip_bls_to_execution_change__valid") else {
        return;
    };
    type Change = SignedBLSToExecutionChange;
    let mut config = case.judge.config().clone();
    config.chain.forks[ForkName::Capella.index()].epoch = FAR_FUTURE_EPOCH;
    let early = judge_changed::<Change>(&mut Judge::new(config), &case, &case.view, |_| {});
    assert_eq!(early, ignored(Ignore::FutureEpoch));
    let view = One(&case.view, |validator, _| validator.withdrawal_credentials[0] = 1);
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge_changed::<Change>(&mut judge, &case, &view, |_| {}), rejected(Reject::Credentials));
}

#[test]
fn nobody_is_slashed_twice() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_proposer_slashing__valid") else {
        return;
    };
    let changes: [fn(&mut Validator, Epoch); 2] =
        [|validator, _| validator.slashed = true, |validator, epoch| validator.withdrawable_epoch = epoch];
    for change in changes {
        let mut judge = Judge::new(case.judge.config().clone());
        let view = One(&case.view, change);
        let verdict = judge_changed::<fulu::ProposerSlashing>(&mut judge, &case, &view, |_| {});
        assert_eq!(verdict, rejected(Reject::NotSlashable));
    }
}

#[test]
fn cells_are_counted_and_of_a_column() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_partial_data_column_sidecar__valid_header_and_cells") else {
        return;
    };
    let none = changed::<fulu::PartialDataColumnSidecar>(&case, |sidecar| sidecar.partial_column = Default::default());
    assert_eq!(none, rejected(Reject::CellCount));
    let mut sent = last(&case).with(last(&case).bytes.clone());
    sent.column = 128;
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge.judge(&sent.message(), sent.now_ms, &case.view), rejected(Reject::ColumnShape));
}

#[test]
fn cells_of_gloas_are_of_their_blocks_slot() {
    let Some(cases) = case::all_of(ForkName::Gloas) else {
        return;
    };
    let wrong_proofs = |(name, _): &&(String, Case)| name.contains("partial") && name.contains("kzg");
    let (_, case) = cases.iter().find(wrong_proofs).unwrap();
    let empty = changed::<gloas::PartialDataColumnSidecar>(case, |sidecar| *sidecar = Default::default());
    assert_eq!(empty, rejected(Reject::EmptyPartial));
    let mut sent = last(case).with(last(case).bytes.clone());
    let mut group = gloas::PartialDataColumnGroupID::from_ssz(sent.group_id.as_ref().unwrap()).unwrap();
    group.slot = Slot(group.slot.0 + 1);
    sent.group_id = Some(group.as_ssz_bytes().into());
    let mut judge = Judge::new(case.judge.config().clone());
    assert_eq!(judge.judge(&sent.message(), sent.now_ms, &case.view), rejected(Reject::SlotOfBlockDiffers));
}

#[test]
fn a_bid_has_few_blobs_and_fits_the_head() {
    let Some(mut case) = case::one(ForkName::Gloas, "gossip_execution_payload_bid__valid") else {
        return;
    };
    type Bid = gloas::SignedExecutionPayloadBid;
    let blobs = changed::<Bid>(&case, |bid| {
        bid.message.blob_kzg_commitments = ProgressiveByteVectors::new(Bytes::from(vec![0; 48 * 100])).unwrap();
    });
    assert_eq!(blobs, rejected(Reject::TooManyBlobs));

    let bid = Bid::from_ssz(&last(&case).bytes).unwrap().message;
    let parent_limit = bid.gas_limit;
    let head = bid.parent_block_root;
    // The head's payload came, so nobody should build without it.
    let without = case.view.bid(head).found().unwrap().parent_block_hash;
    assert_ne!(without, bid.parent_block_hash);
    case.view.set_gas_limit(without, parent_limit);
    let verdict = changed::<Bid>(&case, |bid| bid.message.parent_block_hash = without);
    assert_eq!(verdict, ignored(Ignore::NotOnHead));

    // Another block is the head; the payload would fit that, but not the parent.
    let other = case.view.block(head).found().unwrap().parent_root;
    let fitting = case.view.bid(other).found().unwrap().parent_block_hash;
    case.view.set_head(other);
    case.view.set_gas_limit(fitting, parent_limit);
    let verdict = changed::<Bid>(&case, |bid| bid.message.parent_block_hash = fitting);
    assert_eq!(verdict, ignored(Ignore::NotOnHead));
    assert_ne!(changed::<Bid>(&case, |_| {}), Verdict::Accept);
}
