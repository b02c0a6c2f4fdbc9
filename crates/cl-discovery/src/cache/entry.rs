//! What is remembered of one node.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use cl_enr::{Compatibility, Record, fields, from_rlp, to_rlp};
use cl_types::{EnrForkId, ForkDigest};

use super::dropped::network;
use crate::services::Services;

/// What became of our wish to connect to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Contact {
    /// Nothing yet, or it is long ago.
    #[default]
    None,
    /// We are connected to it.
    Connected,
    /// Left alone until then: it could not be dialled, or the node says so.
    Aside(Instant),
}

/// A record and what we know besides. The record is kept as bytes: taken apart it is five times as large.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) rlp: Box<[u8]>,
    pub(super) seq: u64,
    /// What the verdict was made from.
    pub(super) fork: Fork,
    pub(super) verdict: Compatibility,
    pub(super) services: Services,
    /// It names an address for TCP or QUIC.
    pub(super) dialable: bool,
    /// Networks by address family, where they count.
    pub(super) networks: [Option<u64>; 2],
    /// Named by the operator.
    pub(super) is_boot: bool,
    pub(super) contact: Contact,
    pub(super) failed_dials: u8,
    /// When it was last mentioned by anybody.
    pub(super) heard: Instant,
    /// When it last answered or was connected.
    pub(super) proven: Option<Instant>,
    pub(super) reported: Option<Instant>,
    pub(super) queued: bool,
    /// Position in the order of its kind.
    pub(super) serial: u64,
    /// Whether it stands in the coverage.
    pub(super) counted: bool,
}

/// The entries of a record from which compatibility follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fork {
    eth2: Option<EnrForkId>,
    nfd: Option<ForkDigest>,
}

impl Fork {
    pub(super) fn of(record: &Record) -> Self {
        Self { eth2: fields::eth2(record).ok().flatten(), nfd: fields::next_fork_digest(record).ok().flatten() }
    }
}

impl Entry {
    pub(super) fn new(record: &Record, verdict: Compatibility, now: Instant) -> Self {
        Self {
            rlp: to_rlp(record).into_boxed_slice(),
            seq: record.seq(),
            fork: Fork::of(record),
            verdict,
            services: Services::of(record),
            dialable: !cl_enr::multiaddrs(record).is_empty(),
            networks: networks(record),
            is_boot: false,
            contact: Contact::None,
            failed_dials: 0,
            heard: now,
            proven: None,
            reported: None,
            queued: false,
            serial: 0,
            counted: false,
        }
    }

    /// What stays when a newer record of the node comes.
    pub(super) fn inherit(self, old: &Self) -> Self {
        Self {
            is_boot: old.is_boot,
            contact: old.contact,
            failed_dials: old.failed_dials,
            proven: old.proven,
            reported: old.reported,
            queued: old.queued,
            ..self
        }
    }

    /// The record. `None` cannot be: the bytes were one when they came.
    pub(super) fn record(&self) -> Option<Record> {
        from_rlp(&self.rlp).ok()
    }

    /// Whether it counts for wants.
    pub(super) fn is_usable(&self) -> bool {
        self.verdict.is_compatible() && self.dialable && self.contact == Contact::None
    }

    /// Whether it outlives those of which nobody knows whether they are there.
    pub(super) const fn is_kept(&self) -> bool {
        self.proven.is_some() || self.is_boot
    }

    /// When it may be dropped for age.
    pub(super) fn expires(&self, max_age: Duration) -> Instant {
        self.proven.map_or(self.heard, |proven| proven.max(self.heard)) + max_age
    }
}

fn networks(record: &Record) -> [Option<u64>; 2] {
    let (ip4, ip6) = (fields::ip4(record).ok().flatten(), fields::ip6(record).ok().flatten());
    [ip4.map(IpAddr::V4), ip6.map(IpAddr::V6)].map(|ip| ip.and_then(network))
}
