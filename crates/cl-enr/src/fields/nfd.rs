//! `nfd`: the digest of the next scheduled fork, 4 bytes, zero if there is none (since Fulu).

use cl_types::ForkDigest;

use super::{FieldError, fixed};
use crate::{Builder, Record};

const KEY: &str = "nfd";

/// The digest of the fork that the node expects next. Absence means unknown, zero means none.
pub fn next_fork_digest(record: &Record) -> Result<Option<ForkDigest>, FieldError> {
    Ok(fixed::<4>(record, KEY)?.map(ForkDigest))
}

/// Adds the digest of the next fork to a record.
pub fn add_next_fork_digest(builder: &mut Builder, value: ForkDigest) {
    builder.add_value(KEY, &value.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn zero_keeps_its_four_bytes() {
        for text in ["00000000", "8c9f62fe"] {
            let digest: ForkDigest = text.parse().unwrap();
            let record = built(|builder| add_next_fork_digest(builder, digest));
            assert_eq!(hex::encode(record.get_raw_rlp("nfd").unwrap()), format!("84{text}"));
            assert_eq!(next_fork_digest(&record), Ok(Some(digest)));
        }
    }

    #[test]
    fn odd_sizes_are_told() {
        let key = "nfd";
        let short = FieldError::TooShort { key, expected: 4, actual: 0 };
        assert_eq!(next_fork_digest(&record_with(key, &[0x80])), Err(short));
        let long = FieldError::TooLong { key, max: 4, actual: 5 };
        assert_eq!(next_fork_digest(&record_with(key, &[0x85, 1, 2, 3, 4, 5])), Err(long));
    }
}
