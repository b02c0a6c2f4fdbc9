//! What is answered to which request: ranges, caps and refusals of each method (`p2p-interface.md` of every fork).
//!
//! Plain functions of the request, the clock and the store.

#[cfg(test)]
mod tests;

use cl_rpc::ErrorCode;
use cl_types::containers::{
    BlobsByRangeRequest, BlobsByRootRequest, BlocksByHeadRequest, BlocksByRangeRequest, ColumnsByRangeRequest,
    ColumnsByRootRequest, EnvelopesByRangeRequest, InclusionListsByIndicesRequest, LightClientUpdatesByRangeRequest,
};
use cl_types::custody::NUMBER_OF_COLUMNS;
use cl_types::limits::{Churn, max_request_blob_sidecars, min_epochs_for_sidecars_requests};
use cl_types::protocol::MAX_REQUEST_BLOCKS_DENEB;
use cl_types::{Epoch, ForkEntry, ForkSchedule, Method, PresetId, Protocol, Root, Slot};
use ssz::Decode;

use super::cursor::{Cursor, Step};
use crate::store::{BlockPosition, ChainStore, ColumnSet, Sidecars, Stored};

/// `MAX_REQUEST_LIGHT_CLIENT_UPDATES`.
const MAX_REQUEST_LIGHT_CLIENT_UPDATES: u64 = 128;

/// Why a request is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) text: &'static str,
}

const fn invalid(text: &'static str) -> Refusal {
    Refusal { code: ErrorCode::INVALID_REQUEST, text }
}

const fn unavailable(text: &'static str) -> Refusal {
    Refusal { code: ErrorCode::RESOURCE_UNAVAILABLE, text }
}

const MALFORMED: Refusal = invalid("the request is malformed");
const NO_COUNT: Refusal = invalid("count must be at least 1");
const NO_COLUMN: Refusal = invalid("there is no such column");
const NEEDS_CONTEXT: Refusal = invalid("blocks of later forks need version 2");
const TOO_OLD: Refusal = unavailable("older than what is kept");
const NOT_HELD: Refusal = unavailable("not all of these slots are held");
const UNKNOWN: Refusal = unavailable("not known here");

/// What an answer depends on, beside the request.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    pub(crate) schedule: &'a ForkSchedule,
    pub(crate) store: &'a dyn ChainStore,
    /// The wall clock.
    pub(crate) slot: Slot,
    /// What our Status says is finalized: blocks after it are served however old they are.
    pub(crate) finalized: Epoch,
    pub(crate) genesis_block_root: Option<Root>,
}

