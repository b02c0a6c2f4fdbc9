//! All gossip cases of the executable specification, through the public interface.
//!
//! `cargo test -p cl-validation --test it every_verdict -- --nocapture` prints the report by fork and handler.

use std::collections::BTreeSet;
use std::path::Path;

use cl_types::{ChainConfig, ForkName, Mainnet, Minimal};

use crate::case;
use crate::report::{Fate, Report};
use crate::vectors::{folder, folders, name};

/// Handlers that are no gossip: `cl-types` runs them.
const ELSEWHERE: [&str; 2] = ["compute_columns_for_custody_group", "get_custody_groups"];

/// Cases on disk, found by their `meta.yaml` wherever it is, so that none is forgotten.
fn count(path: &Path) -> usize {
    let own = usize::from(path.join("meta.yaml").exists());
    let below = folders(path).into_iter().filter(|folder| !ELSEWHERE.contains(&name(folder)));
    own + below.map(|folder| count(&folder)).sum::<usize>()
}

fn run(root: &Path, preset: &str, report: &mut Report, reasons: &mut BTreeSet<String>) {
    let config = std::fs::read_to_string(root.join("configs").join(format!("{preset}.yaml"))).unwrap();
    let config = ChainConfig::from_yaml(&config).unwrap();
    for fork_folder in folders(&root.join(preset)) {
        let fork = ForkName::ALL.into_iter().find(|fork| fork.as_str() == name(&fork_folder)).unwrap();
        for handler in folders(&fork_folder.join("networking")) {
            if ELSEWHERE.contains(&name(&handler)) {
                continue;
            }
            for case in folders(&handler.join("pyspec_tests")) {
                let fate = match preset {
                    "minimal" => case::run::<Minimal>(&case, fork, &config, reasons),
                    "mainnet" => case::run::<Mainnet>(&case, fork, &config, reasons),
                    other => Fate::NotRun(format!("no preset {other}")),
                };
                report.add((preset, fork, name(&handler), name(&case)), case::imports(&case), fate);
            }
        }
    }
}

#[test]
fn every_verdict_is_that_of_the_specification() {
    let Some(root) = folder("A_networking") else {
        return;
    };
    let mut report = Report::default();
    let mut reasons = BTreeSet::new();
    ["minimal", "mainnet"].into_iter().for_each(|preset| run(&root, preset, &mut report, &mut reasons));
    println!("{report}");
    report.long.sort();
    println!("cases that import several blocks:");
    report.long.iter().for_each(|(imports, name)| println!("{imports:>4} blocks: {name}"));
    println!("not run:\n{}", report.not_run.join("\n"));
    let [short, long] = report.totals();
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert_eq!(report.len(), count(&root));
    assert!(short.passed > 800, "where are they?\n{report}");
    // Every case of up to one block is run. Of the others, bids on a chain that finalizes a builder by itself are left out:
    // that takes transitions of the state.
    assert_eq!((short.failed, short.not_run), (0, 0));
    assert_eq!((long.failed, long.not_run), (0, 4), "{}", report.not_run.join("\n"));
    // Ours beside the specification's: which rule of ours fires where one of theirs does.
    let reasons: Vec<String> = reasons.into_iter().collect();
    let expected: Vec<&str> = include_str!("reasons.txt").lines().collect();
    assert_eq!(reasons, expected, "reasons.txt should be:\n{}", reasons.join("\n"));
}
