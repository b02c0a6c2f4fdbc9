//! What our Status says.

use cl_types::containers::StatusV2;
use cl_types::{Epoch, ForkDigest, Root, Slot};

use crate::store::{ChainStore, ColumnSet};

/// What a [`StatusSource`] may look at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StatusContext<'a> {
    /// Digest at the wall-clock epoch. A Status that says another is refused by everybody.
    pub fork_digest: ForkDigest,
    /// The wall-clock slot.
    pub slot: Slot,
    /// What the node serves.
    pub store: &'a dyn ChainStore,
    /// The columns that the node keeps and serves.
    pub custody: ColumnSet,
}

impl std::fmt::Debug for StatusContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusContext")
            .field("fork_digest", &self.fork_digest)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// Says what our Status is. Asked whenever a Status is sent: it must not block.
pub trait StatusSource: Send + Sync + 'static {
    /// Our Status now.
    fn status(&self, context: &StatusContext<'_>) -> StatusV2;

    /// Root of the genesis block, where it is known: a chain that builds on it is complete from slot 0. Asked once, at the
    /// start.
    fn genesis_block_root(&self) -> Option<Root> {
        None
    }
}

/// The truth of a node that follows no chain: nothing is finalized, and the head is the newest block that is linked to
/// genesis in the store, else genesis itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chainless {
    /// Root of the genesis block, where it is known. Zero is said where it is not.
    pub genesis_block_root: Option<Root>,
}

impl StatusSource for Chainless {
    fn status(&self, context: &StatusContext<'_>) -> StatusV2 {
        let genesis = self.genesis_block_root;
        let extent = context.store.extent(genesis, context.custody);
        let head = extent.filter(|extent| extent.is_linked).map(|extent| extent.head);
        let complete_from = extent
            .map_or_else(|| context.slot.saturating_add(1), |extent| extent.blocks_from.max(extent.sidecars_from));
        StatusV2 {
            fork_digest: context.fork_digest,
            finalized_root: Root::ZERO,
            finalized_epoch: Epoch(0),
            head_root: head.map_or_else(|| genesis.unwrap_or_default(), |head| head.root),
            head_slot: head.map_or(Slot(0), |head| head.slot),
            earliest_available_slot: complete_from,
        }
    }

    fn genesis_block_root(&self) -> Option<Root> {
        self.genesis_block_root
    }
}

/// A Status that never changes but for its digest. For tests, and for nodes whose chain is managed elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    /// What to say. The digest is replaced by the one of the clock unless `pin_digest` is set.
    pub status: StatusV2,
    /// Says the digest as it stands in `status`, even when it is wrong.
    pub pin_digest: bool,
}

impl StatusSource for Fixed {
    fn status(&self, context: &StatusContext<'_>) -> StatusV2 {
        let fork_digest = if self.pin_digest { self.status.fork_digest } else { context.fork_digest };
        StatusV2 { fork_digest, ..self.status }
    }
}
