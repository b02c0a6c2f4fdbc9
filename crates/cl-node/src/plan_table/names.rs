//! Short names for many topics.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use cl_gossip::Topic;
use cl_types::ForkDigest;

/// A discv5 id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeId(pub [u8; 32]);

/// A text that is no node id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hex digits")]
pub struct NotANodeId;

impl FromStr for NodeId {
    type Err = NotANodeId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, &mut id).map(|()| Self(id)).map_err(|_| NotANodeId)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The topics of each era: how many, and their names with subnets together, like `beacon_attestation_{3,7..9}`.
pub(super) fn by_era(topics: impl IntoIterator<Item = Topic>) -> Vec<(ForkDigest, usize, String)> {
    let mut eras: Vec<(ForkDigest, Vec<Topic>)> = Vec::new();
    for topic in topics {
        match eras.iter_mut().find(|(digest, _)| *digest == topic.digest) {
            Some((_, topics)) => topics.push(topic),
            None => eras.push((topic.digest, vec![topic])),
        }
    }
    eras.into_iter().map(|(digest, topics)| (digest, topics.len(), families(&topics))).collect()
}

fn families(topics: &[Topic]) -> String {
    let mut families: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    for topic in topics {
        families.entry(topic.kind.family()).or_default().extend(topic.kind.subnet());
    }
    let name = |(family, subnets): (&'static str, Vec<u64>)| match subnets.as_slice() {
        [] => family.to_owned(),
        [subnet] => format!("{family}_{subnet}"),
        _ => format!("{family}_{{{}}}", ranges(subnets)),
    };
    families.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// `3,7..9`
pub(super) fn ranges(numbers: impl IntoIterator<Item = u64>) -> String {
    let mut numbers: Vec<u64> = numbers.into_iter().collect();
    numbers.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |(first, last): (u64, u64)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}..{last}"),
    };
    if ranges.is_empty() { "none".to_owned() } else { ranges.into_iter().map(text).collect::<Vec<_>>().join(",") }
}
