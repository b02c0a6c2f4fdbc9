//! Whether a record's node is on our chain, and for how long (`phase0/p2p-interface.md`, "eth2 field").

use std::fmt;

use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{Epoch, ForkDigest};

use crate::{FieldError, Fork, Record, fields};

/// What a record's `eth2` and `nfd` say about its node, compared with our fork.
///
/// | verdict | their digest | their next fork | dial? |
/// | --- | --- | --- | --- |
/// | `Same` | ours, or a neighbour's while a boundary is near | ours, or neither has one | should |
/// | `SameForkOtherNext` | ours | another one; both part at the earlier epoch | may, until then |
/// | `Stale` | one that our chain has left | | no |
/// | `Early` | the next one of ours, too long before it is due | | no |
/// | `OtherDigest` | one that our chain never had | | no |
/// | `NotConsensus` | none that can be read | | no: unknown |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compatibility {
    /// On our fork, expecting the same next one: should be connected.
    Same,
    /// On our fork, but expecting another next one: may be connected, and parts from us at `until`.
    SameForkOtherNext {
        /// The earlier of both nodes' next fork epochs.
        until: Epoch,
    },
    /// It has stayed on a fork that our chain has left: not upgraded, or its record is old.
    Stale {
        /// The fork digest the record names.
        theirs: ForkDigest,
    },
    /// Already on our next fork, and the boundary is not near: its clock or ours is wrong.
    Early {
        /// The fork digest the record names.
        theirs: ForkDigest,
    },
    /// On another chain, or on a fork that we know nothing of: Status would fail too.
    OtherDigest {
        /// The fork digest the record names.
        theirs: ForkDigest,
    },
    /// Not a consensus node, as far as its record says.
    NotConsensus(NotConsensus),
}

/// Why a record is not a consensus node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotConsensus {
    /// No `eth2` entry.
    #[error("no `eth2`")]
    NoEth2,
    /// The `eth2` entry cannot be read.
    #[error(transparent)]
    Malformed(FieldError),
}

impl Compatibility {
    /// True if the node may be dialled.
    #[must_use]
    pub const fn is_compatible(&self) -> bool {
        matches!(self, Self::Same | Self::SameForkOtherNext { .. })
    }
}

impl fmt::Display for Compatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("same fork"),
            Self::SameForkOtherNext { until } => write!(f, "same fork, another one from epoch {until}"),
            Self::Stale { theirs } => write!(f, "stayed behind on fork digest {theirs}"),
            Self::Early { theirs } => write!(f, "on our next fork digest {theirs} too early"),
            Self::OtherDigest { theirs } => write!(f, "other chain, fork digest {theirs}"),
            Self::NotConsensus(reason) => write!(f, "not a consensus node: {reason}"),
        }
    }
}

