//! Every container is in one family, and every seed leads to its container.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cl_fuzz::{FAMILIES, TARGETS, place, seeds};
use cl_types::ForkName;
use cl_vectors::table;

#[test]
fn every_container_is_in_one_family() {
    for fork in ForkName::ALL {
        for name in table::names(fork) {
            let families = FAMILIES.iter().filter(|family| place(family.name, fork, name).is_some()).count();
            assert_eq!(families, 1, "{name} of {fork}");
        }
    }
}

#[test]
fn every_target_has_seeds_and_takes_them() {
    for target in FAMILIES.into_iter().chain(TARGETS) {
        let seeds = seeds(target.name);
        assert!(seeds.len() >= 8, "only {} seeds of {}", seeds.len(), target.name);
        for seed in seeds {
            assert!((target.run)(&seed), "{}: {}", target.name, hex::encode(seed));
        }
    }
}
