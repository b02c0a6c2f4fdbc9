//! libFuzzer on the target `judge-finality-update`.
#![no_main]

cl_fuzz_coverage::target!("judge-finality-update");
