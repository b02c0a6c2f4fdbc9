mod model;
mod props;

use std::time::{Duration, Instant};

use super::*;
use cl_enr::Scope;

use crate::cache::CacheConfig;
use crate::testing::{HERE, OTHER, Spec, chain, key};

const CONFIG: QueryConfig = QueryConfig { spacing: Duration::ZERO, ..QueryConfig::public() };

fn start() -> (QueryManager, Cache, Instant) {
    let now = Instant::now();
    let cache = Cache::new(CacheConfig::new(Scope::Machine), chain(HERE), NodeId::new(&key(0).node_id()));
    (QueryManager::new(CONFIG, PresetId::Minimal, 7, now), cache, now)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn subnet(id: u64, min_peers: usize) -> Want {
    Want::AttestationSubnet { id, min_peers, until_slot: None }
}

fn ask(step: Step) -> (QueryId, NodeId) {
    match step {
        Step::Ask { query, node, .. } => (query, node),
        step => panic!("{step:?}"),
    }
}

#[test]
fn wants_are_met_from_the_cache_first() {
    let (mut manager, mut cache, now) = start();
    cache.insert(&Spec { subnets: vec![5], ..Spec::new(1) }.build(), now).unwrap();
    let want = manager.declare(subnet(5, 1), now).unwrap();
    // Nothing is asked but the lookup that keeps the table fresh.
    assert!(matches!(manager.next(&cache, now), Step::Lookup { .. }));
    assert_eq!(manager.next_notice(), Some(Notice::Met(want)));
    assert_eq!(manager.report(&cache), Report { met: vec![want], starving: vec![] });
    // When its node is taken, it starves.
    cache.connected(&NodeId::new(&key(1).node_id()), now);
    ask(manager.next(&cache, now));
    assert_eq!(manager.next_notice(), Some(Notice::Starving(want)));
    assert_eq!(manager.report(&cache), Report { met: vec![], starving: vec![(want, 1)] });
}

#[test]
fn one_answer_serves_every_want() {
    let (mut manager, mut cache, now) = start();
    cache.insert_boot(&Spec { digest: None, ..Spec::new(1) }.build(), now).unwrap();
    let wants = [subnet(5, 1), subnet(6, 1), Want::Peers(1), Want::Column { id: 77, min_peers: 1, until_slot: None }];
    let wants = wants.map(|want| manager.declare(want, now).unwrap());
    let (query, node) = ask(manager.next(&cache, now));
    assert_eq!(node.raw(), key(1).node_id());
    let found = Spec { subnets: vec![5, 6], cgc: 128, ..Spec::new(2) }.build();
    cache.insert(&found, now).unwrap();
    let (id, services) = (found.node_id(), Services::of(&found));
    assert_eq!(manager.served_by(&id, &services).collect::<Vec<_>>(), wants);
    manager.answered(query, &[id.raw()], now);
    assert!(matches!(manager.next(&cache, now), Step::Wait(_)));
    let notices: Vec<_> = std::iter::from_fn(|| manager.next_notice()).collect();
    assert_eq!(notices, wants.map(Notice::Met));
}

#[test]
fn a_want_that_cannot_be_met_is_tried_ever_less_often() {
    let (mut manager, mut cache, mut now) = start();
    cache.insert(&Spec::new(1).build(), now).unwrap();
    manager.declare(subnet(5, 1), now).unwrap();
    let mut pauses = Vec::new();
    while pauses.len() < 8 {
        match manager.next(&cache, now) {
            Step::Ask { query, .. } => manager.answered(query, &[], now),
            Step::Wait(until) => {
                pauses.push(until.saturating_duration_since(now).as_secs());
                now = until;
            }
            step => panic!("{step:?}"),
        }
    }
    assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60]);
    // Something new makes it quick again, though not at once.
    manager.next(&cache, now);
    cache.insert(&Spec::new(2).build(), now).unwrap();
    manager.news(now);
    assert!(matches!(manager.next(&cache, now), Step::Ask { .. }));
}

