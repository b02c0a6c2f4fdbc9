//! What a node serves, as far as it can be told before anybody connects.
//!
//! # Which source is trusted
//! | what | taken from | because |
//! | --- | --- | --- |
//! | attestation subnets | the record's `attnets` | the node signed it, and it is what it is on now. The subnets of its node id are what it *should* be on: they say where to look ([`Rotation`](crate::Rotation)), and count for nothing if the bits are missing |
//! | sync committee subnets | the record's `syncnets` | nothing else says it |
//! | columns | the node id, with the record's `cgc` | the record does not name columns; which groups follow from a count is not the node's choice. Without `cgc` the minimum that every node must keep; a malformed or impossible one counts for nothing |
//!
//! Both may lie. What a node says once connected (MetaData, its subscriptions) is the peer manager's to compare.

use cl_enr::{Record, fields};
use cl_types::custody::{CUSTODY_REQUIREMENT, custody_column_bits};

/// Subnets and columns, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Services {
    /// Attestation subnets.
    pub attestation: u64,
    /// Sync committee subnets: the four low bits.
    pub sync: u8,
    /// Data columns in custody.
    pub columns: u128,
}

impl Services {
    /// What the node of a record serves; see the module for what is trusted.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let attestation = fields::attnets(record).ok().flatten().map_or(0, |bits| {
            bits.iter().enumerate().fold(0, |set, (subnet, is_on)| set | (u64::from(is_on) << subnet))
        });
        let sync = fields::syncnets(record).ok().flatten().map_or(0, |bits| {
            bits.iter().enumerate().fold(0, |set, (subnet, is_on)| set | (u8::from(is_on) << subnet))
        });
        let count = match fields::custody_group_count(record) {
            Ok(count) => count.unwrap_or(CUSTODY_REQUIREMENT),
            Err(_) => 0,
        };
        let columns = custody_column_bits(record.node_id().raw(), count).map_or(0, u128::from_le_bytes);
        Self { attestation, sync, columns }
    }

    /// Whether it has an attestation subnet.
    #[must_use]
    pub fn has_attestation(&self, subnet: u64) -> bool {
        bit(self.attestation.into(), subnet)
    }

    /// Whether it has a sync committee subnet.
    #[must_use]
    pub fn has_sync(&self, subnet: u64) -> bool {
        bit((self.sync & 0x0f).into(), subnet)
    }

    /// Whether it has a column.
    #[must_use]
    pub fn has_column(&self, column: u64) -> bool {
        bit(self.columns, column)
    }
}

fn bit(bits: u128, at: u64) -> bool {
    u32::try_from(at).ok().and_then(|at| bits.checked_shr(at)).is_some_and(|rest| rest & 1 == 1)
}

#[cfg(test)]
mod tests {
    use cl_enr::Key;
    use cl_types::containers::{Attnets, Syncnets};
    use cl_types::custody::custody_groups;

    use super::*;

    fn record(fill: impl FnOnce(&mut cl_enr::Builder)) -> Record {
        let mut builder = Record::builder();
        fill(&mut builder);
        builder.build(&Key::generate().to_combined()).unwrap()
    }

    #[test]
    fn bits_are_read_and_columns_follow_from_the_id() {
        let (mut attnets, mut syncnets) = (Attnets::new(), Syncnets::new());
        attnets.set(63, true).unwrap();
        syncnets.set(2, true).unwrap();
        let record = record(|builder| {
            fields::add_attnets(builder, &attnets);
            fields::add_syncnets(builder, &syncnets);
            fields::add_custody_group_count(builder, 8);
        });
        let services = Services::of(&record);
        assert_eq!((services.attestation, services.sync), (1 << 63, 4));
        let groups = custody_groups(record.node_id().raw(), 8).unwrap();
        assert!(groups.iter().all(|group| services.has_column(*group)));
        assert_eq!(services.columns.count_ones(), 8);
        assert!(services.has_attestation(63) && !services.has_attestation(64));
    }

    #[test]
    fn without_a_count_the_minimum_and_with_an_impossible_one_nothing() {
        assert_eq!(Services::of(&record(|_| ())).columns.count_ones(), 4);
        let impossible = record(|builder| fields::add_custody_group_count(builder, 129));
        assert_eq!(Services::of(&impossible).columns, 0);
        let malformed = record(|builder| {
            builder.add_value_rlp("cgc", vec![0xc0].into());
        });
        assert_eq!(Services::of(&malformed).columns, 0);
    }
}
