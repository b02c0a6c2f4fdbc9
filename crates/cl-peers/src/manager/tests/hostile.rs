//! Peers that misbehave, and what it costs them: the right score, the right reason, and no more.

use cl_types::{Epoch, Fault, GoodbyeReason, Method, Root, Severity, Slot, Source};

use super::*;
use crate::coverage::{Targets, Wanted};
use crate::lifecycle::State;
use crate::subnets::{Subnet, Subnets};
use crate::testing::{at, member, metadata_with};

fn faults(node: &Node, peer: &PeerId) -> Vec<(Source, &'static str)> {
    node.manager.penalties(peer).iter().map(|entry| (entry.source, entry.what)).collect()
}

fn score(node: &Node, peer: &PeerId) -> f64 {
    node.manager.peer(peer, node.now).unwrap().score
}

#[test]
fn a_storm_of_goodbyes_is_one_parting_and_some_small_faults() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    for code in 0..1000 {
        node.manager.goodbye_received(&peer, GoodbyeReason(code % 3 + 1), node.now);
        assert_eq!(node.actions(), [], "there is nothing to do about it");
    }
    let entry = node.manager.table.get(&peer).unwrap();
    assert_eq!(entry.goodbyes.len(), crate::peer::MAX_GOODBYES);
    assert_eq!(entry.life.steps().last().unwrap().to, State::Leaving);
    assert!(faults(&node, &peer).iter().all(|fault| *fault == (Source::Handshake, "said goodbye again")));
    let reason = GoneReason::Goodbye(GoodbyeReason(1));
    assert_eq!(node.close(peer), [Action::Gone { peer, reason }], "the first word counts");
    let again = node.connect(peer, Direction::Listener);
    assert_eq!(again, [Action::Goodbye { peer, reason: GoodbyeReason::BANNED }]);
}

#[test]
fn one_goodbye_costs_nothing() {
    let mut node = Node::new();
    for _ in 0..50 {
        let peer = node.ready(Direction::Listener);
        node.manager.goodbye_received(&peer, GoodbyeReason::TOO_MANY_PEERS, node.now);
        node.close(peer);
        assert_eq!(score(&node, &peer), 0.0);
    }
}

#[test]
fn a_status_that_takes_back_what_was_final_costs_points_and_a_habit_the_connection() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Dialer);
    let ours = node.ours;
    let status =
        |epoch, root| StatusV2 { finalized_epoch: Epoch(epoch), finalized_root: Root::repeat_byte(root), ..ours };
    let says = [status(8, 1), status(7, 1), status(8, 2), status(8, 3)];
    let mut actions = Vec::new();
    for (number, said) in says.into_iter().enumerate() {
        actions = node.ask_status(peer, said);
        assert_eq!(score(&node, &peer), [0.0, -5.0, -5.0, -10.0][number]);
    }
    assert_eq!(actions, []);
    let expected =
        [(Source::Handshake, "its finalized epoch went back"), (Source::Handshake, "its finalized root changed")];
    assert_eq!(faults(&node, &peer), expected);
    node.ask_status(peer, status(7, 1));
    let last = node.ask_status(peer, status(6, 1));
    assert_eq!(last, [Action::Goodbye { peer, reason: GoodbyeReason::BAD_SCORE }]);
}

#[test]
fn a_status_of_another_chain_after_a_good_one_ends_the_session() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let theirs = StatusV2 { fork_digest: crate::testing::STRANGE, ..node.ours };
    let goodbye = Action::Goodbye { peer, reason: GoodbyeReason::IRRELEVANT_NETWORK };
    assert_eq!(node.ask_status(peer, theirs), [goodbye]);
    assert_eq!(node.ask_status(peer, node.ours), [], "too late");
    assert_eq!(score(&node, &peer), 0.0);
}