#[test]
fn with_nothing_missing_there_is_a_lookup_now_and_then() {
    let (mut manager, cache, now) = start();
    let Step::Lookup { query, target } = manager.next(&cache, now) else { panic!() };
    manager.answered(query, &[], now + seconds(1));
    assert_eq!(manager.next(&cache, now + seconds(1)), Step::Wait(now + seconds(301)));
    let Step::Lookup { target: other, .. } = manager.next(&cache, now + seconds(301)) else { panic!() };
    assert_ne!(target, other);
    assert_eq!(manager.next(&cache, now + seconds(1000)), Step::Busy, "one at a time");
}

#[test]
fn nodes_are_looked_up_by_id_until_their_records_are_known() {
    let (mut manager, mut cache, now) = start();
    let stranger = Spec { digest: Some(OTHER), ..Spec::new(2) }.build();
    let want = manager.declare(Want::Nodes(vec![stranger.node_id()]), now).unwrap();
    let Step::Lookup { query, target } = manager.next(&cache, now) else { panic!() };
    assert_eq!(target, stranger.node_id());
    manager.failed(query);
    let Step::Wait(again) = manager.next(&cache, now) else { panic!() };
    let Step::Lookup { query, .. } = manager.next(&cache, again) else { panic!() };
    cache.insert(&stranger, again).unwrap();
    manager.answered(query, &[], again);
    assert_eq!(manager.report(&cache).met, [want], "whatever its chain");
}

#[test]
fn what_is_cancelled_is_not_asked_for() {
    let (mut manager, mut cache, now) = start();
    cache.insert(&Spec::new(1).build(), now).unwrap();
    let want = manager.declare(subnet(5, 3), now).unwrap();
    let (query, _) = ask(manager.next(&cache, now));
    assert!(manager.cancel(want) && !manager.cancel(want));
    manager.answered(query, &[], now);
    assert!(matches!(manager.next(&cache, now), Step::Wait(_) | Step::Lookup { .. }));
    assert_eq!(manager.report(&cache), Report::default());
    assert_eq!(manager.next_notice(), None);
}

#[test]
fn a_set_of_wants_is_replaced_as_a_whole() {
    let (mut manager, _, now) = start();
    let kept = manager.declare(Want::Peers(9), now).unwrap();
    assert!(manager.replace(vec![subnet(1, 1), subnet(2, 1)], now).is_empty());
    let before: Vec<WantId> = manager.wants().map(|(id, _)| id).collect();
    let refused = manager.replace(vec![subnet(2, 1), subnet(64, 1), subnet(3, 1)], now);
    assert_eq!(refused.len(), 1);
    let after: Vec<(WantId, Want)> = manager.wants().map(|(id, want)| (id, want.clone())).collect();
    assert_eq!(after[0].0, kept);
    assert_eq!(after[1], (before[2], subnet(2, 1)), "the same want keeps its id");
    assert_eq!(after[2].1, subnet(3, 1));
    assert_eq!(after.len(), 3);
}

#[test]
fn wants_are_bounded_and_checked() {
    let (_, _, now) = start();
    let config = QueryConfig { max_wants: 1, ..CONFIG };
    let mut manager = QueryManager::new(config, PresetId::Minimal, 7, now);
    assert!(matches!(manager.declare(subnet(64, 1), now), Err(WantError::NoSuch { .. })));
    manager.set_slot(Slot(9));
    let over = Want::SyncSubnet { id: 0, min_peers: 1, until_slot: Some(Slot(8)) };
    assert_eq!(manager.declare(over, now), Err(WantError::Over { until: Slot(8), now: Slot(9) }));
    manager.declare(subnet(1, 1), now).unwrap();
    assert_eq!(manager.declare(subnet(2, 1), now), Err(WantError::TooMany(1)));
}

#[test]
fn questions_are_spaced() {
    let (_, mut cache, now) = start();
    let config = QueryConfig { spacing: Duration::from_millis(10), ..CONFIG };
    let mut manager = QueryManager::new(config, PresetId::Minimal, 7, now);
    for key in 1..20 {
        cache.insert(&Spec::new(key).build(), now).unwrap();
    }
    manager.declare(subnet(1, 1), now).unwrap();
    ask(manager.next(&cache, now));
    assert_eq!(manager.next(&cache, now), Step::Wait(now + config.spacing));
    for step in 1..8 {
        ask(manager.next(&cache, now + config.spacing * step));
    }
    assert_eq!(manager.next(&cache, now + seconds(1)), Step::Busy);
}
