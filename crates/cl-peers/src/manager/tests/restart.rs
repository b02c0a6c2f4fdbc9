//! What survives a restart, and what does not.

use cl_types::{Fault, GoodbyeReason, Severity, Source};
use proptest::prelude::*;

use super::*;
use crate::dialer::DialWhy;
use crate::lifecycle::{Cause, State};
use crate::saved::{LoadError, Loaded};
use crate::subnets::Subnet;
use crate::testing::{at, member, metadata_with};
use crate::traffic::Traffic;

const UNIX_MS: u64 = 1_790_000_000_000;

/// A node of the same identity that loads what another one saved, this long after.
fn restart(node: &Node, pause: u64) -> (Node, Result<Loaded, LoadError>) {
    let bytes = node.manager.save(node.now, UNIX_MS);
    let mut next = Node::new();
    next.manager = Manager::new(node.manager.config().clone());
    // The clock of a process that starts later is another one.
    next.now = Instant::now() + Duration::from_secs(12_345);
    let loaded = next.manager.load(&bytes, next.now, UNIX_MS + pause * 1000);
    (next, loaded)
}

#[test]
fn all_that_was_known_of_a_peer_is_known_again() {
    let mut node = Node::new();
    let peer = node.manager.discovered_record(&member(1, &[3, 9], 16, "203.0.113.1"), node.now).unwrap();
    node.actions();
    node.manager.connected_at(peer, KEY, Direction::Dialer, Some(&at("203.0.113.1")), node.now);
    node.actions();
    node.answer_status(peer, node.ours);
    node.answer_metadata(peer, metadata_with(7, &[9], 32));
    node.manager.identified(&peer, "Lodestar/v1.36.0/abc");
    node.manager.fault(&peer, Source::Rpc, Fault::Peer(Severity::Mid), node.now);
    node.manager.count(&peer, &Traffic { gossip_first: 11, ..Traffic::default() });
    while !node.wait(1).contains(&Action::SendPing(peer)) {}
    node.now += Duration::from_millis(250);
    node.manager.pong(&peer, 7, node.now);
    node.manager.goodbye_received(&peer, GoodbyeReason::TOO_MANY_PEERS, node.now);
    node.close(peer);

    let (mut next, loaded) = restart(&node, 60);
    assert_eq!(loaded, Ok(Loaded { peers: 1, ..Loaded::default() }));
    let (before, after) = (node.manager.peer(&peer, node.now).unwrap(), next.manager.peer(&peer, next.now).unwrap());
    assert_eq!(after.state, State::Cooling, "ten minutes were asked for, one has passed");
    assert_eq!(after.next_dial.unwrap() - next.now, Duration::from_secs(540));
    assert_eq!((&after.addresses, &after.record), (&before.addresses, &before.record));
    assert_eq!((&after.client, &after.agent), (&before.client, &before.agent));
    assert_eq!((after.node_id, after.has), (before.node_id, before.has));
    assert!(after.has.contains(Subnet::Attestation(9)) && !after.has.contains(Subnet::Attestation(3)));
    assert_eq!((after.rtt, after.totals, after.traffic), (before.rtt, before.totals, before.traffic));
    assert_eq!(after.rtt.unwrap().last, Duration::from_millis(250));
    assert!(after.score > before.score && after.score < -4.0, "a minute faded");
    let why = next.manager.explain(&peer, next.now).unwrap();
    assert_eq!(why.because, "restored from the saved table");
    assert_eq!(why.status.unwrap().ago_ms, 25_250 + 60_000);
    assert_eq!(why.metadata.unwrap().value.custody_group_count, Some(32));
    assert_eq!((why.goodbyes.len(), why.goodbyes[0].code), (1, 129));
    assert_eq!(dials(&next.wait(538)), []);
    assert_eq!(dials(&next.wait(3)), [peer]);
}

#[test]
fn bans_survive_until_they_are_over() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.fault(&peer, Source::Validation, Fault::Peer(Severity::Fatal), node.now);
    node.close(peer);
    let range = "203.0.113.0/24".parse().unwrap();
    node.manager.ban_range(range, Some(Duration::from_secs(600)), node.now);

    let (mut next, loaded) = restart(&node, 500);
    let loaded = loaded.unwrap();
    assert_eq!((loaded.peers, loaded.banned, loaded.ranges), (1, 1, 1));
    let goodbye = [Action::Goodbye { peer, reason: GoodbyeReason::BANNED }];
    assert_eq!(next.connect(peer, Direction::Listener), goodbye);
    next.close(peer);
    let ip = "203.0.113.7".parse().unwrap();
    assert_eq!(next.manager.range_ban(ip, next.now).map(|ban| ban.until), Some(next.now + Duration::from_secs(100)));
    next.wait(100);
    assert_eq!(next.manager.range_ban(ip, next.now), None);
    next.wait(1200);
    assert_eq!(next.connect(peer, Direction::Listener), []);

    let (_, much_later) = restart(&node, 100_000);
    let much_later = much_later.unwrap();
    assert_eq!((much_later.peers, much_later.banned, much_later.ranges), (1, 0, 0));
}

