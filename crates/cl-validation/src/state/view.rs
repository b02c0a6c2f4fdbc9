//! The answers of a [`StateView`].

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use cl_types::containers::{BuilderIndex, Checkpoint, Hash32, Validator, ValidatorIndex, gloas::BuilderExitRequest};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::subnets::epochs_per_sync_committee_period;
use cl_types::{Epoch, ForkName, ForkVersion, Root, Slot};

use super::StateView;
use super::shuffling::{ATTESTER_SEED, PROPOSER_SEED, Shuffling, proposer, seed};
use crate::chain::{Answer, Bid, Block, Builder, ChainView, LightClientKind, SyncCommittee};
use crate::crypto::PublicKey;

/// `MIN_SEED_LOOKAHEAD`, and the epoch before: the seed of an epoch reads the randomness at the end of the second before.
const SEED_LOOKAHEAD: u64 = 2;
/// `MIN_DEPOSIT_AMOUNT`, in Gwei: what a builder must keep.
const MIN_DEPOSIT_AMOUNT: u64 = 1_000_000_000;
/// `INCLUSION_LIST_COMMITTEE_SIZE`
const INCLUSION_LIST_COMMITTEE_SIZE: usize = 16;
/// Most shufflings that are kept.
const MAX_SHUFFLINGS: usize = 4;
/// Most proposers that are kept.
const MAX_PROPOSERS: usize = 128;

impl StateView {
    /// The randomness that decides an epoch on a branch.
    fn deciding_mix(&self, root: Root, epoch: Epoch) -> Option<Root> {
        match epoch.0.checked_sub(SEED_LOOKAHEAD) {
            Some(before) => self.mix_at(root, Epoch(before)),
            None => self.anchor.mix_before_genesis(SEED_LOOKAHEAD.saturating_sub(epoch.0)),
        }
    }

    /// The committees of an epoch on a branch.
    fn shuffling(&self, root: Root, epoch: Epoch) -> Answer<Arc<Shuffling>> {
        let Some(mix) = self.deciding_mix(root, epoch).filter(|_| self.drift.knows_active(epoch)) else {
            return Answer::Unavailable;
        };
        let mut shufflings = self.shufflings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shuffling) = shufflings.get(&(epoch, mix)) {
            return Answer::Found(shuffling.clone());
        }
        let seed = seed(ATTESTER_SEED, epoch, mix);
        let shuffling = Arc::new(Shuffling::new(&self.anchor.validators, epoch, &seed, self.config.preset));
        while shufflings.len() >= MAX_SHUFFLINGS {
            shufflings.pop_first();
        }
        shufflings.insert((epoch, mix), shuffling.clone());
        Answer::Found(shuffling)
    }

    fn head_slot(&self) -> Slot {
        // The anchor's state may be further than its block.
        self.nodes.get(&self.head).map_or(self.anchor.slot, |head| head.block.slot.max(self.anchor.slot))
    }

    /// The answer about a validator or builder that the anchor's state does not know.
    fn not_there<T>(&self) -> Answer<T> {
        let knows_all = self.drift.knows_all(self.epoch_of(self.head_slot()));
        if knows_all { Answer::Absent } else { Answer::Unavailable }
    }

    fn node(&self, root: Root) -> Answer<&super::Node> {
        self.nodes.get(&root).into()
    }
}

impl ChainView for StateView {
    fn finalized(&self) -> Answer<Checkpoint> {
        Answer::Found(self.finalized.clone())
    }

    fn head(&self) -> Answer<Root> {
        Answer::Found(self.head)
    }

    fn block(&self, root: Root) -> Answer<Block> {
        self.node(root).map(|node| node.block)
    }

    fn ancestor(&self, root: Root, slot: Slot) -> Answer<Root> {
        if let Some((root, _)) = self.branch(root).find(|(_, node)| node.block.slot <= slot) {
            return Answer::Found(root);
        }
        if !self.nodes.contains_key(&root) {
            return Answer::Absent;
        }
        // Before the anchor: if the branch goes through it, its state remembers.
        let through_anchor = self.branch(root).any(|(root, _)| root == self.anchor_root);
        let remembered = self.anchor.block_root(slot).filter(|_| through_anchor);
        remembered.map_or(Answer::Unavailable, Answer::Found)
    }

