//! A peer's request on its stream: read it, wait for the application, write chunks, close.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cl_types::Protocol;
use futures::{AsyncRead, AsyncWrite};
use libp2p_swarm::Stream;

use super::timer::Timer;
use super::writer::Writer;
use super::{Events, Room, ToBehaviour};
use crate::codec::{DecodeError, Encoder, ErrorCode, ErrorMessage, RequestDecoder};
use crate::config::Timeouts;
use crate::error::InboundError;
use crate::event::InboundRequest;
use crate::inbound::Outgoing;

/// So many bytes of small chunks are reported together, as long as there are more to write: each report wakes the whole
/// swarm.
const REPORT: usize = 16 * 1024;

pub(super) struct InboundStream {
    pub(super) number: u64,
    pub(super) protocol: Protocol,
    stream: Stream,
    state: State,
    timer: Timer,
    /// Watches what follows the request, until the requester has closed its side.
    rest: Option<RequestDecoder>,
    /// What to write next. Bounded by the behaviour, which counts it.
    queue: VecDeque<Outgoing>,
    /// Chunks and bytes written of which the behaviour has not been told.
    written: (usize, usize),
    /// The application owes an answer and has been silent for too long.
    given_up: bool,
    /// The application knows of the request.
    announced: bool,
    /// What is wrong with the request, told once the peer has been told.
    invalid: Option<DecodeError>,
}

enum State {
    Read(RequestDecoder),
    Idle,
    Write { writer: Writer, last: bool, weight: usize },
    Close,
}

impl InboundStream {
    pub(super) fn new(number: u64, (stream, protocol): (Stream, Protocol), timeouts: &Timeouts) -> Self {
        let timeout = if is_empty(protocol) { timeouts.half_close } else { timeouts.read_request };
        Self {
            number,
            protocol,
            stream,
            state: State::Read(RequestDecoder::new(protocol)),
            timer: Timer::new(timeout),
            rest: None,
            queue: VecDeque::new(),
            written: (0, 0),
            given_up: false,
            announced: false,
            invalid: None,
        }
    }

    /// More of the response.
    pub(super) fn push(&mut self, outgoing: Outgoing) {
        self.given_up = false;
        self.queue.push_back(outgoing);
    }

    /// Nothing more of the response is to be expected, unless it is here already.
    pub(super) const fn give_up(&mut self) {
        self.given_up = true;
    }

