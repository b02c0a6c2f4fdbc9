//! What will change, and when: the plan looked at ahead of time.

use std::collections::BTreeSet;

use cl_types::subnets::next_rotation;
use cl_types::{ForkSchedule, Slot};

use super::{Advertised, Change, Planner, SUBNETS_AHEAD_EPOCHS};

/// A slot at which something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The slot, at whose start it is done.
    pub slot: Slot,
    /// What is joined and left, in the order of [`Planner::update`].
    pub changes: Vec<Change>,
    /// What record and MetaData say from here on, if that changes.
    pub advertised: Option<Advertised>,
}

/// Most rotations of the node's own subnets that are looked at: more than two years of mainnet.
const MAX_ROTATIONS: usize = 1024;

impl Planner {
    /// What will change after slot `from`, up to and including slot `until`, by the duties and choices that are known now.
    /// Changes nothing. Costs a plan for each slot at which something could change: a few for each fork, rotation and duty,
    /// not one for each slot.
    ///
    /// This is what [`Planner::update`] would do in these slots, from a planner that is on the topics of `from`.
    #[must_use]
    pub fn upcoming(&self, schedule: &ForkSchedule, from: Slot, until: Slot) -> Vec<Step> {
        let mut planner = self.clone();
        let _ = planner.update(&schedule.plan(from));
        let mut advertised = planner.advertised(from);
        let mut steps = Vec::new();
        for slot in self.turns(schedule, from, until) {
            let changes = planner.update(&schedule.plan(slot));
            let next = planner.advertised(slot);
            let advertised = (next != advertised).then(|| {
                advertised = next.clone();
                next
            });
            if !changes.is_empty() || advertised.is_some() {
                steps.push(Step { slot, changes, advertised });
            }
        }
        steps
    }

    /// The slots after `from` up to `until` at which something can change.
    fn turns(&self, schedule: &ForkSchedule, from: Slot, until: Slot) -> BTreeSet<Slot> {
        let of_eras = schedule.entries().flat_map(|era| {
            let window = schedule.window(era);
            [era.epoch.saturating_sub(SUBNETS_AHEAD_EPOCHS), window.join, window.start, window.leave]
        });
        let (first, last) = (schedule.epoch_of(from), schedule.epoch_of(until));
        let rotations = std::iter::successors(Some(next_rotation(self.node_id, first)), |epoch| {
            let next = next_rotation(self.node_id, *epoch);
            (next <= last && next > *epoch).then_some(next)
        });
        let of_epochs = of_eras.chain(rotations.take(MAX_ROTATIONS)).map(|epoch| schedule.start_slot(epoch));
        let of_duties = self.duties.turns(&self.node_id, self.preset);
        of_epochs.chain(of_duties).filter(|slot| from < *slot && *slot <= until).collect()
    }
}
