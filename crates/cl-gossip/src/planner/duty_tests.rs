use super::*;
use crate::testing;

const NODE: [u8; 32] = [0; 32];
/// Not one of the two that [`NODE`] is on.
const SUBNET: u64 = 5;

/// A planner of a chain that stays in Altair, at a slot.
fn at(slot: u64) -> (std::sync::Arc<cl_types::ForkSchedule>, Planner) {
    let schedule = testing::schedule(&[0, 0], &[]);
    let mut planner = Planner::new(NODE, PresetId::Minimal, Interests::of_node(NODE, 4).unwrap());
    let _ = planner.update(&schedule.plan(Slot(slot)));
    (schedule, planner)
}

const fn aggregator(slot: u64) -> AttestationDuty {
    AttestationDuty { slot: Slot(slot), subnet: SUBNET, is_aggregator: true }
}

fn kinds(changes: &[Change]) -> Vec<(bool, TopicKind)> {
    let kind = |change: &Change| match change {
        Change::Join(topic) => (true, topic.kind),
        Change::Leave(topic) => (false, topic.kind),
    };
    changes.iter().map(kind).collect()
}

/// The slots at which something changes, up to `until`, and what.
fn run(
    schedule: &cl_types::ForkSchedule,
    planner: &mut Planner,
    from: u64,
    until: u64,
) -> Vec<(u64, Vec<(bool, TopicKind)>)> {
    let step = |slot| (slot, kinds(&planner.update(&schedule.plan(Slot(slot)))));
    (from + 1..=until).map(step).filter(|(_, changes)| !changes.is_empty()).collect()
}

#[test]
fn an_aggregator_joins_ahead_and_leaves_when_the_late_ones_have_come() {
    let (schedule, mut planner) = at(2);
    assert_eq!(planner.attest(aggregator(10)), Ok(vec![]));
    let topic = TopicKind::BeaconAttestation(SUBNET);
    assert_eq!(run(&schedule, &mut planner, 2, 20), [(6, vec![(true, topic)]), (12, vec![(false, topic)])]);
}

#[test]
fn late_and_repeated_duties_are_as_good_as_early_ones() {
    let (schedule, mut planner) = at(10);
    let joined = planner.attest(aggregator(10)).unwrap();
    assert_eq!(kinds(&joined), [(true, TopicKind::BeaconAttestation(SUBNET))]);
    assert_eq!(planner.attest(aggregator(10)), Ok(vec![]));
    // Its aggregate is out by now, but others may still wait for late votes.
    assert_eq!(planner.attest(aggregator(9)), Ok(vec![]));
    assert_eq!(planner.attest(aggregator(8)), Err(DutyError::Past { now: Slot(10) }));
    // The next one comes before the first is over: nothing to leave and join again.
    assert_eq!(planner.attest(aggregator(14)), Ok(vec![]));
    let topic = TopicKind::BeaconAttestation(SUBNET);
    assert_eq!(run(&schedule, &mut planner, 10, 30), [(16, vec![(false, topic)])]);
}

#[test]
fn who_only_votes_joins_nothing_but_needs_peers() {
    let (schedule, mut planner) = at(2);
    let duty = AttestationDuty { is_aggregator: false, ..aggregator(10) };
    assert_eq!(planner.attest(duty), Ok(vec![]));
    let mut needed = Vec::new();
    for slot in 3..=20 {
        assert_eq!(planner.update(&schedule.plan(Slot(slot))), []);
        if planner.publishing().contains(&SUBNET) {
            needed.push(slot);
        }
    }
    assert_eq!(needed, [6, 7, 8, 9, 10, 11]);
}

#[test]
fn votes_ahead_are_named_with_their_last_slot() {
    let (schedule, mut planner) = at(2);
    for slot in [5, 10, 14] {
        let _ = planner.attest(AttestationDuty { is_aggregator: false, ..aggregator(slot) }).unwrap();
    }
    assert!(planner.voting_within(2).is_empty());
    assert_eq!(planner.voting_within(8).into_iter().collect::<Vec<_>>(), [(SUBNET, Slot(10))]);
    let _ = planner.update(&schedule.plan(Slot(11)));
    assert_eq!(planner.voting_within(8).into_iter().collect::<Vec<_>>(), [(SUBNET, Slot(14))]);
}

