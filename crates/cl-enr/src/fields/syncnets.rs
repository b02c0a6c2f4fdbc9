//! `syncnets`: the sync committee subnets, one byte, the four low bits.

use cl_types::containers::Syncnets;
use ssz::{Decode, Encode};

use super::{FieldError, fixed};
use crate::{Builder, Record};

const KEY: &str = "syncnets";

/// The node's sync committee subnets. Absence means none, and so should an error: records with 8 bytes are in use, and
/// the rest of such a record is good. High bits are ignored.
pub fn syncnets(record: &Record) -> Result<Option<Syncnets>, FieldError> {
    let Some([byte]) = fixed::<1>(record, KEY)? else {
        return Ok(None);
    };
    // Four bits always decode.
    Syncnets::from_ssz_bytes(&[byte & 0x0f]).map(Some).map_err(|_| FieldError::NotBytes { key: KEY })
}

/// Adds the sync committee subnets to a record.
pub fn add_syncnets(builder: &mut Builder, value: &Syncnets) {
    builder.add_value(KEY, &value.as_ssz_bytes().as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn all_zero_is_a_zero_byte_not_an_empty_string() {
        let record = built(|builder| add_syncnets(builder, &Syncnets::new()));
        assert_eq!(record.get_raw_rlp("syncnets").unwrap(), [0]);
        assert_eq!(syncnets(&record), Ok(Some(Syncnets::new())));
    }

    #[test]
    fn bits_survive_and_high_bits_do_not() {
        let mut value = Syncnets::new();
        value.set(3, true).unwrap();
        assert_eq!(syncnets(&built(|builder| add_syncnets(builder, &value))), Ok(Some(value.clone())));
        assert_eq!(syncnets(&record_with("syncnets", &[0x81, 0xf8])), Ok(Some(value)));
    }

    #[test]
    fn odd_sizes_are_told() {
        let key = "syncnets";
        let eight = [0x88, 0xff, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(syncnets(&record_with(key, &eight)), Err(FieldError::TooLong { key, max: 1, actual: 8 }));
        assert_eq!(syncnets(&record_with(key, &[0x80])), Err(FieldError::TooShort { key, expected: 1, actual: 0 }));
    }
}
