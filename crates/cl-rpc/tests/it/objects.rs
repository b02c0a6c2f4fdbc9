//! A request and an answer of every protocol: small, but of the right type and size.

use cl_types::bytes::ProgressiveByteLists;
use cl_types::containers::{
    BlobsByRangeRequest, BlocksByHeadRequest, BlocksByRangeRequest, ColumnsByRangeRequest, DataColumnsByRootIdentifier,
    EnvelopesByRangeRequest, InclusionListsByIndicesRequest, LightClientUpdatesByRangeRequest, StatusV2, altair, deneb,
    fulu, gloas, heze, phase0,
};
use cl_types::{Epoch, ForkDigest, ForkName, Method, Minimal, Protocol, Root, Slot};
use ssz::{BitVector, Encode};

use crate::test_chain::test_chain;

fn root(byte: u8) -> Root {
    Root::repeat_byte(byte)
}

fn status() -> StatusV2 {
    StatusV2 {
        fork_digest: test_chain().at_slot(Slot(9)).digest,
        finalized_root: root(0x11),
        finalized_epoch: Epoch(2),
        head_root: root(0x22),
        head_slot: Slot(99),
        earliest_available_slot: Slot(1),
    }
}

/// The SSZ of a request.
pub(crate) fn request(protocol: Protocol) -> Vec<u8> {
    let (start_slot, count) = (Slot(1000), 64);
    let [a, b] = [root(0x33), root(0x44)];
    match protocol.method() {
        Method::Status => status().to_ssz(protocol),
        Method::Goodbye => 129u64.as_ssz_bytes(),
        Method::Ping => 5u64.as_ssz_bytes(),
        Method::MetaData | Method::LightClientFinalityUpdate | Method::LightClientOptimisticUpdate => Vec::new(),
        Method::BlocksByRange => BlocksByRangeRequest::new(start_slot, count).as_ssz_bytes(),
        Method::BlocksByRoot | Method::EnvelopesByRoot => vec![a, b].as_ssz_bytes(),
        Method::BlocksByHead => BlocksByHeadRequest { beacon_root: a, count }.as_ssz_bytes(),
        Method::BlobsByRange => BlobsByRangeRequest { start_slot: Slot(33), count: 2 }.as_ssz_bytes(),
        Method::BlobsByRoot => vec![deneb::BlobIdentifier { block_root: a, index: 2 }].as_ssz_bytes(),
        Method::ColumnsByRange => {
            let columns = vec![1, 17].try_into().unwrap();
            ColumnsByRangeRequest { start_slot, count: 2, columns }.as_ssz_bytes()
        }
        Method::ColumnsByRoot => {
            let columns = vec![5].try_into().unwrap();
            vec![DataColumnsByRootIdentifier { block_root: a, columns }].as_ssz_bytes()
        }
        Method::LightClientBootstrap => a.as_ssz_bytes(),
        Method::LightClientUpdatesByRange => {
            LightClientUpdatesByRangeRequest { start_period: 0, count: 2 }.as_ssz_bytes()
        }
        Method::EnvelopesByRange => EnvelopesByRangeRequest { start_slot: Slot(57), count: 2 }.as_ssz_bytes(),
        Method::InclusionListsByIndices => {
            let mut indices = BitVector::default();
            indices.set(0, true).unwrap();
            indices.set(9, true).unwrap();
            InclusionListsByIndicesRequest { slot: Slot(65), dependent_root: a, indices }.as_ssz_bytes()
        }
        other => panic!("no request of {other:?}"),
    }
}

/// The digest of the object's fork, where the protocol has context bytes.
pub(crate) fn context(protocol: Protocol) -> Option<ForkDigest> {
    let fork = match protocol.method() {
        Method::BlobsByRange | Method::BlobsByRoot => ForkName::Deneb,
        Method::ColumnsByRange | Method::ColumnsByRoot => ForkName::Fulu,
        Method::EnvelopesByRange | Method::EnvelopesByRoot => ForkName::Gloas,
        Method::InclusionListsByIndices => ForkName::Heze,
        _ => ForkName::Altair,
    };
    let era = test_chain().entries().find(|era| era.fork == fork).copied().unwrap();
    protocol.has_context().then_some(era.digest)
}

