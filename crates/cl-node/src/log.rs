//! Events as log lines, for people.

use tracing::{debug, info, warn};

use crate::event::Event;
use crate::relay::Verdict;

/// Logs an event at the level at which a person wants to see it.
pub fn event(event: &Event) {
    match event {
        Event::Started { peer, enr, listen, network, relay, .. } => {
            info!(%peer, network, %relay, "started");
            info!("record {enr}");
            for address in listen {
                info!("listening on {address}");
            }
        }
        Event::ForkActive { epoch, fork, digest } => info!(%epoch, %fork, %digest, "fork active"),
        Event::Topics { joined, left, total } => info!(joined, left, total, "topics"),
        Event::RecordChanged { enr, seq, metadata_seq } => info!(seq, metadata_seq, "record changed: {enr}"),
        Event::AddressLearned { address, instead_of } => {
            info!(address, instead_of, "peers see us at this address");
        }
        Event::PortMapped { service, local, external } => info!(service, local, external, "port mapped at the gateway"),
        Event::PortNotMapped { service, reason } => warn!(service, reason, "port not mapped at the gateway"),
        Event::BootNodeFailed { name, reason } => warn!(name, reason, "boot node"),
        Event::PeerFound { peer, verdict, .. } => info!(%peer, verdict, "found"),
        Event::Dialling { peer, addresses } => info!(%peer, ?addresses, "dialling"),
        Event::DialFailed { peer, reason } => info!(peer = ?peer, reason, "dial failed"),
        Event::PeerConnected { peer, outbound, address } => info!(%peer, outbound, %address, "connected"),
        Event::PeerIdentified { peer, agent } => info!(%peer, agent, "identified"),
        Event::PeerReady { peer, head_slot, finalized_epoch } => info!(%peer, %head_slot, %finalized_epoch, "ready"),
        Event::GoodbyeSent { peer, code, reason } => info!(%peer, code, reason, "goodbye sent"),
        Event::GoodbyeReceived { peer, code, reason } => info!(%peer, code, reason, "goodbye received"),
        Event::PeerGone { peer, reason } => info!(%peer, reason, "gone"),
        Event::Gossip(message) => match (message.topic.kind, message.verdict) {
            (cl_types::TopicKind::BeaconBlock, Verdict::Accept) => {
                info!(slot = %message.slot, after_ms = message.slot_offset_ms, root = ?message.block_root, "block");
            }
            (_, Verdict::Accept) => debug!(topic = %message.topic, bytes = message.ssz.len(), "gossip"),
            (_, verdict) => debug!(topic = %message.topic, %verdict, "gossip not forwarded"),
        },
        Event::GossipInvalid { peer, topic, reason } => warn!(%peer, %topic, reason, "invalid gossip"),
        Event::GossipCopies { topic, id, first_offset_ms, last_offset_ms, duplicates, .. } => {
            debug!(%topic, %id, first_offset_ms, last_offset_ms, duplicates, "gossip copies");
        }
        Event::MeshJoined { peer, topic } => debug!(%peer, %topic, "in the mesh"),
        Event::MeshLeft { peer, topic } => debug!(%peer, %topic, "out of the mesh"),
        Event::Published { id, topic, peers } => info!(%id, %topic, peers, "published after all"),
        Event::Unsent { id, topic } => warn!(%id, %topic, "not published: no peer came in time"),
        Event::Asked { peer, protocol, chunks } => debug!(%peer, protocol, chunks, "asked"),
        Event::Request { peer, method, chunks, error } => debug!(%peer, method, chunks, ?error, "request"),
        Event::PeerFault { peer, reason } => warn!(%peer, reason, "peer at fault"),
        Event::Lagged { missed } => warn!(missed, "events lost"),
        Event::Stopped => info!("stopped"),
    }
}
