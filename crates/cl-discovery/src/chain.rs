//! Which records are of nodes we look for.

use cl_enr::{Compatibility, Fork, Record};
use cl_types::{ForkDigest, ForkPlan, ForkSchedule};

/// Our place on our chain. Changes at fork boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What our record says about forks.
    pub fork: Fork,
    /// A neighbouring digest that is as good as ours now, because the boundary is near.
    pub tolerated: Option<ForkDigest>,
}

impl Chain {
    /// The place that a schedule and its plan for a slot say.
    #[must_use]
    pub fn at(schedule: &ForkSchedule, plan: &ForkPlan) -> Self {
        Self { fork: Fork::at(schedule, schedule.epoch_of(plan.slot)), tolerated: plan.tolerated }
    }

    /// Compares a record with our place.
    #[must_use]
    pub fn verdict(&self, record: &Record) -> Compatibility {
        cl_enr::compatibility(record, &self.fork, |digest| self.accepts(digest))
    }

    fn accepts(&self, digest: ForkDigest) -> bool {
        digest == self.fork.id.fork_digest || self.tolerated == Some(digest)
    }
}
