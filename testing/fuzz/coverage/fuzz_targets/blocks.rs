//! libFuzzer on the target `blocks`.
#![no_main]

cl_fuzz_coverage::target!("blocks");
