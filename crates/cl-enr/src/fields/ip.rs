//! `ip` and `ip6`: the addresses of the node.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{FieldError, fixed};
use crate::{Builder, Record};

const KEY4: &str = "ip";
const KEY6: &str = "ip6";

/// The IPv4 address. Whether anybody can be reached there is another question: see [`crate::dial()`].
pub fn ip4(record: &Record) -> Result<Option<Ipv4Addr>, FieldError> {
    Ok(fixed::<4>(record, KEY4)?.map(Ipv4Addr::from))
}

/// The IPv6 address. Whether anybody can be reached there is another question: see [`crate::dial()`].
pub fn ip6(record: &Record) -> Result<Option<Ipv6Addr>, FieldError> {
    Ok(fixed::<16>(record, KEY6)?.map(Ipv6Addr::from))
}

/// Adds the IPv4 address to a record.
pub fn add_ip4(builder: &mut Builder, ip: Ipv4Addr) {
    builder.add_value(KEY4, &ip.octets().as_slice());
}

/// Adds the IPv6 address to a record.
pub fn add_ip6(builder: &mut Builder, ip: Ipv6Addr) {
    builder.add_value(KEY6, &ip.octets().as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    #[test]
    fn both_families_are_apart() {
        let v6: Ipv6Addr = "2001:db8::1".parse().unwrap();
        let record = built(|builder| {
            add_ip4(builder, Ipv4Addr::LOCALHOST);
            add_ip6(builder, v6);
        });
        assert_eq!(record.get_raw_rlp("ip").unwrap(), [0x84, 127, 0, 0, 1]);
        assert_eq!((ip4(&record), ip6(&record)), (Ok(Some(Ipv4Addr::LOCALHOST)), Ok(Some(v6))));
        assert_eq!((record.ip4(), record.ip6()), (Some(Ipv4Addr::LOCALHOST), Some(v6)), "the record says the same");
    }

    #[test]
    fn an_address_of_the_other_family_is_malformed() {
        let long = record_with("ip", &[0x85, 1, 2, 3, 4, 5]);
        assert_eq!(ip4(&long), Err(FieldError::TooLong { key: "ip", max: 4, actual: 5 }));
        let short = record_with("ip6", &[0x84, 1, 2, 3, 4]);
        assert_eq!(ip6(&short), Err(FieldError::TooShort { key: "ip6", expected: 16, actual: 4 }));
        assert!(crate::parse(&short.to_base64()).is_err(), "such a record is made, but nobody can read it");
    }
}
