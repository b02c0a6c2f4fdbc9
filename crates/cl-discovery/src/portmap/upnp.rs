//! A real gateway: found by SSDP, asked by SOAP over HTTP.
//!
//! The words of SOAP are `igd-next`'s. Search and HTTP are our own, because `igd-next` collects answers of any length, hands them
//! to a parser that recurses with their depth, which a stack does not bear, and follows a description to any host. Whoever is on
//! the same network can answer a search, so here
//!
//! - an answer has at most [`MAX_ANSWER`] bytes after 16 KiB of headers, and every question a deadline;
//! - what goes to the parser has at most 256 tags and no declarations, so it nests no deeper;
//! - a gateway speaks for its own address alone: nothing is fetched from elsewhere.

mod http;
mod search;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use igd_next::aio::{Gateway as Igd, Provider};
use igd_next::{AddPortError, GetExternalIpError, PortMappingProtocol, RemovePortError, RequestError};

use super::machine::Action;
use super::{Found, Gateway, SearchFrom, Transport};
use crate::error::MapError;

pub use http::MAX_ANSWER;

/// What people see in the list of their gateway.
const DESCRIPTION: &str = "cl-p2p";
/// Arguments of the actions, in the order of the specification (WANIPConnection). Gateways describe them too, at the cost of
/// one more answer that need not be true.
const ADD: &[&str] = &[
    "NewRemoteHost",
    "NewExternalPort",
    "NewProtocol",
    "NewInternalPort",
    "NewInternalClient",
    "NewEnabled",
    "NewPortMappingDescription",
    "NewLeaseDuration",
];
const DELETE: &[&str] = &["NewRemoteHost", "NewExternalPort", "NewProtocol"];

/// Finds a gateway that speaks UPnP, and asks it.
#[derive(Debug)]
pub struct Upnp {
    search: SearchFrom,
    /// The one found last.
    gateway: Option<Igd<Bounded>>,
}

impl Upnp {
    /// Looks for gateways there.
    #[must_use]
    pub const fn new(search: SearchFrom) -> Self {
        Self { search, gateway: None }
    }
}

impl Gateway for Upnp {
    fn search(&mut self) -> BoxFuture<'_, Result<Found, MapError>> {
        async {
            let located = search::search(&self.search).await?;
            let gateway = igd(located.gateway, located.control_path);
            let answer = gateway.get_external_ip().await;
            let external = match answer.map_err(|error| external_reason(&error))? {
                IpAddr::V4(external) => external,
                IpAddr::V6(_) => return Err(MapError::Garbled),
            };
            self.gateway = Some(gateway);
            Ok(Found { external, internal: located.internal })
        }
        .boxed()
    }

    fn ask(&mut self, action: Action) -> BoxFuture<'_, Result<(), MapError>> {
        async move {
            let gateway = self.gateway.as_ref().ok_or(MapError::NoGateway)?;
            match action {
                // Found already, above.
                Action::Search => Ok(()),
                Action::Map { transport, external, local, lease } => {
                    let lease = seconds(lease);
                    let added = gateway.add_port(protocol(transport), external, local.into(), lease, DESCRIPTION).await;
                    added.map_err(|error| add_reason(&error))
                }
                Action::Unmap { transport, external } => {
                    let removed = gateway.remove_port(protocol(transport), external).await;
                    removed.or_else(|error| match error {
                        RemovePortError::NoSuchPortMapping => Ok(()),
                        RemovePortError::ActionNotAuthorized => Err(MapError::Refused(606)),
                        RemovePortError::RequestError(error) => Err(request_reason(&error)),
                    })
                }
            }
        }
        .boxed()
    }
}

/// A gateway with this control path.
fn igd(addr: SocketAddr, control_url: String) -> Igd<Bounded> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let control_schema =
        HashMap::from([("AddPortMapping".to_owned(), names(ADD)), ("DeletePortMapping".to_owned(), names(DELETE))]);
    let (root_url, control_schema_url) = (String::new(), String::new());
    Igd { addr, root_url, control_url, control_schema_url, control_schema, provider: Bounded }
}

/// Carries SOAP within the bounds of [`http`].
#[derive(Clone, Copy, Debug)]
struct Bounded;

impl Provider for Bounded {
    async fn send_async(url: &str, action: &str, body: &str) -> Result<String, RequestError> {
        let (at, path) = http::split(url).ok_or(io::ErrorKind::InvalidInput).map_err(io::Error::from)?;
        let (answer, _) = http::exchange(at, path, Some((action, body))).await?;
        // A gateway's answers have some ten elements. `<!` begins a declaration, which could stand for more than is seen.
        if answer.contains("<!") || answer.bytes().filter(|byte| *byte == b'<').count() > MAX_TAGS {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
        Ok(answer)
    }
}

/// Tags in an answer, both ends counted.
const MAX_TAGS: usize = 256;

const fn protocol(transport: Transport) -> PortMappingProtocol {
    match transport {
        Transport::Udp => PortMappingProtocol::UDP,
        Transport::Tcp => PortMappingProtocol::TCP,
    }
}

/// A lease that ends must not be asked for as one that does not.
fn seconds(lease: Duration) -> u32 {
    if lease.is_zero() { 0 } else { u32::try_from(lease.as_secs()).unwrap_or(u32::MAX).max(1) }
}

fn external_reason(error: &GetExternalIpError) -> MapError {
    match error {
        GetExternalIpError::ActionNotAuthorized => MapError::Refused(606),
        GetExternalIpError::RequestError(error) => request_reason(error),
    }
}

fn add_reason(error: &AddPortError) -> MapError {
    match error {
        AddPortError::ActionNotAuthorized => MapError::Refused(606),
        AddPortError::PortInUse => MapError::PortTaken { tried: 1 },
        AddPortError::SamePortValuesRequired => MapError::Refused(724),
        AddPortError::OnlyPermanentLeasesSupported => MapError::OnlyPermanent,
        AddPortError::DescriptionTooLong => MapError::Refused(605),
        // The port is never 0, and wildcards are never asked for.
        AddPortError::InternalPortZeroInvalid | AddPortError::ExternalPortZeroInvalid => MapError::Refused(402),
        AddPortError::RequestError(error) => request_reason(error),
    }
}

fn request_reason(error: &RequestError) -> MapError {
    match error {
        RequestError::ErrorCode(code, _) => MapError::Refused(*code),
        RequestError::UnsupportedAction(_) => MapError::NotOffered,
        RequestError::IoError(error) => http::reason(error),
        _ => MapError::Garbled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_ends_never_becomes_one_that_does_not() {
        assert_eq!(seconds(Duration::ZERO), 0);
        assert_eq!(seconds(Duration::from_millis(200)), 1);
        assert_eq!(seconds(Duration::from_secs(3600)), 3600);
        assert_eq!(seconds(Duration::MAX), u32::MAX);
    }
}
