use std::net::Ipv4Addr;

use cl_enr::{Builder, NotConsensus};
use cl_types::ForkDigest;

use super::saved::{Loaded, SavedError};
use super::*;
use crate::testing::{HERE, OTHER, Spec, chain, key};
use crate::want::Want;

fn cache(config: CacheConfig) -> (Cache, Instant) {
    (Cache::new(config, chain(HERE), NodeId::new(&key(0).node_id())), Instant::now())
}

fn small(max: usize) -> (Cache, Instant) {
    cache(CacheConfig { max_records: max, max_refused: max, ..CacheConfig::new(Scope::Machine) })
}

fn public() -> (Cache, Instant) {
    cache(CacheConfig::new(Scope::Public))
}

fn record(key: u32, seq: u64, digest: ForkDigest) -> Record {
    Spec { seq, digest: Some(digest), ..Spec::new(key) }.build()
}

fn id(number: u32) -> NodeId {
    NodeId::new(&key(number).node_id())
}

fn reports(cache: &mut Cache, now: Instant) -> Vec<(PeerId, Compatibility)> {
    std::iter::from_fn(|| cache.next_report(now)).map(|report| (report.peer, report.compatibility)).collect()
}

fn peer(number: u32) -> PeerId {
    key(number).peer_id()
}

#[test]
fn each_record_is_reported_once() {
    let (mut cache, now) = small(8);
    assert_eq!(cache.insert(&record(1, 1, HERE), now), Ok(Taken::New));
    assert_eq!(cache.insert(&record(1, 1, HERE), now), Ok(Taken::Known));
    assert_eq!(cache.insert(&record(2, 1, OTHER), now), Ok(Taken::New));
    let other = Compatibility::OtherDigest { theirs: OTHER };
    assert_eq!(reports(&mut cache, now), [(peer(1), Compatibility::Same), (peer(2), other)]);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert(&record(2, 1, OTHER), now).unwrap();
    assert_eq!(reports(&mut cache, now), []);
}

#[test]
fn a_newer_record_replaces_and_an_older_one_does_not() {
    let (mut cache, now) = small(8);
    cache.insert(&record(1, 5, HERE), now).unwrap();
    assert_eq!(cache.insert(&record(1, 4, OTHER), now), Err(Dropped::Older));
    assert_eq!(reports(&mut cache, now), [(peer(1), Compatibility::Same)]);
    assert_eq!(cache.insert(&record(1, 6, OTHER), now), Ok(Taken::Newer));
    assert_eq!(reports(&mut cache, now), [(peer(1), Compatibility::OtherDigest { theirs: OTHER })]);
    assert_eq!(cache.record(&id(1)).unwrap().seq(), 6);
    assert_eq!((cache.len(), cache.drops().get(Dropped::Older)), (1, 1));
}

#[test]
fn a_compatible_node_found_again_later_is_reported_again() {
    let (mut cache, now) = small(8);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert(&record(2, 1, OTHER), now).unwrap();
    reports(&mut cache, now);
    let later = now + Duration::from_secs(60);
    cache.insert(&record(1, 1, HERE), later).unwrap();
    cache.insert(&record(2, 1, OTHER), later).unwrap();
    assert_eq!(reports(&mut cache, later), [(peer(1), Compatibility::Same)]);
}

#[test]
fn a_fork_changes_verdicts() {
    let (mut cache, now) = small(8);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert(&record(2, 1, OTHER), now).unwrap();
    reports(&mut cache, now);
    assert_eq!(cache.coverage().peers, 1);
    cache.set_chain(chain(OTHER));
    let mut changed = reports(&mut cache, now);
    changed.sort_by_key(|(reported, _)| *reported != peer(1));
    assert_eq!(changed, [(peer(1), Compatibility::OtherDigest { theirs: HERE }), (peer(2), Compatibility::Same)]);
    assert_eq!(cache.coverage().peers, 1);
    cache.set_chain(chain(OTHER));
    assert_eq!(reports(&mut cache, now), []);
}

