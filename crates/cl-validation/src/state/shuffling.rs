//! Committees and proposers out of randomness.

use std::sync::Arc;

use cl_types::containers::{Validator, ValidatorIndex};
use cl_types::subnets::committees_per_slot;
use cl_types::{Epoch, ForkName, PresetId, Root, Slot};
use sha2::{Digest, Sha256};

/// `MAX_EFFECTIVE_BALANCE` and `MAX_EFFECTIVE_BALANCE_ELECTRA`, in Gwei.
const MAX_EFFECTIVE_BALANCE: u64 = 32_000_000_000;
const MAX_EFFECTIVE_BALANCE_ELECTRA: u64 = 2_048_000_000_000;
/// A proposer is found long before: each try succeeds with at least one chance in 64.
const MAX_TRIES: u64 = 1 << 16;

/// `DOMAIN_BEACON_PROPOSER` and `DOMAIN_BEACON_ATTESTER`, as seeds have them.
pub(super) const PROPOSER_SEED: [u8; 4] = [0, 0, 0, 0];
pub(super) const ATTESTER_SEED: [u8; 4] = [1, 0, 0, 0];

/// `get_seed`, of the randomness that counts.
pub(super) fn seed(domain: [u8; 4], epoch: Epoch, mix: Root) -> [u8; 32] {
    Sha256::new().chain_update(domain).chain_update(epoch.0.to_le_bytes()).chain_update(mix).finalize().into()
}

/// The committees of an epoch.
#[derive(Debug)]
pub(super) struct Shuffling {
    epoch: Epoch,
    slots_per_epoch: u64,
    pub(super) committees_per_slot: u64,
    shuffled: Vec<ValidatorIndex>,
}

impl Shuffling {
    /// Shuffles the validators that are active in an epoch: some hundred milliseconds for a million of them.
    pub(super) fn new(validators: &[Validator], epoch: Epoch, seed: &[u8; 32], preset: PresetId) -> Self {
        let active = active(validators, epoch);
        let count = u64::try_from(active.len()).unwrap_or(u64::MAX);
        let committees_per_slot = committees_per_slot(count, preset);
        let shuffled = shuffle(&active, seed, preset.shuffle_round_count());
        Self { epoch, slots_per_epoch: preset.slots_per_epoch(), committees_per_slot, shuffled }
    }

    /// `get_beacon_committee`
    pub(super) fn committee(&self, slot: Slot, index: u64) -> Option<Arc<[ValidatorIndex]>> {
        if slot.epoch(self.slots_per_epoch) != self.epoch || index >= self.committees_per_slot {
            return None;
        }
        let number = (slot.0 % self.slots_per_epoch).checked_mul(self.committees_per_slot)?.checked_add(index)?;
        let count = self.committees_per_slot.checked_mul(self.slots_per_epoch)?;
        let len = u64::try_from(self.shuffled.len()).ok()?;
        let start = usize::try_from(len.checked_mul(number)?.checked_div(count)?).ok()?;
        let end = usize::try_from(len.checked_mul(number.checked_add(1)?)?.checked_div(count)?).ok()?;
        self.shuffled.get(start..end).map(Arc::from)
    }
}

/// `get_active_validator_indices`
fn active(validators: &[Validator], epoch: Epoch) -> Vec<ValidatorIndex> {
    let active = (0..).zip(validators).filter(|(_, v)| v.activation_epoch <= epoch && epoch < v.exit_epoch);
    active.map(|(index, _)| index).collect()
}

/// Puts at every place what `compute_shuffled_index` says. Each round of that swaps places in pairs, so it is carried out
/// on the whole list at once; the last round first, for it says where an item comes from.
fn shuffle(items: &[ValidatorIndex], seed: &[u8; 32], rounds: u8) -> Vec<ValidatorIndex> {
    let mut list = items.to_vec();
    let Ok(count) = u64::try_from(list.len()) else {
        return Vec::new();
    };
    for round in (0..rounds).rev() {
        let Some(turn) = Turn::new(seed, round, count) else {
            return list;
        };
        // Places up to the pivot are mirrored among themselves, and so are those after it.
        let (before, after) = list.split_at_mut(usize::try_from(turn.pivot.saturating_add(1)).unwrap_or_default());
        turn.mirror(before, turn.pivot);
        turn.mirror(after, count.saturating_sub(1));
    }
    list
}

/// `compute_shuffled_index`, for a single place.
fn shuffled_index(mut index: u64, count: u64, seed: &[u8; 32], rounds: u8) -> Option<u64> {
    for round in 0..rounds {
        let turn = Turn::new(seed, round, count)?;
        let (flip, position) = turn.flip(index);
        if bit(&turn.source(position / 256), position) {
            index = flip;
        }
    }
    Some(index)
}

/// One round of shuffling.
struct Turn<'a> {
    seed: &'a [u8; 32],
    round: u8,
    count: u64,
    pivot: u64,
}

impl<'a> Turn<'a> {
    fn new(seed: &'a [u8; 32], round: u8, count: u64) -> Option<Self> {
        let digest: [u8; 32] = Sha256::new().chain_update(seed).chain_update([round]).finalize().into();
        Some(Self { seed, round, count, pivot: first_u64(&digest).checked_rem(count)? })
    }

