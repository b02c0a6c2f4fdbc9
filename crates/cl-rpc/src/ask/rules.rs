//! Rules that several families share.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use cl_types::decode::Error;
use cl_types::protocol::{MAX_REQUEST_BLOCKS_DENEB, Object};
use cl_types::{ForkName, ForkSchedule, Root, Slot};

use super::Lie;
use crate::codec::Chunk;
use crate::request::BuildError;

/// The fork whose containers a chunk holds. Protocols without context bytes end with the one fork that they know.
pub(super) fn fork_of(chunk: &Chunk) -> ForkName {
    chunk.fork.map_or_else(|| chunk.protocol.until(), |era| era.fork)
}

/// Names what does not decode.
pub(super) fn malformed(object: Object, chunk: &Chunk) -> impl FnOnce(Error) -> Lie {
    let fork = fork_of(chunk);
    move |error| Lie::Malformed { object, fork, error }
}

/// The context bytes must be those of the object's slot.
pub(super) fn check_context(schedule: &ForkSchedule, chunk: &Chunk, slot: Slot) -> Result<(), Lie> {
    let era = schedule.at_slot(slot);
    let found = chunk.fork.map(|era| era.digest);
    let fits = found.map_or_else(|| era.fork <= chunk.protocol.until(), |digest| digest == era.digest);
    if fits { Ok(()) } else { Err(Lie::Context { slot, found, expected: era.digest }) }
}

/// Slots that a request by range covers, at most 128: more are never asked for at once.
pub(super) fn slots(start: Slot, count: u64) -> Range<u64> {
    start.0..start.0.saturating_add(count.min(MAX_REQUEST_BLOCKS_DENEB))
}

/// Cuts a range into those that one request can ask for.
pub(super) fn split(start: Slot, count: u64) -> impl Iterator<Item = (Slot, u64)> {
    let parts = count.div_ceil(MAX_REQUEST_BLOCKS_DENEB);
    (0..parts).map(move |i| {
        let done = i * MAX_REQUEST_BLOCKS_DENEB;
        (start.saturating_add(done), (count - done).min(MAX_REQUEST_BLOCKS_DENEB))
    })
}

/// How many there are, if that is not too many for a request.
pub(super) const fn count_of(asked: u64, max: u64) -> Result<u64, BuildError> {
    match asked {
        0 => Err(BuildError::Nothing),
        _ if asked > max => Err(BuildError::TooMany { asked, max }),
        _ => Ok(asked),
    }
}

/// Drops what has been there before and keeps the order.
pub(super) fn without_doubles<T: Copy + Eq + Hash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(*item)).collect()
}

/// Objects by block root and index that were asked for. Each may come once, in any order.
#[derive(Debug)]
pub(super) struct Asked(HashMap<(Root, u64), bool>);

impl Asked {
    pub(super) fn new(keys: impl IntoIterator<Item = (Root, u64)>) -> Self {
        Self(keys.into_iter().map(|key| (key, false)).collect())
    }

    /// For requests where there is one object for each block.
    pub(super) fn of_roots(roots: &[Root]) -> Self {
        Self::new(roots.iter().map(|root| (*root, 0)))
    }

    pub(super) fn take(&mut self, root: Root, index: u64) -> Result<(), Lie> {
        match self.0.get_mut(&(root, index)) {
            Some(true) => return Err(Lie::Twice { root, index }),
            Some(came) => {
                *came = true;
                return Ok(());
            }
            None => {}
        }
        let knows_block = self.0.keys().any(|(asked, _)| *asked == root);
        Err(if knows_block { Lie::Index { root, index } } else { Lie::Root(root) })
    }
}

/// Objects of a range of slots, by slot and then by index, all of a slot from one block.
#[derive(Debug)]
pub(super) struct Ordered {
    slots: Range<u64>,
    last: Option<(Slot, Root, u64)>,
}

impl Ordered {
    pub(super) const fn new(slots: Range<u64>) -> Self {
        Self { slots, last: None }
    }

    /// Takes an object. Returns the index of the one before it if that belongs to the same block.
    pub(super) fn take(&mut self, slot: Slot, root: Root, index: u64) -> Result<Option<u64>, Lie> {
        if !self.slots.contains(&slot.0) {
            return Err(Lie::Slot(slot));
        }
        let before = match self.last {
            Some((last, ..)) if slot < last => return Err(Lie::Order { slot }),
            Some((last, of, before)) if last == slot => {
                if of != root {
                    return Err(Lie::TwoBlocks(slot));
                }
                if before == index {
                    return Err(Lie::Twice { root, index });
                }
                if before > index {
                    return Err(Lie::Order { slot });
                }
                Some(before)
            }
            _ => None,
        };
        self.last = Some((slot, root, index));
        Ok(before)
    }
}
