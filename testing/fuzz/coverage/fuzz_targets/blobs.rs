//! libFuzzer on the target `blobs`.
#![no_main]

cl_fuzz_coverage::target!("blobs");
