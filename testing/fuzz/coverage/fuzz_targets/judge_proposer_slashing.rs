//! libFuzzer on the target `judge-proposer-slashing`.
#![no_main]

cl_fuzz_coverage::target!("judge-proposer-slashing");
