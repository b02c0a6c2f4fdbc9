//! Binding the UDP ports.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::sync::Arc;

use discv5::ListenConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::error::StartError;

/// Bound UDP sockets, not yet read. With port 0 the system chooses: ask [`Self::ip4`] before making the record.
#[derive(Debug)]
pub struct Sockets {
    ip4: Option<Bound>,
    ip6: Option<Bound>,
}

#[derive(Debug)]
struct Bound {
    address: SocketAddr,
    socket: Arc<UdpSocket>,
}

impl Sockets {
    /// Binds one socket or one for each family. Must be called inside a tokio runtime.
    pub fn bind(ip4: Option<SocketAddrV4>, ip6: Option<SocketAddrV6>) -> Result<Self, StartError> {
        if ip4.is_none() && ip6.is_none() {
            return Err(StartError::NoAddress);
        }
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StartError::NoRuntime);
        }
        Ok(Self {
            ip4: ip4.map(SocketAddr::V4).map(Bound::new).transpose()?,
            ip6: ip6.map(SocketAddr::V6).map(Bound::new).transpose()?,
        })
    }

    /// Binds one socket.
    pub fn bind_one(address: SocketAddr) -> Result<Self, StartError> {
        match address {
            SocketAddr::V4(ip4) => Self::bind(Some(ip4), None),
            SocketAddr::V6(ip6) => Self::bind(None, Some(ip6)),
        }
    }

    /// The IPv4 address and port in use.
    #[must_use]
    pub fn ip4(&self) -> Option<SocketAddr> {
        self.ip4.as_ref().map(|bound| bound.address)
    }

    /// The IPv6 address and port in use.
    #[must_use]
    pub fn ip6(&self) -> Option<SocketAddr> {
        self.ip6.as_ref().map(|bound| bound.address)
    }

    pub(crate) fn into_listen_config(self) -> ListenConfig {
        ListenConfig::FromSockets { ipv4: self.ip4.map(|bound| bound.socket), ipv6: self.ip6.map(|bound| bound.socket) }
    }
}

impl Bound {
    fn new(address: SocketAddr) -> Result<Self, StartError> {
        let bind = || -> io::Result<Self> {
            let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
            if address.is_ipv6() {
                // Otherwise `[::]` takes the IPv4 port as well.
                socket.set_only_v6(true)?;
            }
            socket.set_nonblocking(true)?;
            socket.bind(&address.into())?;
            let socket = UdpSocket::from_std(socket.into())?;
            Ok(Self { address: socket.local_addr()?, socket: Arc::new(socket) })
        };
        bind().map_err(|source| StartError::Listen { address, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let first = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
        let taken = first.ip4().unwrap();
        assert_ne!(taken.port(), 0);
        let error = Sockets::bind_one(taken).unwrap_err();
        assert!(matches!(&error, StartError::Listen { address, source }
            if *address == taken && source.kind() == io::ErrorKind::AddrInUse));
        assert!(error.to_string().contains(&taken.to_string()), "{error}");
    }

    #[tokio::test]
    async fn both_families_may_have_one_port() {
        let first = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = first.ip4().unwrap().port();
        match Sockets::bind(None, Some(SocketAddrV6::new(std::net::Ipv6Addr::LOCALHOST, port, 0, 0))) {
            Ok(second) => assert_eq!(second.ip6().unwrap().port(), port),
            // A machine without IPv6.
            Err(error) => assert!(matches!(error, StartError::Listen { .. })),
        }
    }

    #[test]
    fn without_address_or_runtime_it_says_so() {
        assert!(matches!(Sockets::bind(None, None), Err(StartError::NoAddress)));
        let address = "127.0.0.1:0".parse().unwrap();
        assert!(matches!(Sockets::bind_one(address), Err(StartError::NoRuntime)));
    }
}
