//! What must hold for the plans of any schedule, however close together its eras are.

use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::schedule::{BlobParameters, ForkPlan};
use cl_types::{ChainConfig, Epoch, ForkDigest, ForkName, ForkSchedule, ForkVersion, PresetId, Root, Slot};
use proptest::prelude::*;

const SLOTS: u64 = 8;
/// No generated era starts later.
const LAST_EPOCH: u64 = 24;

fn schedule(epochs: [u64; 8], blobs: impl IntoIterator<Item = (u64, u64)>) -> ForkSchedule {
    let mut forks = [ConfiguredFork { version: ForkVersion([0, 0, 0, 1]), epoch: Epoch(0) }; ForkName::ALL.len()];
    for (number, (fork, epoch)) in (1..).zip(forks[1..].iter_mut().zip(epochs)) {
        *fork = ConfiguredFork { version: ForkVersion([number, 0, 0, 1]), epoch: Epoch(epoch) };
    }
    let entry = |(epoch, max_blobs_per_block)| BlobParameters { epoch: Epoch(epoch), max_blobs_per_block };
    let config = ChainConfig {
        name: "close".to_owned(),
        preset: PresetId::Minimal,
        forks,
        blob_schedule: blobs.into_iter().map(entry).collect(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    ForkSchedule::new(&config, Root::repeat_byte(7)).unwrap()
}

/// Forks and blob-parameter forks: many at genesis, many at one epoch, many next to each other.
fn any_schedule() -> impl Strategy<Value = ForkSchedule> {
    let epoch = prop_oneof![3 => Just(0), 3 => 1..6u64, 3 => 0..=LAST_EPOCH, 1 => Just(u64::MAX)];
    let blobs = proptest::collection::btree_map(prop_oneof![0..6u64, 0..=LAST_EPOCH], 0..4096u64, 0..6);
    (proptest::array::uniform8(epoch), blobs).prop_map(|(mut epochs, blobs)| {
        epochs.sort_unstable();
        schedule(epochs, blobs)
    })
}

/// A node that knows its eras as dates only, and goes from slot to slot without ever planning anew.
struct LongRun {
    active: ForkDigest,
    joined: Vec<ForkDigest>,
}

impl LongRun {
    fn step(&mut self, schedule: &ForkSchedule, slot: Slot) {
        for entry in schedule.entries() {
            let window = schedule.window(entry);
            if slot == schedule.start_slot(window.join) {
                self.joined.push(entry.digest);
            }
            if slot == schedule.start_slot(window.start) {
                self.active = entry.digest;
            }
            if slot == schedule.start_slot(window.leave) {
                self.joined.retain(|digest| *digest != entry.digest);
            }
        }
    }

    fn agrees_with(&self, plan: &ForkPlan) -> bool {
        let mut planned: Vec<_> = plan.joined.iter().map(|entry| entry.digest).collect();
        let mut joined = self.joined.clone();
        planned.sort_unstable();
        joined.sort_unstable();
        planned == joined && plan.active.digest == self.active
    }
}

proptest! {
    #[test]
    fn a_fresh_start_at_any_slot_is_where_a_long_run_is(schedule in any_schedule()) {
        let mut node = LongRun { active: ForkDigest::default(), joined: Vec::new() };
        for slot in (0..(LAST_EPOCH + 6) * SLOTS).map(Slot) {
            node.step(&schedule, slot);
            let plan = schedule.plan(slot);
            prop_assert!(node.agrees_with(&plan), "slot {slot}: {plan:?}");
        }
    }

    #[test]
    fn one_digest_is_active_at_each_slot(schedule in any_schedule()) {
        for slot in (0..(LAST_EPOCH + 2) * SLOTS).map(Slot) {
            let epoch = schedule.epoch_of(slot);
            let active: Vec<_> = schedule
                .entries()
                .filter(|entry| {
                    let window = schedule.window(entry);
                    window.start <= epoch && epoch < window.end
                })
                .collect();
            prop_assert_eq!(active.len(), 1, "slot {}", slot);
            let plan = schedule.plan(slot);
            prop_assert_eq!(&plan.active, active[0]);
            prop_assert_eq!(schedule.context(slot), active[0].digest);
            prop_assert!(plan.joined.contains(&plan.active));
        }
    }

    #[test]
    fn what_records_announce_comes_true(schedule in any_schedule()) {
        for epoch in (0..LAST_EPOCH + 2).map(Epoch) {
            let (id, nfd) = (schedule.enr_fork_id(epoch), schedule.next_fork_digest(epoch));
            prop_assert_eq!(id.fork_digest, schedule.at(epoch).digest);
            if id.next_fork_epoch == FAR_FUTURE_EPOCH {
                prop_assert_eq!(nfd, ForkDigest::default());
                prop_assert_eq!(schedule.at(Epoch(u64::MAX)).digest, id.fork_digest);
                continue;
            }
            let then = schedule.at(id.next_fork_epoch);
            prop_assert!(id.next_fork_epoch > epoch);
            prop_assert_eq!((then.digest, then.version), (nfd, id.next_fork_version));
            prop_assert_ne!(then.digest, id.fork_digest);
            // Nothing happens in between.
            prop_assert_eq!(schedule.at(id.next_fork_epoch.saturating_sub(1)).digest, id.fork_digest);
        }
    }

    #[test]
    fn an_era_is_joined_ahead_and_left_late(schedule in any_schedule()) {
        let windows: Vec<_> = schedule.entries().map(|entry| schedule.window(entry)).collect();
        for window in &windows {
            prop_assert!(window.join <= window.start && window.start < window.end && window.end <= window.leave);
            prop_assert!(window.is_joined(window.join) && window.is_joined(window.start));
            prop_assert!(window.leave == FAR_FUTURE_EPOCH || !window.is_joined(window.leave));
        }
        for pair in windows.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
    }

    #[test]
    fn whoever_may_ask_finds_it_offered(schedule in any_schedule(), slot in 0..(LAST_EPOCH + 6) * SLOTS) {
        let offered: Vec<_> = schedule.offered(Slot(slot)).map(|row| row.id).collect();
        for row in schedule.asked(Slot(slot)) {
            prop_assert!(offered.contains(&row.id), "{}", row.id);
        }
    }
}

/// `name/version` of what is asked for and of what is only offered.
fn protocols(schedule: &ForkSchedule, epoch: u64) -> (Vec<String>, Vec<String>) {
    let slot = schedule.start_slot(Epoch(epoch));
    let name = |row: &cl_types::protocol::Row| format!("{}/{}", row.name, row.version);
    let asked: Vec<_> = schedule.asked(slot).map(name).collect();
    let offered = schedule.offered(slot).map(name).filter(|name| !asked.contains(name)).collect();
    (asked, offered)
}

#[test]
fn protocols_come_ahead_of_their_fork_and_linger() {
    let far = u64::MAX;
    // Phase0, then Altair at 10 and Fulu at 20.
    let schedule = schedule([10, 12, 14, 16, 18, 20, far, far], []);
    let first =
        ["status/1", "goodbye/1", "ping/1", "metadata/1", "beacon_blocks_by_range/1", "beacon_blocks_by_root/1"];
    assert_eq!(protocols(&schedule, 0), (first.map(str::to_owned).to_vec(), vec![]));

    let (asked, offered) = protocols(&schedule, 8);
    assert_eq!(asked, first);
    assert!(offered.contains(&"beacon_blocks_by_range/2".to_owned()), "two epochs ahead");
    let (asked, offered) = protocols(&schedule, 11);
    assert!(!asked.contains(&"beacon_blocks_by_range/1".to_owned()));
    assert!(offered.contains(&"beacon_blocks_by_range/1".to_owned()), "for two epochs more");
    assert!(!protocols(&schedule, 12).1.contains(&"beacon_blocks_by_range/1".to_owned()));

    let blobs = "blob_sidecars_by_range/1".to_owned();
    let columns = "data_column_sidecars_by_range/1".to_owned();
    for (epoch, has_blobs, has_columns) in
        [(15, false, false), (16, true, false), (20, true, true), (20 + 4095, true, true), (20 + 4096, false, true)]
    {
        let (asked, _) = protocols(&schedule, epoch);
        assert_eq!((asked.contains(&blobs), asked.contains(&columns)), (has_blobs, has_columns), "epoch {epoch}");
    }
    let (asked, _) = protocols(&schedule, 5000);
    assert_eq!(asked[..5], ["status/2", "status/1", "goodbye/1", "ping/1", "metadata/3"], "newest version first");
}
