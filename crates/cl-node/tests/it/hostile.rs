//! Peers that mean no good, made of raw streams, at a whole node: what each thing costs them, and when they are left. What
//! it costs us in memory is tested where the streams are handled, in `cl-rpc`, and in `serving`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cl_node::ask::{BlocksByRange, ColumnsByRange};
use cl_node::{ChainStore, Event, Events, Lie, Node, NodeHandle, RequestError};
use cl_rpc::codec::Encoder;
use cl_types::containers::StatusV2;
use cl_types::{Epoch, ForkDigest, ForkName, Protocol, Root, Slot, TopicKind};
use futures::{AsyncReadExt, AsyncWriteExt};
use ssz::Encode;

use crate::objects::{columns_store, plain_chain};
use crate::raw::{Muxer, Rude, request};
use crate::serving::counting;
use crate::support::{alone, await_event, everything_within, gone, quiet_chain, start};

const SECOND: Duration = Duration::from_secs(1);
const BLOCKS: Protocol = Protocol::BlocksByRangeV2;
const BAD_SCORE: u64 = 250;

async fn score(node: &NodeHandle, rude: &Rude) -> f64 {
    node.peers().await.unwrap().iter().find(|info| info.peer == rude.peer).unwrap().score
}

/// The score as the numbers of blame have it: nothing fades within a test that would be worth half a point.
async fn costs(node: &NodeHandle, rude: &Rude, expected: f64) {
    let found = score(node, rude).await;
    assert!((found - expected).abs() < 0.5, "{found}, not {expected}");
}

/// The node has said that this peer is at fault, so often.
async fn faults(events: &mut Events, times: usize) {
    for _ in 0..times {
        await_event(events, "fault", |event| matches!(event, Event::PeerFault { .. }).then_some(())).await;
    }
}

