//! The operator's words at run time.

use cl_types::{Fault, GoodbyeReason, Severity, Source};

use super::*;
use crate::lifecycle::State;
use crate::ranges::Range;
use crate::testing::{at, member};

const FATAL: Fault = Fault::Peer(Severity::Fatal);

fn state(node: &Node, peer: &PeerId) -> Option<State> {
    node.manager.peer(peer, node.now).map(|info| info.state)
}

#[test]
fn a_suggested_peer_is_dialled_at_once_even_while_it_cools() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.add(peer, vec![address(1)], node.now);
    assert_eq!(dials(&node.actions()), [peer]);
    node.make_ready(peer, Direction::Dialer);
    node.manager.goodbye_received(&peer, GoodbyeReason::BANNED, node.now);
    node.close(peer);
    assert_eq!(state(&node, &peer), Some(State::Cooling));
    assert_eq!(dials(&node.wait(100)), []);
    node.manager.add(peer, Vec::new(), node.now);
    assert_eq!(dials(&node.actions()), [peer]);
    assert_eq!(node.manager.illegal_steps(), 0);
}

#[test]
fn a_static_peer_that_is_none_any_more_is_not_redialled_for_its_own_sake() {
    let mut node = Node::with(|config| config.target_peers = 0);
    let peer = node.manager.add_record(&member(1, &[], 4, "203.0.113.1"), node.now).unwrap();
    assert_eq!(dials(&node.actions()), [], "there is no room for it");
    node.manager.add_static(peer, Vec::new(), node.now);
    assert_eq!(dials(&node.actions()), [peer]);
    node.manager.dial_failed(&peer, node.now);
    assert_eq!(dials(&node.wait(3)), [peer]);
    node.manager.remove_static(&peer, node.now);
    node.manager.dial_failed(&peer, node.now);
    assert_eq!(dials(&node.wait(600)), []);
}

#[test]
fn a_removed_peer_is_left_and_forgotten() {
    let mut node = Node::new();
    let (here, away) = (node.ready(Direction::Listener), someone());
    node.manager.add_static(away, Vec::new(), node.now);
    node.manager.remove(&away, node.now);
    assert_eq!(state(&node, &away), None);
    node.manager.remove(&here, node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer: here, reason: GoodbyeReason::TOO_MANY_PEERS }]);
    assert_eq!(state(&node, &here), Some(State::Leaving));
    let reason = GoneReason::Requested(GoodbyeReason::TOO_MANY_PEERS);
    assert_eq!(node.close(here), [Action::Gone { peer: here, reason }]);
    assert_eq!(state(&node, &here), None);
}

#[test]
fn a_removed_peer_that_is_being_dialled_goes_when_the_dial_ends() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.add(peer, vec![address(1)], node.now);
    node.manager.remove(&peer, node.now);
    assert_eq!(state(&node, &peer), Some(State::Dialing));
    node.manager.dial_failed(&peer, node.now);
    assert_eq!(state(&node, &peer), None);
}

#[test]
fn a_ban_ends_the_session_lasts_its_time_and_can_be_lifted() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let goodbye = [Action::Goodbye { peer, reason: GoodbyeReason::BANNED }];
    node.manager.ban(peer, Some(Duration::from_secs(100)), node.now);
    assert_eq!(node.actions(), goodbye);
    node.close(peer);
    assert_eq!(state(&node, &peer), Some(State::Banned));
    node.wait(99);
    assert_eq!(node.connect(peer, Direction::Listener), goodbye);
    node.close(peer);
    node.wait(1);
    assert_ne!(state(&node, &peer), Some(State::Banned));
    assert_eq!(node.connect(peer, Direction::Listener), []);

    node.manager.ban(peer, None, node.now);
    node.close(peer);
    node.manager.unban(&peer, node.now);
    assert_eq!(node.connect(peer, Direction::Listener), [], "nobody has to wait for it");

    let stranger = someone();
    node.manager.ban(stranger, None, node.now);
    assert_eq!(state(&node, &stranger), Some(State::Banned), "also before it was ever seen");
    assert_eq!(node.manager.illegal_steps(), 0);
}

