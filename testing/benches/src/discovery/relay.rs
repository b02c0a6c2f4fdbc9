//! Counts what the searching node sends and gets: a socket in front of each other node passes its packets on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::UdpSocket;

/// Longest packet of discv5.
const MAX_PACKET: usize = 1280;

/// Packets so far.
#[derive(Debug, Default)]
pub(super) struct Counter {
    packets: AtomicU64,
    strays: AtomicU64,
}

impl Counter {
    /// From and to the searching node.
    pub(super) fn packets(&self) -> u64 {
        self.packets.load(Ordering::Relaxed)
    }

    /// From others: they would be traffic that is not of this measurement.
    pub(super) fn strays(&self) -> u64 {
        self.strays.load(Ordering::Relaxed)
    }
}

/// Passes packets on between the searching node and one other. Ends with the runtime or its handle.
pub(super) async fn relay(front: UdpSocket, node: SocketAddr, searcher: SocketAddr, counter: Arc<Counter>) {
    let mut packet = [0; MAX_PACKET];
    loop {
        // An error is that of a packet sent earlier, to somebody who is gone.
        let Ok((len, from)) = front.recv_from(&mut packet).await else { continue };
        let to = if from == searcher {
            node
        } else if from == node {
            searcher
        } else {
            counter.strays.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        counter.packets.fetch_add(1, Ordering::Relaxed);
        if let Some(packet) = packet.get(..len) {
            // A packet that is lost is lost, as everywhere.
            let _ = front.send_to(packet, to).await;
        }
    }
}
