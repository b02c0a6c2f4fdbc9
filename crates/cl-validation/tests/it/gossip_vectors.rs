//! All gossip cases of the executable specification, through the public interface.

use std::collections::BTreeSet;
use std::path::Path;

use cl_types::{ChainConfig, ForkName, Mainnet, Minimal};

use crate::case;
use crate::report::{Fate, Report};
use crate::vectors::{folder, folders, name};

/// Handlers that are no gossip: `cl-types` runs them.
const ELSEWHERE: [&str; 2] = ["compute_columns_for_custody_group", "get_custody_groups"];

fn run(root: &Path, preset: &str, report: &mut Report, reasons: &mut BTreeSet<String>) -> usize {
    let config = std::fs::read_to_string(root.join("configs").join(format!("{preset}.yaml"))).unwrap();
    let config = ChainConfig::from_yaml(&config).unwrap();
    let mut on_disk = 0;
    for fork_folder in folders(&root.join(preset)) {
        let fork = ForkName::ALL.into_iter().find(|fork| fork.as_str() == name(&fork_folder)).unwrap();
        for handler in folders(&fork_folder.join("networking")) {
            if ELSEWHERE.contains(&name(&handler)) {
                continue;
            }
            for case in folders(&handler.join("pyspec_tests")) {
                on_disk += 1;
                let fate = match preset {
                    "minimal" => case::run::<Minimal>(&case, fork, &config, reasons),
                    "mainnet" => case::run::<Mainnet>(&case, fork, &config, reasons),
                    other => Fate::NotRun(format!("no preset {other}")),
                };
                report.add(preset, fork, name(&handler), name(&case), fate);
            }
        }
    }
    on_disk
}

#[test]
fn every_verdict_is_that_of_the_specification() {
    let Some(root) = folder("A_networking") else {
        return;
    };
    let mut report = Report::default();
    let mut reasons = BTreeSet::new();
    let runs = ["minimal", "mainnet"].map(|preset| run(&root, preset, &mut report, &mut reasons));
    let on_disk: usize = runs.iter().sum();
    println!("{report}");
    println!("not run:\n{}", report.not_run.join("\n"));
    let (passed, failed, not_run) = report.totals();
    assert!(report.failures.is_empty(), "{} failed:\n{}", failed, report.failures.join("\n"));
    assert_eq!(passed + failed + not_run, on_disk);
    // Only bids on a chain that finalizes builders by itself are left out.
    assert_eq!(not_run, 4, "{}", report.not_run.join("\n"));
    // Ours beside the specification's: which rule of ours fires where one of theirs does.
    let reasons: Vec<String> = reasons.into_iter().collect();
    let expected: Vec<&str> = include_str!("reasons.txt").lines().collect();
    assert_eq!(reasons, expected, "reasons.txt should be:\n{}", reasons.join("\n"));
}
