//! Light client objects.

use std::collections::BTreeMap;

use cl_types::containers::any::{
    LightClientBootstrap as AnyBootstrap, LightClientFinalityUpdate as AnyFinality,
    LightClientOptimisticUpdate as AnyOptimistic, LightClientUpdate as AnyUpdate,
};
use cl_types::containers::{BeaconBlockHeader, SyncCommittee};
use cl_types::protocol::Object;
use cl_types::{ForkName, Minimal, Protocol, Root, Slot, on_fork};
use tree_hash::TreeHash;

use super::samples::{as_of, chunk, root_above, slot};
use super::{answer, lie};
use crate::ask::{
    Lie, LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdatesByRange,
};
use crate::codec::Chunk;

const FORKS: [ForkName; 8] = [
    ForkName::Altair,
    ForkName::Bellatrix,
    ForkName::Capella,
    ForkName::Deneb,
    ForkName::Electra,
    ForkName::Fulu,
    ForkName::Gloas,
    ForkName::Heze,
];

/// A state of which only a few nodes are known, by generalized index; the others are made up.
struct State(BTreeMap<u64, Root>);

impl State {
    fn node(&self, index: u64) -> Root {
        if let Some(node) = self.0.get(&index) {
            return *node;
        }
        let is_above = |known: &u64| (1..64).any(|levels| known >> levels == index);
        if self.0.keys().any(is_above) {
            root_above(self.node(2 * index), &[self.node(2 * index + 1)], 0)
        } else {
            Root::repeat_byte(index.to_le_bytes()[0])
        }
    }

    fn branch(&self, index: u64) -> Vec<Root> {
        (0..index.ilog2()).map(|level| self.node((index >> level) ^ 1)).collect()
    }
}

/// Generalized indices of the finalized root and of the two committees.
fn places(fork: ForkName) -> (u64, u64, u64) {
    match fork {
        ForkName::Gloas | ForkName::Heze => (735, 2945, 2946),
        ForkName::Electra | ForkName::Fulu => (169, 86, 87),
        _ => (105, 54, 55),
    }
}

fn committee() -> SyncCommittee<Minimal> {
    SyncCommittee { aggregate_pubkey: [1; 48].into(), ..Default::default() }
}

fn header(slot: Slot, state_root: Root) -> BeaconBlockHeader {
    BeaconBlockHeader { slot, state_root, ..Default::default() }
}

macro_rules! default_of {
    ($any:ident, $fork:expr) => {
        match $fork {
            ForkName::Phase0 => unreachable!(),
            ForkName::Altair => $any::<Minimal>::Altair(Default::default()),
            ForkName::Bellatrix => $any::Bellatrix(Default::default()),
            ForkName::Capella => $any::Capella(Default::default()),
            ForkName::Deneb => $any::Deneb(Default::default()),
            ForkName::Electra => $any::Electra(Default::default()),
            ForkName::Fulu => $any::Fulu(Default::default()),
            ForkName::Gloas => $any::Gloas(Default::default()),
            ForkName::Heze => $any::Heze(Default::default()),
        }
    };
}

/// What is wrong with an update.
#[derive(Clone, Copy, Default, PartialEq)]
enum Wrong {
    #[default]
    Nothing,
    Committee,
    Finalized,
    NoCommittee,
    Signature,
}

fn bootstrap(fork: ForkName, at: Slot, wrong: Wrong) -> (Root, Chunk) {
    let mut any = default_of!(AnyBootstrap, fork);
    let state = State([(places(fork).1, committee().tree_hash_root())].into());
    let header = header(at, state.node(1));
    on_fork!(LightClientBootstrap since Altair, &mut any, it => {
        it.header.beacon = header.clone();
        if wrong != Wrong::Committee {
            it.current_sync_committee = committee();
        }
        it.current_sync_committee_branch = state.branch(places(fork).1).try_into().unwrap();
    });
    (header.tree_hash_root(), chunk(Protocol::LightClientBootstrapV1, at, any.as_ssz_bytes()))
}

/// A state with a finalized block and a next committee.
fn state(fork: ForkName, finalized: &BeaconBlockHeader) -> State {
    let (at, _, next) = places(fork);
    State([(at, finalized.tree_hash_root()), (next, committee().tree_hash_root())].into())
}

