//! What a peer says of itself, in its record and its MetaData, and what that is worth.

use cl_enr::{Record, fields};
use cl_types::Severity;
use cl_types::containers::MetaData;
use cl_types::custody::{CUSTODY_REQUIREMENT, NUMBER_OF_CUSTODY_GROUPS};

use crate::subnets::Subnets;

/// What we keep of a node record. Entries that are absent or malformed are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordFacts {
    /// Its sequence number.
    pub(crate) seq: u64,
    /// Its text form, `enr:…`.
    pub(crate) text: String,
    /// The node's name in discovery, big-endian.
    pub(crate) node_id: [u8; 32],
    /// `attnets` and `syncnets`.
    pub(crate) subnets: Subnets,
    /// `cgc`.
    pub(crate) custody_group_count: Option<u64>,
}

impl RecordFacts {
    /// Reads a record.
    pub(crate) fn of(record: &Record) -> Self {
        let attnets = fields::attnets(record).ok().flatten();
        let syncnets = fields::syncnets(record).ok().flatten();
        Self {
            seq: record.seq(),
            text: record.to_base64(),
            node_id: record.node_id().raw(),
            subnets: Subnets::of_fields(attnets.as_ref(), syncnets.as_ref()),
            custody_group_count: fields::custody_group_count(record).ok().flatten(),
        }
    }
}

/// What a peer offers: MetaData counts where it is known, else the record. A custody group count that is not said is
/// `CUSTODY_REQUIREMENT`, one that is impossible is none.
pub(crate) fn offer(node_id: Option<[u8; 32]>, record: Option<&RecordFacts>, metadata: Option<&MetaData>) -> Subnets {
    let fields = match metadata {
        Some(metadata) => Subnets::of_fields(Some(metadata.attnets()), metadata.syncnets()),
        None => record.map_or(Subnets::NONE, |record| record.subnets),
    };
    let count = metadata
        .and_then(MetaData::custody_group_count)
        .or_else(|| record.and_then(|record| record.custody_group_count))
        .unwrap_or(CUSTODY_REQUIREMENT);
    let possible = count <= NUMBER_OF_CUSTODY_GROUPS;
    let custody = node_id.filter(|_| possible).map_or(Subnets::NONE, |id| Subnets::of_custody(id, count));
    fields.or(&custody)
}

