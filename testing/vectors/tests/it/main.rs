//! Every container against the executable specification.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod full;
mod handshake;
mod json;
mod strict;
mod subset;
