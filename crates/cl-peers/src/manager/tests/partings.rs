//! Connections that come twice, goodbyes, room.

use cl_types::GoodbyeReason;

use super::*;
use crate::lifecycle::State;

#[test]
fn a_second_connection_the_same_way_is_closed_and_the_peer_stays() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let connection = ConnectionKey(2);
    node.manager.connected(peer, connection, Direction::Listener, node.now);
    assert_eq!(node.actions(), [Action::CloseConnection { peer, connection }]);
    node.manager.connected(peer, connection, Direction::Listener, node.now);
    assert_eq!(node.actions(), [], "told twice");
    node.manager.connection_closed(&peer, connection, node.now);
    assert_eq!(node.actions(), []);
    assert_eq!(node.manager.peer(&peer, node.now).unwrap().state, State::Ready);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Lost }]);
    assert_eq!(node.close(peer), [], "once");
}

#[test]
fn the_kept_connection_may_break_before_the_other_is_closed() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let second = ConnectionKey(2);
    node.manager.connected(peer, second, Direction::Listener, node.now);
    node.actions();
    assert_eq!(node.close(peer), []);
    assert_eq!(node.wait(4), [], "it asks nothing any more");
    assert_eq!(node.wait(1), [Action::Disconnect(peer)]);
    node.manager.connection_closed(&peer, second, node.now);
    assert_eq!(node.actions(), [Action::Gone { peer, reason: GoneReason::Lost }]);
}

#[test]
fn a_goodbye_is_given_time_and_then_the_connection_is_cut() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    node.manager.goodbye_received(&peer, GoodbyeReason::TOO_MANY_PEERS, node.now);
    assert_eq!(node.manager.peer(&peer, node.now).unwrap().state, State::Leaving);
    assert_eq!(node.wait(4), []);
    assert_eq!(node.wait(1), [Action::Disconnect(peer)]);
    assert_eq!(node.wait(4), []);
    assert_eq!(node.wait(1), [Action::Disconnect(peer)], "again, if nobody listened");
    let reason = GoneReason::Goodbye(GoodbyeReason::TOO_MANY_PEERS);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason }]);
}

#[test]
fn waits_before_the_redial_depend_on_the_goodbye() {
    let seconds_until_dial = |reason| {
        let mut node = Node::new();
        let peer = someone();
        node.manager.discovered(peer, vec![address(1)], node.now);
        node.actions();
        node.make_ready(peer, Direction::Dialer);
        node.manager.goodbye_received(&peer, reason, node.now);
        node.close(peer);
        (1..=20_000).find(|_| !dials(&node.wait(1)).is_empty())
    };
    assert_eq!(seconds_until_dial(GoodbyeReason::SHUTDOWN), Some(1));
    assert_eq!(seconds_until_dial(GoodbyeReason::FAULT), Some(1));
    assert_eq!(seconds_until_dial(GoodbyeReason::TOO_MANY_PEERS), Some(600));
    assert_eq!(seconds_until_dial(GoodbyeReason::BANNED), Some(3600));
    assert_eq!(seconds_until_dial(GoodbyeReason::IRRELEVANT_NETWORK), Some(4 * 3600));
}

#[test]
fn a_full_house_sends_strangers_away_but_no_static_peer() {
    let mut node = Node::with(|config| {
        config.target_peers = 2;
        config.max_peers = 3;
    });
    let friend = someone();
    node.manager.add_static(friend, vec![address(1)], node.now);
    for _ in 0..3 {
        node.ready(Direction::Listener);
    }
    let stranger = someone();
    let goodbye = Action::Goodbye { peer: stranger, reason: GoodbyeReason::TOO_MANY_PEERS };
    assert_eq!(node.connect(stranger, Direction::Listener), [goodbye]);
    assert_eq!(node.connect(friend, Direction::Listener), []);
    assert_eq!(node.close(stranger), [Action::Gone { peer: stranger, reason: GoneReason::TooManyPeers }]);
    let counts = node.manager.counts(node.now);
    assert_eq!((counts.connected(), counts.ready, counts.inbound, counts.leaving), (4, 3, 4, 0));
}

#[test]
fn the_application_can_send_a_peer_away() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    let reason = GoodbyeReason::FAULT;
    node.manager.disconnect(&peer, reason, node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer, reason }]);
    assert_eq!(node.close(peer), [Action::Gone { peer, reason: GoneReason::Requested(reason) }]);
}

#[test]
fn a_shutdown_tells_everyone_and_lets_nobody_in() {
    let mut node = Node::new();
    let peers = [node.ready(Direction::Dialer), node.ready(Direction::Listener)];
    node.manager.shutdown(node.now);
    let goodbye = |peer| Action::Goodbye { peer, reason: GoodbyeReason::SHUTDOWN };
    let actions = node.actions();
    assert!(peers.iter().all(|peer| count(&actions, &goodbye(*peer)) == 1) && actions.len() == 2, "{actions:?}");
    let late = someone();
    assert_eq!(node.connect(late, Direction::Listener), [goodbye(late)]);
    node.manager.discovered(someone(), vec![address(1)], node.now);
    assert_eq!(dials(&node.wait(100)), []);
    assert_eq!(node.close(late), [Action::Gone { peer: late, reason: GoneReason::Shutdown }]);
}
