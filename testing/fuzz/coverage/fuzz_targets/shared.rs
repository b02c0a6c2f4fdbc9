//! libFuzzer on the target `shared`.
#![no_main]

cl_fuzz_coverage::target!("shared");
