//! libFuzzer on the target `judge-inclusion-list`.
#![no_main]

cl_fuzz_coverage::target!("judge-inclusion-list");
