//! All gossip cases of the executable specification, through the public interface.

use std::path::Path;

use cl_types::{ChainConfig, ForkName, Mainnet, Minimal};

use crate::case;
use crate::report::{Fate, Report};
use crate::vectors::{folder, folders, name};

/// Handlers that are no gossip: `cl-types` runs them.
const ELSEWHERE: [&str; 2] = ["compute_columns_for_custody_group", "get_custody_groups"];

fn run(root: &Path, preset: &str, report: &mut Report) -> usize {
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
                    "minimal" => case::run::<Minimal>(&case, fork, &config),
                    "mainnet" => case::run::<Mainnet>(&case, fork, &config),
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
    let on_disk = ["minimal", "mainnet"].map(|preset| run(&root, preset, &mut report)).iter().sum::<usize>();
    println!("{report}");
    println!("not run:\n{}", report.not_run.join("\n"));
    let (passed, failed, not_run) = report.totals();
    assert!(report.failures.is_empty(), "{} failed:\n{}", failed, report.failures.join("\n"));
    assert_eq!(passed + failed + not_run, on_disk);
    // Only cases of many blocks are left out, and none before Gloas.
    assert!(report.not_run.iter().all(|case| case.contains(" gloas ") || case.contains(" heze ")));
    assert!(passed > 0);
}
