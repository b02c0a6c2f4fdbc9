//! `eth2`: which fork the node is on and which comes next, as 16 bytes of SSZ `ENRForkID`.

use cl_types::EnrForkId;
use ssz::{Decode, Encode};

use super::{FieldError, fixed};
use crate::{Builder, Record};

const KEY: &str = "eth2";

/// The node's fork. A record without it is no consensus node's.
pub fn eth2(record: &Record) -> Result<Option<EnrForkId>, FieldError> {
    let Some(ssz) = fixed::<16>(record, KEY)? else {
        return Ok(None);
    };
    // Any 16 bytes decode.
    EnrForkId::from_ssz_bytes(&ssz).map(Some).map_err(|_| FieldError::NotBytes { key: KEY })
}

/// Adds the node's fork to a record.
pub fn add_eth2(builder: &mut Builder, value: &EnrForkId) {
    builder.add_value(KEY, &value.as_ssz_bytes().as_slice());
}

#[cfg(test)]
mod tests {
    use cl_types::Epoch;

    use super::*;
    use crate::fields::tests::built;

    #[test]
    fn mainnet_before_its_first_blob_fork() {
        let value = EnrForkId {
            fork_digest: "cc2c5cdb".parse().unwrap(),
            next_fork_version: "06000000".parse().unwrap(),
            next_fork_epoch: Epoch(412_672),
        };
        let record = built(|builder| add_eth2(builder, &value));
        let rlp = record.get_raw_rlp("eth2").unwrap();
        assert_eq!(hex::encode(rlp), "90cc2c5cdb06000000004c060000000000");
        assert_eq!(eth2(&record), Ok(Some(value)));
    }
}
