//! Random schedules, duties and restarts, against what each era, duty and slot asks for by itself.

use cl_types::ForkSchedule;
use proptest::prelude::*;

use super::*;
use crate::testing;

/// What is told to a node, and when.
#[derive(Clone, Copy, Debug)]
enum Duty {
    Attestation(AttestationDuty),
    Sync(SyncDuty),
}

/// A node's life: its chain, its interests, and its duties with the slots in which they are told.
#[derive(Debug)]
struct Life {
    schedule: std::sync::Arc<ForkSchedule>,
    node_id: [u8; 32],
    interests: Interests,
    duties: Vec<(Slot, Duty)>,
    from: u64,
    slots: u64,
}

prop_compose! {
    fn attestation(from: u64)(told in 0..60u64, ahead in 0..14u64, subnet in 0..64u64, is_aggregator in any::<bool>())
        -> (Slot, Duty)
    {
        let slot = Slot(from + told + ahead);
        (Slot(from + told), Duty::Attestation(AttestationDuty { slot, subnet, is_aggregator }))
    }
}

prop_compose! {
    fn sync(from: u64)(told in 0..60u64, subnet in 0..4u64, begin in 0..12u64, epochs in 1..9u64) -> (Slot, Duty) {
        let begin = Slot(from).epoch(8).saturating_add(begin);
        (Slot(from + told), Duty::Sync(SyncDuty { subnet, from: begin, until: begin.saturating_add(epochs) }))
    }
}

prop_compose! {
    /// Slots from any place of the first 45 epochs; forks and blob limits anywhere in the first 40 epochs, the early ones all
    /// at genesis.
    fn life()(from in 0..300u64)(
        from in Just(from),
        mut epochs in prop::collection::vec(0..40u64, 1..10),
        blobs in prop::collection::btree_map(0..40u64, 1..30u64, 0..4),
        mut node_id in any::<[u8; 32]>(),
        rotates_soon in any::<bool>(),
        all_subnets in prop::bool::weighted(0.2),
        slots in 1..60u64,
        duties in prop::collection::vec(prop_oneof![3 => attestation(from), 1 => sync(from)], 0..12),
    ) -> Life {
        epochs.sort_unstable();
        epochs[0] = 0;
        if rotates_soon {
            // The period of the node's subnets ends within the first 64 epochs.
            node_id[31] |= 0xc0;
        }
        let blobs: Vec<_> = blobs.into_iter().collect();
        let mut interests = Interests::of_node(node_id, 4).unwrap();
        interests.all_subnets = all_subnets;
        Life { schedule: testing::schedule(&epochs, &blobs), node_id, interests, duties, from, slots }
    }
}

impl Life {
    fn planner(&self) -> Planner {
        Planner::new(self.node_id, PresetId::Minimal, self.interests.clone())
    }

    /// Tells a planner a duty. Refused are only those that are over.
    fn tell(planner: &mut Planner, duty: Duty) -> Vec<Change> {
        let changes = match duty {
            Duty::Attestation(duty) => planner.attest(duty),
            Duty::Sync(duty) => planner.serve_sync_committee(duty),
        };
        changes.unwrap_or_else(|error| {
            assert!(matches!(error, DutyError::Past { .. }), "{error}");
            Vec::new()
        })
    }

    /// What has been told by a slot, that slot included.
    fn told(&self, slot: Slot) -> impl Iterator<Item = Duty> {
        self.duties.iter().filter(move |(told, _)| *told <= slot).map(|(_, duty)| *duty)
    }

    /// A node that starts in this slot, and is told at once what others were told before.
    fn fresh_start(&self, slot: Slot) -> Planner {
        let mut planner = self.planner();
        let _ = planner.update(&self.schedule.plan(slot));
        for duty in self.told(slot) {
            let _ = Self::tell(&mut planner, duty);
        }
        planner
    }

