//! What a node id tells of its node before anyone connects (`phase0/p2p-interface.md`, `fulu/das-core.md`).
//!
//! A node that follows the specification stays on two attestation subnets and keeps some custody groups, and which ones
//! is a function of its id. So peers are chosen by their id; whether a node keeps what its id promises shows later.

use cl_types::custody::{CUSTODY_REQUIREMENT, NUMBER_OF_CUSTODY_GROUPS, columns_of_group, custody_groups};
use cl_types::subnets::{SUBNETS_PER_NODE, next_rotation, subscribed_subnets};
use cl_types::{Epoch, PresetId};

use crate::{Record, fields};

/// What to expect of a node at an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its long-lived attestation subnets, in the specification's order.
    pub attestation_subnets: [u64; SUBNETS_PER_NODE],
    /// The first epoch at which they may be others.
    pub rotates_at: Epoch,
    /// The custody groups that it keeps, ascending.
    pub custody_groups: Vec<u64>,
}

impl Expected {
    /// Of a node id (big-endian) alone, with a custody group count that is known or supposed. A node that says nothing
    /// keeps [`CUSTODY_REQUIREMENT`]; more groups than there are mean that it keeps none we could name.
    #[must_use]
    pub fn of_node(node_id: [u8; 32], custody_group_count: Option<u64>, epoch: Epoch, preset: PresetId) -> Self {
        let count = custody_group_count.unwrap_or(CUSTODY_REQUIREMENT);
        let count = if count > NUMBER_OF_CUSTODY_GROUPS { 0 } else { count };
        Self {
            attestation_subnets: subscribed_subnets(node_id, epoch, preset),
            rotates_at: next_rotation(node_id, epoch),
            // The count is in range.
            custody_groups: custody_groups(node_id, count).unwrap_or_default(),
        }
    }

    /// Of a record: its node id, and its `cgc` if that can be read.
    #[must_use]
    pub fn of(record: &Record, epoch: Epoch, preset: PresetId) -> Self {
        let count = fields::custody_group_count(record).ok().flatten();
        Self::of_node(record.node_id().raw(), count, epoch, preset)
    }

    /// The data columns in its custody groups, ascending.
    #[must_use]
    pub fn columns(&self) -> Vec<u64> {
        let mut columns: Vec<u64> = self.custody_groups.iter().flat_map(|group| columns_of_group(*group)).collect();
        columns.sort_unstable();
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Key};

    fn of(fill: impl FnOnce(&mut Builder)) -> Expected {
        let mut builder = Record::builder();
        fill(&mut builder);
        let record = builder.build(&Key::from_bytes([1; 32]).unwrap().to_combined()).unwrap();
        Expected::of(&record, Epoch(5), PresetId::Mainnet)
    }

    #[test]
    fn a_record_adds_its_count_to_the_node_id() {
        let silent = of(|_| ());
        assert_eq!(silent.custody_groups.len(), 4);
        assert_eq!(silent.columns(), silent.custody_groups, "today a group is a column");
        for (count, groups) in [(0, 0), (8, 8), (128, 128), (129, 0), (u64::MAX, 0)] {
            let said = of(|builder| fields::add_custody_group_count(builder, count));
            assert_eq!(said.custody_groups.len(), groups, "{count}");
            assert_eq!(said.attestation_subnets, silent.attestation_subnets);
        }
        let malformed = of(|builder| {
            builder.add_value_rlp("cgc", bytes::Bytes::from_static(&[0xc0]));
        });
        assert_eq!(malformed, silent, "a count that cannot be read counts as unsaid");
    }

    #[test]
    fn subnets_hold_until_they_rotate() {
        let id = Key::from_bytes([1; 32]).unwrap().node_id();
        let now = Expected::of_node(id, None, Epoch(0), PresetId::Mainnet);
        let last = Expected::of_node(id, None, Epoch(now.rotates_at.0 - 1), PresetId::Mainnet);
        assert_eq!(last, now);
        assert!(Expected::of_node(id, None, now.rotates_at, PresetId::Mainnet).rotates_at > now.rotates_at);
    }
}