#[test]
fn the_oldest_of_a_kind_goes_first_and_kinds_do_not_mix() {
    let (mut cache, now) = small(2);
    for key in 1..=3 {
        cache.insert(&record(key, 1, HERE), now).unwrap();
    }
    for key in 11..=15 {
        cache.insert(&record(key, 1, OTHER), now).unwrap();
    }
    assert!(cache.record(&id(1)).is_none());
    assert_eq!((cache.len(), cache.coverage().peers), (4, 2));
    // Who is gone is not reported.
    let reported: Vec<PeerId> = reports(&mut cache, now).into_iter().map(|(peer, _)| peer).collect();
    assert_eq!(reported, [peer(2), peer(3), peer(14), peer(15)]);
}

#[test]
fn who_answered_outlives_a_flood_of_those_who_never_did() {
    let (mut cache, now) = small(4);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.proven(&id(1), now);
    for key in 2..40 {
        cache.insert(&record(key, 1, HERE), now).unwrap();
    }
    assert!(cache.record(&id(1)).is_some());
    assert_eq!(cache.len(), 4);
}

#[test]
fn a_record_without_a_fork_is_kept_but_refused() {
    let (mut cache, now) = small(2);
    cache.insert(&Spec { digest: None, ..Spec::new(1) }.build(), now).unwrap();
    assert_eq!(reports(&mut cache, now), [(peer(1), Compatibility::NotConsensus(NotConsensus::NoEth2))]);
    assert_eq!(cache.coverage().peers, 0);
}

#[test]
fn bad_records_are_dropped_counted_and_never_reported() {
    let ip = |ip: [u8; 4]| Spec { ip: ip.into(), ..Spec::new(1) }.build();
    let with = |fill: &dyn Fn(&mut Builder)| Spec { ip: [8, 8, 8, 8].into(), ..Spec::new(1) }.build_with(fill);
    let rlp = |key: &'static str, rlp: &'static [u8]| {
        with(&move |builder| {
            builder.add_value_rlp(key, rlp.into());
        })
    };
    let bad = [
        (ip([0, 0, 0, 0]), Dropped::NoHost),
        (ip([255, 255, 255, 255]), Dropped::NoHost),
        (ip([224, 0, 0, 1]), Dropped::NoHost),
        (ip([10, 0, 0, 1]), Dropped::Private),
        (ip([127, 0, 0, 1]), Dropped::Private),
        (rlp("ip6", &[0x83, 1, 2, 3]), Dropped::NoHost),
        (with(&|builder| cl_enr::fields::add_ip6(builder, "fd00::1".parse().unwrap())), Dropped::Private),
        (with(&|builder| cl_enr::fields::add_ip6(builder, "::ffff:10.0.0.1".parse().unwrap())), Dropped::NoHost),
        (with(&|builder| cl_enr::fields::add_udp4(builder, 0)), Dropped::Port),
        (with(&|builder| cl_enr::fields::add_tcp4(builder, 0)), Dropped::Port),
        (rlp("quic", &[0x80]), Dropped::Port),
        (rlp("udp6", &[0x83, 1, 2, 3]), Dropped::Port),
        (rlp("eth2", &[0x83, 1, 2, 3]), Dropped::Eth2),
        (rlp("eth2", &[0xc0]), Dropped::Eth2),
        (Record::empty(&key(1).to_combined()).unwrap(), Dropped::NoAddress),
        (Spec::new(0).build(), Dropped::OwnId),
    ];
    let (mut cache, now) = public();
    for (number, (record, reason)) in bad.iter().enumerate() {
        assert_eq!(cache.insert(record, now), Err(*reason), "case {number}");
    }
    assert!(cache.is_empty() && cache.next_report(now).is_none());
    assert_eq!(cache.drops().iter().map(|(_, count)| count).sum::<u64>(), bad.len() as u64);
    assert_eq!(cache.drops().get(Dropped::Port), 4);
    // The same node with a good record is taken.
    assert_eq!(cache.insert(&ip([8, 8, 8, 8]), now), Ok(Taken::New));
}

#[test]
fn odd_fields_do_not_make_a_record_serve_anything() {
    let (mut cache, now) = small(8);
    let odd = Spec { subnets: vec![1, 2, 3], ..Spec::new(1) }.build_with(|builder| {
        builder.add_value_rlp("attnets", vec![0x83, 1, 2, 3].into());
        builder.add_value_rlp("cgc", vec![0x82, 0xff, 0xff].into());
        builder.add_value_rlp("syncnets", vec![0x82, 0xff, 0xff].into());
    });
    cache.insert(&odd, now).unwrap();
    assert_eq!(cache.services(&id(1)), Some(Services::default()));
    assert_eq!(cache.coverage().peers, 1);
}