#[test]
fn a_shorter_ban_does_not_shorten_a_longer_one() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.ban(peer, Some(Duration::from_secs(10_000)), node.now);
    node.manager.fault(&peer, Source::Rpc, FATAL, node.now);
    node.close(peer);
    node.wait(5000);
    assert_eq!(state(&node, &peer), Some(State::Banned));
}

#[test]
fn a_trusted_peer_never_leaves_for_score_or_room() {
    let mut node = Node::with(|config| {
        config.target_peers = 1;
        config.max_peers = 1;
        config.max_per_network = 1;
        config.outbound_percent = 0;
    });
    let (friend, other) = (someone(), someone());
    let ip = at("203.0.113.1");
    node.manager.connected_at(other, KEY, Direction::Listener, Some(&ip), node.now);
    node.manager.ban_range(Range::network("203.0.113.0".parse().unwrap()), None, node.now);
    node.close(other);
    node.manager.trust(friend, node.now);
    node.ready(Direction::Listener);
    node.manager.connected_at(friend, KEY, Direction::Listener, Some(&ip), node.now);
    assert_eq!(node.actions(), [], "no room, a banned range, and it is let in");
    node.greet(friend, true);
    for _ in 0..100 {
        node.manager.fault(&friend, Source::Validation, FATAL, node.now);
        node.manager.router_score(&friend, -1e9, node.now);
    }
    assert_eq!(node.actions(), []);
    let actions = node.wait_answering_all(120);
    assert!(!actions.contains(&Action::Goodbye { peer: friend, reason: GoodbyeReason::TOO_MANY_PEERS }));
    assert_eq!(state(&node, &friend), Some(State::Ready));
    assert!(node.manager.peer(&friend, node.now).unwrap().score < -80.0, "it is counted all the same");

    node.manager.untrust(&friend);
    node.manager.fault(&friend, Source::Rpc, Fault::Peer(Severity::Low), node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer: friend, reason: GoodbyeReason::BANNED }]);
}

#[test]
fn a_banned_range_is_left_refused_and_not_dialled() {
    let mut node = Node::new();
    let (inside, outside) = (someone(), someone());
    node.manager.connected_at(inside, KEY, Direction::Listener, Some(&at("2001:db8:1::5")), node.now);
    node.manager.connected_at(outside, KEY, Direction::Listener, Some(&at("2001:db8:2::5")), node.now);
    node.actions();
    let range: Range = "2001:db8:1::/48".parse().unwrap();
    assert!(node.manager.ban_range(range, Some(Duration::from_secs(60)), node.now));
    assert_eq!(node.actions(), [Action::Goodbye { peer: inside, reason: GoodbyeReason::BANNED_IP }]);
    node.close(inside);
    let known = someone();
    node.manager.discovered(known, vec![at("2001:db8:1:2::3")], node.now);
    assert_eq!(dials(&node.wait(59)), []);
    let why = node.manager.explain(&known, node.now).unwrap();
    assert_eq!(why.next_dial.not_now.as_deref(), Some("its address is banned"));
    assert!(node.manager.range_ban("2001:db8:1::".parse().unwrap(), node.now).is_some());
    assert_eq!(dials(&node.wait(2)), [known], "when it is over");
    assert_eq!(node.manager.range_bans().count(), 0);
    node.manager.ban_range(range, None, node.now);
    assert!(node.manager.unban_range(range) && !node.manager.unban_range(range));
}

#[test]
fn everyone_in_a_range_can_be_sent_away_without_a_ban() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.connected_at(peer, KEY, Direction::Listener, Some(&at("203.0.113.1")), node.now);
    node.ready(Direction::Listener);
    let reason = GoodbyeReason::FAULT;
    node.manager.disconnect_range("203.0.113.0/24".parse().unwrap(), reason, node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer, reason }]);
    node.close(peer);
    node.manager.connected_at(peer, KEY, Direction::Listener, Some(&at("203.0.113.1")), node.now);
    assert_eq!(node.actions(), []);
}