    /// Where a place may go, and which bit decides. Counts of validators are far below 2^62.
    fn flip(&self, index: u64) -> (u64, u64) {
        let sum = self.pivot.saturating_add(self.count).saturating_sub(index);
        let flip = if sum >= self.count { sum.saturating_sub(self.count) } else { sum };
        let flip = if flip >= self.count { flip.saturating_sub(self.count) } else { flip };
        (flip, index.max(flip))
    }

    /// Swaps the first item with the last and so on to the middle, where the bit of the later place says so. `last` is the
    /// place of the last item in the whole list.
    fn mirror(&self, part: &mut [ValidatorIndex], last: u64) {
        let (left, right) = part.split_at_mut(part.len() / 2);
        let mut source = (u64::MAX, [0; 32]);
        for ((one, other), position) in left.iter_mut().zip(right.iter_mut().rev()).zip((0..=last).rev()) {
            if source.0 != position / 256 {
                source = (position / 256, self.source(position / 256));
            }
            if bit(&source.1, position) {
                std::mem::swap(one, other);
            }
        }
    }

    fn source(&self, block: u64) -> [u8; 32] {
        let block = u32::try_from(block).unwrap_or(u32::MAX);
        Sha256::new()
            .chain_update(self.seed)
            .chain_update([self.round])
            .chain_update(block.to_le_bytes())
            .finalize()
            .into()
    }
}

fn bit(source: &[u8; 32], position: u64) -> bool {
    let byte = usize::try_from(position % 256 / 8).ok().and_then(|byte| source.get(byte));
    byte.is_some_and(|byte| (byte >> (position % 8)) & 1 == 1)
}

fn first_u64(digest: &[u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// `get_beacon_proposer_index` of a slot, out of the seed of its epoch.
pub(super) fn proposer(
    validators: &[Validator],
    slot: Slot,
    epoch: Epoch,
    epoch_seed: &[u8; 32],
    fork: ForkName,
    preset: PresetId,
) -> Option<ValidatorIndex> {
    let seed: [u8; 32] = Sha256::new().chain_update(epoch_seed).chain_update(slot.0.to_le_bytes()).finalize().into();
    let mut candidates = active(validators, epoch);
    if fork >= ForkName::Gloas {
        // EIP-8045
        candidates.retain(|index| of(validators, *index).is_some_and(|validator| !validator.slashed));
    }
    let count = u64::try_from(candidates.len()).ok()?;
    for i in 0..MAX_TRIES {
        let place = shuffled_index(i.checked_rem(count)?, count, &seed, preset.shuffle_round_count())?;
        let candidate = *candidates.get(usize::try_from(place).ok()?)?;
        let balance = u128::from(of(validators, candidate)?.effective_balance);
        let (random, most_random, most_balance) = if fork >= ForkName::Electra {
            (two_bytes(&seed, i)?, u128::from(u16::MAX), MAX_EFFECTIVE_BALANCE_ELECTRA)
        } else {
            (one_byte(&seed, i)?, u128::from(u8::MAX), MAX_EFFECTIVE_BALANCE)
        };
        if balance.saturating_mul(most_random) >= u128::from(most_balance).saturating_mul(random) {
            return Some(candidate);
        }
    }
    None
}

fn of(validators: &[Validator], index: ValidatorIndex) -> Option<&Validator> {
    validators.get(usize::try_from(index).ok()?)
}

fn random_block(seed: &[u8; 32], number: u64) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(number.to_le_bytes()).finalize().into()
}

fn one_byte(seed: &[u8; 32], i: u64) -> Option<u128> {
    random_block(seed, i / 32).get(usize::try_from(i % 32).ok()?).map(|byte| u128::from(*byte))
}

fn two_bytes(seed: &[u8; 32], i: u64) -> Option<u128> {
    let block = random_block(seed, i / 16);
    let (pairs, _) = block.as_chunks::<2>();
    pairs.get(usize::try_from(i % 16).ok()?).map(|pair| u128::from(u16::from_le_bytes(*pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_list_is_shuffled_as_each_place_alone() {
        for count in [1, 2, 255, 256, 257, 600] {
            let items: Vec<u64> = (1000..1000 + count).collect();
            let shuffled = shuffle(&items, &[9; 32], 10);
            for (place, item) in (0..).zip(&shuffled) {
                assert_eq!(*item - 1000, shuffled_index(place, count, &[9; 32], 10).unwrap());
            }
            let mut sorted = shuffled;
            sorted.sort_unstable();
            assert_eq!(sorted, items);
        }
        assert!(shuffle(&[], &[9; 32], 10).is_empty());
    }

    #[test]
    fn committees_share_out_all_validators() {
        let validator = Validator { exit_epoch: Epoch(u64::MAX), effective_balance: 1, ..Default::default() };
        let shuffling = Shuffling::new(&vec![validator; 67], Epoch(3), &[1; 32], PresetId::Minimal);
        assert_eq!(shuffling.committees_per_slot, 2);
        let mut all: Vec<u64> = Vec::new();
        for slot in 24..32 {
            for index in 0..2 {
                all.extend(shuffling.committee(Slot(slot), index).unwrap().iter());
            }
        }
        all.sort_unstable();
        assert_eq!(all, (0..67).collect::<Vec<_>>());
        assert!(shuffling.committee(Slot(32), 0).is_none());
        assert!(shuffling.committee(Slot(24), 2).is_none());
    }
}
