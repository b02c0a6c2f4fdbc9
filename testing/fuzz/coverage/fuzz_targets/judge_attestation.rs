//! libFuzzer on the target `judge-attestation`.
#![no_main]

cl_fuzz_coverage::target!("judge-attestation");
