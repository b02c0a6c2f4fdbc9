use cl_types::{EnrForkId, Epoch, ForkDigest, ForkVersion};

use super::*;
use crate::{Passed, fields};

const NOW: u64 = 1_800_000_000_000;

fn fork(digest: u8, has_fulu: bool) -> Fork {
    let id = EnrForkId {
        fork_digest: ForkDigest([digest; 4]),
        next_fork_version: ForkVersion([7, 0, 0, 0]),
        next_fork_epoch: Epoch(100),
    };
    Fork { id, next_digest: ForkDigest([digest + 1; 4]), has_fulu, passed: Passed::default() }
}

fn advertised(custody_group_count: u64) -> Advertised {
    let mut attnets = Attnets::new();
    attnets.set(3, true).unwrap();
    Advertised { attnets, syncnets: Syncnets::new(), custody_group_count }
}

fn ports(base: u16) -> Ports {
    Ports { udp: Some(base), tcp: Some(base), quic: Some(base + 1) }
}

fn addresses() -> Addresses {
    Addresses::new([127, 0, 0, 1].into(), ports(9000))
}

fn local(saved: Option<&Saved>) -> Local {
    Local::new(Key::from_bytes([5; 32]).unwrap(), addresses(), fork(1, true), advertised(4), saved, NOW).unwrap()
}

#[test]
fn the_record_and_metadata_say_the_same() {
    let local = local(None);
    let record = local.record();
    assert!(record.verify());
    assert_eq!(record.seq(), NOW);
    assert_eq!(fields::eth2(record), Ok(Some(fork(1, true).id)));
    assert_eq!(fields::next_fork_digest(record), Ok(Some(ForkDigest([2; 4]))));
    assert_eq!(fields::attnets(record).unwrap().as_ref(), Some(&local.metadata().attnets));
    assert_eq!(fields::syncnets(record).unwrap().as_ref(), Some(&local.metadata().syncnets));
    assert_eq!(fields::custody_group_count(record), Ok(Some(local.metadata().custody_group_count)));
    assert_eq!(Addresses::of(record), addresses());
    assert_eq!(local.metadata().seq_number, 0);
}

#[test]
fn before_fulu_is_scheduled_its_entries_are_left_out() {
    let mut local = local(None);
    let changed = local.set_fork(fork(1, false)).unwrap();
    assert_eq!(changed, Changed { record: true, metadata: false });
    assert_eq!(fields::custody_group_count(local.record()), Ok(None));
    assert_eq!(fields::next_fork_digest(local.record()), Ok(None));

    // Custody then changes MetaData alone.
    let changed = local.set_advertised(advertised(8)).unwrap();
    assert_eq!(changed, Changed { record: false, metadata: true });
}

