//! Decoding from a shared buffer, enums over forks, presets and `Debug`.

use bytes::Bytes;
use cl_types::containers::{
    BlobKZGCommitments, DataColumn, ExecutionPayload, SignedBeaconBlock, SyncAggregate, Transactions, Withdrawal, any,
    deneb, fulu, gloas, phase0,
};
use cl_types::{DecodeShared, ForkName, Gnosis, Mainnet, Minimal, Preset, Root, Slot};
use ssz::{Decode, Encode};

/// True if these bytes lie in that buffer.
fn within(part: &[u8], whole: &Bytes) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}

#[test]
fn columns_cells_transactions_and_blobs_are_slices() {
    let column = fulu::DataColumnSidecar {
        column: [[7; 2048], [8; 2048]].into_iter().collect::<DataColumn>(),
        kzg_commitments: [[1; 48], [2; 48]].into_iter().collect::<BlobKZGCommitments>(),
        ..Default::default()
    };
    let ssz = Bytes::from(column.as_ssz_bytes());
    let shared = fulu::DataColumnSidecar::from_ssz(&ssz).unwrap();
    assert_eq!(shared, column);
    assert!(within(shared.column.as_bytes(), &ssz) && within(shared.kzg_commitments.as_bytes(), &ssz));
    let cell = shared.column.get(1).unwrap();
    assert!(within(&cell, &ssz) && cell[..] == [8; 2048] && shared.column.get(2).is_none());
    let copied = fulu::DataColumnSidecar::from_ssz_bytes(&ssz).unwrap();
    assert!(copied == column && !within(copied.column.as_bytes(), &ssz));

    let mut block = SignedBeaconBlock::<Minimal>::default();
    block.message.body.execution_payload.transactions = Transactions::from_lists(&[vec![5; 100]]).unwrap();
    let ssz = Bytes::from(block.as_ssz_bytes());
    let any::SignedBeaconBlock::Fulu(shared) =
        any::SignedBeaconBlock::<Minimal>::from_ssz_shared(ForkName::Fulu, &ssz).unwrap()
    else {
        panic!("another fork")
    };
    assert!(within(shared.message.body.execution_payload.transactions.as_ssz(), &ssz));

    let ssz = Bytes::from(deneb::BlobSidecar::default().as_ssz_bytes());
    assert!(within(deneb::BlobSidecar::from_ssz(&ssz).unwrap().blob.as_bytes(), &ssz));
}

#[test]
fn what_all_forks_share() {
    let root = Root::repeat_byte(3);
    let mut old = phase0::SignedBeaconBlock::default();
    (old.message.slot, old.message.parent_root) = (Slot(5), root);
    let mut new = gloas::SignedBeaconBlock::<Mainnet>::default();
    (new.message.slot, new.message.parent_root) = (Slot(5), root);
    new.message.body.signed_execution_payload_bid.message.blob_kzg_commitments = [[9; 48]].into_iter().collect();
    for (fork, ssz, commitments) in
        [(ForkName::Phase0, old.as_ssz_bytes(), 0), (ForkName::Gloas, new.as_ssz_bytes(), 1)]
    {
        let block = any::SignedBeaconBlock::<Mainnet>::from_ssz(fork, &ssz).unwrap();
        assert_eq!((block.fork(), block.slot(), block.parent_root()), (fork, Slot(5), root));
        assert_eq!(block.blob_kzg_commitments().len(), commitments);
        assert_eq!(block.as_ssz_bytes(), ssz);
        assert_ne!(block.block_root(), block.hash_tree_root());
    }
    assert!(any::DataColumnSidecar::from_ssz(ForkName::Deneb, &[]).is_err());
}

#[test]
fn gnosis_has_its_own_sizes() {
    assert_eq!(SyncAggregate::<Gnosis>::default().ssz_bytes_len(), 160);
    let with = |count: usize| {
        let withdrawals = vec![Withdrawal::default(); count].try_into().unwrap();
        let payload = ExecutionPayload::<Mainnet> { withdrawals, ..Default::default() };
        payload.as_ssz_bytes()
    };
    assert!(ExecutionPayload::<Gnosis>::from_ssz_bytes(&with(8)).is_ok());
    assert!(ExecutionPayload::<Gnosis>::from_ssz_bytes(&with(9)).is_err());
    assert_eq!((Gnosis::ID.slots_per_epoch(), Gnosis::ID.default_slot_duration_ms()), (16, 5000));
}

#[test]
fn values_are_shown_in_short() {
    let mut aggregation_bits = ssz::BitList::with_capacity(9).unwrap();
    aggregation_bits.set(8, true).unwrap();
    let vote = phase0::Attestation { aggregation_bits, ..Default::default() };
    let shown = format!("{vote:?}");
    assert!(
        shown.starts_with("Attestation { aggregation_bits: 1 of 9 bits: 0x0001, data: AttestationData { slot: Slot(0)")
    );
    assert!(shown.ends_with("signature: 0x0000000000000000…(96 bytes) }"), "{shown}");
}