/// Something wrong with what a peer says.
pub(crate) type Lie = (Severity, &'static str);

/// What is wrong with new MetaData: by itself, compared with what came before in the session, and with the record that was
/// known when the session began. The worst, if several things are.
///
/// A custody count "SHOULD" not fall, and a counter rises with each change: either is a small fault, so that only a
/// habit parts a peer. A count that cannot be is a larger one.
pub(crate) fn metadata_lie(record: Option<&RecordFacts>, before: Option<&MetaData>, now: &MetaData) -> Option<Lie> {
    let count = now.custody_group_count();
    if count.is_some_and(|count| count > NUMBER_OF_CUSTODY_GROUPS) {
        return Some((Severity::Mid, "more custody groups than there are"));
    }
    if let Some(before) = before {
        if now.seq_number() < before.seq_number() {
            return Some((Severity::Low, "the MetaData counter went back"));
        }
        if now.seq_number() == before.seq_number() && !same_content(before, now) {
            return Some((Severity::Low, "MetaData changed without its counter"));
        }
        if fell(before.custody_group_count(), count) {
            return Some((Severity::Low, "the custody group count fell"));
        }
        // The rest was said when `before` came.
        return None;
    }
    if fell(record.and_then(|record| record.custody_group_count), count) {
        return Some((Severity::Low, "fewer custody groups than its record says"));
    }
    let too_few = count.is_some_and(|count| count < CUSTODY_REQUIREMENT);
    too_few.then_some((Severity::Low, "fewer custody groups than required"))
}

fn fell(before: Option<u64>, now: Option<u64>) -> bool {
    matches!((before, now), (Some(before), Some(now)) if now < before && before <= NUMBER_OF_CUSTODY_GROUPS)
}

/// Versions differ in what they leave out: only what both say is compared.
fn same_content(a: &MetaData, b: &MetaData) -> bool {
    let same_syncnets = a.syncnets().zip(b.syncnets()).is_none_or(|(a, b)| a == b);
    let same_count = a.custody_group_count().zip(b.custody_group_count()).is_none_or(|(a, b)| a == b);
    a.attnets() == b.attnets() && same_syncnets && same_count
}

#[cfg(test)]
mod tests {
    use cl_types::containers::{Attnets, MetaDataV1, MetaDataV3, Syncnets};

    use super::*;
    use crate::subnets::Subnet;

    fn metadata(seq_number: u64, custody_group_count: u64) -> MetaData {
        MetaData::V3(MetaDataV3 {
            seq_number,
            attnets: Attnets::default(),
            syncnets: Syncnets::default(),
            custody_group_count,
        })
    }

    fn record(cgc: Option<u64>) -> RecordFacts {
        let mut builder = Record::builder();
        if let Some(cgc) = cgc {
            fields::add_custody_group_count(&mut builder, cgc);
        }
        let mut attnets = Attnets::default();
        attnets.set(7, true).unwrap();
        fields::add_attnets(&mut builder, &attnets);
        RecordFacts::of(&builder.build(&cl_enr::Key::from_bytes([1; 32]).unwrap().to_combined()).unwrap())
    }

    #[test]
    fn a_record_says_subnets_and_the_node_id_says_columns() {
        let facts = record(Some(8));
        assert_eq!(facts.node_id, cl_enr::Key::from_bytes([1; 32]).unwrap().node_id());
        assert!(facts.text.starts_with("enr:"));
        let offer = |metadata| offer(Some(facts.node_id), Some(&facts), metadata);
        assert!(offer(None).contains(Subnet::Attestation(7)));
        assert_eq!(offer(None).columns.count_ones(), 8);
        let newer = metadata(1, 16);
        assert!(!offer(Some(&newer)).contains(Subnet::Attestation(7)), "MetaData is the newer word");
        assert_eq!(offer(Some(&newer)).columns.count_ones(), 16);
        let silent = MetaData::V1(MetaDataV1 { seq_number: 1, attnets: Attnets::default() });
        assert_eq!(offer(Some(&silent)).columns.count_ones(), 8, "version 1 says nothing of custody");
        assert!(offer(Some(&metadata(1, 129))).is_empty(), "a count that cannot be counts nothing");
        let unknown = super::offer(Some([0; 32]), None, None);
        assert_eq!(unknown, Subnets::of_custody([0; 32], 4));
        assert!(super::offer(None, None, None).is_empty());
    }

    #[test]
    fn a_table_of_lies() {
        let (small, large, none) = (record(Some(4)), record(Some(64)), record(None));
        let low = |what| Some((Severity::Low, what));
        for (record, before, now, expected) in [
            (&small, None, metadata(0, 4), None),
            (&small, None, metadata(0, 128), None),
            (&none, None, metadata(0, 4), None),
            (&large, None, metadata(0, 4), low("fewer custody groups than its record says")),
            (&none, None, metadata(0, 3), low("fewer custody groups than required")),
            (&none, None, metadata(0, 129), Some((Severity::Mid, "more custody groups than there are"))),
            (&small, Some(metadata(5, 8)), metadata(6, 16), None),
            (&small, Some(metadata(5, 8)), metadata(5, 8), None),
            (&small, Some(metadata(5, 8)), metadata(6, 4), low("the custody group count fell")),
            (&small, Some(metadata(5, 8)), metadata(4, 8), low("the MetaData counter went back")),
            (&small, Some(metadata(5, 8)), metadata(5, 9), low("MetaData changed without its counter")),
            (&large, Some(metadata(5, 8)), metadata(6, 8), None),
        ] {
            assert_eq!(metadata_lie(Some(record), before.as_ref(), &now), expected, "{before:?} {now:?}");
        }
    }
}
