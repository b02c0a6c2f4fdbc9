//! What the rules ask of the chain.

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::{
    BLSPubkey, BuilderIndex, Checkpoint, ExecutionAddress, Hash32, Validator, ValidatorIndex, gloas::BuilderExitRequest,
};
use cl_types::{Epoch, ForkVersion, Root, Slot};

use crate::crypto::PublicKey;

/// An answer of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// Here it is.
    Found(T),
    /// There is no such thing.
    Absent,
    /// The chain cannot say.
    Unavailable,
}

impl<T> Answer<T> {
    /// Applies a function to what was found.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answer<U> {
        self.and_then(|found| Answer::Found(f(found)))
    }

    /// Asks on with what was found.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Answer<U>) -> Answer<U> {
        match self {
            Self::Found(found) => f(found),
            Self::Absent => Answer::Absent,
            Self::Unavailable => Answer::Unavailable,
        }
    }

    /// What was found.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Absent | Self::Unavailable => None,
        }
    }
}

impl<T> From<Option<T>> for Answer<T> {
    /// None is [`Answer::Absent`].
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Absent, Self::Found)
    }
}

/// What the execution layer said of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayloadStatus {
    /// It is valid.
    Valid,
    /// It is invalid.
    Invalidated,
    /// Nothing yet.
    #[default]
    NotValidated,
}

/// A block that the chain knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its slot.
    pub slot: Slot,
    /// The block before it.
    pub parent_root: Root,
    /// Who proposed it.
    pub proposer_index: ValidatorIndex,
    /// Whether its transition succeeded, so that there is a state after it. What names a block without one is rejected: a
    /// chain should not say that it knows a block (`Absent`) while its transition did not run yet, so that what names it
    /// waits.
    pub has_state: bool,
    /// What the execution layer said of its payload.
    pub payload: PayloadStatus,
}

/// The bid in a block (Gloas).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bid {
    /// The payload before it.
    pub parent_block_hash: Hash32,
    /// The payload that is promised.
    pub block_hash: Hash32,
    /// Who promises it.
    pub builder_index: BuilderIndex,
    /// Root of the requests in its envelope.
    pub execution_requests_root: Root,
    /// 48 bytes for each blob of the payload.
    pub blob_kzg_commitments: Bytes,
}

/// A builder, as a bid for a slot sees it (Gloas).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    /// Its key, as it was registered.
    pub pubkey: BLSPubkey,
    /// Its key.
    pub key: PublicKey,
    /// Version of its credentials.
    pub version: u8,
    /// Its address.
    pub execution_address: ExecutionAddress,
    /// Whether its registration is final and it is not leaving (`is_active_builder`).
    pub is_active: bool,
    /// What it can bid, in Gwei; `None` if its balance does not even cover what it owes.
    pub can_pay: Option<u64>,
}

/// A sync committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncCommittee {
    /// Keys of the members, as they were registered.
    pub pubkeys: Vec<BLSPubkey>,
    /// The same keys.
    pub keys: Vec<PublicKey>,
}

/// What the rules ask of the chain: nothing else is needed to judge at [`Level::Full`](crate::Level::Full).
///
/// Each query answers `Found`, `Absent` (there is no such thing: often a broken rule) or `Unavailable` (cannot be said:
/// the message stays undecided). Where nothing else is said, the answer is that of the head state: the state after the
/// head block, not advanced to the clock. Answers are asked for one after the other while messages wait: they should come
/// from memory.
///
/// Every query has a default that answers `Unavailable`; `()` is the chain of a node that has none.
#[expect(unused_variables, reason = "the defaults look at nothing")]
pub trait ChainView {
    /// The finalized checkpoint.
    fn finalized(&self) -> Answer<Checkpoint> {
        Answer::Unavailable
    }

    /// Root of the head block.
    fn head(&self) -> Answer<Root> {
        Answer::Unavailable
    }

    /// A block by its root. `Absent` if it was never seen.
    fn block(&self, root: Root) -> Answer<Block> {
        Answer::Unavailable
    }

    /// The newest block at or before `slot` on the branch that ends with `root` (`get_ancestor`). `Absent` if the branch
    /// has none, or is not that of the finalized block; `Unavailable` if it is before everything that the chain knows.
    fn ancestor(&self, root: Root, slot: Slot) -> Answer<Root> {
        Answer::Unavailable
    }

