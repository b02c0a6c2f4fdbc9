//! Whom we dial, how fast, how often.

use super::*;
use crate::lifecycle::State;

fn discover(node: &mut Node, peers: usize) -> Vec<PeerId> {
    let peers: Vec<PeerId> = (0..peers).map(|_| someone()).collect();
    for peer in &peers {
        node.manager.discovered(*peer, vec![address(1)], node.now);
    }
    peers
}

#[test]
fn dials_are_spaced_and_few_at_a_time() {
    let mut node = Node::with(|config| config.max_dialing = 6);
    discover(&mut node, 20);
    assert_eq!(dials(&node.actions()).len(), 4, "in the first second");
    assert_eq!(dials(&node.wait(1)).len(), 0, "a second has not passed in full");
    assert_eq!(dials(&node.wait(1)).len(), 2, "six are under way");
    assert_eq!(dials(&node.wait(27)).len(), 0);
    let again = dials(&node.wait(10));
    assert!(again.len() >= 6, "those six are given up: {again:?}");
    assert_eq!(node.manager.counts(node.now).dialing, 6);
}

#[test]
fn only_the_target_is_dialled_for_and_discovery_hears_what_is_missing() {
    let mut node = Node::with(|config| config.target_peers = 3);
    let wanted = |node: &mut Node| {
        node.manager.tick(node.now, &node.plan, &node.ours);
        let all = std::iter::from_fn(|| node.manager.poll_action());
        all.filter(|action| matches!(action, Action::Wanted(_))).collect::<Vec<_>>()
    };
    node.ready(Direction::Listener);
    assert_eq!(wanted(&mut node), [Action::Wanted(2)]);
    assert_eq!(wanted(&mut node), []);
    discover(&mut node, 10);
    let dialled = dials(&node.actions());
    assert_eq!(dialled.len(), 2);
    for peer in dialled {
        node.make_ready(peer, Direction::Dialer);
    }
    assert_eq!(wanted(&mut node), [Action::Wanted(0)]);
    assert_eq!(dials(&node.wait(20)), []);
}

#[test]
fn a_peer_that_cannot_be_reached_is_tried_less_and_less() {
    let mut node = Node::new();
    let peer = discover(&mut node, 1)[0];
    let mut dials_by_hour = [0; 2];
    let mut longest = 0;
    for count in &mut dials_by_hour {
        let mut last = 0;
        for second in 0..3600 {
            let dialled = node.wait(1);
            if !dialled.is_empty() {
                longest = longest.max(second - last);
                last = second;
                *count += 1;
            }
            node.manager.dial_failed(&peer, node.now);
        }
    }
    let [first, second] = dials_by_hour;
    assert!((15..30).contains(&first) && (12..=17).contains(&second), "{dials_by_hour:?}");
    assert!((200..=301).contains(&longest), "{longest}");
    let info = node.manager.peer(&peer, node.now).unwrap();
    assert_eq!(info.state, State::Cooling);
    assert_eq!(info.totals.failed_dials, info.totals.dials);
}

#[test]
fn a_static_peer_is_dialled_though_there_are_peers_enough() {
    let mut node = Node::with(|config| config.target_peers = 1);
    node.ready(Direction::Listener);
    let friend = someone();
    node.manager.add_static(friend, vec![address(1)], node.now);
    assert_eq!(dials(&node.actions()), [friend]);
    node.make_ready(friend, Direction::Dialer);
    node.close(friend);
    assert_eq!(dials(&node.wait(2)), [friend]);
}

#[test]
fn a_failed_dial_says_nothing_about_a_peer_that_dialled_us_meanwhile() {
    let mut node = Node::new();
    let peer = discover(&mut node, 1)[0];
    node.actions();
    node.make_ready(peer, Direction::Listener);
    node.manager.dial_failed(&peer, node.now);
    let info = node.manager.peer(&peer, node.now).unwrap();
    assert_eq!((info.state, info.failures), (State::Ready, 0));
}

#[test]
fn we_never_dial_ourselves_nor_peers_without_addresses() {
    let mut node = Node::new();
    let local = node.manager.config().local;
    node.manager.discovered(local, vec![address(1)], node.now);
    node.manager.add_static(local, vec![address(1)], node.now);
    node.manager.discovered(someone(), Vec::new(), node.now);
    assert_eq!(node.wait(5), []);
}
