//! The specification's verdict on every gossip message: accept, ignore or reject, and why.
//!
//! A [`Judge`] holds the rules against a [`Message`]. It has no socket, no clock, no thread and no chain of its own: time
//! comes in as milliseconds, the chain as a [`ChainView`]. Signatures and KZG proofs are handed out as a [`Task`] that can
//! be run anywhere, alone or in a [`Batch`]:
//!
//! ```text
//! begin(message, now, &chain) ─┬─ Done(verdict)
//!                              ├─ Undecided(missing)      a block or an answer that is not there yet
//!                              └─ Verify(ticket, task) ── task.run() or Batcher ── finish(ticket, outcome, now) ── verdict
//! ```
//!
//! [`Judge::judge`] does all of it at once:
//!
//! ```
//! use bytes::Bytes;
//! use cl_types::{ForkName, Network, TopicKind};
//! use cl_validation::{Config, Ignore, Judge, Level, Message, Verdict};
//!
//! // Without a chain: only what proves itself is accepted, and an exit does not.
//! let mainnet = Network::named("mainnet").unwrap();
//! let mut judge = Judge::new(Config::new(&mainnet, Level::Stateless));
//! let exit = Bytes::from_static(&[0; 112]);
//! let message = Message::Gossip { kind: TopicKind::VoluntaryExit, fork: ForkName::Fulu, ssz: &exit };
//! let now_ms = 1_800_000_000_000;
//! assert_eq!(judge.judge(&message, now_ms, &()), Verdict::Ignore(Ignore::NotJudged));
//! ```
//!
//! | who | does |
//! | --- | --- |
//! | one thread, not the network's | [`begin`](Judge::begin), [`finish`](Judge::finish): microseconds for a vote, half a millisecond for a block |
//! | worker threads | [`Batch::run`] of what [`Batcher`] has gathered, the most urgent [`Class`] first |
//! | nobody here | queues, threads, shedding: the node's |
//!
//! | module | holds |
//! | --- | --- |
//! | `topics` | one file for each topic: the rules, each with its word in front |
//! | [`chain`] | what the rules ask of a chain |
//! | [`reason`], [`Verdict`] | why a message was ignored or rejected |
//! | [`seen`] | what was accepted before: its bounds |
//! | [`crypto`] | signatures, one or many at a time; KZG proofs, behind a trait |
//! | [`batch`] | when batches are due, and who is to blame when one fails |
//! | `state` | with the feature: a [`ChainView`] over a `BeaconState` and the blocks that follow it |
//!
//! # What is not here
//! - The light client's own rules of `light_client_finality_update` and `light_client_optimistic_update`: they are judged
//!   as a full node does, against the updates that it makes itself.
//! - A queue: what is [`Undecided`](Step::Undecided) is the caller's to keep and to begin again.
//! - State transitions: what a view over a state leaves out is listed in `state`. Of the specification's gossip cases, four
//!   are not run: their bids come from builders that 33 or 55 blocks of the case finalize first.
//! - The order of the specification where several rules are broken at once: see `topics`. The first broken rule in our
//!   order decides. Then a message may be rejected that the specification ignores, but never for what our own view of the
//!   chain says: such a message breaks a rule that anybody sees.
//! - A header of partial columns whose cells are wrong: the specification keeps the header, we wait for it to come again.
//! - Limits on how often a builder may raise its bid, which the specification leaves to taste.

pub mod batch;
pub mod chain;
mod config;
pub mod crypto;
mod judge;
pub mod reason;
mod rules;
pub mod seen;
#[cfg(feature = "state")]
pub mod state;
mod task;
mod topics;
mod verdict;

pub use batch::{Batch, Batcher};
pub use chain::{Answer, ChainView};
pub use config::{Config, Level};
pub use judge::{Judge, Message};
pub use reason::{Ignore, Reject};
pub use task::{Class, Outcome, Task, Ticket};
pub use verdict::{Missing, Step, Verdict};
