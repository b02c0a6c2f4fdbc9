//! What validators ask of the node.

use cl_gossip::{AttestationDuty, DutyError, Outgoing, Published, SyncDuty};

use super::Service;
use crate::duties::Refused;
use crate::store::Offered;

impl Service {
    pub(super) fn attest(&mut self, duties: Vec<AttestationDuty>) -> Refused {
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        for duty in duties {
            match self.planner.attest(duty) {
                Ok(more) => changes.extend(more),
                Err(error) => refused.push((duty, error)),
            }
        }
        self.apply_topics(&changes);
        self.want_published_subnets();
        refused
    }

    pub(super) fn serve_sync_committee(&mut self, duty: SyncDuty) -> Result<(), DutyError> {
        let changes = self.planner.serve_sync_committee(duty)?;
        self.apply_topics(&changes);
        self.refresh_identity();
        Ok(())
    }

    pub(super) fn send_messages(&mut self, messages: &[Outgoing]) -> Vec<Result<Published, cl_gossip::PublishError>> {
        let results = self.swarm.behaviour_mut().gossip.send_batch(messages);
        for (message, result) in messages.iter().zip(&results) {
            let Ok(published) = result else { continue };
            if published.peers > 0 {
                self.count(|metrics| metrics.published(published.topic.kind));
            }
            // What we tell others, or will, we serve.
            let Some(fork) = self.schedule.by_digest(published.topic.digest).map(|era| era.fork) else { continue };
            if let Some(object) = Offered::read(message.kind, fork, self.schedule.preset(), &message.ssz) {
                self.store.offer(object);
            }
            self.judge_own(published.topic, fork, &message.ssz);
        }
        results
    }
}
