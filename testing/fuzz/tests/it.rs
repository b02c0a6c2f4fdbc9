//! Every target for a moment. One test, since memory is that of the process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cl_fuzz::{Mutator, TARGETS, run};

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
}