    /// True if a topic of an era is to be joined in a slot: the rules one by one, without any plan.
    fn asks_for(&self, era: &ForkEntry, kind: TopicKind, slot: Slot) -> bool {
        let epoch = slot.epoch(8);
        let end = self.schedule.after(era.epoch).map_or(u64::MAX, |next| next.epoch.0);
        let lives = |ahead: u64| era.epoch.0 <= epoch.0 + ahead && epoch.0 < end.saturating_add(2);
        // Once an era has ended, its subnets are not replaced.
        let chosen_at = Epoch(epoch.0.min(end - 1));
        let is_nodes = |subnet| subscribed_subnets(self.node_id, chosen_at, PresetId::Minimal).contains(&subnet);
        match kind {
            TopicKind::BeaconAttestation(subnet) => {
                let is_next = self.schedule.after(epoch).is_some_and(|next| next == era);
                let aggregates = self.told(slot).any(|duty| match duty {
                    Duty::Attestation(duty) => {
                        duty.is_aggregator
                            && duty.subnet == subnet
                            && duty.slot.0 <= slot.0 + 4
                            && slot.0 <= duty.slot.0 + 1
                            && self.schedule.at_slot(duty.slot) == era
                    }
                    Duty::Sync(_) => false,
                });
                (lives(2) && self.interests.all_subnets)
                    || (is_nodes(subnet) && (lives(2) || (is_next && lives(256))))
                    || aggregates
            }
            TopicKind::SyncCommittee(subnet) => {
                let serves = self.told(slot).any(|duty| match duty {
                    Duty::Sync(duty) => {
                        duty.subnet == subnet && duty.join(&self.node_id) <= epoch && epoch < duty.until
                    }
                    Duty::Attestation(_) => false,
                });
                lives(2) && (self.interests.all_subnets || serves)
            }
            TopicKind::DataColumnSidecar(column) => lives(2) && self.interests.sampled_columns.contains(&column),
            _ => lives(2),
        }
    }

    fn expected(&self, slot: Slot) -> BTreeSet<Topic> {
        let of_era = |era: &ForkEntry| {
            let (era, digest) = (*era, era.digest);
            TopicKind::all_of(era.fork)
                .filter(move |kind| self.asks_for(&era, *kind, slot))
                .map(move |kind| Topic::new(digest, kind))
        };
        self.schedule.entries().flat_map(of_era).collect()
    }
}

/// Makes the changes; each must change something.
fn make(on: &mut BTreeSet<Topic>, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Join(topic) => assert!(on.insert(topic), "{topic} joined twice"),
            Change::Leave(topic) => assert!(on.remove(&topic), "{topic} left, but not joined"),
        }
    }
}

proptest! {
    /// No wrong digest, no gap, nothing too long: in each slot the topics are exactly those that the rules ask for.
    #[test]
    fn in_each_slot_the_node_is_where_the_rules_want_it(life in life()) {
        let (mut planner, mut on) = (life.planner(), BTreeSet::new());
        for slot in (life.from..life.from + life.slots).map(Slot) {
            make(&mut on, planner.update(&life.schedule.plan(slot)));
            for (_, duty) in life.duties.iter().filter(|(told, _)| *told == slot) {
                make(&mut on, Life::tell(&mut planner, *duty));
            }
            let expected = life.expected(slot);
            prop_assert!(on == expected, "slot {slot}: {:?}", on.symmetric_difference(&expected).collect::<Vec<_>>());
            prop_assert!(planner.topics().eq(on.iter().copied()));
        }
    }

    /// A restart, at any slot, and once more in the window of a fork, ends where a node is that never stopped.
    #[test]
    fn a_long_run_and_a_fresh_start_agree(life in life(), skipped in prop::collection::btree_set(0..60u64, 0..20)) {
        let mut planner = life.planner();
        for slot in (life.from..life.from + life.slots).map(Slot) {
            // A busy or suspended machine misses slots; what is told meanwhile waits.
            if skipped.contains(&(slot.0 - life.from)) {
                continue;
            }
            let _ = planner.update(&life.schedule.plan(slot));
            for duty in life.told(slot) {
                let _ = Life::tell(&mut planner, duty);
            }
            let fresh = life.fresh_start(slot);
            prop_assert!(planner.topics().eq(fresh.topics()), "slot {}", slot);
            prop_assert_eq!(planner.advertised(slot), fresh.advertised(slot));
            prop_assert_eq!(planner.publishing(), fresh.publishing());
        }
    }

    /// What is foretold comes to pass.
    #[test]
    fn the_timeline_is_what_the_slots_bring(life in life()) {
        let from = Slot(life.from);
        let until = from.saturating_add(life.slots * 4);
        let mut planner = life.fresh_start(from);
        let foretold = planner.upcoming(&life.schedule, from, until);
        let mut advertised = planner.advertised(from);
        let mut came = Vec::new();
        for slot in (from.0 + 1..=until.0).map(Slot) {
            let changes = planner.update(&life.schedule.plan(slot));
            let next = planner.advertised(slot);
            let news = (next != advertised).then(|| next.clone());
            advertised = next;
            if !changes.is_empty() || news.is_some() {
                came.push(Step { slot, changes, advertised: news });
            }
        }
        prop_assert_eq!(foretold, came);
    }
}
