//! What became of each case.

use std::collections::BTreeMap;
use std::fmt;

/// Cases of one fork and handler.
#[derive(Clone, Debug, Default)]
struct Row {
    passed: usize,
    failed: usize,
    not_run: usize,
}

/// What became of each case, by preset, handler and fork.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: BTreeMap<(String, String, usize), Row>,
    pub(crate) failures: Vec<String>,
    pub(crate) not_run: Vec<String>,
}

/// What became of a case.
#[derive(Debug)]
pub(crate) enum Fate {
    Passed,
    Failed(String),
    NotRun(String),
}

impl Report {
    pub(crate) fn add(&mut self, preset: &str, fork: cl_types::ForkName, handler: &str, case: &str, fate: Fate) {
        let row = self.rows.entry((preset.to_owned(), handler.to_owned(), fork.index())).or_default();
        let name = format!("{preset} {fork} {case}");
        match fate {
            Fate::Passed => row.passed += 1,
            Fate::Failed(why) => {
                row.failed += 1;
                self.failures.push(format!("{name}: {why}"));
            }
            Fate::NotRun(why) => {
                row.not_run += 1;
                self.not_run.push(format!("{name}: {why}"));
            }
        }
    }

    /// Passed, failed and not run.
    pub(crate) fn totals(&self) -> (usize, usize, usize) {
        let sum = |of: fn(&Row) -> usize| self.rows.values().map(of).sum();
        (sum(|row| row.passed), sum(|row| row.failed), sum(|row| row.not_run))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<60} passed failed not run", "preset handler fork")?;
        for ((preset, handler, fork), row) in &self.rows {
            let fork = cl_types::ForkName::ALL[*fork];
            let name = format!("{preset} {handler} {fork}");
            writeln!(f, "{name:<60} {:>6} {:>6} {:>7}", row.passed, row.failed, row.not_run)?;
        }
        let (passed, failed, not_run) = self.totals();
        writeln!(f, "{:<60} {passed:>6} {failed:>6} {not_run:>7}", "all")
    }
}
