//! Messages that were tampered with.

use bytes::Bytes;
use cl_types::ForkName;
use cl_validation::{Judge, Reject, Verdict};
use proptest::prelude::*;

use crate::case::{self, Case};

const FORKS: [ForkName; 4] = [ForkName::Phase0, ForkName::Electra, ForkName::Fulu, ForkName::Heze];

/// The verdict on one message, by a judge that has seen nothing else but what stands before it in its case.
fn verdict_on(case: &Case, number: usize, bytes: &Bytes) -> Verdict {
    let mut judge = Judge::new(case.judge.config().clone());
    for before in &case.messages[..number] {
        judge.judge(&before.message(), before.now_ms, &case.view);
    }
    let sent = &case.messages[number];
    let tampered = sent.with(bytes.clone());
    judge.judge(&tampered.message(), sent.now_ms, &case.view)
}

/// The last message of a case, if it is accepted there.
fn last_accepted(case: &Case) -> Option<usize> {
    let number = case.messages.len().checked_sub(1)?;
    (verdict_on(case, number, &case.messages[number].bytes) == Verdict::Accept).then_some(number)
}

#[test]
fn no_bit_of_an_accepted_message_can_be_flipped() {
    const FLIPS: usize = 12;
    let mut flipped = 0;
    for fork in FORKS {
        let Some(cases) = case::all_of(fork) else {
            return;
        };
        for (name, case) in cases.iter().filter(|(name, _)| name.contains("valid")) {
            let Some(number) = last_accepted(case) else {
                continue;
            };
            let bytes = &case.messages[number].bytes;
            for flip in 0..FLIPS {
                // Spread over the message, the first and the last bits included.
                let bit = (bytes.len() * 8 - 1) * flip / (FLIPS - 1);
                let mut tampered = bytes.to_vec();
                tampered[bit / 8] ^= 1 << (bit % 8);
                let verdict = verdict_on(case, number, &tampered.into());
                assert_ne!(verdict, Verdict::Accept, "{fork} {name}: bit {bit} of {}", bytes.len() * 8);
                flipped += 1;
            }
        }
    }
    assert!(flipped > 500, "only {flipped} messages were tampered with");
}

#[test]
fn cut_and_lengthened_messages_are_malformed() {
    for fork in FORKS {
        let Some(cases) = case::all_of(fork) else {
            return;
        };
        for (name, case) in cases.iter().filter(|(name, _)| name.ends_with("__valid")) {
            let Some(number) = last_accepted(case) else {
                continue;
            };
            let bytes = &case.messages[number].bytes;
            for len in [0, 1, 4, 99, bytes.len() / 2] {
                let verdict = verdict_on(case, number, &bytes.slice(..len));
                assert_eq!(verdict, Verdict::Reject(Reject::Malformed), "{fork} {name}: {len} bytes");
            }
        }
    }
}

/// How many inputs are tried: `HOSTILE_INPUTS`, or some thousand.
fn inputs() -> u32 {
    std::env::var("HOSTILE_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(3000)
}

#[test]
fn hostile_bytes_never_panic() {
    // One case for each kind of message in each of these forks.
    let mut kinds = std::collections::BTreeMap::new();
    for fork in [ForkName::Phase0, ForkName::Deneb, ForkName::Fulu, ForkName::Heze] {
        let Some(cases) = case::all_of(fork) else {
            return;
        };
        for (_, case) in cases {
            let Some(sent) = case.messages.last() else { continue };
            let prefix = sent.name.split_once("_0x").unwrap().0.to_owned();
            kinds.entry((fork.index(), prefix)).or_insert(case);
        }
    }
    let cases: Vec<Case> = kinds.into_values().collect();
    assert!(cases.len() > 40, "{}", cases.len());
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    let strategy = (0..cases.len(), edits, any::<prop::sample::Index>(), any::<bool>());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(inputs()));
    runner
        .run(&strategy, |(case, edits, cut, cuts)| {
            let case = &cases[case];
            let sent = case.messages.last().unwrap();
            let mut bytes = sent.bytes.to_vec();
            for (place, byte) in edits {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            let mut judge = Judge::new(case.judge.config().clone());
            let _ = judge.judge(&sent.with(bytes.into()).message(), sent.now_ms, &case.view);
            Ok(())
        })
        .unwrap();
}
