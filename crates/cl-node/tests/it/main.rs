//! Whole nodes on loopback, and the command with broken input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_input;
mod boundary;
mod company;
mod devnet;
mod discovery;
mod duties;
mod gossip;
mod hostile;
mod liar;
mod metrics;
mod objects;
mod plan;
mod raw;
mod refusal;
mod requests;
mod restart;
mod serving;
mod signed;
mod support;
mod validation;
