//! A view of the chain made of one state and the blocks that follow it, without running any state transition.
//!
//! [`StateView::new`] takes the state of a trusted checkpoint and its block, [`StateView::from_state`] the state alone (that
//! of genesis for one); [`StateView::import`] adds each block that somebody else found valid, or at least saw.
//!
//! Kept up from block to block: ancestry, randomness, proposers, committees, bids, the last payload's hash. Since blocks are
//! not carried out, all else stays as the anchor's state has it:
//!
//! | left out | effect |
//! | --- | --- |
//! | deposits, activations, exits, slashings after the anchor | who left or was slashed since counts as before, for a second exit or slashing. No answer about committees and proposers from the fifth epoch after a change on, nor about validators that may have joined |
//! | effective balances after the anchor | once in a while another proposer is expected, more than one epoch after the anchor; nobody is ejected |
//! | credential changes after the anchor | a second change looks right |
//! | sync committees beyond the next period | no answer |
//! | payload timeliness committees beyond the next epoch | no answer |
//! | builders: deposits, exits, payments settled or dropped after the anchor | a builder's means are what it had, less all it bid since; no answer about builders that may have joined |
//! | fork choice | the head is the newest valid block, or the one that [`StateView::set_head`] names; votes on payloads are not counted |
//! | justification, finality | the caller's to say: [`StateView::set_finalized`]; it also decides which builders are active |
//!
//! A change is whatever the state has pending (deposits, validators that wait or are about to be ejected) and what blocks
//! ask for. Where nothing changes, as on most devnets, a view serves until the next sync committee period but one. On a large
//! network something changes in every epoch: there a view serves for five epochs after its anchor, and a new one from a newer
//! state must take its place by then. What it does not know it leaves undecided; it does not reject for it. Memory: about 250 bytes for each
//! validator, two to four shufflings of 8 bytes for each active validator, and 200 bytes for each block, which are bound
//! by [`MAX_BLOCKS`]. The first question about an epoch's committees shuffles them, which takes some hundred milliseconds
//! with a million validators.

mod anchor;
mod drift;
mod shuffling;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use cl_types::containers::{BeaconBlockHeader, Checkpoint, Hash32, ValidatorIndex, any, gloas, heze};
use cl_types::network::ChainConfig;
use cl_types::{Epoch, ForkName, Preset, Root, Slot, on_fork};
use sha2::{Digest, Sha256};
use tree_hash::TreeHash;

use crate::chain::{Bid, Block, LightClientKind, PayloadStatus};

use anchor::Anchor;
use drift::Drift;
use shuffling::Shuffling;

/// Most blocks in a view; beyond, the oldest are forgotten.
pub const MAX_BLOCKS: usize = 8192;

/// How a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its transition succeeded.
    Valid,
    /// It was seen; its transition failed or did not run yet.
    WithoutState,
}

/// What a view keeps of a block.
#[derive(Clone, Debug)]
struct Node {
    block: Block,
    /// Randomness of its epoch after it.
    mix: Root,
    bid: Option<Bid>,
    /// What the chain's last payload is after it.
    latest_block_hash: Hash32,
    /// Amount that its bid promises to the proposer.
    bid_value: u64,
    /// Builder exits of its payload, once that is verified.
    payload: Option<Arc<[gloas::BuilderExitRequest]>>,
}

/// A view of the chain made of one state and the blocks that follow it. See the [module](self).
#[derive(Debug)]
pub struct StateView {
    config: ChainConfig,
    anchor: Anchor,
    anchor_root: Root,
    nodes: HashMap<Root, Node>,
    /// Roots by slot, to forget the oldest and to find children.
    by_slot: BTreeMap<Slot, Vec<Root>>,
    head: Root,
    finalized: Checkpoint,
    drift: Drift,
    gas_limits: HashMap<Hash32, u64>,
    light_client: HashMap<LightClientKind, bytes::Bytes>,
    /// Shufflings by the randomness that decides them, computed when first asked for. Only this view locks it, for as long
    /// as that takes.
    shufflings: Mutex<BTreeMap<(Epoch, Root), Arc<Shuffling>>>,
    /// The same for proposers.
    proposers: Mutex<BTreeMap<(Slot, Root), ValidatorIndex>>,
}

impl StateView {
    /// A view that starts with a trusted state and its block. Copies the validators and the committees.
    #[must_use]
    pub fn new<P: Preset>(
        config: &ChainConfig,
        state: &any::BeaconState<P>,
        block: &any::SignedBeaconBlock<P>,
    ) -> Self {
        Self::start(config, state, &block.header(), bid_of(block))
    }

    /// A view that starts with a trusted state alone: its block is the last one that the state knows. Hashes the whole
    /// state if the block is of the state's own slot, as at genesis.
    #[must_use]
    pub fn from_state<P: Preset>(config: &ChainConfig, state: &any::BeaconState<P>) -> Self {
        let mut header = on_fork!(BeaconState since Phase0, state, state => state.latest_block_header.clone());
        if header.state_root.is_zero() {
            header.state_root = state.hash_tree_root();
        }
        let bid = match state {
            any::BeaconState::Gloas(state) => Some(Bid::from(&state.latest_execution_payload_bid)),
            any::BeaconState::Heze(state) => Some(Bid::from(&state.latest_execution_payload_bid)),
            _ => None,
        };
        Self::start(config, state, &header, bid)
    }

