//! Explanations: of peers that are here, that are gone, that were never let in.

use cl_types::{Fault, GoodbyeReason, Severity, Source};

use super::*;
use crate::coverage::{Targets, Wanted};
use crate::lifecycle::State;
use crate::subnets::{Subnet, Subnets};
use crate::testing::{at, member, metadata_with};

const SEVEN: Subnet = Subnet::Attestation(7);

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn a_whole_life_is_told() {
    let mut node = Node::new();
    node.manager
        .want(&Wanted::new(Targets { attestation: 1, ..Targets::default() }).with(&[SEVEN].into_iter().collect()));
    node.tick();
    let peer = node.manager.discovered_record(&member(1, &[7], 8, "203.0.113.1"), node.now).unwrap();
    let text = |node: &Node| node.manager.explain(&peer, node.now).unwrap().to_string();
    contains(
        &text(&node),
        &["state      dialing for 0 ms: chosen: too few peers have attestation subnet 7", "found      discovered"],
    );

    node.manager.connected_at(peer, KEY, Direction::Dialer, Some(&at("203.0.113.1")), node.now);
    node.answer_status(peer, node.ours);
    node.answer_metadata(peer, metadata_with(1, &[7], 8));
    node.manager.identified(&peer, "Lighthouse/v8.0.1-abc/x86_64-linux");
    node.wait(5);
    node.manager.fault_because(
        &peer,
        Source::Validation,
        Fault::Peer(Severity::Mid),
        "a block from the future",
        node.now,
    );
    node.manager.router_score(&peer, -800.0, node.now);
    contains(
        &text(&node),
        &[
            "state      ready for 5 s: handshake complete",
            "dialled    1 times, last because: too few peers have attestation subnet 7",
            "connected  for 5 s, dialled by us, at /ip4/203.0.113.1/tcp/9000",
            "kept       nobody else has attestation subnet 7",
            "kept       there is room: 1 of 70 peers",
            "client     Lighthouse 8.0.1-abc (Lighthouse/v8.0.1-abc/x86_64-linux)",
            "address    /ip4/203.0.113.1/tcp/9000 (from its record)",
            "metadata   counter 1, attestation subnets [7], sync subnets [], 8 custody groups (5 s ago)",
            "score      -6.0, validation -5.0, router -1.0, the router says -800.0 (left at -20, banned at -50)",
            "fault      -5: a block from the future (validation, mid), 0 ms ago",
            "next dial  not now: it is connected",
            "history    5 s ago: known -> dialing: chosen: too few peers have attestation subnet 7",
            "history    5 s ago: dialing -> connected: our dial succeeded",
            "history    5 s ago: connected -> handshaking: status exchange began",
            "history    5 s ago: handshaking -> ready: handshake complete",
        ],
    );

    node.manager.goodbye_received(&peer, GoodbyeReason::TOO_MANY_PEERS, node.now);
    node.close(peer);
    node.wait(60);
    contains(
        &text(&node),
        &[
            "state      cooling for 60 s: closed: it said goodbye: too many peers",
            "goodbye    it said 129 (too many peers), 60 s ago",
            "next dial  not before 9 min have passed: closed: it said goodbye: too many peers",
            "status     head slot 0, finalized epoch 0, digest 0x01010101, serves from slot 0 (65 s ago)",
        ],
    );
    assert!(!text(&node).contains("kept "), "it is not");
}

#[test]
fn the_same_as_json() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.fault_because(&peer, Source::Rpc, Fault::Peer(Severity::High), "lied", node.now);
    node.manager.ban(peer, Some(Duration::from_secs(60)), node.now);
    node.close(peer);
    let json = serde_json::to_value(node.manager.explain(&peer, node.now).unwrap()).unwrap();
    assert_eq!(json["state"], "banned");
    assert_eq!(json["found"], "it dialled us, 0 peers were connected");
    assert_eq!(json["score"]["parts"][0][0], "rpc");
    assert_eq!(json["score"]["faults"][0]["what"], "lied");
    assert_eq!((&json["ban"]["why"], &json["ban"]["for_ms"]), (&"the operator".into(), &60_000.into()));
    assert_eq!((&json["goodbyes"][0]["ours"], &json["goodbyes"][0]["code"]), (&true.into(), &251.into()));
    assert_eq!(json["metadata"]["custody_group_count"], 4);
    let steps: Vec<_> = json["history"].as_array().unwrap().iter().map(|step| step["to"].as_str().unwrap()).collect();
    assert_eq!(steps, ["connected", "handshaking", "ready", "leaving", "banned"]);
}

#[test]
fn why_somebody_is_not_dialled() {
    let mut node = Node::with(|config| config.target_peers = 1);
    let not_now = |node: &Node, peer: &PeerId| node.manager.explain(peer, node.now).unwrap().next_dial.not_now;
    let bare = someone();
    node.manager.discovered(bare, Vec::new(), node.now);
    assert_eq!(not_now(&node, &bare).as_deref(), Some("no address is known"));
    let here = node.ready(Direction::Listener);
    assert_eq!(not_now(&node, &here).as_deref(), Some("it is connected"));
    let spare = someone();
    node.manager.discovered(spare, vec![address(1)], node.now);
    assert_eq!(not_now(&node, &spare).as_deref(), Some("there are peers enough"));
    node.close(here);
    assert_eq!(not_now(&node, &spare), None, "it is next");
    node.manager.shutdown(node.now);
    assert_eq!(not_now(&node, &spare).as_deref(), Some("we are shutting down"));
    assert_eq!(node.manager.explain(&someone(), node.now), None);
}

#[test]
fn what_a_peer_covers_is_told_with_how_many_others_do() {
    let mut node = Node::new();
    let wanted: Subnets = [SEVEN, Subnet::Attestation(8)].into_iter().collect();
    node.manager.want(&Wanted::new(Targets { attestation: 2, ..Targets::default() }).with(&wanted));
    let join = |node: &mut Node, subnets: &[u8]| {
        let peer = someone();
        node.connect(peer, Direction::Listener);
        node.manager.status(&peer, Status::V2(node.ours), true, node.now);
        node.answer_metadata(peer, metadata_with(0, subnets, 4));
        peer
    };
    let peer = join(&mut node, &[7, 8, 9]);
    join(&mut node, &[7]);
    node.tick();
    let why = node.manager.explain(&peer, node.now).unwrap();
    let covers: Vec<_> = why.covers.iter().map(|covers| (covers.subnet, covers.have, covers.want)).collect();
    assert_eq!(covers, [(SEVEN, 2, 2), (Subnet::Attestation(8), 1, 2)]);
    assert_eq!(why.state, State::Ready);
    let kept = ["nobody else has attestation subnet 8", "no more than the wanted number have attestation subnet 7"];
    assert_eq!(why.kept_because[..2], kept);
}
