//! A view of the chain by itself.

use cl_types::containers::{Checkpoint, any, fulu};
use cl_types::{ChainConfig, Epoch, ForkName, Minimal, Root, Slot};
use cl_validation::chain::{Answer, ChainView};
use cl_validation::state::{Standing, StateView};

use crate::vectors::{folder, ssz};

/// A configuration, a state, its block and a child of it.
struct Chain {
    config: ChainConfig,
    state: any::BeaconState<Minimal>,
    block: any::SignedBeaconBlock<Minimal>,
    child: any::SignedBeaconBlock<Minimal>,
}

fn chain(fork: ForkName) -> Option<Chain> {
    let root = folder("A_networking")?;
    let config = ChainConfig::from_yaml(&std::fs::read_to_string(root.join("configs/minimal.yaml")).unwrap()).unwrap();
    let case = format!("minimal/{fork}/networking/gossip_beacon_block/pyspec_tests/gossip_beacon_block__valid_block");
    let folder = root.join(case);
    let state = any::BeaconState::from_ssz(fork, &ssz(&folder, "state")).unwrap();
    let mut blocks = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".ssz_snappy").filter(|name| name.starts_with("block_0x")) {
            blocks.push(any::SignedBeaconBlock::from_ssz(fork, &ssz(&folder, name)).unwrap());
        }
    }
    blocks.sort_by_key(any::SignedBeaconBlock::slot);
    let [block, child]: [_; 2] = blocks.try_into().ok()?;
    Some(Chain { config, state, block, child })
}

#[test]
fn a_state_knows_its_block() {
    for fork in [ForkName::Phase0, ForkName::Fulu, ForkName::Gloas, ForkName::Heze] {
        let Some(chain) = chain(fork) else {
            return;
        };
        let (with, without) = (
            StateView::new(&chain.config, &chain.state, &chain.block),
            StateView::from_state(&chain.config, &chain.state),
        );
        assert_eq!(with.head(), Answer::Found(chain.block.block_root()), "{fork}");
        assert_eq!(without.head(), with.head(), "{fork}");
        let root = chain.block.block_root();
        assert_eq!(without.block(root), with.block(root), "{fork}");
        assert_eq!(without.bid(root), with.bid(root), "{fork}");
        assert_eq!(without.proposer(root, chain.child.slot()), Answer::Found(chain.child.proposer_index()), "{fork}");
    }
}

#[test]
fn blocks_extend_a_branch_and_nothing_else() {
    let Some(chain) = chain(ForkName::Fulu) else {
        return;
    };
    let mut view = StateView::from_state(&chain.config, &chain.state);
    let genesis = chain.block.block_root();
    let child = view.import(&chain.child, Standing::WithoutState);
    assert_eq!(view.head(), Answer::Found(genesis));
    assert!(!view.block(child).found().unwrap().has_state);

    let mut view = StateView::from_state(&chain.config, &chain.state);
    view.import(&chain.child, Standing::Valid);
    assert_eq!(view.head(), Answer::Found(child));
    assert_eq!(view.ancestor(child, Slot(0)), Answer::Found(genesis));
    assert_eq!(view.ancestor(child, chain.child.slot()), Answer::Found(child));
    assert_eq!(view.ancestor(Root::ZERO, Slot(0)), Answer::Absent);
    assert_ne!(view.randao_mix(child), view.randao_mix(genesis));

    // Of unknown parents, or not after their parent: not taken.
    let mut orphan = chain.child.clone();
    let any::SignedBeaconBlock::Fulu(signed) = &mut orphan else { panic!("not of Fulu") };
    signed.message.parent_root = Root::repeat_byte(1);
    let orphan = view.import(&orphan, Standing::Valid);
    assert_eq!(view.block(orphan), Answer::Absent);
    let mut early = chain.child.clone();
    let any::SignedBeaconBlock::Fulu(signed) = &mut early else { panic!("not of Fulu") };
    signed.message.slot = Slot(0);
    let early = view.import(&early, Standing::Valid);
    assert_eq!(view.block(early), Answer::Absent);
}

