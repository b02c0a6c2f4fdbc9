//! Whether a peer's Status describes our chain.

use std::fmt;

use cl_types::containers::{Status, StatusV2};
use cl_types::{Epoch, ForkDigest, ForkPlan, Root, Severity, Slot};

/// A head may be this many epochs ahead of our clock, a finalized checkpoint as many: clocks differ, ours may be the wrong one.
pub const TOLERATED_EPOCHS: u64 = 1;

/// The verdict on a Status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    /// Nothing in it contradicts our chain.
    Relevant,
    /// The peer is on another chain.
    Irrelevant(Why),
}

/// What shows that a peer is on another chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Another fork digest: another network, or it did not follow a fork.
    OtherDigest {
        /// Theirs.
        theirs: ForkDigest,
        /// The one in force.
        ours: ForkDigest,
    },
    /// Another root finalized at the same epoch.
    OtherChain {
        /// That epoch.
        epoch: Epoch,
        /// Their root.
        theirs: Root,
        /// Our root.
        ours: Root,
    },
    /// A finalized epoch or a head that our clock has not reached.
    FromTheFuture {
        /// Their finalized epoch.
        finalized_epoch: Epoch,
        /// Their head.
        head_slot: Slot,
        /// Our clock.
        now: Slot,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherDigest { theirs, ours } => write!(f, "fork digest {theirs}, ours is {ours}"),
            Self::OtherChain { epoch, theirs, ours } => {
                write!(f, "finalized {theirs} at epoch {epoch}, ours is {ours}")
            }
            Self::FromTheFuture { finalized_epoch, head_slot, now } => {
                write!(f, "head slot {head_slot} and finalized epoch {finalized_epoch} at our slot {now}")
            }
        }
    }
}

/// Judges a Status (spec: `Status` of phase0's p2p interface, "Disconnect if …").
///
/// - The digest must be the one in force, or a neighbour that `plan` tolerates because a boundary is near.
/// - Finalized checkpoints are compared only when they can be: same epoch, not genesis, both roots known. Of different
///   epochs we cannot say more without a chain. At epoch 0 the specification wants a zero root but some peers send the
///   genesis root; a zero root elsewhere says nothing. None of these is a contradiction.
/// - Heads and checkpoints more than [`TOLERATED_EPOCHS`] ahead of our clock are another chain's, started earlier.
/// - The earliest available slot says what to ask the peer for ([`serves`]), not whether to keep it: a node that has just
///   begun to fill its store has nothing to serve and is welcome.
#[must_use]
pub fn relevance(plan: &ForkPlan, ours: &StatusV2, theirs: &Status, slots_per_epoch: u64) -> Relevance {
    let theirs = theirs.common();
    if !plan.accepts(theirs.fork_digest) {
        return Relevance::Irrelevant(Why::OtherDigest { theirs: theirs.fork_digest, ours: plan.active.digest });
    }
    let now = plan.slot;
    let last_epoch = now.epoch(slots_per_epoch).saturating_add(TOLERATED_EPOCHS);
    let last_slot = now.saturating_add(TOLERATED_EPOCHS.saturating_mul(slots_per_epoch));
    if theirs.finalized_epoch > last_epoch || theirs.head_slot > last_slot {
        let (finalized_epoch, head_slot) = (theirs.finalized_epoch, theirs.head_slot);
        return Relevance::Irrelevant(Why::FromTheFuture { finalized_epoch, head_slot, now });
    }
    let comparable = theirs.finalized_epoch == ours.finalized_epoch
        && theirs.finalized_epoch > Epoch(0)
        && !theirs.finalized_root.is_zero()
        && !ours.finalized_root.is_zero();
    if comparable && theirs.finalized_root != ours.finalized_root {
        let (epoch, theirs, ours) = (ours.finalized_epoch, theirs.finalized_root, ours.finalized_root);
        return Relevance::Irrelevant(Why::OtherChain { epoch, theirs, ours });
    }
    Relevance::Relevant
}

/// Whether a peer says that it serves a slot: not before its earliest available slot, if it names one, nor after its head.
#[must_use]
pub fn serves(status: &Status, slot: Slot) -> bool {
    let earliest = status.earliest_available_slot().unwrap_or(Slot(0));
    earliest <= slot && slot <= status.common().head_slot
}

/// Whether a peer that named another digest follows a neighbouring era of our own chain: then it is early or late and not
/// a stranger, and worth another try soon.
pub(crate) fn is_near_fork(plan: &ForkPlan, why: &Why) -> bool {
    let Why::OtherDigest { theirs, .. } = why else { return false };
    plan.joined.iter().chain(&plan.next).any(|era| era.digest == *theirs)
}