    fn fork_version(&self, epoch: Epoch) -> Answer<ForkVersion> {
        let versions = &self.anchor.versions;
        let scheduled = |epoch| {
            self.config.fork(self.fork_at(Epoch::start_slot(epoch, self.config.preset.slots_per_epoch()))).version
        };
        // Where the configuration fits the state, it also knows the forks that come.
        let fits = scheduled(self.epoch_of(self.anchor.slot)) == versions.current_version;
        Answer::Found(if epoch < versions.epoch {
            versions.previous_version
        } else if fits {
            scheduled(epoch)
        } else {
            versions.current_version
        })
    }

    fn head_epoch(&self) -> Answer<Epoch> {
        Answer::Found(self.epoch_of(self.head_slot()))
    }

    fn is_merge_complete(&self) -> Answer<bool> {
        Answer::Found(self.anchor.is_merge_complete)
    }

    fn proposer(&self, parent: Root, slot: Slot) -> Answer<ValidatorIndex> {
        let (epoch, own) = (self.epoch_of(slot), self.epoch_of(self.anchor.slot));
        if self.anchor.fork >= ForkName::Fulu && (epoch == own || epoch == own.saturating_add(1)) {
            let first = own.start_slot(self.config.preset.slots_per_epoch());
            let place = usize::try_from(slot.0.saturating_sub(first.0)).unwrap_or(usize::MAX);
            return self.anchor.proposers.get(place).copied().into();
        }
        let Some(mix) = self.deciding_mix(parent, epoch).filter(|_| self.drift.knows_active(epoch)) else {
            return Answer::Unavailable;
        };
        let mut proposers = self.proposers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proposer) = proposers.get(&(slot, mix)) {
            return Answer::Found(*proposer);
        }
        let (seed, fork) = (seed(PROPOSER_SEED, epoch, mix), self.fork_at(slot));
        let Some(proposer) = proposer(&self.anchor.validators, slot, epoch, &seed, fork, self.config.preset) else {
            return Answer::Unavailable;
        };
        while proposers.len() >= MAX_PROPOSERS {
            proposers.pop_first();
        }
        proposers.insert((slot, mix), proposer);
        Answer::Found(proposer)
    }

    fn committees_per_slot(&self, epoch: Epoch) -> Answer<u64> {
        self.shuffling(self.head, epoch).map(|shuffling| shuffling.committees_per_slot)
    }

    fn committee(&self, slot: Slot, index: u64) -> Answer<Arc<[ValidatorIndex]>> {
        self.shuffling(self.head, self.epoch_of(slot)).and_then(|shuffling| shuffling.committee(slot, index).into())
    }

    fn validator(&self, index: ValidatorIndex) -> Answer<Validator> {
        let found = usize::try_from(index).ok().and_then(|index| self.anchor.validators.get(index));
        found.map_or_else(|| self.not_there(), |validator| Answer::Found(validator.clone()))
    }

    fn key(&self, index: ValidatorIndex) -> Answer<PublicKey> {
        self.anchor.key(index).map_or_else(|| self.not_there(), Answer::Found)
    }

    fn sync_committee(&self) -> Answer<Arc<SyncCommittee>> {
        let period = epochs_per_sync_committee_period(self.config.preset);
        let of = |slot: Slot| self.epoch_of(slot).0.checked_div(period);
        let (own, wanted) = (of(self.anchor.slot), of(self.head_slot().saturating_add(1)));
        let committee = if wanted == own {
            &self.anchor.current_sync_committee
        } else if wanted == own.and_then(|own| own.checked_add(1)) {
            &self.anchor.next_sync_committee
        } else {
            &None
        };
        committee.clone().map_or(Answer::Unavailable, Answer::Found)
    }

    fn light_client_update(&self, kind: LightClientKind) -> Answer<Bytes> {
        self.light_client.get(&kind).cloned().map_or(Answer::Unavailable, Answer::Found)
    }

    fn bid(&self, root: Root) -> Answer<Bid> {
        self.node(root).and_then(|node| node.bid.clone().into())
    }

    fn verified_payload(&self, root: Root) -> Answer<Arc<[BuilderExitRequest]>> {
        self.node(root).and_then(|node| node.payload.clone().into())
    }

    fn latest_block_hash(&self, root: Root, _slot: Slot) -> Answer<Hash32> {
        self.node(root).map(|node| node.latest_block_hash)
    }

    fn gas_limit(&self, block_hash: Hash32) -> Answer<u64> {
        self.gas_limits.get(&block_hash).copied().into()
    }

    fn payload_committee(&self, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        let (epoch, own) = (self.epoch_of(slot), self.epoch_of(self.anchor.slot));
        let slots_per_epoch = self.config.preset.slots_per_epoch();
        // The window starts with the epoch before the state's.
        let Some(skipped) = epoch.0.saturating_add(1).checked_sub(own.0).filter(|epochs| *epochs <= 2) else {
            return Answer::Unavailable;
        };
        let place = skipped.saturating_mul(slots_per_epoch).saturating_add(slot.0 % slots_per_epoch);
        usize::try_from(place).ok().and_then(|place| self.anchor.payload_committees.get(place)).cloned().into()
    }

    fn builder(&self, root: Root, _slot: Slot, index: BuilderIndex) -> Answer<Builder> {
        let Some(builder) = usize::try_from(index).ok().and_then(|index| self.anchor.builders.get(index)) else {
            return self.not_there();
        };
        let Ok(key) = PublicKey::registered(&builder.pubkey) else {
            return Answer::Unavailable;
        };
        let owed = self.anchor.owed.iter().filter(|(owing, _)| *owing == index).map(|(_, amount)| *amount);
        let bid = self.branch(root).filter(|(_, node)| node.bid.as_ref().is_some_and(|bid| bid.builder_index == index));
        let least = owed.chain(bid.map(|(_, node)| node.bid_value)).fold(MIN_DEPOSIT_AMOUNT, u64::saturating_add);
        Answer::Found(Builder {
            pubkey: builder.pubkey.clone(),
            key,
            version: builder.version,
            execution_address: builder.execution_address,
            is_active: builder.deposit_epoch < self.anchor.finalized_epoch
                && builder.withdrawable_epoch == FAR_FUTURE_EPOCH,
            can_pay: builder.balance.checked_sub(least),
        })
    }

    fn randao_mix(&self, root: Root) -> Answer<Root> {
        self.node(root).map(|node| node.mix)
    }

    fn should_build_on_full(&self, _slot: Slot) -> Answer<bool> {
        self.node(self.head).map(|node| node.payload.is_some())
    }

    fn is_dependent_root(&self, root: Root, slot: Slot) -> Answer<bool> {
        let later = self.by_slot.range(slot.saturating_add(1)..).flat_map(|(_, roots)| roots);
        let mut children = later.filter_map(|root| self.nodes.get(root)).map(|node| node.block.parent_root);
        Answer::Found(root == self.head || children.any(|parent| parent == root))
    }

    fn inclusion_list_committee(&self, root: Root, slot: Slot) -> Answer<Arc<[ValidatorIndex]>> {
        self.shuffling(root, self.epoch_of(slot)).and_then(|shuffling| {
            let committees = (0..shuffling.committees_per_slot).filter_map(|index| shuffling.committee(slot, index));
            let members: Vec<ValidatorIndex> = committees.flat_map(|committee| committee.to_vec()).collect();
            if members.is_empty() {
                return Answer::Unavailable;
            }
            Answer::Found(members.into_iter().cycle().take(INCLUSION_LIST_COMMITTEE_SIZE).collect())
        })
    }
}
