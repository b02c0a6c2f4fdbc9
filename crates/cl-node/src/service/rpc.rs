//! Requests to us and requests of ours.

use std::time::Instant;

use cl_rpc::{Chunk, InboundId, InboundRequest, Request, RequestId, Response};
use cl_types::containers::{MetaData, Status};
use cl_types::{GoodbyeReason, Method, Protocol, Source};
use libp2p::PeerId;
use ssz::{Decode, Encode};

use super::Service;
use crate::chunks::{Item, Items};
use crate::event::{Event, goodbye_words};

/// What a request of ours is for.
#[derive(Debug)]
pub(crate) enum Pending {
    /// The peer manager asked for it.
    Manager(Method),
    /// A goodbye: the connection is closed when it is through.
    Goodbye,
    /// Blocks for a chain that is followed here.
    Follow,
    /// A subscriber waits for the chunks. Who sends a request of their own making answers for what the peer says of it.
    User { method: Method, items: Items, received: u64, is_checked: bool },
}

impl Service {
    pub(super) fn send(&mut self, peer: PeerId, request: Request, pending: Pending) -> RequestId {
        self.count_asked(&peer, |asked| asked.requests = 1);
        let id = self.swarm.behaviour_mut().rpc.send_request(peer, request);
        self.requests.insert(id, (peer, pending));
        id
    }

    pub(super) fn on_rpc(&mut self, event: cl_rpc::Event) {
        match event {
            cl_rpc::Event::Request { peer, id, request, .. } => self.on_request(peer, id, &request),
            cl_rpc::Event::Chunk { peer, id, chunk } => self.on_chunk(peer, id, chunk),
            cl_rpc::Event::Done { peer, id } => self.on_done(peer, id),
            cl_rpc::Event::Failed { peer, id, error } => self.on_failed(peer, id, error),
            cl_rpc::Event::Drained { id, .. } => self.feed(id),
            cl_rpc::Event::Responded { id, .. } => self.end_serving(id),
            cl_rpc::Event::InboundFailed { peer, id, error } => {
                if let Some(id) = id {
                    self.end_serving(id);
                }
                self.blame(peer, Source::Rpc, error.fault(), "its request breaks the rules", &error.to_string());
                self.count_served(&peer, |served| served.failed = 1);
            }
            _ => {}
        }
    }

    // ---- what peers ask us ------------------------------------------------------------------------------------------

    fn on_request(&mut self, peer: PeerId, id: InboundId, request: &InboundRequest) {
        let protocol = request.protocol;
        let now = Instant::now();
        self.count_served(&peer, |served| served.requests = 1);
        let chunks = match protocol.method() {
            Method::Status => {
                let ours = self.our_status();
                // The answer goes out before the verdict: an irrelevant peer is told why as well.
                let chunks = self.answer(peer, id, ours.to_ssz(protocol));
                if let Ok(theirs) = Status::from_ssz(protocol, &request.body) {
                    self.manager.status(&peer, theirs, true, now);
                }
                chunks
            }
            Method::Ping => {
                let seq = self.identity.metadata().seq_number;
                let chunks = self.answer(peer, id, seq.as_ssz_bytes());
                if let Ok(theirs) = u64::from_ssz_bytes(&request.body) {
                    self.manager.pinged(&peer, theirs, now);
                }
                chunks
            }
            Method::MetaData => {
                let metadata = self.identity.metadata().to_ssz(protocol);
                self.answer(peer, id, metadata)
            }
            Method::Goodbye => {
                let reason = GoodbyeReason(u64::from_ssz_bytes(&request.body).unwrap_or_default());
                let (code, words) = goodbye_words(reason);
                self.emit(Event::GoodbyeReceived { peer, code, reason: words });
                self.manager.goodbye_received(&peer, reason, now);
                self.answer(peer, id, request.body.clone())
            }
            _ => return self.serve(peer, id, request),
        };
        self.emit(Event::Asked { peer, protocol: protocol.id(), chunks });
    }

    /// Answers with one chunk, which ends the response. Says how many chunks were taken.
    fn answer(&mut self, peer: PeerId, id: InboundId, ssz: impl Into<bytes::Bytes>) -> usize {
        let ssz = ssz.into();
        let bytes = ssz.len() as u64;
        // An error says that the peer is gone.
        if self.swarm.behaviour_mut().rpc.respond(id, Response::Chunk { context: None, ssz }).is_err() {
            return 0;
        }
        self.count_served(&peer, |served| (served.chunks, served.bytes) = (1, bytes));
        1
    }

    // ---- what we ask peers ------------------------------------------------------------------------------------------

