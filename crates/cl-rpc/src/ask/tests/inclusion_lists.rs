//! Inclusion lists.

use cl_types::protocol::Object;
use cl_types::{ForkName, Root, Slot};

use super::samples::{as_of, inclusion_list, slot};
use super::{answer, lie};
use crate::ask::{InclusionListsByIndices, Lie};

fn heze() -> Slot {
    slot(ForkName::Heze, 1)
}

fn ask() -> InclusionListsByIndices {
    InclusionListsByIndices::new(heze(), Root::repeat_byte(1), 0..3)
}

#[test]
fn one_list_of_each_author_is_true() {
    let lists = [700, 5, 99].map(|author| inclusion_list(heze(), Root::repeat_byte(1), author));
    let got = answer(&ask(), lists).unwrap();
    assert_eq!(got.iter().map(|list| list.validator_index).collect::<Vec<_>>(), [700, 5, 99]);
    assert!(got.iter().all(|list| list.fork == ForkName::Heze && list.slot == heze()));
}

#[test]
fn another_slot_another_chain_and_a_second_list_are_lies() {
    let (root, other) = (Root::repeat_byte(1), Root::repeat_byte(2));
    let next = heze().saturating_add(1);
    assert_eq!(lie(&ask(), [inclusion_list(next, root, 1)]), Lie::Slot(next));
    assert_eq!(lie(&ask(), [inclusion_list(heze(), other, 1)]), Lie::Root(other));
    let twice = [inclusion_list(heze(), root, 1), inclusion_list(heze(), root, 1)];
    assert_eq!(lie(&ask(), twice), Lie::Twice { root, index: 1 });
}

#[test]
fn there_are_none_before_heze() {
    let list = inclusion_list(heze(), Root::repeat_byte(1), 1);
    let found = lie(&ask(), [as_of(ForkName::Gloas, list)]);
    assert!(matches!(found, Lie::Malformed { object: Object::SignedInclusionList, fork: ForkName::Gloas, .. }));
    let early = inclusion_list(slot(ForkName::Gloas, 1), Root::repeat_byte(1), 1);
    assert!(matches!(lie(&ask(), [as_of(ForkName::Heze, early)]), Lie::Context { .. }));
}
