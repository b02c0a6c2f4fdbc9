//! Which software a peer runs, as far as its agent string says.

use std::fmt;

/// Longest agent string that is remembered, in characters.
pub(crate) const MAX_AGENT: usize = 128;
/// Longest version that is told apart, in characters.
const MAX_VERSION: usize = 32;

/// The consensus clients that are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// Lighthouse.
    Lighthouse,
    /// Prysm.
    Prysm,
    /// Teku.
    Teku,
    /// Nimbus.
    Nimbus,
    /// Lodestar.
    Lodestar,
    /// Grandine.
    Grandine,
    /// Caplin, the consensus client inside Erigon.
    Caplin,
    /// This software.
    Ours,
    /// No agent string yet, or one of something else.
    #[default]
    Unknown,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 9;

/// Beginnings of agent strings, lower case. Longer ones first where one begins another.
const NAMES: [(&str, Kind); 10] = [
    ("lighthouse", Kind::Lighthouse),
    ("prysm", Kind::Prysm),
    ("teku", Kind::Teku),
    ("nimbus", Kind::Nimbus),
    ("lodestar", Kind::Lodestar),
    ("grandine", Kind::Grandine),
    ("caplin", Kind::Caplin),
    ("erigon", Kind::Caplin),
    ("cl-node", Kind::Ours),
    ("cl-p2p", Kind::Ours),
];

impl Kind {
    /// The name, as its makers spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lighthouse => "Lighthouse",
            Self::Prysm => "Prysm",
            Self::Teku => "Teku",
            Self::Nimbus => "Nimbus",
            Self::Lodestar => "Lodestar",
            Self::Grandine => "Grandine",
            Self::Caplin => "Caplin",
            Self::Ours => "cl-node",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A client and its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Client {
    /// Which.
    pub kind: Kind,
    /// Its version without a leading `v`, as far as the agent string has one; at most 32 characters.
    pub version: Option<String>,
}

impl Client {
    /// Reads an agent string: names separated by `/`, of which the first known one counts and the first that looks like a
    /// version after it. `teku/teku/v25.1.0/linux-x86_64` is Teku 25.1.0. Agent strings are claims, not proofs.
    #[must_use]
    pub fn of(agent: &str) -> Self {
        let mut parts = agent.split('/').map(str::trim);
        let kind = parts.by_ref().find_map(|part| {
            let part = part.to_ascii_lowercase();
            NAMES.iter().find(|(name, _)| part.starts_with(name)).map(|(_, kind)| *kind)
        });
        let Some(kind) = kind else { return Self::default() };
        Self { kind, version: parts.find_map(version) }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{} {version}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

/// The agent string without control characters, cut to a length that can be kept.
pub(crate) fn clean(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect()
}

fn version(part: &str) -> Option<String> {
    let digits = part.strip_prefix(['v', 'V']).unwrap_or(part);
    let looks_right = digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.');
    looks_right.then(|| digits.chars().take(MAX_VERSION).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_of_the_wild() {
        for (agent, kind, version) in [
            ("Lighthouse/v8.0.1-ced49dd/x86_64-linux", Kind::Lighthouse, Some("8.0.1-ced49dd")),
            ("Prysm/v7.0.0/4f2b9a1", Kind::Prysm, Some("7.0.0")),
            (
                "teku/teku/v25.11.0/linux-x86_64/-eclipseadoptium-openjdk64bitservervm-java-21",
                Kind::Teku,
                Some("25.11.0"),
            ),
            ("nimbus", Kind::Nimbus, None),
            ("Nimbus/v25.9.0-abcdef-stateofus", Kind::Nimbus, Some("25.9.0-abcdef-stateofus")),
            ("lodestar/v1.36.0/9a4d2c1", Kind::Lodestar, Some("1.36.0")),
            ("Grandine/2.0.0-18aee3a/x86_64-linux", Kind::Grandine, Some("2.0.0-18aee3a")),
            ("erigon/caplin", Kind::Caplin, None),
            ("cl-node/0.1.0", Kind::Ours, Some("0.1.0")),
            ("js-libp2p/3.0.0", Kind::Unknown, None),
            ("", Kind::Unknown, None),
        ] {
            let client = Client::of(agent);
            assert_eq!((client.kind, client.version.as_deref()), (kind, version), "{agent}");
        }
        assert_eq!(Client::of("lodestar/v1.36.0/9a4d2c1").to_string(), "Lodestar 1.36.0");
    }

    #[test]
    fn a_long_version_is_cut_and_an_agent_is_cleaned() {
        let client = Client::of(&format!("Lighthouse/v1.{}", "9".repeat(500)));
        assert_eq!(client.version.unwrap().len(), MAX_VERSION);
        assert_eq!(clean("evil\u{1b}[31m"), "evil[31m");
    }
}