    /// Ready when the stream has ended; the end has then been reported.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut Room,
        timeouts: &Timeouts,
        events: &mut Events,
    ) -> Poll<()> {
        loop {
            let end = match self.poll_end(cx, room, timeouts, events) {
                Poll::Ready(end) => end,
                Poll::Pending if self.timer.poll(cx).is_pending() => return Poll::Pending,
                Poll::Pending => match self.state {
                    // A requester that forgot to close its side. It had its chance to send something wrong.
                    State::Read(_) if is_empty(self.protocol) => {
                        self.announce(Bytes::new(), false, timeouts, events);
                        continue;
                    }
                    State::Read(_) => Err(InboundError::ReadTimeout),
                    // Only the behaviour knows whose silence it is: the limiter may hold chunks back.
                    State::Idle => {
                        events.push_back(ToBehaviour::Silent { number: self.number });
                        self.timer.reset(timeouts.answer);
                        continue;
                    }
                    State::Write { .. } => Err(InboundError::WriteTimeout),
                    // All is written: whether the peer confirms the end is its affair.
                    State::Close => Ok(()),
                },
            };
            let end = match self.invalid.take() {
                Some(error) => Err(InboundError::InvalidRequest(error)),
                None => end,
            };
            let number = self.announced.then_some(self.number);
            events.push_back(ToBehaviour::InboundEnded { number, result: end });
            return Poll::Ready(());
        }
    }

    fn poll_end(
        &mut self,
        cx: &mut Context<'_>,
        room: &mut Room,
        timeouts: &Timeouts,
        events: &mut Events,
    ) -> Poll<Result<(), InboundError>> {
        let Room { buffer, compressor } = room;
        if let Poll::Ready(error) = self.poll_rest(cx, buffer) {
            return Poll::Ready(Err(error));
        }
        loop {
            match &mut self.state {
                State::Read(decoder) => {
                    let (read, is_end) = match Pin::new(&mut self.stream).poll_read(cx, buffer) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Err(error)) => return Poll::Ready(Err(InboundError::Io(error))),
                        Poll::Ready(Ok(n)) => (decode(decoder, buffer.get(..n).unwrap_or_default()), n == 0),
                    };
                    match read {
                        Ok(None) => {}
                        Ok(Some(body)) => {
                            self.announce(body, is_end, timeouts, events);
                            if let Poll::Ready(error) = self.poll_rest(cx, buffer) {
                                return Poll::Ready(Err(error));
                            }
                        }
                        Err(error) => self.refuse(error, timeouts),
                    }
                }
                State::Idle => {
                    let next = self.queue.pop_front();
                    let weight = next.as_ref().map_or(0, Outgoing::weight);
                    let (encoder, last) = match next {
                        None if self.given_up => return Poll::Ready(Err(InboundError::NotAnswered)),
                        None => return Poll::Pending,
                        Some(Outgoing::End) => {
                            self.timer.reset(timeouts.write_chunk);
                            self.state = State::Close;
                            continue;
                        }
                        Some(Outgoing::Error(code, message)) => (Encoder::error(code, &message), true),
                        Some(Outgoing::Chunk(context, ssz)) => (Encoder::chunk(context, ssz), false),
                    };
                    self.write(encoder, last, weight, timeouts);
                }
                State::Write { writer, last, weight } => match writer.poll(cx, &mut self.stream, compressor) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(InboundError::Io(error))),
                    Poll::Ready(Ok(())) if *last => self.state = State::Close,
                    Poll::Ready(Ok(())) => {
                        self.written = (self.written.0 + 1, self.written.1.saturating_add(*weight));
                        if self.written.1 >= REPORT || self.queue.is_empty() {
                            let (chunks, _) = std::mem::take(&mut self.written);
                            events.push_back(ToBehaviour::Written { number: self.number, chunks });
                        }
                        self.timer.reset(timeouts.answer);
                        self.state = State::Idle;
                    }
                },
                // A requester that has all it wanted may drop the stream before it sees the end: no failure of ours.
                State::Close => return Pin::new(&mut self.stream).poll_close(cx).map(|_| Ok(())),
            }
        }
    }

    /// Reads on while we answer: on mplex, what nobody reads stalls the whole connection. A requester that sends more
    /// than its request loses the stream.
    fn poll_rest(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<InboundError> {
        while let Some(decoder) = &mut self.rest {
            match Pin::new(&mut self.stream).poll_read(cx, buffer) {
                Poll::Pending => return Poll::Pending,
                // A requester that has all it wanted may drop the stream: writing finds out.
                Poll::Ready(Ok(0) | Err(_)) => self.rest = None,
                Poll::Ready(Ok(n)) => {
                    let mut input = buffer.get(..n).unwrap_or_default();
                    if let Err(error) = decoder.feed(&mut input) {
                        return Poll::Ready(InboundError::InvalidRequest(error));
                    }
                }
            }
        }
        Poll::Pending
    }

    fn announce(&mut self, body: Bytes, is_end: bool, timeouts: &Timeouts, events: &mut Events) {
        self.announced = true;
        let state = std::mem::replace(&mut self.state, State::Idle);
        if let State::Read(decoder) = state
            && !is_end
        {
            self.rest = Some(decoder);
        }
        let request = InboundRequest { protocol: self.protocol, body };
        events.push_back(ToBehaviour::Request { number: self.number, request });
        self.timer.reset(timeouts.answer);
    }

    fn refuse(&mut self, error: DecodeError, timeouts: &Timeouts) {
        let encoder = Encoder::error(ErrorCode::INVALID_REQUEST, &ErrorMessage::new(&error.to_string()));
        self.invalid = Some(error);
        self.write(encoder, true, 0, timeouts);
    }

    fn write(&mut self, encoder: Encoder, last: bool, weight: usize, timeouts: &Timeouts) {
        self.timer.reset(timeouts.write_chunk);
        self.state = State::Write { writer: Writer::new(encoder), last, weight };
    }
}

fn is_empty(protocol: Protocol) -> bool {
    *protocol.request_bounds().end() == 0
}

/// The body, once it is complete. No input means the end of the stream.
fn decode(decoder: &mut RequestDecoder, mut input: &[u8]) -> Result<Option<Bytes>, DecodeError> {
    if input.is_empty() {
        return decoder.finish();
    }
    let body = decoder.feed(&mut input)?;
    // Bytes behind the body are an error, as far as they are here: nobody waits for the end of the stream.
    decoder.feed(&mut input)?;
    Ok(body)
}
