//! libFuzzer on the target `judge-voluntary-exit`.
#![no_main]

cl_fuzz_coverage::target!("judge-voluntary-exit");
