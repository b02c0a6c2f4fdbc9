//! libFuzzer on the target `json`.
#![no_main]

cl_fuzz_coverage::target!("json");
