//! Whom we dial for what it has, whom we drop, and how much alike our peers may be.

use cl_types::GoodbyeReason;

use super::*;
use crate::coverage::{Gap, Targets, Wanted};
use crate::dialer::DialWhy;
use crate::lifecycle::Cause;
use crate::prune::DropWhy;
use crate::subnets::{Subnet, Subnets};
use crate::testing::{at, member, metadata_with};

const SEVEN: Subnet = Subnet::Attestation(7);
const ONE: Targets = Targets { attestation: 1, sync: 1, column: 1 };

fn want(node: &mut Node, subnets: &[Subnet], targets: Targets) {
    let subnets: Subnets = subnets.iter().copied().collect();
    node.manager.want(&Wanted::new(targets).with(&subnets));
}

fn gaps(node: &mut Node) -> Vec<Vec<Gap>> {
    let gaps = |action| match action {
        Action::Gaps(gaps) => Some(gaps),
        _ => None,
    };
    node.tick().into_iter().filter_map(gaps).collect()
}

/// A ready peer with these attestation subnets.
fn ready_with(node: &mut Node, subnets: &[u8], direction: Direction) -> PeerId {
    let peer = someone();
    node.connect(peer, direction);
    node.manager.status(&peer, Status::V2(node.ours), direction == Direction::Listener, node.now);
    let actions = node.answer_metadata(peer, metadata_with(1, subnets, 4));
    assert!(actions.contains(&Action::Ready(peer)), "{actions:?}");
    peer
}

fn why_dialled(node: &Node, peer: &PeerId) -> Option<DialWhy> {
    let steps: Vec<_> = node.manager.table.get(peer).unwrap().life.steps().copied().collect();
    steps.iter().rev().find_map(|step| match step.why {
        Cause::Chosen(why) => Some(why),
        _ => None,
    })
}

#[test]
fn gaps_are_told_when_they_change() {
    let mut node = Node::new();
    want(&mut node, &[SEVEN], ONE);
    let gap = Gap { subnet: SEVEN, have: 0, want: 1, until: None };
    assert_eq!(gaps(&mut node), [vec![gap]]);
    assert!(gaps(&mut node).is_empty());
    let peer = ready_with(&mut node, &[7], Direction::Listener);
    assert_eq!(gaps(&mut node), [vec![]], "all is well");
    assert_eq!(node.manager.having(SEVEN).collect::<Vec<_>>(), [&peer]);
    node.close(peer);
    assert_eq!(gaps(&mut node), [vec![gap]]);
}

#[test]
fn a_topic_that_a_peer_subscribed_to_counts_like_its_metadata() {
    let mut node = Node::new();
    want(&mut node, &[SEVEN], ONE);
    let peer = ready_with(&mut node, &[], Direction::Listener);
    assert_eq!(gaps(&mut node).len(), 1);
    node.manager.subscribed(&peer, [SEVEN].into_iter().collect());
    assert_eq!(gaps(&mut node), [vec![]]);
    node.manager.subscribed(&peer, Subnets::NONE);
    assert_eq!(gaps(&mut node).len(), 1);
}

#[test]
fn a_peer_that_fills_a_gap_is_dialled_first_and_the_reason_is_kept() {
    let mut node = Node::with(|config| {
        config.target_peers = 1;
        config.gap_slots = 0;
    });
    // Two candidates; both are known before anything may be dialled.
    let stranger = someone();
    let keeper = member(1, &[7], 4, "203.0.113.1");
    let full = ready_with(&mut node, &[], Direction::Listener);
    node.manager.discovered(stranger, vec![address(1)], node.now);
    let filler = node.manager.discovered_record(&keeper, node.now).unwrap();
    want(&mut node, &[SEVEN], ONE);
    assert_eq!(dials(&node.wait(3)), [], "no room, and no slots beyond");
    node.close(full);
    assert_eq!(dials(&node.tick()), [filler]);
    assert_eq!(why_dialled(&node, &filler), Some(DialWhy::Gap(SEVEN)));
}

