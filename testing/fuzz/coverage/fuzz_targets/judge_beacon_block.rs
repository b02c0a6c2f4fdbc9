//! libFuzzer on the target `judge-beacon-block`.
#![no_main]

cl_fuzz_coverage::target!("judge-beacon-block");
