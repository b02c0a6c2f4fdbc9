//! Lengths that are only claimed. One test, since memory is that of the process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cl_fuzz::{FAMILIES, run, seeds};

/// Of a header, and of an offset.
const HEADER: usize = 3;
const WIDTH: usize = 4;

/// Where there may be offsets: numbers that are not larger than what they lead into.
fn offsets(input: &[u8]) -> Vec<usize> {
    let within = |bytes: &[u8]| {
        let number = u32::from_le_bytes(bytes.try_into().unwrap());
        number > 0 && usize::try_from(number).unwrap() <= input.len()
    };
    (HEADER..input.len()).filter(|at| input.get(*at..at + WIDTH).is_some_and(within)).collect()
}

/// Offsets are replaced by others, most of them too large: the input is refused or means something else, but never makes
/// room for what is not there.
#[test]
fn lengths_that_are_only_claimed_cost_nothing() {
    let mut inputs = 0;
    for target in FAMILIES.into_iter().filter(|target| target.name != "json") {
        for seed in seeds(target.name) {
            for at in offsets(&seed) {
                let len = u32::try_from(seed.len() - HEADER).unwrap();
                for claim in [u32::MAX, 1 << 30, len, len & !3, 0] {
                    let mut input = seed.clone();
                    input.splice(at..at + WIDTH, claim.to_le_bytes());
                    if let Err(finding) = run(&target, &input) {
                        panic!("{}: {finding}\n{}", target.name, hex::encode(&input));
                    }
                    inputs += 1;
                }
            }
        }
    }
    println!("{inputs} inputs");
    assert!(inputs > 5000, "only {inputs} inputs");
}
