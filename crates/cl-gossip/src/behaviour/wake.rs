//! Keeps awake what the router lets fall asleep: itself, and connections.
//!
//! When its heartbeat has come, the router sets the timer anew but asks to be woken by it only when it is polled again. On a
//! quiet network nothing does that, and there is no heartbeat until something else happens. So it is polled twice between
//! heartbeats, whatever happens.
//!
//! The router opens its stream on a connection when the connection is polled while something waits to be sent. With two
//! connections, as after two nodes have dialled each other at once, the hello goes out on one of them and the other never
//! opens a stream. Should the first be closed, messages wait until something else polls the second, and are given up before that.

use std::collections::{BTreeSet, VecDeque};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures_timer::Delay;
use libp2p_identity::PeerId;
use libp2p_swarm::FromSwarm;
use libp2p_swarm::behaviour::ConnectionClosed;

/// The longest that a first message waits on such a connection: far below the time after which it is given up.
const INTERVAL: Duration = Duration::from_millis(100);

/// Half of a heartbeat.
const PULSE: Duration = Duration::from_millis(350);

/// The peers whose connections are polled from time to time, until they are gone: at most those connected.
#[derive(Default)]
pub(super) struct Wake {
    peers: BTreeSet<PeerId>,
    due: VecDeque<PeerId>,
    timer: Option<Delay>,
    pulse: Option<Delay>,
    is_second: bool,
}

impl Wake {
    pub(super) fn on_swarm_event(&mut self, event: &FromSwarm<'_>) {
        let FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, remaining_established, .. }) = event else {
            return;
        };
        if *remaining_established == 0 {
            self.peers.remove(peer_id);
            self.due.retain(|peer| peer != peer_id);
        } else if self.peers.insert(*peer_id) {
            self.due.push_back(*peer_id);
        }
    }

    /// True once a heartbeat, of which each half wakes the router.
    pub(super) fn beat(&mut self, cx: &mut Context<'_>) -> bool {
        let pulse = self.pulse.get_or_insert_with(|| Delay::new(PULSE));
        let mut is_due = false;
        // A timer that is set must be polled, or it wakes nobody.
        while pulse.poll_unpin(cx).is_ready() {
            pulse.reset(PULSE);
            self.is_second = !self.is_second;
            is_due |= self.is_second;
        }
        is_due
    }

    /// The next peer of which a connection is to be polled.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<PeerId> {
        loop {
            if let Some(peer) = self.due.pop_front() {
                return Poll::Ready(peer);
            }
            if self.peers.is_empty() {
                self.timer = None;
                return Poll::Pending;
            }
            if self.timer.get_or_insert_with(|| Delay::new(INTERVAL)).poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
            self.timer = None;
            self.due.extend(&self.peers);
        }
    }
}
