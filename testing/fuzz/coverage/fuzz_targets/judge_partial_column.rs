//! libFuzzer on the target `judge-partial-column`.
#![no_main]

cl_fuzz_coverage::target!("judge-partial-column");
