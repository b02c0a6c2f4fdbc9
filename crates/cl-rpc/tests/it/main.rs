//! Conversations between swarms in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests may be blunt"
)]

mod conversations;
mod every;
mod failures;
mod golden;
mod hostile;
mod limits;
mod mplex;
mod node;
mod objects;
mod raw;
mod serve;
mod wire;

#[path = "../../src/test_chain.rs"]
mod test_chain;
