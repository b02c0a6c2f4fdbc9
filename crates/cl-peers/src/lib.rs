//! The peer manager: whom to dial, whom to keep, whom to leave, and why.
//!
//! Pure: no sockets, no tasks, no clock. A driver calls the methods of [`Manager`] with what happened and `now`, and carries
//! out the [`Action`]s that it then drains with [`Manager::poll_action`]. Only this crate holds numbers of blame; everyone
//! else says [`cl_types::Fault`].
//!
//! | module | holds |
//! | --- | --- |
//! | `manager` | [`Manager`]: inputs by kind (connections, handshake, facts, blame, control), the tick, saving |
//! | `action` | [`Action`], [`GoneReason`] and their words |
//! | [`lifecycle`] | the states of a peer, its legal steps, its history |
//! | `session` | a connected peer: handshake, Ping, refreshes of Status and MetaData |
//! | [`mod@relevance`] | whether a Status describes our chain |
//! | `claims` | what record and MetaData promise, and what is wrong with them |
//! | [`score`], [`bans`] | penalties, decay, thresholds; bans of address ranges |
//! | [`coverage`], [`subnets`] | what is wanted, what there is, what is missing |
//! | `dialer`, `retry` | whom to dial and how fast; when again |
//! | `prune`, `diversity` | whom to drop; how much alike the peers are |
//! | [`ranges`], [`client`] | address ranges; client and version from the agent string |
//! | `peerdb`, `peer`, `info`, `traffic` | the bounded table; one peer, its public face [`PeerInfo`], its numbers |
//! | `prospects` | who may be dialled, side by side, so that a tick costs little however many are known |
//! | [`saved`], [`words`] | the table as bytes; Status and MetaData as JSON |
//! | [`mod@explain`] | all of it about one peer, as text and as JSON |
//!
//! # The life of a peer
//!
//! discovered or static → [`Action::Dial`] → connected → the dialer sends Status first, a listener waits for it and asks after
//! [`Config::listener_patience`] → the Status is judged → MetaData → [`Action::Ready`] → Pings, a new Status every
//! [`Config::status_interval`] and after each fork, new MetaData when its counter rises → [`Action::Gone`]. [`State::next`] is the
//! list of legal steps; [`Manager::explain`] tells those that a peer took.
//!
//! # Peers and connections
//!
//! One connection per peer. When both sides dial at once, both keep the one dialled by the smaller peer id. A session lasts from
//! the first connection to the close of the last; it ends with exactly one [`Action::Gone`].
//!
//! # Good company
//!
//! [`Manager::want`] says which subnets and columns should have how many peers; [`Action::Gaps`] says where they are fewer.
//! Dials go to static peers, to anchors of the last run, to who fills most gaps, to who is least like those that are here. A
//! share of the peers is dialled by us, and no network holds more than [`Config::max_per_network`]. Above the target those are
//! dropped whom nobody misses, see [`DropWhy`]; the last peer of a wanted subnet never is.
//!
//! What is never held against a peer: time-outs, broken connections, missing optional protocols. What is never banned by
//! itself: a range that is private. Who never leaves for score or room: trusted peers.

mod action;
pub mod bans;
mod claims;
pub mod client;
mod config;
pub mod coverage;
mod dialer;
mod diversity;
pub mod explain;
mod info;
mod lane;
pub mod lifecycle;
mod manager;
mod peer;
mod peerdb;
mod prospects;
mod prune;
pub mod ranges;
pub mod relevance;
mod retry;
pub mod saved;
pub mod score;
mod session;
pub mod subnets;
#[cfg(test)]
mod testing;
mod time;
mod traffic;
pub mod words;

pub use action::{Action, ConnectionKey, Direction, GoneReason};
pub use client::Client;
pub use config::Config;
pub use coverage::{Gap, Targets, Want, Wanted};
pub use dialer::DialWhy;
pub use explain::Explanation;
pub use info::{Counts, PeerInfo, Totals};
pub use lifecycle::{BanWhy, State};
pub use manager::Manager;
pub use prune::DropWhy;
pub use ranges::Range;
pub use relevance::{Relevance, Why, relevance};
pub use saved::{LoadError, Loaded};
pub use subnets::{Subnet, Subnets};
pub use traffic::{Flow, Rtt, Traffic};