    fn on_chunk(&mut self, peer: PeerId, id: RequestId, chunk: Chunk) {
        let now = Instant::now();
        let bytes = chunk.ssz.len() as u64;
        self.count_asked(&peer, |asked| (asked.chunks, asked.bytes) = (1, bytes));
        match self.requests.get_mut(&id) {
            Some((_, Pending::Manager(method))) => {
                let method = *method;
                if !self.on_manager_chunk(peer, method, chunk.protocol, &chunk.ssz, now) {
                    let fault = cl_types::Fault::Peer(cl_types::Severity::High);
                    self.manager.request_failed(&peer, method, fault, false, now);
                }
            }
            Some((_, Pending::User { items, received, .. })) => {
                // The last place is for the end.
                if items.capacity() > 1 && items.try_send(Item::Chunk(chunk)).is_ok() {
                    *received += 1;
                } else {
                    self.abandon(peer, id);
                }
            }
            Some((_, Pending::Follow)) => self.on_followed(peer, chunk),
            Some((_, Pending::Goodbye)) | None => {}
        }
    }

    /// Hands an answer to the peer manager; false if it is not what it should be.
    fn on_manager_chunk(&mut self, peer: PeerId, method: Method, protocol: Protocol, ssz: &[u8], now: Instant) -> bool {
        match method {
            Method::Status => {
                Status::from_ssz(protocol, ssz).map(|status| self.manager.status(&peer, status, false, now)).is_ok()
            }
            Method::MetaData => {
                MetaData::from_ssz(protocol, ssz).map(|metadata| self.manager.metadata(&peer, metadata, now)).is_ok()
            }
            Method::Ping => u64::from_ssz_bytes(ssz).map(|seq| self.manager.pong(&peer, seq, now)).is_ok(),
            _ => true,
        }
    }

    fn on_done(&mut self, peer: PeerId, id: RequestId) {
        match self.requests.remove(&id).map(|(_, pending)| pending) {
            Some(Pending::User { method, items, received, .. }) => {
                let _ = items.try_send(Item::Done);
                self.emit(Event::Request { peer, method: method.as_str(), chunks: received, error: None });
            }
            Some(Pending::Goodbye) => self.part(peer),
            Some(Pending::Manager(_) | Pending::Follow) | None => {}
        }
    }

    fn on_failed(&mut self, peer: PeerId, id: RequestId, error: cl_rpc::RequestError) {
        self.count_asked(&peer, |asked| asked.failed = 1);
        match self.requests.remove(&id).map(|(_, pending)| pending) {
            Some(Pending::Manager(method)) => {
                let unsupported = matches!(error, cl_rpc::RequestError::Unsupported);
                tracing::debug!(%peer, ?method, %error, "request failed");
                self.manager.request_failed(&peer, method, error.fault(), unsupported, Instant::now());
            }
            Some(Pending::Goodbye) => self.part(peer),
            Some(Pending::Follow) => {
                self.blame(peer, Source::Rpc, error.fault(), "its answer breaks the rules", &error.to_string());
            }
            Some(Pending::User { method, items, received, is_checked }) => {
                if is_checked || !matches!(error, cl_rpc::RequestError::Refused { .. }) {
                    self.blame(peer, Source::Rpc, error.fault(), "its answer breaks the rules", &error.to_string());
                }
                let text = Some(error.to_string());
                let _ = items.try_send(Item::Failed(error));
                self.emit(Event::Request { peer, method: method.as_str(), chunks: received, error: text });
            }
            None => {}
        }
    }

    /// Gives up a request whose reader is gone, or does not keep up.
    fn abandon(&mut self, peer: PeerId, id: RequestId) {
        self.swarm.behaviour_mut().rpc.cancel(id);
        if let Some((_, Pending::User { method, items, received, .. })) = self.requests.remove(&id) {
            let error = if items.is_closed() { "nobody reads the answer" } else { "the answer is read too slowly" };
            let _ = items.try_send(Item::Slow);
            let error = Some(error.to_owned());
            self.emit(Event::Request { peer, method: method.as_str(), chunks: received, error });
        }
    }

    /// Gives up all requests whose reader is gone.
    pub(super) fn abandon_unread(&mut self) {
        let is_unread = |pending: &Pending| matches!(pending, Pending::User { items, .. } if items.is_closed());
        let unread: Vec<_> = self
            .requests
            .iter()
            .filter(|(_, (_, pending))| is_unread(pending))
            .map(|(id, (peer, _))| (*peer, *id))
            .collect();
        for (peer, id) in unread {
            self.abandon(peer, id);
        }
    }
}