    fn start<P: Preset>(
        config: &ChainConfig,
        state: &any::BeaconState<P>,
        header: &BeaconBlockHeader,
        bid: Option<Bid>,
    ) -> Self {
        let (anchor, root) = (Anchor::new(state), header.tree_hash_root());
        let slots_per_epoch = config.preset.slots_per_epoch();
        let epoch = anchor.slot.epoch(slots_per_epoch);
        // A block at the start of an epoch is a checkpoint itself; else the state knows the last one.
        let is_checkpoint = header.slot <= epoch.start_slot(slots_per_epoch);
        let node = Node {
            block: Block {
                slot: header.slot,
                parent_root: header.parent_root,
                proposer_index: header.proposer_index,
                has_state: true,
                payload: PayloadStatus::default(),
            },
            mix: anchor.own_mix(slots_per_epoch),
            bid,
            latest_block_hash: anchor.latest_block_hash,
            bid_value: 0,
            payload: None,
        };
        let mut view = Self {
            config: config.clone(),
            anchor,
            anchor_root: root,
            nodes: HashMap::new(),
            by_slot: BTreeMap::new(),
            head: root,
            finalized: Checkpoint { epoch, root },
            drift: Drift::of_state(state, epoch),
            gas_limits: HashMap::new(),
            light_client: HashMap::new(),
            shufflings: Mutex::new(BTreeMap::new()),
            proposers: Mutex::new(BTreeMap::new()),
        };
        view.insert(root, node);
        if !is_checkpoint {
            view.set_finalized(state.finalized_checkpoint().clone());
        }
        view
    }

    /// Adds a block. Its parent must be in the view and of an earlier slot, else nothing happens. A valid block after the
    /// head becomes the head. Returns the block's root. Hashes the block.
    pub fn import<P: Preset>(&mut self, block: &any::SignedBeaconBlock<P>, standing: Standing) -> Root {
        let root = block.block_root();
        let (slot, parent_root) = (block.slot(), block.parent_root());
        let Some(parent) = self.nodes.get(&parent_root).filter(|parent| parent.block.slot < slot) else {
            return root;
        };
        let mix = xor(parent.mix, &Sha256::digest(block.randao_reveal().as_bytes()).into());
        let bid = bid_of(block);
        // The payload of the parent counts once a child builds on it; before Gloas it is a part of the block.
        let latest_block_hash = match (&bid, &parent.bid) {
            (Some(bid), Some(of_parent)) if bid.parent_block_hash == of_parent.block_hash => of_parent.block_hash,
            _ => payload_hash(block).unwrap_or(parent.latest_block_hash),
        };
        let has_state = standing == Standing::Valid;
        let node = Node {
            block: Block {
                slot,
                parent_root,
                proposer_index: block.proposer_index(),
                has_state,
                payload: PayloadStatus::default(),
            },
            mix,
            bid,
            latest_block_hash,
            bid_value: bid_value(block),
            payload: None,
        };
        self.drift.note(block, self.epoch_of(slot));
        let after_head = self.nodes.get(&self.head).is_none_or(|head| slot > head.block.slot);
        self.insert(root, node);
        if has_state && after_head {
            self.head = root;
        }
        root
    }

    fn insert(&mut self, root: Root, node: Node) {
        if self.nodes.contains_key(&root) {
            return;
        }
        self.by_slot.entry(node.block.slot).or_default().push(root);
        self.nodes.insert(root, node);
        while self.nodes.len() > MAX_BLOCKS {
            let Some((_, roots)) = self.by_slot.pop_first() else {
                return;
            };
            for root in roots {
                self.nodes.remove(&root);
            }
        }
    }

    /// Says which block is the head. Nothing happens if it has no state.
    pub fn set_head(&mut self, root: Root) {
        if self.nodes.get(&root).is_some_and(|node| node.block.has_state) {
            self.head = root;
        }
    }

    /// Says what is finalized. A zero root stands for genesis, as in the states of the first epochs.
    pub fn set_finalized(&mut self, checkpoint: Checkpoint) {
        self.anchor.finalized_epoch = checkpoint.epoch;
        self.finalized = checkpoint;
        if self.finalized.root.is_zero() {
            self.finalized.root = self.anchor.block_root(Slot(0)).unwrap_or(self.anchor_root);
        }
    }

    /// Decompresses the keys of validators, which otherwise happens when each is first asked for: about 0.1 ms a key. Can
    /// be called from several threads at once.
    pub fn decompress_keys(&self, validators: std::ops::Range<ValidatorIndex>) {
        for index in validators {
            let _ = self.anchor.key(index);
        }
    }