#[test]
fn anchors_are_dialled_first_after_a_restart_and_only_while_they_answer() {
    let mut node = Node::with(|config| {
        config.anchors = 2;
        config.target_peers = 10;
    });
    let mut outbound = Vec::new();
    for number in 1..=4 {
        let record = member(number, &[], 4, &format!("203.0.{number}.1"));
        let peer = node.manager.discovered_record(&record, node.now).unwrap();
        node.actions();
        node.make_ready(peer, Direction::Dialer);
        outbound.push(peer);
        node.now += Duration::from_secs(1);
    }
    node.ready(Direction::Listener);
    let (mut next, loaded) = restart(&node, 1);
    assert_eq!(loaded.unwrap().anchors, 2);
    let first = dials(&next.tick());
    assert_eq!(first.len(), 4);
    let mut anchors = outbound[..2].to_vec();
    anchors.sort_unstable();
    let mut dialled = first[..2].to_vec();
    dialled.sort_unstable();
    assert_eq!(dialled, anchors);
    let why = |node: &Node, peer: &PeerId| node.manager.table.get(peer).unwrap().life.steps().last().unwrap().why;
    assert_eq!(why(&next, &first[0]), Cause::Chosen(DialWhy::Anchor));
    assert_eq!(why(&next, &first[3]), Cause::Chosen(DialWhy::Room));
    let (_, crashed_at_once) = restart(&next, 1);
    assert_eq!(crashed_at_once.unwrap().anchors, 2, "kept while nobody else has proved itself");
    next.manager.dial_failed(&first[0], next.now);
    next.wait(1);
    let (_, later) = restart(&next, 1);
    assert_eq!(later.unwrap().anchors, 1);
}

#[test]
fn a_static_peer_named_before_the_table_is_read_keeps_its_name_and_gets_its_past() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.identified(&peer, "teku/v25.1.0");
    node.close(peer);
    let bytes = node.manager.save(node.now, UNIX_MS);
    let mut next = Node::new();
    next.manager.add_static(peer, vec![address(5)], next.now);
    next.manager.dial_failed(&peer, next.now);
    next.manager.load(&bytes, next.now, UNIX_MS).unwrap();
    let info = next.manager.peer(&peer, next.now).unwrap();
    assert!(info.is_static && info.addresses == [address(5)]);
    assert_eq!(info.client.to_string(), "Teku 25.1.0");
}

#[test]
fn whom_the_operator_named_at_run_time_is_named_after_a_restart() {
    let mut node = Node::new();
    let [fixed, friend, dropped, configured, stranger] = [(); 5].map(|()| someone());
    node.manager.add_static(fixed, vec![address(1)], node.now);
    node.manager.trust(friend, node.now);
    node.manager.add_static(dropped, vec![address(3)], node.now);
    node.manager.trust(dropped, node.now);
    node.manager.configure_static(configured, vec![address(4)], node.now);
    node.manager.configure_trusted(configured, node.now);
    node.manager.add(stranger, vec![address(5)], node.now);
    node.manager.remove_static(&dropped, node.now);
    node.manager.untrust(&dropped);

    let (mut next, loaded) = restart(&node, 5);
    assert_eq!(loaded, Ok(Loaded { peers: 5, named: 2, ..Loaded::default() }));
    let flags = |node: &Node, peer| node.manager.peer(peer, node.now).map(|info| (info.is_static, info.is_trusted));
    assert_eq!(flags(&next, &fixed), Some((true, false)));
    assert_eq!(flags(&next, &friend), Some((false, true)));
    assert_eq!(next.manager.trusted().collect::<Vec<_>>(), [friend]);
    for peer in [&dropped, &configured, &stranger] {
        assert_eq!(flags(&next, peer), Some((false, false)), "the configuration says its own again, or not");
    }
    assert!(dials(&next.wait(600)).contains(&fixed));
    // What the configuration names as well is saved once somebody says it at run time, and that both ways.
    next.manager.configure_static(configured, vec![], next.now);
    next.manager.add_static(configured, vec![], next.now);
    let (again, _) = restart(&next, 5);
    assert_eq!(flags(&again, &configured), Some((true, false)));
    assert_eq!(flags(&again, &fixed), Some((true, false)), "and again");
}