fn update(fork: ForkName, at: Slot, wrong: Wrong) -> Chunk {
    let mut any = default_of!(AnyUpdate, fork);
    let finalized = header(at.saturating_sub(2), Root::ZERO);
    let state = state(fork, &finalized);
    on_fork!(LightClientUpdate since Altair, &mut any, it => {
        it.attested_header.beacon = header(at, state.node(1));
        it.signature_slot = at.saturating_add(u64::from(wrong != Wrong::Signature));
        it.finalized_header.beacon = finalized;
        it.finality_branch = state.branch(places(fork).0).try_into().unwrap();
        if wrong == Wrong::Finalized {
            it.finalized_header.beacon.proposer_index = 7;
        }
        if wrong != Wrong::Committee {
            it.next_sync_committee = committee();
        }
        if wrong != Wrong::NoCommittee {
            it.next_sync_committee_branch = state.branch(places(fork).2).try_into().unwrap();
        }
    });
    chunk(Protocol::LightClientUpdatesByRangeV1, at, any.as_ssz_bytes())
}

fn finality(fork: ForkName, at: Slot, wrong: Wrong) -> Chunk {
    let mut any = default_of!(AnyFinality, fork);
    let finalized = header(at.saturating_sub(2), Root::ZERO);
    let state = state(fork, &finalized);
    on_fork!(LightClientFinalityUpdate since Altair, &mut any, it => {
        it.attested_header.beacon = header(at, state.node(1));
        it.signature_slot = at.saturating_add(u64::from(wrong != Wrong::Signature));
        it.finalized_header.beacon = finalized;
        if wrong == Wrong::Finalized {
            it.finalized_header.beacon.proposer_index = 7;
        }
        it.finality_branch = state.branch(places(fork).0).try_into().unwrap();
    });
    chunk(Protocol::LightClientFinalityUpdateV1, at, any.as_ssz_bytes())
}

fn optimistic(fork: ForkName, at: Slot, wrong: Wrong) -> Chunk {
    let mut any = default_of!(AnyOptimistic, fork);
    on_fork!(LightClientOptimisticUpdate since Altair, &mut any, it => {
        it.attested_header.beacon = header(at, Root::ZERO);
        it.signature_slot = at.saturating_add(u64::from(wrong != Wrong::Signature));
    });
    chunk(Protocol::LightClientOptimisticUpdateV1, at, any.as_ssz_bytes())
}

#[test]
fn a_bootstrap_proves_the_committee_of_its_block() {
    for fork in FORKS {
        let (root, chunk) = bootstrap(fork, slot(fork, 3), Wrong::Nothing);
        let got = answer(&LightClientBootstrap::new(root), [chunk.clone()]).unwrap().remove(0);
        assert_eq!((got.fork, got.slot, got.root), (fork, slot(fork, 3), root));
        assert_eq!(lie(&LightClientBootstrap::new(Root::ZERO), [chunk]), Lie::Root(root), "{fork}");
        let (root, chunk) = bootstrap(fork, slot(fork, 3), Wrong::Committee);
        let found = lie(&LightClientBootstrap::new(root), [chunk]);
        assert_eq!(found, Lie::Branch("the current sync committee"), "{fork}");
    }
}

#[test]
fn updates_prove_committee_and_finalized_header() {
    let ask = LightClientUpdatesByRange::new(0, 5);
    for fork in FORKS {
        let of = |wrong| update(fork, slot(fork, 3), wrong);
        let got = answer(&ask, [of(Wrong::Nothing)]).unwrap().remove(0);
        assert_eq!((got.fork, got.slot, got.finalized_slot), (fork, slot(fork, 3), slot(fork, 1)));
        assert_eq!(got.signature_slot, slot(fork, 4));
        assert_eq!(lie(&ask, [of(Wrong::Committee)]), Lie::Branch("the next sync committee"), "{fork}");
        // A committee without its branch.
        assert_eq!(lie(&ask, [of(Wrong::NoCommittee)]), Lie::Branch("the next sync committee"), "{fork}");
        assert_eq!(lie(&ask, [of(Wrong::Finalized)]), Lie::Branch("the finalized header"), "{fork}");
        assert!(matches!(lie(&ask, [of(Wrong::Signature)]), Lie::Slots { .. }), "{fork}");
    }
}

#[test]
fn what_an_update_does_not_have_needs_no_branch() {
    let at = slot(ForkName::Deneb, 3);
    let mut any = default_of!(AnyUpdate, ForkName::Deneb);
    on_fork!(LightClientUpdate since Altair, &mut any, it => {
        it.attested_header.beacon = header(at, Root::ZERO);
        it.signature_slot = at.saturating_add(1);
    });
    let of = |any: &AnyUpdate<Minimal>| chunk(Protocol::LightClientUpdatesByRangeV1, at, any.as_ssz_bytes());
    let ask = LightClientUpdatesByRange::new(0, 5);
    assert_eq!(answer(&ask, [of(&any)]).unwrap()[0].finalized_slot, Slot(0));
    // A header of slot 0 that is not empty stands for nothing.
    on_fork!(LightClientUpdate since Altair, &mut any, it => it.finalized_header.beacon.proposer_index = 1);
    assert_eq!(lie(&ask, [of(&any)]), Lie::Branch("the finalized header"));
}

