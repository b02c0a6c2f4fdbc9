//! The judge against the executable specification, and under messages that nobody should send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod batches;
mod bounds;
mod case;
mod gossip_vectors;
mod kzg_vectors;
mod levels;
mod light_client;
mod more_rules;
mod mutations;
mod order;
mod report;
mod rules;
mod steps;
mod vectors;
mod view;
mod yaml;