#[test]
fn custody_that_falls_short_of_the_record_or_of_earlier_metadata_is_a_small_fault() {
    let mut node = Node::new();
    let peer = node.manager.discovered_record(&member(1, &[], 64, "203.0.113.1"), node.now).unwrap();
    node.actions();
    node.connect(peer, Direction::Dialer);
    node.answer_status(peer, node.ours);
    let has = |node: &Node| node.manager.table.get(&peer).unwrap().has().columns.count_ones();
    assert_eq!(has(&node), 64);
    node.answer_metadata(peer, metadata_with(1, &[], 8));
    assert_eq!((has(&node), score(&node, &peer)), (8, -1.0), "it counts for what it says last");
    node.answer_metadata(peer, metadata_with(2, &[], 128));
    assert_eq!((has(&node), score(&node, &peer)), (128, -1.0), "more is welcome");
    node.answer_metadata(peer, metadata_with(3, &[], 4));
    node.answer_metadata(peer, metadata_with(3, &[], 5));
    node.answer_metadata(peer, metadata_with(2, &[], 5));
    node.answer_metadata(peer, metadata_with(4, &[], 129));
    assert_eq!((has(&node), score(&node, &peer)), (0, -9.0));
    let words: Vec<_> = faults(&node, &peer).into_iter().map(|(_, what)| what).collect();
    assert_eq!(
        words,
        [
            "fewer custody groups than its record says",
            "the custody group count fell",
            "MetaData changed without its counter",
            "the MetaData counter went back",
            "more custody groups than there are",
        ]
    );
    assert_eq!(node.manager.peer(&peer, node.now).unwrap().state, State::Ready, "no reason to part yet");
}

#[test]
fn a_peer_whose_custody_flickers_is_left_in_the_end() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    let mut left = None;
    for seq in 1..100 {
        let actions = node.answer_metadata(peer, metadata_with(seq, &[], if seq % 2 == 0 { 4 } else { 8 }));
        if !actions.is_empty() {
            left = Some((seq, actions));
            break;
        }
    }
    let goodbye = Action::Goodbye { peer, reason: GoodbyeReason::BAD_SCORE };
    assert_eq!(left, Some((40, vec![goodbye])), "after twenty falls");
}

#[test]
fn columns_that_are_promised_and_not_served_do_not_count_and_cost_points_once() {
    let mut node = Node::new();
    let record = member(1, &[], 4, "203.0.113.1");
    let peer = node.manager.discovered_record(&record, node.now).unwrap();
    node.actions();
    node.connect(peer, Direction::Dialer);
    node.answer_status(peer, StatusV2 { earliest_available_slot: Slot(100), head_slot: Slot(300), ..node.ours });
    node.answer_metadata(peer, metadata_with(1, &[], 4));
    let promised = node.manager.table.get(&peer).unwrap().has();
    let numbers: Vec<u8> = (0..128).filter(|column| promised.contains(Subnet::Column(*column))).collect();
    node.manager.want(&Wanted::new(Targets { column: 1, ..Targets::default() }).with(&promised));
    assert_eq!(node.manager.gaps().count(), 0);
    let lacks = |node: &mut Node, columns: &[u8], slot| {
        let columns: Vec<_> = columns.iter().map(|column| (*column, Slot(slot))).collect();
        node.manager.lacks_columns(&peer, columns, node.now);
        node.tick();
    };
    let other = (0..128).find(|column| !promised.contains(Subnet::Column(*column))).unwrap();
    lacks(&mut node, &[other], 200);
    lacks(&mut node, &numbers, 99);
    lacks(&mut node, &numbers, 301);
    assert_eq!(score(&node, &peer), 0.0, "what was never promised, or not for that slot, is no lie");
    lacks(&mut node, &numbers[..3], 100);
    lacks(&mut node, &numbers[..2], 300);
    let gaps: Vec<_> = node.manager.gaps().map(|gap| gap.subnet).collect();
    assert_eq!(gaps, numbers[..3].iter().map(|column| Subnet::Column(*column)).collect::<Vec<_>>());
    assert_eq!(faults(&node, &peer), [(Source::Rpc, "does not serve a column in its custody")], "once");
    assert_eq!(score(&node, &peer), -5.0);
    node.close(peer);
    node.make_ready(peer, Direction::Dialer);
    assert_eq!(node.manager.table.get(&peer).unwrap().has(), promised, "a new session, a new chance");
}

#[test]
fn time_outs_and_broken_connections_alone_never_ban_and_cost_nothing() {
    let mut node = Node::new();
    let peer = node.manager.discovered_record(&member(1, &[], 4, "203.0.113.1"), node.now).unwrap();
    node.actions();
    for round in 0..500 {
        for method in [Method::Status, Method::MetaData, Method::Ping, Method::BlocksByRange, Method::BlocksByRoot] {
            node.manager.request_failed(&peer, method, Fault::Network, round % 2 == 0, node.now);
        }
        node.manager.fault(&peer, Source::Gossip, Fault::Network, node.now);
        node.manager.dial_failed(&peer, node.now);
        if round % 3 == 0 {
            node.connect(peer, if round % 2 == 0 { Direction::Dialer } else { Direction::Listener });
            node.wait(40);
            node.close(peer);
        }
        node.wait(5);
        let info = node.manager.peer(&peer, node.now).unwrap();
        assert_eq!((info.score, info.banned_until), (0.0, None));
    }
    assert_eq!(node.manager.illegal_steps(), 0);
}

