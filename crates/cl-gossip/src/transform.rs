//! Between the router and the wire: decompresses what comes, compresses what goes.
//!
//! A transform that fails never gets as far as an id, so data that does not decompress must leave it as a success, yet be
//! told apart from data that does (`mark.rs`). A copy of what came before is not decompressed (`memo.rs`).

use std::io;
use std::sync::Arc;
use std::time::Instant;

use cl_types::ForkSchedule;
use libp2p_gossipsub::{DataTransform, Message, RawMessage, TopicHash};

use crate::intake::{Intake, UnknownTopic};
use crate::mark::{self, Marked};
use crate::message_id::{Body, Form, MessageId};
use crate::snappy::{self, CompressError};
use crate::topic::Topic;

/// Why a message is dropped without an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TransformError {
    #[error(transparent)]
    UnknownTopic(#[from] UnknownTopic),
    #[error("the message carries an author, a sequence number, a signature or a key")]
    NotAnonymous,
    #[error("the payload was not marked for publishing")]
    Unmarked,
    #[error(transparent)]
    Compress(#[from] CompressError),
}

impl From<TransformError> for io::Error {
    fn from(error: TransformError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Marks SSZ as what it is, for the router's `publish`.
pub(crate) fn marked(ssz: &[u8]) -> Vec<u8> {
    mark::published(ssz)
}

/// The id of a message as the router holds it.
pub(crate) fn message_id(schedule: &ForkSchedule, message: &Message) -> MessageId {
    let topic = message.topic.as_str();
    match mark::read(&message.data) {
        Some(Marked::Known(id)) => id,
        Some(Marked::Came(form, body)) => MessageId::of_form(form, topic, body),
        Some(Marked::Published(ssz)) => MessageId::of_form(form_of(schedule, topic), topic, Body::Valid(ssz)),
        // Nothing gets here without a mark; for the compiler's sake it is its own id.
        None => MessageId::of_form(Form::WithTopic, topic, Body::Invalid(&message.data)),
    }
}

/// Only what we publish comes without its form; on unknown topics, where nothing is published, it is the newest.
fn form_of(schedule: &ForkSchedule, topic: &str) -> Form {
    let era = topic.parse::<Topic>().ok().and_then(|topic| schedule.by_digest(topic.digest));
    era.map_or(Form::WithTopic, |era| Form::of(era.fork))
}

/// The transform of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Transform {
    intake: Arc<Intake>,
}

impl Transform {
    pub(crate) const fn new(intake: Arc<Intake>) -> Self {
        Self { intake }
    }
}

impl DataTransform for Transform {
    fn inbound_transform(&self, raw: RawMessage) -> Result<Message, io::Error> {
        // "Unknown topics MUST be rejected": an error here is that, and keeps them out of the router's caches.
        let (topic, data) = self.intake.take_in(raw, Instant::now())?;
        Ok(Message { source: None, data, sequence_number: None, topic })
    }

    /// Compresses. The router hashes the *untransformed* data for the id of what it publishes, so [`marked`] data comes
    /// in here and the id of a message is the same at its author and at its readers.
    fn outbound_transform(&self, _topic: &TopicHash, data: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        match mark::read(&data) {
            Some(Marked::Published(ssz)) => Ok(snappy::compress(ssz).map_err(TransformError::from)?),
            _ => Err(TransformError::Unmarked.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cl_types::TopicKind;
    use cl_types::limits::MAX_PAYLOAD_SIZE;
    use proptest::prelude::*;

    use super::*;
    use crate::mark::Came;
    use crate::memo::Secret;
    use crate::testing;

    fn transform(schedule: &Arc<ForkSchedule>) -> Transform {
        let intake = Intake::new(schedule.clone(), Secret::new([5; 16]), Duration::from_secs(60), Instant::now());
        join_all(&intake, schedule);
        Transform::new(Arc::new(intake))
    }

    fn join_all(intake: &Intake, schedule: &ForkSchedule) {
        for topic in topics().1 {
            intake.state().route(&topic.hash(), schedule).unwrap().is_joined = true;
        }
    }

    fn arrive(transform: &Transform, topic: impl ToString, data: Vec<u8>) -> Message {
        transform.inbound_transform(raw(topic, data)).unwrap()
    }

    /// What the behaviour does with what the router hands out as new.
    fn hand_out(transform: &Transform, id: MessageId, message: Message) -> Came {
        let came = mark::take(message.data).unwrap();
        transform.intake.remember(came.stamp(), id, Instant::now()).unwrap();
        came
    }

    fn raw(topic: impl ToString, data: Vec<u8>) -> RawMessage {
        RawMessage {
            source: None,
            data,
            sequence_number: None,
            topic: TopicHash::from_raw(topic.to_string()),
            signature: None,
            key: None,
            validated: false,
        }
    }

    fn topics() -> (Arc<ForkSchedule>, Vec<Topic>) {
        let schedule = testing::every_fork();
        let topics = schedule
            .entries()
            .flat_map(|entry| TopicKind::all_of(entry.fork).map(|kind| Topic::new(entry.digest, kind)))
            .collect();
        (schedule, topics)
    }

    #[test]
    fn what_is_published_has_the_same_id_when_it_arrives_and_when_it_arrives_again() {
        let (schedule, topics) = topics();
        let transform = transform(&schedule);
        for topic in topics {
            let era = topic.era(&schedule).unwrap();
            let bounds = topic.kind.ssz_bounds(era, schedule.preset(), schedule.max_blobs_anywhere());
            let ssz = vec![7; *bounds.start()];
            let published = Message { source: None, data: marked(&ssz), sequence_number: None, topic: topic.hash() };
            let wire = transform.outbound_transform(&topic.hash(), published.data.clone()).unwrap();
            let expected = MessageId::new(era.fork, &topic.to_string(), Body::Valid(&ssz));
            assert_eq!(message_id(&schedule, &published), expected);
            let arrived = arrive(&transform, topic, wire.clone());
            assert_eq!(message_id(&schedule, &arrived), expected);
            assert!(matches!(hand_out(&transform, expected, arrived), Came::Valid(found, _) if found == ssz));
            let copy = arrive(&transform, topic, wire);
            assert_eq!(mark::read(&copy.data), Some(Marked::Known(expected)));
            assert_eq!(message_id(&schedule, &copy), expected);
        }
    }

    #[test]
    fn what_does_not_decompress_passes_with_the_id_of_its_raw_data() {
        let (schedule, topics) = topics();
        let transform = transform(&schedule);
        for topic in topics {
            let data = vec![0xff; 6];
            let fork = topic.era(&schedule).unwrap().fork;
            let expected = MessageId::new(fork, &topic.to_string(), Body::Invalid(&data));
            let arrived = arrive(&transform, topic, data.clone());
            assert_eq!(message_id(&schedule, &arrived), expected);
            assert!(matches!(hand_out(&transform, expected, arrived), Came::Invalid(found, _) if found == data));
            assert_eq!(message_id(&schedule, &arrive(&transform, topic, data)), expected);
        }
    }

    #[test]
    fn a_message_is_decompressed_until_the_router_has_handed_it_out() {
        // Whatever the router does with a first copy, a second is whole unless the application has had the first.
        let (schedule, topics) = topics();
        let transform = transform(&schedule);
        let wire = snappy::compress(&[7; 3000]).unwrap();
        for _ in 0..3 {
            assert!(mark::take(arrive(&transform, topics[0], wire.clone()).data).is_some());
        }
        let first = arrive(&transform, topics[0], wire.clone());
        hand_out(&transform, message_id(&schedule, &first), first);
        assert!(mark::take(arrive(&transform, topics[0], wire.clone()).data).is_none());
        // The same bytes elsewhere are another message.
        let block_of_another_digest = topics.iter().find(|topic| topic.digest != topics[0].digest).unwrap();
        assert!(mark::take(arrive(&transform, block_of_another_digest, wire).data).is_some());
    }

    #[test]
    fn the_memo_forgets_before_the_router_does() {
        let (schedule, topics) = topics();
        let start = Instant::now();
        let ttl = Duration::from_secs(60);
        let intake = Intake::new(schedule.clone(), Secret::new([5; 16]), ttl, start);
        join_all(&intake, &schedule);
        let take = |at| intake.take_in(raw(topics[0], snappy::compress(&[7; 3000]).unwrap()), at).unwrap().1;
        let first = take(start);
        // The event waits: what counts is when the message came, not when it was handed out.
        let handed_out = start + Duration::from_secs(10);
        intake.remember(mark::take(first).unwrap().stamp(), MessageId([1; 20]), handed_out).unwrap();
        assert!(mark::take(take(start + Duration::from_secs(14))).is_none());
        assert!(mark::take(take(start + ttl / 2)).is_some());
    }

    #[test]
    fn unknown_topics_and_signed_messages_are_refused() {
        let (schedule, topics) = topics();
        let transform = transform(&schedule);
        let topic = topics[0];
        let data = snappy::compress(&[0; 500]).unwrap();
        let unknown = [
            "/eth2/01020304/beacon_block/ssz_snappy".to_owned(),
            "x".to_owned(),
            topic.to_string().replace("block", "blob"),
        ];
        for name in unknown {
            assert!(transform.inbound_transform(raw(name, data.clone())).is_err());
        }
        assert!(transform.inbound_transform(raw(topic, data.clone())).is_ok());
        let with_key = RawMessage { key: Some(vec![]), ..raw(topic, data.clone()) };
        let with_seqno = RawMessage { sequence_number: Some(1), ..raw(topic, data.clone()) };
        let with_signature = RawMessage { signature: Some(vec![]), ..raw(topic, data) };
        for message in [with_key, with_seqno, with_signature] {
            assert!(transform.inbound_transform(message).is_err());
        }
        let counters = transform.intake.counters();
        assert_eq!((counters.unknown_topic, counters.not_anonymous), (3, 3));
        assert_eq!(counters.family(topic.kind).copies, 1);
    }

    #[test]
    fn the_vectors_of_the_specification_once_and_again() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/D_message_id/message_ids.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            assert!(std::env::var_os("CI").is_none(), "{path} is absent");
            eprintln!("SKIPPED: {path} is absent, message ids were not checked against the vectors");
            return;
        };
        let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert!(cases.len() >= 231);
        let schedule = testing::every_fork();
        for case in cases {
            let bytes = |key: &str| hex::decode(case[key].as_str().unwrap().trim_start_matches("0x")).unwrap();
            let name = case["name"].as_str().unwrap();
            let topic = case["topic"].as_str().unwrap();
            let form = match case["form"].as_str().unwrap() {
                "phase0" => Form::Bare,
                "altair" => Form::WithTopic,
                other => panic!("{name}: unknown form {other}"),
            };
            // The vectors' topics belong to many chains and to none, and their payloads have any size. One topic has one form, so
            // each case has a node of its own.
            let intake = Intake::new(schedule.clone(), Secret::new([5; 16]), Duration::from_secs(60), Instant::now());
            let transform = Transform::new(Arc::new(intake));
            transform.intake.state().admit(topic, form, 0..=MAX_PAYLOAD_SIZE);
            let (data, id) = (bytes("data"), MessageId(bytes("message_id").try_into().unwrap()));
            let first = arrive(&transform, topic, data.clone());
            assert_eq!(message_id(&schedule, &first), id, "{name}");
            match hand_out(&transform, id, first) {
                Came::Valid(ssz, _) => {
                    assert!(case["snappy_valid"].as_bool().unwrap(), "{name}");
                    assert_eq!(Some(ssz.len() as u64), case["decompressed_length"].as_u64(), "{name}");
                }
                Came::Invalid(raw, _) => {
                    assert!(!case["snappy_valid"].as_bool().unwrap(), "{name}");
                    assert_eq!(raw, data, "{name}");
                }
            }
            let again = arrive(&transform, topic, data);
            assert_eq!(mark::read(&again.data), Some(Marked::Known(id)), "{name}");
            assert_eq!(message_id(&schedule, &again), id, "{name}, again");
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic_and_never_exceed_the_bound(
            which in any::<prop::sample::Index>(),
            declared in any::<u32>(),
            mut data in prop::collection::vec(any::<u8>(), 0..300),
            with_length in any::<bool>(),
        ) {
            let (schedule, topics) = topics();
            let topic = *which.get(&topics);
            if with_length {
                // A well-formed length in front, so that the body gets its turn.
                let mut prefix = Vec::new();
                let mut rest = declared >> (declared % 32);
                while rest >= 0x80 {
                    prefix.push((rest & 0x7f) as u8 | 0x80);
                    rest >>= 7;
                }
                prefix.push(u8::try_from(rest).unwrap());
                prefix.append(&mut data);
                data = prefix;
            }
            let (len, capacity) = (data.len(), data.capacity());
            let bounds = topic.kind.ssz_bounds(topic.era(&schedule).unwrap(), schedule.preset(), schedule.max_blobs_anywhere());
            let message = arrive(&transform(&schedule), topic, data);
            prop_assert!(message.data.capacity() <= bounds.end().max(&capacity) + mark::ROOM);
            match mark::take(message.data) {
                Some(Came::Valid(ssz, _)) => prop_assert!(bounds.contains(&ssz.len())),
                Some(Came::Invalid(raw, _)) => prop_assert_eq!(raw.len(), len),
                None => prop_assert!(false, "known"),
            }
        }
    }
}
