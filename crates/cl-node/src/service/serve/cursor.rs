//! An answer that is fetched from the store while it is sent.

use std::collections::VecDeque;

use cl_types::{Root, Slot};

use crate::store::{ChainStore, ColumnSet, Stored};

/// Where the next objects of an answer are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A block.
    Block(Root),
    /// A block and so many in all going back along its parents.
    Descend(Root, u64),
    /// Blob sidecars of a block, lowest index first.
    Blobs(Root, ColumnSet),
    /// Column sidecars of a block, lowest index first.
    Columns(Root, ColumnSet),
    /// The envelope of a block.
    Envelope(Root),
    /// The light client update of a period.
    Update(u64),
    /// An object that is there already.
    Ready(Stored),
}

/// What is still to be sent of an answer. Holds places, not objects: some 50 bytes for each block that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    steps: VecDeque<Step>,
    /// Objects of older slots are left out.
    floor: Slot,
    /// How many more objects may be sent.
    left: u64,
}

impl Cursor {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>, floor: Slot, most: u64) -> Self {
        Self { steps: steps.into_iter().collect(), floor, left: most }
    }

    pub(crate) fn of(object: Stored) -> Self {
        Self::new([Step::Ready(object)], Slot(0), 1)
    }

    /// True if there is certainly nothing more.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 || self.steps.is_empty()
    }

    /// The next object; `None` after the last.
    pub(crate) fn next(&mut self, store: &dyn ChainStore) -> Option<Stored> {
        while self.left > 0 {
            if let Some(object) = self.step(store)?
                && object.slot >= self.floor
            {
                self.left -= 1;
                return Some(object);
            }
        }
        None
    }

    /// One step. Something that has gone from the store in the meantime is left out.
    fn step(&mut self, store: &dyn ChainStore) -> Option<Option<Stored>> {
        let block =
            |root| store.block(root).map(|block| (Stored { slot: block.slot, ssz: block.ssz }, block.parent_root));
        Some(match self.steps.pop_front()? {
            Step::Block(root) => block(root).map(|(block, _)| block),
            Step::Descend(_, 0) => None,
            Step::Descend(root, count) => block(root).map(|(block, parent)| {
                if block.slot > self.floor {
                    self.steps.push_front(Step::Descend(parent, count - 1));
                }
                block
            }),
            Step::Blobs(root, mut indices) => {
                let index = indices.pop_first();
                if !indices.is_empty() {
                    self.steps.push_front(Step::Blobs(root, indices));
                }
                index.and_then(|index| store.blob(root, index))
            }
            Step::Columns(root, mut indices) => {
                let index = indices.pop_first();
                if !indices.is_empty() {
                    self.steps.push_front(Step::Columns(root, indices));
                }
                index.and_then(|index| store.column(root, index))
            }
            Step::Envelope(root) => store.envelope(root),
            Step::Update(period) => store.light_client_update(period),
            Step::Ready(object) => Some(object),
        })
    }
}
