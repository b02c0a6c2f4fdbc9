use cl_enr::{Fork, Key, NotConsensus, fields};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{EnrForkId, ForkDigest, ForkVersion};

use super::*;

const HERE: ForkDigest = ForkDigest([1; 4]);
const OTHER: ForkDigest = ForkDigest([9; 4]);

fn fork_id(fork_digest: ForkDigest) -> EnrForkId {
    EnrForkId { fork_digest, next_fork_version: ForkVersion([7, 0, 0, 0]), next_fork_epoch: FAR_FUTURE_EPOCH }
}

fn chain(digest: ForkDigest) -> Chain {
    Chain {
        fork: Fork {
            id: fork_id(digest),
            next_digest: ForkDigest::default(),
            has_fulu: true,
            passed: cl_enr::Passed::default(),
        },
        tolerated: None,
    }
}

fn book(max: usize) -> (Book, Instant) {
    let config = Config { max_records: max, max_refused: max, ..Config::local(Vec::new()) };
    (Book::new(&config, chain(HERE)), Instant::now())
}

fn record(key: u8, seq: u64, digest: ForkDigest) -> Record {
    let mut builder = Record::builder();
    builder.seq(seq);
    fields::add_eth2(&mut builder, &fork_id(digest));
    builder.build(&Key::from_bytes([key; 32]).unwrap().to_combined()).unwrap()
}

fn peer(key: u8) -> PeerId {
    Key::from_bytes([key; 32]).unwrap().peer_id()
}

fn reports(book: &mut Book, now: Instant) -> Vec<(PeerId, Compatibility)> {
    std::iter::from_fn(|| book.next_report(now)).map(|(peer, _, verdict)| (peer, verdict)).collect()
}

#[test]
fn each_record_is_reported_once() {
    let (mut book, now) = book(8);
    assert!(book.insert(record(1, 1, HERE), now));
    assert!(!book.insert(record(1, 1, HERE), now));
    assert!(!book.insert(record(2, 1, OTHER), now));
    assert_eq!(
        reports(&mut book, now),
        [(peer(1), Compatibility::Same), (peer(2), Compatibility::OtherDigest { theirs: OTHER })]
    );
    book.insert(record(1, 1, HERE), now);
    book.insert(record(2, 1, OTHER), now);
    assert_eq!(reports(&mut book, now), []);
}

#[test]
fn a_newer_record_replaces_and_an_older_one_does_not() {
    let (mut book, now) = book(8);
    book.insert(record(1, 5, HERE), now);
    book.insert(record(1, 4, OTHER), now);
    assert_eq!(reports(&mut book, now), [(peer(1), Compatibility::Same)]);
    assert!(!book.insert(record(1, 6, OTHER), now));
    assert_eq!(reports(&mut book, now), [(peer(1), Compatibility::OtherDigest { theirs: OTHER })]);
    assert_eq!(book.get(&peer(1)).unwrap().seq(), 6);
    assert_eq!(book.iter().count(), 1);
}

#[test]
fn a_compatible_node_found_again_later_is_reported_again() {
    let (mut book, now) = book(8);
    book.insert(record(1, 1, HERE), now);
    book.insert(record(2, 1, OTHER), now);
    reports(&mut book, now);
    let later = now + Config::local(Vec::new()).renew_after;
    book.insert(record(1, 1, HERE), later);
    book.insert(record(2, 1, OTHER), later);
    assert_eq!(reports(&mut book, later), [(peer(1), Compatibility::Same)]);
}

#[test]
fn a_fork_changes_verdicts() {
    let (mut book, now) = book(8);
    book.insert(record(1, 1, HERE), now);
    book.insert(record(2, 1, OTHER), now);
    reports(&mut book, now);
    book.set_chain(chain(OTHER));
    let mut changed = reports(&mut book, now);
    changed.sort_by_key(|(reported, _)| *reported != peer(1));
    assert_eq!(changed, [(peer(1), Compatibility::OtherDigest { theirs: HERE }), (peer(2), Compatibility::Same)]);
    book.set_chain(chain(OTHER));
    assert_eq!(reports(&mut book, now), []);
}

#[test]
fn the_oldest_of_a_kind_goes_first_and_kinds_do_not_mix() {
    let (mut book, now) = book(2);
    for key in 1..=3 {
        book.insert(record(key, 1, HERE), now);
    }
    for key in 11..=15 {
        book.insert(record(key, 1, OTHER), now);
    }
    assert!(book.get(&peer(1)).is_none());
    assert!(book.get(&peer(2)).is_some() && book.get(&peer(3)).is_some());
    assert_eq!(book.iter().count(), 4);
    // Who is gone is not reported.
    let reported: Vec<PeerId> = reports(&mut book, now).into_iter().map(|(peer, _)| peer).collect();
    assert_eq!(reported, [peer(2), peer(3), peer(14), peer(15)]);
}

#[test]
fn a_record_without_a_fork_is_kept_but_refused() {
    let (mut book, now) = book(2);
    let key = Key::from_bytes([1; 32]).unwrap();
    assert!(!book.insert(Record::empty(&key.to_combined()).unwrap(), now));
    assert_eq!(reports(&mut book, now), [(peer(1), Compatibility::NotConsensus(NotConsensus::NoEth2))]);
    assert!(book.get(&peer(1)).is_some());
}
