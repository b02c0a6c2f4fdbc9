//! libFuzzer on the target `judge-sync-message`.
#![no_main]

cl_fuzz_coverage::target!("judge-sync-message");
