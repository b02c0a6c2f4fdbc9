//! The peer manager: whom to dial, whom to keep, whom to leave, and why.
//!
//! Pure: no sockets, no tasks, no clock. A driver calls the methods of [`Manager`] with what happened and `now`, and carries
//! out the [`Action`]s that it then drains with [`Manager::poll_action`]. Only this crate holds numbers of blame; everyone
//! else says [`cl_types::Fault`].
//!
//! | module | holds |
//! | --- | --- |
//! | `manager` | [`Manager`]: inputs by kind, and the tick |
//! | `action` | [`Action`], [`GoneReason`] and their words |
//! | `session` | a connected peer: handshake, Ping, refreshes of Status and MetaData |
//! | [`mod@relevance`] | whether a Status describes our chain |
//! | [`score`] | penalties, decay, thresholds |
//! | `dialer`, `retry` | whom to dial and how fast; when again |
//! | `peerdb`, `info` | the bounded table of peers; [`PeerInfo`], its public face |
//!
//! # The life of a peer
//!
//! discovered or static → [`Action::Dial`] → connected → the dialer sends Status first, a listener waits for it and asks after
//! [`Config::listener_patience`] → the Status is judged → MetaData → [`Action::Ready`] → Pings, a new Status every
//! [`Config::status_interval`] and after each fork, new MetaData when its counter rises → [`Action::Gone`].
//!
//! # Peers and connections
//!
//! One connection per peer. When both sides dial at once, both keep the one dialled by the smaller peer id. A session lasts from
//! the first connection to the close of the last; it ends with exactly one [`Action::Gone`].

mod action;
mod config;
mod dialer;
mod info;
mod lane;
mod manager;
mod peerdb;
pub mod relevance;
mod retry;
pub mod score;
mod session;
#[cfg(test)]
mod testing;
mod time;

pub use action::{Action, ConnectionKey, Direction, GoneReason};
pub use config::Config;
pub use info::{Counts, PeerInfo, State, Totals};
pub use manager::Manager;
pub use relevance::{Relevance, Why, relevance};