#[test]
fn genesis_is_finalized_as_nothing() {
    let at = slot(ForkName::Altair, 3);
    let mut any = default_of!(AnyFinality, ForkName::Altair);
    let state = State([(105, Root::ZERO)].into());
    on_fork!(LightClientFinalityUpdate since Altair, &mut any, it => {
        it.attested_header.beacon = header(at, state.node(1));
        it.signature_slot = at.saturating_add(1);
        it.finality_branch = state.branch(105).try_into().unwrap();
    });
    let chunk = chunk(Protocol::LightClientFinalityUpdateV1, at, any.as_ssz_bytes());
    assert_eq!(answer(&LightClientFinalityUpdate, [chunk]).unwrap()[0].finalized_slot, Slot(0));
}

/// A period of the minimal preset has 64 slots; from slot 64 on there is Heze.
fn updates(periods: &[u64]) -> Vec<Chunk> {
    let of = |period: &u64| {
        let at = Slot(period * 64 + 30);
        update(if *period == 0 { ForkName::Capella } else { ForkName::Heze }, at, Wrong::Nothing)
    };
    periods.iter().map(of).collect()
}

#[test]
fn periods_are_asked_for_and_follow_each_other() {
    let ask = LightClientUpdatesByRange::new(0, 4);
    assert_eq!(answer(&ask, updates(&[0, 1, 2, 3])).unwrap().len(), 4);
    assert_eq!(answer(&ask, updates(&[2, 3])).unwrap().len(), 2);
    assert_eq!(lie(&ask, updates(&[3, 4])), Lie::Period(4));
    assert_eq!(lie(&LightClientUpdatesByRange::new(1, 4), updates(&[0])), Lie::Period(0));
    assert_eq!(lie(&ask, updates(&[0, 2])), Lie::Gap(2));
    assert!(matches!(lie(&ask, updates(&[1, 1])), Lie::Twice { index: 1, .. }));
    assert!(matches!(lie(&ask, updates(&[1, 0])), Lie::Order { .. }));
    assert_eq!(lie(&LightClientUpdatesByRange::new(0, 1000), updates(&[128])), Lie::Period(128));
}

#[test]
fn finality_and_optimistic_updates() {
    for fork in FORKS {
        let at = slot(fork, 3);
        let got = answer(&LightClientFinalityUpdate, [finality(fork, at, Wrong::Nothing)]).unwrap().remove(0);
        assert_eq!((got.fork, got.slot, got.finalized_slot), (fork, at, slot(fork, 1)));
        let found = lie(&LightClientFinalityUpdate, [finality(fork, at, Wrong::Finalized)]);
        assert_eq!(found, Lie::Branch("the finalized header"), "{fork}");
        let found = lie(&LightClientFinalityUpdate, [finality(fork, at, Wrong::Signature)]);
        assert!(matches!(found, Lie::Slots { .. }), "{fork}");

        let got = answer(&LightClientOptimisticUpdate, [optimistic(fork, at, Wrong::Nothing)]).unwrap().remove(0);
        assert_eq!((got.fork, got.slot, got.signature_slot), (fork, at, slot(fork, 4)));
        let found = lie(&LightClientOptimisticUpdate, [optimistic(fork, at, Wrong::Signature)]);
        assert!(matches!(found, Lie::Slots { .. }), "{fork}");
    }
}

#[test]
fn context_bytes_must_be_those_of_the_attested_header() {
    // Altair and Bellatrix share the layout, but not the digest.
    let at = slot(ForkName::Altair, 3);
    let wrong = |chunk: Chunk| as_of(ForkName::Bellatrix, chunk);
    let (root, chunk) = bootstrap(ForkName::Altair, at, Wrong::Nothing);
    assert!(matches!(lie(&LightClientBootstrap::new(root), [wrong(chunk)]), Lie::Context { .. }));
    let chunk = update(ForkName::Altair, at, Wrong::Nothing);
    assert!(matches!(lie(&LightClientUpdatesByRange::new(0, 1), [wrong(chunk)]), Lie::Context { .. }));
    let chunk = finality(ForkName::Altair, at, Wrong::Nothing);
    assert!(matches!(lie(&LightClientFinalityUpdate, [wrong(chunk.clone())]), Lie::Context { .. }));
    let chunk_of_phase0 = as_of(ForkName::Phase0, chunk);
    let found = lie(&LightClientFinalityUpdate, [chunk_of_phase0]);
    assert!(matches!(found, Lie::Malformed { object: Object::LightClientFinalityUpdate, fork: ForkName::Phase0, .. }));
    let chunk = optimistic(ForkName::Altair, at, Wrong::Nothing);
    assert!(matches!(lie(&LightClientOptimisticUpdate, [wrong(chunk)]), Lie::Context { .. }));
}
