//! libFuzzer on the target `judge-aggregate`.
#![no_main]

cl_fuzz_coverage::target!("judge-aggregate");
