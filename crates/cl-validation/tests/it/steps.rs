//! What stands between the beginning and the verdict.

use cl_types::containers::fulu;
use cl_types::{DecodeShared, ForkName};
use cl_validation::state::StateView;
use cl_validation::{Batch, Batcher, Ignore, Judge, Missing, Outcome, Reject, Step, Task, Ticket, Verdict};

use ssz::Encode;

use crate::case;

#[test]
fn work_can_go_to_another_thread() {
    const fn is_send<T: Send>() {}
    const fn is_sync<T: Sync>() {}
    is_send::<(Judge, Ticket, Task, Batch<Ticket>, Batcher<Ticket>, StateView)>();
    is_sync::<(Task, StateView)>();
}

#[test]
fn of_two_messages_under_way_only_one_is_the_first() {
    let Some(cases) = case::all_of(ForkName::Fulu) else {
        return;
    };
    let mut raced = 0;
    for (name, case) in cases.iter().filter(|(name, _)| name.ends_with("__valid")) {
        let sent = &case.messages[0];
        let mut judge = Judge::new(case.judge.config().clone());
        let mut begin = || judge.begin(&sent.message(), sent.now_ms, &case.view);
        let (Step::Verify(one, task), Step::Verify(other, _)) = (begin(), begin()) else {
            continue;
        };
        assert_eq!(task.run(), Outcome::Valid, "{name}");
        assert_eq!(judge.finish(one, Outcome::Valid, sent.now_ms), Verdict::Accept, "{name}");
        let verdict = judge.finish(other, Outcome::Valid, sent.now_ms);
        // A header of partial columns may come again.
        if !name.contains("partial") {
            assert!(matches!(verdict, Verdict::Ignore(Ignore::Seen | Ignore::Superset | Ignore::NothingNew)), "{name}");
        }
        raced += 1;
    }
    assert!(raced >= 8, "{raced}");
}

#[test]
fn what_failed_or_was_dropped_leaves_no_trace() {
    let Some(cases) = case::all_of(ForkName::Fulu) else {
        return;
    };
    for (name, case) in cases.iter().filter(|(name, _)| name.ends_with("__valid")) {
        let sent = &case.messages[0];
        let mut judge = Judge::new(case.judge.config().clone());
        let Step::Verify(ticket, _) = judge.begin(&sent.message(), sent.now_ms, &case.view) else {
            continue;
        };
        let wrong = judge.finish(ticket, Outcome::Invalid(Reject::Signature), sent.now_ms);
        assert_eq!(wrong, Verdict::Reject(Reject::Signature), "{name}");
        drop(judge.begin(&sent.message(), sent.now_ms, &case.view));
        assert_eq!(judge.judge(&sent.message(), sent.now_ms, &case.view), Verdict::Accept, "{name}");
    }
}

#[test]
fn a_message_about_an_unknown_block_says_which() {
    let Some(cases) = case::all_of(ForkName::Gloas) else {
        return;
    };
    let mut missing = 0;
    for (name, case) in cases {
        let mut judge = Judge::new(case.judge.config().clone());
        for sent in &case.messages {
            match judge.begin(&sent.message(), sent.now_ms, &case.view) {
                Step::Undecided(Missing::Block(root)) => {
                    assert!(sent.reason.contains("seen") || sent.reason.contains("known"), "{name}: {}", sent.reason);
                    assert_eq!(Missing::Block(root).verdict(), Verdict::Ignore(Ignore::BlockUnknown));
                    missing += 1;
                }
                Step::Undecided(Missing::Payload(_)) => missing += 1,
                Step::Undecided(other) => panic!("{name}: {other:?}"),
                Step::Verify(ticket, task) => drop(judge.finish(ticket, task.run(), sent.now_ms)),
                Step::Done(_) => {}
            }
        }
    }
    assert!(missing >= 8, "{missing}");
}

#[test]
fn a_proposers_signature_is_checked_once_for_all_sidecars() {
    let Some(case) = case::one(ForkName::Fulu, "gossip_data_column_sidecar__valid") else {
        return;
    };
    let sent = case.messages.last().unwrap();
    let mut judge = Judge::new(case.judge.config().clone());
    let Step::Verify(ticket, both) = judge.begin(&sent.message(), sent.now_ms, &case.view) else {
        panic!("a column is verified");
    };
    assert_eq!(judge.finish(ticket, both.run(), sent.now_ms), Verdict::Accept);
    // The same header with another column: only its cells are left, and they are not of that column.
    let mut other = fulu::DataColumnSidecar::from_ssz(&sent.bytes).unwrap();
    other.index ^= 1;
    let mut sibling = sent.with(other.as_ssz_bytes().into());
    sibling.subnet ^= 1;
    let Step::Verify(_, cells) = judge.begin(&sibling.message(), sent.now_ms, &case.view) else {
        panic!("a column is verified");
    };
    assert_eq!((both.checks(), cells.checks()), (2, 1));
    assert_eq!(cells.run(), Outcome::Invalid(Reject::KzgProof));
    // Another signature is another matter.
    other.signed_block_header.signature = Default::default();
    let mut forged = sent.with(other.as_ssz_bytes().into());
    forged.subnet ^= 1;
    assert!(
        matches!(judge.begin(&forged.message(), sent.now_ms, &case.view), Step::Verify(_, task) if task.checks() == 2)
    );
}
