//! Request/response of the Ethereum consensus layer, as client and as server (`phase0/p2p-interface.md`, "Req/Resp").
//!
//! SSZ goes in and out as bytes, with the protocol and, where there are context bytes, the fork: the wire does not know
//! what messages mean. Only [`ask`] does, for whoever wants answers that are checked. Which protocols exist, how large their messages are and how many chunks they
//! answer with is the table in [`cl_types::protocol`]; a new protocol is a new row there.
//!
//! | module | holds |
//! | --- | --- |
//! | [`ask`] | typed requests, and checks that find a peer lying; plain data, run wherever there is time for hashing |
//! | [`codec`] | the byte layout: encoder and incremental decoders, without I/O |
//! | [`Behaviour`] | the libp2p behaviour; commands in, [`Event`]s out |
//! | `outbound` | our requests: at most two of a method at a peer, the rest in a bounded queue, each ends exactly once |
//! | `pacer`, `split` | how fast a peer may be asked, learnt from its refusals and its speed; requests in parts |
//! | `inbound` | peers' requests: bounded queues of chunks, released in fair turns as the limiter allows |
//! | `limiter` | chunks and bytes per peer, method and time, and for all; a fast requester waits, it is never refused |
//! | `handler` | the streams of one connection, with a time-out for each phase |
//! | [`Config`] | time-outs, limits, the protocols that are served |
//!
//! # How fast
//! Inwards nobody is refused: whole chunks wait until [`Quotas`] (chunks and bytes, for each peer and method) and the
//! [budget](Limits::budget) of all peers allow them, and peers take turns by what they have had. Outwards [`Pacing`] asks
//! no more of a peer than clients are known to grant, in parts where a request is larger; whoever still refuses (code
//! 139) or holds back is asked less, and the request is repeated after a pause.
//!
//! # What is bounded
//! | what | by |
//! | --- | --- |
//! | our requests that wait | 64 for each peer ([`Limits::queued_requests`]) |
//! | what is known of peers' patience | 8192 peers and methods, and those of connected peers |
//! | our requests that run | two for each method and peer; one message (at most 10 MiB) and one frame each |
//! | peers' streams | 32 for each connection ([`Limits::inbound_streams`]), two of them active for each protocol |
//! | chunks of a response | the one that is being written and one that waits; small ones up to 64 KiB ([`Limits::queued_bytes`]), as shared bytes; and one frame of 64 KiB |
//! | chunks on their way to the application | what one read of 64 KiB completes (SSZ up to 1.4 MiB); the stream waits for the rest |
//! | room to read and to compress in | 173 KiB for each connection, while it has streams |
//! | a [`Check`] | what was asked for, at most 16,384 keys, and one sidecar; checks are the caller's, not the wire's |
//!
//! The handler always reads, hands each chunk on as soon as it is complete, and is slowed down only by a swarm that is not
//! polled; chunks are never collected here. That matters on mplex, where a stream that nobody reads stalls its whole
//! connection. What follows a request is read as well, and is a fault. Only streams beyond two of a protocol wait unread: a
//! peer that fills those stalls nobody but itself.

pub mod ask;
mod behaviour;
mod bucket;
pub mod codec;
mod config;
mod error;
mod event;
mod handler;
mod inbound;
mod limiter;
mod outbound;
mod pacer;
mod protocol;
mod request;
mod split;
#[cfg(test)]
mod test_chain;

pub use ask::{Ask, Check, Lie};
pub use behaviour::Behaviour;
pub use codec::{Chunk, ErrorCode, ErrorMessage};
pub use config::{Config, Limits, Pacing, Quota, Quotas, Timeouts};
pub use error::{InboundError, Phase, RequestError, RespondError};
pub use event::{Event, InboundId, InboundRequest, Response};
pub use request::{BuildError, Request, RequestId};
#[cfg(test)]
use test_chain::test_chain;
