//! Conversations with the bookkeeping, in virtual time.

use std::time::Duration;

use super::*;
use crate::codec::ErrorMessage;
use crate::config::{Quota, Quotas};

fn drain(outbound: &mut Outbound) -> Vec<String> {
    std::iter::from_fn(|| outbound.next_action())
        .map(|action| match action {
            Action::Start { id, .. } => format!("start {id}"),
            Action::Abort { id, .. } => format!("abort {id}"),
            Action::Tell(Event::Done { id, .. }) => format!("done {id}"),
            Action::Tell(Event::Failed { id, error, .. }) => format!("failed {id}: {error}"),
            other => format!("{other:?}"),
        })
        .collect()
}

fn connected() -> (Outbound, PeerId, ConnectionId) {
    let (mut outbound, peer, connection) =
        (Outbound::new(4, Pacing::off()), PeerId::random(), ConnectionId::new_unchecked(1));
    outbound.connected(peer, connection);
    (outbound, peer, connection)
}

#[test]
fn two_of_a_method_run_and_the_third_waits_its_turn() {
    let (mut outbound, peer, _) = connected();
    let [a, b, c] = [(); 3].map(|()| outbound.send(peer, Request::ping(1), Instant::now()));
    let other = outbound.send(peer, Request::metadata(), Instant::now());
    assert_eq!(drain(&mut outbound), ["start 0", "start 1", "start 3"]);
    outbound.ended(b, Ok(()), Instant::now());
    assert_eq!(drain(&mut outbound), ["done 1", "start 2"]);
    for id in [a, c, other] {
        outbound.ended(id, Ok(()), Instant::now());
        outbound.ended(id, Ok(()), Instant::now());
    }
    assert_eq!(drain(&mut outbound), ["done 0", "done 2", "done 3"]);
    assert!(outbound.owners.is_empty());
}

#[test]
fn the_queue_is_bounded_but_does_not_block_other_methods() {
    let (mut outbound, peer, _) = connected();
    for _ in 0..7 {
        outbound.send(peer, Request::ping(1), Instant::now());
    }
    outbound.send(peer, Request::metadata(), Instant::now());
    let full = "failed 6: too many requests wait for this peer";
    assert_eq!(drain(&mut outbound), ["start 0", "start 1", full, "start 7"]);
}

#[test]
fn a_lost_connection_ends_its_requests_once_and_waiting_ones_move_on() {
    let (mut outbound, peer, first) = connected();
    let second = ConnectionId::new_unchecked(2);
    outbound.connected(peer, second);
    let [a, _, _] = [(); 3].map(|()| outbound.send(peer, Request::ping(1), Instant::now()));
    drain(&mut outbound);
    outbound.disconnected(peer, first, Instant::now());
    outbound.ended(a, Ok(()), Instant::now());
    assert_eq!(drain(&mut outbound), ["failed 0: connection closed", "failed 1: connection closed", "start 2"]);
    outbound.disconnected(peer, second, Instant::now());
    outbound.send(peer, Request::ping(1), Instant::now());
    assert_eq!(drain(&mut outbound), ["failed 2: connection closed", "failed 3: not connected"]);
    assert!(outbound.owners.is_empty() && outbound.peers.is_empty());
}

#[test]
fn cancelling_frees_the_slot_and_silences_the_rest() {
    let (mut outbound, peer, _) = connected();
    let [a, _, c, _] = [(); 4].map(|()| outbound.send(peer, Request::ping(1), Instant::now()));
    drain(&mut outbound);
    assert!(outbound.cancel(c, Instant::now()));
    assert!(outbound.cancel(a, Instant::now()));
    assert!(!outbound.cancel(a, Instant::now()));
    outbound.ended(a, Ok(()), Instant::now());
    assert_eq!(drain(&mut outbound), ["failed 2: cancelled", "abort 0", "failed 0: cancelled", "start 3"]);
}

/// Blocks: eight at once, and one a second; a refused request is repeated twice.
fn paced() -> (Outbound, PeerId, Instant) {
    let grants = Quotas::all(Quota { chunks: 8, bytes: u64::MAX, per: 8 * SECOND });
    let (mut outbound, peer) = (Outbound::new(4, Pacing { grants, retries: 2 }), PeerId::random());
    outbound.connected(peer, ConnectionId::new_unchecked(1));
    (outbound, peer, Instant::now())
}

const SECOND: Duration = Duration::from_secs(1);

fn early() -> Result<(), RequestError> {
    let protocol = cl_types::Protocol::BlocksByRangeV2;
    Err(RequestError::Refused { protocol, code: ErrorCode::RATE_LIMITED, message: ErrorMessage::new("") })
}

/// What is started, as start and count of the range.
fn started(outbound: &mut Outbound) -> Vec<(u64, u64)> {
    std::iter::from_fn(|| outbound.next_action())
        .filter_map(|action| match action {
            Action::Start { request, .. } => {
                let body = request.body(cl_types::Protocol::BlocksByRangeV2).unwrap();
                let field = |at: usize| u64::from_le_bytes(body[at..at + 8].try_into().unwrap());
                Some((field(0), field(8)))
            }
            _ => None,
        })
        .collect()
}

fn range(start: u64, count: u64) -> Request {
    Request::blocks_by_range(cl_types::Slot(start), count).unwrap()
}

fn chunks(outbound: &mut Outbound, id: RequestId, count: usize) {
    for _ in 0..count {
        let protocol = cl_types::Protocol::BlocksByRangeV2;
        outbound.chunk(id, Chunk { protocol, fork: None, ssz: bytes::Bytes::new() });
    }
}

/// Waits for what is due.
fn wait(outbound: &mut Outbound, now: &mut Instant) {
    let due = outbound.next_due().unwrap();
    assert!(due > *now);
    *now = due;
    outbound.wake(due);
}

