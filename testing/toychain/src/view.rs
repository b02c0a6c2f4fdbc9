//! What rules ask of a [`Chain`].

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::gloas;
use cl_types::containers::gloas::BuilderExitRequest;
use cl_types::containers::{BuilderIndex, Bytes32, Checkpoint, ExecutionAddress, Hash32, Validator, ValidatorIndex};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{Epoch, ForkName, ForkVersion, Preset, Root, Slot};
use cl_validation::chain::{Answer, Bid, Block, Builder, ChainView, LightClientKind, PayloadStatus, SyncCommittee};
use cl_validation::crypto::PublicKey;
use sha2::{Digest, Sha256};
use tree_hash::TreeHash;

use crate::{
    BUILDERS, Chain, EPOCH, FINALIZED, GAS_LIMIT, HEAD, MIX, NEWEST, PAYLOAD_BEFORE, PAYLOAD_OF_HEAD, PAYLOAD_OF_NEWEST,
};

/// Answers for a [`Chain`].
#[derive(Clone, Copy, Debug)]
pub struct View<'a, P: Preset> {
    chain: &'a Chain<P>,
    gaps: u8,
}

impl<'a, P: Preset> View<'a, P> {
    pub(crate) const fn new(chain: &'a Chain<P>, gaps: u8) -> Self {
        Self { chain, gaps }
    }

    /// The answer to a question, by its number, unless it is a gap.
    fn say<T>(&self, question: u8, answer: impl FnOnce() -> Answer<T>) -> Answer<T> {
        if self.gaps != 0 {
            match self.gaps.wrapping_mul(37).wrapping_add(question.wrapping_mul(11)) % 13 {
                0 => return Answer::Unavailable,
                1 => return Answer::Absent,
                _ => {}
            }
        }
        answer()
    }

    fn exists(&self, validator: ValidatorIndex) -> bool {
        validator < self.chain.size.validators
    }
}

