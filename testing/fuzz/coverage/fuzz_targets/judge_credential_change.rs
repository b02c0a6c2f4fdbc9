//! libFuzzer on the target `judge-credential-change`.
#![no_main]

cl_fuzz_coverage::target!("judge-credential-change");
