//! Finding nodes: discv5 as a libp2p behaviour.
//!
//! | module | holds |
//! | --- | --- |
//! | [`behaviour`] | [`Behaviour`]: runs discv5, says what it found, answers libp2p's question for addresses |
//! | [`config`] | [`Config`] and what discv5 is set to, with reasons |
//! | [`chain`] | [`Chain`]: which records are of nodes we look for |
//! | [`query`] | [`QueryManager`]: when to look, without I/O |
//! | `book` | the bounded memory of records, without I/O |
//! | [`sockets`] | binding the UDP ports before anything else starts |
//! | [`event`], [`error`] | what is reported, what can fail |
//!
//! This crate dials nobody and decides nothing about our own record: it serves the record it is given, and reports
//! when discv5 changed it by itself.
//!
//! # Several nodes in one process
//! discv5 keeps its ban list and its counters per process. Its counters are not used here. Its ban list is consulted
//! even with the packet filter off, and holds IP addresses of nodes that answer nonsense: so bans are short, and
//! loopback addresses are always let through (see [`config`]). Each start of a node resets the list.

pub mod behaviour;
mod book;
pub mod chain;
pub mod config;
pub mod error;
pub mod event;
pub mod query;
pub mod sockets;

pub use behaviour::Behaviour;
pub use chain::Chain;
pub use config::Config;
pub use error::{StartError, UpdateError};
pub use event::Event;
pub use query::{QueryConfig, QueryManager, Step};
pub use sockets::Sockets;