#[test]
fn what_cannot_be_said_is_unavailable() {
    let Some(chain) = chain(ForkName::Fulu) else {
        return;
    };
    let mut view = StateView::from_state(&chain.config, &chain.state);
    let root = chain.block.block_root();
    assert_eq!(view.payload_committee(Slot(8 * 100)), Answer::Unavailable);
    assert_eq!(view.validator(1 << 40), Answer::Absent);
    assert_eq!(view.bid(root), Answer::Absent);
    assert_eq!(view.bid(Root::ZERO), Answer::Absent);
    assert_eq!(view.committee(Slot(1), 99), Answer::Absent);
    // A zero root stands for genesis.
    view.set_finalized(Checkpoint { epoch: Epoch(0), root: Root::ZERO });
    assert_eq!(view.finalized().found().unwrap().root, root);
    view.decompress_keys(0..4);
    assert!(view.key(3).found().is_some());
}

#[test]
fn a_view_does_not_guess_who_is_active_after_a_change() {
    let Some(chain) = chain(ForkName::Fulu) else {
        return;
    };
    let epoch = chain.child.slot().epoch(8);
    let after = |change: &dyn Fn(&mut fulu::SignedBeaconBlock<Minimal>)| {
        let mut child = chain.child.clone();
        let any::SignedBeaconBlock::Fulu(signed) = &mut child else { panic!("not of Fulu") };
        change(signed);
        let mut view = StateView::from_state(&chain.config, &chain.state);
        let root = view.import(&child, Standing::Valid);
        (view, root)
    };
    let far = epoch.saturating_add(5);
    let (view, root) = after(&|_| {});
    assert!(view.committees_per_slot(far).found().is_some());
    assert!(view.proposer(root, far.start_slot(8)).found().is_some());
    assert_eq!(view.validator(1 << 40), Answer::Absent);
    assert!(matches!(view.key(1 << 40), Answer::Absent));

    // Who leaves now is active for four more epochs at least.
    let (view, root) = after(&|block| block.message.body.voluntary_exits.push(Default::default()).unwrap());
    assert!(view.committees_per_slot(epoch.saturating_add(4)).found().is_some());
    assert_eq!(view.committees_per_slot(far), Answer::Unavailable);
    assert_eq!(view.committee(far.start_slot(8), 0), Answer::Unavailable);
    assert_eq!(view.proposer(root, far.start_slot(8)), Answer::Unavailable);
    assert_eq!(view.validator(1 << 40), Answer::Absent);

    // A deposit lets somebody in.
    let (view, _) = after(&|block| block.message.body.execution_requests.deposits.push(Default::default()).unwrap());
    assert_eq!(view.committees_per_slot(far), Answer::Unavailable);
    assert_eq!(view.validator(1 << 40), Answer::Unavailable);
    assert!(matches!(view.key(1 << 40), Answer::Unavailable));
    assert!(view.validator(3).found().is_some());
}

#[test]
fn what_a_state_has_pending_is_a_change() {
    let Some(mut chain) = chain(ForkName::Fulu) else {
        return;
    };
    let epoch = chain.state.slot().epoch(8);
    let any::BeaconState::Fulu(state) = &mut chain.state else { panic!("not of Fulu") };
    state.validators[3].activation_epoch = cl_types::primitives::FAR_FUTURE_EPOCH;
    let view = StateView::from_state(&chain.config, &chain.state);
    assert!(view.committees_per_slot(epoch.saturating_add(4)).found().is_some());
    assert_eq!(view.committees_per_slot(epoch.saturating_add(5)), Answer::Unavailable);
    assert_eq!(view.validator(1 << 40), Answer::Absent);
}

#[test]
fn before_gloas_the_last_payload_is_in_the_block() {
    let Some(chain) = chain(ForkName::Fulu) else {
        return;
    };
    let any::BeaconState::Fulu(state) = &chain.state else { panic!("not of Fulu") };
    let any::SignedBeaconBlock::Fulu(child) = &chain.child else { panic!("not of Fulu") };
    let mut view = StateView::from_state(&chain.config, &chain.state);
    let of_state = state.latest_execution_payload_header.block_hash;
    let of_child = child.message.body.execution_payload.block_hash;
    assert_ne!(of_state, of_child);
    assert_eq!(view.latest_block_hash(chain.block.block_root(), Slot(0)), Answer::Found(of_state));
    let root = view.import(&chain.child, Standing::Valid);
    assert_eq!(view.latest_block_hash(root, Slot(0)), Answer::Found(of_child));
    assert_eq!(view.bid(root), Answer::Absent);
}
