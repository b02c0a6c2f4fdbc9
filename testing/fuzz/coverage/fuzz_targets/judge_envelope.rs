//! libFuzzer on the target `judge-envelope`.
#![no_main]

cl_fuzz_coverage::target!("judge-envelope");
