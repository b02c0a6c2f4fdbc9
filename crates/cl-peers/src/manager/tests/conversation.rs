//! The handshake from both sides, Pings and refreshes.

use cl_types::{Fault, GoodbyeReason, Method, Severity};

use super::*;
use crate::lifecycle::State;

const TIMED_OUT: Fault = Fault::Network;

#[test]
fn a_peer_is_found_dialled_greeted_kept_and_lost() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.discovered(peer, vec![address(1), address(2)], node.now);
    assert_eq!(node.actions(), [Action::Dial { peer, addresses: vec![address(1), address(2)] }]);
    assert_eq!(node.connect(peer, Direction::Dialer), [Action::SendStatus(peer)], "the dialer speaks first");
    assert_eq!(node.answer_status(peer, node.ours), [Action::SendMetaData(peer)]);
    assert_eq!(node.answer_metadata(peer, metadata(3)), [Action::Ready(peer)]);
    assert_eq!(node.wait(24), []);
    assert_eq!(node.wait(1), [Action::SendPing(peer)]);
    node.manager.pong(&peer, 3, node.now);
    assert_eq!(node.wait(25), [Action::SendPing(peer)]);

    let info = node.manager.peer(&peer, node.now).unwrap();
    assert_eq!((info.state, info.direction), (State::Ready, Some(Direction::Dialer)));
    assert_eq!(info.metadata, Some(metadata(3)));
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Lost }]);
    assert_eq!(dials(&node.wait(2)), [peer], "back after a second");
}

#[test]
fn a_listener_waits_for_the_peers_status_and_asks_for_metadata_only() {
    let mut node = Node::new();
    let peer = someone();
    assert_eq!(node.connect(peer, Direction::Listener), []);
    assert_eq!(node.wait(3), []);
    node.manager.pinged(&peer, 7, node.now);
    assert_eq!(node.actions(), [], "nothing about MetaData before the chain is known");
    assert_eq!(node.ask_status(peer, node.ours), [Action::SendMetaData(peer)]);
    assert_eq!(node.answer_metadata(peer, metadata(7)), [Action::Ready(peer)]);
    let actions = node.wait_answering(peer, 120);
    assert_eq!(count(&actions, &Action::SendStatus(peer)), 0, "their Status is fresh");
}

#[test]
fn a_listener_asks_a_shy_peer_after_ten_seconds() {
    let mut node = Node::new();
    let peer = someone();
    node.connect(peer, Direction::Listener);
    assert_eq!(node.wait(9), []);
    assert_eq!(node.wait(1), [Action::SendStatus(peer)]);
    assert_eq!(node.answer_status(peer, node.ours), [Action::SendMetaData(peer)]);
}

#[test]
fn both_ask_at_once_and_nothing_is_asked_twice() {
    let mut node = Node::new();
    let peer = someone();
    node.connect(peer, Direction::Dialer);
    assert_eq!(node.ask_status(peer, node.ours), [Action::SendMetaData(peer)]);
    assert_eq!(node.answer_status(peer, node.ours), []);
    assert_eq!(node.answer_metadata(peer, metadata(0)), [Action::Ready(peer)]);
    assert_eq!(node.answer_metadata(peer, metadata(0)), []);
}

#[test]
fn a_failed_request_is_repeated_with_a_gap_and_the_handshake_has_a_deadline() {
    let mut node = Node::new();
    let peer = someone();
    node.connect(peer, Direction::Dialer);
    let mut asked = 1;
    for _ in 0..29 {
        node.manager.request_failed(&peer, Method::Status, TIMED_OUT, false, node.now);
        asked += count(&node.wait(1), &Action::SendStatus(peer));
    }
    assert_eq!(asked, 5, "each 6 s: a quota of 5 in 15 s is far");
    assert_eq!(node.wait(1), [Action::Goodbye { peer, reason: GoodbyeReason::FAULT }]);
    assert_eq!(node.manager.penalties(&peer), [], "nobody's crime");
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::HandshakeTimeout }]);
}

