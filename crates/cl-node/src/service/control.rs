//! What the operator says about peers, and why they are where they are.

use std::time::{Duration, Instant};

use super::Service;
use crate::control::Control;
use crate::peer_ref::PeerRef;

/// A ban without an end ends with the process, for discovery.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl Service {
    /// True if it was done. The handle has made sure that each peer is named.
    pub(super) fn on_control(&mut self, control: Control) -> bool {
        let now = Instant::now();
        let manager = &mut self.manager;
        match control {
            Control::Add(PeerRef::Record(record)) => return manager.add_record(&record, now).is_some(),
            Control::Add(peer) => {
                let Ok(id) = peer.peer() else { return false };
                manager.add(id, peer.addresses(), now);
            }
            Control::Remove(peer) => {
                manager.remove(&peer, now);
                self.swarm.behaviour_mut().rpc.exempt(peer, false);
            }
            Control::Trust(peer) => {
                let Ok(id) = peer.peer() else { return false };
                manager.trust(id, now);
                self.swarm.behaviour_mut().rpc.exempt(id, true);
                if !peer.addresses().is_empty() {
                    manager.add(id, peer.addresses(), now);
                }
            }
            Control::Untrust(peer) => {
                manager.untrust(&peer);
                self.swarm.behaviour_mut().rpc.exempt(peer, false);
            }
            Control::AddStatic(peer) => {
                let Ok(id) = peer.peer() else { return false };
                manager.add_static(id, peer.addresses(), now);
            }
            Control::RemoveStatic(peer) => manager.remove_static(&peer, now),
            Control::Ban(peer, time) => {
                manager.ban(peer, time, now);
                if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
                    discovery.ban(&peer, time.unwrap_or(FOR_EVER));
                }
            }
            Control::Unban(peer) => {
                manager.unban(&peer, now);
                if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
                    discovery.unban(&peer);
                }
            }
            Control::BanRange(range, time) => return manager.ban_range(range, time, now),
            Control::UnbanRange(range) => return manager.unban_range(range),
        }
        true
    }
}
