//! The code and the text of an error chunk.

use std::fmt;
use std::num::NonZeroU8;

/// Most bytes of an error message, on the wire and in memory.
pub(crate) const MAX_ERROR_MESSAGE: usize = 256;

/// The result byte of an error chunk: anything but 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(NonZeroU8);

impl ErrorCode {
    /// The request is malformed or makes no sense.
    pub const INVALID_REQUEST: Self = Self::of(1);
    /// The responder failed while it answered.
    pub const SERVER_ERROR: Self = Self::of(2);
    /// The responder does not have what was asked for. Only legal where [`cl_types::Protocol::may_be_unavailable`].
    pub const RESOURCE_UNAVAILABLE: Self = Self::of(3);
    /// By convention of clients: too many requests. We never send it: the specification wants chunks delayed instead.
    pub const RATE_LIMITED: Self = Self::of(139);
    /// By convention of clients: the blobs of that block are not known.
    pub const BLOBS_NOT_FOUND: Self = Self::of(140);

    const fn of(code: u8) -> Self {
        match NonZeroU8::new(code) {
            Some(code) => Self(code),
            None => Self(NonZeroU8::MIN),
        }
    }

    /// The code of a result byte; `None` for 0, which is success.
    #[must_use]
    pub const fn new(byte: u8) -> Option<Self> {
        match NonZeroU8::new(byte) {
            Some(code) => Some(Self(code)),
            None => None,
        }
    }

    /// The result byte.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::INVALID_REQUEST => f.write_str("invalid request"),
            Self::SERVER_ERROR => f.write_str("server error"),
            Self::RESOURCE_UNAVAILABLE => f.write_str("resource unavailable"),
            Self::RATE_LIMITED => f.write_str("rate limited"),
            Self::BLOBS_NOT_FOUND => f.write_str("blobs not found"),
            Self(code) => write!(f, "code {code}"),
        }
    }
}

/// The text of an error chunk, safe to log: at most 256 bytes of UTF-8 without control or direction characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ErrorMessage(String);

impl ErrorMessage {
    /// Keeps the beginning of a text, with unprintable characters replaced.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut kept = String::new();
        for c in text.chars().map(|c| if is_harmless(c) { c } else { char::REPLACEMENT_CHARACTER }) {
            if kept.len() + c.len_utf8() > MAX_ERROR_MESSAGE {
                break;
            }
            kept.push(c);
        }
        Self(kept)
    }

    /// The same for bytes of a peer, which may be anything.
    pub(crate) fn from_wire(bytes: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_harmless(c: char) -> bool {
    // Zero-width and direction characters can make a log line lie.
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl From<&str> for ErrorMessage {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for ErrorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_defused_and_cut() {
        let message = ErrorMessage::from_wire(b"no\x1b[31m\xff\n");
        assert_eq!(message.as_str(), "no\u{fffd}[31m\u{fffd}\u{fffd}");
        let long = ErrorMessage::from_wire(&[0xff; 256]);
        assert!(long.as_str().len() <= MAX_ERROR_MESSAGE);
        assert_eq!(ErrorMessage::new("plain").to_string(), "plain");
    }

    #[test]
    fn zero_is_no_error_code() {
        assert_eq!(ErrorCode::new(0), None);
        assert_eq!(ErrorCode::new(3), Some(ErrorCode::RESOURCE_UNAVAILABLE));
        assert_eq!(ErrorCode::new(7).unwrap().to_string(), "code 7");
    }
}
