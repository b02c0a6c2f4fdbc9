//! Blocks.

use bytes::Bytes;
use cl_types::bytes::ProgressiveByteVectors;
use cl_types::containers::{
    BeaconBlockHeader, BlobKZGCommitments, SignedBeaconBlockHeader, Transactions, altair, any, bellatrix, capella,
    deneb, electra, fulu, generic, gloas, heze, phase0,
};
use cl_types::{ForkName, Preset, Root};
use cl_validation::crypto::Domain;
use tree_hash::TreeHash;

use crate::{Chain, HEAD, PAYLOAD_OF_HEAD};

impl<P: Preset> Chain<P> {
    /// A block of the current slot on top of the head. From Bellatrix to Fulu its payload has a transaction of
    /// `transaction` bytes, if that is not zero.
    #[must_use]
    pub fn block(&self, transaction: usize) -> any::SignedBeaconBlock<P> {
        macro_rules! signed {
            ($fork:ident, $body:expr) => {{
                let message = generic::BeaconBlock {
                    slot: self.slot(),
                    proposer_index: self.proposer(self.slot()),
                    parent_root: HEAD,
                    state_root: Root::ZERO,
                    body: $body,
                };
                let signature = self.sign(message.proposer_index, Domain::BeaconProposer, message.tree_hash_root());
                any::SignedBeaconBlock::$fork(generic::Signed { message, signature })
            }};
        }
        macro_rules! with_payload {
            ($fork:ident, $body:expr) => {{
                let mut body = $body;
                body.execution_payload.timestamp = self.slot().0 * self.config.slot_duration_ms / 1000;
                if transaction > 0 {
                    let bytes: Vec<u8> = (0..transaction).map(|n| (n * n >> 3) as u8).collect();
                    body.execution_payload.transactions = Transactions::from_lists(&[bytes]).unwrap();
                }
                signed!($fork, body)
            }};
        }
        macro_rules! with_blobs {
            ($fork:ident, $module:ident) => {{
                let blob_kzg_commitments = self.commitments();
                with_payload!($fork, $module::BeaconBlockBody::<P> { blob_kzg_commitments, ..Default::default() })
            }};
        }
        macro_rules! with_bid {
            ($fork:ident, $module:ident) => {{
                let mut body = $module::BeaconBlockBody::<P>::default();
                let bid = &mut body.signed_execution_payload_bid.message;
                bid.parent_block_root = HEAD;
                bid.parent_block_hash = PAYLOAD_OF_HEAD;
                bid.blob_kzg_commitments = ProgressiveByteVectors::new(self.size.blobs.commitments.clone()).unwrap();
                signed!($fork, body)
            }};
        }
        match self.fork {
            ForkName::Phase0 => signed!(Phase0, phase0::BeaconBlockBody::default()),
            ForkName::Altair => signed!(Altair, altair::BeaconBlockBody::<P>::default()),
            ForkName::Bellatrix => with_payload!(Bellatrix, bellatrix::BeaconBlockBody::<P>::default()),
            ForkName::Capella => with_payload!(Capella, capella::BeaconBlockBody::<P>::default()),
            ForkName::Deneb => with_blobs!(Deneb, deneb),
            ForkName::Electra => with_blobs!(Electra, electra),
            ForkName::Fulu => with_blobs!(Fulu, fulu),
            ForkName::Gloas => with_bid!(Gloas, gloas),
            _ => with_bid!(Heze, heze),
        }
    }

    /// The header that sidecars bring along, with a body of which only a branch is known.
    pub(crate) fn header(&self, body_root: Root) -> SignedBeaconBlockHeader {
        let message = BeaconBlockHeader {
            slot: self.slot(),
            proposer_index: self.proposer(self.slot()),
            parent_root: HEAD,
            state_root: Root::ZERO,
            body_root,
        };
        let signature = self.sign(message.proposer_index, Domain::BeaconProposer, message.tree_hash_root());
        SignedBeaconBlockHeader { message, signature }
    }

    pub(crate) fn commitments(&self) -> BlobKZGCommitments {
        let commitments: Bytes = self.size.blobs.commitments.clone();
        BlobKZGCommitments::new(commitments).unwrap()
    }
}