/// Compares a record with our own fork. `accepts` says which digests may be named now
/// ([`cl_types::ForkPlan::accepts`]): near a boundary the neighbour's digest is as good as ours.
///
/// A missing or malformed `nfd` counts as unknown and parts nobody.
pub fn compatibility(record: &Record, ours: &Fork, accepts: impl Fn(ForkDigest) -> bool) -> Compatibility {
    let theirs = match fields::eth2(record) {
        Ok(Some(theirs)) => theirs,
        Ok(None) => return Compatibility::NotConsensus(NotConsensus::NoEth2),
        Err(error) => return Compatibility::NotConsensus(NotConsensus::Malformed(error)),
    };
    let Fork { id: ours, next_digest: our_next_digest, passed, .. } = *ours;
    if theirs.fork_digest != ours.fork_digest {
        let theirs = theirs.fork_digest;
        return if accepts(theirs) {
            // A neighbour's view of what comes next belongs to another era, so it says nothing.
            Compatibility::Same
        } else if passed.contains(theirs) {
            Compatibility::Stale { theirs }
        } else if theirs == our_next_digest && ours.next_fork_epoch != FAR_FUTURE_EPOCH {
            Compatibility::Early { theirs }
        } else {
            Compatibility::OtherDigest { theirs }
        };
    }
    let until = theirs.next_fork_epoch.min(ours.next_fork_epoch);
    if until == FAR_FUTURE_EPOCH {
        // Neither has anything scheduled. Some fill in the version of a fork without a date: no difference yet.
        return Compatibility::Same;
    }
    let same_epoch = theirs.next_fork_epoch == ours.next_fork_epoch;
    let same_version = theirs.next_fork_version == ours.next_fork_version;
    let same_digest = fields::next_fork_digest(record).ok().flatten().is_none_or(|theirs| theirs == our_next_digest);
    if same_epoch && same_version && same_digest {
        Compatibility::Same
    } else {
        Compatibility::SameForkOtherNext { until }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use cl_types::{EnrForkId, ForkVersion};

    use super::*;
    use crate::{Builder, Key};

    const BEFORE: ForkDigest = ForkDigest([5; 4]);
    const HERE: ForkDigest = ForkDigest([1; 4]);
    const NEXT: ForkDigest = ForkDigest([2; 4]);
    const OTHER: ForkDigest = ForkDigest([9; 4]);

    fn id(fork_digest: ForkDigest, version: u8, epoch: u64) -> EnrForkId {
        EnrForkId { fork_digest, next_fork_version: ForkVersion([version, 0, 0, 0]), next_fork_epoch: Epoch(epoch) }
    }

    fn ours() -> Fork {
        Fork { id: id(HERE, 7, 100), next_digest: NEXT, has_fulu: true, passed: [BEFORE].into_iter().collect() }
    }

    fn verdict(ours: &Fork, tolerated: Option<ForkDigest>, fill: impl FnOnce(&mut Builder)) -> Compatibility {
        let mut builder = Record::builder();
        fill(&mut builder);
        let record = builder.build(&Key::generate().to_combined()).unwrap();
        compatibility(&record, ours, |digest| digest == HERE || Some(digest) == tolerated)
    }

    fn of(theirs: EnrForkId, nfd: Option<ForkDigest>, tolerated: Option<ForkDigest>) -> Compatibility {
        verdict(&ours(), tolerated, |builder| {
            fields::add_eth2(builder, &theirs);
            if let Some(nfd) = nfd {
                fields::add_next_fork_digest(builder, nfd);
            }
        })
    }

    #[test]
    fn the_table_of_the_specification() {
        let parts_at = |epoch| Compatibility::SameForkOtherNext { until: Epoch(epoch) };
        for (theirs, nfd, expected) in [
            (id(HERE, 7, 100), Some(NEXT), Compatibility::Same),
            (id(HERE, 7, 100), None, Compatibility::Same),
            (id(HERE, 8, 100), Some(NEXT), parts_at(100)),
            (id(HERE, 7, 100), Some(OTHER), parts_at(100)),
            (id(HERE, 7, 90), Some(NEXT), parts_at(90)),
            (id(HERE, 7, 110), Some(NEXT), parts_at(100)),
            (id(HERE, 6, u64::MAX), Some(ForkDigest::default()), parts_at(100)),
            (id(BEFORE, 7, 50), Some(HERE), Compatibility::Stale { theirs: BEFORE }),
            (id(NEXT, 7, u64::MAX), Some(ForkDigest::default()), Compatibility::Early { theirs: NEXT }),
            (id(OTHER, 7, 100), Some(NEXT), Compatibility::OtherDigest { theirs: OTHER }),
        ] {
            let verdict = of(theirs, nfd, None);
            assert_eq!(verdict, expected, "{theirs:?} {nfd:?}");
            assert_eq!(verdict.is_compatible(), theirs.fork_digest == HERE);
            assert!(!verdict.to_string().is_empty());
        }
    }

    #[test]
    fn near_a_boundary_a_neighbour_is_as_good_as_we() {
        for neighbour in [BEFORE, NEXT] {
            assert_eq!(of(id(neighbour, 1, 7), Some(OTHER), Some(neighbour)), Compatibility::Same);
        }
        assert_eq!(of(id(BEFORE, 1, 7), None, Some(NEXT)), Compatibility::Stale { theirs: BEFORE });
    }

    #[test]
    fn without_a_next_fork_on_either_side_nothing_parts() {
        let ours = Fork { id: id(HERE, 7, u64::MAX), next_digest: ForkDigest::default(), ..ours() };
        let of = |theirs| verdict(&ours, None, |builder| fields::add_eth2(builder, &theirs));
        assert_eq!(of(id(HERE, 8, u64::MAX)), Compatibility::Same);
        // The digest zero stands for "none": it is no fork of ours that somebody could be early on.
        let zero = ForkDigest::default();
        assert_eq!(of(id(zero, 8, u64::MAX)), Compatibility::OtherDigest { theirs: zero });
    }

    #[test]
    fn a_malformed_next_digest_counts_as_unknown() {
        let verdict = verdict(&ours(), None, |builder| {
            fields::add_eth2(builder, &id(HERE, 7, 100));
            builder.add_value_rlp("nfd", Bytes::from_static(&[0xc0]));
        });
        assert_eq!(verdict, Compatibility::Same);
    }

    #[test]
    fn a_record_of_another_kind_of_node() {
        assert_eq!(verdict(&ours(), None, |_| ()), Compatibility::NotConsensus(NotConsensus::NoEth2));
        for (rlp, reason) in [
            (&[0x80][..], "not a consensus node: `eth2` has 0 bytes instead of 16"),
            (
                &[0x91, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6],
                "not a consensus node: `eth2` has 17 bytes, more than 16",
            ),
            (&[0xc0], "not a consensus node: `eth2` is not a byte string"),
        ] {
            let malformed = verdict(&ours(), None, |builder| {
                builder.add_value_rlp("eth2", Bytes::copy_from_slice(rlp));
            });
            assert_eq!(malformed.to_string(), reason);
            assert!(!malformed.is_compatible());
        }
    }
}
