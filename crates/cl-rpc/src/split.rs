//! Requests in parts.

use bytes::Bytes;
use cl_types::Method;
use cl_types::containers::{BlobsByRangeRequest, BlocksByHeadRequest, BlocksByRangeRequest, ColumnsByRangeRequest};
use cl_types::containers::{ColumnsByRootRequest, EnvelopesByRangeRequest, LightClientUpdatesByRangeRequest};
use ssz::{Decode, Encode};

use crate::request::Request;

/// Bytes of a root, and of the identifier of a blob.
const ROOT: usize = 32;
const BLOB_IDENTIFIER: usize = 40;

/// A request that still has to be sent, wholly or from some point on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) request: Request,
    /// The chunks that it may be answered with, as a responder would count them.
    pub(crate) cost: u64,
}

/// The beginning of a request, and the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) first: Part,
    /// Absent where what follows depends on the answer: then the whole answer is short, which is legal.
    pub(crate) rest: Option<Part>,
}

impl From<Request> for Part {
    fn from(request: Request) -> Self {
        Self { cost: request.max_chunks(), request }
    }
}

impl Part {
    /// True if an answer with fewer chunks than asked for may be followed by the rest all the same: the parts have no
    /// order. Otherwise a gap must not be hidden, unless there was nothing at all.
    pub(crate) fn is_a_list(&self) -> bool {
        matches!(
            self.request.method(),
            Method::BlocksByRoot | Method::BlobsByRoot | Method::ColumnsByRoot | Method::EnvelopesByRoot
        )
    }

    /// Cuts it so that the beginning costs at most `most`, or as little as possible. `None` if it is small enough, or
    /// cannot be cut.
    pub(crate) fn cut(&self, most: u64) -> Option<Cut> {
        if self.cost <= most {
            return None;
        }
        match self.request.method() {
            Method::BlocksByRange => {
                self.cut_range(most, 1, |body: &mut BlocksByRangeRequest| (&mut body.start_slot.0, &mut body.count))
            }
            Method::EnvelopesByRange => {
                self.cut_range(most, 1, |body: &mut EnvelopesByRangeRequest| (&mut body.start_slot.0, &mut body.count))
            }
            Method::LightClientUpdatesByRange => {
                self.cut_range(most, 1, |body: &mut LightClientUpdatesByRangeRequest| {
                    (&mut body.start_period, &mut body.count)
                })
            }
            Method::ColumnsByRange => {
                let columns = ColumnsByRangeRequest::from_ssz_bytes(self.body()).ok()?.columns.len();
                let columns = u64::try_from(columns).ok()?.max(1);
                self.cut_range(most, columns, |body: &mut ColumnsByRangeRequest| {
                    (&mut body.start_slot.0, &mut body.count)
                })
            }
            // How many blobs a block has is not known here: each part may be answered with as many as the whole.
            Method::BlobsByRange => {
                self.cut_range(most, 0, |body: &mut BlobsByRangeRequest| (&mut body.start_slot.0, &mut body.count))
            }
            Method::BlocksByHead => {
                let mut body = BlocksByHeadRequest::from_ssz_bytes(self.body()).ok()?;
                body.count = most.max(1).min(body.count);
                let first = self.part(body.count, body.count, |_| body.as_ssz_bytes().into())?;
                Some(Cut { first, rest: None })
            }
            Method::BlocksByRoot | Method::EnvelopesByRoot => self.cut_list(most, ROOT),
            Method::BlobsByRoot => self.cut_list(most, BLOB_IDENTIFIER),
            Method::ColumnsByRoot => self.cut_columns(most),
            _ => None,
        }
    }

    fn body(&self) -> &[u8] {
        self.request.protocols().next().and_then(|protocol| self.request.body(protocol)).map_or(&[], |body| body)
    }

    /// The same request with other bodies.
    fn part(&self, cost: u64, max_chunks: u64, body: impl Fn(&[u8]) -> Bytes) -> Option<Self> {
        let bodies = self.request.protocols().filter_map(|p| Some((p, body(self.request.body(p)?)))).collect();
        Some(Self { request: Request::new(bodies, max_chunks).ok()?, cost })
    }

