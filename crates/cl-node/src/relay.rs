//! What is checked before a gossip message is forwarded, and what becomes of it.

mod structure;

use std::fmt;
use std::str::FromStr;

use cl_types::Fault;
use cl_validation::{Ignore, Reject};
use serde::ser::{Serialize, SerializeMap, Serializer};

pub(crate) use self::structure::{StructuralCheck, is_in_window};

/// How much a node checks before it forwards a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RelayLevel {
    /// Forwards nothing: every message is ignored after it was delivered to the subscriber.
    None,
    /// Decodes, has the right size, lies in its slot window and on its subnet, and is the first of its kind. No signature
    /// and no proof is looked at.
    Structure,
    /// All that can be known without a chain: the same, and inclusion proofs, KZG proofs and limits of blobs. Only what these
    /// prove is forwarded: blob sidecars and the columns of Fulu. All else is delivered and not forwarded.
    Stateless,
    /// Every rule of the specification, signatures included. Needs a chain: see [`Builder::chain_view`](crate::Builder::chain_view)
    /// and [`Config::chain_state`](crate::Config::chain_state).
    Full,
}

impl RelayLevel {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::None, Self::Structure, Self::Stateless, Self::Full];

    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Structure => "structure",
            Self::Stateless => "stateless",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for RelayLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A relay level that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected none, structure, stateless or full")]
pub struct UnknownRelayLevel;

impl FromStr for RelayLevel {
    type Err = UnknownRelayLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or(UnknownRelayLevel)
    }
}

/// What became of a gossip message, and why.
///
/// In JSON two fields: `verdict`, which is `accept`, `ignore` or `reject`, and `reason`, absent where it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Forwarded.
    Accept,
    /// Dropped by a rule of the specification; nobody is to blame.
    Ignore(Ignore),
    /// Dropped by a rule of the specification; whoever sent it is to blame.
    Reject(Reject),
    /// Dropped for a reason of this node's own; for others it is as if it were ignored.
    Held(Held),
}

/// Why this node does not forward a message against which no rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Held {
    /// The relay level is [`RelayLevel::None`].
    #[error("this node forwards nothing")]
    RelayOff,
    /// Its slot is over.
    #[error("its slot is over")]
    Past,
    /// Its digest is not the one of its slot.
    #[error("its slot belongs to another fork than its topic")]
    WrongFork,
    /// Too much waits to be judged, and this was the least urgent.
    #[error("too much waits to be judged")]
    Busy,
    /// The verdict came when the router had forgotten the message, which it does after 4.2 s.
    #[error("the verdict came too late")]
    Late,
    /// Judging it failed within this node.
    #[error("it could not be judged")]
    Failed,
}

impl Held {
    /// A short name that stays the same, for metrics and JSON.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::RelayOff => "relay_off",
            Self::Past => "past",
            Self::WrongFork => "wrong_fork",
            Self::Busy => "busy",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

impl Verdict {
    /// True if it was forwarded.
    #[must_use]
    pub const fn is_accept(self) -> bool {
        matches!(self, Self::Accept)
    }

    /// True if nothing speaks against the message: it was forwarded, or would have been if this node could look further.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::Accept | Self::Held(Held::RelayOff) | Self::Ignore(Ignore::NotJudged))
    }

    /// Who is to blame, if anybody.
    #[must_use]
    pub const fn fault(self) -> Option<Fault> {
        match self {
            Self::Reject(reject) => Some(reject.fault()),
            Self::Accept | Self::Ignore(_) | Self::Held(_) => None,
        }
    }

    /// `accept`, `ignore` or `reject`, and the reason's short name, which is empty for `accept`.
    #[must_use]
    pub const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("accept", ""),
            Self::Ignore(ignore) => ("ignore", ignore.label()),
            Self::Reject(reject) => ("reject", reject.label()),
            Self::Held(held) => ("ignore", held.label()),
        }
    }

    pub(crate) const fn to_router(self) -> cl_gossip::Verdict {
        match self {
            Self::Accept => cl_gossip::Verdict::Accept,
            Self::Ignore(_) | Self::Held(_) => cl_gossip::Verdict::Ignore,
            Self::Reject(_) => cl_gossip::Verdict::Reject,
        }
    }
}

impl From<cl_validation::Verdict> for Verdict {
    fn from(verdict: cl_validation::Verdict) -> Self {
        match verdict {
            cl_validation::Verdict::Accept => Self::Accept,
            cl_validation::Verdict::Ignore(ignore) => Self::Ignore(ignore),
            cl_validation::Verdict::Reject(reject) => Self::Reject(reject),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Ignore(ignore) => write!(f, "ignore: {ignore}"),
            Self::Reject(reject) => write!(f, "reject: {reject}"),
            Self::Held(held) => write!(f, "ignore: {held}"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (verdict, reason) = self.labels();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("verdict", verdict)?;
        if !reason.is_empty() {
            map.serialize_entry("reason", reason)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_they_are_shown() {
        for level in RelayLevel::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.to_string());
        }
        assert_eq!("all".parse::<RelayLevel>(), Err(UnknownRelayLevel));
        assert!(RelayLevel::ALL.is_sorted());
    }

    #[test]
    fn a_verdict_is_two_fields_of_json() {
        let json = |verdict: Verdict| serde_json::to_string(&verdict).unwrap();
        assert_eq!(json(Verdict::Accept), r#"{"verdict":"accept"}"#);
        assert_eq!(json(Verdict::Ignore(Ignore::Seen)), r#"{"verdict":"ignore","reason":"seen"}"#);
        assert_eq!(json(Verdict::Held(Held::Late)), r#"{"verdict":"ignore","reason":"late"}"#);
        assert_eq!(json(Verdict::Reject(Reject::Signature)), r#"{"verdict":"reject","reason":"signature"}"#);
    }

    #[test]
    fn only_what_is_rejected_is_anybodys_fault() {
        assert!(Verdict::Reject(Reject::KzgProof).fault().is_some());
        for verdict in [Verdict::Accept, Verdict::Ignore(Ignore::BlockUnknown), Verdict::Held(Held::Busy)] {
            assert_eq!(verdict.fault(), None);
        }
    }
}
