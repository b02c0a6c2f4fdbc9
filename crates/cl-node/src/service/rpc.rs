//! Requests to us and requests of ours.

use std::time::Instant;

use cl_rpc::{Chunk, InboundId, InboundRequest, Request, RequestId, Response};
use cl_types::containers::{BlocksByRangeRequest, MetaData, Status};
use cl_types::protocol::MAX_REQUEST_BLOCKS_DENEB;
use cl_types::{ForkDigest, ForkName, GoodbyeReason, Method, Protocol, Root, Slot, Source};
use libp2p::PeerId;
use ssz::{Decode, Encode};

use super::Service;
use crate::event::{Event, goodbye_words};
use crate::handle::ChunkSender;
use crate::store::StoredBlock;

/// What a request of ours is for.
#[derive(Debug)]
pub(crate) enum Pending {
    /// The peer manager asked for it.
    Manager(Method),
    /// A goodbye: the connection is closed when it is through.
    Goodbye,
    /// A subscriber waits for the chunks.
    User { method: Method, chunks: ChunkSender, received: u64 },
}

impl Service {
    pub(super) fn send(&mut self, peer: PeerId, request: Request, pending: Pending) {
        let id = self.swarm.behaviour_mut().rpc.send_request(peer, request);
        self.requests.insert(id, pending);
    }

    pub(super) fn on_rpc(&mut self, event: cl_rpc::Event) {
        match event {
            cl_rpc::Event::Request { peer, id, request, .. } => self.on_request(peer, id, &request),
            cl_rpc::Event::Chunk { peer, id, chunk } => self.on_chunk(peer, id, chunk),
            cl_rpc::Event::Done { peer, id } => self.on_done(peer, id),
            cl_rpc::Event::Failed { peer, id, error } => self.on_failed(peer, id, error),
            cl_rpc::Event::InboundFailed { peer, error, .. } => {
                self.blame(peer, Source::Rpc, error.fault(), &error.to_string());
            }
            _ => {}
        }
    }

    // ---- what peers ask us ------------------------------------------------------------------------------------------

    fn on_request(&mut self, peer: PeerId, id: InboundId, request: &InboundRequest) {
        let protocol = request.protocol;
        let now = Instant::now();
        let chunks = match protocol.method() {
            Method::Status => {
                let ours = self.our_status();
                // The answer goes out before the verdict: an irrelevant peer is told why as well.
                let chunks = self.answer(id, [(None, ours.to_ssz(protocol))]);
                if let Ok(theirs) = Status::from_ssz(protocol, &request.body) {
                    self.manager.status(&peer, theirs, true, now);
                }
                chunks
            }
            Method::Ping => {
                let seq = self.identity.metadata().seq_number;
                let chunks = self.answer(id, [(None, seq.as_ssz_bytes())]);
                if let Ok(theirs) = u64::from_ssz_bytes(&request.body) {
                    self.manager.pinged(&peer, theirs, now);
                }
                chunks
            }
            Method::MetaData => {
                let metadata = self.identity.metadata().to_ssz(protocol);
                self.answer(id, [(None, metadata)])
            }
            Method::Goodbye => {
                let reason = GoodbyeReason(u64::from_ssz_bytes(&request.body).unwrap_or_default());
                let (code, words) = goodbye_words(reason);
                self.emit(Event::GoodbyeReceived { peer, code, reason: words });
                self.manager.goodbye_received(&peer, reason, now);
                self.answer(id, [(None, request.body.clone())])
            }
            Method::BlocksByRange => self.answer_range(id, request),
            Method::BlocksByRoot => self.answer_roots(id, request),
            _ => self.refuse(id, cl_rpc::ErrorCode::SERVER_ERROR, "not served"),
        };
        self.emit(Event::Asked { peer, protocol: protocol.id(), chunks });
    }

    fn answer_range(&mut self, id: InboundId, request: &InboundRequest) -> usize {
        match BlocksByRangeRequest::from_ssz_bytes(&request.body) {
            Ok(range) if range.count > 0 => {
                let blocks = self.store.blocks_by_range(range.start_slot, range.count);
                self.answer_blocks(id, request.protocol, blocks)
            }
            _ => self.refuse(id, cl_rpc::ErrorCode::INVALID_REQUEST, "count must be at least 1"),
        }
    }

