//! Data column sidecars (since Fulu).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::any::DataColumnSidecar;
use cl_types::containers::{ColumnsByRangeRequest, DataColumnsByRootIdentifier, fulu};
use cl_types::custody::NUMBER_OF_COLUMNS;
use cl_types::protocol::{MAX_REQUEST_BLOCKS_DENEB, Object};
use cl_types::{ForkName, ForkSchedule, Method, Root, Slot};
use ssz::Encode;

use super::rules::{self, Asked, Ordered};
use super::{Ask, Check, Lie};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// A column sidecar that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Which container `ssz` holds.
    pub fork: ForkName,
    /// Slot of its block. Since Gloas only the sidecar says so.
    pub slot: Slot,
    /// Root of its block. Since Gloas only the sidecar says so.
    pub block_root: Root,
    /// The column, 0 to 127.
    pub index: u64,
    /// The `DataColumnSidecar`. In Fulu its commitments are proven to be the block's; whether the cells fit to the
    /// commitments is not checked, nor is the signature of the header.
    pub ssz: Bytes,
}

/// A column that was asked for and left out, though its block has columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingColumn {
    /// The column, 0 to 127.
    pub column: u64,
    /// Slot of the block, the last one if it is missing of several.
    pub slot: Slot,
}

/// Columns of the blocks of consecutive slots.
///
/// Checked: slots within the range, order by slot and index, indices asked for, one block for each slot, inclusion proofs
/// (Fulu), as many cells as commitments and proofs, at least one and no more than the era allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnsByRange {
    /// The first slot.
    pub start: Slot,
    /// How many slots. One request asks for the first 128 at most; [`Self::split`] makes several.
    pub count: u64,
    /// The columns, below 128.
    pub columns: Vec<u64>,
}

impl ColumnsByRange {
    /// These columns of the blocks in `[start, start + count)`. Columns that are named twice are asked for once.
    #[must_use]
    pub fn new(start: Slot, count: u64, columns: impl IntoIterator<Item = u64>) -> Self {
        Self { start, count, columns: rules::without_doubles(columns) }
    }

    /// Requests of at most 128 slots each that cover the range.
    pub fn split(&self) -> impl Iterator<Item = Self> {
        let columns = self.columns.clone();
        rules::split(self.start, self.count).map(move |(start, count)| Self { start, count, columns: columns.clone() })
    }
}

impl Ask for ColumnsByRange {
    type Item = Column;
    type Check = ColumnsByRangeCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        check_indices(&self.columns)?;
        let count = rules::count_of(self.count.min(MAX_REQUEST_BLOCKS_DENEB), MAX_REQUEST_BLOCKS_DENEB)?;
        let width = rules::count_of(self.columns.len() as u64, NUMBER_OF_COLUMNS)?;
        let columns = self.columns.clone().try_into().map_err(|_| BuildError::Nothing)?;
        let body = ColumnsByRangeRequest { start_slot: self.start, count, columns }.as_ssz_bytes();
        Request::same_for_all(Method::ColumnsByRange, count.saturating_mul(width), body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> ColumnsByRangeCheck {
        ColumnsByRangeCheck {
            reader: Reader::new(schedule),
            order: Ordered::new(rules::slots(self.start, self.count)),
            columns: self.columns.iter().copied().collect(),
            last: None,
            missing: BTreeMap::new(),
        }
    }
}

/// Checks the answer to [`ColumnsByRange`].
#[derive(Debug)]
pub struct ColumnsByRangeCheck {
    reader: Reader,
    order: Ordered,
    columns: BTreeSet<u64>,
    /// Slot and index of the column that came last.
    last: Option<(Slot, u64)>,
    /// By column, the slot of the last block of which it was left out.
    missing: BTreeMap<u64, Slot>,
}

impl ColumnsByRangeCheck {
    /// Notes what was passed over. Order tells: what comes before the newest column of a block, or belongs to a block before
    /// that, does not come any more. What follows it may still be cut off.
    fn pass_over(&mut self, column: &Column) {
        let mut skip = |slot, columns: &mut dyn Iterator<Item = &u64>| {
            columns.for_each(|column| _ = self.missing.insert(*column, slot));
        };
        match self.last {
            Some((slot, before)) if slot == column.slot => {
                skip(slot, &mut self.columns.range(before.saturating_add(1)..column.index));
            }
            other => {
                if let Some((slot, before)) = other {
                    skip(slot, &mut self.columns.range(before.saturating_add(1)..));
                }
                skip(column.slot, &mut self.columns.range(..column.index));
            }
        }
        self.last = Some((column.slot, column.index));
    }
}

impl Check for ColumnsByRangeCheck {
    type Item = Column;

    fn chunk(&mut self, chunk: Chunk) -> Result<Column, Lie> {
        let (column, sidecar) = self.reader.read(&chunk)?;
        if !self.columns.contains(&column.index) {
            return Err(Lie::Index { root: column.block_root, index: column.index });
        }
        self.order.take(column.slot, column.block_root, column.index)?;
        self.reader.prove(sidecar)?;
        self.pass_over(&column);
        Ok(column)
    }

    fn missing(&self) -> Vec<MissingColumn> {
        self.missing.iter().map(|(column, slot)| MissingColumn { column: *column, slot: *slot }).collect()
    }
}

/// Columns by the roots of their blocks.
///
/// Checked: each was asked for, none comes twice, inclusion proofs (Fulu), as many cells as commitments and proofs, at
/// least one and no more than the era allows. There is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnsByRoot {
    /// At most 128 blocks, each with columns below 128.
    pub columns: Vec<(Root, Vec<u64>)>,
}

