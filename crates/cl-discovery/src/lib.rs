//! Finding exactly the nodes that are wanted: discv5 as a libp2p behaviour, behind a query manager.
//!
//! A node declares [`Want`]s: three peers on attestation subnet 5 until slot 9, two with column 77, fifty of any kind. The
//! query manager merges them, looks what known records meet, and asks where the rest is most likely found; each answer counts
//! for every want.
//!
//! | module | holds |
//! | --- | --- |
//! | [`want`] | [`Want`]: what may be wanted |
//! | [`query`] | [`QueryManager`]: whom to ask for what and when, without I/O |
//! | [`cache`] | [`Cache`]: the bounded memory of records, what is dropped and why, the saved file; without I/O |
//! | [`services`] | [`Services`]: what a node serves by its record and id, and which of them is trusted |
//! | [`rotation`] | [`Rotation`]: which node ids are on which subnets |
//! | [`chain`] | [`Chain`]: which records are of nodes we look for |
//! | [`directory`] | [`Directory`]: the seam to discv5 ([`Discv5Directory`]) or a fixed list ([`Fixed`]) |
//! | [`behaviour`] | [`Behaviour`]: drives the manager, says what it found, answers libp2p's question for addresses |
//! | [`boot`] | boot nodes, reported by name when they are of no use |
//! | [`config`] | [`Config`] and what discv5 is set to, with reasons |
//! | [`portmap`] | ports opened at a gateway by UPnP: what to ask and when, without I/O, and the task that asks |
//! | [`sockets`] | binding the UDP ports before anything else starts |
//! | [`event`], [`error`] | what is reported, what can fail |
//!
//! This crate dials nobody and decides nothing about our own record: it serves the record it is given, and reports
//! when discv5 changed it by itself, or a gateway said where others reach us. What it sees of the swarm (who is connected, who could not be dialled) decides only
//! which records count for a want.
//!
//! # Several nodes in one process
//! discv5 keeps its ban list and its counters per process. Its counters are not used here. Bans are our own, in the
//! [`Cache`]. discv5's list is consulted even with the packet filter off, and holds IP addresses of nodes that answer
//! nonsense to a lookup: so those bans are short, and loopback addresses are always let through (see [`config`]). Each start
//! of a node resets the list.

pub mod behaviour;
pub mod boot;
pub mod cache;
pub mod chain;
pub mod config;
pub mod directory;
pub mod error;
pub mod event;
pub mod portmap;
pub mod query;
pub mod rotation;
pub mod services;
pub mod sockets;
pub mod want;

pub use behaviour::Behaviour;
pub use boot::BootProblem;
pub use cache::{Cache, CacheConfig, Dropped};
pub use chain::Chain;
pub use config::Config;
pub use directory::{AskError, Directory, Discv5Directory, Fixed};
pub use error::{MapError, StartError, UpdateError};
pub use event::Event;
pub use query::{Notice, QueryConfig, QueryManager, Report, Step};
pub use rotation::Rotation;
pub use services::Services;
pub use sockets::Sockets;
pub use want::{Want, WantError, WantId};

#[cfg(test)]
mod testing;