    fn answer_roots(&mut self, id: InboundId, request: &InboundRequest) -> usize {
        let roots = request.body.chunks_exact(Root::len_bytes());
        if !roots.remainder().is_empty() {
            return self.refuse(id, cl_rpc::ErrorCode::INVALID_REQUEST, "not a list of roots");
        }
        // Version 1 lets a peer ask for more than a response holds.
        let blocks = roots
            .take(usize::try_from(MAX_REQUEST_BLOCKS_DENEB).unwrap_or(usize::MAX))
            .filter_map(|root| self.store.block_by_root(Root::from_slice(root)))
            .collect();
        self.answer_blocks(id, request.protocol, blocks)
    }

    fn answer_blocks(&mut self, id: InboundId, protocol: Protocol, blocks: Vec<StoredBlock>) -> usize {
        if protocol.has_context() {
            let chunks: Vec<_> = blocks.into_iter().map(|b| (Some(self.context_of(b.slot)), b.ssz)).collect();
            return self.answer(id, chunks);
        }
        // Version 1 cannot say of which fork a block is, so it must not be asked for any but phase0's.
        if blocks.iter().any(|block| self.schedule.at_slot(block.slot).fork > ForkName::Phase0) {
            return self.refuse(id, cl_rpc::ErrorCode::INVALID_REQUEST, "blocks after phase0 need version 2");
        }
        self.answer(id, blocks.into_iter().map(|block| (None, block.ssz)))
    }

    /// The context bytes of an object: the digest of its own slot, whatever the clock says.
    fn context_of(&self, slot: Slot) -> ForkDigest {
        self.schedule.at_slot(slot).digest
    }

    /// Answers with these chunks and ends the response. Says how many were taken.
    fn answer<B: Into<bytes::Bytes>>(
        &mut self,
        id: InboundId,
        chunks: impl IntoIterator<Item = (Option<ForkDigest>, B)>,
    ) -> usize {
        let rpc = &mut self.swarm.behaviour_mut().rpc;
        let mut taken = 0;
        for (context, ssz) in chunks {
            if rpc.respond(id, Response::Chunk { context, ssz: ssz.into() }).is_err() {
                break;
            }
            taken += 1;
        }
        // An error says that the peer is gone, so there is nothing to end.
        let _ = rpc.finish(id);
        taken
    }

    fn refuse(&mut self, id: InboundId, code: cl_rpc::ErrorCode, text: &'static str) -> usize {
        let rpc = &mut self.swarm.behaviour_mut().rpc;
        // The stream may be gone by now; then nobody waits for the answer.
        let _ = rpc.respond(id, Response::Error { code, message: text.into() });
        0
    }

    // ---- what we ask peers ------------------------------------------------------------------------------------------

    fn on_chunk(&mut self, peer: PeerId, id: RequestId, chunk: Chunk) {
        let now = Instant::now();
        match self.requests.get_mut(&id) {
            Some(Pending::Manager(method)) => {
                let method = *method;
                if !self.on_manager_chunk(peer, method, chunk.protocol, &chunk.ssz, now) {
                    let fault = cl_types::Fault::Peer(cl_types::Severity::High);
                    self.manager.request_failed(&peer, method, fault, false, now);
                }
            }
            Some(Pending::User { chunks, received, .. }) => {
                *received += 1;
                // The channel holds the largest response of the protocol: it is closed, or there is room.
                if chunks.try_send(Ok(chunk)).is_err() {
                    self.swarm.behaviour_mut().rpc.cancel(id);
                    self.requests.remove(&id);
                }
            }
            Some(Pending::Goodbye) | None => {}
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
        match self.requests.remove(&id) {
            Some(Pending::User { method, received, .. }) => {
                self.emit(Event::Request { peer, method: method.as_str(), chunks: received, error: None });
            }
            Some(Pending::Goodbye) => self.part(peer),
            Some(Pending::Manager(_)) | None => {}
        }
    }

    fn on_failed(&mut self, peer: PeerId, id: RequestId, error: cl_rpc::RequestError) {
        match self.requests.remove(&id) {
            Some(Pending::Manager(method)) => {
                let unsupported = matches!(error, cl_rpc::RequestError::Unsupported);
                tracing::debug!(%peer, ?method, %error, "request failed");
                self.manager.request_failed(&peer, method, error.fault(), unsupported, Instant::now());
            }
            Some(Pending::Goodbye) => self.part(peer),
            Some(Pending::User { method, chunks, received }) => {
                self.blame(peer, Source::Rpc, error.fault(), &error.to_string());
                let text = Some(error.to_string());
                let _ = chunks.try_send(Err(error));
                self.emit(Event::Request { peer, method: method.as_str(), chunks: received, error: text });
            }
            None => {}
        }
    }
}
