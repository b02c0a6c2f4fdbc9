//! What a node subscribes to at an epoch and what will change: the subscription planner's answer, for people and programs.
//!
//! Pure: no socket, no clock. The text is for people; its layout may change. The JSON only grows.

mod names;
mod output;

use std::path::PathBuf;
use std::str::FromStr;

use cl_gossip::{AttestationDuty, DutyError, Interests, Planner, Step, SyncDuty};
use cl_types::custody::TooManyGroups;
use cl_types::{Epoch, ForkSchedule, Network, ScheduleError, Slot, SlotClock};
use clap::Args;

use self::names::NodeId;

/// Epochs that are looked at by default: one turn of the node's own subnets and a bit.
const DEFAULT_EPOCHS: u64 = 300;
/// Most epochs that can be looked at: more than ten years of mainnet.
const MAX_EPOCHS: u64 = 1 << 20;

/// Which node to plan for, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Options {
    /// A public network by its name.
    #[arg(long, value_name = "NAME", conflicts_with = "testnet_dir")]
    pub network: Option<String>,
    /// Folder that describes the chain: config.yaml, genesis.ssz (or genesis_validators_root.txt).
    #[arg(long, value_name = "DIR")]
    pub testnet_dir: Option<PathBuf>,
    /// Overrides one key of the chain's config.yaml. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub network_config: Vec<String>,
    /// The epoch at whose start the node is looked at.
    #[arg(long, value_name = "EPOCH")]
    pub at: u64,
    /// How many epochs to look ahead [default: 300].
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// The node's discv5 id, 64 hex digits: it decides the node's own subnets and columns [default: all zeros].
    #[arg(long, value_name = "HEX")]
    pub node_id: Option<NodeId>,
    /// Listens to all attestation and sync committee subnets.
    #[arg(long)]
    pub all_subnets: bool,
    /// Listens to all data columns.
    #[arg(long)]
    pub all_columns: bool,
    /// Custody groups to keep and advertise, 4 to 128 [default: 4].
    #[arg(long, value_name = "N")]
    pub custody_group_count: Option<u64>,
    /// A validator aggregates on this subnet in this slot. May be repeated.
    #[arg(long, value_name = "SLOT:SUBNET")]
    pub aggregate: Vec<Aggregate>,
    /// A validator sits in this sync subcommittee from the first epoch to before the second. May be repeated.
    #[arg(long, value_name = "SUBNET:FROM:UNTIL")]
    pub sync: Vec<Sync>,
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `SLOT:SUBNET`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregate(pub AttestationDuty);

/// `SUBNET:FROM:UNTIL`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sync(pub SyncDuty);

/// A text that is no duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotADuty {
    /// Not `SLOT:SUBNET`.
    #[error("expected SLOT:SUBNET, like 3200:17")]
    Aggregate,
    /// Not `SUBNET:FROM:UNTIL`.
    #[error("expected SUBNET:FROM:UNTIL with epochs, like 2:256:512")]
    Sync,
}

impl FromStr for Aggregate {
    type Err = NotADuty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [slot, subnet] = numbers(text).ok_or(NotADuty::Aggregate)?;
        Ok(Self(AttestationDuty { slot: Slot(slot), subnet, is_aggregator: true }))
    }
}

impl FromStr for Sync {
    type Err = NotADuty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [subnet, from, until] = numbers(text).ok_or(NotADuty::Sync)?;
        Ok(Self(SyncDuty { subnet, from: Epoch(from), until: Epoch(until) }))
    }
}

fn numbers<const N: usize>(text: &str) -> Option<[u64; N]> {
    let numbers: Option<Vec<u64>> = text.split(':').map(|part| part.trim().parse().ok()).collect();
    numbers?.try_into().ok()
}

/// Why there is no plan. Each message is one line that names the flag and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The network's forks make no schedule.
    #[error("fork schedule: {0}; correct the epochs in config.yaml")]
    Schedule(#[from] ScheduleError),
    /// An epoch whose slots have no numbers.
    #[error("--at {0}: there is no such epoch; the last is {last}", last = u64::MAX / 64)]
    At(u64),
    /// Nothing or too much to look at.
    #[error("--epochs {0} is out of range: give 1 to {MAX_EPOCHS}")]
    Epochs(u64),
    /// Custody outside of its range.
    #[error("--custody-group-count {0} is out of range: give 4 to 128")]
    Custody(u64),
    /// A duty that is none at that time.
    #[error("--aggregate: {0}; give slots from --at on")]
    Aggregate(#[source] DutyError),
    /// A duty that is none at that time.
    #[error("--sync: {0}; give a period that ends after --at")]
    Sync(#[source] DutyError),
}

/// Everything that is printed.
struct Plan<'a> {
    network: &'a Network,
    options: &'a Options,
    schedule: ForkSchedule,
    clock: SlotClock,
    planner: Planner,
    slot: Slot,
    until: Slot,
    steps: Vec<Step>,
}

/// The plan of a node, as text or JSON.
pub fn render(network: &Network, options: &Options) -> Result<String, PlanError> {
    let plan = Plan::new(network, options)?;
    Ok(if options.json { plan.json() } else { plan.text() })
}

impl Options {
    /// Checks that there is a plan.
    pub fn check(&self, network: &Network) -> Result<(), PlanError> {
        Plan::new(network, self).map(drop)
    }
}

impl<'a> Plan<'a> {
    fn new(network: &'a Network, options: &'a Options) -> Result<Self, PlanError> {
        let schedule = network.schedule()?;
        if options.at > u64::MAX / 64 {
            return Err(PlanError::At(options.at));
        }
        let epochs = options.epochs.unwrap_or(DEFAULT_EPOCHS);
        if !(1..=MAX_EPOCHS).contains(&epochs) {
            return Err(PlanError::Epochs(epochs));
        }
        let node_id = options.node_id.unwrap_or_default().0;
        let groups = options.custody_group_count.unwrap_or(cl_types::custody::CUSTODY_REQUIREMENT);
        if groups < cl_types::custody::CUSTODY_REQUIREMENT {
            return Err(PlanError::Custody(groups));
        }
        let mut interests =
            Interests::of_node(node_id, groups).map_err(|TooManyGroups(groups)| PlanError::Custody(groups))?;
        interests.all_subnets = options.all_subnets;
        interests.all_columns = options.all_columns;

        let slot = schedule.start_slot(Epoch(options.at));
        let until = schedule.start_slot(Epoch(options.at).saturating_add(epochs));
        let mut planner = Planner::new(node_id, schedule.preset(), interests);
        // What it is on is asked for later; here only the slot counts.
        let _ = planner.update(&schedule.plan(slot));
        for Aggregate(duty) in &options.aggregate {
            let _ = planner.attest(*duty).map_err(PlanError::Aggregate)?;
        }
        for Sync(duty) in &options.sync {
            let _ = planner.serve_sync_committee(*duty).map_err(PlanError::Sync)?;
        }
        let steps = planner.upcoming(&schedule, slot, until);
        Ok(Self { network, options, clock: network.clock(), schedule, planner, slot, until, steps })
    }
}

#[cfg(test)]
mod tests;
