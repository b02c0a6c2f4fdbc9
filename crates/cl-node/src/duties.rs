//! What validators ask of a node: subnets to listen on and to publish to.

use cl_gossip::{AttestationDuty, Publishable, Published, Standing, SyncDuty};
use libp2p::PeerId;

use crate::clock::unix_ms;
use crate::error::{DutyError, PublishError, Stopped};
use crate::handle::{Command, NodeHandle};

/// The duties that a node did not take, each with the reason. The others are taken.
pub type Refused = Vec<(AttestationDuty, cl_gossip::DutyError)>;

impl NodeHandle {
    /// Takes attestation duties, of a whole epoch if you like: early, late or once more. Aggregators' subnets are joined
    /// ahead of their slots and left after them; for those who only vote, the node sees to it that it has peers there.
    /// What comes back was not taken. A restarted node must be told again.
    pub async fn attest(&self, duties: Vec<AttestationDuty>) -> Result<Refused, Stopped> {
        self.ask(|reply| Command::Attest(duties, reply)).await
    }

    /// Takes a seat in a sync committee: its subnet is joined and advertised from one to four epochs before its period until
    /// its end. A restarted node must be told again.
    pub async fn serve_sync_committee(&self, duty: SyncDuty) -> Result<(), DutyError> {
        Ok(self.ask(|reply| Command::ServeSyncCommittee(duty, reply)).await??)
    }

    /// Takes [`Self::serve_sync_committee`] back, when the last validator in that seat is gone.
    pub async fn leave_sync_committee(&self, duty: SyncDuty) -> Result<(), Stopped> {
        self.ask(|reply| Command::LeaveSyncCommittee(duty, reply)).await
    }

    /// Publishes a message on the topic of its own slot's era, whatever the clock says. If no peer is on the topic, it waits
    /// for one as long as it is worth something ([`cl_gossip::publish::last_slot`]); [`Event::Published`] or
    /// [`Event::Unsent`] tells the end of it.
    ///
    /// [`Event::Published`]: crate::Event::Published
    /// [`Event::Unsent`]: crate::Event::Unsent
    pub async fn send<M: Publishable>(&self, message: &M) -> Result<Published, PublishError> {
        let now = self.clock().slot_or_genesis(unix_ms());
        let outgoing = cl_gossip::Outgoing::new(message, self.schedule(), now)?;
        self.send_bytes(outgoing).await
    }

    /// The same for bytes.
    pub async fn send_bytes(&self, message: cl_gossip::Outgoing) -> Result<Published, PublishError> {
        let mut results = self.send_batch(vec![message]).await?;
        Ok(results.pop().ok_or(Stopped)??)
    }

    /// Publishes many messages together, such as the columns of a block, in an order in which a first copy of each leaves
    /// early. The results are in the order of the messages.
    pub async fn send_batch(
        &self,
        messages: Vec<cl_gossip::Outgoing>,
    ) -> Result<Vec<Result<Published, cl_gossip::PublishError>>, Stopped> {
        self.ask(|reply| Command::Send(messages, reply)).await
    }

    /// Tells how many validators are active. What gossip expects of peers follows it.
    pub async fn set_validators(&self, active: u64) -> Result<(), Stopped> {
        self.ask(|reply| Command::SetValidators(active, reply)).await
    }

    /// Why gossip treats a peer as it does: score, topics, meshes, thresholds.
    pub async fn standing(&self, peer: PeerId) -> Result<Standing, Stopped> {
        self.ask(|reply| Command::Standing(peer, reply)).await
    }
}
