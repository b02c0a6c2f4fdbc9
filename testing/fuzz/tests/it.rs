//! Every target for a moment. One test, since memory is that of the process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cl_fuzz::{Mutator, RPC_TARGETS, TARGETS, WireMutator, corpus, run};

#[test]
fn tampered_bytes_are_harmless() {
    for target in TARGETS {
        let mut mutator = Mutator::new(1);
        for _ in 0..4000 {
            let input = mutator.input();
            if let Err(finding) = run(&target, &input) {
                panic!("{}: {finding}\n{}", target.name, hex::encode(&input));
            }
        }
    }
    for target in &RPC_TARGETS {
        let mut mutator = WireMutator::new(target, 1);
        for input in corpus(target.name).chain(std::iter::repeat_with(|| mutator.input()).take(4000)) {
            if let Err(finding) = run(target, &input) {
                panic!("{}: {finding}\n{}", target.name, hex::encode(&input));
            }
        }
    }
}
