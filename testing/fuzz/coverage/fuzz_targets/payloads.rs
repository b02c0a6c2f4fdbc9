//! libFuzzer on the target `payloads`.
#![no_main]

cl_fuzz_coverage::target!("payloads");