    /// Says what the execution layer said of a block's payload.
    pub fn set_payload_status(&mut self, root: Root, status: PayloadStatus) {
        if let Some(node) = self.nodes.get_mut(&root) {
            node.block.payload = status;
        }
    }

    /// Says that a payload arrived for its block and was verified (Gloas).
    pub fn set_payload(&mut self, envelope: &gloas::ExecutionPayloadEnvelope) {
        if let Some(node) = self.nodes.get_mut(&envelope.beacon_block_root) {
            node.payload = Some(envelope.execution_requests.builder_exits.iter().cloned().collect());
        }
    }

    /// Says the gas limit of a payload that came otherwise than by gossip, the anchor's for one (Gloas).
    pub fn set_gas_limit(&mut self, block_hash: Hash32, gas_limit: u64) {
        if self.gas_limits.len() < MAX_BLOCKS {
            self.gas_limits.insert(block_hash, gas_limit);
        }
    }

    /// Says which light client update this node made last: its SSZ.
    pub fn set_light_client_update(&mut self, kind: LightClientKind, ssz: bytes::Bytes) {
        self.light_client.insert(kind, ssz);
    }

    fn epoch_of(&self, slot: Slot) -> Epoch {
        slot.epoch(self.config.preset.slots_per_epoch())
    }

    /// The branch that ends with a block, newest first. Ends where a parent is unknown; slots fall on the way.
    fn branch(&self, root: Root) -> impl Iterator<Item = (Root, &Node)> {
        let mut next = root;
        std::iter::from_fn(move || {
            let root = next;
            let node = self.nodes.get(&root)?;
            next = node.block.parent_root;
            Some((root, node))
        })
    }

    /// The randomness of an epoch on a branch. For an epoch without a block: that of the one before.
    fn mix_at(&self, root: Root, epoch: Epoch) -> Option<Root> {
        let slots_per_epoch = self.config.preset.slots_per_epoch();
        let anchor_epoch = self.anchor.slot.epoch(slots_per_epoch);
        if epoch < anchor_epoch {
            return self.anchor.mix(epoch, slots_per_epoch);
        }
        self.branch(root).find(|(_, node)| self.epoch_of(node.block.slot) <= epoch).map(|(_, node)| node.mix)
    }

    /// The rules in force at a slot.
    fn fork_at(&self, slot: Slot) -> ForkName {
        let epoch = self.epoch_of(slot);
        let scheduled = ForkName::ALL.into_iter().rev().find(|fork| self.config.fork(*fork).epoch <= epoch);
        scheduled.unwrap_or(ForkName::Phase0).max(self.anchor.fork)
    }
}

fn xor(mix: Root, digest: &[u8; 32]) -> Root {
    let mut mixed = mix;
    mixed.iter_mut().zip(digest).for_each(|(mix, digest)| *mix ^= digest);
    mixed
}

/// The bids of both forks have the same fields here.
macro_rules! bid_from {
    ($($fork:ident)+) => {
        $(impl From<&$fork::ExecutionPayloadBid> for Bid {
            fn from(bid: &$fork::ExecutionPayloadBid) -> Self {
                Self {
                    parent_block_hash: bid.parent_block_hash,
                    block_hash: bid.block_hash,
                    builder_index: bid.builder_index,
                    execution_requests_root: bid.execution_requests_root,
                    blob_kzg_commitments: bid.blob_kzg_commitments.as_bytes().clone(),
                }
            }
        })+
    };
}

bid_from!(gloas heze);

/// The bid in a block.
fn bid_of<P: Preset>(block: &any::SignedBeaconBlock<P>) -> Option<Bid> {
    match block {
        any::SignedBeaconBlock::Gloas(signed) => {
            Some((&signed.message.body.signed_execution_payload_bid.message).into())
        }
        any::SignedBeaconBlock::Heze(signed) => {
            Some((&signed.message.body.signed_execution_payload_bid.message).into())
        }
        _ => None,
    }
}

/// Hash of the payload in a block, from Bellatrix to Fulu.
const fn payload_hash<P: Preset>(block: &any::SignedBeaconBlock<P>) -> Option<Hash32> {
    use any::SignedBeaconBlock as Any;
    match block {
        Any::Phase0(_) | Any::Altair(_) | Any::Gloas(_) | Any::Heze(_) => None,
        Any::Bellatrix(signed) => Some(signed.message.body.execution_payload.block_hash),
        Any::Capella(signed) => Some(signed.message.body.execution_payload.block_hash),
        Any::Deneb(signed) => Some(signed.message.body.execution_payload.block_hash),
        Any::Electra(signed) | Any::Fulu(signed) => Some(signed.message.body.execution_payload.block_hash),
    }
}

/// What the bid in a block promises to the proposer.
const fn bid_value<P: Preset>(block: &any::SignedBeaconBlock<P>) -> u64 {
    match block {
        any::SignedBeaconBlock::Gloas(signed) => signed.message.body.signed_execution_payload_bid.message.value,
        any::SignedBeaconBlock::Heze(signed) => signed.message.body.signed_execution_payload_bid.message.value,
        _ => 0,
    }
}
