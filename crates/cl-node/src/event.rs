//! What a node tells its subscribers.
//!
//! One schema in three forms: this enum, and JSON lines made from it (`--json`). [`SCHEMA`] rises when a field changes
//! its meaning or goes away; new events and new fields do not raise it.

use std::fmt::Display;
use std::task::{Context, Poll};

use bytes::Bytes;
use cl_gossip::{MessageId, Topic};
use cl_types::{Epoch, ForkDigest, ForkName, GoodbyeReason, Root, Slot};
use futures::Stream;
use libp2p::{Multiaddr, PeerId};
use serde::{Serialize, Serializer};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use crate::relay::{RelayLevel, Verdict};

/// Version of the event schema.
pub const SCHEMA: u32 = 2;

/// Something that happened on a node.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The node is up. The first event of every node.
    Started {
        /// [`SCHEMA`].
        schema: u32,
        /// Who we are.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// Our record.
        enr: String,
        /// Where we listen.
        #[serde(serialize_with = "texts")]
        listen: Vec<Multiaddr>,
        /// `CONFIG_NAME` of the network.
        network: String,
        /// What is checked before a message is forwarded.
        relay: RelayLevel,
    },
    /// The chain entered another era.
    ForkActive {
        /// Its first epoch.
        #[serde(serialize_with = "epoch_number")]
        epoch: Epoch,
        /// The rules in force.
        #[serde(serialize_with = "text")]
        fork: ForkName,
        /// Its digest.
        #[serde(serialize_with = "text")]
        digest: ForkDigest,
    },
    /// Topics were joined or left.
    Topics {
        /// How many were joined.
        joined: usize,
        /// How many were left. The router leaves them a few at a time, within seconds.
        left: usize,
        /// How many are joined by plan now.
        total: usize,
    },
    /// Our record changed.
    RecordChanged {
        /// The new record.
        enr: String,
        /// Its sequence number.
        seq: u64,
        /// The counter of our metadata.
        metadata_seq: u64,
    },
    /// Enough peers agree on where they see us. [`Self::RecordChanged`] follows.
    AddressLearned {
        /// Address and discv5's port, of one family.
        address: String,
        /// What the gateway had said, if that is another one: it no longer counts.
        #[serde(skip_serializing_if = "Option::is_none")]
        instead_of: Option<String>,
    },
    /// A gateway leads others to a port of ours. [`Self::RecordChanged`] follows if our record said something else.
    PortMapped {
        /// Who listens there: discovery, TCP or QUIC.
        service: String,
        /// Where, on this machine.
        local: String,
        /// Where others reach it.
        external: String,
    },
    /// A port is not mapped at a gateway, or no longer; tried again. Discovery goes on.
    PortNotMapped {
        /// Which: discovery, TCP or QUIC; absent if it concerns all.
        #[serde(skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        /// Why, for people.
        reason: String,
    },
    /// A boot node cannot be read, cannot be used or does not answer. Discovery goes on with what it has.
    BootNodeFailed {
        /// Where it is, or how its text begins.
        name: String,
        /// What is wrong, for people.
        reason: String,
    },
    /// Discovery found a record of our chain.
    PeerFound {
        /// Whose.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The record.
        enr: String,
        /// How it compares with ours, for people.
        verdict: String,
    },
    /// A peer is dialled.
    Dialling {
        /// Whom.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// In this order.
        #[serde(serialize_with = "texts")]
        addresses: Vec<Multiaddr>,
    },
    /// A dial failed.
    DialFailed {
        /// Whom, where it is known.
        #[serde(serialize_with = "optional_text")]
        peer: Option<PeerId>,
        /// Why, for people.
        reason: String,
    },
    /// A connection is up. The handshake follows.
    PeerConnected {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// True if we dialled.
        outbound: bool,
        /// The other end.
        #[serde(serialize_with = "text")]
        address: Multiaddr,
    },
    /// A peer told its name and version.
    PeerIdentified {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// Its agent string, at most 256 bytes.
        agent: String,
    },
    /// A peer's Status and MetaData are known, and it is on our chain.
    PeerReady {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// Slot of its head.
        #[serde(serialize_with = "slot_number")]
        head_slot: Slot,
        /// Epoch of its finalized checkpoint.
        #[serde(serialize_with = "epoch_number")]
        finalized_epoch: Epoch,
    },
    /// We say goodbye to a peer.
    GoodbyeSent {
        /// To whom.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The reason's number.
        code: u64,
        /// The reason in words.
        reason: String,
    },
    /// A peer said goodbye to us.
    GoodbyeReceived {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The reason's number.
        code: u64,
        /// The reason in words.
        reason: String,
    },
    /// A peer is gone.
    PeerGone {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// Why, as far as we know.
        reason: String,
    },
    /// A gossip message arrived and was judged.
    Gossip(GossipMessage),
    /// A gossip message arrived that could not be decompressed, or not within its bound.
    GossipInvalid {
        /// From whom.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// Its topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
        /// What is wrong with it.
        reason: String,
    },
    /// What copies there were of a large gossip message, ten seconds after the first.
    GossipCopies {
        /// Its topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
        /// Its id.
        #[serde(serialize_with = "text")]
        id: MessageId,
        /// The slot in which the first copy arrived.
        #[serde(serialize_with = "slot_number")]
        slot: Slot,
        /// Milliseconds from that slot's start to the first copy.
        first_offset_ms: u64,
        /// Milliseconds from that slot's start to the last copy.
        last_offset_ms: u64,
        /// Copies after the first.
        duplicates: u32,
    },
    /// A peer came into the mesh of a topic that we are on.
    MeshJoined {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
    },
    /// A peer is no longer in the mesh of a topic. Who pruned whom is not known.
    MeshLeft {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
    },
    /// A message of ours that had waited for a peer on its topic went out.
    Published {
        /// Its id.
        #[serde(serialize_with = "text")]
        id: MessageId,
        /// Its topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
        /// For how many peers it was queued.
        peers: usize,
    },
    /// A message of ours that waited for a peer on its topic is dropped.
    Unsent {
        /// Its id.
        #[serde(serialize_with = "text")]
        id: MessageId,
        /// Its topic.
        #[serde(serialize_with = "text")]
        topic: Topic,
    },
    /// A peer asked us something.
    Asked {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The protocol id.
        protocol: &'static str,
        /// How many chunks we answer with.
        chunks: usize,
    },
    /// A request to a peer ended.
    Request {
        /// The peer.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// The method's name.
        method: &'static str,
        /// How many chunks came.
        chunks: u64,
        /// Why it failed; absent if it did not.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A peer made a mistake that costs it trust.
    PeerFault {
        /// Who.
        #[serde(serialize_with = "text")]
        peer: PeerId,
        /// What happened.
        reason: String,
    },
    /// This subscriber was too slow and lost events.
    Lagged {
        /// How many.
        missed: u64,
    },
    /// The node has ended. The last event.
    Stopped,
}

