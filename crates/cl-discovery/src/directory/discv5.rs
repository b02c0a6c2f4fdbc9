//! discv5 as a directory.

use std::fmt;
use std::net::SocketAddrV4;
use std::task::{Context, Poll};

use cl_enr::{Key, NodeId, Record, fields};
use discv5::{Discv5, Event, QueryError, RequestError};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tracing::debug;

use super::{AskError, Directory, Heard};
use crate::config::Config;
use crate::error::{StartError, UpdateError};
use crate::portmap::Service;
use crate::sockets::Sockets;

/// Nodes of the table told at once about a new record of ours; the others learn it by their next ping.
const TOLD_AT_ONCE: usize = 32;

/// Runs discv5. Memory: a routing table of at most 256 * 16 records, and discv5's sessions (1000).
///
/// Of an answer that comes in several packets, discv5 passes on the first to who asked one node: some six records.
pub struct Discv5Directory {
    discv5: Discv5,
    /// discv5's own bounded channel: at most 100 events, more are dropped by it.
    events: mpsc::Receiver<Event>,
    /// Our record as last given to or reported from discv5.
    served: Record,
    /// Bounded by [`TOLD_AT_ONCE`].
    pings: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Discv5Directory {
    /// Starts discv5 on bound sockets, serving `record`. Cancel safe: dropping this future closes the sockets.
    ///
    /// The runtime this is called in runs discv5's tasks; dropping the directory ends them.
    pub async fn start(config: &Config, sockets: Sockets, key: &Key, record: Record) -> Result<Self, StartError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StartError::NoRuntime);
        }
        let settings = config.discv5(sockets.into_listen_config());
        let mut discv5 = Discv5::new(record.clone(), key.to_combined(), settings).map_err(|_| StartError::NotOurs)?;
        discv5.start().await.map_err(StartError::Service)?;
        Self::of(discv5).await
    }

    /// Takes over a discv5 that was started elsewhere. Its events come here from now on.
    pub async fn of(discv5: Discv5) -> Result<Self, StartError> {
        let events = discv5.event_stream().await.map_err(StartError::Service)?;
        let served = discv5.local_enr();
        Ok(Self { discv5, events, served, pings: FuturesUnordered::new() })
    }

    /// The records in discv5's routing table.
    #[must_use]
    pub fn table_entries(&self) -> Vec<Record> {
        self.discv5.table_entries_enr()
    }

    /// How many nodes of the routing table are in contact with us.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.discv5.connected_peers()
    }

    #[cfg(test)]
    pub(crate) const fn discv5(&self) -> &Discv5 {
        &self.discv5
    }

    /// Pings carry our record's counter, so that peers ask for the new one.
    fn tell(&self) {
        let room = TOLD_AT_ONCE.saturating_sub(self.pings.len());
        let connected = self.discv5.table_entries().into_iter().filter(|(_, _, status)| status.is_connected());
        for (_, record, _) in connected.take(room) {
            self.pings.push(self.discv5.send_ping(record).map(drop).boxed());
        }
    }
}

impl Directory for Discv5Directory {
    fn ask(&mut self, record: Record, distances: Vec<u64>) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        let answer = self.discv5.find_node_designated_peer(record, distances);
        answer.map(|answer| answer.map_err(|error| reason(&error))).boxed()
    }

    fn lookup(&mut self, target: NodeId) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        self.discv5
            .find_node(target)
            .map(|answer| {
                answer.map_err(|error| match error {
                    QueryError::ServiceNotStarted | QueryError::ChannelFailed(_) => AskError::Stopped,
                    _ => AskError::Refused,
                })
            })
            .boxed()
    }

    fn add(&mut self, record: &Record) -> bool {
        self.discv5.add_enr(record.clone()).is_ok()
    }

    fn table_len(&self) -> usize {
        self.discv5.with_kbuckets(|kbuckets| kbuckets.read().iter_ref().count())
    }

    fn local_record(&self) -> Record {
        self.discv5.local_enr()
    }

    fn update(&mut self, record: &Record) -> Result<(), UpdateError> {
        if record.node_id() != self.served.node_id() {
            return Err(UpdateError::NotOurs);
        }
        {
            let shared = self.discv5.external_enr();
            let mut current = shared.write();
            if *current == *record {
                self.served = record.clone();
                return Ok(());
            }
            if current.seq() != self.served.seq() {
                return Err(UpdateError::Changed { seq: current.seq() });
            }
            if record.seq() <= current.seq() {
                return Err(UpdateError::NotNewer { seq: record.seq(), served: current.seq() });
            }
            *current = record.clone();
        }
        self.served = record.clone();
        self.tell();
        Ok(())
    }

    // What changes here has another counter than what is served: the next poll tells.
    fn propose(&mut self, service: Service, at: SocketAddrV4) {
        match service {
            Service::Discovery | Service::Tcp => {
                self.discv5.update_local_enr_socket(at.into(), service == Service::Tcp);
            }
            Service::Quic => {
                let current = self.discv5.local_enr();
                let mut result = Ok(None);
                if current.ip4() != Some(*at.ip()) {
                    result = self.discv5.enr_insert("ip", &at.ip().octets());
                }
                if fields::quic4(&current) != Ok(Some(at.port())) {
                    result = result.and_then(|_| self.discv5.enr_insert("quic", &at.port()));
                }
                if let Err(error) = result {
                    debug!(?error, %at, "record not changed");
                }
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Heard>> {
        loop {
            let shared = self.discv5.external_enr();
            let current = shared.read();
            if current.seq() != self.served.seq() {
                self.served = current.clone();
                return Poll::Ready(Some(Heard::RecordChanged(self.served.clone())));
            }
            drop(current);
            while let Poll::Ready(Some(())) = self.pings.poll_next_unpin(cx) {}
            return match self.events.poll_recv(cx) {
                Poll::Ready(Some(Event::Discovered(record))) => Poll::Ready(Some(Heard::Mentioned(record))),
                Poll::Ready(Some(Event::SessionEstablished(record, _))) => Poll::Ready(Some(Heard::Answered(record))),
                Poll::Ready(Some(Event::SocketUpdated(socket))) => Poll::Ready(Some(Heard::AddressLearned(socket))),
                // Others' talk is not answered: discv5 sends the empty answer when the request is dropped.
                Poll::Ready(Some(_)) => continue,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

impl fmt::Debug for Discv5Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discv5Directory").field("served", &self.served).finish_non_exhaustive()
    }
}

fn reason(error: &RequestError) -> AskError {
    match error {
        RequestError::Timeout => AskError::Silent,
        RequestError::InvalidEnr(_) | RequestError::InvalidMultiaddr(_) => AskError::NoAddress,
        RequestError::ServiceNotStarted | RequestError::ChannelFailed(_) => AskError::Stopped,
        _ => AskError::Refused,
    }
}
