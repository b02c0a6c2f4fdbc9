//! Whether a record's node is on our chain, and for how long (`phase0/p2p-interface.md`, "eth2 field").

use std::fmt;

use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{EnrForkId, Epoch, ForkDigest};

use crate::{FieldError, Record, fields};

/// What a record's `eth2` and `nfd` say about its node, compared with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compatibility {
    /// On our fork, expecting the same next one: should be connected.
    Same,
    /// On our fork, but expecting another next one: may be connected, and parts from us at `until`.
    SameForkOtherNext {
        /// The earlier of both nodes' next fork epochs.
        until: Epoch,
    },
    /// On another fork or chain: Status would fail too.
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
            Self::OtherDigest { theirs } => write!(f, "other fork digest {theirs}"),
            Self::NotConsensus(reason) => write!(f, "not a consensus node: {reason}"),
        }
    }
}

/// Compares a record with our own fork. `accepts` says which digests may be named now
/// ([`cl_types::ForkPlan::accepts`]): near a boundary the neighbour's digest is as good as ours.
///
/// A missing or malformed `nfd` counts as unknown and parts nobody.
pub fn compatibility(
    record: &Record,
    ours: &EnrForkId,
    our_next_digest: ForkDigest,
    accepts: impl Fn(ForkDigest) -> bool,
) -> Compatibility {
    let theirs = match fields::eth2(record) {
        Ok(Some(theirs)) => theirs,
        Ok(None) => return Compatibility::NotConsensus(NotConsensus::NoEth2),
        Err(error) => return Compatibility::NotConsensus(NotConsensus::Malformed(error)),
    };
    if theirs.fork_digest != ours.fork_digest {
        // A neighbour's view of what comes next belongs to another era, so it says nothing.
        return if accepts(theirs.fork_digest) {
            Compatibility::Same
        } else {
            Compatibility::OtherDigest { theirs: theirs.fork_digest }
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
    use cl_types::ForkVersion;

    use super::*;
    use crate::{Builder, Key};

    const HERE: ForkDigest = ForkDigest([1; 4]);
    const NEXT: ForkDigest = ForkDigest([2; 4]);
    const OTHER: ForkDigest = ForkDigest([9; 4]);

    fn fork(fork_digest: ForkDigest, version: u8, epoch: u64) -> EnrForkId {
        EnrForkId { fork_digest, next_fork_version: ForkVersion([version, 0, 0, 0]), next_fork_epoch: Epoch(epoch) }
    }

    fn verdict(fill: impl FnOnce(&mut Builder)) -> Compatibility {
        let mut builder = Record::builder();
        fill(&mut builder);
        let record = builder.build(&Key::generate().to_combined()).unwrap();
        compatibility(&record, &fork(HERE, 7, 100), NEXT, |digest| digest == HERE || digest == NEXT)
    }

    fn of(theirs: EnrForkId, nfd: Option<ForkDigest>) -> Compatibility {
        verdict(|builder| {
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
            (fork(HERE, 7, 100), Some(NEXT), Compatibility::Same),
            (fork(HERE, 7, 100), None, Compatibility::Same),
            (fork(HERE, 8, 100), Some(NEXT), parts_at(100)),
            (fork(HERE, 7, 100), Some(OTHER), parts_at(100)),
            (fork(HERE, 7, 90), Some(NEXT), parts_at(90)),
            (fork(HERE, 6, u64::MAX), Some(ForkDigest::default()), parts_at(100)),
            (fork(NEXT, 7, u64::MAX), Some(ForkDigest::default()), Compatibility::Same),
            (fork(OTHER, 7, 100), Some(NEXT), Compatibility::OtherDigest { theirs: OTHER }),
        ] {
            assert_eq!(of(theirs, nfd), expected, "{theirs:?} {nfd:?}");
        }
    }

    #[test]
    fn without_a_next_fork_on_either_side_nothing_parts() {
        let mut builder = Record::builder();
        fields::add_eth2(&mut builder, &fork(HERE, 8, u64::MAX));
        let record = builder.build(&Key::generate().to_combined()).unwrap();
        let ours = fork(HERE, 7, u64::MAX);
        assert_eq!(compatibility(&record, &ours, ForkDigest::default(), |_| false), Compatibility::Same);
    }

    #[test]
    fn a_record_of_another_kind_of_node() {
        assert_eq!(verdict(|_| ()), Compatibility::NotConsensus(NotConsensus::NoEth2));
        let malformed = verdict(|builder| {
            builder.add_value_rlp("eth2", Bytes::from_static(&[0x80]));
        });
        assert_eq!(malformed.to_string(), "not a consensus node: `eth2` has 0 bytes instead of 16");
        assert!(!malformed.is_compatible());
    }
}
