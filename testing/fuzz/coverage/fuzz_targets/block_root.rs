//! libFuzzer on the target `block-root`.
#![no_main]

cl_fuzz_coverage::target!("block-root");