#[test]
fn a_full_node_dials_for_gaps_within_its_slots_and_for_nothing_else() {
    let mut node = Node::with(|config| {
        config.target_peers = 2;
        config.gap_slots = 1;
    });
    ready_with(&mut node, &[], Direction::Listener);
    ready_with(&mut node, &[], Direction::Listener);
    want(&mut node, &[SEVEN], Targets { attestation: 4, ..ONE });
    let records = (1..=3).map(|n| member(n, &[7], 4, &format!("203.0.{n}.1")));
    let fillers: Vec<_> = records.map(|record| node.manager.discovered_record(&record, node.now).unwrap()).collect();
    node.manager.discovered(someone(), vec![address(1)], node.now);
    let dialled = dials(&node.wait(5));
    assert!(dialled.len() == 1 && fillers.contains(&dialled[0]), "{dialled:?}");
}

#[test]
fn two_peers_are_not_dialled_for_one_gap() {
    let mut node = Node::with(|config| {
        config.target_peers = 0;
        config.gap_slots = 5;
    });
    want(&mut node, &[SEVEN], ONE);
    for number in 1..=3 {
        let record = member(number, &[7], 4, &format!("203.0.{number}.1"));
        node.manager.discovered_record(&record, node.now).unwrap();
    }
    assert_eq!(dials(&node.wait(5)).len(), 1);
}

#[test]
fn columns_of_a_candidate_follow_from_its_node_id() {
    let mut node = Node::with(|config| {
        config.target_peers = 0;
        config.gap_slots = 1;
    });
    let record = member(1, &[], 8, "203.0.113.1");
    let facts = crate::claims::RecordFacts::of(&record);
    let column = Subnets::of_custody(facts.node_id, 8).iter().next().unwrap();
    want(&mut node, &[column], ONE);
    node.tick();
    let peer = node.manager.discovered_record(&record, node.now).unwrap();
    assert_eq!(dials(&node.actions()), [peer]);
    assert_eq!(why_dialled(&node, &peer), Some(DialWhy::Gap(column)));
}

#[test]
fn surplus_peers_are_dropped_after_a_while_but_not_who_is_needed() {
    let mut node = Node::with(|config| {
        config.target_peers = 2;
        config.max_peers = 10;
        config.gap_slots = 0;
        config.outbound_percent = 0;
    });
    want(&mut node, &[SEVEN], ONE);
    let first = ready_with(&mut node, &[], Direction::Listener);
    node.wait(1);
    let needed = ready_with(&mut node, &[7], Direction::Listener);
    let friend = someone();
    node.manager.trust(friend, node.now);
    node.make_ready(friend, Direction::Listener);
    let actions = node.wait_answering_all(29);
    assert!(!actions.iter().any(|action| matches!(action, Action::Goodbye { .. })), "newcomers are given time");
    let actions = node.wait_answering_all(10);
    let goodbye = Action::Goodbye { peer: first, reason: GoodbyeReason::TOO_MANY_PEERS };
    assert_eq!(count(&actions, &goodbye), 1);
    assert_eq!(node.close(first), [Action::Gone { peer: first, reason: GoneReason::Pruned(DropWhy::Redundant) }]);
    let actions = node.wait_answering_all(60);
    assert!(!actions.iter().any(|action| matches!(action, Action::Goodbye { .. })), "two are left: {actions:?}");
    assert!(node.manager.table.get(&needed).unwrap().is_ready() && node.manager.table.get(&friend).unwrap().is_ready());
}

