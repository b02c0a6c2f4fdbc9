//! A view of the chain by itself.

use cl_types::containers::{Checkpoint, any};
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
