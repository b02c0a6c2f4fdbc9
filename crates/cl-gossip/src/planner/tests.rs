use cl_types::ForkSchedule;

use super::*;
use crate::testing;

const NODE: [u8; 32] = [0; 32];

fn planner(change: impl FnOnce(&mut Interests)) -> Planner {
    let mut interests = Interests::of_node(NODE, 4).unwrap();
    change(&mut interests);
    Planner::new(NODE, PresetId::Minimal, interests)
}

fn plan(schedule: &ForkSchedule, epoch: u64) -> ForkPlan {
    schedule.plan(schedule.start_slot(Epoch(epoch)))
}

fn joins(changes: &[Change]) -> Vec<Topic> {
    let join = |change: &Change| match change {
        Change::Join(topic) => Some(*topic),
        Change::Leave(_) => None,
    };
    changes.iter().filter_map(join).collect()
}

#[test]
fn a_node_is_on_global_topics_its_subnets_and_its_samples() {
    let schedule = testing::every_fork();
    let mut planner = planner(|_| {});
    // Epoch 67 is in Fulu, two epochs after its second blob-parameter fork.
    let fulu = joins(&planner.update(&plan(&schedule, 67)));
    let global = TopicKind::all_of(ForkName::Fulu).filter(|kind| kind.subnet().is_none()).count();
    let digest = schedule.at(Epoch(67)).digest;
    // The node's own subnets are long-lived in the next era too.
    let (fulu, gloas): (Vec<_>, Vec<_>) = fulu.into_iter().partition(|topic| topic.digest == digest);
    let next = schedule.at(Epoch(70)).digest;
    assert_eq!(gloas, [62, 63].map(|subnet| Topic::new(next, TopicKind::BeaconAttestation(subnet))));
    assert_eq!(fulu.len(), global + 2 + 8);
    for kind in [
        TopicKind::BeaconBlock,
        TopicKind::BeaconAggregateAndProof,
        TopicKind::LightClientFinalityUpdate,
        TopicKind::BeaconAttestation(62),
        TopicKind::BeaconAttestation(63),
        TopicKind::DataColumnSidecar(117),
    ] {
        assert!(fulu.contains(&Topic::new(digest, kind)), "{kind}");
    }
    assert!(!fulu.contains(&Topic::new(digest, TopicKind::SyncCommittee(0))));
}

#[test]
fn all_subnets_and_all_columns_are_everything() {
    let schedule = testing::every_fork();
    for (epoch, expected) in [(0, 69), (15, 76), (45, 83), (55, 86), (67, 205), (75, 209), (85, 210)] {
        let mut planner = planner(|interests| {
            interests.all_subnets = true;
            interests.all_columns = true;
        });
        let joined = joins(&planner.update(&plan(&schedule, epoch)));
        let active = schedule.at(Epoch(epoch)).digest;
        assert_eq!(joined.iter().filter(|topic| topic.digest == active).count(), expected, "epoch {epoch}");
    }
}

#[test]
fn around_a_fork_the_node_is_on_both_sides_of_it() {
    let schedule = testing::every_fork();
    let (electra, fulu) = (schedule.at(Epoch(59)).digest, schedule.at(Epoch(60)).digest);
    let mut planner = planner(|_| {});
    let _ = planner.update(&plan(&schedule, 57));
    let ahead = planner.update(&plan(&schedule, 58));
    assert!(!ahead.is_empty());
    assert!(ahead.iter().all(|change| matches!(change, Change::Join(topic) if topic.digest == fulu)));
    // The fork itself changes nothing, but that the era after the next is the next one now.
    let node_subnets = |changes: &[Change]| {
        joins(changes).iter().all(|topic| matches!(topic.kind, TopicKind::BeaconAttestation(62 | 63)))
    };
    assert!(node_subnets(&planner.update(&plan(&schedule, 60))));
    // Epoch 61 brings the next one, epoch 62 lets the old one go.
    let _ = planner.update(&plan(&schedule, 61));
    let after = planner.update(&plan(&schedule, 62));
    assert!(!after.is_empty());
    assert!(after.iter().all(|change| matches!(change, Change::Leave(topic) if topic.digest == electra)));
    assert!(planner.topics().all(|topic| topic.digest != electra));
}

#[test]
fn a_choice_holds_in_every_era_and_is_taken_back_without_harm() {
    let schedule = testing::every_fork();
    let mut planner = planner(|_| {});
    assert_eq!(planner.subscribe(TopicKind::SyncCommittee(2)), []);
    let changes = planner.update(&plan(&schedule, 58));
    let chosen: Vec<_> = joins(&changes).into_iter().filter(|t| t.kind == TopicKind::SyncCommittee(2)).collect();
    assert_eq!(chosen.len(), 2);
    assert_eq!(planner.subscribe(TopicKind::SyncCommittee(2)), []);
    let mut left = planner.unsubscribe(TopicKind::SyncCommittee(2));
    left.sort_by_key(|change| format!("{change:?}"));
    let mut expected: Vec<_> = chosen.into_iter().map(Change::Leave).collect();
    expected.sort_by_key(|change| format!("{change:?}"));
    assert_eq!(left, expected);
    // A duty is not a choice, and what no fork has is nothing.
    assert_eq!(planner.unsubscribe(TopicKind::BeaconBlock), []);
    assert_eq!(planner.subscribe(TopicKind::SyncCommittee(4)), []);
}

#[test]
fn listening_to_more_does_not_advertise_more() {
    let planner = planner(|interests| {
        interests.all_subnets = true;
        interests.all_columns = true;
    });
    let advertised = planner.advertised(Slot(0));
    let set: Vec<usize> = (0..64).filter(|bit| advertised.attnets.get(*bit).unwrap()).collect();
    assert_eq!(set, [62, 63]);
    assert_eq!(advertised.syncnets, Syncnets::new());
    assert_eq!(advertised.cgc, 4);
}

#[test]
fn subnets_rotate_with_the_record() {
    let schedule = testing::schedule(&[0, 0], &[]);
    let mut planner = planner(|_| {});
    let _ = planner.update(&plan(&schedule, 255));
    let before = planner.advertised(schedule.start_slot(Epoch(255)));
    let changes = planner.update(&plan(&schedule, 256));
    let after = planner.advertised(schedule.start_slot(Epoch(256)));
    assert_ne!(before, after);
    assert_eq!(joins(&changes).len() * 2, changes.len());
    for topic in planner.topics() {
        if let TopicKind::BeaconAttestation(subnet) = topic.kind {
            assert!(after.attnets.get(usize::try_from(subnet).unwrap()).unwrap());
        }
    }
}
