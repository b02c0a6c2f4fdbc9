//! Gossip of the consensus layer: topics, payload codec, message ids, router configuration, subscriptions across forks.
//!
//! The crate carries bytes. What they mean, and whether a message is good, others decide: a message comes as an
//! [`Event::Message`], its verdict goes back through [`Behaviour::report`].
//!
//! | module | holds |
//! | --- | --- |
//! | [`topic`] | topic names |
//! | [`snappy`] | the raw snappy block codec with its bounds |
//! | [`message_id`] | ids in all their forms |
//! | [`planner`] | which topics a node is on, across forks: pure |
//! | [`publish`] | typed messages, how long they wait for a peer, batches |
//! | [`standing`] | why the router treats a peer as it does |
//! | [`config`] | what may be chosen, and what the router is told and why |
//! | [`behaviour`] | the behaviour that puts a router behind this crate's own interface |
//! | [`event`], [`error`] | what it reports, why something could not be done |
//! | [`counters`] | what went through, by topic family |
//!
//! A frame is bounded by the router; a message that came before is known by its raw bytes (`memo.rs`) and goes no further than
//! the connection it came on, if the router has no use for it (`gate.rs`). Any other is bounded
//! by its topic on the *declared* length of its snappy block (`intake.rs`), decompressed, given an id, looked up in the
//! router's short memory and in the long one (`seen.rs`).

pub mod behaviour;
pub mod config;
mod copies;
pub mod counters;
pub mod error;
pub mod event;
mod filter;
mod gate;
mod hash;
mod intake;
mod mark;
mod memo;
pub mod message_id;
pub mod planner;
pub mod publish;
mod routes;
mod score;
mod seen;
pub mod snappy;
pub mod standing;
#[cfg(test)]
mod testing;
pub mod topic;
mod transform;
mod verdicts;

pub use behaviour::Behaviour;
pub use config::{Config, ConfigError};
pub use counters::{Counters, Traffic};
pub use error::{PublishError, ReportError, UnknownTopic};
pub use event::{Copies, Event, Message, Unwanted, Verdict};
pub use message_id::MessageId;
pub use planner::{Advertised, AttestationDuty, Change, DutyError, Interests, Planner, Step, SyncDuty};
pub use publish::{OnSubnet, Outgoing, Publishable, Published};
pub use snappy::DecompressError;
pub use standing::Standing;
pub use topic::{Topic, TopicError};