#[test]
fn a_flood_from_one_network_is_bounded_and_pushes_nobody_out() {
    let (mut cache, now) = public();
    let at = |key: u32, ip: [u8; 4]| Spec { ip: ip.into(), ..Spec::new(key) }.build();
    cache.insert(&at(1, [9, 9, 9, 9]), now).unwrap();
    let results: Vec<_> =
        (2..100).map(|key| cache.insert(&at(key, [8, 8, 8, u8::try_from(key).unwrap()]), now)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 16);
    assert_eq!(cache.drops().get(Dropped::Crowded), 82);
    assert!(cache.record(&id(1)).is_some());
    // A node that is known there may move within it, and nobody may move into it.
    assert_eq!(
        cache.insert(&Spec { seq: 2, ip: [8, 8, 8, 200].into(), ..Spec::new(2) }.build(), now),
        Ok(Taken::Newer)
    );
    let moved = Spec { seq: 2, ip: [8, 8, 8, 201].into(), ..Spec::new(1) }.build();
    assert_eq!(cache.insert(&moved, now), Err(Dropped::Crowded));
    // A place that is given up is free.
    cache.insert(&Spec { seq: 3, ip: [7, 7, 7, 7].into(), ..Spec::new(2) }.build(), now).unwrap();
    assert_eq!(cache.insert(&moved, now), Ok(Taken::Newer));

    // On loopback everybody is in one network.
    let (mut cache, now) = small(64);
    assert!((1..40).all(|key| cache.insert(&at(key, [127, 0, 0, 1]), now).is_ok()));
}

#[test]
fn floods_in_ipv6_are_bounded_by_48_bits() {
    let (mut cache, now) = public();
    let at = |key: u32, low: u16| {
        Spec { ip: Ipv4Addr::from(0x0100_0000 + (key << 8)), ..Spec::new(key) }.build_with(|builder| {
            builder.ip6(std::net::Ipv6Addr::new(0x2001, 0x4860, 1, low, 0, 0, 0, 1));
        })
    };
    let taken = (1..60_u32).filter(|key| cache.insert(&at(*key, u16::try_from(*key).unwrap()), now).is_ok()).count();
    assert_eq!(taken, 16);
}

#[test]
fn who_is_connected_or_set_aside_does_not_count() {
    let (mut cache, now) = small(8);
    let want = Want::AttestationSubnet { id: 5, min_peers: 1, until_slot: None };
    cache.insert(&Spec { subnets: vec![5], ..Spec::new(1) }.build(), now).unwrap();
    assert_eq!(cache.coverage().missing(&want), Some(0));
    cache.connected(&id(1), now);
    assert_eq!(cache.coverage().missing(&want), Some(1));
    cache.disconnected(&id(1));
    assert_eq!(cache.coverage().missing(&want), Some(0));

    // Each failed dial sets it aside for longer.
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let mut at = now;
    for pause in [5, 10, 20, 40, 60, 60] {
        cache.dial_failed(&id(1), at);
        assert_eq!(cache.tick(at), Some(at + minutes(pause)));
        assert_eq!(cache.coverage().peers, 0);
        at += minutes(pause);
        assert_eq!(cache.tick(at), None);
        assert_eq!(cache.coverage().peers, 1);
    }
    cache.set_aside(&id(1), at + minutes(1));
    // A newer record changes nothing about it.
    cache.insert(&Spec { seq: 2, subnets: vec![5], ..Spec::new(1) }.build(), at).unwrap();
    assert_eq!(cache.coverage().peers, 0);
    cache.connected(&id(1), at);
    assert_eq!(cache.tick(at + minutes(1)), None, "who is connected is no longer set aside");
    cache.disconnected(&id(1));
    assert_eq!(cache.coverage().attestation(5), 1);
}

#[test]
fn who_connects_before_its_record_comes_does_not_count_either() {
    let (mut cache, now) = small(8);
    cache.connected(&id(1), now);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    assert_eq!(cache.coverage().peers, 0);
    cache.disconnected(&id(1));
    assert_eq!(cache.coverage().peers, 1);
}

