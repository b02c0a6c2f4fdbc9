//! What a view copies from its state.

use std::sync::{Arc, OnceLock};

use cl_types::containers::{Fork, Hash32, Validator, ValidatorIndex, any, bellatrix, gloas};
use cl_types::{Epoch, ForkName, Preset, Root, Slot, on_fork};

use crate::chain::SyncCommittee;
use crate::crypto::PublicKey;

/// What a view copies from its state.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) slot: Slot,
    pub(super) fork: ForkName,
    pub(super) versions: Fork,
    pub(super) validators: Box<[Validator]>,
    /// Decompressed when first asked for.
    keys: Box<[OnceLock<Option<PublicKey>>]>,
    mixes: Box<[Root]>,
    block_roots: Box<[Root]>,
    pub(super) current_sync_committee: Option<Arc<SyncCommittee>>,
    pub(super) next_sync_committee: Option<Arc<SyncCommittee>>,
    /// Since Fulu: proposers of the state's epoch and the next.
    pub(super) proposers: Box<[ValidatorIndex]>,
    /// Bellatrix: the state has a payload header.
    pub(super) is_merge_complete: bool,
    pub(super) finalized_epoch: Epoch,
    pub(super) latest_block_hash: Hash32,
    pub(super) builders: Box<[gloas::Builder]>,
    /// What builders owe: builder and amount.
    pub(super) owed: Box<[(u64, u64)]>,
    /// Payload timeliness committees of the epoch before, the state's and the next, by slot.
    pub(super) payload_committees: Box<[Arc<[ValidatorIndex]>]>,
}

impl Anchor {
    pub(super) fn new<P: Preset>(state: &any::BeaconState<P>) -> Self {
        use any::BeaconState as Any;
        let validators: Box<[Validator]> = state.validators().into();
        let (mixes, block_roots) = on_fork!(BeaconState since Phase0, state, state => {
            (state.randao_mixes.to_vec().into_boxed_slice(), state.block_roots.to_vec().into_boxed_slice())
        });
        macro_rules! committees {
            ($state:expr) => {
                (committee(&$state.current_sync_committee), committee(&$state.next_sync_committee))
            };
        }
        let (current_sync_committee, next_sync_committee) = match state {
            Any::Phase0(_) => (None, None),
            Any::Altair(state) => committees!(state),
            Any::Bellatrix(state) => committees!(state),
            Any::Capella(state) => committees!(state),
            Any::Deneb(state) => committees!(state),
            Any::Electra(state) => committees!(state),
            Any::Fulu(state) => committees!(state),
            Any::Gloas(state) => committees!(state),
            Any::Heze(state) => committees!(state),
        };
        let mut anchor = Self {
            slot: state.slot(),
            fork: state.fork(),
            versions: state.fork_versions().clone(),
            keys: validators.iter().map(|_| OnceLock::new()).collect(),
            validators,
            mixes,
            block_roots,
            current_sync_committee,
            next_sync_committee,
            proposers: Box::default(),
            is_merge_complete: state.fork() > ForkName::Bellatrix,
            finalized_epoch: state.finalized_checkpoint().epoch,
            latest_block_hash: Hash32::ZERO,
            builders: Box::default(),
            owed: Box::default(),
            payload_committees: Box::default(),
        };
        macro_rules! gloas {
            ($state:expr) => {{
                let state = $state;
                anchor.proposers = state.proposer_lookahead.to_vec().into();
                anchor.latest_block_hash = state.latest_block_hash;
                anchor.builders = state.builders.iter().cloned().collect();
                let pending = state.builder_pending_withdrawals.iter();
                let payments = state.builder_pending_payments.iter().map(|payment| &payment.withdrawal);
                anchor.owed = pending.chain(payments).map(|owed| (owed.builder_index, owed.amount)).collect();
                anchor.payload_committees =
                    state.ptc_window.iter().map(|committee| committee.to_vec().into()).collect();
            }};
        }
        match state {
            Any::Bellatrix(state) => {
                let empty = bellatrix::ExecutionPayloadHeader::default();
                anchor.is_merge_complete = state.latest_execution_payload_header != empty;
                anchor.latest_block_hash = state.latest_execution_payload_header.block_hash;
            }
            Any::Capella(state) => anchor.latest_block_hash = state.latest_execution_payload_header.block_hash,
            Any::Deneb(state) => anchor.latest_block_hash = state.latest_execution_payload_header.block_hash,
            Any::Electra(state) => anchor.latest_block_hash = state.latest_execution_payload_header.block_hash,
            Any::Fulu(state) => {
                anchor.latest_block_hash = state.latest_execution_payload_header.block_hash;
                anchor.proposers = state.proposer_lookahead.to_vec().into();
            }
            Any::Gloas(state) => gloas!(state),
            Any::Heze(state) => gloas!(state),
            _ => {}
        }
        anchor
    }

    /// A validator's key.
    pub(super) fn key(&self, index: ValidatorIndex) -> Option<PublicKey> {
        let index = usize::try_from(index).ok()?;
        let (validator, key) = (self.validators.get(index)?, self.keys.get(index)?);
        *key.get_or_init(|| PublicKey::registered(&validator.pubkey).ok())
    }

    /// The randomness of an epoch up to the state's own.
    pub(super) fn mix(&self, epoch: Epoch, slots_per_epoch: u64) -> Option<Root> {
        let own = self.slot.epoch(slots_per_epoch);
        let kept = u64::try_from(self.mixes.len()).unwrap_or(u64::MAX);
        if epoch > own || epoch.saturating_add(kept) <= own {
            return None;
        }
        at(&self.mixes, epoch.0)
    }

    /// The randomness that the seed of an early epoch reads, though there was none before: what the vector was filled with
    /// at genesis.
    pub(super) fn mix_before_genesis(&self, epochs: u64) -> Option<Root> {
        let kept = u64::try_from(self.mixes.len()).unwrap_or(u64::MAX);
        at(&self.mixes, kept.checked_sub(epochs)?)
    }

    /// The randomness of the state's own epoch.
    pub(super) fn own_mix(&self, slots_per_epoch: u64) -> Root {
        self.mix(self.slot.epoch(slots_per_epoch), slots_per_epoch).unwrap_or_default()
    }

    /// The newest block at or before a slot before the state's.
    pub(super) fn block_root(&self, slot: Slot) -> Option<Root> {
        let kept = u64::try_from(self.block_roots.len()).unwrap_or(u64::MAX);
        if slot >= self.slot || slot.saturating_add(kept) < self.slot {
            return None;
        }
        at(&self.block_roots, slot.0)
    }
}

/// An element of a vector that is used as a ring.
fn at(ring: &[Root], position: u64) -> Option<Root> {
    let len = u64::try_from(ring.len()).ok()?;
    ring.get(usize::try_from(position.checked_rem(len)?).ok()?).copied()
}

/// `None` if a key is no point, which a state cannot have.
fn committee<P: Preset>(committee: &cl_types::containers::altair::SyncCommittee<P>) -> Option<Arc<SyncCommittee>> {
    let pubkeys = committee.pubkeys.to_vec();
    let keys = pubkeys.iter().map(|pubkey| PublicKey::registered(pubkey).ok()).collect::<Option<Vec<_>>>()?;
    Some(Arc::new(SyncCommittee { pubkeys, keys }))
}
