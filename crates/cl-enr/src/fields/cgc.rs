//! `cgc`: how many custody groups the node keeps, a big-endian integer without leading zeros (since Fulu).

use super::{FieldError, integer};
use crate::{Builder, Record};

const KEY: &str = "cgc";

/// The node's custody group count; not checked against the number of groups. Absence means unknown.
pub fn custody_group_count(record: &Record) -> Result<Option<u64>, FieldError> {
    integer(record, KEY, 8)
}

/// Adds the custody group count to a record.
pub fn add_custody_group_count(builder: &mut Builder, value: u64) {
    builder.add_value(KEY, &value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn integers_are_minimal() {
        for (count, rlp) in [(0, &[0x80][..]), (4, &[0x04]), (128, &[0x81, 0x80])] {
            let record = built(|builder| add_custody_group_count(builder, count));
            assert_eq!(record.get_raw_rlp("cgc").unwrap(), rlp);
            assert_eq!(custody_group_count(&record), Ok(Some(count)));
        }
    }

    #[test]
    fn padded_oversized_and_listed_ones_are_told_apart() {
        let key = "cgc";
        let of = |rlp: &[u8]| custody_group_count(&record_with(key, rlp));
        assert_eq!(of(&[0x00]), Err(FieldError::LeadingZeros { key }));
        assert_eq!(of(&[0x82, 0, 4]), Err(FieldError::LeadingZeros { key }));
        assert_eq!(of(&[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]), Err(FieldError::TooLong { key, max: 8, actual: 9 }));
        assert_eq!(of(&[0xc0]), Err(FieldError::NotBytes { key }));
        assert_eq!(of(&[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Ok(Some(u64::MAX)));
    }
}
