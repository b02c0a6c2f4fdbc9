//! libFuzzer on the target `judge-optimistic-update`.
#![no_main]

cl_fuzz_coverage::target!("judge-optimistic-update");
