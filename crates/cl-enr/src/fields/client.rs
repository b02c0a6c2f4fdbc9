//! `client`: what software the node runs, a list of name, version and an optional build (EIP-7636, withdrawn; some
//! nodes still carry it).

use bytes::Bytes;

use super::FieldError;
use crate::{Builder, Record};

const KEY: &str = "client";

/// The software of a node, as its record says. Nobody checks that it is true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// More about the version, like a commit.
    pub build: Option<String>,
}

/// The software of the node. Control characters count as malformed: the texts are printed.
pub fn client(record: &Record) -> Result<Option<Client>, FieldError> {
    let malformed = FieldError::NotTexts { key: KEY };
    let Some(list) = record.get_decodable::<Vec<Bytes>>(KEY) else {
        return Ok(None);
    };
    let text = |bytes: Bytes| {
        let text = String::from_utf8(bytes.into()).ok()?;
        (!text.chars().any(char::is_control)).then_some(text)
    };
    let texts: Option<Vec<String>> = list.map_err(|_| malformed)?.into_iter().map(text).collect();
    let mut texts = texts.ok_or(malformed)?.into_iter();
    let (Some(name), Some(version), build, None) = (texts.next(), texts.next(), texts.next(), texts.next()) else {
        return Err(malformed);
    };
    Ok(Some(Client { name, version, build }))
}

/// Adds the software of the node to a record.
pub fn add_client(builder: &mut Builder, value: &Client) {
    let mut list = vec![value.name.clone(), value.version.clone()];
    list.extend(value.build.clone());
    builder.add_value(KEY, &list);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::tests::{built, record_with};

    fn named(build: Option<&str>) -> Client {
        Client { name: "cl".to_owned(), version: "1".to_owned(), build: build.map(str::to_owned) }
    }

    #[test]
    fn two_texts_or_three() {
        for (value, rlp) in [
            (named(None), &[0xc4, 0x82, b'c', b'l', b'1'][..]),
            (named(Some("x")), &[0xc5, 0x82, b'c', b'l', b'1', b'x']),
        ] {
            let record = built(|builder| add_client(builder, &value));
            assert_eq!(record.get_raw_rlp("client").unwrap(), rlp);
            assert_eq!(client(&record), Ok(Some(value)));
        }
        assert_eq!(client(&built(|_| ())), Ok(None));
    }

    #[test]
    fn all_else_is_malformed() {
        let malformed = Err(FieldError::NotTexts { key: "client" });
        for rlp in [
            &[0x82, b'c', b'l'][..],            // not a list
            &[0xc0],                            // no texts
            &[0xc1, b'c'],                      // one
            &[0xc4, b'a', b'b', b'c', b'd'],    // four
            &[0xc3, b'a', 0xc1, b'b'],          // a list within
            &[0xc3, b'a', 0x81, 0xff],          // not UTF-8
            &[0xc4, b'a', 0x82, 0x1b, b'[', 0], // a terminal's escape
        ] {
            assert_eq!(client(&record_with("client", rlp)), malformed, "{rlp:?}");
        }
    }
}
