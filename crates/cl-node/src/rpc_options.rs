//! The table `[rpc]` of the configuration file: what peers may have of us, and how fast we ask.
//!
//! ```toml
//! [rpc]
//! budget = 33554432                   # bytes a second to all peers together; default 32 MiB
//! retries = 3                         # of a request that was refused for being too early
//! # unlimited = true                  # no quotas and no budget; for networks of one's own
//! # unpaced = true                    # every request is sent at once
//!
//! [rpc.quotas.beacon_blocks_by_range] # what one peer may have; what is left out stays as it is
//! chunks = 256
//! bytes = 67108864
//! seconds = 10
//!
//! [rpc.grants.other]                  # what we take peers to allow us; `other`: methods without a row of their own
//! chunks = 128
//! seconds = 10
//! ```
//!
//! Methods have the names that they have in protocol ids. Trusted peers have no quotas and no budget.

use std::collections::BTreeMap;
use std::time::Duration;

use cl_rpc::{Limits, Pacing, Quota, Quotas};
use cl_types::{Method, Protocol};
use serde::Deserialize;

/// A quota is over so much time at most.
const MAX_SECONDS: u64 = 3600;
/// The name for all methods without a row.
const OTHER: &str = "other";

/// The table as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RpcOptions {
    /// Bytes a second to all peers together.
    pub budget: Option<u64>,
    /// How often a request is repeated that was refused for being too early.
    pub retries: Option<u32>,
    /// Peers have neither quotas nor a budget.
    pub unlimited: bool,
    /// Requests are sent at once.
    pub unpaced: bool,
    /// What a peer may have, by method or `other`.
    pub quotas: BTreeMap<String, QuotaOptions>,
    /// What peers are taken to allow us, by method or `other`.
    pub grants: BTreeMap<String, QuotaOptions>,
}

/// A quota as it stands in the file. What is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuotaOptions {
    /// So many chunks.
    pub chunks: Option<u32>,
    /// So many bytes.
    pub bytes: Option<u64>,
    /// In so much time.
    pub seconds: Option<u64>,
}

/// Limits or pacing that cannot work. Each message names the key and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcOptionsError {
    /// A row for a method that there is not.
    #[error("rpc.{table}.{name}: there is no such method; give {OTHER}, or one of {}", names().join(", "))]
    UnknownMethod {
        /// `quotas` or `grants`.
        table: &'static str,
        /// What was given.
        name: Box<str>,
    },
    /// Nothing of it would ever pass.
    #[error("rpc.{key} is 0: give 1 or more, or leave it out")]
    Zero {
        /// The key.
        key: Box<str>,
    },
    /// No quota is over so much time, or none.
    #[error("rpc.{key} is out of range: give 1 to {MAX_SECONDS}")]
    Seconds {
        /// The key.
        key: Box<str>,
    },
    /// Both cannot hold.
    #[error("rpc.{switch} and rpc.{other} are both given: leave out one of them")]
    Contradiction {
        /// What switches limits off.
        switch: &'static str,
        /// What sets one.
        other: &'static str,
    },
}

impl RpcOptions {
    /// Changes what is given.
    pub fn apply(&self, limits: &mut Limits, pacing: &mut Pacing) -> Result<(), RpcOptionsError> {
        let contradictions = [
            (self.unlimited && self.budget.is_some(), "unlimited", "budget"),
            (self.unlimited && !self.quotas.is_empty(), "unlimited", "quotas"),
            (self.unpaced && !self.grants.is_empty(), "unpaced", "grants"),
            (self.unpaced && self.retries.is_some(), "unpaced", "retries"),
        ];
        if let Some((_, switch, other)) = contradictions.into_iter().find(|(both, ..)| *both) {
            return Err(RpcOptionsError::Contradiction { switch, other });
        }
        if self.unlimited {
            (limits.quotas, limits.budget) = (Quotas::unlimited(), None);
        }
        if self.unpaced {
            *pacing = Pacing::off();
        }
        limits.budget = self.budget.or(limits.budget);
        pacing.retries = self.retries.unwrap_or(pacing.retries);
        change("quotas", &self.quotas, &mut limits.quotas)?;
        change("grants", &self.grants, &mut pacing.grants)?;
        check(limits, pacing)
    }
}

fn change(
    table: &'static str,
    rows: &BTreeMap<String, QuotaOptions>,
    quotas: &mut Quotas,
) -> Result<(), RpcOptionsError> {
    let before = quotas.clone();
    for (name, row) in rows {
        if name == OTHER {
            row.apply(&mut quotas.other);
            continue;
        }
        let method =
            method(name).ok_or_else(|| RpcOptionsError::UnknownMethod { table, name: name.as_str().into() })?;
        let mut quota = before.of(method);
        row.apply(&mut quota);
        quotas.by_method.retain(|(of, _)| *of != method);
        quotas.by_method.push((method, quota));
    }
    Ok(())
}

