//! Blocks: the cheap look, and the root.

use bytes::Bytes;
use cl_types::containers::{
    BlockFacts, NotStructured, SignedBeaconBlock, any, block_slot_and_parent, signed_block_root,
};
use cl_types::{ForkName, Mainnet, Minimal, PresetId, Root, Slot, TopicKind};
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

/// Blocks of public networks: file, fork, slot, SSZ bytes and root by the executable specification.
const REAL: [(&str, ForkName, u64, usize, &str); 3] = [
    (
        "sepolia_block_9552074.ssz_snappy",
        ForkName::Fulu,
        9_552_074,
        57_810,
        "d49f5658c4001f5985697c897d5494782151f6e1d7d5144620228257321f8c49",
    ),
    (
        "sepolia_block_9552075.ssz_snappy",
        ForkName::Fulu,
        9_552_075,
        43_077,
        "8ee6f4c6dda66553b4aff543f9d371b9623dd8d66d375d6252b4f51903eae265",
    ),
    (
        "goerli_shadow_block_13249.ssz",
        ForkName::Bellatrix,
        13_249,
        139_405,
        "0583f3186a1b47c8dfb8bd41dcc11ebf2ef1b858d429c933e856caf989aa1c40",
    ),
];

/// A real block's SSZ, if it is at hand.
fn real(name: &str) -> Option<Bytes> {
    let bytes = std::fs::read(shared::vectors("../real")?.join(name)).unwrap();
    if name.ends_with(".ssz") {
        return Some(bytes.into());
    }
    Some(snap::raw::Decoder::new().decompress_vec(&bytes).unwrap().into())
}

#[test]
fn real_blocks_encode_to_the_same_bytes_and_have_their_known_roots() {
    for (name, fork, slot, len, root) in REAL {
        let Some(ssz) = real(name) else { return };
        assert_eq!(ssz.len(), len, "{name}");
        let copied = any::SignedBeaconBlock::<Mainnet>::from_ssz(fork, &ssz).unwrap();
        let shared = any::SignedBeaconBlock::<Mainnet>::from_ssz_shared(fork, &ssz).unwrap();
        assert_eq!(copied, shared, "{name}");
        for block in [copied, shared] {
            assert!(block.as_ssz_bytes() == ssz, "{name} encodes to other bytes");
            assert_eq!((block.slot(), hex::encode(block.block_root())), (Slot(slot), root.to_owned()), "{name}");
            assert_eq!(block.header().tree_hash_root(), block.block_root(), "{name}");
        }
    }
}

#[test]
fn the_cheap_looks_at_real_blocks_agree() {
    let mut parent = None;
    for (name, fork, slot, _, root) in REAL {
        let Some(ssz) = real(name) else { return };
        let facts = signed_block_root(fork, PresetId::Mainnet, &ssz).unwrap();
        assert_eq!((facts.slot, hex::encode(facts.root)), (Slot(slot), root.to_owned()));
        assert_eq!(block_slot_and_parent(&ssz), Some((facts.slot, facts.parent_root)));
        // The second is the child of the first.
        let (of, before) = parent.replace((fork, facts.root)).unzip();
        assert!(of != Some(fork) || before == Some(facts.parent_root));
    }
}

#[test]
fn a_real_block_with_a_wrong_byte_is_another_or_none() {
    let (name, fork, _, _, root) = REAL[1];
    let Some(ssz) = real(name) else { return };
    for at in (0..ssz.len()).step_by(997) {
        let mut bytes = ssz.to_vec();
        bytes[at] ^= 1;
        if let Ok(block) = any::SignedBeaconBlock::<Mainnet>::from_ssz(fork, &bytes) {
            assert!(block.as_ssz_bytes() == bytes, "byte {at}: accepted in a second form");
            // The signature is not part of the block root; it is the bytes 4 to 100.
            assert_eq!(hex::encode(block.block_root()) == root, (4..100).contains(&at), "byte {at}");
        }
    }
}
