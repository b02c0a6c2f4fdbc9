//! Records from text and from RLP (EIP-778).

use alloy_rlp::Decodable;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{MAX_RECORD_LEN, Record};

/// Longest text of a record: `enr:` and 300 bytes in base64.
pub const MAX_TEXT_LEN: usize = 4 + 400;

/// Why a text or bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Does not begin with `enr:`.
    #[error("a record begins with `enr:`")]
    NoPrefix,
    /// A longer text than a record can have.
    #[error("the text has {0} characters, a record at most {MAX_TEXT_LEN}")]
    TooLong(usize),
    /// What follows `enr:` is not unpadded URL-safe base64.
    #[error("after `enr:` comes something that is not base64; is the text complete?")]
    NotBase64,
    /// More bytes than a record can have.
    #[error("the record has {0} bytes, at most {MAX_RECORD_LEN} are allowed")]
    TooLarge(usize),
    /// It ends too early.
    #[error("the record is cut off")]
    CutOff,
    /// Something follows it.
    #[error("{0} bytes follow the record")]
    Trailing(usize),
    /// Its key is none that is known, or its identity scheme is not `v4`.
    #[error("the record has no key of a known kind")]
    UnknownKey,
    /// Its signature is not of its key and contents.
    #[error("the record's signature does not fit")]
    Signature,
    /// Not what EIP-778 describes: no RLP, keys out of order, an address or port of the wrong kind.
    #[error("the record is malformed")]
    Malformed,
}

/// Reads the text form of a record and checks its signature. Blanks around it are ignored.
pub fn parse(text: &str) -> Result<Record, ParseError> {
    let text = text.trim();
    if text.len() > MAX_TEXT_LEN {
        return Err(ParseError::TooLong(text.len()));
    }
    let base64 = text.strip_prefix("enr:").ok_or(ParseError::NoPrefix)?;
    if !base64.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(ParseError::NotBase64);
    }
    // Every letter is one of the alphabet: what is left to go wrong is their number.
    from_rlp(&URL_SAFE_NO_PAD.decode(base64).map_err(|_| ParseError::CutOff)?)
}

/// Reads a record as discv5 carries it and checks its signature. Nothing may follow it.
pub fn from_rlp(bytes: &[u8]) -> Result<Record, ParseError> {
    if bytes.len() > MAX_RECORD_LEN {
        return Err(ParseError::TooLarge(bytes.len()));
    }
    let mut rest = bytes;
    let record = Record::decode(&mut rest).map_err(|error| reason(&error))?;
    if rest.is_empty() { Ok(record) } else { Err(ParseError::Trailing(rest.len())) }
}

/// The bytes of a record, as [`from_rlp`] reads them.
#[must_use]
pub fn to_rlp(record: &Record) -> Vec<u8> {
    alloy_rlp::encode(record)
}

/// The library tells some of its reasons apart by text alone; a test holds it to them.
fn reason(error: &alloy_rlp::Error) -> ParseError {
    match error {
        alloy_rlp::Error::InputTooShort => ParseError::CutOff,
        alloy_rlp::Error::Custom("Invalid Signature") => ParseError::Signature,
        alloy_rlp::Error::Custom("Unknown signature" | "Unsupported identity scheme") => ParseError::UnknownKey,
        _ => ParseError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, peer_id};

    /// The sample record of `enr.md`.
    pub(crate) const SAMPLE: &str = "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

    /// An RLP list of these strings, each shorter than 56 bytes but for the signature. Numbers are strings too.
    fn list(strings: &[&[u8]]) -> Vec<u8> {
        let payload: Vec<u8> = strings.iter().flat_map(|string| alloy_rlp::encode(*string)).collect();
        let mut out = Vec::new();
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut out);
        out.extend(payload);
        out
    }

    #[test]
    fn the_sample_record_is_read() {
        let record = parse(&format!(" {SAMPLE}\n")).unwrap();
        let key = Key::from_hex("b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291").unwrap();
        assert_eq!(record.node_id().raw(), key.node_id());
        assert_eq!(peer_id(&record), Ok(key.peer_id()));
        assert_eq!(record.udp4_socket().unwrap().to_string(), "127.0.0.1:30303");
        assert_eq!(record.to_base64(), SAMPLE);
        assert_eq!(from_rlp(&to_rlp(&record)), Ok(record));
    }

    #[test]
    fn what_is_no_record_is_told_why() {
        assert_eq!(parse("enode://00").unwrap_err(), ParseError::NoPrefix);
        assert_eq!(parse("enr:-IS4QHCY rYZb").unwrap_err(), ParseError::NotBase64);
        assert_eq!(parse("enr:").unwrap_err(), ParseError::CutOff);
        assert_eq!(parse(&"enr:".repeat(200)).unwrap_err(), ParseError::TooLong(800));
        assert_eq!(parse(&format!("enr:{}", "A".repeat(400 - 4))).unwrap_err(), ParseError::Malformed);
        assert_eq!(from_rlp(&[0; 301]), Err(ParseError::TooLarge(301)));
    }

    #[test]
    fn a_record_that_is_cut_off_anywhere_is_refused() {
        for end in 4..SAMPLE.len() {
            assert_eq!(parse(&SAMPLE[..end]).unwrap_err(), ParseError::CutOff, "{end}");
        }
        let mut longer = to_rlp(&parse(SAMPLE).unwrap());
        longer.extend([0, 0]);
        assert_eq!(from_rlp(&longer), Err(ParseError::Trailing(2)));
    }

    #[test]
    fn a_changed_byte_breaks_the_signature_or_the_form() {
        let whole = to_rlp(&parse(SAMPLE).unwrap());
        let mut signatures = 0;
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            let error = from_rlp(&changed).unwrap_err();
            signatures += usize::from(error == ParseError::Signature);
        }
        // All of the signature, the counter, the address, the port and more.
        assert!(signatures > 64 + 1 + 4 + 2, "{signatures}");
        assert_eq!(parse(&SAMPLE.replace("dl8", "dl4")).unwrap_err(), ParseError::Signature);
    }

    #[test]
    fn odd_forms_are_told_apart() {
        let signature = [7; 64];
        let key = [2; 33];
        for (strings, expected) in [
            (&[&signature[..]][..], ParseError::Malformed),
            (&[&signature, &[1], b"id", b"v4"], ParseError::UnknownKey),
            (&[&signature, &[1], b"id", b"v5", b"secp256k1", &key], ParseError::UnknownKey),
            (&[&signature, &[1], b"secp256k1", &key, b"id", b"v4"], ParseError::Malformed),
            (&[&signature, &[1], b"id", b"v4", b"id", b"v4", b"secp256k1", &key], ParseError::Malformed),
            (&[&signature, &[1], b"id", b"v4", b"ip", &[1, 2, 3], b"secp256k1", &key], ParseError::Malformed),
            (&[&signature, &[1], b"id", b"v4", b"secp256k1", &key, b"udp", &[1, 2, 3]], ParseError::Malformed),
            (&[&signature, &[0; 9], b"id", b"v4", b"secp256k1", &key], ParseError::Malformed),
        ] {
            assert_eq!(from_rlp(&list(strings)), Err(expected), "{strings:?}");
        }
    }
}
