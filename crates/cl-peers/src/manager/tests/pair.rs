//! Two managers that dial each other at the same moment.

use std::collections::BTreeSet;

use super::*;

/// Carries out what both want until nobody wants anything; the open connections by the side that dialled them.
fn settle(nodes: &mut [Node; 2], open: &mut BTreeSet<(usize, ConnectionKey)>) -> usize {
    let ids = nodes.each_ref().map(|node| node.manager.config().local);
    let mut gone = 0;
    loop {
        let actions = nodes.each_mut().map(Node::actions);
        if actions.iter().all(Vec::is_empty) {
            return gone;
        }
        for (me, actions) in actions.into_iter().enumerate() {
            let other = 1 - me;
            for action in actions {
                match action {
                    Action::SendStatus(_) => {
                        let (ours, theirs) = (nodes[me].ours, nodes[other].ours);
                        let now = nodes[me].now;
                        nodes[other].manager.status(&ids[me], Status::V2(ours), true, now);
                        nodes[me].manager.status(&ids[other], Status::V2(theirs), false, now);
                    }
                    Action::SendMetaData(_) => {
                        let now = nodes[me].now;
                        nodes[me].manager.metadata(&ids[other], metadata(0), now);
                    }
                    Action::CloseConnection { connection, .. } => {
                        if let Some(found) = open.iter().find(|(_, key)| *key == connection).copied() {
                            open.remove(&found);
                            for side in 0..2 {
                                let now = nodes[side].now;
                                nodes[side].manager.connection_closed(&ids[1 - side], connection, now);
                            }
                        }
                    }
                    Action::Gone { .. } => gone += 1,
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn of_two_simultaneous_connections_both_sides_keep_the_same_one() {
    // Each side may hear of the two connections in either order.
    for swapped in [[false, false], [true, false], [false, true], [true, true]] {
        let mut nodes = [Node::new(), Node::new()];
        let ids = nodes.each_ref().map(|node| node.manager.config().local);
        let mut open = BTreeSet::from([(0, ConnectionKey(10)), (1, ConnectionKey(11))]);
        for side in 0..2 {
            let now = nodes[side].now;
            nodes[side].manager.discovered(ids[1 - side], vec![address(1)], now);
            assert_eq!(dials(&nodes[side].actions()), [ids[1 - side]]);
        }
        for (side, swapped) in swapped.into_iter().enumerate() {
            let mut events: Vec<_> = open.iter().copied().collect();
            if swapped {
                events.reverse();
            }
            let now = nodes[side].now;
            for (dialer, connection) in events {
                let direction = if dialer == side { Direction::Dialer } else { Direction::Listener };
                nodes[side].manager.connected(ids[1 - side], connection, direction, now);
            }
        }
        assert_eq!(settle(&mut nodes, &mut open), 0, "nobody is gone");
        let smaller = usize::from(ids[1] < ids[0]);
        assert_eq!(open.iter().map(|(dialer, _)| *dialer).collect::<Vec<_>>(), [smaller]);
        for side in 0..2 {
            let now = nodes[side].now;
            let info = nodes[side].manager.peer(&ids[1 - side], now).unwrap();
            assert_eq!(info.state, crate::State::Ready);
            let role = if side == smaller { Direction::Dialer } else { Direction::Listener };
            assert_eq!(info.direction, Some(role));
            assert_eq!(nodes[side].wait(5), []);
        }
    }
}
