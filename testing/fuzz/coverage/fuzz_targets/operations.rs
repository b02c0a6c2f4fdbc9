//! libFuzzer on the target `operations`.
#![no_main]

cl_fuzz_coverage::target!("operations");
