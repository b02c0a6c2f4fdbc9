//! Status and MetaData as JSON: roots and digests in hex, bit fields as lists of subnets.

use std::fmt;

use cl_types::containers::{
    Attnets, MetaData, MetaDataV1, MetaDataV2, MetaDataV3, Status, StatusV1, StatusV2, Syncnets,
};
use cl_types::{Epoch, ForkDigest, Root, Slot};
use serde::{Deserialize, Serialize};

use crate::subnets::{Subnet, Subnets};

/// A Status. `earliest_available_slot` is absent in version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusWords {
    /// `0x` and 8 hex digits.
    pub fork_digest: String,
    /// `0x` and 64 hex digits.
    pub finalized_root: String,
    /// Epoch.
    pub finalized_epoch: u64,
    /// `0x` and 64 hex digits.
    pub head_root: String,
    /// Slot.
    pub head_slot: u64,
    /// Slot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub earliest_available_slot: Option<u64>,
}

/// MetaData. `syncnets` is absent in version 1, `custody_group_count` in versions 1 and 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaDataWords {
    /// Its counter.
    pub seq_number: u64,
    /// The attestation subnets, ascending.
    pub attnets: Vec<u8>,
    /// The sync subnets, ascending.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub syncnets: Option<Vec<u8>>,
    /// How many custody groups.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub custody_group_count: Option<u64>,
}

/// Words that are no Status or MetaData.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not hex of the right length, or no such subnet")]
pub struct BadWords;

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], BadWords> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes).map_err(|_| BadWords)?;
    Ok(bytes)
}

impl From<&Status> for StatusWords {
    fn from(status: &Status) -> Self {
        let common = status.common();
        Self {
            fork_digest: hex(&common.fork_digest.0),
            finalized_root: hex(common.finalized_root.as_slice()),
            finalized_epoch: common.finalized_epoch.0,
            head_root: hex(common.head_root.as_slice()),
            head_slot: common.head_slot.0,
            earliest_available_slot: status.earliest_available_slot().map(|slot| slot.0),
        }
    }
}

impl TryFrom<&StatusWords> for Status {
    type Error = BadWords;

    fn try_from(words: &StatusWords) -> Result<Self, BadWords> {
        let v1 = StatusV1 {
            fork_digest: ForkDigest(unhex(&words.fork_digest)?),
            finalized_root: Root::from(unhex::<32>(&words.finalized_root)?),
            finalized_epoch: Epoch(words.finalized_epoch),
            head_root: Root::from(unhex::<32>(&words.head_root)?),
            head_slot: Slot(words.head_slot),
        };
        let StatusV1 { fork_digest, finalized_root, finalized_epoch, head_root, head_slot } = v1;
        Ok(match words.earliest_available_slot.map(Slot) {
            None => Self::V1(v1),
            Some(earliest_available_slot) => Self::V2(StatusV2 {
                fork_digest,
                finalized_root,
                finalized_epoch,
                head_root,
                head_slot,
                earliest_available_slot,
            }),
        })
    }
}

impl fmt::Display for StatusWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fork_digest, finalized_epoch, head_slot, .. } = self;
        write!(f, "head slot {head_slot}, finalized epoch {finalized_epoch}, digest {fork_digest}")?;
        match self.earliest_available_slot {
            Some(slot) if slot > *head_slot => f.write_str(", serves nothing yet"),
            Some(slot) => write!(f, ", serves from slot {slot}"),
            None => Ok(()),
        }
    }
}

/// The numbers of the subnets in a set of one kind.
pub(crate) fn numbers(set: &Subnets) -> Vec<u8> {
    let number = |subnet| match subnet {
        Subnet::Attestation(at) | Subnet::Sync(at) | Subnet::Column(at) => at,
    };
    set.iter().map(number).collect()
}

impl From<&MetaData> for MetaDataWords {
    fn from(metadata: &MetaData) -> Self {
        Self {
            seq_number: metadata.seq_number(),
            attnets: numbers(&Subnets::of_fields(Some(metadata.attnets()), None)),
            syncnets: metadata.syncnets().map(|syncnets| numbers(&Subnets::of_fields(None, Some(syncnets)))),
            custody_group_count: metadata.custody_group_count(),
        }
    }
}

impl TryFrom<&MetaDataWords> for MetaData {
    type Error = BadWords;

    fn try_from(words: &MetaDataWords) -> Result<Self, BadWords> {
        let seq_number = words.seq_number;
        let mut attnets = Attnets::default();
        for at in &words.attnets {
            attnets.set(usize::from(*at), true).map_err(|_| BadWords)?;
        }
        let Some(numbers) = &words.syncnets else {
            return Ok(Self::V1(MetaDataV1 { seq_number, attnets }));
        };
        let mut syncnets = Syncnets::default();
        for at in numbers {
            syncnets.set(usize::from(*at), true).map_err(|_| BadWords)?;
        }
        Ok(match words.custody_group_count {
            None => Self::V2(MetaDataV2 { seq_number, attnets, syncnets }),
            Some(custody_group_count) => Self::V3(MetaDataV3 { seq_number, attnets, syncnets, custody_group_count }),
        })
    }
}

impl fmt::Display for MetaDataWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counter {}, attestation subnets {:?}", self.seq_number, self.attnets)?;
        if let Some(syncnets) = &self.syncnets {
            write!(f, ", sync subnets {syncnets:?}")?;
        }
        self.custody_group_count.map_or(Ok(()), |count| write!(f, ", {count} custody groups"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{metadata, status};

    #[test]
    fn words_are_read_back_in_their_version() {
        let v2 = StatusV2 { finalized_root: Root::repeat_byte(7), head_slot: Slot(9), ..status() };
        for status in [Status::V1(v2.to_v1()), Status::V2(v2)] {
            let json = serde_json::to_string(&StatusWords::from(&status)).unwrap();
            let words: StatusWords = serde_json::from_str(&json).unwrap();
            assert_eq!(Status::try_from(&words), Ok(status), "{json}");
        }
        let mut attnets = Attnets::default();
        attnets.set(63, true).unwrap();
        let v1 = MetaData::V1(MetaDataV1 { seq_number: 1, attnets: attnets.clone() });
        let v2 = MetaData::V2(MetaDataV2 { seq_number: 1, attnets, syncnets: Syncnets::default() });
        for metadata in [v1, v2, metadata(3)] {
            let json = serde_json::to_string(&MetaDataWords::from(&metadata)).unwrap();
            let words: MetaDataWords = serde_json::from_str(&json).unwrap();
            assert_eq!(MetaData::try_from(&words), Ok(metadata), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let words = MetaDataWords { seq_number: 0, attnets: vec![64], syncnets: None, custody_group_count: None };
        assert_eq!(MetaData::try_from(&words), Err(BadWords));
        let mut words = StatusWords::from(&Status::V2(status()));
        words.head_root = "0x12".to_owned();
        assert_eq!(Status::try_from(&words), Err(BadWords));
    }
}
