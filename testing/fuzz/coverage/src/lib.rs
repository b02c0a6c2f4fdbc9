//! libFuzzer on the targets of `cl-fuzz`, and on those of `cl-toychain`, which judge gossip.
//!
//! What is wrong with an input is a panic here: bytes accepted in a second form, more memory held than they justify, or
//! what a judge must never do.

use cl_toychain::JudgeTarget;

/// The `main` of a target's binary.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::check($name, input));
    };
}

/// Runs a target on an input, and panics if it finds something.
pub fn check(name: &str, input: &[u8]) {
    let Some(target) = JudgeTarget::named(name) else {
        return decode(name, input);
    };
    if let Err(misjudged) = target.run(input) {
        panic!("{name}: {misjudged}");
    }
}

#[cfg(feature = "decoding")]
fn decode(name: &str, input: &[u8]) {
    use cl_fuzz::{FAMILIES, TARGETS};
    let found = FAMILIES.into_iter().chain(TARGETS).find(|target| target.name == name);
    let target = found.unwrap_or_else(|| panic!("no target is called {name}"));
    if let Err(finding) = cl_fuzz::run(&target, input) {
        panic!("{name}: {finding}");
    }
}

#[cfg(not(feature = "decoding"))]
fn decode(name: &str, _: &[u8]) {
    panic!("{name} needs the feature `decoding`");
}
