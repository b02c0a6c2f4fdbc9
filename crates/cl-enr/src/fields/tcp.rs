//! `tcp` and `tcp6`: the ports of libp2p over TCP.

use super::{FieldError, port};
use crate::{Builder, Record};

const KEY4: &str = "tcp";
const KEY6: &str = "tcp6";

/// The port of libp2p over TCP for IPv4.
pub fn tcp4(record: &Record) -> Result<Option<u16>, FieldError> {
    port(record, KEY4)
}

/// The port of libp2p over TCP for IPv6, as it stands there: where it is absent, `tcp` holds for both families.
pub fn tcp6(record: &Record) -> Result<Option<u16>, FieldError> {
    port(record, KEY6)
}

/// Adds the port of libp2p over TCP for IPv4 to a record.
pub fn add_tcp4(builder: &mut Builder, port: u16) {
    builder.add_value(KEY4, &port);
}

/// Adds the port of libp2p over TCP for IPv6 to a record.
pub fn add_tcp6(builder: &mut Builder, port: u16) {
    builder.add_value(KEY6, &port);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn both_families_are_apart() {
        let record = built(|builder| {
            add_tcp4(builder, 9000);
            add_tcp6(builder, 9090);
        });
        assert_eq!(record.get_raw_rlp("tcp").unwrap(), [0x82, 0x23, 0x28]);
        assert_eq!((tcp4(&record), tcp6(&record)), (Ok(Some(9000)), Ok(Some(9090))));
        assert_eq!((record.tcp4(), record.tcp6()), (Some(9000), Some(9090)), "the record says the same");
        assert_eq!((tcp4(&built(|_| ())), tcp6(&built(|_| ()))), (Ok(None), Ok(None)));
    }

    #[test]
    fn a_port_of_three_bytes_is_too_long() {
        let record = record_with("tcp", &[0x83, 1, 2, 3]);
        assert_eq!(tcp4(&record), Err(FieldError::TooLong { key: "tcp", max: 2, actual: 3 }));
        // Such a record is made, but nobody can read it.
        assert!(crate::parse(&record.to_base64()).is_err());
    }
}
