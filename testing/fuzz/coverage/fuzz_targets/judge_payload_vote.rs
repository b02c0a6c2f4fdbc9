//! libFuzzer on the target `judge-payload-vote`.
#![no_main]

cl_fuzz_coverage::target!("judge-payload-vote");
