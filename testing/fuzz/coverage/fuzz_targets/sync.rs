//! libFuzzer on the target `sync`.
#![no_main]

cl_fuzz_coverage::target!("sync");