/// The SSZ of an object that answers.
pub(crate) fn object(protocol: Protocol) -> Vec<u8> {
    match protocol.method() {
        Method::Status => status().to_ssz(protocol),
        Method::Goodbye => 3u64.as_ssz_bytes(),
        Method::Ping => 6u64.as_ssz_bytes(),
        Method::MetaData => {
            // Counter, attestation subnets 0, 1 and 63, sync subnet 0, four custody groups: each version a prefix.
            let newest = [&[7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0x80, 1, 4][..], &[0; 7]].concat();
            newest[..metadata_len(protocol)].to_vec()
        }
        Method::BlocksByRange | Method::BlocksByRoot if !protocol.has_context() => {
            let mut block = phase0::SignedBeaconBlock::default();
            (block.message.slot, block.message.proposer_index) = (Slot(3), 5);
            (block.message.parent_root, block.message.state_root) = (root(0x11), root(0x22));
            block.as_ssz_bytes()
        }
        Method::BlocksByRange | Method::BlocksByRoot | Method::BlocksByHead => {
            let mut block = altair::SignedBeaconBlock::<Minimal>::default();
            (block.message.slot, block.message.proposer_index) = (Slot(9), 5);
            (block.message.parent_root, block.message.state_root) = (root(0x11), root(0x22));
            block.as_ssz_bytes()
        }
        Method::BlobsByRange | Method::BlobsByRoot => {
            let mut blob = deneb::BlobSidecar { index: 2, ..Default::default() };
            blob.kzg_commitment = [7; 48].into();
            blob.signed_block_header.message.slot = Slot(33);
            blob.as_ssz_bytes()
        }
        Method::ColumnsByRange | Method::ColumnsByRoot => {
            let mut column = fulu::DataColumnSidecar { index: 5, ..Default::default() };
            column.column = [[3; 2048]].into_iter().collect();
            column.kzg_commitments = [[4; 48]].into_iter().collect();
            column.kzg_proofs = [[5; 48]].into_iter().collect();
            column.signed_block_header.message.slot = Slot(49);
            column.as_ssz_bytes()
        }
        Method::LightClientBootstrap => {
            let mut bootstrap = altair::LightClientBootstrap::<Minimal>::default();
            (bootstrap.header.beacon.slot, bootstrap.header.beacon.state_root) = (Slot(9), root(0x22));
            bootstrap.as_ssz_bytes()
        }
        Method::LightClientUpdatesByRange => {
            let mut update = altair::LightClientUpdate::<Minimal>::default();
            (update.attested_header.beacon.slot, update.attested_header.beacon.state_root) = (Slot(9), root(0x22));
            (update.finalized_header.beacon.slot, update.signature_slot) = (Slot(1), Slot(10));
            update.as_ssz_bytes()
        }
        Method::LightClientFinalityUpdate => {
            let mut update = altair::LightClientFinalityUpdate::<Minimal>::default();
            (update.attested_header.beacon.slot, update.attested_header.beacon.state_root) = (Slot(9), root(0x22));
            (update.finalized_header.beacon.slot, update.signature_slot) = (Slot(1), Slot(10));
            update.as_ssz_bytes()
        }
        Method::LightClientOptimisticUpdate => {
            let mut update = altair::LightClientOptimisticUpdate::<Minimal>::default();
            (update.attested_header.beacon.slot, update.attested_header.beacon.state_root) = (Slot(9), root(0x22));
            update.signature_slot = Slot(10);
            update.as_ssz_bytes()
        }
        Method::EnvelopesByRange | Method::EnvelopesByRoot => {
            let mut envelope = gloas::SignedExecutionPayloadEnvelope::default();
            let message = &mut envelope.message;
            (message.payload.slot_number, message.payload.block_hash) = (57, root(0x44));
            (message.builder_index, message.beacon_block_root) = (1, root(0x33));
            message.parent_beacon_block_root = root(0x11);
            envelope.as_ssz_bytes()
        }
        Method::InclusionListsByIndices => {
            let mut list = heze::SignedInclusionList::default();
            (list.message.slot, list.message.validator_index) = (Slot(65), 9);
            list.message.dependent_root = root(0x33);
            list.message.transactions = ProgressiveByteLists::from_lists(&[[2, 1]]).unwrap();
            list.as_ssz_bytes()
        }
        other => panic!("no answer of {other:?}"),
    }
}

const fn metadata_len(protocol: Protocol) -> usize {
    match protocol {
        Protocol::MetaDataV1 => 16,
        Protocol::MetaDataV2 => 17,
        _ => 25,
    }
}