/// A chunk of a block of this slot.
fn block(node: &NodeHandle, slot: u64) -> Vec<u8> {
    let block = plain_chain([slot], |slot| node.schedule().at_slot(Slot(slot)).fork).remove(0);
    Encoder::chunk(Some(node.schedule().context(Slot(slot))), block.ssz).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_none_are_told_so_and_enough_of_them_are_the_end() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::ready(&node, &mut events).await;
    let whole = request(1_u64.as_ssz_bytes());
    // Cut short; it may have been a reset.
    assert_eq!(rude.ask(Protocol::PingV1, &whole[..20]).await.first(), Some(&1));
    faults(&mut events, 1).await;
    costs(&node, &rude, -1.0).await;
    // A length that no ping has.
    assert_eq!(rude.ask(Protocol::PingV1, &[9]).await.first(), Some(&1));
    faults(&mut events, 1).await;
    costs(&node, &rude, -11.0).await;
    rude.still_pings().await;
    // Ten megabytes of roots; the tenth byte of the length is too much already.
    let oversize = [&[0x81, 0x80, 0x80, 0x05][..], &[0; 64]].concat();
    rude.ask(Protocol::BlocksByRootV2, &oversize).await;
    assert_eq!(rude.goodbye().await, BAD_SCORE);
    assert!(gone(&mut events).await.contains("score"));
    rude.is_cut(1).await;
    costs(&node, &rude, -21.0).await;
    let why = node.explain(rude.peer).await.unwrap().unwrap().to_string();
    assert!(why.contains("its request breaks the rules (rpc, high)"), "{why}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_none_cost_what_they_are_and_not_the_connection() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let good = block(&node, 9);
    let relabelled = |digest: [u8; 4]| [&[0][..], &digest, &good[5..]].concat();
    let electra = node.schedule().entries().find(|era| era.fork == ForkName::Electra).unwrap().digest;
    for (what, answer, cost) in [
        ("garbage", vec![0xff; 300], 10.0),
        ("cut short", good[..good.len() - 3].to_vec(), 1.0),
        // Context, then a length of 100 MB.
        ("oversize", [&good[..5], &[0x80, 0xc2, 0xd7, 0x2f]].concat(), 10.0),
        ("another chain's context", relabelled([9; 4]), 10.0),
        ("the context of another fork", relabelled(electra.0), 10.0),
        ("more chunks than asked", good.repeat(2), 10.0),
        ("another slot than asked", block(&node, 10), 10.0),
        // By the codes: a refusal of what was right, and an error that is legal.
        ("invalid request", vec![1, 0], 5.0),
        ("it has nothing", vec![3, 0], 0.0),
        ("an empty answer", Vec::new(), 0.0),
    ] {
        let mut rude = Rude::ready(&node, &mut events).await;
        let answers = node.request(rude.peer, BlocksByRange::new(Slot(9), 1)).await.unwrap();
        let (protocol, mut stream) = rude.asked().await;
        assert_eq!(protocol, BLOCKS);
        let _ = stream.write_all(&answer).await;
        let _ = stream.close().await;
        let result = answers.collect().await;
        assert_eq!(result.is_ok(), answer.is_empty(), "{what}: {result:?}");
        if cost > 0.0 {
            faults(&mut events, 1).await;
        }
        costs(&node, &rude, -cost).await;
        rude.still_pings().await;
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_second_for_each_byte_loses_the_stream_and_nothing_else() {
    let (store, counts) = counting();
    let (node, mut events) = Node::builder(alone(quiet_chain())).chain_store(Arc::new(store)).spawn().await.unwrap();
    let mut rude = Rude::ready(&node, &mut events).await;
    // It reads an answer of many blocks, writes a ping, and answers us, all at that pace.
    let mut reading = rude.open(BLOCKS).await.unwrap();
    reading.write_all(&request((Slot(9), 60_u64, 1_u64).as_ssz_bytes())).await.unwrap();
    reading.close().await.unwrap();
    let mut writing = rude.open(Protocol::PingV1).await.unwrap();
    let answers = node.request(rude.peer, BlocksByRange::new(Slot(9), 1)).await.unwrap();
    let (_, mut answering) = rude.asked().await;
    let answers = tokio::spawn(answers.collect());
    let (ping, answer) = (request(1_u64.as_ssz_bytes()), block(&node, 9));
    let failed = async |node: &NodeHandle, rude: &Rude| {
        let traffic = node.explain(rude.peer).await.unwrap().unwrap().traffic;
        (traffic.served.failed, traffic.asked.failed)
    };
    let began = Instant::now();
    // All are given up after ten seconds. Not all muxers tell those who write: what they write is of no interest any more.
    for at in 0.. {
        if failed(&node, &rude).await == (2, 1) {
            break;
        }
        assert!(began.elapsed() < 60 * SECOND, "{:?}", failed(&node, &rude).await);
        let _ = tokio::time::timeout(SECOND, reading.read(&mut [0])).await;
        for (stream, bytes) in [(&mut writing, &ping), (&mut answering, &answer)] {
            if let Some(byte) = bytes[..bytes.len() - 1].get(at) {
                let _ = stream.write_all(&[*byte]).await;
                let _ = stream.flush().await;
            }
        }
        tokio::time::sleep(SECOND).await;
    }
    let error = answers.await.unwrap().unwrap_err();
    assert!(matches!(error, RequestError::Rpc(cl_rpc::RequestError::Timeout(_))), "{error:?}");
    assert!(counts.most.load(Ordering::SeqCst) <= 2, "{counts:?}");
    let alive = counts.alive.load(Ordering::SeqCst);
    assert_eq!(alive, 0, "the answer that is not read is given up");
    costs(&node, &rude, 0.0).await;
    rude.still_pings().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_never_come_end_the_request_and_are_no_fault() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::ready(&node, &mut events).await;
    let silent = node.request(rude.peer, BlocksByRange::new(Slot(9), 2)).await.unwrap();
    let (_, nothing) = rude.asked().await;
    let stopped = node.request(rude.peer, BlocksByRange::new(Slot(9), 2)).await.unwrap();
    let (_, mut some) = rude.asked().await;
    some.write_all(&block(&node, 9)).await.unwrap();
    some.flush().await.unwrap();
    let (silent, stopped) = tokio::join!(silent.collect(), stopped.collect());
    for (result, phase) in [(silent, cl_rpc::Phase::FirstChunk), (stopped, cl_rpc::Phase::NextChunk)] {
        match result.unwrap_err() {
            RequestError::Rpc(cl_rpc::RequestError::Timeout(found)) => assert_eq!(found, phase),
            other => panic!("{other:?}"),
        }
    }
    drop((nothing, some));
    costs(&node, &rude, 0.0).await;
    rude.still_pings().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_beyond_the_limit_cost_points_and_thousands_the_connection() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let rude = Rude::ready(&node, &mut events).await;
    let mut left = Vec::new();
    for _ in 0..30 {
        left.push(rude.open(Protocol::PingV1).await.unwrap());
    }
    rude.ask(Protocol::StatusV2, &[9]).await;
    faults(&mut events, 1).await;
    costs(&node, &rude, -10.0).await;
    // Those that are left cost nothing; the wrong one did.
    let mut opened = left.len();
    while opened < 4000 {
        let Ok(Some(stream)) = tokio::time::timeout(5 * SECOND, rude.open(Protocol::PingV1)).await else { break };
        left.push(stream);
        opened += 1;
    }
    assert!(opened < 4000, "it was let in without end");
    rude.is_cut(1).await;
    assert!(gone(&mut events).await.contains("score"));
    let end = score(&node, &rude).await;
    assert!(end <= -20.0, "{end}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_goodbyes_is_one_parting() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let rude = Rude::ready(&node, &mut events).await;
    let goodbye = request(1_u64.as_ssz_bytes());
    let mut storm = Vec::new();
    for _ in 0..30 {
        let Some(mut stream) = rude.open(Protocol::GoodbyeV1).await else { break };
        if stream.write_all(&goodbye).await.is_err() || stream.close().await.is_err() {
            break;
        }
        storm.push(stream);
    }
    assert!(gone(&mut events).await.contains("goodbye"), "the first word counts");
    rude.is_cut(1).await;
    let cost = score(&node, &rude).await;
    assert!((-20.0..=0.0).contains(&cost), "{cost}: small faults, if the storm was fast enough to be heard");
    let seen = everything_within(&mut events, SECOND).await;
    assert!(!seen.iter().any(|event| matches!(event, Event::PeerGone { .. })), "{seen:?}");

    // The same again and again, each time with a whole handshake: rude, but no fault.
    let before = score(&node, &rude).await;
    for round in 2..6 {
        rude.shake_hands(&mut events).await;
        rude.ask(Protocol::GoodbyeV1, &goodbye).await;
        assert!(gone(&mut events).await.contains("goodbye"));
        rude.is_cut(round).await;
    }
    assert!(score(&node, &rude).await >= before, "one goodbye costs nothing");
    assert_eq!(node.peers().await.unwrap().len(), 1);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_changes_its_mind_is_left_in_the_end() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::new(&node, Muxer::Yamux).await;
    let finalize = |rude: &Rude, root| {
        let status = &mut rude.manners.lock().unwrap().status;
        (status.finalized_epoch, status.finalized_root) = (Epoch(8), Root::repeat_byte(root));
    };
    finalize(&rude, 1);
    rude.shake_hands(&mut events).await;
    for (root, cost) in [(1, 0.0), (2, -5.0), (3, -10.0), (4, -15.0)] {
        finalize(&rude, root);
        rude.say_status().await;
        costs(&node, &rude, cost).await;
    }
    rude.still_pings().await;
    finalize(&rude, 5);
    rude.say_status().await;
    assert_eq!(rude.goodbye().await, BAD_SCORE);
    rude.is_cut(1).await;
    costs(&node, &rude, -20.0).await;

    // One that was on our chain and is on another now is no liar, and not welcome.
    let mut other = Rude::ready(&node, &mut events).await;
    let ours = other.manners.lock().unwrap().status;
    other.manners.lock().unwrap().status = StatusV2 { fork_digest: ForkDigest([9; 4]), ..ours };
    other.say_status().await;
    assert_eq!(other.goodbye().await, 2);
    other.is_cut(1).await;
    costs(&node, &other, 0.0).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lies_about_custody_loses_trust_and_counts_for_less() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::new(&node, Muxer::Yamux).await;
    rude.manners.lock().unwrap().metadata.custody_group_count = 128;
    rude.shake_hands(&mut events).await;
    let held = columns_store([9, 10]);
    let positions = held.chain(Slot(9)..Slot(11));
    let chunk = |at: usize, column| {
        let (slot, root) = (positions[at].slot, positions[at].root);
        Encoder::chunk(Some(node.schedule().context(slot)), held.column(root, column).unwrap().ssz).to_vec()
    };
    let withhold = async |rude: &mut Rude, sent: &[(usize, u64)]| {
        let ask = ColumnsByRange::new(Slot(9), 2, [0, 5, 127]);
        let answers = node.request(rude.peer, ask).await.unwrap();
        let (_, mut stream) = rude.asked().await;
        for (at, column) in sent {
            stream.write_all(&chunk(*at, *column)).await.unwrap();
        }
        stream.close().await.unwrap();
        answers.collect().await.unwrap().len()
    };
    let columns = async |node: &NodeHandle, rude: &Rude| {
        node.peers().await.unwrap().iter().find(|info| info.peer == rude.peer).unwrap().has.columns.count_ones()
    };
    assert_eq!(withhold(&mut rude, &[]).await, 0);
    assert_eq!(withhold(&mut rude, &[(0, 0), (0, 5), (0, 127), (1, 0)]).await, 4, "cut short is legal");
    costs(&node, &rude, 0.0).await;
    assert_eq!(columns(&node, &rude).await, 128);
    assert_eq!(withhold(&mut rude, &[(0, 0), (1, 0), (1, 127)]).await, 3);
    faults(&mut events, 1).await;
    costs(&node, &rude, -5.0).await;
    assert_eq!(columns(&node, &rude).await, 126, "without 5 and 127");
    let why = node.explain(rude.peer).await.unwrap().unwrap().to_string();
    assert!(why.contains("does not serve a column in its custody (rpc, mid)"), "{why}");
    // Whoever knows that there was something to send says so.
    node.lacks_columns(rude.peer, vec![(7, Slot(9)), (8, Slot(500))]).await.unwrap();
    faults(&mut events, 1).await;
    assert_eq!(columns(&node, &rude).await, 125, "8 is beyond what it says to have");
    rude.still_pings().await;

    // What it promised in its MetaData it takes back.
    let seq_number = {
        let metadata = &mut rude.manners.lock().unwrap().metadata;
        (metadata.seq_number, metadata.custody_group_count) = (metadata.seq_number + 1, 4);
        metadata.seq_number
    };
    rude.ask(Protocol::PingV1, &request(seq_number.as_ssz_bytes())).await;
    let deadline = Instant::now() + crate::support::DEADLINE;
    while columns(&node, &rude).await > 4 {
        assert!(Instant::now() < deadline, "new MetaData is not asked for");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    costs(&node, &rude, -11.0).await;
    rude.still_pings().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mplex_an_answer_that_nobody_reads_stalls_neither_pings_nor_gossip() {
    /// More than a reader may lag behind.
    const CHUNKS: usize = 3000;
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::new(&node, Muxer::Mplex).await;
    rude.shake_hands(&mut events).await;
    let topic = cl_gossip::Topic { digest: node.schedule().at_slot(Slot(100)).digest, kind: TopicKind::BeaconBlock };
    rude.call(move |swarm| swarm.behaviour_mut().gossip.join(topic).unwrap()).await;

    let body = (Slot(9), 32_u64, 20_u32, (0..128_u64).collect::<Vec<_>>());
    let body = [body.0.as_ssz_bytes(), body.1.as_ssz_bytes(), body.2.as_ssz_bytes(), body.3.as_ssz_bytes()].concat();
    let ask = cl_rpc::Request::new(vec![(Protocol::ColumnsByRangeV1, body.into())], 4096).unwrap();
    let mut unread = node.request_unchecked(rude.peer, ask).await.unwrap();
    let (_, mut stream) = rude.asked().await;
    let held = columns_store([9]);
    let column = held.column(held.chain(Slot(9)..Slot(10))[0].root, 5).unwrap().ssz;
    let chunk = Encoder::chunk(Some(node.schedule().context(Slot(9))), column).to_vec();
    let flood = tokio::spawn(async move {
        for _ in 0..CHUNKS {
            if stream.write_all(&chunk).await.is_err() || stream.flush().await.is_err() {
                break;
            }
        }
    });
    for slot in 90..95 {
        rude.still_pings().await;
        let ssz = plain_chain([slot], |_| ForkName::Fulu).remove(0).ssz;
        let publish = move |swarm: &mut libp2p::Swarm<crate::raw::Behaviour>| {
            swarm.behaviour_mut().gossip.publish(topic, &ssz).is_ok()
        };
        let deadline = Instant::now() + crate::support::DEADLINE;
        while !rude.call(publish.clone()).await {
            assert!(Instant::now() < deadline, "the node is on no topic");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        await_event(&mut events, "block", |event| matches!(event, Event::Gossip(_)).then_some(())).await;
    }
    flood.await.unwrap();
    let mut read = 0;
    let end = loop {
        match unread.next().await {
            Some(Ok(_)) => read += 1,
            end => break end,
        }
    };
    assert!(matches!(end, Some(Err(RequestError::TooSlow))), "{end:?}");
    assert_eq!(read, cl_node::MAX_WAITING_CHUNKS, "what waits is bounded");
    costs(&node, &rude, 0.0).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_peer_is_kept_whatever_it_does_until_it_is_none_any_more() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::ready(&node, &mut events).await;
    node.trust(rude.peer).await.unwrap();
    for _ in 0..4 {
        assert_eq!(rude.ask(Protocol::PingV1, &[9]).await.first(), Some(&1));
        faults(&mut events, 1).await;
    }
    costs(&node, &rude, -40.0).await;
    rude.still_pings().await;
    node.untrust(rude.peer).await.unwrap();
    rude.ask(Protocol::PingV1, &request(1_u64.as_ssz_bytes())[..20]).await;
    assert_eq!(rude.goodbye().await, BAD_SCORE);
    rude.is_cut(1).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_about_a_block_is_named() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let mut rude = Rude::ready(&node, &mut events).await;
    let mut answers = node.request(rude.peer, BlocksByRange::new(Slot(9), 3)).await.unwrap();
    let (_, mut stream) = rude.asked().await;
    // Two blocks that are both first.
    stream.write_all(&[block(&node, 9), block(&node, 10)].concat()).await.unwrap();
    assert_eq!(answers.next().await.unwrap().unwrap().slot, Slot(9));
    let error = answers.next().await.unwrap().unwrap_err();
    assert!(matches!(&error, RequestError::Lie { why, .. } if matches!(**why, Lie::Unlinked { .. })), "{error:?}");
    faults(&mut events, 1).await;
    costs(&node, &rude, -5.0).await;
    is_still_there(&node, &mut rude).await;
    node.shutdown().await;
}

async fn is_still_there(node: &NodeHandle, rude: &mut Rude) {
    rude.still_pings().await;
    let state = node.peers().await.unwrap().iter().find(|info| info.peer == rude.peer).unwrap().state;
    assert_eq!(state, cl_peers::State::Ready);
}