    /// The fork version that signatures of an epoch are made under (`get_domain`).
    fn fork_version(&self, epoch: Epoch) -> Answer<ForkVersion> {
        Answer::Unavailable
    }

    /// Epoch of the head state.
    fn head_epoch(&self) -> Answer<Epoch> {
        Answer::Unavailable
    }

    /// True once the head state has an execution payload header. Asked in Bellatrix only.
    fn is_merge_complete(&self) -> Answer<bool> {
        Answer::Unavailable
    }

    /// Who proposes in `slot` on top of `parent`.
    fn proposer(&self, parent: Root, slot: Slot) -> Answer<ValidatorIndex> {
        Answer::Unavailable
    }

    /// `get_committee_count_per_slot`. Nothing is rejected for the lack of an answer: a chain that is behind knows less than
    /// a sender.
    fn committees_per_slot(&self, epoch: Epoch) -> Answer<u64> {
        Answer::Unavailable
    }

    /// `get_beacon_committee`.
    fn committee(&self, slot: Slot, index: u64) -> Answer<Arc<[ValidatorIndex]>> {
        Answer::Unavailable
    }

    /// A validator. `Absent` if no validator has the index.
    fn validator(&self, index: ValidatorIndex) -> Answer<Validator> {
        Answer::Unavailable
    }

    /// A validator's key. `Absent` if no validator has the index.
    fn key(&self, index: ValidatorIndex) -> Answer<PublicKey> {
        Answer::Unavailable
    }

    /// The sync committee that signs in the slot after the head state's.
    fn sync_committee(&self) -> Answer<Arc<SyncCommittee>> {
        Answer::Unavailable
    }

    /// SSZ of our own light client update of this kind, to compare.
    fn light_client_update(&self, kind: LightClientKind) -> Answer<Bytes> {
        Answer::Unavailable
    }

    /// The bid in a block (Gloas). `Absent` if the block is of before Gloas.
    fn bid(&self, root: Root) -> Answer<Bid> {
        Answer::Unavailable
    }

    /// Builder exits asked for by the payload of a block; `Absent` while the payload is not verified (Gloas).
    fn verified_payload(&self, root: Root) -> Answer<Arc<[BuilderExitRequest]>> {
        Answer::Unavailable
    }

    /// Hash of the last payload on the branch of `root`, whose state is advanced to `slot` (Gloas). For a block of before
    /// Gloas: that of its own payload.
    fn latest_block_hash(&self, root: Root, slot: Slot) -> Answer<Hash32> {
        Answer::Unavailable
    }

    /// Gas limit of a payload that was seen, by its hash, where the chain knows it from elsewhere than gossip (Gloas).
    fn gas_limit(&self, block_hash: Hash32) -> Answer<u64> {
        Answer::Unavailable
    }

    /// The payload timeliness committee of a slot (Gloas).
    fn payload_committee(&self, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        Answer::Unavailable
    }

    /// A builder in the state after `root`, advanced to `slot` (Gloas).
    fn builder(&self, root: Root, slot: Slot, index: BuilderIndex) -> Answer<Builder> {
        Answer::Unavailable
    }

    /// The randomness of its own epoch in the state after `root` (Gloas).
    fn randao_mix(&self, root: Root) -> Answer<Root> {
        Answer::Unavailable
    }

    /// Whether a proposer in `slot` should build on the payload of the head (`should_build_on_full`, Gloas).
    fn should_build_on_full(&self, slot: Slot) -> Answer<bool> {
        Answer::Unavailable
    }

    /// Whether `root` is, or could become, the newest block at or before `slot` on some branch (Gloas).
    fn is_dependent_root(&self, root: Root, slot: Slot) -> Answer<bool> {
        Answer::Unavailable
    }

    /// The inclusion list committee of `slot` in the state after `root`, advanced as far as needed (Heze).
    fn inclusion_list_committee(&self, root: Root, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        Answer::Unavailable
    }
}

/// A node without a chain.
impl ChainView for () {}

/// Which light client update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LightClientKind {
    /// `LightClientFinalityUpdate`.
    Finality,
    /// `LightClientOptimisticUpdate`.
    Optimistic,
}