#[test]
fn a_large_request_goes_in_parts_as_the_pace_allows() {
    let (mut outbound, peer, mut now) = paced();
    let id = outbound.send(peer, range(100, 20), now);
    for part in [(100, 8), (108, 8), (116, 4)] {
        assert_eq!(started(&mut outbound), [part]);
        assert_eq!(outbound.next_due(), None);
        chunks(&mut outbound, id, usize::try_from(part.1).unwrap());
        outbound.ended(id, Ok(()), now);
        if part.0 < 116 {
            assert!(started(&mut outbound).is_empty());
            wait(&mut outbound, &mut now);
        }
    }
    assert_eq!(drain(&mut outbound).last().unwrap(), "done 0");
    assert!(outbound.owners.is_empty());
}

#[test]
fn a_part_that_is_answered_in_part_is_the_last_one_and_an_empty_one_is_not() {
    let (mut outbound, peer, mut now) = paced();
    let id = outbound.send(peer, range(100, 24), now);
    assert_eq!(started(&mut outbound), [(100, 8)]);
    outbound.ended(id, Ok(()), now);
    wait(&mut outbound, &mut now);
    assert_eq!(started(&mut outbound), [(108, 8)]);
    chunks(&mut outbound, id, 7);
    outbound.ended(id, Ok(()), now);
    assert_eq!(drain(&mut outbound).last().unwrap(), "done 0");
}

#[test]
fn what_waits_for_its_pace_keeps_its_place_and_blocks_no_other_method() {
    let (mut outbound, peer, mut now) = paced();
    let ids = [0, 1, 2].map(|n| outbound.send(peer, range(n, 8), now));
    outbound.send(peer, Request::metadata(), now);
    assert_eq!(drain(&mut outbound), ["start 0", "start 3"]);
    for id in ids {
        outbound.ended(id, Ok(()), now);
        assert_eq!(drain(&mut outbound), [format!("done {id}")]);
        if id != ids[2] {
            wait(&mut outbound, &mut now);
            assert_eq!(drain(&mut outbound), [format!("start {}", id.0 + 1)]);
        }
    }
}

#[test]
fn a_refusal_for_being_early_is_repeated_after_a_pause_with_less() {
    let (mut outbound, peer, mut now) = paced();
    let id = outbound.send(peer, range(0, 8), now);
    let behind = outbound.send(peer, range(50, 1), now);
    assert_eq!(started(&mut outbound), [(0, 8)]);
    outbound.ended(id, early(), now);
    assert!(drain(&mut outbound).is_empty());
    wait(&mut outbound, &mut now);
    assert_eq!(started(&mut outbound), [(0, 4)]);
    outbound.ended(id, early(), now);
    wait(&mut outbound, &mut now);
    assert_eq!(started(&mut outbound), [(0, 2)]);
    chunks(&mut outbound, id, 2);
    outbound.ended(id, Ok(()), now);
    let mut seen = Vec::new();
    while !outbound.owners.is_empty() {
        for (start, count) in started(&mut outbound) {
            seen.push((start, count));
            let id = if start == 50 { behind } else { id };
            chunks(&mut outbound, id, usize::try_from(count).unwrap());
            outbound.ended(id, Ok(()), now);
        }
        if outbound.next_due().is_some() {
            wait(&mut outbound, &mut now);
        }
    }
    // The one behind it has waited for its end.
    assert_eq!(seen.pop(), Some((50, 1)));
    assert_eq!(seen.iter().map(|(_, count)| count).sum::<u64>(), 6, "{seen:?}");
}

#[test]
fn refusals_are_told_when_there_were_too_many_or_chunks_had_come() {
    let (mut outbound, peer, mut now) = paced();
    let id = outbound.send(peer, range(0, 8), now);
    for _ in 0..2 {
        outbound.ended(id, early(), now);
        wait(&mut outbound, &mut now);
    }
    drain(&mut outbound);
    outbound.ended(id, early(), now);
    match outbound.next_action() {
        Some(Action::Tell(Event::Failed { error, .. })) => assert_eq!(error.fault(), cl_types::Fault::Local),
        other => panic!("{other:?}"),
    }
    let id = outbound.send(peer, range(0, 1), now);
    wait(&mut outbound, &mut now);
    chunks(&mut outbound, id, 1);
    outbound.ended(id, early(), now);
    assert!(drain(&mut outbound).last().unwrap().starts_with("failed 1"));
}

#[test]
fn a_pace_outlives_the_connection_and_waiting_requests_do_not() {
    let (mut outbound, peer, now) = paced();
    let connection = ConnectionId::new_unchecked(1);
    outbound.send(peer, range(0, 8), now);
    outbound.send(peer, range(0, 8), now);
    drain(&mut outbound);
    outbound.disconnected(peer, connection, now);
    assert_eq!(drain(&mut outbound), ["failed 0: connection closed", "failed 1: connection closed"]);
    assert_eq!(outbound.next_due(), None);
    outbound.connected(peer, connection);
    outbound.send(peer, range(0, 8), now);
    assert!(drain(&mut outbound).is_empty());
    assert!(outbound.next_due().unwrap() > now + 7 * SECOND);
}

#[test]
fn a_waiting_request_can_be_cancelled_between_its_parts() {
    let (mut outbound, peer, now) = paced();
    let id = outbound.send(peer, range(0, 16), now);
    chunks(&mut outbound, id, 8);
    outbound.ended(id, Ok(()), now);
    drain(&mut outbound);
    assert!(outbound.cancel(id, now));
    assert_eq!(drain(&mut outbound), ["failed 0: cancelled"]);
    outbound.wake(now + 100 * SECOND);
    assert!(drain(&mut outbound).is_empty());
}
