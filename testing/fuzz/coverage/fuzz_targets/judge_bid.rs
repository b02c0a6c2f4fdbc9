//! libFuzzer on the target `judge-bid`.
#![no_main]

cl_fuzz_coverage::target!("judge-bid");
