//! The cases that are kept with the project: every container of every fork, also in a clone alone.

use std::collections::HashSet;

use cl_types::{ForkName, PresetId};
use cl_vectors::{Report, subset, table};

#[test]
fn every_container_is_tested_without_other_files() {
    let mut report = Report::default();
    let mut seen = HashSet::new();
    let (mut cases, mut mainnet) = (0, 0);
    for case in subset::cases() {
        let case = case.expect("every line is a case");
        report.check(&case);
        mainnet += usize::from(case.preset == PresetId::Mainnet);
        seen.insert((case.preset, case.fork, case.type_name));
        cases += 1;
    }
    println!("{report}");
    assert!(report.failed().is_empty(), "{}", report.failed().join("\n"));
    assert_eq!(report.held(), cases);
    let has = |preset, fork, name: &str| seen.contains(&(preset, fork, name.to_owned()));
    for fork in ForkName::ALL {
        for name in table::names(fork) {
            assert!(has(PresetId::Minimal, fork, name), "no case of {name} in {fork}");
        }
        assert!(has(PresetId::Mainnet, fork, "BeaconState"), "no state of mainnet in {fork}");
    }
    assert!(mainnet > 100, "only {mainnet} cases of the mainnet preset");
}
