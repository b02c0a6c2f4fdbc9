use bytes::Bytes;
use cl_gossip::{MessageId, Topic};
use cl_types::{Epoch, ForkDigest, ForkName};

use super::*;
use crate::error::PublishError;
use crate::relay::{Held, Verdict};

const SLOT_MS: u64 = 2000;
const GENESIS_MS: u64 = 1_000_000;

/// Three nodes that know nobody yet.
fn devnet() -> ([PeerId; 3], Tally) {
    let peers = [(); 3].map(|()| PeerId::random());
    let nodes = peers.map(|peer| (peer, ColumnSet::from_iter([7])));
    (peers, Tally::new(nodes, SlotClock::new(GENESIS_MS / 1000, SLOT_MS), PresetId::Minimal))
}

fn meet(tally: &mut Tally, peers: &[PeerId; 3], pairs: &[(usize, usize)]) {
    for (a, b) in pairs {
        for (node, other) in [(*a, *b), (*b, *a)] {
            let ready = Event::PeerReady { peer: peers[other], head_slot: Slot(0), finalized_epoch: Epoch(0) };
            assert!(tally.on_event(node, &ready).is_some());
        }
    }
}

/// The start of a signed block: as far as anybody looks here.
fn block(slot: u64) -> Bytes {
    let mut ssz = vec![0; 200];
    ssz[0] = 100;
    ssz[100..108].copy_from_slice(&slot.to_le_bytes());
    Bytes::from(ssz)
}

fn message(kind: TopicKind, ssz: Bytes, received_ms: u64, verdict: Verdict) -> Event {
    Event::Gossip(GossipMessage {
        topic: Topic::new(ForkDigest([1; 4]), kind),
        fork: ForkName::Electra,
        id: MessageId([0; 20]),
        peer: PeerId::random(),
        ssz,
        received_ms,
        slot: Slot(0),
        slot_offset_ms: 0,
        verdict,
        judged_after_ms: 0,
        block_root: None,
    })
}

/// A slot as it should be: everybody but its proposer receives its block 30 ms after its start.
fn slot(tally: &mut Tally, slot: u64, lucky: &[usize]) {
    let proposer = usize::try_from(slot).unwrap() % 3;
    tally.on_slot(Slot(slot));
    tally.on_report(Report::Block {
        slot: Slot(slot),
        node: proposer,
        root: Root::ZERO,
        bytes: 200,
        blobs: 0,
        after_ms: 5,
    });
    for node in lucky.iter().filter(|node| **node != proposer) {
        let event = message(TopicKind::BeaconBlock, block(slot), GENESIS_MS + slot * SLOT_MS + 30, Verdict::Accept);
        assert_eq!(tally.on_event(*node, &event), None);
    }
}

const EVERYBODY: [usize; 3] = [0, 1, 2];
const ALL_PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

#[test]
fn nothing_is_missing_where_everybody_has_everything() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    for number in 1..=5 {
        slot(&mut tally, number, &EVERYBODY);
    }
    assert_eq!(tally.shortcomings(Slot(5)), []);
    assert_eq!(tally.blocks_of(1, Slot(5)), (3, 3));
    assert_eq!(tally.nodes[1].delays[&Slot(5)], 30);
    assert_eq!(tally.nodes[1].delays[&Slot(4)], 5);
}

#[test]
fn who_meets_too_late_is_named() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS[..2]);
    for number in 1..=3 {
        slot(&mut tally, number, &EVERYBODY);
    }
    meet(&mut tally, &peers, &ALL_PAIRS[2..]);
    let peers = |node, missing| Shortcoming::Peers { node, missing: vec![missing], wanted: 2, by: MEET_BY };
    assert_eq!(tally.shortcomings(Slot(3)), [peers(1, 2), peers(2, 1)]);
    assert_eq!(peers(1, 2).to_string(), "node 1 had 1 of 2 peers by slot 3: without node 2");
}

#[test]
fn blocks_count_from_the_moment_of_meeting_on() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    slot(&mut tally, 1, &[0]);
    slot(&mut tally, 2, &[0]);
    assert_eq!(tally.shortcomings(Slot(2)), []);
    slot(&mut tally, 3, &[0, 1]);
    slot(&mut tally, 4, &[0, 1]);
    slot(&mut tally, 5, &EVERYBODY);
    let missed = Shortcoming::Blocks { node: 2, slots: vec![Slot(3), Slot(4)] };
    assert_eq!(tally.shortcomings(Slot(5)), [missed]);
    assert_eq!(tally.blocks_of(2, Slot(5)), (1, 3));
}

#[test]
fn a_long_run_forgets_blocks_but_not_what_was_missed() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    for number in 1..=1000 {
        slot(&mut tally, number, if number == 500 { &[0, 2] } else { &EVERYBODY });
    }
    // Node 2 proposed slot 500 (500 % 3), node 1 never had it.
    assert_eq!(tally.shortcomings(Slot(1000)), [Shortcoming::Blocks { node: 1, slots: vec![Slot(500)] }]);
    assert_eq!((tally.blocks_of(0, Slot(1000)), tally.blocks_of(1, Slot(1000))), ((998, 998), (997, 998)));
    let bound = usize::try_from(PATIENCE).unwrap() + 2;
    assert!(tally.due.len() <= bound && tally.nodes[0].delays.len() <= bound && tally.recent.len() <= RECENT_BLOCKS);
}

