//! libFuzzer on the target `votes`.
#![no_main]

cl_fuzz_coverage::target!("votes");
