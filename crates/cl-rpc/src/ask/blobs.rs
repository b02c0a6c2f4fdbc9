//! Blob sidecars (Deneb and Electra).

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::BlobsByRangeRequest;
use cl_types::containers::deneb::{BlobIdentifier, BlobSidecar};
use cl_types::limits::max_request_blob_sidecars;
use cl_types::protocol::Object;
use cl_types::{DecodeShared, ForkName, ForkSchedule, Method, Root, Slot};
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::rules::{self, Asked, Ordered};
use super::{Ask, Check, Lie};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// A blob sidecar that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blob {
    /// The fork of its block.
    pub fork: ForkName,
    /// Slot of its block.
    pub slot: Slot,
    /// Root of its block.
    pub block_root: Root,
    /// Its place among the blobs of the block.
    pub index: u64,
    /// The `BlobSidecar`. Its commitment is proven to be the block's; whether the blob fits to the commitment is not
    /// checked, nor is the signature of the header.
    pub ssz: Bytes,
}

/// All blobs of the blocks of consecutive slots.
///
/// Checked: slots within the range, order by slot and index, no blob of a block left out in between, one block for each
/// slot, inclusion proofs, no index beyond the era's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobsByRange {
    /// The first slot.
    pub start: Slot,
    /// How many slots. One request asks for the first 128 at most; [`Self::split`] makes several.
    pub count: u64,
}

impl BlobsByRange {
    /// The blobs of the blocks in `[start, start + count)`.
    #[must_use]
    pub const fn new(start: Slot, count: u64) -> Self {
        Self { start, count }
    }

    /// Requests of at most 128 slots each that cover the range.
    pub fn split(self) -> impl Iterator<Item = Self> {
        rules::split(self.start, self.count).map(|(start, count)| Self { start, count })
    }
}

impl Ask for BlobsByRange {
    type Item = Blob;
    type Check = BlobsByRangeCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let slots = rules::slots(self.start, self.count);
        let count = rules::count_of(slots.end.saturating_sub(slots.start), u64::MAX)?;
        // Blobs are no longer there after Electra: its limit is the last.
        let newest = schedule.at_slot(Slot(slots.end.saturating_sub(1)));
        let per_block =
            if newest.fork > ForkName::Electra { electra_limit(schedule) } else { schedule.max_blobs(newest) };
        let max_chunks = count.saturating_mul(per_block.max(1)).min(max_of_a_response(schedule, now));
        let body = BlobsByRangeRequest { start_slot: self.start, count }.as_ssz_bytes();
        Request::same_for_all(Method::BlobsByRange, max_chunks, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> BlobsByRangeCheck {
        BlobsByRangeCheck { schedule, order: Ordered::new(rules::slots(self.start, self.count)) }
    }
}

/// Checks the answer to [`BlobsByRange`].
#[derive(Debug)]
pub struct BlobsByRangeCheck {
    schedule: Arc<ForkSchedule>,
    order: Ordered,
}

impl Check for BlobsByRangeCheck {
    type Item = Blob;

    fn chunk(&mut self, chunk: Chunk) -> Result<Blob, Lie> {
        let (blob, sidecar) = read(&self.schedule, &chunk)?;
        let before = self.order.take(blob.slot, blob.block_root, blob.index)?;
        if before.map_or(0, |before| before.saturating_add(1)) != blob.index {
            return Err(Lie::Gap(blob.index));
        }
        prove(&sidecar)?;
        Ok(blob)
    }
}

/// Blobs by the roots of their blocks and their places in them.
///
/// Checked: each was asked for, none comes twice, inclusion proofs, no index beyond the era's limit. There is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobsByRoot {
    /// Block roots and indices, at most 1152; 768 before Electra.
    pub blobs: Vec<(Root, u64)>,
}

impl BlobsByRoot {
    /// These blobs: block root and index. What is named twice is asked for once.
    #[must_use]
    pub fn new(blobs: impl IntoIterator<Item = (Root, u64)>) -> Self {
        Self { blobs: rules::without_doubles(blobs) }
    }

    /// Requests of at most 768 blobs each that ask for all.
    pub fn split(&self) -> impl Iterator<Item = Self> {
        self.blobs.chunks(768).map(|blobs| Self { blobs: blobs.to_vec() })
    }
}

impl Ask for BlobsByRoot {
    type Item = Blob;
    type Check = BlobsByRootCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.blobs.len() as u64, max_of_a_response(schedule, now))?;
        let identifiers =
            self.blobs.iter().map(|(block_root, index)| BlobIdentifier { block_root: *block_root, index: *index });
        let body = identifiers.collect::<Vec<_>>().as_ssz_bytes();
        Request::same_for_all(Method::BlobsByRoot, count, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> BlobsByRootCheck {
        BlobsByRootCheck { schedule, asked: Asked::new(self.blobs.iter().copied()) }
    }
}

/// Checks the answer to [`BlobsByRoot`].
#[derive(Debug)]
pub struct BlobsByRootCheck {
    schedule: Arc<ForkSchedule>,
    asked: Asked,
}

impl Check for BlobsByRootCheck {
    type Item = Blob;

    fn chunk(&mut self, chunk: Chunk) -> Result<Blob, Lie> {
        let (blob, sidecar) = read(&self.schedule, &chunk)?;
        self.asked.take(blob.block_root, blob.index)?;
        prove(&sidecar)?;
        Ok(blob)
    }
}

fn max_of_a_response(schedule: &ForkSchedule, now: Slot) -> u64 {
    max_request_blob_sidecars(schedule.at_slot(now).fork)
}

fn electra_limit(schedule: &ForkSchedule) -> u64 {
    schedule.entries().filter(|era| era.fork <= ForkName::Electra).map(|era| schedule.max_blobs(era)).max().unwrap_or(0)
}

/// Decodes, with the right context bytes and a possible index.
fn read(schedule: &ForkSchedule, chunk: &Chunk) -> Result<(Blob, BlobSidecar), Lie> {
    let fork = rules::fork_of(chunk);
    let malformed = || rules::malformed(Object::BlobSidecar, chunk);
    if !(chunk.protocol.since()..=chunk.protocol.until()).contains(&fork) {
        return Err(malformed()(DecodeError::NoMatchingVariant.into()));
    }
    let sidecar = BlobSidecar::from_ssz(&chunk.ssz).map_err(malformed())?;
    let header = &sidecar.signed_block_header.message;
    rules::check_context(schedule, chunk, header.slot)?;
    let (slot, index, block_root) = (header.slot, sidecar.index, header.tree_hash_root());
    if index >= schedule.max_blobs(schedule.at_slot(slot)) {
        return Err(Lie::Index { root: block_root, index });
    }
    Ok((Blob { fork, slot, block_root, index, ssz: chunk.ssz.clone() }, sidecar))
}

fn prove(sidecar: &BlobSidecar) -> Result<(), Lie> {
    if sidecar.verify_inclusion_proof() { Ok(()) } else { Err(Lie::Branch("the commitment")) }
}
