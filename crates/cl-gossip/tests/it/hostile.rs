//! What peers may send that they must not: it is bounded, counted, and blamed on who sent it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cl_gossip::snappy::compress;
use cl_gossip::{DecompressError, Event, Topic, Unwanted, Verdict};
use cl_types::limits::{MAX_PAYLOAD_SIZE, max_compressed_len, max_message_size};
use cl_types::{Epoch, Fault, Severity, TopicKind};
use futures::AsyncWriteExt;

use crate::net::node;
use crate::raw::{Raw, Us, good_message, write};
use crate::{chain, wire};

/// A node on a topic of blocks and one of attestations, and a stream to it.
struct Scene {
    us: Us,
    peer: Raw,
    stream: libp2p_swarm::Stream,
    blocks: Topic,
    votes: Topic,
}

impl Scene {
    async fn new() -> Self {
        let chain = chain::electra_then_fulu();
        let digest = chain.at(Epoch(0)).digest;
        let (blocks, votes) =
            (Topic::new(digest, TopicKind::BeaconBlock), Topic::new(digest, TopicKind::BeaconAttestation(3)));
        let mut us = Us::new(node(&chain).await);
        us.node.behaviour_mut().join(blocks).unwrap();
        us.node.behaviour_mut().join(votes).unwrap();
        let mut peer = Raw::connect(&mut us).await;
        let stream = peer.open(&mut us).await;
        Self { us, peer, stream, blocks, votes }
    }

    async fn send(&mut self, parts: &[Vec<u8>]) {
        write(&mut self.us, &mut self.stream, &wire::frame(parts)).await.unwrap();
    }

    /// Proves that everything before has been dealt with, and that the peer is still heard.
    async fn still_hears(&mut self, fill: u8) -> cl_gossip::Message {
        good_message(&mut self.us, &mut self.stream, self.blocks, fill).await
    }

    async fn invalid(&mut self) -> DecompressError {
        let peer = self.peer.id;
        self.us
            .until(|event| match event {
                Event::Invalid { source, error, .. } if source == peer => Some(error),
                Event::Message(message) => panic!("taken for good: {:?}", message.topic),
                _ => None,
            })
            .await
    }

    fn score(&self) -> f64 {
        self.us.node.behaviour().score(&self.peer.id).unwrap()
    }

    fn counters(&self) -> cl_gossip::Counters {
        self.us.node.behaviour().counters()
    }
}

#[tokio::test]
async fn a_payload_of_another_type_s_size_is_rejected() {
    let mut scene = Scene::new().await;
    let (blocks, votes) = (scene.blocks.to_string(), scene.votes.to_string());
    // An attestation among blocks, a block among attestations, and what claims 4 GiB.
    for (topic, data) in [
        (&blocks, compress(&[1; 240]).unwrap()),
        (&votes, compress(&[2; 5000]).unwrap()),
        (&blocks, vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x00]),
    ] {
        scene.send(&[wire::message(topic, &data)]).await;
        let error = scene.invalid().await;
        assert!(matches!(error, DecompressError::OutOfBounds { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Peer(Severity::High));
    }
    let counters = scene.counters();
    assert_eq!(counters.family(TopicKind::BeaconBlock).out_of_bounds, 2);
    assert_eq!(counters.family(TopicKind::BeaconAttestation(0)).out_of_bounds, 1);
    assert_eq!(counters.rejected, 3);
    assert!(scene.score() < 0.0);
}

#[tokio::test]
async fn a_length_that_lies_is_rejected() {
    let mut scene = Scene::new().await;
    let topic = scene.blocks.to_string();
    // The first two bytes say 5000.
    let honest = compress(&[7; 5000]).unwrap();
    assert_eq!(honest[..2], [0x88, 0x27]);
    let says = |length: [u8; 2]| [&length[..], &honest[2..]].concat();
    for data in [says([0x87, 0x27]), says([0x89, 0x27]), honest[..honest.len() - 1].to_vec()] {
        scene.send(&[wire::message(&topic, &data)]).await;
        assert_eq!(scene.invalid().await, DecompressError::Corrupt);
    }
    scene.send(&[wire::message(&topic, &[0x80; 9])]).await;
    assert_eq!(scene.invalid().await, DecompressError::Header);
    let traffic = scene.counters().family(TopicKind::BeaconBlock);
    assert_eq!((traffic.corrupt, traffic.no_length, traffic.first), (3, 1, 0));
    scene.still_hears(1).await;
}

#[tokio::test]
async fn data_longer_than_any_payload_is_rejected_and_not_decompressed() {
    let mut scene = Scene::new().await;
    let topic = scene.blocks.to_string();
    // It fits into a frame, and would be legal if it were a little shorter.
    let mut data = vec![0; max_compressed_len(MAX_PAYLOAD_SIZE) + 1];
    data[..2].copy_from_slice(&[0x88, 0x27]);
    scene.send(&[wire::message(&topic, &data)]).await;
    assert_eq!(scene.invalid().await, DecompressError::TooLong { len: data.len() });
    let counters = scene.counters();
    assert_eq!((counters.family(TopicKind::BeaconBlock).too_long, counters.rejected), (1, 1));
    assert!(scene.score() < 0.0);
    scene.still_hears(1).await;
}

#[tokio::test]
async fn who_sends_rubbish_is_not_read_any_more() {
    let mut scene = Scene::new().await;
    let topic = scene.blocks.to_string();
    for n in 0..40 {
        scene.send(&[wire::message(&topic, &[0xff, 0xff, 0xff, 0xff, 0xff, n])]).await;
    }
    scene.us.wait("a score that speaks", |us| us.node.behaviour().score(&scene.peer.id).unwrap() < -16_000.0).await;
    // Somebody else is heard meanwhile.
    let mut other = Raw::connect(&mut scene.us).await;
    let mut stream = other.open(&mut scene.us).await;
    good_message(&mut scene.us, &mut stream, scene.blocks, 1).await;
    let traffic = scene.counters().family(TopicKind::BeaconBlock);
    assert!((10..30).contains(&traffic.no_length), "{traffic:?}");
    assert_eq!(traffic.copies, traffic.no_length + 1);
}

#[tokio::test]
async fn a_frame_that_claims_four_gibibytes_costs_at_most_the_largest_frame() {
    let mut scene = Scene::new().await;
    let mut claim = Vec::new();
    wire::varint(&mut claim, 1 << 32);
    write(&mut scene.us, &mut scene.stream, &claim).await.unwrap();
    // Our node waits for the rest, up to the size of the largest legal frame, and closes its side of the stream then.
    let taken = Arc::new(AtomicUsize::new(0));
    let (mut stream, counter) = (scene.stream, taken.clone());
    let endless = tokio::spawn(async move {
        let zeroes = vec![0; 1 << 20];
        while stream.write_all(&zeroes).await.is_ok() {
            counter.fetch_add(zeroes.len(), Ordering::Relaxed);
        }
    });
    scene.us.wait("the largest frame", |_| taken.load(Ordering::Relaxed) >= max_message_size() / 2).await;
    scene.stream = scene.peer.open(&mut scene.us).await;
    scene.still_hears(1).await;
    scene.us.during(tokio::time::sleep(Duration::from_millis(300))).await;
    // What the muxer takes on credit comes on top.
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken < max_message_size() + (17 << 20), "{taken}");
    endless.abort();
}