impl<P: Preset> ChainView for View<'_, P> {
    fn finalized(&self) -> Answer<Checkpoint> {
        self.say(0, || Answer::Found(Checkpoint { epoch: Epoch(EPOCH.0 - 2), root: FINALIZED }))
    }

    fn head(&self) -> Answer<Root> {
        self.say(1, || Answer::Found(HEAD))
    }

    fn block(&self, root: Root) -> Answer<Block> {
        self.say(2, || {
            let blocks = self.chain.blocks();
            let Some(place) = blocks.iter().position(|(of, _)| *of == root) else {
                return Answer::Absent;
            };
            let parent_root = place.checked_sub(1).map_or(Root::ZERO, |before| blocks[before].0);
            let slot = blocks[place].1;
            let proposer_index = self.chain.proposer(slot);
            Answer::Found(Block { slot, parent_root, proposer_index, has_state: true, payload: PayloadStatus::Valid })
        })
    }

    fn ancestor(&self, root: Root, slot: Slot) -> Answer<Root> {
        self.say(3, || {
            let blocks = self.chain.blocks();
            let Some(place) = blocks.iter().position(|(of, _)| *of == root) else {
                return Answer::Absent;
            };
            blocks[..=place].iter().rev().find(|(_, of)| *of <= slot).map(|(root, _)| *root).into()
        })
    }

    fn fork_version(&self, _: Epoch) -> Answer<ForkVersion> {
        self.say(4, || Answer::Found(self.chain.config.fork(self.chain.fork).version))
    }

    fn head_epoch(&self) -> Answer<Epoch> {
        self.say(5, || Answer::Found(EPOCH))
    }

    fn is_merge_complete(&self) -> Answer<bool> {
        self.say(6, || Answer::Found(true))
    }

    fn proposer(&self, _: Root, slot: Slot) -> Answer<ValidatorIndex> {
        self.say(7, || Answer::Found(self.chain.proposer(slot)))
    }

    fn committees_per_slot(&self, _: Epoch) -> Answer<u64> {
        self.say(8, || Answer::Found(self.chain.size.committees))
    }

    fn committee(&self, slot: Slot, index: u64) -> Answer<Arc<[ValidatorIndex]>> {
        self.say(9, || match index < self.chain.size.committees {
            true => Answer::Found(self.chain.committee(slot, index).into()),
            false => Answer::Absent,
        })
    }

    fn validator(&self, index: ValidatorIndex) -> Answer<Validator> {
        self.say(10, || {
            if !self.exists(index) {
                return Answer::Absent;
            }
            let pubkey = self.chain.size.keys.of(index).pubkey.clone();
            let mut credentials: [u8; 32] = Sha256::digest(pubkey.as_bytes()).into();
            credentials[0] = 0;
            Answer::Found(Validator {
                pubkey,
                withdrawal_credentials: Bytes32::from(credentials),
                effective_balance: 32_000_000_000,
                exit_epoch: FAR_FUTURE_EPOCH,
                withdrawable_epoch: FAR_FUTURE_EPOCH,
                ..Default::default()
            })
        })
    }

    fn key(&self, index: ValidatorIndex) -> Answer<PublicKey> {
        self.say(11, || match self.exists(index) {
            true => Answer::Found(self.chain.size.keys.of(index).public),
            false => Answer::Absent,
        })
    }

    fn sync_committee(&self) -> Answer<Arc<SyncCommittee>> {
        self.say(12, || Answer::Found(self.chain.sync.clone()))
    }

    fn light_client_update(&self, kind: LightClientKind) -> Answer<Bytes> {
        self.say(13, || {
            let [finality, optimistic] = &self.chain.light_client;
            Answer::Found(match kind {
                LightClientKind::Finality => finality.clone(),
                LightClientKind::Optimistic => optimistic.clone(),
            })
        })
    }

    fn bid(&self, root: Root) -> Answer<Bid> {
        self.say(14, || {
            let (parent_block_hash, block_hash) = match root {
                HEAD => (PAYLOAD_BEFORE, PAYLOAD_OF_HEAD),
                NEWEST => (PAYLOAD_OF_HEAD, PAYLOAD_OF_NEWEST),
                _ => return Answer::Absent,
            };
            if self.chain.fork < ForkName::Gloas {
                return Answer::Absent;
            }
            Answer::Found(Bid {
                parent_block_hash,
                block_hash,
                builder_index: 0,
                execution_requests_root: gloas::ExecutionRequests::default().tree_hash_root(),
                blob_kzg_commitments: self.chain.size.blobs.commitments.clone(),
            })
        })
    }

    fn verified_payload(&self, root: Root) -> Answer<Arc<[BuilderExitRequest]>> {
        self.say(15, || if root == HEAD { Answer::Found([].into()) } else { Answer::Absent })
    }

    fn latest_block_hash(&self, _: Root, _: Slot) -> Answer<Hash32> {
        self.say(16, || Answer::Found(PAYLOAD_OF_HEAD))
    }

    fn gas_limit(&self, block_hash: Hash32) -> Answer<u64> {
        self.say(17, || if block_hash == PAYLOAD_OF_HEAD { Answer::Found(GAS_LIMIT) } else { Answer::Absent })
    }

    fn payload_committee(&self, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        self.say(18, || Answer::Found(self.chain.committee(slot, 0).into()))
    }

    fn builder(&self, _: Root, _: Slot, index: BuilderIndex) -> Answer<Builder> {
        self.say(19, || {
            if index >= BUILDERS {
                return Answer::Absent;
            }
            let key = self.chain.size.keys.of(index);
            Answer::Found(Builder {
                pubkey: key.pubkey.clone(),
                key: key.public,
                version: 0,
                execution_address: ExecutionAddress::repeat_byte(index as u8),
                is_active: true,
                can_pay: Some(1_000_000_000),
            })
        })
    }

    fn randao_mix(&self, _: Root) -> Answer<Root> {
        self.say(20, || Answer::Found(MIX))
    }

    fn should_build_on_full(&self, _: Slot) -> Answer<bool> {
        self.say(21, || Answer::Found(true))
    }

    fn is_dependent_root(&self, root: Root, _: Slot) -> Answer<bool> {
        self.say(22, || Answer::Found(root == crate::DEPENDENT))
    }

    fn inclusion_list_committee(&self, _: Root, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        self.say(23, || Answer::Found(self.chain.inclusion_list_committee(slot).into()))
    }
}
