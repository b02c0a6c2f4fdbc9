//! libFuzzer on the target `judge-column`.
#![no_main]

cl_fuzz_coverage::target!("judge-column");