impl ColumnsByRoot {
    /// These columns of these blocks. What is named twice is asked for once.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = (Root, Vec<u64>)>) -> Self {
        let mut places = HashMap::new();
        let mut blocks: Vec<(Root, Vec<u64>)> = Vec::new();
        for (root, columns) in columns {
            let place = *places.entry(root).or_insert(blocks.len());
            match blocks.get_mut(place) {
                Some((_, known)) => known.extend(columns),
                None => blocks.push((root, columns)),
            }
        }
        for (_, columns) in &mut blocks {
            *columns = rules::without_doubles(columns.iter().copied());
        }
        Self { columns: blocks }
    }

    /// Requests of at most 128 blocks each that ask for all.
    pub fn split(&self) -> impl Iterator<Item = Self> {
        self.columns.chunks(128).map(|columns| Self { columns: columns.to_vec() })
    }

    fn keys(&self) -> impl Iterator<Item = (Root, u64)> {
        self.columns.iter().flat_map(|(root, columns)| columns.iter().map(|column| (*root, *column)))
    }
}

impl Ask for ColumnsByRoot {
    type Item = Column;
    type Check = ColumnsByRootCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        rules::count_of(self.columns.len() as u64, MAX_REQUEST_BLOCKS_DENEB)?;
        let count = rules::count_of(self.keys().count() as u64, u64::MAX)?;
        let mut identifiers = Vec::new();
        for (block_root, columns) in &self.columns {
            check_indices(columns)?;
            let columns = columns.clone().try_into().map_err(|_| BuildError::Nothing)?;
            identifiers.push(DataColumnsByRootIdentifier { block_root: *block_root, columns });
        }
        let body = identifiers.as_ssz_bytes();
        Request::same_for_all(Method::ColumnsByRoot, count, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> ColumnsByRootCheck {
        ColumnsByRootCheck { reader: Reader::new(schedule), asked: Asked::new(self.keys()) }
    }
}

/// Checks the answer to [`ColumnsByRoot`].
#[derive(Debug)]
pub struct ColumnsByRootCheck {
    reader: Reader,
    asked: Asked,
}

impl Check for ColumnsByRootCheck {
    type Item = Column;

    fn chunk(&mut self, chunk: Chunk) -> Result<Column, Lie> {
        let (column, sidecar) = self.reader.read(&chunk)?;
        self.asked.take(column.block_root, column.index)?;
        self.reader.prove(sidecar)?;
        Ok(column)
    }
}

fn check_indices(columns: &[u64]) -> Result<(), BuildError> {
    match columns.iter().copied().find(|column| *column >= NUMBER_OF_COLUMNS) {
        Some(index) => Err(BuildError::Index { index, limit: NUMBER_OF_COLUMNS }),
        None => Ok(()),
    }
}

/// Decodes columns. Remembers what it has proven last: all columns of a block carry the same proof.
#[derive(Debug)]
struct Reader {
    schedule: Arc<ForkSchedule>,
    proven: Option<fulu::DataColumnSidecar>,
}

impl Reader {
    const fn new(schedule: Arc<ForkSchedule>) -> Self {
        Self { schedule, proven: None }
    }

    /// Decodes, with the right context bytes and shape.
    fn read(&self, chunk: &Chunk) -> Result<(Column, DataColumnSidecar), Lie> {
        let fork = rules::fork_of(chunk);
        let sidecar = DataColumnSidecar::from_ssz_shared(fork, &chunk.ssz)
            .map_err(rules::malformed(Object::DataColumnSidecar, chunk))?;
        let slot = sidecar.slot();
        rules::check_context(&self.schedule, chunk, slot)?;
        let (block_root, index) = (sidecar.block_root(), sidecar.index());
        if index >= NUMBER_OF_COLUMNS {
            return Err(Lie::Index { root: block_root, index });
        }
        let (cells, proofs) = (sidecar.column().len(), sidecar.kzg_proofs().len());
        let commitments = sidecar.kzg_commitments().map_or(cells, |commitments| commitments.len());
        let max = self.schedule.max_blobs(self.schedule.at_slot(slot));
        if cells != commitments || cells != proofs || cells == 0 || cells as u64 > max {
            return Err(Lie::Shape { cells, commitments, proofs, min: 1, max });
        }
        Ok((Column { fork, slot, block_root, index, ssz: chunk.ssz.clone() }, sidecar))
    }

    fn prove(&mut self, sidecar: DataColumnSidecar) -> Result<(), Lie> {
        // Since Gloas a column carries no commitments, and so no proof that they are the block's.
        let DataColumnSidecar::Fulu(sidecar) = sidecar else { return Ok(()) };
        let again = self.proven.as_ref().is_some_and(|proven| {
            proven.signed_block_header.message == sidecar.signed_block_header.message
                && proven.kzg_commitments == sidecar.kzg_commitments
                && proven.kzg_commitments_inclusion_proof == sidecar.kzg_commitments_inclusion_proof
        });
        if !again {
            if !sidecar.verify_inclusion_proof() {
                return Err(Lie::Branch("the commitments"));
            }
            self.proven = Some(sidecar);
        }
        Ok(())
    }
}
