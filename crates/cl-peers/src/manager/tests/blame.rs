//! Faults, bans, and what they cost.

use cl_types::{Fault, GoodbyeReason, Method, Severity, Source};

use super::*;
use crate::lifecycle::State;

const HIGH: Fault = Fault::Peer(Severity::High);
const FATAL: Fault = Fault::Peer(Severity::Fatal);

#[test]
fn faults_add_up_to_a_goodbye_and_explain_it() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    node.manager.fault(&peer, Source::Gossip, HIGH, node.now);
    node.manager.fault(&peer, Source::Gossip, Fault::Network, node.now);
    node.manager.fault(&peer, Source::Gossip, Fault::Local, node.now);
    assert_eq!(node.actions(), []);
    node.manager.request_failed(&peer, Method::BlocksByRange, HIGH, false, node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer, reason: GoodbyeReason::BAD_SCORE }]);
    let why: Vec<_> = node.manager.penalties(&peer).iter().map(|entry| (entry.source, entry.points)).collect();
    assert_eq!(why, [(Source::Gossip, -10.0), (Source::Rpc, -10.0)]);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::BadScore }]);
    let info = node.manager.peer(&peer, node.now).unwrap();
    assert_eq!((info.score, info.totals.faults), (-20.0, 2));
}

#[test]
fn a_ban_lasts_half_an_hour_also_for_a_static_peer() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.add_static(peer, vec![address(1)], node.now);
    node.actions();
    node.make_ready(peer, Direction::Dialer);
    node.manager.fault(&peer, Source::Validation, FATAL, node.now);
    let goodbye = || Action::Goodbye { peer, reason: GoodbyeReason::BANNED };
    assert_eq!(node.actions(), [goodbye()]);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Banned }]);
    assert_eq!(node.manager.peer(&peer, node.now).unwrap().state, State::Banned);

    assert_eq!(node.wait(900), []);
    assert_eq!(node.connect(peer, Direction::Listener), [goodbye()], "it is not let in either");
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Banned }]);
    let info = node.manager.peer(&peer, node.now).unwrap();
    assert!(info.score > -50.0, "the score fades, the ban stands: {}", info.score);

    node.wait(901);
    assert_ne!(node.manager.peer(&peer, node.now).unwrap().state, State::Banned);
    assert_eq!(node.connect(peer, Direction::Listener), []);
}

#[test]
fn small_faults_far_apart_are_forgiven() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    for _ in 0..100 {
        node.manager.fault(&peer, Source::Gossip, Fault::Peer(Severity::Low), node.now);
        let actions = node.wait_answering(peer, 120);
        assert!(!actions.iter().any(|action| matches!(action, Action::Goodbye { .. })));
        if actions.contains(&Action::SendStatus(peer)) {
            node.answer_status(peer, node.ours);
        }
    }
}

#[test]
fn a_peer_that_is_not_connected_can_be_banned_and_is_not_dialled() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    node.close(peer);
    node.manager.discovered(peer, vec![address(1)], node.now);
    node.manager.fault(&peer, Source::Validation, FATAL, node.now);
    assert_eq!(node.wait(1799), []);
    assert_eq!(dials(&node.wait(2)), [peer]);
    node.manager.fault(&someone(), Source::Gossip, FATAL, node.now);
    assert_eq!(node.manager.counts(node.now).known, 1, "nothing is kept of strangers");
}