#[test]
fn newcomers_push_nobody_out_by_their_number() {
    let mut node = Node::with(|config| {
        config.target_peers = 3;
        config.max_peers = 20;
        config.outbound_percent = 0;
    });
    let old: Vec<_> = (0..3).map(|_| ready_with(&mut node, &[], Direction::Listener)).collect();
    node.wait_answering_all(60);
    for round in 0..40 {
        let newcomer = ready_with(&mut node, &[], Direction::Listener);
        let left = node.wait_answering_all(4);
        for action in left {
            if let Action::Goodbye { peer, .. } = action {
                assert!(!old.contains(&peer), "an old peer left in round {round}");
                node.close(peer);
            }
        }
        assert!(node.manager.table.get(&newcomer).is_some());
    }
    assert!(node.manager.counts(node.now).connected() <= 3 + 9);
}

#[test]
fn a_share_of_the_peers_is_dialled_by_us_even_when_others_fill_the_house() {
    let mut node = Node::with(|config| {
        config.target_peers = 4;
        config.max_peers = 8;
        config.outbound_percent = 50;
        config.gap_slots = 0;
    });
    for _ in 0..4 {
        ready_with(&mut node, &[], Direction::Listener);
    }
    let known: Vec<_> = (1..=4).map(|n| member(n, &[], 4, &format!("203.0.{n}.1"))).collect();
    for record in &known {
        node.manager.discovered_record(record, node.now);
    }
    let dialled = dials(&node.wait(3));
    assert_eq!(dialled.len(), 2);
    assert_eq!(why_dialled(&node, &dialled[0]), Some(DialWhy::Outbound));
    dialled.iter().for_each(|peer| node.make_ready(*peer, Direction::Dialer));
    let actions = node.wait_answering_all(60);
    let left: Vec<_> = actions.iter().filter(|action| matches!(action, Action::Goodbye { .. })).collect();
    assert_eq!(left.len(), 2, "down to the target");
    assert_eq!(node.manager.counts(node.now).outbound, 2, "those that we chose stay");
}

#[test]
fn one_network_gets_only_so_many_places() {
    let mut node = Node::with(|config| config.max_per_network = 2);
    let arrive = |node: &mut Node, ip: &str| {
        let peer = someone();
        node.manager.connected_at(peer, KEY, Direction::Listener, Some(&at(ip)), node.now);
        let actions = node.actions();
        actions.contains(&Action::Goodbye { peer, reason: GoodbyeReason::TOO_MANY_PEERS })
    };
    assert!(!arrive(&mut node, "203.0.113.1") && !arrive(&mut node, "203.0.113.2"));
    assert!(arrive(&mut node, "203.0.113.3"), "a third of the same /24");
    assert!(!arrive(&mut node, "203.0.114.1"));
    for _ in 0..5 {
        assert!(!arrive(&mut node, "127.0.0.1"), "loopback is exempt");
    }
    // Nor is it dialled into.
    let peer = node.manager.discovered_record(&member(1, &[], 4, "203.0.113.9"), node.now).unwrap();
    assert_eq!(dials(&node.wait(5)), []);
    let explanation = node.manager.explain(&peer, node.now).unwrap();
    assert_eq!(explanation.next_dial.not_now.as_deref(), Some("too many peers of its network are here"));
}

#[test]
fn the_client_that_dominates_is_dropped_first() {
    let mut node = Node::with(|config| {
        config.target_peers = 9;
        config.max_peers = 20;
        config.outbound_percent = 0;
    });
    let mut peers = Vec::new();
    for number in 0..10 {
        let peer = ready_with(&mut node, &[], Direction::Listener);
        node.manager.identified(&peer, if number < 6 { "Lighthouse/v8.0.0" } else { "teku/v25.1.0" });
        peers.push(peer);
        node.now += Duration::from_secs(1);
    }
    let actions = node.wait_answering_all(40);
    let left = peers
        .iter()
        .position(|peer| actions.contains(&Action::Goodbye { peer: *peer, reason: GoodbyeReason::TOO_MANY_PEERS }));
    assert_eq!(left, Some(5), "the youngest of the majority, not the youngest of all");
}