#[test]
fn what_cannot_be_a_duty_is_refused() {
    let mut early = Planner::new(NODE, PresetId::Minimal, Interests::of_node(NODE, 4).unwrap());
    assert_eq!(early.attest(aggregator(3)), Err(DutyError::NoSlot));
    let (_, mut planner) = at(9);
    let duty = AttestationDuty { subnet: 64, ..aggregator(10) };
    assert_eq!(planner.attest(duty), Err(DutyError::NoSuchSubnet { subnet: 64, count: 64 }));
    // Slot 9 is in epoch 1; the last epoch that is taken is 3.
    assert_eq!(planner.attest(aggregator(31)), Ok(vec![]));
    assert_eq!(planner.attest(aggregator(32)), Err(DutyError::TooFar { slot: Slot(32), last: Slot(31) }));
    assert!(matches!(planner.attest(aggregator(u64::MAX)), Err(DutyError::TooFar { .. })));
    let period = |subnet, from, until| SyncDuty { subnet, from: Epoch(from), until: Epoch(until) };
    let refused = planner.serve_sync_committee(period(4, 8, 16));
    assert_eq!(refused, Err(DutyError::NoSuchSubnet { subnet: 4, count: 4 }));
    let refused = planner.serve_sync_committee(period(0, 8, 8));
    assert_eq!(refused, Err(DutyError::NoPeriod { from: Epoch(8), until: Epoch(8) }));
    assert_eq!(planner.serve_sync_committee(period(0, 0, 1)), Err(DutyError::Past { now: Slot(9) }));
    for n in 0..MAX_SYNC_DUTIES as u64 {
        assert!(planner.serve_sync_committee(period(n % 4, 100 + n, 200 + n)).is_ok());
    }
    assert_eq!(planner.serve_sync_committee(period(1, 8, 16)), Err(DutyError::Full));
    assert!(planner.serve_sync_committee(period(0, 100, 200)).is_ok(), "it is there already");
}

#[test]
fn a_sync_committee_is_joined_ahead_advertised_meanwhile_and_left_with_its_period() {
    let (schedule, mut planner) = at(0);
    let duty = SyncDuty { subnet: 2, from: Epoch(8), until: Epoch(16) };
    let join = duty.join(&NODE);
    assert!((4..8).contains(&join.0), "{join}");
    assert_eq!(planner.serve_sync_committee(duty), Ok(vec![]));
    let topic = TopicKind::SyncCommittee(2);
    let start = schedule.start_slot(join);
    assert!(!planner.advertised(start.saturating_sub(1)).syncnets.get(2).unwrap());
    assert!(planner.advertised(start).syncnets.get(2).unwrap());
    assert!(planner.advertised(Slot(127)).syncnets.get(2).unwrap());
    assert!(!planner.advertised(Slot(128)).syncnets.get(2).unwrap());
    let expected = [(start.0, vec![(true, topic)]), (128, vec![(false, topic)])];
    assert_eq!(run(&schedule, &mut planner.clone(), 0, 140), expected);
    // The validator is gone.
    let _ = planner.update(&schedule.plan(Slot(70)));
    assert_eq!(kinds(&planner.leave_sync_committee(&duty)), [(false, topic)]);
    assert_eq!(planner.leave_sync_committee(&duty), []);
}

#[test]
fn nodes_spread_their_joins_over_four_epochs() {
    let duty = SyncDuty { subnet: 0, from: Epoch(100), until: Epoch(356) };
    let joins: BTreeSet<u64> = (0..64).map(|id| duty.join(&[id; 32]).0).collect();
    assert_eq!(joins, BTreeSet::from([96, 97, 98, 99]));
}

#[test]
fn a_duty_across_a_fork_is_joined_under_the_digest_of_its_slot_alone() {
    // Fulu at epoch 10, slot 80; in all slots here both digests are joined.
    let schedule = testing::schedule(&[0, 0, 0, 0, 0, 0, 10], &[]);
    let mut planner = Planner::new(NODE, PresetId::Minimal, Interests::of_node(NODE, 4).unwrap());
    let _ = planner.update(&schedule.plan(Slot(78)));
    let digest = |epoch| schedule.at(Epoch(epoch)).digest;
    for (slot, epoch) in [(79, 9), (80, 10)] {
        let changes = planner.attest(aggregator(slot)).unwrap();
        assert_eq!(changes, [Change::Join(Topic::new(digest(epoch), TopicKind::BeaconAttestation(SUBNET)))]);
    }
    let left = |slot, planner: &mut Planner| planner.update(&schedule.plan(Slot(slot)));
    assert_eq!(left(80, &mut planner), []);
    let topic = |epoch| Topic::new(digest(epoch), TopicKind::BeaconAttestation(SUBNET));
    assert_eq!(left(81, &mut planner), [Change::Leave(topic(9))]);
    assert_eq!(left(82, &mut planner), [Change::Leave(topic(10))]);
}
