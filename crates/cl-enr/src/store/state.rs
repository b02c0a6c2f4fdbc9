//! The state file: one `name value` pair a line.

use cl_types::containers::{Attnets, MetaDataV3, Syncnets};
use ssz::{Decode, Encode};

use crate::{ParseError, Record, parse};

/// What outlives a process: the counters of record and MetaData, and what they stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The highest sequence number that a record of ours had.
    pub record_seq: u64,
    /// The last MetaData; never lower the custody count of a later run below this one's.
    pub metadata: MetaDataV3,
    /// The last record.
    pub record: Record,
}

/// Why a text is no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Not UTF-8.
    #[error("it is not text")]
    NotText,
    /// A value is absent.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value is not of its kind.
    #[error("`{0}` cannot be read")]
    Malformed(&'static str),
    /// The record cannot be read.
    #[error("`record` cannot be read: {0}")]
    Record(#[from] ParseError),
}

impl Saved {
    /// As text, for the state file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let MetaDataV3 { seq_number, attnets, syncnets, custody_group_count } = &self.metadata;
        format!(
            "# Counters of this node. Replaced as a whole; do not edit.\n\
             record_seq {}\nmetadata_seq {seq_number}\nattnets {}\nsyncnets {}\ncustody_group_count {custody_group_count}\nrecord {}\n",
            self.record_seq,
            hex::encode(attnets.as_ssz_bytes()),
            hex::encode(syncnets.as_ssz_bytes()),
            self.record.to_base64(),
        )
    }

    /// Reads what [`Self::to_text`] wrote. Unknown names are ignored, so an older program reads a newer file.
    pub fn from_text(text: &str) -> Result<Self, StateError> {
        let value = |name: &'static str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(found, _)| *found == name).map(|(_, value)| value.trim()).ok_or(StateError::Missing(name))
        };
        let number = |name| value(name)?.parse::<u64>().map_err(|_| StateError::Malformed(name));
        let bytes = |name| hex::decode(value(name)?).map_err(|_| StateError::Malformed(name));
        Ok(Self {
            record_seq: number("record_seq")?,
            metadata: MetaDataV3 {
                seq_number: number("metadata_seq")?,
                attnets: Attnets::from_ssz_bytes(&bytes("attnets")?).map_err(|_| StateError::Malformed("attnets"))?,
                syncnets: Syncnets::from_ssz_bytes(&bytes("syncnets")?)
                    .map_err(|_| StateError::Malformed("syncnets"))?,
                custody_group_count: number("custody_group_count")?,
            },
            record: parse(value("record")?)?,
        })
    }
}
