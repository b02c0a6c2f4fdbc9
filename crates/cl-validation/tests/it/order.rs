//! The order in which independent messages come.

use std::collections::HashSet;

use cl_types::containers::{FirstSeen, decodes};
use cl_types::{ForkName, PresetId};
use cl_validation::{Config, Judge, Message, Verdict};
use proptest::prelude::*;

use crate::case::{self, Case};

/// What makes a message the first of its kind.
fn key(message: &Message<'_>) -> Option<FirstSeen> {
    let Message::Gossip { kind, fork, ssz } = message else {
        return None;
    };
    decodes(*kind, *fork, PresetId::Minimal, ssz).ok()?.dedup
}

/// First messages of cases, no two of which are about the same thing, each with the verdict that it gets alone.
fn independent(cases: &[(String, Case)]) -> Vec<(&Case, Verdict)> {
    let mut keys = HashSet::new();
    let mut found = Vec::new();
    // Of messages about the same thing, rather the one that is accepted.
    let (valid, other): (Vec<_>, Vec<_>) = cases.iter().partition(|(name, _)| name.contains("__valid"));
    for (name, case) in valid.into_iter().chain(other) {
        // Two aggregates of one vote are not independent.
        if name.contains("aggregate") || name.contains("contribution") || case.messages.is_empty() {
            continue;
        }
        let sent = &case.messages[0];
        let Some(key) = key(&sent.message()) else { continue };
        let verdict = Judge::new(case.judge.config().clone()).judge(&sent.message(), sent.now_ms, &case.view);
        if keys.insert(key) {
            found.push((case, verdict));
        }
    }
    found
}

#[test]
fn independent_messages_may_come_in_any_order() {
    for fork in [ForkName::Deneb, ForkName::Fulu, ForkName::Gloas] {
        let Some(cases) = case::all_of(fork) else {
            return;
        };
        // One judge for all: cases that bring a configuration of their own are left out.
        let config: Config = cases[0].1.judge.config().clone();
        let same = |config: &Config, other: &Config| config.chain == other.chain && config.genesis == other.genesis;
        let cases: Vec<_> = cases.into_iter().filter(|(_, case)| same(&config, case.judge.config())).collect();
        let messages = independent(&cases);
        let accepted = messages.iter().filter(|(_, verdict)| *verdict == Verdict::Accept).count();
        assert!(messages.len() >= 15 && accepted >= 6, "{fork}: {accepted} of {} accepted", messages.len());
        let order = Just((0..messages.len()).collect::<Vec<_>>()).prop_shuffle();
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(12));
        runner
            .run(&order, |order| {
                let mut judge = Judge::new(config.clone());
                for place in order {
                    let (case, alone) = &messages[place];
                    let sent = &case.messages[0];
                    let verdict = judge.judge(&sent.message(), sent.now_ms, &case.view);
                    prop_assert_eq!(verdict, *alone, "{}", &sent.name);
                }
                Ok(())
            })
            .unwrap();
    }
}
