//! Decoding of responses.

use std::sync::Arc;

use bytes::Bytes;
use cl_types::{ForkDigest, ForkEntry, ForkSchedule, Protocol};

use super::message::MAX_ERROR_MESSAGE;
use super::payload::{PayloadDecoder, Tail};
use super::{DecodeError, ErrorCode, ErrorMessage};

/// A success chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The negotiated protocol: says which type the bytes are.
    pub protocol: Protocol,
    /// The fork of the object, from the context bytes; `None` if the protocol has none.
    pub fork: Option<ForkEntry>,
    /// The object's SSZ. Its size lies within the bounds of the type.
    pub ssz: Bytes,
}

/// What a response is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A success chunk.
    Chunk(Chunk),
    /// An error chunk. Nothing follows.
    Error {
        /// What kind of error.
        code: ErrorCode,
        /// What the responder says about it.
        message: ErrorMessage,
    },
}

/// Decodes the chunks of a response, one after the other.
pub struct ResponseDecoder {
    protocol: Protocol,
    schedule: Arc<ForkSchedule>,
    state: State,
}

enum State {
    /// Between chunks: the only place where the stream may end.
    Boundary,
    Context {
        bytes: [u8; 4],
        filled: usize,
    },
    Success {
        fork: Option<ForkEntry>,
        payload: PayloadDecoder,
    },
    Error {
        code: ErrorCode,
        payload: PayloadDecoder,
    },
    /// After an error chunk. A payload without data may still be followed by its stream identifier.
    Ended(Option<Tail>),
}

impl ResponseDecoder {
    /// A decoder for the response of a protocol. Context bytes are looked up in `schedule`.
    #[must_use]
    pub const fn new(protocol: Protocol, schedule: Arc<ForkSchedule>) -> Self {
        Self { protocol, schedule, state: State::Boundary }
    }

    /// Takes bytes off `input` up to the end of the next chunk. `None` means that `input` is used up.
    ///
    /// After an error the decoder is in no defined state and the stream is to be dropped.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Item>, DecodeError> {
        while !input.is_empty() {
            match &mut self.state {
                State::Boundary => {
                    let Some((byte, rest)) = input.split_first() else { break };
                    *input = rest;
                    self.state = match ErrorCode::new(*byte) {
                        Some(code) => State::Error { code, payload: PayloadDecoder::new(0..=MAX_ERROR_MESSAGE) },
                        None if self.protocol.has_context() => State::Context { bytes: [0; 4], filled: 0 },
                        None => self.success(None),
                    };
                }
                State::Context { bytes, filled } => {
                    let Some((byte, rest)) = input.split_first() else { break };
                    *input = rest;
                    if let Some(slot) = bytes.get_mut(*filled) {
                        *slot = *byte;
                    }
                    *filled += 1;
                    if *filled == bytes.len() {
                        let digest = ForkDigest(*bytes);
                        let fork = *self.schedule.by_digest(digest).ok_or(DecodeError::UnknownDigest(digest))?;
                        self.state = self.success(Some(fork));
                    }
                }
                State::Success { fork, payload } => {
                    let Some(ssz) = payload.feed(input)? else { break };
                    let chunk = Chunk { protocol: self.protocol, fork: *fork, ssz };
                    self.state = State::Boundary;
                    return Ok(Some(Item::Chunk(chunk)));
                }
                State::Error { code, payload } => {
                    let Some(text) = payload.feed(input)? else { break };
                    let item = Item::Error { code: *code, message: ErrorMessage::from_wire(&text) };
                    self.state = State::Ended(text.is_empty().then(Tail::default));
                    return Ok(Some(item));
                }
                State::Ended(tail) => {
                    if !tail.as_mut().is_some_and(|tail| tail.accepts(input)) {
                        return Err(DecodeError::AfterError);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Tells that the stream has ended: an error inside of a chunk.
    pub const fn finish(&self) -> Result<(), DecodeError> {
        match self.state {
            State::Boundary | State::Ended(_) => Ok(()),
            _ => Err(DecodeError::Truncated),
        }
    }

    fn success(&self, fork: Option<ForkEntry>) -> State {
        let bounds = self.schedule.chunk_bounds(self.protocol, fork.as_ref());
        State::Success { fork, payload: PayloadDecoder::new(bounds) }
    }

    /// Bytes held on the heap.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        match &self.state {
            State::Success { payload, .. } | State::Error { payload, .. } => payload.held(),
            _ => 0,
        }
    }
}

impl std::fmt::Debug for ResponseDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseDecoder").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}