impl Server<'_> {
    /// The answer to a request of any method but those of the handshake.
    pub(crate) fn answer(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        match protocol.method() {
            Method::BlocksByRange => self.blocks_by_range(protocol, body),
            Method::BlocksByRoot => self.blocks_by_root(protocol, body),
            Method::BlocksByHead => self.blocks_by_head(body),
            Method::BlobsByRange => self.blobs_by_range(protocol, body),
            Method::BlobsByRoot => self.blobs_by_root(body),
            Method::ColumnsByRange => self.columns_by_range(protocol, body),
            Method::ColumnsByRoot => self.columns_by_root(protocol, body),
            Method::LightClientBootstrap => one(self.store.light_client_bootstrap(read(body)?)),
            Method::LightClientUpdatesByRange => self.updates_by_range(body),
            Method::LightClientFinalityUpdate => one(self.store.light_client_finality_update()),
            Method::LightClientOptimisticUpdate => one(self.store.light_client_optimistic_update()),
            Method::EnvelopesByRange => self.envelopes_by_range(protocol, body),
            Method::EnvelopesByRoot => self.envelopes_by_root(body),
            Method::InclusionListsByIndices => self.inclusion_lists(protocol, body),
            _ => Err(Refusal { code: ErrorCode::SERVER_ERROR, text: "not served" }),
        }
    }

    fn blocks_by_range(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let BlocksByRangeRequest { start_slot, count, step } = read(body)?;
        if step == 0 {
            return Err(invalid("step must be 1"));
        }
        if self.is_too_new(protocol, start_slot) {
            return Err(NEEDS_CONTEXT);
        }
        let blocks = self.range(protocol, start_slot, count, self.block_floor())?;
        if blocks.iter().any(|block| self.is_too_new(protocol, block.slot)) {
            return Err(NEEDS_CONTEXT);
        }
        // Larger steps are deprecated: one block is a legal answer to them.
        let most = if step > 1 { 1 } else { protocol.max_chunks() };
        Ok(Cursor::new(blocks.into_iter().map(|block| Step::Block(block.root)), Slot(0), most))
    }

    fn blocks_by_root(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let roots = roots(body)?;
        let is_too_new = |root: &Root| {
            !protocol.has_context()
                && self.store.block(*root).is_some_and(|block| self.is_too_new(protocol, block.slot))
        };
        if roots.iter().any(is_too_new) {
            return Err(NEEDS_CONTEXT);
        }
        Ok(Cursor::new(roots.into_iter().map(Step::Block), self.block_floor(), protocol.max_chunks()))
    }

    fn blocks_by_head(&self, body: &[u8]) -> Result<Cursor, Refusal> {
        let BlocksByHeadRequest { beacon_root, count } = read(body)?;
        if count == 0 {
            return Err(NO_COUNT);
        }
        let floor = self.block_floor();
        match self.store.block(beacon_root) {
            None => Err(UNKNOWN),
            Some(block) if block.slot < floor => Err(TOO_OLD),
            Some(_) => {
                let count = count.min(MAX_REQUEST_BLOCKS_DENEB);
                Ok(Cursor::new([Step::Descend(beacon_root, count)], floor, count))
            }
        }
    }

    fn blobs_by_range(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let BlobsByRangeRequest { start_slot, count } = read(body)?;
        let blocks = self.range(protocol, start_slot, count, self.sidecar_floor())?;
        let mut steps = Vec::new();
        for BlockPosition { root, .. } in blocks {
            let held = self.store.blobs(root);
            let sidecars = self.store.block(root).map(|block| block.sidecars);
            if !matches!(sidecars, Some(Sidecars::Blobs(count)) if !held.covers(ColumnSet::first(count))) {
                steps.push(Step::Blobs(root, held));
                continue;
            }
            // All blobs of a block or none: the answer ends before the first block that lacks some.
            if steps.iter().all(|step| !is_something(step)) {
                return Err(NOT_HELD);
            }
            break;
        }
        Ok(Cursor::new(steps.into_iter().filter(is_something), Slot(0), self.max_blobs()))
    }

    fn blobs_by_root(&self, body: &[u8]) -> Result<Cursor, Refusal> {
        let ids: BlobsByRootRequest = read(body)?;
        let most = self.max_blobs();
        if ids.len() as u64 > most {
            return Err(invalid("too many blobs"));
        }
        let steps = ids.iter().map(|id| {
            let asked = ColumnSet::from_iter([id.index]);
            Step::Blobs(id.block_root, asked.and(self.store.blobs(id.block_root)))
        });
        Ok(Cursor::new(steps.filter(is_something), self.sidecar_floor(), most))
    }

    fn columns_by_range(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let ColumnsByRangeRequest { start_slot, count, columns } = read(body)?;
        let asked = column_set(&columns)?;
        let blocks = self.range(protocol, start_slot, count, self.sidecar_floor())?;
        let steps = blocks.iter().map(|block| Step::Columns(block.root, asked.and(self.store.columns(block.root))));
        Ok(Cursor::new(steps.filter(is_something), Slot(0), protocol.max_chunks()))
    }

    fn columns_by_root(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let ids: ColumnsByRootRequest = read(body)?;
        let mut steps = Vec::with_capacity(ids.len());
        for id in &ids {
            let asked = column_set(&id.columns)?;
            steps.push(Step::Columns(id.block_root, asked.and(self.store.columns(id.block_root))));
        }
        Ok(Cursor::new(steps.into_iter().filter(is_something), self.sidecar_floor(), protocol.max_chunks()))
    }

    fn envelopes_by_range(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let EnvelopesByRangeRequest { start_slot, count } = read(body)?;
        let blocks = self.range(protocol, start_slot, count, self.block_floor())?;
        let on_chain = blocks.iter().filter(|block| self.store.has_payload(block.root));
        Ok(Cursor::new(on_chain.map(|block| Step::Envelope(block.root)), Slot(0), protocol.max_chunks()))
    }

    fn envelopes_by_root(&self, body: &[u8]) -> Result<Cursor, Refusal> {
        let roots = roots(body)?;
        Ok(Cursor::new(roots.into_iter().map(Step::Envelope), self.block_floor(), MAX_REQUEST_BLOCKS_DENEB))
    }

    fn updates_by_range(&self, body: &[u8]) -> Result<Cursor, Refusal> {
        let LightClientUpdatesByRangeRequest { start_period, count } = read(body)?;
        if count == 0 {
            return Err(NO_COUNT);
        }
        let count = count.min(MAX_REQUEST_LIGHT_CLIENT_UPDATES);
        let is_held = |period: &u64| self.store.light_client_update(*period).is_some();
        let asked = start_period..start_period.saturating_add(count);
        // From the first that is held, without a gap.
        let periods = asked.skip_while(|period| !is_held(period)).take_while(is_held);
        Ok(Cursor::new(periods.map(Step::Update), Slot(0), count))
    }

    fn inclusion_lists(&self, protocol: Protocol, body: &[u8]) -> Result<Cursor, Refusal> {
        let InclusionListsByIndicesRequest { slot, dependent_root, indices } = read(body)?;
        let (first, _) = self.lifetime(protocol);
        if slot < first.max(Slot(self.slot.0.saturating_sub(1))) {
            return Err(TOO_OLD);
        }
        let lists = self.store.inclusion_lists(slot, dependent_root, &indices);
        Ok(Cursor::new(lists.into_iter().map(Step::Ready), Slot(0), protocol.max_chunks()))
    }

    /// The blocks of a range of slots that the protocol can speak of, and of which the store is sure. A longer range than
    /// a response can hold is cut.
    fn range(&self, protocol: Protocol, start: Slot, count: u64, floor: Slot) -> Result<Vec<BlockPosition>, Refusal> {
        if count == 0 {
            return Err(NO_COUNT);
        }
        let end = start.saturating_add(count.min(MAX_REQUEST_BLOCKS_DENEB));
        let (first, mut last) = self.lifetime(protocol);
        if !protocol.has_context() {
            // Whoever asks for later blocks is to be told so.
            last = end;
        }
        let (start, end) = (start.max(first), end.min(last));
        if start >= end {
            return Ok(Vec::new());
        }
        if end <= floor {
            return Err(TOO_OLD);
        }
        let start = start.max(floor);
        let held_from = self.store.extent(self.genesis_block_root, ColumnSet::EMPTY).map(|extent| extent.blocks_from);
        match held_from {
            // An empty answer says that the slots are empty: we must know it.
            Some(held_from) if start < held_from => Err(NOT_HELD),
            None if start <= self.slot => Err(NOT_HELD),
            _ => Ok(self.store.chain(start..end)),
        }
    }

    /// First slot that has objects of the protocol, which may be older than the protocol itself; first slot after them.
    fn lifetime(&self, protocol: Protocol) -> (Slot, Slot) {
        let start = |is_it: &dyn Fn(&ForkEntry) -> bool| {
            let entry = self.schedule.entries().find(|entry| is_it(entry));
            entry.map_or(Slot(u64::MAX), |entry| self.schedule.start_slot(entry.epoch))
        };
        let has_objects = |entry: &ForkEntry| !self.schedule.chunk_bounds(protocol, Some(entry)).is_empty();
        (start(&has_objects), start(&|entry| entry.fork > protocol.until()))
    }

    /// True if an object without context bytes cannot be of that slot.
    fn is_too_new(&self, protocol: Protocol, slot: Slot) -> bool {
        !protocol.has_context() && slot >= self.lifetime(protocol).1
    }

    /// The first slot whose blocks must be served.
    fn block_floor(&self) -> Slot {
        let churn = match self.schedule.preset() {
            PresetId::Minimal => Churn::MINIMAL,
            _ => Churn::MAINNET,
        };
        let kept = churn.min_epochs_for_block_requests(self.schedule.at_slot(self.slot).fork);
        self.epochs_ago(kept).min(self.schedule.start_slot(self.finalized))
    }

    /// The first slot whose sidecars must be served.
    fn sidecar_floor(&self) -> Slot {
        self.epochs_ago(min_epochs_for_sidecars_requests(self.schedule.preset()))
    }

    fn epochs_ago(&self, epochs: u64) -> Slot {
        self.schedule.start_slot(self.schedule.epoch_of(self.slot).saturating_sub(epochs))
    }

    /// Most blob sidecars in a response.
    fn max_blobs(&self) -> u64 {
        max_request_blob_sidecars(self.schedule.at_slot(self.slot).fork)
    }
}

fn read<T: Decode>(body: &[u8]) -> Result<T, Refusal> {
    T::from_ssz_bytes(body).map_err(|_| MALFORMED)
}

fn roots(body: &[u8]) -> Result<Vec<Root>, Refusal> {
    let (roots, rest) = body.as_chunks::<32>();
    if rest.is_empty() { Ok(roots.iter().map(|root| Root::from(*root)).collect()) } else { Err(MALFORMED) }
}

fn column_set(indices: &[u64]) -> Result<ColumnSet, Refusal> {
    if indices.iter().any(|index| *index >= NUMBER_OF_COLUMNS) {
        return Err(NO_COLUMN);
    }
    Ok(indices.iter().copied().collect())
}

fn one(object: Option<Stored>) -> Result<Cursor, Refusal> {
    object.map(Cursor::of).ok_or(UNKNOWN)
}

fn is_something(step: &Step) -> bool {
    !matches!(step, Step::Blobs(_, indices) | Step::Columns(_, indices) if indices.is_empty())
}
