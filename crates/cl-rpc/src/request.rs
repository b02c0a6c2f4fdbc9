//! What we ask peers for.

use std::fmt;

use bytes::Bytes;
use cl_types::containers::StatusV2;
use cl_types::protocol::MAX_REQUEST_BLOCKS_DENEB;
use cl_types::{ForkSchedule, GoodbyeReason, Method, Protocol, Root, Slot};
use ssz::Encode;

/// Names one of our requests. Not reused within a [`Behaviour`](crate::Behaviour).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A request in every version in which it may be sent. Negotiation picks one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    method: Method,
    /// Newest version first. Never empty.
    bodies: Vec<(Protocol, Bytes)>,
    max_chunks: u64,
}

/// Why no request can be made of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// It asks for nothing.
    #[error("the request asks for nothing")]
    Nothing,
    /// It asks for more than a response may hold.
    #[error("the request asks for {asked} objects, at most {max} fit in a response")]
    TooMany {
        /// How many it asks for.
        asked: u64,
        /// How many are allowed.
        max: u64,
    },
    /// A body has the wrong size for its protocol.
    #[error("{size} bytes cannot be a request of {protocol}")]
    Size {
        /// The protocol.
        protocol: Protocol,
        /// The size of its body.
        size: usize,
    },
    /// It names a column or a place in a committee that cannot be.
    #[error("there is no {index}: there are only {limit}")]
    Index {
        /// What it names.
        index: u64,
        /// How many there are.
        limit: u64,
    },
    /// Nobody need answer this method at the slot: its fork has not come, or what it is about is no longer kept.
    #[error("{method} is not live at slot {slot}", method = .method.as_str())]
    NotLive {
        /// The method.
        method: Method,
        /// The slot of the clock.
        slot: Slot,
    },
    /// The bodies belong to different methods.
    #[error("{0} belongs to another method than the first body")]
    MixedMethods(Protocol),
}

impl Request {
    /// A request with a body (SSZ) for each version in which it may be sent, newest first. `max_chunks` is the most
    /// chunks that the answer can have; reading stops there.
    pub fn new(bodies: Vec<(Protocol, Bytes)>, max_chunks: u64) -> Result<Self, BuildError> {
        let method = bodies.first().ok_or(BuildError::Nothing)?.0.method();
        for (protocol, body) in &bodies {
            if protocol.method() != method {
                return Err(BuildError::MixedMethods(*protocol));
            }
            if !protocol.request_bounds().contains(&body.len()) {
                return Err(BuildError::Size { protocol: *protocol, size: body.len() });
            }
            // An empty list would be written as nothing at all, which is no list.
            if body.is_empty() && *protocol.request_bounds().end() > 0 {
                return Err(BuildError::Nothing);
            }
            if max_chunks > protocol.max_chunks() {
                return Err(BuildError::TooMany { asked: max_chunks, max: protocol.max_chunks() });
            }
        }
        if max_chunks == 0 { Err(BuildError::Nothing) } else { Ok(Self { method, bodies, max_chunks }) }
    }

    /// Our Status, asking for the peer's.
    #[must_use]
    pub fn status(status: &StatusV2) -> Self {
        Self::all_versions(Method::Status, 1, |protocol| status.to_ssz(protocol).into())
    }

    /// Our metadata counter, asking for the peer's.
    #[must_use]
    pub fn ping(seq_number: u64) -> Self {
        Self::all_versions(Method::Ping, 1, |_| seq_number.as_ssz_bytes().into())
    }

    /// Asks for the peer's MetaData.
    #[must_use]
    pub fn metadata() -> Self {
        Self::all_versions(Method::MetaData, 1, |_| Bytes::new())
    }

    /// Says why we leave. Done once it is written and the peer has answered, closed, or stayed silent for
    /// [`Timeouts::goodbye`](crate::Timeouts::goodbye): then the connection may be closed.
    #[must_use]
    pub fn goodbye(reason: impl Into<GoodbyeReason>) -> Self {
        let reason = reason.into().as_u64();
        Self::all_versions(Method::Goodbye, 1, |_| reason.as_ssz_bytes().into())
    }

    /// Asks for the canonical blocks in `[start, start + count)`. A count above 128 is cut to 128: more is never sent.
    pub fn blocks_by_range(start: Slot, count: u64) -> Result<Self, BuildError> {
        if count == 0 {
            return Err(BuildError::Nothing);
        }
        let count = count.min(MAX_REQUEST_BLOCKS_DENEB);
        // The third field, `step`, is always 1.
        let body: Bytes = (start, count, 1u64).as_ssz_bytes().into();
        Ok(Self::all_versions(Method::BlocksByRange, count, |_| body.clone()))
    }