#[test]
fn missing_metadata_and_ping_protocols_are_no_fault() {
    let mut node = Node::new();
    let peer = someone();
    let blame = Fault::Peer(Severity::Fatal);
    node.connect(peer, Direction::Dialer);
    node.answer_status(peer, node.ours);
    node.manager.request_failed(&peer, Method::MetaData, blame, true, node.now);
    assert_eq!(node.actions(), [Action::Ready(peer)]);
    assert_eq!(node.wait(25), [Action::SendPing(peer)]);
    node.manager.request_failed(&peer, Method::Ping, blame, true, node.now);
    assert_eq!(node.wait(200), []);
    assert_eq!(node.manager.penalties(&peer), []);
}

#[test]
fn three_unanswered_pings_in_a_row_are_enough() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    let fail = |node: &mut Node| {
        while !node.wait(1).contains(&Action::SendPing(peer)) {}
        node.manager.request_failed(&peer, Method::Ping, TIMED_OUT, false, node.now);
    };
    fail(&mut node);
    fail(&mut node);
    node.manager.pinged(&peer, 0, node.now);
    fail(&mut node);
    fail(&mut node);
    assert_eq!(node.wait(1), [], "a sign of life in between started the count again");
    fail(&mut node);
    assert_eq!(node.wait(1), [Action::Disconnect(peer)]);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Unresponsive }]);
}

#[test]
fn a_request_that_nobody_reports_on_counts_as_failed() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let actions = node.wait(400);
    assert_eq!(count(&actions, &Action::SendPing(peer)), 3);
    assert!(actions.contains(&Action::Disconnect(peer)));
}

#[test]
fn a_newer_counter_fetches_metadata_once_and_within_the_quota() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.wait(10);
    node.manager.pinged(&peer, 0, node.now);
    assert_eq!(node.actions(), []);
    node.manager.pinged(&peer, 1, node.now);
    node.manager.pinged(&peer, 1, node.now);
    assert_eq!(node.actions(), [Action::SendMetaData(peer)]);
    assert_eq!(node.answer_metadata(peer, metadata(1)), []);
    let mut asked = 0;
    for seq in 2..62 {
        node.manager.pinged(&peer, seq, node.now);
        let actions = node.wait_answering(peer, 1);
        asked += count(&actions, &Action::SendMetaData(peer));
        node.answer_metadata(peer, metadata(seq));
    }
    assert!((8..=11).contains(&asked), "{asked} in a minute");
}

#[test]
fn a_status_is_refreshed_every_five_minutes() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    let actions = node.wait_answering(peer, 299);
    assert_eq!(count(&actions, &Action::SendStatus(peer)), 0);
    let actions = node.wait_answering(peer, 1);
    assert_eq!(count(&actions, &Action::SendStatus(peer)), 1);
    node.answer_status(peer, node.ours);
    let actions = node.wait_answering(peer, 299);
    assert_eq!(count(&actions, &Action::SendStatus(peer)), 0);
}

#[test]
fn a_status_before_the_first_tick_is_judged_at_it() {
    let mut node = Node::new();
    let config = node.manager.config().clone();
    node.manager = Manager::new(config);
    let peer = someone();
    node.manager.discovered(someone(), vec![address(1)], node.now);
    assert_eq!(node.connect(peer, Direction::Dialer), [Action::SendStatus(peer)]);
    assert_eq!(node.answer_status(peer, node.ours), []);
    let actions = node.tick();
    assert!(actions.contains(&Action::SendMetaData(peer)) && dials(&actions).len() == 1, "{actions:?}");
}

#[test]
fn an_agent_name_is_cleaned_and_cut() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    node.manager.identified(&peer, &format!("evil\u{1b}[31m/{}", "x".repeat(1000)));
    let agent = node.manager.peer(&peer, node.now).unwrap().agent.unwrap();
    assert!(agent.starts_with("evil[31m/x") && agent.len() == 128);
}
