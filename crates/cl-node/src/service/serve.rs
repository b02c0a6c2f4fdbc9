//! Answers from the store, handed over as fast as the peer takes them.

mod cursor;
mod rules;

use cl_rpc::{InboundId, InboundRequest, RespondError, Response};
use cl_types::Protocol;
use libp2p::PeerId;

use self::cursor::Cursor;
use self::rules::{Refusal, Server};
use super::Service;
use crate::clock::unix_ms;
use crate::event::Event;

/// An answer on its way. There is one for each open stream at most, so that `cl-rpc` bounds their number.
#[derive(Debug)]
pub(crate) struct Serving {
    peer: PeerId,
    protocol: Protocol,
    cursor: Cursor,
    sent: usize,
}

impl Service {
    /// Answers a request for something of the chain.
    pub(super) fn serve(&mut self, peer: PeerId, id: InboundId, request: &InboundRequest) {
        let protocol = request.protocol;
        let status = self.our_status();
        let server = Server {
            schedule: &self.schedule,
            store: &*self.store,
            slot: self.clock.slot_or_genesis(unix_ms()),
            finalized: status.finalized_epoch,
            genesis_block_root: self.genesis_block_root,
        };
        match server.answer(protocol, &request.body) {
            Ok(cursor) => {
                self.serving.insert(id, Serving { peer, protocol, cursor, sent: 0 });
                self.feed(id);
            }
            Err(Refusal { code, text }) => {
                let response = Response::Error { code, message: text.into() };
                // The stream may be gone by now; then nobody waits for the answer.
                let _ = self.swarm.behaviour_mut().rpc.respond(id, response);
                self.emit(Event::Asked { peer, protocol: protocol.id(), chunks: 0 });
            }
        }
    }

    /// Fetches and hands over objects until one waits for the peer or the answer is complete. Nothing is fetched before there
    /// is room for it.
    pub(super) fn feed(&mut self, id: InboundId) {
        while let Some(serving) = self.serving.get_mut(&id) {
            let rpc = &mut self.swarm.behaviour_mut().rpc;
            if !serving.cursor.is_done() && !rpc.has_room(id) {
                return;
            }
            let Some(object) = serving.cursor.next(&*self.store) else {
                // An error says that it has ended already: with its last chunk, or with the stream.
                let _ = rpc.finish(id);
                self.end_serving(id);
                return;
            };
            let context = serving.protocol.has_context().then(|| self.schedule.context(object.slot));
            let (slot, bytes) = (object.slot, object.ssz.len() as u64);
            match rpc.respond(id, Response::Chunk { context, ssz: object.ssz }) {
                Ok(()) => {
                    serving.sent += 1;
                    let peer = serving.peer;
                    self.count_served(&peer, |served| (served.chunks, served.bytes) = (1, bytes));
                }
                Err(RespondError::Gone | RespondError::Ended) => {
                    self.end_serving(id);
                    return;
                }
                // The store's mistake. Without it the rest of the answer is still true.
                Err(error) => tracing::warn!(%slot, %error, "an object of the store cannot be served"),
            }
        }
    }

    /// The answer is with `cl-rpc`, or nobody wants it any more.
    pub(super) fn end_serving(&mut self, id: InboundId) {
        if let Some(Serving { peer, protocol, sent, .. }) = self.serving.remove(&id) {
            self.emit(Event::Asked { peer, protocol: protocol.id(), chunks: sent });
        }
    }
}
