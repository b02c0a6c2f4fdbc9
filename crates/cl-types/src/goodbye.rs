//! Why a peer leaves: the number in a Goodbye (`phase0/p2p-interface.md`, "Goodbye").

use std::fmt;

/// The reason in a Goodbye. Any number may come from a peer; the constants are those with a known meaning.
///
/// 1 to 3 are the specification's; the others are what clients agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoodbyeReason(pub u64);

impl GoodbyeReason {
    /// The client shuts down.
    pub const SHUTDOWN: Self = Self(1);
    /// The peer follows another chain or other rules.
    pub const IRRELEVANT_NETWORK: Self = Self(2);
    /// The peer misbehaved, or something broke.
    pub const FAULT: Self = Self(3);
    /// The peer's chain could not be checked.
    pub const UNABLE_TO_VERIFY_NETWORK: Self = Self(128);
    /// No room for this peer.
    pub const TOO_MANY_PEERS: Self = Self(129);
    /// The peer's score is too low.
    pub const BAD_SCORE: Self = Self(250);
    /// The peer is banned.
    pub const BANNED: Self = Self(251);
    /// The peer's address is banned.
    pub const BANNED_IP: Self = Self(252);

    /// The number on the wire.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for GoodbyeReason {
    fn from(code: u64) -> Self {
        Self(code)
    }
}

impl fmt::Display for GoodbyeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::SHUTDOWN => "shutting down",
            Self::IRRELEVANT_NETWORK => "irrelevant network",
            Self::FAULT => "fault or error",
            Self::UNABLE_TO_VERIFY_NETWORK => "unable to verify network",
            Self::TOO_MANY_PEERS => "too many peers",
            Self::BAD_SCORE => "bad score",
            Self::BANNED => "banned",
            Self::BANNED_IP => "banned IP address",
            Self(code) => return write!(f, "reason {code}"),
        };
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_reasons_have_words_and_others_their_number() {
        assert_eq!(GoodbyeReason::from(129), GoodbyeReason::TOO_MANY_PEERS);
        assert_eq!(GoodbyeReason(129).to_string(), "too many peers");
        assert_eq!(GoodbyeReason(77).to_string(), "reason 77");
    }
}
