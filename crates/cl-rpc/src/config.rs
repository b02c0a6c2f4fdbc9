//! What can be chosen.

use std::time::Duration;

use cl_types::{Method, Protocol};

use crate::bucket::Rate;

const MIB: u64 = 1024 * 1024;

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
    /// How fast we ask.
    pub pacing: Pacing,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            serve: Protocol::all().collect(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            pacing: Pacing::default(),
        }
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
    /// A peer's request: how long the application may owe the next chunk or the end before the stream is dropped. While
    /// a chunk waits here for its turn or its quota nothing is owed, however long that takes. Default 60 s.
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
    /// Chunks of one response are taken while fewer bytes of SSZ than this wait, here and at the connection, behind the
    /// one that is being written; [`RespondError::Full`](crate::RespondError::Full) beyond. So a peer that does not read
    /// costs the chunk that is being written and at most this and one chunk more: with 0 exactly one more. A chunk
    /// counts as 512 bytes at least. Default 32 KiB: of what is as large one waits, of smaller chunks up to 64 KiB. Chunks are shared bytes: they cost what the application's copy costs.
    pub queued_bytes: usize,
    /// How fast chunks are released to a peer. [`Quotas::unlimited`] switches this off.
    pub quotas: Quotas,
    /// Bytes of SSZ that are released in a second to all peers together, and at most at once; a larger single chunk
    /// goes alone and is paid off afterwards. Peers have equal shares as far as they want them. `None`: no limit.
    /// Default 32 MiB. What [exempt](crate::Behaviour::exempt) peers get comes on top.
    pub budget: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queued_requests: 64,
            inbound_streams: 32,
            queued_bytes: 32 * 1024,
            quotas: Quotas::default(),
            budget: Some(32 * MIB),
        }
    }
}

/// So much of a method in so much time, with one peer: in any stretch of time `w` at most `chunks * (1 + w / per)`
/// chunks, and as much for bytes. A peer that has been quiet for `per` may have all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many chunks. An error counts as one, and so does a response without any. 0 counts as 1; `u32::MAX` means
    /// any number.
    pub chunks: u32,
    /// How many bytes of SSZ. A larger single chunk passes when the peer has been quiet, and is paid off afterwards.
    /// `u64::MAX` means any number.
    pub bytes: u64,
    /// In how much time.
    pub per: Duration,
}

impl Quota {
    /// No limit.
    pub const UNLIMITED: Self = Self { chunks: u32::MAX, bytes: u64::MAX, per: Duration::from_secs(1) };

    const fn of_chunks(chunks: u32, seconds: u64) -> Self {
        Self { chunks, bytes: u64::MAX, per: Duration::from_secs(seconds) }
    }

    const fn in_10_s(chunks: u32, bytes: u64) -> Self {
        Self { chunks, bytes, per: Duration::from_secs(10) }
    }

    pub(crate) const fn is_unlimited(self) -> bool {
        self.chunks == u32::MAX && self.bytes == u64::MAX
    }

    pub(crate) fn chunk_rate(self) -> Rate {
        let amount = if self.chunks == u32::MAX { u64::MAX } else { self.chunks.into() };
        Rate { amount, per: self.per }
    }

    pub(crate) const fn byte_rate(self) -> Rate {
        Rate { amount: self.bytes, per: self.per }
    }
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
    /// The same for every method.
    #[must_use]
    pub const fn all(quota: Quota) -> Self {
        Self { by_method: Vec::new(), other: quota }
    }

    /// No limits: for networks of one's own, and to measure.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self::all(Quota::UNLIMITED)
    }

    /// The quota of a method.
    #[must_use]
    pub fn of(&self, method: Method) -> Quota {
        self.by_method.iter().find(|(m, _)| *m == method).map_or(self.other, |(_, quota)| *quota)
    }
}

impl Default for Quotas {
    /// A little more than what clients are known to grant each other, and 64 MiB in 10 s of what is large.
    fn default() -> Self {
        let large = 64 * MIB;
        Self {
            by_method: vec![
                (Method::Status, Quota::of_chunks(5, 10)),
                (Method::Goodbye, Quota::of_chunks(2, 10)),
                (Method::Ping, Quota::of_chunks(4, 10)),
                (Method::MetaData, Quota::of_chunks(4, 10)),
                (Method::BlobsByRange, Quota::in_10_s(1152, large)),
                (Method::BlobsByRoot, Quota::in_10_s(1152, large)),
                (Method::ColumnsByRange, Quota::in_10_s(16_384, large)),
                (Method::ColumnsByRoot, Quota::in_10_s(16_384, large)),
                (Method::LightClientBootstrap, Quota::of_chunks(5, 10)),
                (Method::LightClientFinalityUpdate, Quota::of_chunks(4, 10)),
                (Method::LightClientOptimisticUpdate, Quota::of_chunks(4, 10)),
                (Method::InclusionListsByIndices, Quota::of_chunks(64, 10)),
            ],
            other: Quota::in_10_s(256, large),
        }
    }
}

/// How fast we ask. Where a peer refuses with [`ErrorCode::RATE_LIMITED`](crate::ErrorCode::RATE_LIMITED) or answers
/// slowly, we ask less of it, and more again when all goes well; never more than `grants`.
#[derive(Clone, Debug)]
pub struct Pacing {
    /// What peers are taken to allow us, in chunks that a request may be answered with; bytes do not matter. A request
    /// for more than [`Quota::chunks`] is sent in parts. [`Quotas::unlimited`] switches pacing off.
    pub grants: Quotas,
    /// How often a request is repeated that was refused for being too early. Default 3.
    pub retries: u32,
}

impl Pacing {
    /// Every request is sent at once, and refusals are told.
    #[must_use]
    pub const fn off() -> Self {
        Self { grants: Quotas::unlimited(), retries: 0 }
    }
}

impl Default for Pacing {
    /// The least that clients are known to grant: going over it is a ban with some of them.
    fn default() -> Self {
        Self {
            grants: Quotas {
                by_method: vec![
                    (Method::Status, Quota::of_chunks(5, 15)),
                    // It is the last thing that is said.
                    (Method::Goodbye, Quota::UNLIMITED),
                    (Method::Ping, Quota::of_chunks(2, 10)),
                    (Method::MetaData, Quota::of_chunks(2, 5)),
                    (Method::BlobsByRange, Quota::of_chunks(768, 10)),
                    (Method::BlobsByRoot, Quota::of_chunks(768, 10)),
                    (Method::ColumnsByRange, Quota::of_chunks(16_384, 10)),
                    (Method::ColumnsByRoot, Quota::of_chunks(16_384, 10)),
                    (Method::LightClientBootstrap, Quota::of_chunks(1, 10)),
                    (Method::LightClientFinalityUpdate, Quota::of_chunks(1, 10)),
                    (Method::LightClientOptimisticUpdate, Quota::of_chunks(1, 10)),
                    (Method::InclusionListsByIndices, Quota::of_chunks(32, 12)),
                ],
                // Blocks, envelopes, updates.
                other: Quota::of_chunks(128, 10),
            },
            retries: 3,
        }
    }
}
