//! What can be chosen.

use std::time::Duration;

use cl_types::{Method, Protocol};

/// Configuration of the [`Behaviour`](crate::Behaviour).
#[derive(Clone, Debug)]
pub struct Config {
    /// The protocols that peers may ask us for. Default: all of the table. Streams of other protocols are refused in
    /// negotiation, which makes a requester fall back to an older version.
    pub serve: Vec<Protocol>,
    /// How long each phase of a stream may take.
    pub timeouts: Timeouts,
    /// How much is done at a time.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self { serve: Protocol::all().collect(), timeouts: Timeouts::default(), limits: Limits::default() }
    }
}

/// How long each phase of a stream may take. The specification sets none of these.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Our request: from the wish for a stream to the agreement on a protocol. Default 10 s.
    pub negotiation: Duration,
    /// Our request: writing it and closing the write side. Default 10 s.
    pub write_request: Duration,
    /// Our request: from the end of the request to the last byte of the first chunk. Default 10 s.
    pub first_chunk: Duration,
    /// Our request: from one chunk to the last byte of the next, or to the end of the stream. Default 10 s.
    pub next_chunk: Duration,
    /// Our Goodbye: how long to wait for the peer to answer or to close once it is written. It counts as delivered in
    /// any case. Default 1 s.
    pub goodbye: Duration,
    /// A peer's request: from the agreement on a protocol to its last byte. Default 10 s.
    pub read_request: Duration,
    /// A peer's empty request: how long to wait for the end of the stream. A requester that forgets to close its side
    /// is answered then. Default 1 s.
    pub half_close: Duration,
    /// A peer's request: how long the application (and the limiter) may stay silent before the stream is dropped. Must
    /// exceed the longest wait that [`Limits::quotas`] can cause. Default 60 s.
    pub answer: Duration,
    /// A peer's request: writing one chunk. A peer that reads slower loses the stream. Default 10 s.
    pub write_chunk: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let ten = Duration::from_secs(10);
        Self {
            negotiation: ten,
            write_request: ten,
            first_chunk: ten,
            next_chunk: ten,
            goodbye: Duration::from_secs(1),
            read_request: ten,
            half_close: Duration::from_secs(1),
            answer: Duration::from_secs(60),
            write_chunk: ten,
        }
    }
}

/// How much is done at a time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests to one peer that may wait for a stream; more fail at once. Default 64. A waiting request costs its own
    /// bytes: at most 4 KiB.
    pub queued_requests: usize,
    /// Inbound streams of one connection, those that wait for a free slot included; more are reset. Default 32. A
    /// stream costs one message of its protocol while it is read (4 KiB) and what is queued while it is answered.
    pub inbound_streams: usize,
    /// Chunks of one response that may be queued; [`RespondError::Full`](crate::RespondError::Full) beyond. Default
    /// 128: as many as any response of the present protocols has, so that they never meet the bound. Chunks are shared
    /// bytes: they cost what the application's copy costs.
    pub queued_chunks: usize,
    /// How fast chunks are released to a peer.
    pub quotas: Quotas,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queued_requests: 64, inbound_streams: 32, queued_chunks: 128, quotas: Quotas::default() }
    }
}

/// So many chunks in so much time, to one peer. A peer that has been quiet for `per` may have all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many chunks. An error counts as one, and so does a response without any. 0 counts as 1.
    pub chunks: u32,
    /// In how much time.
    pub per: Duration,
}

/// The quota of each method. All versions of a method share it.
#[derive(Clone, Debug)]
pub struct Quotas {
    /// Methods with a quota of their own.
    pub by_method: Vec<(Method, Quota)>,
    /// The quota of all others.
    pub other: Quota,
}

impl Quotas {
    /// The quota of a method.
    #[must_use]
    pub fn of(&self, method: Method) -> Quota {
        self.by_method.iter().find(|(m, _)| *m == method).map_or(self.other, |(_, quota)| *quota)
    }
}

impl Default for Quotas {
    /// A little more than what clients are known to grant each other.
    fn default() -> Self {
        let per = Duration::from_secs(10);
        Self {
            by_method: vec![
                (Method::Status, Quota { chunks: 5, per }),
                (Method::Goodbye, Quota { chunks: 2, per }),
                (Method::Ping, Quota { chunks: 4, per }),
                (Method::MetaData, Quota { chunks: 4, per }),
            ],
            other: Quota { chunks: 256, per },
        }
    }
}
