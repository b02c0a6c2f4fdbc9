//! libFuzzer on the target `handshake`.
#![no_main]

cl_fuzz_coverage::target!("handshake");