/// What is wrong with a Status after another one of the same session. Heads may go back and available slots both ways, but what
/// is finalized stays so.
pub(crate) fn status_lie(before: &Status, now: &Status) -> Option<(Severity, &'static str)> {
    let (before, now) = (before.common(), now.common());
    let known = !before.finalized_root.is_zero() && !now.finalized_root.is_zero();
    if now.finalized_epoch < before.finalized_epoch {
        Some((Severity::Mid, "its finalized epoch went back"))
    } else if now.finalized_epoch == before.finalized_epoch && known && now.finalized_root != before.finalized_root {
        Some((Severity::Mid, "its finalized root changed"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use cl_types::containers::StatusV1;

    use super::*;
    use crate::testing::{NEXT, OURS, PREVIOUS, STRANGE, plan, status};

    const A: Root = Root::repeat_byte(1);
    const B: Root = Root::repeat_byte(2);

    fn at(digest: ForkDigest, finalized: (u64, Root), head: u64) -> StatusV2 {
        StatusV2 {
            fork_digest: digest,
            finalized_epoch: Epoch(finalized.0),
            finalized_root: finalized.1,
            head_slot: Slot(head),
            ..status()
        }
    }

    #[test]
    fn a_table_of_peers() {
        const SLOT: u64 = 325; // epoch 10 of 32 slots
        let quiet = plan(SLOT, None);
        let before = plan(SLOT, Some(NEXT));
        let after = plan(SLOT, Some(PREVIOUS));
        let (digest, chain, future) = ("digest", "chain", "future");
        let rows = [
            // what, plan, our finalized, theirs, verdict
            ("same", &quiet, (8, A), at(OURS, (8, A), 325), None),
            ("behind", &quiet, (8, A), at(OURS, (3, B), 100), None),
            ("ahead", &quiet, (3, A), at(OURS, (8, B), 325), None),
            ("at genesis", &quiet, (8, A), at(OURS, (0, Root::ZERO), 0), None),
            ("we at genesis", &quiet, (0, Root::ZERO), at(OURS, (8, A), 325), None),
            ("genesis root instead of zero", &quiet, (0, Root::ZERO), at(OURS, (0, A), 0), None),
            ("two genesis roots", &quiet, (0, B), at(OURS, (0, A), 0), None),
            ("zero root later", &quiet, (8, A), at(OURS, (8, Root::ZERO), 325), None),
            ("we know no root", &quiet, (8, Root::ZERO), at(OURS, (8, A), 325), None),
            ("other chain", &quiet, (8, A), at(OURS, (8, B), 325), Some(chain)),
            ("other digest", &quiet, (8, A), at(STRANGE, (8, A), 325), Some(digest)),
            ("next, far from the boundary", &quiet, (8, A), at(NEXT, (8, A), 325), Some(digest)),
            ("next, just before", &before, (8, A), at(NEXT, (8, A), 325), None),
            ("previous, just after", &after, (8, A), at(PREVIOUS, (8, A), 324), None),
            ("next, just after the previous", &after, (8, A), at(NEXT, (8, A), 324), Some(digest)),
            ("tolerated digest, other chain", &before, (8, A), at(NEXT, (8, B), 325), Some(chain)),
            ("clock an epoch off", &quiet, (8, A), at(OURS, (11, A), 357), None),
            ("finalized too late", &quiet, (8, A), at(OURS, (12, A), 325), Some(future)),
            ("head too late", &quiet, (8, A), at(OURS, (8, A), 358), Some(future)),
            ("absurd", &quiet, (8, A), at(OURS, (u64::MAX, A), u64::MAX), Some(future)),
        ];
        for (what, plan, finalized, theirs, expected) in rows {
            let ours = at(plan.active.digest, finalized, 0);
            let why = |status| match relevance(plan, &ours, &status, 32) {
                Relevance::Relevant => None,
                Relevance::Irrelevant(Why::OtherDigest { .. }) => Some(digest),
                Relevance::Irrelevant(Why::OtherChain { .. }) => Some(chain),
                Relevance::Irrelevant(Why::FromTheFuture { .. }) => Some(future),
            };
            assert_eq!(why(Status::V2(theirs)), expected, "{what}");
            let v1: StatusV1 = theirs.to_v1();
            assert_eq!(why(Status::V1(v1)), expected, "{what}, version 1");
        }
    }

    #[test]
    fn what_is_finalized_stays_so() {
        let status = |epoch, root, head| Status::V2(at(OURS, (epoch, root), head));
        let lie = |now| status_lie(&status(8, A, 300), &now).map(|(_, what)| what);
        assert_eq!(lie(status(8, A, 200)), None, "a head may go back");
        assert_eq!(lie(status(9, B, 300)), None);
        assert_eq!(lie(status(8, Root::ZERO, 300)), None);
        assert_eq!(lie(status(7, A, 300)), Some("its finalized epoch went back"));
        assert_eq!(lie(status(8, B, 300)), Some("its finalized root changed"));
    }

    #[test]
    fn a_peer_serves_from_its_earliest_slot_to_its_head() {
        let status = StatusV2 { earliest_available_slot: Slot(100), ..at(OURS, (8, A), 300) };
        let served = |status, slots: [u64; 4]| slots.map(|slot| serves(&status, Slot(slot)));
        assert_eq!(served(Status::V2(status), [99, 100, 300, 301]), [false, true, true, false]);
        assert_eq!(served(Status::V1(status.to_v1()), [0, 100, 300, 301]), [true, true, true, false]);
    }
}