#[test]
fn votes_are_missed_only_where_others_published_them() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    slot(&mut tally, 3, &EVERYBODY);
    tally.on_report(Report::Sent { node: 0, family: Family::Columns, count: 128 });
    let column = |verdict| message(TopicKind::DataColumnSidecar(7), Bytes::new(), GENESIS_MS, verdict);
    // Node 0 published them all: it need not receive any.
    tally.on_event(1, &column(Verdict::Accept));
    tally.on_event(2, &column(Verdict::Held(Held::Past)));
    let nothing = Shortcoming::Nothing { node: 2, family: Family::Columns };
    assert_eq!(tally.shortcomings(Slot(3)), [nothing]);
    assert_eq!(tally.published_to(2, Family::Columns), 128);
    assert_eq!(tally.nodes[2].refused.values().sum::<u64>(), 1);
}

#[test]
fn what_could_not_be_published_is_named_once_for_each_kind() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    for number in [3, 6] {
        slot(&mut tally, number - 1, &EVERYBODY);
        let error = PublishError::Gossip(cl_gossip::PublishError::NoPeers);
        tally.on_report(Report::Failed { slot: Slot(number), node: 0, family: Family::Blocks, error });
    }
    slot(&mut tally, 7, &EVERYBODY);
    let missing = tally.shortcomings(Slot(7));
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].to_string().starts_with("node 0 could not publish blocks of slot 3: "), "{}", missing[0]);
}

#[test]
fn a_lost_peer_is_noted_and_may_come_back() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    let gone = Event::PeerGone { peer: peers[1], reason: "it said goodbye".into() };
    let note = tally.on_event(0, &gone).unwrap();
    assert_eq!((note.text.as_str(), note.is_bad), ("node 0 lost node 1: it said goodbye", true));
    assert_eq!(tally.nodes[0].ready.len(), 1);
    meet(&mut tally, &peers, &[(0, 1)]);
    tally.on_slot(MEET_BY);
    assert_eq!(tally.nodes[0].ready.len(), 2);
    assert_eq!(tally.nodes[0].handshakes, 3);
}

#[test]
fn nothing_is_judged_before_the_first_slot_is_over() {
    let (_, tally) = devnet();
    assert_eq!(tally.shortcomings(Slot(0)), []);
    assert!(tally.shortcomings(MEET_BY).contains(&Shortcoming::NoBlocks));
}

#[test]
fn a_missed_column_of_its_custody_is_named() {
    let (peers, mut tally) = devnet();
    meet(&mut tally, &peers, &ALL_PAIRS);
    for number in 2..=3 {
        slot(&mut tally, number, &EVERYBODY);
        tally.on_report(Report::Columns { slot: Slot(number), node: 0, columns: (0..128).collect() });
    }
    let sidecar = |slot| {
        let mut column = cl_types::containers::fulu::DataColumnSidecar { index: 7, ..Default::default() };
        column.signed_block_header.message.slot = Slot(slot);
        Bytes::from(ssz::Encode::as_ssz_bytes(&column))
    };
    let received = |ssz| {
        let Event::Gossip(mut message) = message(TopicKind::DataColumnSidecar(7), ssz, GENESIS_MS, Verdict::Accept)
        else {
            panic!("a gossip message")
        };
        message.fork = ForkName::Fulu;
        Event::Gossip(message)
    };
    tally.on_event(1, &received(sidecar(3)));
    tally.on_event(2, &received(sidecar(4)));
    let missed = Shortcoming::Columns { node: 2, missed: vec![Missed { slot: Slot(3), column: 7 }] };
    assert_eq!(tally.shortcomings(Slot(3)), [missed]);
    assert_eq!((tally.custody_of(1, Slot(3)), tally.custody_of(2, Slot(3))), ((1, 1), (0, 1)));
}

#[test]
fn the_liar_must_be_met_and_left() {
    let (peers, tally) = devnet();
    let liar = PeerId::random();
    let mut tally = tally.with_liar(Some(liar));
    meet(&mut tally, &peers, &ALL_PAIRS);
    let ready = Event::PeerReady { peer: liar, head_slot: Slot(0), finalized_epoch: Epoch(0) };
    let gone = Event::PeerGone { peer: liar, reason: "its score fell too low".to_owned() };
    for node in [0, 1] {
        assert!(tally.on_event(node, &ready).unwrap().text.contains("the liar"));
    }
    for number in 1..=8 {
        slot(&mut tally, number, &EVERYBODY);
    }
    assert!(tally.on_event(0, &gone).unwrap().text.contains("score"));
    assert_eq!(tally.wanted(), 2, "it is none of them");
    assert_eq!(tally.shortcomings(Slot(7)), [Shortcoming::NeverMetLiar { node: 2 }]);
    let both = [Shortcoming::KeepsLiar { node: 1 }, Shortcoming::NeverMetLiar { node: 2 }];
    assert_eq!(tally.shortcomings(Slot(8)), both);
}
