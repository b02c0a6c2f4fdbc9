//! A directory that holds records and opens no socket.

use std::collections::BTreeMap;
use std::task::{Context, Poll};

use cl_enr::{NodeId, Record};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use super::{AskError, Directory, Heard};
use crate::error::UpdateError;

/// Most records in an answer, as with discv5.
const MAX_ANSWER: usize = 16;

/// Knows the records it was given and no others; answers questions for each of their nodes at once. For tests, and for
/// networks that are written down.
#[derive(Clone, Debug)]
pub struct Fixed {
    local: Record,
    records: BTreeMap<[u8; 32], Record>,
}

impl Fixed {
    /// A directory of these records, for a node with the record `local`.
    #[must_use]
    pub fn new(local: Record, records: impl IntoIterator<Item = Record>) -> Self {
        Self { local, records: records.into_iter().map(|record| (record.node_id().raw(), record)).collect() }
    }
}

impl Directory for Fixed {
    fn ask(&mut self, record: Record, distances: Vec<u64>) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        let asked = record.node_id().raw();
        if !self.records.contains_key(&asked) {
            return ready(Err(AskError::Silent)).boxed();
        }
        let at = |distance: u64| {
            self.records.values().filter(move |known| log_distance(&known.node_id().raw(), &asked) == distance)
        };
        let answer = distances.into_iter().flat_map(at).take(MAX_ANSWER).cloned().collect();
        ready(Ok(answer)).boxed()
    }

    fn lookup(&mut self, target: NodeId) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        let target = target.raw();
        let mut nearest: Vec<&Record> = self.records.values().collect();
        nearest.sort_by_key(|record| xor(&record.node_id().raw(), &target));
        let answer = nearest.into_iter().take(MAX_ANSWER).cloned().collect();
        ready(Ok(answer)).boxed()
    }

    fn add(&mut self, _: &Record) -> bool {
        true
    }

    fn table_len(&self) -> usize {
        self.records.len()
    }

    fn local_record(&self) -> Record {
        self.local.clone()
    }

    fn update(&mut self, record: &Record) -> Result<(), UpdateError> {
        if record.node_id() != self.local.node_id() {
            return Err(UpdateError::NotOurs);
        }
        if record.seq() < self.local.seq() {
            return Err(UpdateError::NotNewer { seq: record.seq(), served: self.local.seq() });
        }
        self.local = record.clone();
        Ok(())
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Option<Heard>> {
        Poll::Pending
    }
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut distance = *a;
    distance.iter_mut().zip(b).for_each(|(x, y)| *x ^= y);
    distance
}

/// discv5's log distance of two ids: 256 if the highest bits differ, 0 if they are the same.
pub(crate) fn log_distance(a: &[u8; 32], b: &[u8; 32]) -> u64 {
    let mut high_zeros = 0;
    for byte in xor(a, b) {
        high_zeros += u64::from(byte.leading_zeros());
        if byte != 0 {
            break;
        }
    }
    256 - high_zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_from_the_highest_bit() {
        let id = |first: u8, last: u8| {
            let mut id = [0; 32];
            (id[0], id[31]) = (first, last);
            id
        };
        assert_eq!(log_distance(&id(0, 0), &id(0x80, 0)), 256);
        assert_eq!(log_distance(&id(0, 0), &id(1, 0)), 249);
        assert_eq!(log_distance(&id(0, 0), &id(0, 1)), 1);
        assert_eq!(log_distance(&id(7, 7), &id(7, 7)), 0);
    }
}
