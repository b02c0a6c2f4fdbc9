//! Decoding of requests.

use bytes::Bytes;
use cl_types::Protocol;

use super::DecodeError;
use super::payload::{PayloadDecoder, Tail};

/// Decodes the one request of a stream.
///
/// A request is complete when its last byte is there. An empty request (of a protocol whose request has no bytes) is
/// complete at the end of the stream, and any byte in it is an error.
pub struct RequestDecoder {
    state: State,
}

enum State {
    /// Nothing may arrive.
    Empty,
    Payload(PayloadDecoder),
    /// Complete. A payload without data may still be followed by its stream identifier.
    Done(Option<Tail>),
}

impl RequestDecoder {
    /// A decoder for the request of a protocol.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        let bounds = protocol.request_bounds();
        let state = if *bounds.end() == 0 { State::Empty } else { State::Payload(PayloadDecoder::new(bounds)) };
        Self { state }
    }

    /// Takes bytes off `input` and returns the body (SSZ) once it is complete. Later bytes are an error.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Bytes>, DecodeError> {
        if input.is_empty() {
            return Ok(None);
        }
        let body = match &mut self.state {
            State::Empty | State::Done(None) => return Err(DecodeError::TrailingBytes),
            State::Done(Some(tail)) => {
                return if tail.accepts(input) { Ok(None) } else { Err(DecodeError::TrailingBytes) };
            }
            State::Payload(decoder) => decoder.feed(input)?,
        };
        if let Some(body) = &body {
            self.state = State::Done(body.is_empty().then(Tail::default));
        }
        Ok(body)
    }

    /// Tells that the stream has ended. Returns the body of an empty request, `None` if [`Self::feed`] has already
    /// returned the body.
    pub fn finish(&mut self) -> Result<Option<Bytes>, DecodeError> {
        match self.state {
            State::Empty => {
                self.state = State::Done(None);
                Ok(Some(Bytes::new()))
            }
            State::Payload(_) => Err(DecodeError::Truncated),
            State::Done(_) => Ok(None),
        }
    }
}

impl std::fmt::Debug for RequestDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestDecoder").finish_non_exhaustive()
    }
}
