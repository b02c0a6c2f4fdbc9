//! Real discv5 nodes on loopback.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod finding;
mod net;
mod updates;
