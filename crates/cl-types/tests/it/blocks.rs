//! Blocks: the cheap look, and the root.

use cl_types::containers::{BlockFacts, NotStructured, SignedBeaconBlock, block_slot_and_parent, signed_block_root};
use cl_types::{ForkName, Minimal, PresetId, Root, Slot, TopicKind};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::shared;

fn a_block() -> SignedBeaconBlock<Minimal> {
    let mut block = SignedBeaconBlock::default();
    block.message.slot = Slot(33);
    block.message.proposer_index = 4;
    block.message.parent_root = Root::repeat_byte(1);
    block.message.state_root = Root::repeat_byte(2);
    block
}

#[test]
fn both_looks_agree() {
    let block = a_block();
    let ssz = block.as_ssz_bytes();
    assert_eq!(block_slot_and_parent(&ssz), Some((Slot(33), Root::repeat_byte(1))));
    let facts = BlockFacts {
        slot: Slot(33),
        proposer_index: 4,
        parent_root: Root::repeat_byte(1),
        state_root: Root::repeat_byte(2),
        root: block.message.tree_hash_root(),
    };
    for fork in [ForkName::Electra, ForkName::Fulu] {
        assert_eq!(signed_block_root(fork, PresetId::Minimal, &ssz), Ok(facts));
    }
}

#[test]
fn what_is_no_block_is_refused() {
    let ssz = a_block().as_ssz_bytes();
    for len in 0..148 {
        assert_eq!(block_slot_and_parent(&ssz[..len]), None);
    }
    assert!(block_slot_and_parent(&ssz[..148]).is_some());
    assert_eq!(block_slot_and_parent(&[0; 200]), None);

    // Of another fork.
    let (kind, fork) = (TopicKind::BeaconBlock, ForkName::Deneb);
    let Err(NotStructured::Malformed { error, .. }) = signed_block_root(fork, PresetId::Minimal, &ssz) else {
        panic!("{kind} of electra decoded as one of {fork}");
    };
    assert_eq!(error.to_string(), "message.body: OffsetSkipsVariableBytes(336)");
    let malformed = signed_block_root(ForkName::Fulu, PresetId::Minimal, &ssz[1..]);
    assert!(matches!(malformed, Err(NotStructured::Malformed { .. })));
    // The presets differ.
    assert!(signed_block_root(ForkName::Fulu, PresetId::Mainnet, &ssz).is_err());
}

/// A block of a public network, if it is at hand.
fn real(name: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(shared::vectors("../real")?.join(name)).unwrap();
    if name.ends_with(".ssz") {
        return Some(bytes);
    }
    Some(snap::raw::Decoder::new().decompress_vec(&bytes).unwrap())
}

#[test]
fn real_blocks_have_their_known_roots() {
    let mut parent = None;
    for (name, slot, root) in [
        (
            "sepolia_block_9552074.ssz_snappy",
            9_552_074,
            "d49f5658c4001f5985697c897d5494782151f6e1d7d5144620228257321f8c49",
        ),
        (
            "sepolia_block_9552075.ssz_snappy",
            9_552_075,
            "8ee6f4c6dda66553b4aff543f9d371b9623dd8d66d375d6252b4f51903eae265",
        ),
    ] {
        let Some(ssz) = real(name) else { return };
        let facts = signed_block_root(ForkName::Fulu, PresetId::Mainnet, &ssz).unwrap();
        assert_eq!((facts.slot, hex::encode(facts.root)), (Slot(slot), root.to_owned()));
        assert_eq!(block_slot_and_parent(&ssz), Some((facts.slot, facts.parent_root)));
        assert!(parent.is_none_or(|parent| parent == facts.parent_root));
        parent = Some(facts.root);
    }
    let Some(ssz) = real("goerli_shadow_block_13249.ssz") else {
        return;
    };
    let facts = signed_block_root(ForkName::Bellatrix, PresetId::Mainnet, &ssz).unwrap();
    let root = "0583f3186a1b47c8dfb8bd41dcc11ebf2ef1b858d429c933e856caf989aa1c40";
    assert_eq!((facts.slot, hex::encode(facts.root)), (Slot(13_249), root.to_owned()));
    assert_eq!(block_slot_and_parent(&ssz).map(|(slot, _)| slot), Some(Slot(13_249)));
}
