//! A consensus-layer network node: the crates of this workspace, composed.
//!
//! [`Node::spawn`] starts a node from a [`Config`]; [`NodeHandle`] sends it commands; [`Events`] tells what happens.
//! Whoever has a chain plugs it in through [`StatusSource`], [`ChainStore`] and [`ChainView`]; without one the node is
//! truthful about having none.
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | what a node is told before it starts |
//! | [`cli`] | the same as flags and as a TOML file |
//! | [`node`] | starting a node |
//! | [`handle`], [`answers`], [`chunks`] | commands, and answers that arrive as a stream |
//! | [`event`], [`log`] | what a node tells, as a type, as JSON, as log lines |
//! | [`peer_ref`] | naming a peer by record, address or id |
//! | [`rpc_options`] | the table `[rpc]` of the configuration file |
//! | [`relay`] | what is checked before a message is forwarded, and the verdict |
//! | [`status`], [`store`], [`chain`] | the seams for a chain, with their built-in forms |
//! | `pool` | judging messages on threads of its own |
//! | [`traffic`] | how many bytes pass through |
//! | [`devnet`] | a whole network on this machine, for people to look at |
//! | [`schedule_table`] | the fork schedule of a network, as text |
//! | [`plan_table`] | what a node subscribes to and when that changes, as text and as JSON |
//! | [`duties`] | what validators ask of a node |
//! | [`error`] | why a node does not start, why a command fails |

pub mod answers;
mod behaviour;
pub mod chain;
pub mod chunks;
pub mod cli;
mod clock;
pub mod config;
mod control;
pub mod devnet;
pub mod duties;
pub mod error;
pub mod event;
pub mod handle;
pub mod log;
mod metrics;
pub mod node;
pub mod peer_ref;
pub mod plan_table;
mod pool;
pub mod relay;
pub mod rpc_options;
pub mod schedule_table;
mod service;
pub mod status;
pub mod store;
pub mod traffic;
mod transport;

pub use answers::Answers;
pub use chain::{ChainStateError, ChainView};
pub use chunks::{Chunks, MAX_WAITING_CHUNKS};
pub use config::{Config, ConfigError};
pub use error::{ControlError, DutyError, PublishError, RequestError, StartError, Stopped};
pub use event::{Event, Events, GossipMessage};
pub use handle::{NodeHandle, NodeInfo};
pub use node::{Builder, Node};
pub use peer_ref::{PeerRef, PeerRefError};
pub use relay::{Held, RelayLevel, Verdict};
pub use status::{StatusContext, StatusSource};
pub use store::{ChainStore, MemoryStore, Offered, Stored, StoredBlock};

pub use cl_gossip::{AttestationDuty, OnSubnet, Outgoing, Publishable, Published, Standing, SyncDuty};
pub use cl_peers::{Explanation, Range};
pub use cl_rpc::{Ask, Lie, ask};

/// The code in the README must compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