impl QuotaOptions {
    fn apply(self, quota: &mut Quota) {
        quota.chunks = self.chunks.unwrap_or(quota.chunks);
        quota.bytes = self.bytes.unwrap_or(quota.bytes);
        quota.per = self.seconds.map_or(quota.per, Duration::from_secs);
    }
}

/// Refuses what would let nothing pass.
pub(crate) fn check(limits: &Limits, pacing: &Pacing) -> Result<(), RpcOptionsError> {
    if limits.budget == Some(0) {
        return Err(RpcOptionsError::Zero { key: "budget".into() });
    }
    for (table, quotas) in [("quotas", &limits.quotas), ("grants", &pacing.grants)] {
        let rows = quotas.by_method.iter().map(|(method, quota)| (method.as_str(), quota));
        for (name, quota) in rows.chain([(OTHER, &quotas.other)]) {
            let key = |key: &str| format!("{table}.{name}.{key}").into();
            if quota.chunks == 0 {
                return Err(RpcOptionsError::Zero { key: key("chunks") });
            }
            if quota.bytes == 0 {
                return Err(RpcOptionsError::Zero { key: key("bytes") });
            }
            if quota.per.is_zero() || quota.per > Duration::from_secs(MAX_SECONDS) {
                return Err(RpcOptionsError::Seconds { key: key("seconds") });
            }
        }
    }
    Ok(())
}

fn method(name: &str) -> Option<Method> {
    Protocol::all().map(Protocol::method).find(|method| method.as_str() == name)
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = Protocol::all().map(|protocol| protocol.method().as_str()).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Limits, Pacing), RpcOptionsError> {
        let options: RpcOptions = toml::from_str(text).unwrap();
        let (mut limits, mut pacing) = (Limits::default(), Pacing::default());
        options.apply(&mut limits, &mut pacing).map(|()| (limits, pacing))
    }

    #[test]
    fn what_is_given_changes_and_the_rest_stays() {
        let text = "budget = 1000\nretries = 7\n[quotas.ping]\nchunks = 9\n[quotas.beacon_blocks_by_range]\n\
                    bytes = 5000\nseconds = 3\n[grants.other]\nchunks = 2";
        let (limits, pacing) = read(text).unwrap();
        let (before, asked) = (Limits::default(), Pacing::default());
        assert_eq!((limits.budget, pacing.retries), (Some(1000), 7));
        assert_eq!(limits.quotas.of(Method::Ping), Quota { chunks: 9, ..before.quotas.of(Method::Ping) });
        let blocks = Quota { bytes: 5000, per: Duration::from_secs(3), ..before.quotas.of(Method::BlocksByRange) };
        assert_eq!(limits.quotas.of(Method::BlocksByRange), blocks);
        assert_eq!(limits.quotas.of(Method::BlocksByRoot), before.quotas.of(Method::BlocksByRoot));
        assert_eq!(pacing.grants.of(Method::BlocksByRange), Quota { chunks: 2, ..asked.grants.other });
        assert_eq!(pacing.grants.of(Method::Ping), asked.grants.of(Method::Ping));

        let (limits, pacing) = read("unlimited = true\nunpaced = true").unwrap();
        assert_eq!((limits.quotas.of(Method::Ping), limits.budget), (Quota::UNLIMITED, None));
        assert_eq!((pacing.grants.of(Method::Ping), pacing.retries), (Quota::UNLIMITED, 0));
    }

    #[test]
    fn what_cannot_work_is_named_with_its_cure() {
        for (text, key, cure) in [
            ("budget = 0", "rpc.budget", "1 or more"),
            ("[quotas.ping]\nchunks = 0", "rpc.quotas.ping.chunks", "1 or more"),
            ("[grants.other]\nbytes = 0", "rpc.grants.other.bytes", "1 or more"),
            ("[grants.status]\nseconds = 0", "rpc.grants.status.seconds", "1 to 3600"),
            ("[quotas.status]\nseconds = 4000", "rpc.quotas.status.seconds", "1 to 3600"),
            ("[quotas.pong]\nchunks = 1", "rpc.quotas.pong", "beacon_blocks_by_range, beacon_blocks_by_root"),
            ("unlimited = true\nbudget = 1", "rpc.unlimited and rpc.budget", "leave out one"),
            ("unlimited = true\n[quotas.ping]\nchunks = 1", "rpc.unlimited and rpc.quotas", "leave out one"),
            ("unpaced = true\n[grants.ping]\nchunks = 1", "rpc.unpaced and rpc.grants", "leave out one"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(key) && error.contains(cure) && !error.contains('\n'), "{error}");
        }
    }
}
