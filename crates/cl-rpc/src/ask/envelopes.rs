//! Execution payload envelopes (since Gloas).

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::EnvelopesByRangeRequest;
use cl_types::containers::gloas::SignedExecutionPayloadEnvelope;
use cl_types::protocol::{MAX_REQUEST_BLOCKS_DENEB, Object};
use cl_types::{DecodeShared, ForkName, ForkSchedule, Method, Root, Slot};
use ssz::{DecodeError, Encode};

use super::rules::{self, Asked, Ordered};
use super::{Ask, Check, Lie};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// A payload envelope that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The fork of its block.
    pub fork: ForkName,
    /// Slot of its block, as the payload says.
    pub slot: Slot,
    /// The block that accepted the builder's bid, as the envelope says.
    pub block_root: Root,
    /// Hash of the payload, as the payload says.
    pub block_hash: Root,
    /// The `SignedExecutionPayloadEnvelope`. The signature is not checked, nor whether it is what the bid promised.
    pub ssz: Bytes,
}

/// The payloads of the canonical blocks of consecutive slots, oldest first.
///
/// Checked: slots within the range and ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopesByRange {
    /// The first slot.
    pub start: Slot,
    /// How many slots. One request asks for the first 128 at most; [`Self::split`] makes several.
    pub count: u64,
}

impl EnvelopesByRange {
    /// The payloads of the blocks in `[start, start + count)`.
    #[must_use]
    pub const fn new(start: Slot, count: u64) -> Self {
        Self { start, count }
    }

    /// Requests of at most 128 slots each that cover the range.
    pub fn split(self) -> impl Iterator<Item = Self> {
        rules::split(self.start, self.count).map(|(start, count)| Self { start, count })
    }
}

impl Ask for EnvelopesByRange {
    type Item = Envelope;
    type Check = EnvelopesByRangeCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.count.min(MAX_REQUEST_BLOCKS_DENEB), MAX_REQUEST_BLOCKS_DENEB)?;
        let body = EnvelopesByRangeRequest { start_slot: self.start, count }.as_ssz_bytes();
        Request::same_for_all(Method::EnvelopesByRange, count, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> EnvelopesByRangeCheck {
        EnvelopesByRangeCheck { schedule, order: Ordered::new(rules::slots(self.start, self.count)) }
    }
}

/// Checks the answer to [`EnvelopesByRange`].
#[derive(Debug)]
pub struct EnvelopesByRangeCheck {
    schedule: Arc<ForkSchedule>,
    order: Ordered,
}

impl Check for EnvelopesByRangeCheck {
    type Item = Envelope;

    fn chunk(&mut self, chunk: Chunk) -> Result<Envelope, Lie> {
        let envelope = read(&self.schedule, chunk)?;
        self.order.take(envelope.slot, envelope.block_root, 0)?;
        Ok(envelope)
    }
}

/// Payload envelopes by the roots of their blocks.
///
/// Checked: each names a block that was asked for, none comes twice. There is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopesByRoot {
    /// Roots of blocks, at most 128.
    pub roots: Vec<Root>,
}

impl EnvelopesByRoot {
    /// The envelopes of these blocks. Roots that are named twice are asked for once.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = Root>) -> Self {
        Self { roots: rules::without_doubles(roots) }
    }

    /// Requests of at most 128 roots each that ask for all.
    pub fn split(&self) -> impl Iterator<Item = Self> {
        self.roots.chunks(128).map(|roots| Self { roots: roots.to_vec() })
    }
}

impl Ask for EnvelopesByRoot {
    type Item = Envelope;
    type Check = EnvelopesByRootCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.roots.len() as u64, MAX_REQUEST_BLOCKS_DENEB)?;
        Request::same_for_all(Method::EnvelopesByRoot, count, self.roots.concat()).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> EnvelopesByRootCheck {
        EnvelopesByRootCheck { schedule, asked: Asked::of_roots(&self.roots) }
    }
}

/// Checks the answer to [`EnvelopesByRoot`].
#[derive(Debug)]
pub struct EnvelopesByRootCheck {
    schedule: Arc<ForkSchedule>,
    asked: Asked,
}

impl Check for EnvelopesByRootCheck {
    type Item = Envelope;

    fn chunk(&mut self, chunk: Chunk) -> Result<Envelope, Lie> {
        let envelope = read(&self.schedule, chunk)?;
        self.asked.take(envelope.block_root, 0)?;
        Ok(envelope)
    }
}

/// Decodes, with the right context bytes. The slot of an envelope's block is that of its payload.
fn read(schedule: &ForkSchedule, chunk: Chunk) -> Result<Envelope, Lie> {
    let fork = rules::fork_of(&chunk);
    let malformed = || rules::malformed(Object::SignedExecutionPayloadEnvelope, &chunk);
    if fork < chunk.protocol.since() {
        return Err(malformed()(DecodeError::NoMatchingVariant.into()));
    }
    let envelope = SignedExecutionPayloadEnvelope::from_ssz(&chunk.ssz).map_err(malformed())?.message;
    let slot = Slot(envelope.payload.slot_number);
    rules::check_context(schedule, &chunk, slot)?;
    let (block_root, block_hash) = (envelope.beacon_block_root, envelope.payload.block_hash);
    Ok(Envelope { fork, slot, block_root, block_hash, ssz: chunk.ssz })
}
