//! libFuzzer on the target `judge-blob-sidecar`.
#![no_main]

cl_fuzz_coverage::target!("judge-blob-sidecar");