    /// Asks for blocks by root, at most 128. The answer may lack some and has no order.
    pub fn blocks_by_root(roots: &[Root]) -> Result<Self, BuildError> {
        let asked = roots.len() as u64;
        match asked {
            0 => Err(BuildError::Nothing),
            1..=MAX_REQUEST_BLOCKS_DENEB => {
                let body = Bytes::from(roots.concat());
                Ok(Self::all_versions(Method::BlocksByRoot, asked, |_| body.clone()))
            }
            _ => Err(BuildError::TooMany { asked, max: MAX_REQUEST_BLOCKS_DENEB }),
        }
    }

    /// One body for all versions of a method. The caller knows that it fits.
    pub(crate) fn same_for_all(method: Method, max_chunks: u64, body: Vec<u8>) -> Self {
        let body = Bytes::from(body);
        Self::all_versions(method, max_chunks, |_| body.clone())
    }

    /// The same in those versions that a node may ask for at a slot ([`ForkSchedule::asked`]), still newest first. What
    /// is asked in a version that no peer has any more costs a round trip.
    pub fn live_at(mut self, schedule: &ForkSchedule, slot: Slot) -> Result<Self, BuildError> {
        let live: Vec<_> = schedule.asked(slot).map(|row| row.protocol).collect();
        self.bodies.retain(|(protocol, _)| live.contains(protocol));
        if self.bodies.is_empty() { Err(BuildError::NotLive { method: self.method, slot }) } else { Ok(self) }
    }

    fn all_versions(method: Method, max_chunks: u64, body: impl Fn(Protocol) -> Bytes) -> Self {
        Self { method, bodies: Protocol::of(method).map(|protocol| (protocol, body(protocol))).collect(), max_chunks }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The most chunks that the answer can have.
    #[must_use]
    pub const fn max_chunks(&self) -> u64 {
        self.max_chunks
    }

    /// The protocols in which it can be sent, in the order of preference.
    pub fn protocols(&self) -> impl Iterator<Item = Protocol> {
        self.bodies.iter().map(|(protocol, _)| *protocol)
    }

    /// The body for a protocol.
    #[must_use]
    pub fn body(&self, protocol: Protocol) -> Option<&Bytes> {
        self.bodies.iter().find(|(p, _)| *p == protocol).map(|(_, body)| body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_a_body_for_each_version() {
        let status = StatusV2 {
            fork_digest: Default::default(),
            finalized_root: Root::ZERO,
            finalized_epoch: Default::default(),
            head_root: Root::ZERO,
            head_slot: Slot(1),
            earliest_available_slot: Slot(0),
        };
        let request = Request::status(&status);
        assert_eq!(request.protocols().collect::<Vec<_>>(), [Protocol::StatusV2, Protocol::StatusV1]);
        assert_eq!(request.body(Protocol::StatusV2).unwrap().len(), 92);
        assert_eq!(request.body(Protocol::StatusV1).unwrap().len(), 84);
    }

    #[test]
    fn ranges_are_cut_and_empty_ones_refused() {
        let request = Request::blocks_by_range(Slot(1000), 5000).unwrap();
        assert_eq!(request.max_chunks(), 128);
        let body = request.body(Protocol::BlocksByRangeV2).unwrap();
        assert_eq!(hex::encode(body), "e80300000000000080000000000000000100000000000000");
        assert_eq!(Request::blocks_by_range(Slot(0), 0), Err(BuildError::Nothing));
    }

    #[test]
    fn roots_are_bounded() {
        let request = Request::blocks_by_root(&[Root::repeat_byte(1), Root::repeat_byte(2)]).unwrap();
        assert_eq!(request.body(Protocol::BlocksByRootV2).unwrap().len(), 64);
        assert_eq!(request.max_chunks(), 2);
        assert_eq!(Request::blocks_by_root(&[]), Err(BuildError::Nothing));
        let many = [Root::ZERO; 129];
        assert_eq!(Request::blocks_by_root(&many), Err(BuildError::TooMany { asked: 129, max: 128 }));
    }

    #[test]
    fn bodies_must_fit_their_protocols() {
        let body = |size| Bytes::from(vec![0; size]);
        let wrong = Request::new(vec![(Protocol::PingV1, body(7))], 1);
        assert_eq!(wrong, Err(BuildError::Size { protocol: Protocol::PingV1, size: 7 }));
        let mixed = Request::new(vec![(Protocol::PingV1, body(8)), (Protocol::GoodbyeV1, body(8))], 1);
        assert_eq!(mixed, Err(BuildError::MixedMethods(Protocol::GoodbyeV1)));
        assert_eq!(Request::new(vec![(Protocol::PingV1, body(8))], 0), Err(BuildError::Nothing));
        assert_eq!(Request::new(vec![(Protocol::BlocksByRootV2, body(0))], 1), Err(BuildError::Nothing));
    }
}
