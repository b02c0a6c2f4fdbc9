//! Topics and messages.

use std::time::Instant;

use cl_gossip::Change;
use cl_types::TopicKind;
use cl_validation::Reject;

use super::Service;
use crate::clock::unix_ms;
use crate::event::Event;
use crate::pool::{Case, Judged, Origin};
use crate::relay::{Held, RelayLevel, Verdict};
use crate::store::Offered;

impl Service {
    /// Joins and leaves what the plan of this slot asks for.
    pub(super) fn replan_topics(&mut self) {
        let changes = self.planner.update(&self.plan);
        self.apply_topics(&changes);
    }

    pub(super) fn apply_topics(&mut self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        for topic in self.departures.plan(changes) {
            if let Err(error) = self.swarm.behaviour_mut().gossip.join(topic) {
                tracing::warn!(%topic, %error, "topic not joined");
            }
        }
        self.want_coverage();
        let joined = changes.iter().filter(|change| matches!(change, Change::Join(_))).count();
        let total = self.planner.topics().count();
        self.emit(Event::Topics { joined, left: changes.len() - joined, total });
    }

    /// Leaves the next topics of those that the plan has left.
    pub(super) fn leave_some(&mut self) {
        for topic in self.departures.next() {
            self.swarm.behaviour_mut().gossip.leave(topic);
        }
    }

    pub(super) fn on_gossip(&mut self, event: cl_gossip::Event) {
        match event {
            cl_gossip::Event::Message(message) => self.on_message(message),
            cl_gossip::Event::Invalid { source, topic, error, .. } => {
                let reason = error.to_string();
                self.blame(source, cl_types::Source::Gossip, error.fault(), "its gossip does not decompress", &reason);
                self.count_gossip(&source, false);
                self.count(|metrics| metrics.undecodable(topic.kind));
                self.emit(Event::GossipInvalid { peer: source, topic, reason });
            }
            cl_gossip::Event::Copies(copies) => self.on_copies(copies),
            cl_gossip::Event::Unwanted(unwanted) => {
                let what = "gossip that nobody asked for";
                self.blame(unwanted.source, cl_types::Source::Gossip, unwanted.fault(), what, what);
            }
            cl_gossip::Event::PeerSubscribed { peer, .. } | cl_gossip::Event::PeerUnsubscribed { peer, .. } => {
                self.company.resubscribed.insert(peer);
            }
            cl_gossip::Event::MeshJoined { peer, topic } => self.emit(Event::MeshJoined { peer, topic }),
            cl_gossip::Event::MeshLeft { peer, topic } => self.emit(Event::MeshLeft { peer, topic }),
            cl_gossip::Event::Published { id, topic, peers } => {
                self.count(|metrics| metrics.published(topic.kind));
                self.emit(Event::Published { id, topic, peers });
            }
            cl_gossip::Event::Unsent { id, topic } => {
                self.count(|metrics| metrics.unsent(topic.kind));
                self.emit(Event::Unsent { id, topic });
            }
            _ => {}
        }
    }

    fn on_copies(&self, copies: cl_gossip::Copies) {
        let (now, now_ms) = (Instant::now(), unix_ms());
        let unix_ms = |at: Instant| {
            let ago = now.saturating_duration_since(at).as_millis();
            now_ms.saturating_sub(u64::try_from(ago).unwrap_or(u64::MAX))
        };
        let first_ms = unix_ms(copies.first);
        let slot = self.clock.slot_or_genesis(first_ms);
        let start_ms = self.clock.start_ms(slot);
        self.emit(Event::GossipCopies {
            topic: copies.topic,
            id: copies.id,
            slot,
            first_offset_ms: first_ms.saturating_sub(start_ms),
            last_offset_ms: unix_ms(copies.last).saturating_sub(start_ms),
            duplicates: copies.duplicates,
        });
    }

    fn on_message(&mut self, message: cl_gossip::Message) {
        let received_ms = unix_ms();
        let structural = match self.relay {
            RelayLevel::Stateless | RelayLevel::Full => None,
            RelayLevel::None | RelayLevel::Structure => {
                Some(self.check.judge(&message, received_ms, |slot| self.schedule.at_slot(slot)))
            }
        };
        let case = Case {
            origin: Origin::Gossip { id: message.id, peer: message.source },
            topic: message.topic,
            fork: message.fork,
            ssz: message.ssz,
            received_ms,
            received_at: message.received_at,
        };
        match structural {
            Some(verdict) => self.look_no_further(case, verdict),
            None => self.submit(case),
        }
    }

    /// Ends what the structural check has begun.
    fn look_no_further(&mut self, case: Case, verdict: Verdict) {
        let verdict = match (self.relay, verdict) {
            (RelayLevel::None, Verdict::Accept) => Verdict::Held(Held::RelayOff),
            (_, verdict) => verdict,
        };
        let is_sound = verdict.is_sound();
        let is_block = case.topic.kind == TopicKind::BeaconBlock && verdict != Verdict::Reject(Reject::Malformed);
        let object = (is_sound || is_block)
            .then(|| Offered::read(case.topic.kind, case.fork, self.schedule.preset(), &case.ssz))
            .flatten();
        self.conclude(Judged { case, verdict, object, is_sound });
    }
}
