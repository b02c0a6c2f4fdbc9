//! Typed requests: what is asked for, and whether an answer is true to it.
//!
//! An [`Ask`] makes the [`Request`] and the [`Check`] that goes with it. The check takes the chunks in the order of their
//! arrival and turns each into an item, or finds the peer lying. It is plain data without I/O: run it wherever there is
//! time for hashing, not necessarily where the network runs.
//!
//! What is checked is what the answer alone can show: that objects decode, that their context bytes are those of their
//! slot, that they were asked for, their order, that none comes twice, that blocks are linked, that sidecars and light
//! client headers carry valid Merkle branches. Signatures, KZG proofs and whether a chain is the right one are the
//! caller's business. A short or empty answer is legal.
//!
//! | file | asks |
//! | --- | --- |
//! | `blocks` | [`BlocksByRange`], [`BlocksByRoot`], [`BlocksByHead`] |
//! | `blobs` | [`BlobsByRange`], [`BlobsByRoot`] |
//! | `columns` | [`ColumnsByRange`], [`ColumnsByRoot`] |
//! | `envelopes` | [`EnvelopesByRange`], [`EnvelopesByRoot`] |
//! | `light_client` | [`LightClientBootstrap`], [`LightClientUpdatesByRange`], [`LightClientFinalityUpdate`], [`LightClientOptimisticUpdate`] |
//! | `inclusion_lists` | [`InclusionListsByIndices`] |
//! | `handshake` | [`Status`], [`Ping`], [`MetaData`] |
//! | `lie`, `rules` | what may be wrong; rules that several families share |

mod blobs;
mod blocks;
mod columns;
mod envelopes;
mod handshake;
mod inclusion_lists;
mod lie;
mod light_client;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cl_types::{ForkSchedule, Slot};

use crate::codec::Chunk;
use crate::request::{BuildError, Request};

pub use blobs::{Blob, BlobsByRange, BlobsByRangeCheck, BlobsByRoot, BlobsByRootCheck};
pub use blocks::{
    Block, BlocksByHead, BlocksByHeadCheck, BlocksByRange, BlocksByRangeCheck, BlocksByRoot, BlocksByRootCheck,
};
pub use columns::{Column, ColumnsByRange, ColumnsByRangeCheck, ColumnsByRoot, ColumnsByRootCheck, MissingColumn};
pub use envelopes::{Envelope, EnvelopesByRange, EnvelopesByRangeCheck, EnvelopesByRoot, EnvelopesByRootCheck};
pub use handshake::{MetaData, MetaDataCheck, Ping, PingCheck, Status, StatusCheck};
pub use inclusion_lists::{InclusionList, InclusionListsByIndices, InclusionListsByIndicesCheck};
pub use lie::Lie;
pub use light_client::{
    Bootstrap, LightClientBootstrap, LightClientBootstrapCheck, LightClientFinalityUpdate,
    LightClientFinalityUpdateCheck, LightClientOptimisticUpdate, LightClientOptimisticUpdateCheck,
    LightClientUpdatesByRange, LightClientUpdatesByRangeCheck, Update,
};

/// A request whose answer can be checked.
pub trait Ask {
    /// What each chunk of a true answer becomes.
    type Item: Send + 'static;
    /// Checks the answer.
    type Check: Check<Item = Self::Item>;

    /// The request, in the versions that are live at slot `now`. Ranges are cut to what one response may hold; lists that
    /// do not fit are errors.
    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError>;

    /// A check for the answer to one such request.
    fn check(&self, schedule: Arc<ForkSchedule>) -> Self::Check;
}

/// Checks one answer, chunk by chunk.
pub trait Check: Send + 'static {
    /// What each chunk of a true answer becomes.
    type Item: Send + 'static;

    /// Takes the next chunk. Costs one decoding and the hashing that the object's family needs. After a lie the rest of the
    /// answer is worth nothing.
    fn chunk(&mut self, chunk: Chunk) -> Result<Self::Item, Lie>;

    /// What the chunks so far show to be missing: columns that were asked for and left out, though others of the same block
    /// came. No lie by itself: only who knows the peer's custody can tell. At most one for each column.
    fn missing(&self) -> Vec<MissingColumn> {
        Vec::new()
    }
}
