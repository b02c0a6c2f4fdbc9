//! libFuzzer on the target `requests`.
#![no_main]

cl_fuzz_coverage::target!("requests");
