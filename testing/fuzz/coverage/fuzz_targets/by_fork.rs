//! libFuzzer on the target `by-fork`.
#![no_main]

cl_fuzz_coverage::target!("by-fork");
