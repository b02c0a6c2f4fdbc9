//! Between the router and the wire: decompresses what comes, compresses what goes.
//!
//! The router computes a message's id from what this transform hands out, and gives the application nothing but that.
//! A transform that fails never gets as far as an id, so data that does not decompress must leave it as a success, yet
//! be told apart from data that does. The mark for that is one byte *behind* the data: a payload is decompressed into a
//! buffer with room for one byte more, so marking it moves nothing, and taking the mark off again is a truncation that
//! keeps the buffer. The mark never goes on the wire: the router keeps the raw message for forwarding.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use cl_types::ForkSchedule;
use libp2p_gossipsub::{DataTransform, Message, RawMessage, TopicHash};

use crate::message_id::{Body, MessageId};
use crate::snappy::{self, CompressError};
use crate::topic::Topic;

/// Behind decompressed SSZ.
const VALID: u8 = 0;
/// Behind raw data that does not decompress, or not to a size its topic allows.
const INVALID: u8 = 1;

/// Why a message is dropped without an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TransformError {
    #[error("the topic is none of this chain's")]
    UnknownTopic,
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
    let mut data = Vec::with_capacity(ssz.len().saturating_add(1));
    data.extend_from_slice(ssz);
    data.push(VALID);
    data
}

/// What the router knows of a message, without the mark.
pub(crate) fn body(marked: &[u8]) -> Body<'_> {
    match marked.split_last() {
        Some((&VALID, ssz)) => Body::Valid(ssz),
        Some((_, raw)) => Body::Invalid(raw),
        None => Body::Invalid(&[]),
    }
}

/// Takes the mark off; the buffer stays where it is. `Err` holds the raw data of an invalid message.
pub(crate) fn unmark(mut marked: Vec<u8>) -> Result<Bytes, Vec<u8>> {
    match marked.pop() {
        Some(VALID) => Ok(Bytes::from(marked)),
        _ => Err(marked),
    }
}

/// The id of a message as the router holds it.
pub(crate) fn message_id(schedule: &ForkSchedule, message: &Message) -> MessageId {
    let topic = message.topic.as_str();
    // The transform lets no unknown topic through; for the compiler's sake those get the newest form.
    let era = topic.parse::<Topic>().ok().and_then(|topic| schedule.by_digest(topic.digest));
    let fork = era.map_or(cl_types::ForkName::Altair, |entry| entry.fork);
    MessageId::new(fork, topic, body(&message.data))
}

/// The transform of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Transform {
    schedule: Arc<ForkSchedule>,
}

impl Transform {
    pub(crate) const fn new(schedule: Arc<ForkSchedule>) -> Self {
        Self { schedule }
    }
}

impl DataTransform for Transform {
    fn inbound_transform(&self, raw: RawMessage) -> Result<Message, io::Error> {
        // StrictNoSign. The router's anonymous mode refuses three of the four fields but forgets the key.
        if raw.source.is_some() || raw.sequence_number.is_some() || raw.signature.is_some() || raw.key.is_some() {
            return Err(TransformError::NotAnonymous.into());
        }
        // "Unknown topics MUST be rejected": an error here is that, and keeps them out of the router's caches.
        let topic = raw.topic.as_str().parse::<Topic>().ok();
        let Some((topic, era)) = topic.and_then(|topic| Some((topic, topic.era(&self.schedule)?))) else {
            return Err(TransformError::UnknownTopic.into());
        };
        // The bound of the topic is enforced here, on the declared length, and not by the router's sizes per topic:
        // those are a map that it clones into every connection and stream.
        let bounds = topic.kind.ssz_bounds(era, self.schedule.preset(), self.schedule.max_blobs_anywhere());
        let data = match snappy::decompress(&raw.data, &bounds) {
            Ok(mut ssz) => {
                ssz.push(VALID);
                ssz
            }
            Err(_) => {
                let mut data = raw.data;
                data.reserve_exact(1);
                data.push(INVALID);
                data
            }
        };
        Ok(Message { source: None, data, sequence_number: None, topic: raw.topic })
    }

    /// Compresses. The router hashes the *untransformed* data for the id of what it publishes, so [`marked`] data comes
    /// in here and the id of a message is the same at its author and at its readers.
    fn outbound_transform(&self, _topic: &TopicHash, data: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        match body(&data) {
            Body::Valid(ssz) => Ok(snappy::compress(ssz).map_err(TransformError::from)?),
            Body::Invalid(_) => Err(TransformError::Unmarked.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cl_types::TopicKind;
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

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
    fn what_is_published_has_the_same_id_when_it_arrives() {
        let (schedule, topics) = topics();
        let transform = Transform::new(schedule.clone());
        for topic in topics {
            let era = topic.era(&schedule).unwrap();
            let bounds = topic.kind.ssz_bounds(era, schedule.preset(), schedule.max_blobs_anywhere());
            let ssz = vec![7; *bounds.start()];
            let published = Message { source: None, data: marked(&ssz), sequence_number: None, topic: topic.hash() };
            let wire = transform.outbound_transform(&topic.hash(), published.data.clone()).unwrap();
            let arrived = transform.inbound_transform(raw(topic, wire)).unwrap();
            assert_eq!(arrived, published);
            let expected = MessageId::new(era.fork, &topic.to_string(), Body::Valid(&ssz));
            assert_eq!(message_id(&schedule, &arrived), expected);
            assert_eq!(unmark(arrived.data).unwrap(), ssz);
        }
    }

    #[test]
    fn what_does_not_decompress_passes_with_the_id_of_its_raw_data() {
        let (schedule, topics) = topics();
        let transform = Transform::new(schedule.clone());
        for topic in topics {
            let data = vec![0xff; 6];
            let arrived = transform.inbound_transform(raw(topic, data.clone())).unwrap();
            let fork = topic.era(&schedule).unwrap().fork;
            assert_eq!(message_id(&schedule, &arrived), MessageId::new(fork, &topic.to_string(), Body::Invalid(&data)));
            assert_eq!(unmark(arrived.data), Err(data));
        }
    }

    #[test]
    fn unknown_topics_and_signed_messages_are_refused() {
        let (schedule, topics) = topics();
        let transform = Transform::new(schedule);
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
    }

    #[test]
    fn taking_the_mark_off_does_not_move_the_payload() {
        let (schedule, topics) = topics();
        let data = snappy::compress(&[7; 3000]).unwrap();
        let arrived = Transform::new(schedule).inbound_transform(raw(topics[0], data)).unwrap();
        let before = arrived.data.as_ptr();
        assert_eq!(unmark(arrived.data).unwrap().as_ptr(), before);
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
            let message = Transform::new(schedule).inbound_transform(raw(topic, data)).unwrap();
            prop_assert!(message.data.capacity() <= bounds.end().max(&capacity) + 1);
            match unmark(message.data) {
                Ok(ssz) => prop_assert!(bounds.contains(&ssz.len())),
                Err(raw) => prop_assert_eq!(raw.len(), len),
            }
        }
    }
}
