//! Real discv5 nodes on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod address;
mod finding;
#[cfg(feature = "upnp")]
mod gateway;
mod isolation;
mod memory;
mod net;
mod updates;
#[cfg(feature = "upnp")]
mod upnp;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