#[test]
fn the_router_parts_us_from_a_peer_but_bans_it_only_with_faults_beside() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.router_score(&peer, -8000.0, node.now);
    assert_eq!((node.actions(), score(&node, &peer)), (vec![], -10.0));
    node.manager.router_score(&peer, 3.0, node.now);
    assert_eq!(score(&node, &peer), 0.0);
    node.manager.router_score(&peer, -1e12, node.now);
    assert_eq!(node.actions(), [Action::Goodbye { peer, reason: GoodbyeReason::BAD_SCORE }]);
    node.close(peer);
    assert_eq!(node.manager.peer(&peer, node.now).unwrap().banned_until, None);
    for _ in 0..3 {
        node.manager.fault(&peer, Source::Validation, Fault::Peer(Severity::High), node.now);
    }
    assert!(node.manager.peer(&peer, node.now).unwrap().banned_until.is_some());
}

#[test]
fn enough_banned_neighbours_ban_the_address_and_those_who_are_there() {
    let mut node = Node::new();
    let arrive = |node: &mut Node, ip: &str| {
        let peer = someone();
        node.manager.connected_at(peer, KEY, Direction::Listener, Some(&at(ip)), node.now);
        (peer, node.actions())
    };
    let (bystander, _) = arrive(&mut node, "203.0.113.5");
    let (elsewhere, _) = arrive(&mut node, "203.0.113.6");
    for _ in 0..3 {
        let (peer, _) = arrive(&mut node, "203.0.113.5");
        node.manager.fault(&peer, Source::Validation, Fault::Peer(Severity::Fatal), node.now);
        node.close(peer);
    }
    let banned = GoodbyeReason::BANNED_IP;
    let info = |node: &Node, peer| node.manager.peer(peer, node.now).unwrap();
    assert_eq!(info(&node, &bystander).leaving, Some(GoneReason::BannedAddress));
    assert_eq!(info(&node, &elsewhere).leaving, None);
    let (late, actions) = arrive(&mut node, "203.0.113.5");
    assert_eq!(actions, [Action::Goodbye { peer: late, reason: banned }]);
    node.close(late);
    node.wait(1801);
    let (_, actions) = arrive(&mut node, "203.0.113.5");
    assert_eq!(actions, [], "bans end");
    for _ in 0..20 {
        let (peer, _) = arrive(&mut node, "127.0.0.1");
        node.manager.fault(&peer, Source::Validation, Fault::Peer(Severity::Fatal), node.now);
        node.close(peer);
    }
    assert_eq!(arrive(&mut node, "127.0.0.1").1, [], "loopback is never banned as a whole");
}

#[test]
fn a_peer_on_the_digest_of_the_era_to_come_is_tried_again_soon() {
    let mut node = Node::new();
    node.plan.next = Some(crate::testing::era(crate::testing::NEXT, 12));
    node.tick();
    let peer = node.manager.discovered_record(&member(1, &[], 4, "203.0.113.1"), node.now).unwrap();
    node.actions();
    node.connect(peer, Direction::Dialer);
    let theirs = StatusV2 { fork_digest: crate::testing::NEXT, ..node.ours };
    node.answer_status(peer, theirs);
    node.close(peer);
    assert_eq!(dials(&node.wait(599)), []);
    assert_eq!(dials(&node.wait(2)), [peer], "ten minutes, not four hours");
}

#[test]
fn what_a_peer_says_is_bounded() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    for number in 0..200_u64 {
        node.manager.identified(&peer, &"x".repeat(10_000));
        node.manager.listens_at(&peer, (1..200).map(address).collect());
        node.manager.subscribed(&peer, Subnets { attestation: u64::MAX, sync: 255, columns: u128::MAX });
        node.answer_metadata(peer, metadata_with(number, &[], 4));
        node.manager.fault(&peer, Source::Rpc, Fault::Local, node.now);
    }
    let entry = node.manager.table.get(&peer).unwrap();
    assert_eq!((entry.addresses.len(), entry.agent.as_ref().unwrap().len()), (8, 128));
    assert_eq!(entry.has().columns.count_ones(), 0, "columns are not subscribed to but kept");
}
