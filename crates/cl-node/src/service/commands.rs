//! Commands from handles.

use std::time::Instant;

use bytes::Bytes;
use cl_types::{Slot, Source, TopicKind};

use super::Service;
use super::rpc::Pending;
use crate::event::Event;
use crate::handle::{Command, NodeInfo};
use crate::store::Offered;

impl Service {
    /// A reply that nobody waits for any more is dropped: that is why `send` is not checked here.
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Info(reply) => {
                let _ = reply.send(self.info());
            }
            Command::Peers(reply) => {
                let _ = reply.send(self.manager.snapshot(Instant::now()));
            }
            Command::Meshes(reply) => {
                let gossip = &self.swarm.behaviour().gossip;
                let _ =
                    reply.send(self.planner.topics().map(|topic| (topic, gossip.mesh_peers(topic).count())).collect());
            }
            Command::Subscribe(kind, reply) => {
                let changes = self.planner.subscribe(kind);
                self.apply_topics(&changes);
                let _ = reply.send(());
            }
            Command::Unsubscribe(kind, reply) => {
                let changes = self.planner.unsubscribe(kind);
                self.apply_topics(&changes);
                let _ = reply.send(());
            }
            Command::Attest(duties, reply) => {
                let _ = reply.send(self.attest(duties));
            }
            Command::ServeSyncCommittee(duty, reply) => {
                let _ = reply.send(self.serve_sync_committee(duty));
            }
            Command::LeaveSyncCommittee(duty, reply) => {
                let changes = self.planner.leave_sync_committee(&duty);
                self.apply_topics(&changes);
                self.refresh_identity();
                let _ = reply.send(());
            }
            Command::Send(messages, reply) => {
                let _ = reply.send(self.send_messages(&messages));
            }
            Command::SetValidators(active, reply) => {
                self.swarm.behaviour_mut().gossip.set_validators(active);
                let _ = reply.send(());
            }
            Command::Standing(peer, reply) => {
                let _ = reply.send(self.swarm.behaviour().gossip.explain(&peer));
            }
            Command::Publish(kind, slot, ssz, reply) => {
                let _ = reply.send(self.publish(kind, slot, ssz));
            }
            Command::Request(peer, request, items, is_checked) => {
                let method = request.method();
                self.send(peer, request, Pending::User { method, items, received: 0, is_checked });
            }
            Command::AddPeer(peer, addresses, reply) => {
                self.manager.add_static(peer, addresses, Instant::now());
                let _ = reply.send(());
            }
            Command::Control(control, reply) => {
                let _ = reply.send(self.on_control(control));
            }
            Command::Explain(peer, reply) => {
                let _ = reply.send(self.manager.explain(&peer, Instant::now()).map(Box::new));
            }
            Command::Disconnect(peer, reason, reply) => {
                self.manager.disconnect(&peer, reason, Instant::now());
                let _ = reply.send(());
            }
            Command::ReportLie(peer, fault, what) => {
                self.blame(peer, Source::Rpc, fault, "its answer is not true to the request", &what)
            }
            Command::LacksColumns(peer, columns) => {
                let columns = columns.into_iter().filter_map(|(column, slot)| Some((u8::try_from(column).ok()?, slot)));
                if self.manager.lacks_columns(&peer, columns, Instant::now()) {
                    self.emit(Event::PeerFault {
                        peer,
                        reason: "it does not serve a column in its custody".to_owned(),
                    });
                }
            }
            // Taken by the loop.
            Command::Shutdown(_) => {}
        }
    }

    fn info(&self) -> NodeInfo {
        NodeInfo {
            peer: *self.swarm.local_peer_id(),
            record: self.identity.record().clone(),
            metadata: self.identity.metadata().clone(),
            status: self.our_status(),
            listen: self.listen.clone(),
            topics: self.planner.topics().collect(),
            metrics: self.metrics.as_ref().map(|(_, server)| server.address),
        }
    }

    fn publish(
        &mut self,
        kind: TopicKind,
        slot: Option<Slot>,
        ssz: Vec<u8>,
    ) -> Result<cl_gossip::MessageId, cl_gossip::PublishError> {
        let era = slot.map_or(self.plan.active, |slot| *self.schedule.at_slot(slot));
        let topic = cl_gossip::Topic { digest: era.digest, kind };
        let id = self.swarm.behaviour_mut().gossip.publish(topic, &ssz)?;
        self.count(|metrics| metrics.published(kind));
        // What we tell others, we serve.
        let ssz = Bytes::from(ssz);
        if let Some(object) = Offered::read(kind, era.fork, self.schedule.preset(), &ssz) {
            self.store.offer(object);
        }
        self.judge_own(topic, era.fork, &ssz);
        Ok(id)
    }
}
