//! libFuzzer on the target `judge-contribution`.
#![no_main]

cl_fuzz_coverage::target!("judge-contribution");