/// A gossip message.
#[derive(Clone, Debug, Serialize)]
pub struct GossipMessage {
    /// Its topic, the fork digest included.
    #[serde(serialize_with = "text")]
    pub topic: Topic,
    /// The fork of that digest: which container `ssz` holds.
    #[serde(serialize_with = "text")]
    pub fork: ForkName,
    /// Its id.
    #[serde(serialize_with = "text")]
    pub id: MessageId,
    /// The peer that forwarded it.
    #[serde(serialize_with = "text")]
    pub peer: PeerId,
    /// The uncompressed SSZ, shared and not copied.
    #[serde(serialize_with = "length", rename = "bytes")]
    pub ssz: Bytes,
    /// When it arrived, in milliseconds since the Unix epoch.
    pub received_ms: u64,
    /// The slot it arrived in.
    #[serde(serialize_with = "slot_number")]
    pub slot: Slot,
    /// Milliseconds from that slot's start.
    pub slot_offset_ms: u64,
    /// What became of it, and why: in JSON the fields `verdict` and `reason`.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Milliseconds from its arrival to the verdict.
    pub judged_after_ms: u64,
    /// The block's root, for a block that decodes.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub block_root: Option<Root>,
}

impl GossipMessage {
    /// Decodes the message as the container of its topic and fork, which the caller names.
    pub fn decode<T: ssz::Decode>(&self) -> Result<T, ssz::DecodeError> {
        T::from_ssz_bytes(&self.ssz)
    }
}

/// A goodbye, in the form that events carry it.
pub(crate) fn goodbye_words(reason: GoodbyeReason) -> (u64, String) {
    (reason.0, reason.to_string())
}

fn text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn optional_text<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

fn texts<T: Display, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

fn length<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(bytes.len() as u64)
}

fn slot_number<S: Serializer>(slot: &Slot, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(slot.0)
}

fn epoch_number<S: Serializer>(epoch: &Epoch, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(epoch.0)
}

/// A subscriber's events, in order. A subscriber that lags too far behind gets [`Event::Lagged`] in place of what it
/// lost; it never slows the node down. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Events {
    inner: BroadcastStream<Event>,
}

impl Events {
    pub(crate) fn new(receiver: tokio::sync::broadcast::Receiver<Event>) -> Self {
        Self { inner: BroadcastStream::new(receiver) }
    }

    /// The next event; `None` once the node has ended. Cancel-safe.
    pub async fn next(&mut self) -> Option<Event> {
        futures::StreamExt::next(&mut self.inner).await.map(unlag)
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        std::pin::Pin::new(&mut self.inner).poll_next(cx).map(|event| event.map(unlag))
    }
}

fn unlag(event: Result<Event, BroadcastStreamRecvError>) -> Event {
    event.unwrap_or_else(|BroadcastStreamRecvError::Lagged(missed)| Event::Lagged { missed })
}
