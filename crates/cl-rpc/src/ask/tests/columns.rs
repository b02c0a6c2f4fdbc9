//! Column sidecars.

use cl_types::containers::{DataColumnSidecar, gloas};
use cl_types::protocol::Object;
use cl_types::{ForkName, Protocol, Root, Slot};
use ssz::Encode;

use super::samples::{as_of, chunk, column, gloas_column, slot};
use super::{answer, lie};
use crate::ask::{Ask, Check, ColumnsByRange, ColumnsByRoot, Lie};
use crate::codec::Chunk;
use crate::test_chain;

fn send(sidecar: &DataColumnSidecar) -> Chunk {
    let slot = sidecar.signed_block_header.message.slot;
    chunk(Protocol::ColumnsByRangeV1, slot, sidecar.as_ssz_bytes())
}

fn send_gloas(sidecar: &gloas::DataColumnSidecar) -> Chunk {
    chunk(Protocol::ColumnsByRangeV1, sidecar.slot, sidecar.as_ssz_bytes())
}

fn columns(places: &[(u64, u64)]) -> Vec<Chunk> {
    places.iter().map(|(n, index)| send(&column(fulu(*n), *index).1)).collect()
}

fn fulu(n: u64) -> Slot {
    slot(ForkName::Fulu, n)
}

fn range() -> ColumnsByRange {
    ColumnsByRange::new(fulu(0), 16, [1, 5, 127])
}

#[test]
fn columns_of_two_forks_are_true() {
    let mut chunks = columns(&[(1, 1), (1, 127), (4, 5)]);
    let gloas = slot(ForkName::Gloas, 2);
    chunks.extend([1, 5].map(|index| send_gloas(&gloas_column(gloas, Root::repeat_byte(8), index))));
    let got = answer(&range(), chunks).unwrap();
    let places: Vec<_> = got.iter().map(|column| (column.slot, column.index)).collect();
    assert_eq!(places, [(fulu(1), 1), (fulu(1), 127), (fulu(4), 5), (gloas, 1), (gloas, 5)]);
    assert_eq!((got[0].block_root, got[4].block_root), (column(fulu(1), 0).0, Root::repeat_byte(8)));
    assert_eq!((got[0].fork, got[4].fork), (ForkName::Fulu, ForkName::Gloas));
}

#[test]
fn columns_of_a_range_are_ordered_by_slot_and_index() {
    assert_eq!(lie(&range(), columns(&[(2, 1), (1, 1)])), Lie::Order { slot: fulu(1) });
    assert_eq!(lie(&range(), columns(&[(2, 5), (2, 1)])), Lie::Order { slot: fulu(2) });
    let root = column(fulu(2), 0).0;
    assert_eq!(lie(&range(), columns(&[(2, 5), (2, 5)])), Lie::Twice { root, index: 5 });
}

#[test]
fn slots_and_columns_must_be_asked_for() {
    let root = column(fulu(2), 0).0;
    assert_eq!(lie(&range(), columns(&[(2, 4)])), Lie::Index { root, index: 4 });
    let ask = ColumnsByRange::new(fulu(3), 2, [1]);
    assert_eq!(lie(&ask, columns(&[(2, 1)])), Lie::Slot(fulu(2)));
    assert_eq!(lie(&ask, columns(&[(5, 1)])), Lie::Slot(fulu(5)));
}

#[test]
fn a_slot_has_one_block() {
    let of =
        |root| send_gloas(&gloas_column(slot(ForkName::Gloas, 1), Root::repeat_byte(root), 1 + u64::from(root) * 4));
    assert_eq!(lie(&range(), [of(0), of(1)]), Lie::TwoBlocks(slot(ForkName::Gloas, 1)));
}

#[test]
fn commitments_must_be_the_blocks_even_after_a_true_column() {
    let mut wrong = column(fulu(2), 5).1;
    wrong.kzg_commitments = [[4; 48], [9; 48]].into_iter().collect();
    assert_eq!(lie(&range(), [send(&wrong)]), Lie::Branch("the commitments"));
    let chunks = [send(&column(fulu(2), 1).1), send(&wrong)];
    assert_eq!(lie(&range(), chunks), Lie::Branch("the commitments"));
    let mut other_branch = column(fulu(2), 5).1;
    other_branch.kzg_commitments_inclusion_proof[3] = Root::ZERO;
    let chunks = [send(&column(fulu(2), 1).1), send(&other_branch)];
    assert_eq!(lie(&range(), chunks), Lie::Branch("the commitments"));
}

