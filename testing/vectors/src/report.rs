//! How many cases held, by fork and container.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cl_types::ForkName;

use crate::case::{Case, Failure};
use crate::table;

/// What came of cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    held: BTreeMap<(String, ForkName), usize>,
    failed: Vec<String>,
}

impl Report {
    /// Checks a case and counts it.
    pub fn check(&mut self, case: &Case) {
        let outcome = match table::check_of(case.preset, case.fork, &case.type_name) {
            Some(check) => check(case),
            None => Err(Failure::UnknownType),
        };
        match outcome {
            Ok(()) => *self.held.entry((case.type_name.clone(), case.fork)).or_default() += 1,
            Err(failure) => {
                self.failed.push(format!("{} {} {} {}: {failure}", case.preset, case.fork, case.type_name, case.name))
            }
        }
    }

    /// How many cases held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.values().sum()
    }

    /// What did not hold, a line for each case.
    #[must_use]
    pub fn failed(&self) -> &[String] {
        &self.failed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: BTreeSet<_> = self.held.keys().map(|(name, _)| name).collect();
        write!(f, "{:34}", "cases that held")?;
        for fork in ForkName::ALL {
            write!(f, "{:>10}", fork.as_str())?;
        }
        writeln!(f, "{:>8}", "total")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, of: &dyn Fn(ForkName) -> usize| {
            write!(f, "{name:34}")?;
            for fork in ForkName::ALL {
                match of(fork) {
                    0 => write!(f, "{:>10}", "-")?,
                    n => write!(f, "{n:>10}")?,
                }
            }
            writeln!(f, "{:>8}", ForkName::ALL.map(of).iter().sum::<usize>())
        };
        for name in types {
            row(f, name, &|fork| self.held.get(&(name.clone(), fork)).copied().unwrap_or_default())?;
        }
        row(f, "total", &|fork| self.held.iter().filter(|((_, of), _)| *of == fork).map(|(_, n)| n).sum())
    }
}
