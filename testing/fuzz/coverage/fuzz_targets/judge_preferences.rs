//! libFuzzer on the target `judge-preferences`.
#![no_main]

cl_fuzz_coverage::target!("judge-preferences");
