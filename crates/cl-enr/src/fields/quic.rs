//! `quic` and `quic6`: the UDP ports of QUIC, which are not the ports of discv5.

use super::{FieldError, port};
use crate::{Builder, Record};

const KEY4: &str = "quic";
const KEY6: &str = "quic6";

/// The QUIC port for IPv4. Absence means no QUIC there.
pub fn quic4(record: &Record) -> Result<Option<u16>, FieldError> {
    port(record, KEY4)
}

/// The QUIC port for IPv6. Absence means no QUIC there: `quic` does not stand in for it.
pub fn quic6(record: &Record) -> Result<Option<u16>, FieldError> {
    port(record, KEY6)
}

/// Adds the QUIC port for IPv4 to a record.
pub fn add_quic4(builder: &mut Builder, port: u16) {
    builder.add_value(KEY4, &port);
}

/// Adds the QUIC port for IPv6 to a record.
pub fn add_quic6(builder: &mut Builder, port: u16) {
    builder.add_value(KEY6, &port);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn ports_are_minimal_integers() {
        let record = built(|builder| {
            add_quic4(builder, 9001);
            add_quic6(builder, 80);
        });
        assert_eq!(record.get_raw_rlp("quic").unwrap(), [0x82, 0x23, 0x29]);
        assert_eq!(record.get_raw_rlp("quic6").unwrap(), [80]);
        assert_eq!((quic4(&record), quic6(&record)), (Ok(Some(9001)), Ok(Some(80))));
    }

    #[test]
    fn too_long_and_padded_ports_are_told_apart() {
        let long = record_with("quic", &[0x83, 1, 2, 3]);
        assert_eq!(quic4(&long), Err(FieldError::TooLong { key: "quic", max: 2, actual: 3 }));
        let padded = record_with("quic6", &[0x82, 0, 80]);
        assert_eq!(quic6(&padded), Err(FieldError::LeadingZeros { key: "quic6" }));
    }
}
