//! What is remembered of one message.

use std::sync::Arc;

use cl_types::containers::{BLSSignature, ExecutionAddress, FirstSeen, Hash32, ValidatorIndex, fulu};
use cl_types::{Root, Slot};

use super::{Listed, Newest, Seen, Wanted, is_superset};
use crate::chain::LightClientKind;
use crate::reason::Ignore;

/// Most sets of votes that are remembered of one vote: about as many aggregators are selected.
const MAX_SETS: usize = 64;

/// What is remembered of an accepted message. Each mark is a rule as well: [`Mark::check`].
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    First {
        slot: Slot,
        key: FirstSeen,
    },
    AggregateBits {
        slot: Slot,
        data_root: Root,
        committee: u64,
        bits: Vec<u8>,
    },
    ContributionBits {
        slot: Slot,
        block_root: Root,
        subcommittee: u64,
        bits: Vec<u8>,
    },
    AttestersSlashed(Vec<ValidatorIndex>),
    Header {
        slot: Slot,
        root: Root,
        header: Arc<fulu::PartialDataColumnHeader>,
    },
    /// A proposer's signature over a block, which the block and each of its sidecars bring along.
    Signed {
        slot: Slot,
        root: Root,
        signature: BLSSignature,
    },
    Payload {
        slot: Slot,
        block_hash: Hash32,
        gas_limit: u64,
    },
    Bid {
        slot: Slot,
        parent_hash: Hash32,
        parent_root: Root,
        value: u64,
    },
    Preferences {
        slot: Slot,
        dependent_root: Root,
        fee_recipient: ExecutionAddress,
        target_gas_limit: u64,
    },
    InclusionList {
        slot: Slot,
        dependent_root: Root,
        validator: ValidatorIndex,
        root: Root,
        timely: bool,
    },
    LightClient {
        kind: LightClientKind,
        slot: Slot,
        supermajority: bool,
    },
}

impl Mark {
    /// The rule: is this message still the first, the best or the newest of its kind?
    pub(crate) fn check(&self, seen: &Seen) -> Result<(), Ignore> {
        let (old, ignore) = match self {
            Self::First { slot, key } => (seen.has(*slot, key), Ignore::Seen),
            Self::AggregateBits { slot, data_root, committee, bits } => {
                (covered(seen.aggregates.get(*slot, &(*data_root, *committee)), bits), Ignore::Superset)
            }
            Self::ContributionBits { slot, block_root, subcommittee, bits } => {
                (covered(seen.contributions.get(*slot, &(*block_root, *subcommittee)), bits), Ignore::Superset)
            }
            Self::AttestersSlashed(indices) => {
                (indices.iter().all(|index| seen.attesters_slashed.contains(*index)), Ignore::NothingNew)
            }
            Self::Bid { slot, parent_hash, parent_root, value } => {
                let best = seen.best_bids.get(*slot, &(*parent_hash, *parent_root));
                (best.is_some_and(|best| value <= best), Ignore::NotHighestBid)
            }
            Self::InclusionList { slot, dependent_root, validator, .. } => {
                let listed = seen.inclusion_lists.get(*slot, &(*dependent_root, *validator));
                (listed.is_some_and(|listed| listed.count >= 2), Ignore::Seen)
            }
            Self::LightClient { kind, slot, supermajority } => {
                let newest = seen.forwarded(*kind).unwrap_or_default();
                let better = *kind == LightClientKind::Finality && *supermajority && !newest.supermajority;
                let old = seen.forwarded(*kind).is_some() && (*slot < newest.slot || (*slot == newest.slot && !better));
                (old, Ignore::NotNewer)
            }
            // Their first-seen rules are marks of their own.
            Self::Header { .. } | Self::Signed { .. } | Self::Payload { .. } | Self::Preferences { .. } => {
                (false, Ignore::Seen)
            }
        };
        if old { Err(ignore) } else { Ok(()) }
    }

    /// Remembers the message.
    pub(crate) fn insert(self, seen: &mut Seen) {
        match self {
            Self::First { slot, key } => seen.insert(slot, key),
            Self::AggregateBits { slot, data_root, committee, bits } => {
                seen.aggregates.change(slot, (data_root, committee), |sets| remember(sets, bits));
            }
            Self::ContributionBits { slot, block_root, subcommittee, bits } => {
                seen.contributions.change(slot, (block_root, subcommittee), |sets| remember(sets, bits));
            }
            Self::AttestersSlashed(indices) => {
                indices.into_iter().for_each(|index| seen.attesters_slashed.insert(index));
            }
            Self::Header { slot, root, header } => seen.headers.insert(slot, root, header),
            Self::Signed { slot, root, signature } => seen.signatures.insert(slot, root, signature),
            Self::Payload { slot, block_hash, gas_limit } => seen.payloads.insert(slot, block_hash, gas_limit),
            Self::Bid { slot, parent_hash, parent_root, value } => {
                seen.best_bids.insert(slot, (parent_hash, parent_root), value);
            }
            Self::Preferences { slot, dependent_root, fee_recipient, target_gas_limit } => {
                seen.preferences.insert(slot, dependent_root, Wanted { fee_recipient, target_gas_limit });
            }
            Self::InclusionList { slot, dependent_root, validator, root, timely } => {
                let key = (dependent_root, validator);
                let listed = match seen.inclusion_lists.get(slot, &key) {
                    None => Listed { count: 1, first: root, timely, equivocated: false },
                    Some(before) => Listed {
                        count: before.count.saturating_add(1),
                        equivocated: before.equivocated || before.first != root,
                        ..*before
                    },
                };
                seen.inclusion_lists.insert(slot, key, listed);
            }
            Self::LightClient { kind, slot, supermajority } => {
                *seen.newest(kind) = Some(Newest { slot, supermajority });
            }
        }
    }
}

fn covered(sets: Option<&Vec<Vec<u8>>>, bits: &[u8]) -> bool {
    sets.is_some_and(|sets| sets.iter().any(|set| is_superset(set, bits)))
}

/// Adds a set of votes and drops those that it covers.
fn remember(sets: &mut Vec<Vec<u8>>, bits: Vec<u8>) {
    sets.retain(|set| !is_superset(&bits, set));
    if sets.len() < MAX_SETS {
        sets.push(bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_vote_only_so_many_sets_are_remembered() {
        let mut sets = Vec::new();
        // One bit each: none covers another.
        for bit in 0..200_usize {
            let mut bits = vec![0; 25];
            bits[bit / 8] |= 1 << (bit % 8);
            remember(&mut sets, bits);
            assert!(sets.len() <= MAX_SETS);
        }
        assert_eq!(sets.len(), MAX_SETS);
        // One that covers all takes their place.
        remember(&mut sets, vec![0xff; 25]);
        assert_eq!(sets.len(), 1);
        assert!(covered(Some(&sets), &[1; 25]));
    }
}
