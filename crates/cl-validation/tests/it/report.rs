//! What became of each case.

use std::collections::BTreeMap;
use std::fmt;

use cl_types::ForkName;

/// Counts of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) not_run: usize,
}

/// What became of each case, by preset, handler and fork. Cases that import several blocks are counted apart.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: BTreeMap<(String, String, usize), [Counts; 2]>,
    pub(crate) failures: Vec<String>,
    pub(crate) not_run: Vec<String>,
    /// Cases that import several blocks: number of blocks and name.
    pub(crate) long: Vec<(usize, String)>,
}

/// What became of a case.
#[derive(Debug)]
pub(crate) enum Fate {
    Passed,
    Failed(String),
    NotRun(String),
}

impl Report {
    /// `imports`: blocks of the case, without its anchor.
    pub(crate) fn add(
        &mut self,
        (preset, fork, handler, case): (&str, ForkName, &str, &str),
        imports: usize,
        fate: Fate,
    ) {
        let [short, long] = self.rows.entry((preset.to_owned(), handler.to_owned(), fork.index())).or_default();
        let row = if imports > 1 { long } else { short };
        let name = format!("{preset} {fork} {case}");
        if imports > 1 {
            self.long.push((imports, name.clone()));
        }
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

    /// Cases that import at most one block, and the others.
    pub(crate) fn totals(&self) -> [Counts; 2] {
        [0, 1].map(|part| {
            self.rows.values().fold(Counts::default(), |sum, row| Counts {
                passed: sum.passed + row[part].passed,
                failed: sum.failed + row[part].failed,
                not_run: sum.not_run + row[part].not_run,
            })
        })
    }

    /// Cases in all.
    pub(crate) fn len(&self) -> usize {
        self.totals().iter().map(|counts| counts.passed + counts.failed + counts.not_run).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, name: &str, [short, long]: &[Counts; 2]| {
            write!(f, "{name:<62} {:>6} {:>6} {:>7}", short.passed, short.failed, short.not_run)?;
            writeln!(f, " | {:>6} {:>6} {:>7}", long.passed, long.failed, long.not_run)
        };
        writeln!(f, "{:<62} {:^21} | {:^21}", "", "up to one block", "several blocks")?;
        let words = "passed failed not run";
        writeln!(f, "{:<62} {words} | {words}", "preset handler fork")?;
        for ((preset, handler, fork), row) in &self.rows {
            line(f, &format!("{preset} {handler} {}", ForkName::ALL[*fork]), row)?;
        }
        line(f, "all", &self.totals())
    }
}
