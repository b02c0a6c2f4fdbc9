//! The contender: the library's behaviour, wired as other clients in Rust wire it, with our settings of the router.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use cl_gossip::config::{
    FANOUT_TTL, GOSSIP_LAZY, HEARTBEAT, HISTORY_GOSSIP, HISTORY_LENGTH, MESH_HIGH, MESH_LOW, MESH_SIZE,
};
use libp2p_gossipsub::{
    Behaviour, ConfigBuilder, DataTransform, Event, IdentTopic, MaxCountSubscriptionFilter, Message, MessageAcceptance,
    MessageAuthenticity, MessageId, MetricsConfig, PeerScoreParams, PeerScoreThresholds, RawMessage, TopicHash,
    TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter,
};
use sha2::{Digest, Sha256};

use super::{Kind, Node, Plan, Seen};
use crate::gossip::Error;
use crate::gossip::load::SLOT;

/// `MAX_PAYLOAD_SIZE`.
const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
const DOMAIN_VALID_SNAPPY: [u8; 4] = [1, 0, 0, 0];

pub(super) struct Plain;

/// Decompresses each message as it comes.
pub(super) struct Transform;

impl DataTransform for Transform {
    fn inbound_transform(&self, raw: RawMessage) -> Result<Message, io::Error> {
        if snap::raw::decompress_len(&raw.data)? > MAX_PAYLOAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let data = snap::raw::Decoder::new().decompress_vec(&raw.data)?;
        Ok(Message { source: raw.source, data, sequence_number: raw.sequence_number, topic: raw.topic })
    }

    fn outbound_transform(&self, _: &TopicHash, data: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        Ok(snap::raw::Encoder::new().compress_vec(&data)?)
    }
}

/// Over a copy of everything that goes into it.
fn message_id(message: &Message) -> MessageId {
    let topic = message.topic.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(topic.len() + message.data.len() + 12);
    bytes.extend_from_slice(&DOMAIN_VALID_SNAPPY);
    bytes.extend_from_slice(&(topic.len() as u64).to_le_bytes());
    bytes.extend_from_slice(topic);
    bytes.extend_from_slice(&message.data);
    let digest = Sha256::digest(&bytes);
    MessageId::new(digest.get(..20).unwrap_or_default())
}

impl Node for Plain {
    type Behaviour = Behaviour<Transform, MaxCountSubscriptionFilter<WhitelistSubscriptionFilter>>;

    fn new(kind: Kind, plan: &Plan) -> Result<Self::Behaviour, Error> {
        let ours = cl_gossip::Config::default();
        let config = ConfigBuilder::default()
            .mesh_n(MESH_SIZE)
            .mesh_n_low(MESH_LOW)
            .mesh_n_high(MESH_HIGH)
            .mesh_outbound_min(2)
            .gossip_lazy(GOSSIP_LAZY)
            .heartbeat_interval(HEARTBEAT)
            .heartbeat_initial_delay(std::time::Duration::ZERO)
            .fanout_ttl(FANOUT_TTL)
            .history_length(HISTORY_LENGTH)
            .history_gossip(HISTORY_GOSSIP)
            .validation_mode(ValidationMode::Anonymous)
            .validate_messages()
            .message_id_fn(message_id)
            .duplicate_cache_time(std::time::Duration::from_secs(60))
            .max_transmit_size(MAX_PAYLOAD + (MAX_PAYLOAD / 6) + 16 * 1024)
            .max_control_message_size(1024 * 1024)
            .max_publish_messages(5000)
            .max_control_messages_sent(5000)
            .max_ihave_messages_heartbeat(plan.topics.len())
            .idontwant_on_publish(true)
            .idontwant_message_size_threshold(1000)
            .flood_publish(ours.flood_publish)
            .connection_handler_queue_len(ours.queue_len)
            .forward_queue_duration(ours.forward_timeout)
            .publish_queue_duration(ours.publish_timeout)
            .build()
            .map_err(|_| Error::Router)?;
        let names: Vec<IdentTopic> = plan.topics.iter().map(|topic| IdentTopic::new(topic.to_string())).collect();
        let filter = MaxCountSubscriptionFilter {
            filter: WhitelistSubscriptionFilter(names.iter().map(IdentTopic::hash).collect::<HashSet<_>>()),
            max_subscribed_topics: 2 * names.len(),
            max_subscriptions_per_request: 2 * names.len(),
        };
        let mut router = Behaviour::new_with_subscription_filter_and_transform(
            MessageAuthenticity::Anonymous,
            config,
            filter,
            Transform,
        )
        .map_err(|_| Error::Router)?;
        if kind == Kind::Metered {
            let mut registry = prometheus_client::registry::Registry::default();
            router = router.with_metrics(&mut registry, MetricsConfig::default());
        }
        if kind != Kind::Bare {
            router.with_peer_score(scores(), thresholds()).map_err(|_| Error::Router)?;
        }
        for name in &names {
            if kind != Kind::Bare {
                router.set_topic_params(name.clone(), topic_scores()).map_err(|_| Error::Router)?;
            }
            router.subscribe(name).map_err(|_| Error::Router)?;
        }
        Ok(router)
    }

    fn on_event(router: &mut Self::Behaviour, event: Event, seen: &Arc<Seen>) {
        match event {
            Event::Message { propagation_source, message_id, message } => {
                let accept = MessageAcceptance::Accept;
                let in_time = router.report_message_validation_result(&message_id, &propagation_source, accept);
                seen.verdict(&message.data, in_time);
            }
            Event::SlowPeer { failed_messages, .. } => {
                seen.dropped(failed_messages.priority + failed_messages.non_priority);
            }
            _ => {}
        }
    }
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -4000.0,
        publish_threshold: -8000.0,
        graylist_threshold: -16_000.0,
        accept_px_threshold: 100.0,
        opportunistic_graft_threshold: 5.0,
    }
}

/// Of the same parts as ours: what is counted costs time, not what it is worth.
fn scores() -> PeerScoreParams {
    PeerScoreParams {
        topic_score_cap: 50.0,
        app_specific_weight: 1.0,
        ip_colocation_factor_weight: 0.0,
        behaviour_penalty_weight: -16.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: 0.9,
        decay_interval: SLOT,
        decay_to_zero: 0.01,
        retain_score: 3200 * SLOT,
        slow_peer_weight: 0.0,
        ..PeerScoreParams::default()
    }
}

fn topic_scores() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0 / 64.0,
        time_in_mesh_weight: 10.0 / 300.0,
        time_in_mesh_quantum: SLOT,
        time_in_mesh_cap: 300.0,
        first_message_deliveries_weight: 0.4,
        first_message_deliveries_decay: 0.96,
        first_message_deliveries_cap: 100.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_message_deliveries_threshold: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -6400.0,
        invalid_message_deliveries_decay: 0.99,
        ..TopicScoreParams::default()
    }
}
