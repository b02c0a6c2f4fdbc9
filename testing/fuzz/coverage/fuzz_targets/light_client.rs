//! libFuzzer on the target `light-client`.
#![no_main]

cl_fuzz_coverage::target!("light-client");
