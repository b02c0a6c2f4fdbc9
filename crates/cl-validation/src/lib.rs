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
//! [`Judge::judge`] does all of it at once.
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
//! - State transitions: what a view over a state leaves out is listed in `state`. Of the specification's gossip cases, the
//!   four whose bids come from builders that the case's own blocks finalize are not run.
//! - The order of the specification where several rules are broken at once: see `topics`. The first broken rule in our
//!   order decides.
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
