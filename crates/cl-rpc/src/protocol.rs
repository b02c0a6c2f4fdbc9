//! Negotiation: which protocols a stream may speak.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use cl_types::Protocol;
use libp2p_core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p_swarm::Stream;

/// A protocol as libp2p names it.
#[derive(Clone, Copy, Debug)]
pub struct Name(Protocol);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0.id()
    }
}

/// The protocols of one stream, in the order of preference. What comes out is the stream and the protocol agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocols(Arc<[Protocol]>);

impl Protocols {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Protocol> {
        self.0.iter().copied()
    }
}

impl FromIterator<Protocol> for Protocols {
    fn from_iter<T: IntoIterator<Item = Protocol>>(protocols: T) -> Self {
        Self(protocols.into_iter().collect())
    }
}

impl UpgradeInfo for Protocols {
    type Info = Name;
    type InfoIter = Vec<Name>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.iter().copied().map(Name).collect()
    }
}

impl InboundUpgrade<Stream> for Protocols {
    type Output = (Stream, Protocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, name: Name) -> Self::Future {
        ready(Ok((stream, name.0)))
    }
}

impl OutboundUpgrade<Stream> for Protocols {
    type Output = (Stream, Protocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, name: Name) -> Self::Future {
        ready(Ok((stream, name.0)))
    }
}