    /// Cuts a range. `each` is how many chunks a slot may have; 0 if that is not known.
    fn cut_range<T: Decode + Encode>(
        &self,
        most: u64,
        each: u64,
        fields: impl Fn(&mut T) -> (&mut u64, &mut u64),
    ) -> Option<Cut> {
        let mut body = T::from_ssz_bytes(self.body()).ok()?;
        let count = *fields(&mut body).1;
        // A slot of an average cost.
        let slots = u64::try_from(u128::from(count) * u128::from(most) / u128::from(self.cost.max(1))).ok()?.max(1);
        if slots >= count {
            return None;
        }
        let part = |skip: u64, count: u64| {
            let cost = self.cost_of(skip, count, *fields(&mut T::from_ssz_bytes(self.body()).ok()?).1);
            let max_chunks = match each {
                0 => self.request.max_chunks(),
                each => count.saturating_mul(each).min(self.request.max_chunks()),
            };
            self.part(cost, max_chunks, |whole| {
                let Ok(mut body) = T::from_ssz_bytes(whole) else { return Bytes::new() };
                let (start, counted) = fields(&mut body);
                *start = start.saturating_add(skip);
                *counted = count;
                body.as_ssz_bytes().into()
            })
        };
        Some(Cut { first: part(0, slots)?, rest: Some(part(slots, count - slots)?) })
    }

    /// The cost of `count` of `all` slots behind `skip`, so that parts add up to the whole.
    fn cost_of(&self, skip: u64, count: u64, all: u64) -> u64 {
        let until = |slots: u64| u128::from(self.cost) * u128::from(slots) / u128::from(all.max(1));
        u64::try_from(until(skip.saturating_add(count)) - until(skip)).unwrap_or(u64::MAX).max(1)
    }

    /// Cuts a list of things that cost one chunk each.
    fn cut_list(&self, most: u64, size: usize) -> Option<Cut> {
        let kept = usize::try_from(most.max(1)).ok()?;
        let part = |range: fn(&[u8], usize) -> Option<&[u8]>, cost: u64| {
            self.part(cost, cost, |whole| Bytes::copy_from_slice(range(whole, kept * size).unwrap_or_default()))
        };
        let left = self.cost.checked_sub(most.max(1)).filter(|left| *left > 0)?;
        Some(Cut {
            first: part(|all, at| all.get(..at), most.max(1))?,
            rest: Some(part(|all, at| all.get(at..), left)?),
        })
    }

