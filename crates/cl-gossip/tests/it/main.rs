//! Behaviours on in-memory swarms.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed helper is a failed test; clippy spares only the test functions themselves"
)]

mod chain;
mod connections;
mod fork;
mod hello;
mod hostile;
mod meshes;
mod messages;
mod net;
mod publishing;
mod raw;
mod scores;
mod verdicts;
mod wire;
