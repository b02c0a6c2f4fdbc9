//! libFuzzer on the targets of `cl-fuzz`.
//!
//! What is wrong with an input is a panic here: bytes accepted in a second form, or more memory held than they justify.

use cl_fuzz::{FAMILIES, TARGETS, Target};

/// The `main` of a target's binary.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::check($name, input));
    };
}

/// Runs a target on an input, and panics if it finds something.
pub fn check(name: &str, input: &[u8]) {
    let target = target(name);
    if let Err(finding) = cl_fuzz::run(&target, input) {
        panic!("{name}: {finding}");
    }
}

fn target(name: &str) -> Target {
    let found = FAMILIES.into_iter().chain(TARGETS).find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("no target is called {name}"))
}