#[test]
fn counters_rise_only_on_real_changes() {
    let mut local = local(None);
    let counters = |local: &Local| (local.record().seq() - NOW, local.metadata().seq_number);

    assert_eq!(local.set_fork(fork(1, true)).unwrap(), Changed::default());
    assert_eq!(local.set_advertised(advertised(4)).unwrap(), Changed::default());
    assert_eq!(local.set_addresses(addresses()).unwrap(), Changed::default());
    assert_eq!(counters(&local), (0, 0));

    assert_eq!(local.set_fork(fork(2, true)).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(counters(&local), (1, 0));
    assert_eq!(local.set_advertised(advertised(8)).unwrap(), Changed { record: true, metadata: true });
    assert_eq!(counters(&local), (2, 1));
    let moved = Addresses::new([127, 0, 0, 2].into(), ports(9000));
    assert_eq!(local.set_addresses(moved).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(counters(&local), (3, 1));
    assert!(local.record().verify());
}

#[test]
fn a_restart_continues_both_counters() {
    let mut before = local(None);
    let _ = before.set_advertised(advertised(8)).unwrap();
    let saved = before.to_save();

    // The clock stands still: the record rises all the same. MetaData differs, so it rises too.
    let after = local(Some(&saved));
    assert_eq!(after.record().seq(), NOW + 2);
    assert_eq!(after.metadata().seq_number, 2);

    // Again, now with equal contents: MetaData keeps its counter.
    let again = local(Some(&after.to_save()));
    assert_eq!(again.record().seq(), NOW + 3);
    assert_eq!(again.metadata(), after.metadata());
}

#[test]
fn the_clock_stands_in_for_a_lost_state_file() {
    let saved = Saved { record_seq: 7, ..local(None).to_save() };
    assert_eq!(local(Some(&saved)).record().seq(), NOW);
    let saved = Saved { record_seq: u64::MAX, ..saved };
    let error = Local::new(Key::generate(), addresses(), fork(1, true), advertised(4), Some(&saved), NOW).unwrap_err();
    assert_eq!(error, LocalError::SeqExhausted);
}

#[test]
fn a_dual_stack_record_fits() {
    let mut local = local(None);
    let both = Addresses { ip6: Some("2001:db8::1".parse().unwrap()), ports6: ports(65_000), ..addresses() };
    let _ = local.set_addresses(both).unwrap();
    let _ = local.set_advertised(advertised(128)).unwrap();
    assert!(local.record().size() <= MAX_RECORD_LEN, "{}", local.record().size());
}

#[test]
fn what_discovery_learned_is_adopted() {
    let mut local = local(None);
    let mut seen = local.record().clone();
    seen.set_udp_socket("203.0.113.7:30000".parse().unwrap(), &local.key().to_combined()).unwrap();
    assert_eq!(local.adopt(&seen).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(*local.record(), seen);
    assert_eq!(local.addresses().ip4, Some([203, 0, 113, 7].into()));
    assert_eq!(local.adopt(&seen).unwrap(), Changed::default());
}

#[test]
fn a_record_that_changed_on_both_sides_gets_a_counter_above_both() {
    let mut local = local(None);
    let mut seen = local.record().clone();
    seen.set_udp_socket("203.0.113.7:30000".parse().unwrap(), &local.key().to_combined()).unwrap();
    let _ = local.set_fork(fork(2, true)).unwrap();
    assert_eq!(local.adopt(&seen).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(local.record().seq(), NOW + 2);
    assert_eq!(fields::eth2(local.record()), Ok(Some(fork(2, true).id)));
    assert_eq!(local.addresses().ip4, Some([203, 0, 113, 7].into()));
}

#[test]
fn a_record_of_another_node_is_not_adopted() {
    let other = Record::empty(&Key::generate().to_combined()).unwrap();
    assert_eq!(local(None).adopt(&other), Err(LocalError::NotOurs));
}

/// The largest that a record of ours can be without a name.
fn largest() -> Local {
    let ports = Ports { udp: Some(u16::MAX), tcp: Some(u16::MAX), quic: Some(u16::MAX) };
    let addresses = Addresses {
        ip4: Some([255, 255, 255, 255].into()),
        ports4: ports,
        ip6: Some([0xff; 16].into()),
        ports6: ports,
    };
    let all = Advertised { custody_group_count: u64::MAX, ..advertised(4) };
    let key = Key::from_bytes([5; 32]).unwrap();
    Local::new(key, addresses, fork(255 - 1, true), all, None, u64::MAX - 9).unwrap()
}

fn named(name: usize, build: Option<usize>) -> Option<Client> {
    let text = |len| "x".repeat(len);
    Some(Client { name: text(name), version: "1".to_owned(), build: build.map(text) })
}

#[test]
fn what_the_specification_asks_for_always_fits() {
    // 268 with a custody count that there can be, and one of eight bytes is seven longer.
    assert_eq!(largest().record().size(), 268 + 7);
    let mut real = largest();
    let _ = real.set_advertised(advertised(128)).unwrap();
    assert_eq!(real.record().size(), 268);
}

#[test]
fn a_name_gives_way_its_build_first() {
    let mut local = largest();
    let _ = local.set_advertised(advertised(128)).unwrap();
    assert_eq!(local.client_shown(), ClientShown::Nothing);
    let bare = local.record().size();
    // 27 bytes are left by the library's own count: the key and the list take 8, the version 1, a longer text one more than
    // it has.
    for (client, shown) in [
        (named(7, Some(9)), ClientShown::All),
        (named(7, Some(10)), ClientShown::NameAndVersion),
        (named(17, None), ClientShown::All),
        (named(17, Some(1)), ClientShown::NameAndVersion),
        (named(18, None), ClientShown::Nothing),
        (named(18, Some(1)), ClientShown::Nothing),
        (named(1000, Some(1000)), ClientShown::Nothing),
    ] {
        let _ = local.set_client(client.clone()).unwrap();
        assert_eq!(local.client_shown(), shown, "{client:?}");
        let record = local.record();
        assert!(record.verify() && record.size() <= MAX_RECORD_LEN, "{}", record.size());
        let said = fields::client(record).unwrap();
        let short = client.map(|client| Client { build: None, ..client });
        match shown {
            ClientShown::All => assert_eq!(said, local.client),
            ClientShown::NameAndVersion => assert_eq!(said, short),
            ClientShown::Nothing => assert_eq!((said, record.size()), (None, bare)),
        }
    }
}

#[test]
fn a_name_leaves_room_for_addresses_that_are_learnt() {
    let mut local = local(None);
    let _ = local.set_client(named(16, Some(40))).unwrap();
    // An IPv4 record alone would have room for all of it.
    assert_eq!(local.client_shown(), ClientShown::NameAndVersion);
    let mut seen = local.record().clone();
    let key = local.key().to_combined();
    seen.set_udp_socket("203.0.113.7:30000".parse().unwrap(), &key).unwrap();
    seen.set_udp_socket("[2001:db8::7]:30000".parse().unwrap(), &key).unwrap();
    assert_eq!(local.adopt(&seen).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(*local.record(), seen);
    assert_eq!(local.client_shown(), ClientShown::NameAndVersion);
}

#[test]
fn a_name_is_a_change_of_the_record_alone() {
    let mut local = local(None);
    assert_eq!(local.set_client(named(3, None)).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(local.set_client(named(3, None)).unwrap(), Changed::default());
    assert_eq!(local.record().seq(), NOW + 1);
    // The same is left of both.
    assert_eq!(local.set_client(named(500, None)).unwrap(), Changed { record: true, metadata: false });
    assert_eq!(local.set_client(named(600, None)).unwrap(), Changed::default());
    assert_eq!(local.set_client(None).unwrap(), Changed::default());
    assert_eq!(local.record().seq(), NOW + 2);
}

#[test]
fn an_era_that_passed_is_no_change_of_the_record() {
    let mut local = local(None);
    let later = Fork { passed: [ForkDigest([7; 4])].into_iter().collect(), ..fork(1, true) };
    assert_eq!(local.set_fork(later).unwrap(), Changed::default());
    assert_eq!(*local.fork(), later);
}
