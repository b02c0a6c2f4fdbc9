//! Topic names: `/eth2/<fork digest>/<name>/ssz_snappy` (`phase0/p2p-interface.md`, "Topics and messages").

use std::fmt;
use std::str::FromStr;

use cl_types::primitives::FourBytesError;
use cl_types::{ForkDigest, ForkEntry, ForkSchedule, TopicKind};
use libp2p_gossipsub::{IdentTopic, TopicHash};

const PREFIX: &str = "/eth2/";
const SUFFIX: &str = "/ssz_snappy";

/// A gossip topic: what travels on it, in which era of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// The era, by its digest.
    pub digest: ForkDigest,
    /// What travels on it.
    pub kind: TopicKind,
}

impl Topic {
    /// A topic of an era.
    #[must_use]
    pub const fn new(digest: ForkDigest, kind: TopicKind) -> Self {
        Self { digest, kind }
    }

    /// The era of this topic, or `None` if the chain knows no such digest or the era no such topic.
    #[must_use]
    pub fn era(self, schedule: &ForkSchedule) -> Option<&ForkEntry> {
        schedule.by_digest(self.digest).filter(|entry| self.kind.is_live_in(entry.fork))
    }

    pub(crate) fn ident(self) -> IdentTopic {
        IdentTopic::new(self.to_string())
    }

    /// The router calls a topic name a hash; ours is the name itself.
    pub(crate) fn hash(self) -> TopicHash {
        TopicHash::from_raw(self.to_string())
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}/{}{SUFFIX}", self.digest, self.kind)
    }
}

/// Why a text is not the name of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// It does not begin with `/eth2/`.
    #[error("a topic begins with {PREFIX}")]
    Prefix,
    /// It does not end with `/ssz_snappy`, the only encoding there is.
    #[error("a topic ends with {SUFFIX}")]
    Encoding,
    /// The digest is not eight lower-case hex digits.
    #[error("a topic names its fork digest with 8 lower-case hex digits")]
    Digest(#[source] FourBytesError),
    /// No fork has a topic of this name.
    #[error("no fork has a topic of this name")]
    Name,
}

impl FromStr for Topic {
    type Err = TopicError;

    /// Parses the one legal spelling; whether the digest and the subnet exist is [`Topic::era`]'s to say.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(PREFIX).ok_or(TopicError::Prefix)?;
        let rest = rest.strip_suffix(SUFFIX).ok_or(TopicError::Encoding)?;
        let (digest, name) = rest.split_once('/').ok_or(TopicError::Name)?;
        let canonical = digest.len() == 8 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !canonical {
            return Err(TopicError::Digest(FourBytesError));
        }
        let digest = digest.parse().map_err(TopicError::Digest)?;
        let kind = TopicKind::parse(name).ok_or(TopicError::Name)?;
        Ok(Self { digest, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn every_topic_of_every_era_round_trips() {
        let schedule = testing::every_fork();
        for entry in schedule.entries() {
            for kind in TopicKind::all_of(entry.fork) {
                let topic = Topic::new(entry.digest, kind);
                assert_eq!(topic.to_string().parse(), Ok(topic));
                assert_eq!(topic.hash(), topic.ident().hash());
                assert_eq!(topic.era(&schedule), Some(entry));
            }
        }
    }

    #[test]
    fn the_example_of_the_specification() {
        let topic: Topic = "/eth2/8c9f62fe/beacon_attestation_17/ssz_snappy".parse().unwrap();
        assert_eq!(topic, Topic::new(ForkDigest([0x8c, 0x9f, 0x62, 0xfe]), TopicKind::BeaconAttestation(17)));
    }

    #[test]
    fn there_is_one_spelling() {
        for (text, error) in [
            ("", TopicError::Prefix),
            ("eth2/8c9f62fe/beacon_block/ssz_snappy", TopicError::Prefix),
            ("/eth2/8c9f62fe/beacon_block/ssz", TopicError::Encoding),
            ("/eth2/8c9f62fe/beacon_block", TopicError::Encoding),
            ("/eth2/ssz_snappy", TopicError::Encoding),
            ("/eth2/8c9f62fe/ssz_snappy", TopicError::Name),
            ("/eth2/8C9F62FE/beacon_block/ssz_snappy", TopicError::Digest(FourBytesError)),
            ("/eth2/0x8c9f62/beacon_block/ssz_snappy", TopicError::Digest(FourBytesError)),
            ("/eth2/8c9f62/beacon_block/ssz_snappy", TopicError::Digest(FourBytesError)),
            ("/eth2/8c9f62fe/beacon_blocks/ssz_snappy", TopicError::Name),
            ("/eth2/8c9f62fe/beacon_block//ssz_snappy", TopicError::Name),
            ("/eth2/8c9f62fe/beacon_attestation_017/ssz_snappy", TopicError::Name),
        ] {
            assert_eq!(text.parse::<Topic>(), Err(error), "{text}");
        }
    }

    #[test]
    fn an_era_without_the_topic_does_not_have_it() {
        let schedule = testing::every_fork();
        let phase0 = schedule.entries().next().unwrap();
        assert_eq!(Topic::new(phase0.digest, TopicKind::SyncCommittee(0)).era(&schedule), None);
        assert_eq!(Topic::new(phase0.digest, TopicKind::BeaconAttestation(64)).era(&schedule), None);
        assert_eq!(Topic::new(ForkDigest([1, 2, 3, 4]), TopicKind::BeaconBlock).era(&schedule), None);
    }
}
