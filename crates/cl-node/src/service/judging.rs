//! Messages to the pool, verdicts from it.

use cl_gossip::{MessageId, ReportError};
use cl_types::{Fault, ForkName, Severity, Source, TopicKind};
use libp2p::PeerId;

use super::Service;
use crate::clock::unix_ms;
use crate::event::{Event, GossipMessage};
use crate::pool::{Case, Judged, Origin, Pool};
use crate::relay::{Held, RelayLevel, Verdict};
use crate::store::Offered;

/// The next verdict of a pool, if there is one. Cancel-safe.
pub(super) async fn next_judged(pool: &mut Option<Pool>) -> Judged {
    if let Some(pool) = pool
        && let Some(judged) = pool.judged().await
    {
        return judged;
    }
    std::future::pending().await
}

impl Service {
    /// Hands a message to the pool. What is shed for it gets its verdict at once.
    pub(super) fn submit(&mut self, case: Case) {
        let Some(pool) = &self.pool else { return };
        for judged in pool.submit(case) {
            self.conclude(judged);
        }
    }

    /// What this node publishes belongs to a chain that it follows.
    pub(super) fn judge_own(&mut self, topic: cl_gossip::Topic, fork: ForkName, ssz: &bytes::Bytes) {
        let is_followed = matches!(topic.kind, TopicKind::BeaconBlock | TopicKind::ExecutionPayload);
        if is_followed && self.pool.as_ref().is_some_and(|pool| pool.numbers().head.is_some()) {
            let ssz = ssz.clone();
            let (received_ms, received_at) = (unix_ms(), std::time::Instant::now());
            self.submit(Case { origin: Origin::Own, topic, fork, ssz, received_ms, received_at });
        }
    }

    /// Does what follows from a verdict.
    pub(super) fn conclude(&mut self, judged: Judged) {
        let Judged { case, verdict, object, is_sound } = judged;
        match case.origin {
            Origin::Gossip { id, peer } => self.conclude_gossip(id, peer, case, verdict, object, is_sound),
            Origin::Answer { peer } => {
                if let Some(fault) = verdict.fault() {
                    self.blame(peer, Source::Rpc, fault, "a block that it served is wrong", &verdict.to_string());
                }
                self.offer(object, is_sound);
            }
            // It was offered when it was published.
            Origin::Own => {
                if !is_sound {
                    tracing::debug!(topic = %case.topic, %verdict, "our own message is not part of our chain");
                }
            }
        }
    }

    fn conclude_gossip(
        &mut self,
        id: MessageId,
        peer: PeerId,
        case: Case,
        mut verdict: Verdict,
        object: Option<Offered>,
        is_sound: bool,
    ) {
        let reported = self.swarm.behaviour_mut().gossip.report(&id, &peer, verdict.to_router());
        if let Err(error) = reported {
            tracing::debug!(%id, %error, "verdict without effect");
            if verdict.is_accept() && error == ReportError::Late {
                verdict = Verdict::Held(Held::Late);
            }
        }
        let kind = case.topic.kind;
        if let Some(fault) = verdict.fault() {
            // Who checks the structure alone is milder.
            let is_judged = matches!(self.relay, RelayLevel::Stateless | RelayLevel::Full);
            let fault = if is_judged { fault } else { Fault::Peer(Severity::Mid) };
            let reason = format!("{}: {verdict}", kind.family());
            self.blame(peer, Source::Validation, fault, "invalid gossip message", &reason);
        }
        self.count_gossip(&peer, verdict.fault().is_none());
        let judged_after_ms = u64::try_from(case.received_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.count(|metrics| metrics.message(kind, verdict, case.ssz.len(), judged_after_ms));
        let block_root = match &object {
            Some(Offered::Block(block)) => Some(block.root),
            _ => None,
        };
        self.offer(object, is_sound);
        let slot = self.clock.slot_or_genesis(case.received_ms);
        self.emit(Event::Gossip(GossipMessage {
            topic: case.topic,
            fork: case.fork,
            id,
            peer,
            ssz: case.ssz,
            received_ms: case.received_ms,
            slot,
            slot_offset_ms: case.received_ms.saturating_sub(self.clock.start_ms(slot)),
            verdict,
            judged_after_ms,
            block_root,
        }));
    }

    fn offer(&self, object: Option<Offered>, is_sound: bool) {
        if let Some(object) = object.filter(|_| is_sound) {
            self.store.offer(object);
        }
    }
}
