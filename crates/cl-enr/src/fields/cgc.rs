//! `cgc`: how many custody groups the node keeps, a big-endian integer without leading zeros (since Fulu).

use super::FieldError;
use crate::{Builder, Record};

const KEY: &str = "cgc";

/// The node's custody group count; not checked against the number of groups. Absence means unknown.
pub fn custody_group_count(record: &Record) -> Result<Option<u64>, FieldError> {
    record.get_decodable::<u64>(KEY).transpose().map_err(|_| FieldError::NotInteger { key: KEY })
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
    fn padded_or_oversized_integers_are_malformed() {
        for rlp in [&[0x00][..], &[0x82, 0, 4], &[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], &[0xc0]] {
            assert_eq!(custody_group_count(&record_with("cgc", rlp)), Err(FieldError::NotInteger { key: "cgc" }));
        }
    }
}