#[test]
fn cells_commitments_and_proofs_go_together() {
    let shape = |cells: usize, commitments: usize, proofs: usize| {
        let mut sidecar = column(fulu(2), 5).1;
        sidecar.column = vec![[3; 2048]; cells].into_iter().collect();
        sidecar.kzg_commitments = vec![[4; 48]; commitments].into_iter().collect();
        sidecar.kzg_proofs = vec![[5; 48]; proofs].into_iter().collect();
        lie(&range(), [send(&sidecar)])
    };
    // Nine blobs is the limit before the first entry of the blob schedule.
    for (cells, commitments, proofs) in [(1, 2, 2), (2, 1, 2), (2, 2, 1), (0, 0, 0), (10, 10, 10)] {
        assert_eq!(shape(cells, commitments, proofs), Lie::Shape { cells, commitments, proofs, min: 1, max: 9 });
    }
    let of_gloas = |cells: usize, proofs: usize| {
        let mut sidecar = gloas_column(slot(ForkName::Gloas, 1), Root::ZERO, 5);
        sidecar.column = vec![[3; 2048]; cells].into_iter().collect();
        sidecar.kzg_proofs = vec![[5; 48]; proofs].into_iter().collect();
        answer(&range(), [send_gloas(&sidecar)])
    };
    assert!(of_gloas(9, 9).is_ok());
    for (cells, proofs) in [(1, 2), (0, 0), (10, 10)] {
        assert_eq!(of_gloas(cells, proofs), Err(Lie::Shape { cells, commitments: cells, proofs, min: 1, max: 9 }));
    }
}

#[test]
fn the_limit_is_that_of_the_era() {
    // The blob-parameter fork at epoch 20 allows twelve.
    let at = Slot(160);
    let mut sidecar = gloas_column(at, Root::ZERO, 5);
    sidecar.column = vec![[3; 2048]; 12].into_iter().collect();
    sidecar.kzg_proofs = vec![[5; 48]; 12].into_iter().collect();
    assert!(answer(&ColumnsByRange::new(at, 1, [5]), [send_gloas(&sidecar)]).is_ok());
    sidecar.slot = Slot(159);
    assert!(matches!(lie(&ColumnsByRange::new(Slot(159), 1, [5]), [send_gloas(&sidecar)]), Lie::Shape { max: 9, .. }));
}

#[test]
fn there_are_128_columns() {
    let (root, sidecar) = column(fulu(2), 128);
    assert_eq!(lie(&range(), [send(&sidecar)]), Lie::Index { root, index: 128 });
}

#[test]
fn context_bytes_must_be_those_of_the_slot() {
    let gloas = send_gloas(&gloas_column(slot(ForkName::Gloas, 1), Root::ZERO, 5));
    assert!(matches!(lie(&range(), [as_of(ForkName::Heze, gloas.clone())]), Lie::Context { .. }));
    let found = lie(&range(), [as_of(ForkName::Electra, gloas.clone())]);
    assert!(matches!(found, Lie::Malformed { object: Object::DataColumnSidecar, fork: ForkName::Electra, .. }));
    assert!(matches!(lie(&range(), [as_of(ForkName::Fulu, gloas)]), Lie::Malformed { fork: ForkName::Fulu, .. }));
}

#[test]
fn by_root_only_what_was_asked_for_comes_and_once() {
    let (a, b) = (column(fulu(1), 0).0, column(fulu(2), 0).0);
    let ask = ColumnsByRoot::new([(a, vec![5, 1]), (b, vec![7]), (a, vec![1, 9])]);
    assert_eq!(ask.columns, [(a, vec![5, 1, 9]), (b, vec![7])]);
    assert_eq!(answer(&ask, columns(&[(2, 7), (1, 9), (1, 1), (1, 5)])).unwrap().len(), 4);
    assert_eq!(lie(&ask, columns(&[(2, 7), (2, 7)])), Lie::Twice { root: b, index: 7 });
    assert_eq!(lie(&ask, columns(&[(2, 5)])), Lie::Index { root: b, index: 5 });
    assert_eq!(lie(&ask, columns(&[(3, 5)])), Lie::Root(column(fulu(3), 0).0));
    let mut wrong = column(fulu(1), 5).1;
    wrong.kzg_commitments = [[4; 48], [9; 48]].into_iter().collect();
    assert_eq!(lie(&ask, [send(&wrong)]), Lie::Branch("the commitments"));
}

#[test]
fn what_is_passed_over_is_missing_and_what_is_cut_off_is_not() {
    let missing = |places: &[(u64, u64)]| {
        let mut check = range().check(test_chain());
        columns(places).into_iter().for_each(|chunk| _ = check.chunk(chunk).unwrap());
        check.missing().iter().map(|missing| (missing.column, missing.slot)).collect::<Vec<_>>()
    };
    assert_eq!(missing(&[]), []);
    assert_eq!(missing(&[(1, 1), (1, 5), (1, 127), (4, 1), (4, 5), (4, 127)]), []);
    assert_eq!(missing(&[(1, 1)]), [], "the rest may have been cut off");
    assert_eq!(missing(&[(1, 127)]), [(1, fulu(1)), (5, fulu(1))]);
    assert_eq!(missing(&[(1, 1), (4, 1)]), [(5, fulu(1)), (127, fulu(1))]);
    assert_eq!(missing(&[(1, 5), (4, 5), (4, 127)]), [(1, fulu(4)), (127, fulu(1))]);
}
