//! `attnets`: the long-lived attestation subnets, 8 bytes, bit i in byte i/8 at i%8.

use cl_types::containers::Attnets;
use ssz::{Decode, Encode};

use super::{FieldError, fixed};
use crate::{Builder, Record};

const KEY: &str = "attnets";

/// The node's long-lived attestation subnets. Absence means none.
pub fn attnets(record: &Record) -> Result<Option<Attnets>, FieldError> {
    let Some(ssz) = fixed::<8>(record, KEY)? else {
        return Ok(None);
    };
    // Any 8 bytes decode.
    Attnets::from_ssz_bytes(&ssz).map(Some).map_err(|_| FieldError::NotBytes { key: KEY })
}

/// Adds the long-lived attestation subnets to a record.
pub fn add_attnets(builder: &mut Builder, value: &Attnets) {
    builder.add_value(KEY, &value.as_ssz_bytes().as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn bits_count_from_the_low_end() {
        let mut value = Attnets::new();
        value.set(0, true).unwrap();
        value.set(63, true).unwrap();
        let record = built(|builder| add_attnets(builder, &value));
        assert_eq!(record.get_raw_rlp("attnets").unwrap(), [0x88, 1, 0, 0, 0, 0, 0, 0, 0x80]);
        assert_eq!(attnets(&record), Ok(Some(value)));
    }

    #[test]
    fn odd_sizes_are_told() {
        let key = "attnets";
        let short = FieldError::TooShort { key, expected: 8, actual: 2 };
        assert_eq!(attnets(&record_with(key, &[0x82, 1, 2])), Err(short));
        let long = FieldError::TooLong { key, max: 8, actual: 9 };
        assert_eq!(attnets(&record_with(key, &[0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9])), Err(long));
    }
}