    /// Cuts a list of blocks with columns of each.
    fn cut_columns(&self, most: u64) -> Option<Cut> {
        let all = ColumnsByRootRequest::from_ssz_bytes(self.body()).ok()?;
        let cost = |n: usize| {
            u64::try_from(all.iter().take(n).map(|block| block.columns.len()).sum::<usize>()).unwrap_or(u64::MAX)
        };
        let kept = (1..=all.len()).take_while(|n| cost(*n) <= most).last().unwrap_or(1);
        let part = |blocks: &[_], cost: u64| {
            let list = ColumnsByRootRequest::new(blocks.to_vec()).ok()?;
            self.part(cost, cost, |_| list.as_ssz_bytes().into())
        };
        let (first, rest) = all.split_at_checked(kept).filter(|(_, rest)| !rest.is_empty())?;
        Some(Cut { first: part(first, cost(kept))?, rest: Some(part(rest, self.cost.checked_sub(cost(kept))?)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cl_types::{Protocol, Root, Slot};

    fn range(part: &Part) -> (u64, u64, u64) {
        let body = BlocksByRangeRequest::from_ssz_bytes(part.body()).unwrap();
        (body.start_slot.0, body.count, part.request.max_chunks())
    }

    #[test]
    fn a_range_is_cut_into_ranges_that_add_up() {
        let whole = Part::from(Request::blocks_by_range(Slot(100), 100).unwrap());
        assert_eq!(whole.cut(100), None);
        let Cut { first, rest: Some(rest) } = whole.cut(30).unwrap() else { panic!() };
        assert_eq!((range(&first), first.cost), ((100, 30, 30), 30));
        assert_eq!((range(&rest), rest.cost), ((130, 70, 70), 70));
        assert_eq!(range(&rest.cut(0).unwrap().first), (130, 1, 1));
        // All versions are cut alike.
        assert_eq!(rest.request.body(Protocol::BlocksByRangeV1), rest.request.body(Protocol::BlocksByRangeV2));
    }

    #[test]
    fn a_list_of_roots_is_cut_between_roots() {
        let roots: Vec<_> = (0..10).map(Root::repeat_byte).collect();
        let whole = Part::from(Request::blocks_by_root(&roots).unwrap());
        let Cut { first, rest: Some(rest) } = whole.cut(4).unwrap() else { panic!() };
        assert_eq!(first.body(), roots[..4].concat());
        assert_eq!(rest.body(), roots[4..].concat());
        assert_eq!((first.cost, rest.cost, rest.request.max_chunks()), (4, 6, 6));
    }

    fn columns_by_range(start: u64, count: u64, columns: u64) -> Part {
        let body = ColumnsByRangeRequest {
            start_slot: Slot(start),
            count,
            columns: (0..columns).collect::<Vec<_>>().try_into().unwrap(),
        };
        Part::from(
            Request::new(vec![(Protocol::ColumnsByRangeV1, body.as_ssz_bytes().into())], count * columns).unwrap(),
        )
    }

    #[test]
    fn columns_are_cut_between_slots() {
        let Cut { first, rest: Some(rest) } = columns_by_range(5, 10, 8).cut(50).unwrap() else { panic!() };
        assert_eq!((first.cost, first.request.max_chunks()), (48, 48));
        assert_eq!(rest, columns_by_range(11, 4, 8));
        // Not finer than a slot.
        assert_eq!(columns_by_range(5, 2, 8).cut(1).unwrap().first, columns_by_range(5, 1, 8));
        assert_eq!(columns_by_range(5, 1, 8).cut(1), None);
    }

    #[test]
    fn columns_by_root_are_cut_between_blocks() {
        let block = |fill, columns: u64| cl_types::containers::fulu::DataColumnsByRootIdentifier {
            block_root: Root::repeat_byte(fill),
            columns: (0..columns).collect::<Vec<_>>().try_into().unwrap(),
        };
        let request = |blocks: Vec<_>, cost| {
            let body = ColumnsByRootRequest::new(blocks).unwrap().as_ssz_bytes().into();
            Part::from(Request::new(vec![(Protocol::ColumnsByRootV1, body)], cost).unwrap())
        };
        let whole = request(vec![block(1, 3), block(2, 5), block(3, 1)], 9);
        let cut = whole.cut(8).unwrap();
        assert_eq!(cut.first, request(vec![block(1, 3), block(2, 5)], 8));
        assert_eq!(cut.rest, Some(request(vec![block(3, 1)], 1)));
        assert_eq!(whole.cut(1).unwrap().first, request(vec![block(1, 3)], 3));
    }

    #[test]
    fn a_part_of_blobs_may_be_answered_with_as_many_as_the_whole() {
        let body = BlobsByRangeRequest { start_slot: Slot(7), count: 10 }.as_ssz_bytes().into();
        let whole = Part::from(Request::new(vec![(Protocol::BlobsByRangeV1, body)], 90).unwrap());
        let Cut { first, rest: Some(rest) } = whole.cut(18).unwrap() else { panic!() };
        assert_eq!((first.cost, first.request.max_chunks()), (18, 90));
        assert_eq!(rest.cost, 72);
        let body = BlobsByRangeRequest::from_ssz_bytes(rest.body()).unwrap();
        assert_eq!((body.start_slot, body.count), (Slot(9), 8));
    }

    #[test]
    fn by_head_only_the_beginning_can_be_asked_for() {
        let body = BlocksByHeadRequest { beacon_root: Root::repeat_byte(1), count: 64 };
        let request = |count| {
            let body = BlocksByHeadRequest { count, ..body }.as_ssz_bytes().into();
            Part::from(Request::new(vec![(Protocol::BlocksByHeadV1, body)], count).unwrap())
        };
        assert_eq!(request(64).cut(16), Some(Cut { first: request(16), rest: None }));
    }

    #[test]
    fn what_has_one_answer_is_not_cut() {
        assert_eq!(Part::from(Request::ping(1)).cut(0), None);
    }
}
