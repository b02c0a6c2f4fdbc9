//! Inputs of the conversation: Status, MetaData and Ping.

use std::time::Instant;

use cl_types::containers::{MetaData, Status};
use cl_types::{Fault, Method, Source};
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::{Action, GoneReason};
use crate::claims;
use crate::lifecycle::Cause;
use crate::peer::Dated;
use crate::relevance::{self, Relevance, relevance};
use crate::traffic::Rtt;

impl Manager {
    /// The peer's Status: in its own request (`from_request`; our Status is the answer to it) or in answer to ours. Either way
    /// it counts as the peer's word.
    pub fn status(&mut self, peer: &PeerId, status: Status, from_request: bool, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.active() else { return };
        let lie = session.status.and_then(|before| relevance::status_lie(&before, &status));
        session.set_status(&self.config, status, from_request, now);
        entry.status = Some(Dated { value: status, at: now });
        self.table.settle(peer, Cause::Greeting, now);
        if let Some((severity, what)) = lie {
            self.fault_because(peer, Source::Handshake, Fault::Peer(severity), what, now);
        }
        self.judge(peer, now);
        self.advance(*peer, now);
    }

    /// The peer answered a MetaData request.
    pub fn metadata(&mut self, peer: &PeerId, metadata: MetaData, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.session.as_deref_mut().filter(|session| session.is_active()) else { return };
        let lie = claims::metadata_lie(entry.record.as_deref(), session.metadata.as_ref(), &metadata);
        session.set_metadata(metadata.clone());
        entry.metadata = Some(Dated { value: metadata, at: now });
        entry.promise(peer);
        if let Some((severity, what)) = lie {
            self.fault_because(peer, Source::Handshake, Fault::Peer(severity), what, now);
        }
        self.advance(*peer, now);
    }

    /// The peer sent a Ping with its MetaData counter.
    pub fn pinged(&mut self, peer: &PeerId, seq: u64, now: Instant) {
        let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.active()) else {
            return;
        };
        session.alive(seq, now);
        self.advance(*peer, now);
    }

    /// The peer answered a Ping with its MetaData counter.
    pub fn pong(&mut self, peer: &PeerId, seq: u64, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.active() else { return };
        if let Some(rtt) = session.pong(&self.config, seq, now) {
            entry.rtt = Some(Rtt::after(entry.rtt, rtt));
        }
        self.advance(*peer, now);
    }

    /// A request of ours failed, of whatever method, also one that the application sent. The fault is counted here: do not report
    /// it to [`Self::fault`] too. `unsupported`: the peer speaks no version of the method; that is no fault, whatever `fault` says,
    /// and it is not asked again on this connection.
    pub fn request_failed(&mut self, peer: &PeerId, method: Method, fault: Fault, unsupported: bool, now: Instant) {
        if let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.active()) {
            session.failed(&self.config, method, unsupported, now);
        }
        if !unsupported {
            self.fault(peer, Source::Rpc, fault, now);
        }
        self.advance(*peer, now);
    }

    /// Judges a Status that was not judged yet; leaves the peer if it is on another chain.
    pub(super) fn judge(&mut self, peer: &PeerId, now: Instant) {
        let Some(view) = &self.view else { return };
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.active().filter(|session| session.is_unjudged()) else {
            return;
        };
        let Some(status) = session.status else { return };
        let slots_per_epoch = self.config.preset.slots_per_epoch();
        match relevance(&view.plan, &view.status, &status, slots_per_epoch) {
            Relevance::Relevant => {
                session.approve(now);
                self.advance(*peer, now);
            }
            Relevance::Irrelevant(why) => {
                session.near_fork = relevance::is_near_fork(&view.plan, &why);
                self.leave(peer, GoneReason::Irrelevant(why), now);
            }
        }
    }

    /// Says when the handshake is complete and sends what is due.
    fn advance(&mut self, peer: PeerId, now: Instant) {
        let Some(session) = self.table.get_mut(&peer).and_then(|entry| entry.active()) else {
            return;
        };
        if session.becomes_ready(&self.config, now) {
            self.actions.push_back(Action::Ready(peer));
            self.table.settle(&peer, Cause::Complete, now);
        }
        self.ask(peer, now);
    }
}
