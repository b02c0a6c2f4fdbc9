//! libFuzzer on the target `gossip`.
#![no_main]

cl_fuzz_coverage::target!("gossip");
