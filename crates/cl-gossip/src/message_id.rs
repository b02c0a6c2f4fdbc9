//! Message ids: by which peers know a message before they see it (`phase0` and `altair/p2p-interface.md`).

use std::fmt;

use cl_types::ForkName;
use cl_types::topic::MESSAGE_ID_COVERS_TOPIC_SINCE;
use sha2::{Digest, Sha256};

/// `MESSAGE_DOMAIN_INVALID_SNAPPY`.
const DOMAIN_INVALID_SNAPPY: [u8; 4] = [0, 0, 0, 0];
/// `MESSAGE_DOMAIN_VALID_SNAPPY`.
const DOMAIN_VALID_SNAPPY: [u8; 4] = [1, 0, 0, 0];

/// The id of a gossip message: the first 20 bytes of a SHA-256. Displayed as 40 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub [u8; 20]);

/// What a message carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// It decompressed; these are the bytes of SSZ.
    Valid(&'a [u8]),
    /// It did not, or not within its bounds; these are the bytes as they came.
    Invalid(&'a [u8]),
}

/// What an id covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The body.
    Bare,
    /// The topic and the body.
    WithTopic,
}

impl Form {
    /// The form of a fork.
    pub(crate) fn of(fork: ForkName) -> Self {
        if fork < MESSAGE_ID_COVERS_TOPIC_SINCE { Self::Bare } else { Self::WithTopic }
    }
}

impl MessageId {
    /// Computes the id of a message on a topic. `fork` is the one that the *topic's* digest names, not the current one.
    ///
    /// The parts are hashed one after the other: nothing is copied together.
    #[must_use]
    pub fn new(fork: ForkName, topic: &str, body: Body<'_>) -> Self {
        Self::of_form(Form::of(fork), topic, body)
    }

    pub(crate) fn of_form(form: Form, topic: &str, body: Body<'_>) -> Self {
        let (domain, data) = match body {
            Body::Valid(ssz) => (DOMAIN_VALID_SNAPPY, ssz),
            Body::Invalid(raw) => (DOMAIN_INVALID_SNAPPY, raw),
        };
        let mut hasher = Sha256::new();
        hasher.update(domain);
        if form == Form::WithTopic {
            hasher.update((topic.len() as u64).to_le_bytes());
            hasher.update(topic);
        }
        hasher.update(data);
        let digest: [u8; 32] = hasher.finalize().into();
        let mut id = [0; 20];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        Self(id)
    }

    /// The first eight bytes as a number: uniformly distributed, so a key for tables.
    pub(crate) const fn prefix(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    pub(crate) fn from_router(id: &libp2p_gossipsub::MessageId) -> Option<Self> {
        id.0.as_slice().try_into().ok().map(Self)
    }

    pub(crate) fn to_router(self) -> libp2p_gossipsub::MessageId {
        libp2p_gossipsub::MessageId::new(&self.0)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snappy;
    use cl_types::limits::MAX_PAYLOAD_SIZE;

    fn id_of(fork: ForkName, topic: &str, data: &[u8]) -> MessageId {
        match snappy::decompress(data, &(0..=MAX_PAYLOAD_SIZE)) {
            Ok(ssz) => MessageId::new(fork, topic, Body::Valid(&ssz)),
            Err(_) => MessageId::new(fork, topic, Body::Invalid(data)),
        }
    }

    #[test]
    fn known_answers_of_all_four_forms() {
        let topic = "/eth2/8c9f62fe/beacon_block/ssz_snappy";
        let mut valid = vec![0x20, 0x7c];
        valid.extend(0..0x20);
        let invalid = [0xff; 6];
        for (fork, data, id) in [
            (ForkName::Phase0, valid.as_slice(), "dc64a19a4ef8d065126c7db0b7ce0e7f93487619"),
            (ForkName::Altair, valid.as_slice(), "23096625c4484bfa53b46a191922128f88921c29"),
            (ForkName::Phase0, invalid.as_slice(), "e567d6febb089b8201f82698b7f064d9a0740707"),
            (ForkName::Heze, invalid.as_slice(), "ee6523da067075cc8e5de86400fb033ef86704b0"),
        ] {
            assert_eq!(id_of(fork, topic, data).to_string(), id);
        }
    }
}
