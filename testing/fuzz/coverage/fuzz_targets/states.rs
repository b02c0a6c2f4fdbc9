//! libFuzzer on the target `states`.
#![no_main]

cl_fuzz_coverage::target!("states");