#[tokio::test]
async fn messages_on_topics_that_are_none_are_blamed_on_who_sent_them() {
    let mut scene = Scene::new().await;
    let data = compress(&[1; 5000]).unwrap();
    let unknown_digest = scene.blocks.to_string().replace(&scene.blocks.digest.to_string(), "01020304");
    let too_early = Topic::new(scene.blocks.digest, TopicKind::DataColumnSidecar(1)).to_string();
    let good = wire::message(scene.blocks.to_string(), &compress(&[9; 5000]).unwrap());
    let names = [String::new(), "x".to_owned(), unknown_digest, too_early, "/".repeat(100_000)];
    let mut frame: Vec<_> = names.iter().map(|name| wire::message(name, &data)).collect();
    frame.push(good);
    scene.send(&frame).await;
    let unwanted = scene
        .us
        .until(|event| match event {
            Event::Unwanted(unwanted) => Some(unwanted),
            _ => None,
        })
        .await;
    assert_eq!(unwanted, Unwanted { source: scene.peer.id, unknown_topic: 5, not_anonymous: 0 });
    assert_eq!(unwanted.fault(), Fault::Peer(Severity::Mid));
    // The good one among them is not lost.
    let message = scene
        .us
        .until(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
        .await;
    assert_eq!(message.ssz[0], 9);
    assert_eq!(scene.counters().unknown_topic, 5);
}

#[tokio::test]
async fn messages_with_any_sign_of_an_author_are_refused() {
    let mut scene = Scene::new().await;
    let topic = scene.blocks.to_string();
    let data = compress(&[1; 5000]).unwrap();
    // The router's codec sees to author, number and signature, and forgets the key.
    scene.send(&[1, 3, 5].map(|number| wire::signed(&topic, &data, number))).await;
    scene.still_hears(2).await;
    let after_three = scene.score();
    assert!(after_three < 0.0, "{after_three}");
    scene.send(&[wire::signed(&topic, &data, 6)]).await;
    let unwanted = scene
        .us
        .until(|event| match event {
            Event::Unwanted(unwanted) => Some(unwanted),
            Event::Message(message) => panic!("taken for good: {message:?}"),
            _ => None,
        })
        .await;
    assert_eq!(unwanted, Unwanted { source: scene.peer.id, unknown_topic: 0, not_anonymous: 1 });
    assert!(scene.score() < after_three);
}

#[tokio::test]
async fn a_topic_that_is_not_utf_8_costs_the_stream_and_nothing_else() {
    let mut scene = Scene::new().await;
    let bad = [0xff, 0xfe];
    for part in [wire::message(bad, &[1; 100]), wire::subscription(bad), wire::graft(bad)] {
        scene.send(&[part]).await;
        scene.stream = scene.peer.open(&mut scene.us).await;
    }
    scene.still_hears(1).await;
    assert!(scene.us.node.behaviour().topics_of(&scene.peer.id).is_empty());
}

#[tokio::test]
async fn of_ten_thousand_subscriptions_none_is_kept() {
    let mut scene = Scene::new().await;
    let good = wire::subscription(scene.blocks.to_string());
    let many: Vec<_> =
        (0..10_000).map(|n| wire::subscription(format!("/eth2/{n:08x}/beacon_block/ssz_snappy"))).collect();
    // All at once is too many for a frame: even the good one goes.
    scene.send(&[many.as_slice(), std::slice::from_ref(&good)].concat()).await;
    scene.still_hears(1).await;
    assert!(scene.us.node.behaviour().topics_of(&scene.peer.id).is_empty());
    // In small frames each is judged by its name.
    for part in many.chunks(150) {
        scene.send(part).await;
    }
    scene.send(&[good]).await;
    scene.still_hears(2).await;
    assert_eq!(scene.us.node.behaviour().topics_of(&scene.peer.id), [scene.blocks]);
    assert_eq!(scene.counters().foreign_subscriptions, 10_000);
}

#[tokio::test]
async fn a_flood_of_grafts_gets_nobody_into_a_mesh() {
    let mut scene = Scene::new().await;
    let elsewhere = (0..5000).map(|n| wire::graft(format!("/eth2/{n:08x}/beacon_block/ssz_snappy")));
    // Without a subscription, a graft of a joined topic counts for nothing either.
    let here = std::iter::repeat_with(|| wire::graft(scene.blocks.to_string())).take(5000);
    let flood: Vec<_> = elsewhere.chain(here).collect();
    scene.send(&flood).await;
    scene.still_hears(1).await;
    assert_eq!(scene.us.node.behaviour().mesh_peers(scene.blocks).count(), 0);
    assert!(scene.peer.heard().prunes <= 5000);
}

#[tokio::test]
async fn a_flood_of_ihaves_is_asked_for_only_so_much_and_its_broken_promises_cost_score() {
    let mut scene = Scene::new().await;
    let topic = scene.blocks.to_string();
    let began = Instant::now();
    for frame in 0..300_u32 {
        let ids = (0..1000_u32).map(|n| {
            let mut id = [1; 20];
            id[..8].copy_from_slice(&(u64::from(frame) << 32 | u64::from(n)).to_le_bytes());
            id
        });
        scene.send(&[wire::ihave(&topic, ids)]).await;
    }
    scene.still_hears(1).await;
    scene.us.wait("a score for broken promises", |us| us.node.behaviour().score(&scene.peer.id).unwrap() < 0.0).await;
    let heartbeats = began.elapsed().as_millis() / 700 + 2;
    let wanted: usize = scene.peer.heard().wanted.iter().sum();
    assert!(wanted > 0);
    assert!(wanted as u128 <= 5000 * heartbeats, "{wanted} ids in {heartbeats} heartbeats");
}

#[tokio::test]
async fn a_flood_of_iwants_gets_a_message_three_times() {
    let mut scene = Scene::new().await;
    let message = scene.still_hears(1).await;
    scene.us.node.behaviour_mut().report(&message.id, &message.source, Verdict::Accept).unwrap();
    let mut other = Raw::connect(&mut scene.us).await;
    let mut stream = other.open(&mut scene.us).await;
    for _ in 0..100 {
        let ids = (0..100_u8).map(|n| if n == 0 { message.id.0 } else { [n; 20] });
        write(&mut scene.us, &mut stream, &wire::frame(&[wire::iwant(ids)])).await.unwrap();
    }
    good_message(&mut scene.us, &mut stream, scene.blocks, 2).await;
    scene.us.wait("the answers", |_| other.heard().messages >= 3).await;
    scene.us.during(tokio::time::sleep(Duration::from_millis(100))).await;
    assert_eq!(other.heard().messages, 3);
}

#[tokio::test]
async fn ids_of_any_length_do_no_harm() {
    let mut scene = Scene::new().await;
    let topic = wire::field(1, scene.blocks.to_string().as_bytes());
    let ids = [&[][..], &[1; 19], &[2; 21], &[3; 100_000]];
    let have: Vec<u8> = ids.iter().flat_map(|id| wire::field(2, id)).collect();
    let want: Vec<u8> = ids.iter().flat_map(|id| wire::field(1, id)).collect();
    scene.send(&[wire::field(3, &wire::field(1, &[topic, have].concat()))]).await;
    scene.send(&[wire::field(3, &wire::field(2, &want)), wire::field(3, &wire::field(5, &want))]).await;
    scene.still_hears(1).await;
    assert_eq!(scene.peer.heard().messages, 0);
}
