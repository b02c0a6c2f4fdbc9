//! Inclusion lists (since Heze).

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::heze::SignedInclusionList;
use cl_types::containers::{InclusionListsByIndicesRequest, ValidatorIndex};
use cl_types::protocol::Object;
use cl_types::{DecodeShared, ForkName, ForkSchedule, Method, Root, Slot};
use ssz::{BitVector, DecodeError, Encode};

use super::{Ask, Check, Lie, rules};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// `INCLUSION_LIST_COMMITTEE_SIZE`.
const COMMITTEE_SIZE: u64 = 16;

/// An inclusion list that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InclusionList {
    /// Its fork.
    pub fork: ForkName,
    /// Its slot.
    pub slot: Slot,
    /// The block that decides who is a member.
    pub dependent_root: Root,
    /// Its author. Whether that is one of the members that were asked for takes the committee to know.
    pub validator_index: ValidatorIndex,
    /// The `SignedInclusionList`. The signature is not checked.
    pub ssz: Bytes,
}

/// Inclusion lists of a slot, by the places of their authors in the committee.
///
/// Checked: slot and dependent root, one list for each author, no more lists than places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionListsByIndices {
    /// The slot.
    pub slot: Slot,
    /// The block that decides who is a member.
    pub dependent_root: Root,
    /// Places in the committee, below 16.
    pub indices: Vec<u64>,
}

impl InclusionListsByIndices {
    /// The lists of these members. What is named twice is asked for once.
    #[must_use]
    pub fn new(slot: Slot, dependent_root: Root, indices: impl IntoIterator<Item = u64>) -> Self {
        Self { slot, dependent_root, indices: rules::without_doubles(indices) }
    }
}

impl Ask for InclusionListsByIndices {
    type Item = InclusionList;
    type Check = InclusionListsByIndicesCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.indices.len() as u64, COMMITTEE_SIZE)?;
        let mut indices = BitVector::default();
        for index in self.indices.iter().copied() {
            let set = usize::try_from(index).map(|place| indices.set(place, true));
            if !matches!(set, Ok(Ok(()))) {
                return Err(BuildError::Index { index, limit: COMMITTEE_SIZE });
            }
        }
        let body = InclusionListsByIndicesRequest { slot: self.slot, dependent_root: self.dependent_root, indices };
        Request::same_for_all(Method::InclusionListsByIndices, count, body.as_ssz_bytes()).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> InclusionListsByIndicesCheck {
        InclusionListsByIndicesCheck {
            schedule,
            slot: self.slot,
            dependent_root: self.dependent_root,
            authors: HashSet::new(),
        }
    }
}

/// Checks the answer to [`InclusionListsByIndices`].
#[derive(Debug)]
pub struct InclusionListsByIndicesCheck {
    schedule: Arc<ForkSchedule>,
    slot: Slot,
    dependent_root: Root,
    authors: HashSet<ValidatorIndex>,
}

impl Check for InclusionListsByIndicesCheck {
    type Item = InclusionList;

    fn chunk(&mut self, chunk: Chunk) -> Result<InclusionList, Lie> {
        let fork = rules::fork_of(&chunk);
        let malformed = || rules::malformed(Object::SignedInclusionList, &chunk);
        if fork < chunk.protocol.since() {
            return Err(malformed()(DecodeError::NoMatchingVariant.into()));
        }
        let list = SignedInclusionList::from_ssz(&chunk.ssz).map_err(malformed())?.message;
        rules::check_context(&self.schedule, &chunk, list.slot)?;
        let (slot, root, validator_index) = (list.slot, list.dependent_root, list.validator_index);
        if slot != self.slot {
            return Err(Lie::Slot(slot));
        }
        if root != self.dependent_root {
            return Err(Lie::Root(root));
        }
        if !self.authors.insert(validator_index) {
            return Err(Lie::Twice { root, index: validator_index });
        }
        Ok(InclusionList { fork, slot, dependent_root: root, validator_index, ssz: chunk.ssz })
    }
}
