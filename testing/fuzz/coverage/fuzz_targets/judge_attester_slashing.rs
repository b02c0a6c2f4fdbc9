//! libFuzzer on the target `judge-attester-slashing`.
#![no_main]

cl_fuzz_coverage::target!("judge-attester-slashing");
