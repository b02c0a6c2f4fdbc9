//! Tests of the public interface, many of them against answers of the executable specification.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blocks;
mod byte_lists;
mod columns;
mod containers;
mod fixed;
mod fork_digest;
mod fork_drill;
mod fork_tables;
mod gossip_vectors;
mod network;
mod networks;
mod next_fork;
mod plan;
mod sections;
mod shared;
mod shared_decode;
mod structure;
mod subnets;
