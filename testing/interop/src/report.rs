//! Checked facts, one a line.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often [`eventually`] asks again.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Prints each fact as it is checked and counts.
#[derive(Debug, Default)]
pub struct Report {
    scenario: String,
    passed: usize,
    skipped: usize,
    failed: Vec<String>,
}

impl Report {
    /// Begins a scenario: its name stands before each of its facts.
    pub fn begin(&mut self, scenario: &str) {
        scenario.clone_into(&mut self.scenario);
    }

    /// One fact; `seen` is printed with it, so that a failure can be understood from the output alone.
    pub fn fact(&mut self, fact: &str, holds: bool, seen: impl fmt::Display) -> bool {
        let line = format!("{}: {fact} ({seen})", self.scenario);
        if holds {
            println!("ok   {line}");
            self.passed += 1;
        } else {
            println!("FAIL {line}");
            self.failed.push(line);
        }
        holds
    }

    /// One fact that two things are equal.
    pub fn equal<T: PartialEq + fmt::Debug>(&mut self, fact: &str, ours: &T, theirs: &T) -> bool {
        if ours == theirs {
            self.fact(fact, true, format_args!("{ours:?}"))
        } else {
            self.fact(fact, false, format_args!("ours {ours:?}, theirs {theirs:?}"))
        }
    }

    /// Says that the scenario cannot be played here. A failure where `CI` is set: there it must be possible.
    pub fn skip(&mut self, reason: impl fmt::Display) {
        if std::env::var_os("CI").is_some() {
            self.fact("can be played here", false, reason);
        } else {
            println!("SKIPPED: {}: {reason}", self.scenario);
            self.skipped += 1;
        }
    }

    /// Prints the failures again and the counts. Whether all went well.
    #[must_use]
    pub fn end(&self) -> bool {
        for line in &self.failed {
            println!("FAIL {line}");
        }
        println!("{} passed, {} failed", self.passed, self.failed.len());
        self.failed.is_empty() && self.passed + self.skipped > 0
    }
}

/// Asks until there is an answer, `deadline` at most. Errors count as "not yet".
///
/// Cancel safe.
pub async fn eventually<T, E>(deadline: Duration, mut ask: impl AsyncFnMut() -> Result<Option<T>, E>) -> Option<T> {
    let end = Instant::now() + deadline;
    loop {
        if let Ok(Some(answer)) = ask().await {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(ASK_AGAIN).await;
    }
}