#[test]
fn a_table_of_an_older_release_is_read_and_names_nobody() {
    let mut node = Node::new();
    let peer = node.ready(Direction::Listener);
    node.manager.trust(peer, node.now);
    let text = String::from_utf8(node.manager.save(node.now, UNIX_MS)).unwrap();
    assert!(text.contains("\"trusted\":true"));
    let old = text.replace("\"trusted\":true,", "");
    let mut next = Node::new();
    let loaded = next.manager.load(old.as_bytes(), next.now, UNIX_MS).unwrap();
    assert_eq!((loaded.peers, loaded.named, loaded.damaged), (1, 0, 0));
    assert!(!next.manager.peer(&peer, next.now).unwrap().is_trusted);
}

#[test]
fn whom_the_operator_named_finds_room_in_a_full_table() {
    let mut node = Node::new();
    let friend = someone();
    node.manager.trust(friend, node.now);
    for _ in 0..6 {
        node.now += Duration::from_secs(1);
        node.ready(Direction::Listener);
    }
    let bytes = node.manager.save(node.now, UNIX_MS);
    let mut next = Node::with(|config| config.max_known = 3);
    let loaded = next.manager.load(&bytes, next.now, UNIX_MS).unwrap();
    assert_eq!((loaded.peers, loaded.named, loaded.no_room), (3, 1, 4));
    assert!(next.manager.peer(&friend, next.now).unwrap().is_trusted);
}

#[test]
fn a_damaged_line_loses_itself_and_a_foreign_file_loses_nothing() {
    let mut node = Node::new();
    let peers: Vec<_> = (0..4).map(|_| node.ready(Direction::Listener)).collect();
    let bytes = node.manager.save(node.now, UNIX_MS);
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    assert_eq!(lines.len(), 6, "a header, four peers and the end");
    lines[2].truncate(40);
    lines[3] = b"{\"unheard_of\":{}}".to_vec();
    let damaged = lines.join(&b'\n');

    let mut next = Node::new();
    let friend = someone();
    next.manager.add_static(friend, vec![address(1)], next.now);
    for (text, error) in
        [("", LoadError::NotOurs), ("{\"kind\":\"cl-peers\",\"version\":9,\"saved_ms\":1}", LoadError::Newer(9))]
    {
        assert_eq!(next.manager.load(text.as_bytes(), next.now, UNIX_MS), Err(error));
        assert_eq!(next.manager.counts(next.now).known, 1);
    }
    let loaded = next.manager.load(&damaged, next.now, UNIX_MS).unwrap();
    assert_eq!((loaded.peers, loaded.damaged, loaded.damaged_lines), (2, 2, vec![3, 4]));
    let known = peers.iter().filter(|peer| next.manager.peer(peer, next.now).is_some());
    assert_eq!(known.count(), 2);
    assert!(next.manager.peer(&friend, next.now).unwrap().is_static);
}

#[test]
fn a_table_larger_than_ours_is_cut_and_bans_are_kept_first() {
    let mut node = Node::new();
    for _ in 0..20 {
        node.ready(Direction::Listener);
        node.now += Duration::from_secs(1);
    }
    let peers: Vec<_> = node.manager.snapshot(node.now).iter().map(|info| info.peer).collect();
    node.manager.ban(peers[10], None, node.now);
    let bytes = node.manager.save(node.now, UNIX_MS);
    let mut next = Node::with(|config| config.max_known = 5);
    let loaded = next.manager.load(&bytes, next.now, UNIX_MS).unwrap();
    assert_eq!((loaded.peers, loaded.banned, loaded.no_room), (5, 1, 15));
    assert_eq!(next.manager.peer(&peers[10], next.now).unwrap().state, State::Banned);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_or_read_without_a_fall(mut noise in prop::collection::vec(any::<u8>(), 0..300), at in 0..2000_usize) {
        let mut node = Node::new();
        for _ in 0..3 {
            node.ready(Direction::Listener);
        }
        let mut bytes = node.manager.save(node.now, UNIX_MS);
        let mut next = Node::new();
        let _ = next.manager.load(&noise, next.now, UNIX_MS);
        let at = at.min(bytes.len());
        let tail = bytes.split_off(at);
        bytes.append(&mut noise);
        bytes.extend(tail);
        if let Ok(loaded) = next.manager.load(&bytes, next.now, UNIX_MS) {
            prop_assert!(loaded.peers <= 4);
        }
        next.wait(3);
        prop_assert_eq!(next.manager.illegal_steps(), 0);
    }
}
