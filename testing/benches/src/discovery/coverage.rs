//! Three nodes on each attestation subnet and two with each column, as far as there are so many.

use std::collections::HashMap;

use cl_discovery::{Services, Want};
use cl_enr::{NodeId, Record};

use super::network::Network;

const SUBNETS: u64 = 64;
const COLUMNS: u64 = 128;
const ON_SUBNET: usize = 3;
const WITH_COLUMN: usize = 2;
/// How many compatible peers are wanted besides.
pub(super) const PEERS: usize = 50;

/// What is known, and how much of what there is.
pub(super) struct Coverage<'a> {
    network: &'a Network,
    known: HashMap<NodeId, Services>,
    /// Each want with the number that there is.
    targets: Vec<(Want, usize)>,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        let all = network.services();
        let target = |want: Want, wanted: usize| {
            let exist = all.iter().filter(|services| want.is_served_by(services)).count();
            (want, exist.min(wanted))
        };
        let targets = wants().into_iter().map(|want| target(want.clone(), number(&want))).collect();
        Self { network, known: HashMap::new(), targets }
    }

    /// Wants of what there is.
    pub(super) fn attainable(&self) -> Vec<Want> {
        let attainable = |(want, target): &(Want, usize)| match want {
            Want::AttestationSubnet { id, .. } => {
                Want::AttestationSubnet { id: *id, min_peers: *target, until_slot: None }
            }
            Want::Column { id, .. } => Want::Column { id: *id, min_peers: *target, until_slot: None },
            want => want.clone(),
        };
        self.targets.iter().map(attainable).collect()
    }

    pub(super) fn learn(&mut self, record: &Record) {
        if self.network.is_compatible(record) && record.node_id() != self.network.record.node_id() {
            self.known.entry(record.node_id()).or_insert_with(|| Services::of(record));
        }
    }

    pub(super) fn peers(&self) -> usize {
        self.known.len()
    }

    /// The wants of which too few are known.
    pub(super) fn starving(&self) -> impl Iterator<Item = &Want> {
        let known = |want: &Want| self.known.values().filter(|services| want.is_served_by(services)).count();
        self.targets.iter().filter(move |(want, target)| known(want) < *target).map(|(want, _)| want)
    }
}

/// All subnets and columns.
pub(super) fn wants() -> Vec<Want> {
    let subnets = (0..SUBNETS).map(|id| Want::AttestationSubnet { id, min_peers: ON_SUBNET, until_slot: None });
    let columns = (0..COLUMNS).map(|id| Want::Column { id, min_peers: WITH_COLUMN, until_slot: None });
    subnets.chain(columns).collect()
}

fn number(want: &Want) -> usize {
    if matches!(want, Want::Column { .. }) { WITH_COLUMN } else { ON_SUBNET }
}
