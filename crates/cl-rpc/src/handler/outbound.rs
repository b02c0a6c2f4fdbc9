//! One of our requests on its stream: write, close the write side, read chunks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use cl_types::{ForkSchedule, Method, Protocol};
use futures::{AsyncRead, AsyncWrite};
use libp2p_swarm::Stream;

use super::timer::Timer;
use super::writer::Writer;
use super::{Events, READS_PER_POLL, Room, ToBehaviour};
use crate::codec::{Encoder, Item, ResponseDecoder};
use crate::config::Timeouts;
use crate::error::{Phase, RequestError};
use crate::request::RequestId;

pub(super) struct OutboundStream {
    pub(super) id: RequestId,
    stream: Stream,
    state: State,
    timer: Timer,
    decoder: ResponseDecoder,
    protocol: Protocol,
    chunks: u64,
    max_chunks: u64,
}

enum State {
    Write(Writer),
    Close,
    Read,
}

impl OutboundStream {
    pub(super) fn new(
        id: RequestId,
        (stream, protocol): (Stream, Protocol),
        (body, max_chunks): (Bytes, u64),
        schedule: Arc<ForkSchedule>,
        timeouts: &Timeouts,
    ) -> Self {
        Self {
            id,
            stream,
            state: State::Write(Writer::new(Encoder::request(body))),
            timer: Timer::new(timeouts.write_request),
            decoder: ResponseDecoder::new(protocol, schedule),
            protocol,
            chunks: 0,
            max_chunks,
        }
    }

    /// Ready when the request has ended; the end has then been reported.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut Room,
        timeouts: &Timeouts,
        events: &mut Events,
    ) -> Poll<()> {
        let end = self.poll_end(cx, room, timeouts, events);
        let end = match end {
            Poll::Pending if self.timer.poll(cx).is_ready() => Err(RequestError::Timeout(self.phase())),
            Poll::Pending => return Poll::Pending,
            Poll::Ready(end) => end,
        };
        // A written goodbye is a delivered one: the peer need not answer, and often is gone before it could.
        let delivered = self.protocol.method() == Method::Goodbye && matches!(self.state, State::Read);
        let result = if delivered { Ok(()) } else { end };
        events.push_back(ToBehaviour::RequestEnded { id: self.id, result });
        Poll::Ready(())
    }

    fn poll_end(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut Room,
        timeouts: &Timeouts,
        events: &mut Events,
    ) -> Poll<Result<(), RequestError>> {
        let Room { buffer, compressor } = room;
        let mut reads = 0;
        loop {
            match &mut self.state {
                State::Write(writer) => match writer.poll(cx, &mut self.stream, compressor) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(RequestError::Io(error))),
                    Poll::Ready(Ok(())) => self.state = State::Close,
                },
                State::Close => {
                    // A responder that needs no end of stream may have closed already: then this fails, and reading
                    // finds out what happened.
                    if Pin::new(&mut self.stream).poll_close(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let goodbye = self.protocol.method() == Method::Goodbye;
                    self.timer.reset(if goodbye { timeouts.goodbye } else { timeouts.first_chunk });
                    self.state = State::Read;
                }
                State::Read => {
                    if reads == READS_PER_POLL {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    reads += 1;
                    let input = match Pin::new(&mut self.stream).poll_read(cx, buffer) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Err(error)) => return Poll::Ready(Err(RequestError::Io(error))),
                        Poll::Ready(Ok(0)) => return Poll::Ready(self.end_of_stream()),
                        Poll::Ready(Ok(n)) => buffer.get(..n).unwrap_or_default(),
                    };
                    let before = events.len();
                    if let Some(end) = self.decode(input, timeouts, events) {
                        return Poll::Ready(end);
                    }
                    if events.len() > before {
                        // Chunks leave before more is read: that is what bounds us. The handler comes back after them.
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    /// Returns how the request ends, if it does.
    fn decode(
        &mut self,
        mut input: &[u8],
        timeouts: &Timeouts,
        events: &mut Events,
    ) -> Option<Result<(), RequestError>> {
        loop {
            match self.decoder.feed(&mut input) {
                Ok(None) => return None,
                Err(error) => return Some(Err(RequestError::InvalidResponse(error))),
                Ok(Some(Item::Error { code, message })) => {
                    return Some(Err(RequestError::Refused { protocol: self.protocol, code, message }));
                }
                Ok(Some(Item::Chunk(chunk))) => {
                    events.push_back(ToBehaviour::Chunk { id: self.id, chunk });
                    self.chunks += 1;
                    self.timer.reset(timeouts.next_chunk);
                    if self.chunks == self.max_chunks {
                        // Nobody waits for the end of the stream: the answer is complete.
                        return Some(if input.is_empty() {
                            Ok(())
                        } else {
                            Err(RequestError::TooManyChunks(self.max_chunks))
                        });
                    }
                }
            }
        }
    }

    fn end_of_stream(&self) -> Result<(), RequestError> {
        self.decoder.finish().map_err(RequestError::InvalidResponse)?;
        // No chunks mean an empty list, where the answer is a list.
        if self.chunks == 0 && self.protocol.max_chunks() == 1 { Err(RequestError::NoAnswer) } else { Ok(()) }
    }

    const fn phase(&self) -> Phase {
        match self.state {
            State::Write(_) | State::Close => Phase::Write,
            State::Read if self.chunks == 0 => Phase::FirstChunk,
            State::Read => Phase::NextChunk,
        }
    }
}
