//! Blocks.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::{BlocksByHeadRequest, NotStructured, block_slot_and_parent, signed_block_root};
use cl_types::protocol::{MAX_REQUEST_BLOCKS_DENEB, Object};
use cl_types::{ForkName, ForkSchedule, Method, Root, Slot};
use ssz::{DecodeError, Encode};

use super::rules::{self, Asked};
use super::{Ask, Check, Lie};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// A block that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Which container `ssz` holds.
    pub fork: ForkName,
    /// Its slot.
    pub slot: Slot,
    /// Its root.
    pub root: Root,
    /// Root of the block before it.
    pub parent_root: Root,
    /// The `SignedBeaconBlock`. The signature is not checked.
    pub ssz: Bytes,
}

/// The canonical blocks of consecutive slots, oldest first.
///
/// Checked: slots within the range and ascending, each block the parent of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlocksByRange {
    /// The first slot.
    pub start: Slot,
    /// How many slots. One request asks for the first 128 at most; [`Self::split`] makes several.
    pub count: u64,
}

impl BlocksByRange {
    /// The blocks in `[start, start + count)`.
    #[must_use]
    pub const fn new(start: Slot, count: u64) -> Self {
        Self { start, count }
    }

    /// Requests of at most 128 slots each that cover the range.
    pub fn split(self) -> impl Iterator<Item = Self> {
        rules::split(self.start, self.count).map(|(start, count)| Self { start, count })
    }
}

impl Ask for BlocksByRange {
    type Item = Block;
    type Check = BlocksByRangeCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::blocks_by_range(self.start, self.count)?.live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> BlocksByRangeCheck {
        BlocksByRangeCheck { schedule, slots: rules::slots(self.start, self.count), last: None }
    }
}

/// Checks the answer to [`BlocksByRange`].
#[derive(Debug)]
pub struct BlocksByRangeCheck {
    schedule: Arc<ForkSchedule>,
    slots: Range<u64>,
    /// Slot and root of the block before.
    last: Option<(Slot, Root)>,
}

impl Check for BlocksByRangeCheck {
    type Item = Block;

    fn chunk(&mut self, chunk: Chunk) -> Result<Block, Lie> {
        let (slot, parent_root) = peek(&self.schedule, &chunk)?;
        if !self.slots.contains(&slot.0) {
            return Err(Lie::Slot(slot));
        }
        if self.last.is_some_and(|(last, _)| slot <= last) {
            return Err(Lie::Order { slot });
        }
        let block = read(&self.schedule, chunk)?;
        if let Some((_, expected)) = self.last
            && parent_root != expected
        {
            return Err(Lie::Unlinked { root: block.root, expected });
        }
        self.last = Some((slot, block.root));
        Ok(block)
    }
}

/// Blocks by their roots.
///
/// Checked: each hashes to a root that was asked for, none comes twice. There is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlocksByRoot {
    /// The roots, at most 128.
    pub roots: Vec<Root>,
}

impl BlocksByRoot {
    /// These blocks. Roots that are named twice are asked for once.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = Root>) -> Self {
        Self { roots: rules::without_doubles(roots) }
    }

    /// Requests of at most 128 roots each that ask for all.
    pub fn split(&self) -> impl Iterator<Item = Self> {
        self.roots.chunks(128).map(|roots| Self { roots: roots.to_vec() })
    }
}

impl Ask for BlocksByRoot {
    type Item = Block;
    type Check = BlocksByRootCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::blocks_by_root(&self.roots)?.live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> BlocksByRootCheck {
        BlocksByRootCheck { schedule, asked: Asked::of_roots(&self.roots) }
    }
}

/// Checks the answer to [`BlocksByRoot`].
#[derive(Debug)]
pub struct BlocksByRootCheck {
    schedule: Arc<ForkSchedule>,
    asked: Asked,
}

impl Check for BlocksByRootCheck {
    type Item = Block;

    fn chunk(&mut self, chunk: Chunk) -> Result<Block, Lie> {
        peek(&self.schedule, &chunk)?;
        let block = read(&self.schedule, chunk)?;
        self.asked.take(block.root, 0)?;
        Ok(block)
    }
}

/// A block and those before it, newest first.
///
/// Checked: the first is the one that was asked for, each is the parent of the one before, slots fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlocksByHead {
    /// Root of the newest block.
    pub head: Root,
    /// How many blocks. One request asks for at most 128.
    pub count: u64,
}

impl BlocksByHead {
    /// `head` and the blocks before it, `count` in all.
    #[must_use]
    pub const fn new(head: Root, count: u64) -> Self {
        Self { head, count }
    }
}

impl Ask for BlocksByHead {
    type Item = Block;
    type Check = BlocksByHeadCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.count.min(MAX_REQUEST_BLOCKS_DENEB), MAX_REQUEST_BLOCKS_DENEB)?;
        let body = BlocksByHeadRequest { beacon_root: self.head, count }.as_ssz_bytes();
        Request::same_for_all(Method::BlocksByHead, count, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> BlocksByHeadCheck {
        BlocksByHeadCheck { schedule, expected: self.head, last: None }
    }
}

/// Checks the answer to [`BlocksByHead`].
#[derive(Debug)]
pub struct BlocksByHeadCheck {
    schedule: Arc<ForkSchedule>,
    /// Root of the block that comes next.
    expected: Root,
    /// Slot of the block before.
    last: Option<Slot>,
}

impl Check for BlocksByHeadCheck {
    type Item = Block;

    fn chunk(&mut self, chunk: Chunk) -> Result<Block, Lie> {
        let (slot, _) = peek(&self.schedule, &chunk)?;
        if self.last.is_some_and(|last| slot >= last) {
            return Err(Lie::Order { slot });
        }
        let block = read(&self.schedule, chunk)?;
        match self.last {
            _ if block.root == self.expected => {}
            None => return Err(Lie::Root(block.root)),
            Some(_) => return Err(Lie::Unlinked { root: block.root, expected: self.expected }),
        }
        self.expected = block.parent_root;
        self.last = Some(slot);
        Ok(block)
    }
}

/// Slot and parent root without decoding, with the right context bytes.
fn peek(schedule: &ForkSchedule, chunk: &Chunk) -> Result<(Slot, Root), Lie> {
    let (slot, parent_root) = block_slot_and_parent(&chunk.ssz).ok_or_else(|| not_a_block(chunk, None))?;
    rules::check_context(schedule, chunk, slot)?;
    Ok((slot, parent_root))
}

/// Decodes and hashes.
fn read(schedule: &ForkSchedule, chunk: Chunk) -> Result<Block, Lie> {
    let fork = rules::fork_of(&chunk);
    match signed_block_root(fork, schedule.preset(), &chunk.ssz) {
        Ok(facts) => {
            let (slot, root, parent_root) = (facts.slot, facts.root, facts.parent_root);
            Ok(Block { fork, slot, root, parent_root, ssz: chunk.ssz })
        }
        Err(error) => Err(not_a_block(&chunk, Some(error))),
    }
}

fn not_a_block(chunk: &Chunk, error: Option<NotStructured>) -> Lie {
    let error = match error {
        Some(NotStructured::Malformed { error, .. }) => error,
        _ => DecodeError::BytesInvalid("neither message nor signature".to_owned()).into(),
    };
    rules::malformed(Object::SignedBeaconBlock, chunk)(error)
}