#[test]
fn a_node_that_turns_out_to_be_a_boot_node_keeps_the_order_whole() {
    let (mut cache, now) = small(2);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert_boot(&record(1, 1, HERE), now).unwrap();
    for key in 2..20 {
        cache.insert(&record(key, 1, HERE), now).unwrap();
    }
    assert!(cache.record(&id(1)).is_some());
    assert_eq!((cache.len(), cache.compatible()), (2, 2));
}

#[test]
fn bans_forget_the_record_and_end() {
    let (mut cache, now) = cache(CacheConfig { max_bans: 2, ..CacheConfig::new(Scope::Machine) });
    cache.insert(&record(1, 1, HERE), now).unwrap();
    let until = now + Duration::from_secs(60);
    cache.ban(&id(1), until);
    assert!(cache.is_empty() && cache.next_report(now).is_none());
    assert_eq!(cache.insert(&record(1, 2, HERE), now), Err(Dropped::Banned));
    assert_eq!(cache.insert(&record(1, 2, HERE), until), Ok(Taken::New));
    cache.ban(&id(2), until);
    cache.ban(&id(3), until + Duration::from_secs(1));
    cache.ban(&id(4), until + Duration::from_secs(1));
    assert!(!cache.is_banned(&id(2), now), "the first to end goes first");
    assert!(cache.unban(&id(3)) && !cache.unban(&id(3)));
}

#[test]
fn what_nobody_mentions_ages_out() {
    let (mut cache, now) = small(8);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert(&record(2, 1, HERE), now).unwrap();
    cache.insert_boot(&record(3, 1, HERE), now).unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    cache.insert(&record(2, 1, HERE), now + day / 2).unwrap();
    cache.tick(now + day);
    assert!(cache.record(&id(1)).is_none());
    assert!(cache.record(&id(2)).is_some() && cache.record(&id(3)).is_some());
}

#[test]
fn a_restart_finds_the_records_again() {
    let (mut cache, now) = small(64);
    for key in 1..=20 {
        cache.insert(&record(key, 1, HERE), now).unwrap();
    }
    cache.insert(&record(30, 1, OTHER), now).unwrap();
    cache.proven(&id(7), now);
    cache.dial_failed(&id(8), now);
    let bytes = cache.save(now, 1_000_000);

    let (mut again, later) = small(64);
    let loaded = again.load(&bytes, later, 1_000_100).unwrap();
    assert_eq!(loaded, Loaded { records: 20, dropped: 0 });
    assert_eq!(again.coverage().peers, 20);
    assert_eq!(reports(&mut again, later).len(), 20);
    // Who answered in the last run outlives the others in this one.
    for key in 100..200 {
        again.insert(&record(key, 1, HERE), later).unwrap();
    }
    assert!(again.record(&id(7)).is_some() && again.record(&id(8)).is_none());

    let (mut late, later) = small(64);
    let day = 24 * 60 * 60;
    assert_eq!(late.load(&bytes, later, 1_000_000 + day).unwrap(), Loaded::default());
}

#[test]
fn damaged_files_are_told_apart_and_single_records_are_dropped() {
    let (mut cache, now) = small(8);
    cache.insert(&record(1, 1, HERE), now).unwrap();
    cache.insert(&record(2, 1, HERE), now).unwrap();
    let good = cache.save(now, 0);
    let load = |bytes: &[u8]| small(8).0.load(bytes, now, 0);
    assert_eq!(load(b""), Err(SavedError::NotOurs));
    assert_eq!(load(b"cl-discovery records 2\n"), Err(SavedError::NotOurs));
    assert_eq!(load(&good[..good.len() - 1]), Err(SavedError::Damaged { records: 1 }));
    assert_eq!(load(&vec![0; saved::MAX_LEN + 1]), Err(SavedError::TooLong(saved::MAX_LEN + 1)));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(load(&flipped), Ok(Loaded { records: 1, dropped: 1 }));
    // Whatever is cut off or flipped, nothing panics.
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 0xff;
        let _ = load(&flipped);
        let _ = load(&good[..at]);
    }
}
