//! Finding a gateway: a question to everybody on the network, and the description of who answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout, timeout_at};

use super::http;
use crate::error::MapError;
use crate::portmap::SearchFrom;

/// What is looked for: gateways of the first version, as which the second answers too.
const QUESTION: &str = "M-SEARCH * HTTP/1.1\r\n\
    HOST: 239.255.255.250:1900\r\n\
    ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\
    MAN: \"ssdp:discover\"\r\n\
    MX: 2\r\n\r\n";
/// Answers that are looked at in one search.
const MAX_ANSWERS: usize = 8;
/// How long one of them may take to describe itself: another may be the gateway.
const DESCRIPTION_TIMEOUT: Duration = Duration::from_secs(3);
/// Services that map ports. Their words are the same.
const SERVICES: [&str; 3] = [
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANIPConnection:2",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
];

/// Where a gateway is asked.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) gateway: SocketAddr,
    /// Begins with `/`.
    pub(super) control_path: String,
    /// Our address towards it.
    pub(super) internal: Ipv4Addr,
}

/// The first gateway that maps ports; else why the last that answered does not.
pub(super) async fn search(search: &SearchFrom) -> Result<Located, MapError> {
    let deadline = Instant::now() + search.timeout;
    let unreachable = |error: std::io::Error| MapError::Unreachable(error.kind());
    let socket = UdpSocket::bind(search.from).await.map_err(unreachable)?;
    socket.send_to(QUESTION.as_bytes(), search.to).await.map_err(unreachable)?;
    let mut reason = MapError::NoGateway;
    for _ in 0..MAX_ANSWERS {
        let mut packet = [0; 1500];
        let (len, from) = match timeout_at(deadline, socket.recv_from(&mut packet)).await {
            Ok(Ok(received)) => received,
            Ok(Err(error)) => return Err(unreachable(error)),
            Err(_) => break,
        };
        match timeout(DESCRIPTION_TIMEOUT, described(packet.get(..len).unwrap_or_default(), from)).await {
            Ok(Ok(located)) => return Ok(located),
            Ok(Err(error)) => reason = error,
            Err(_) => reason = MapError::Silent,
        }
    }
    Err(reason)
}

async fn described(packet: &[u8], from: SocketAddr) -> Result<Located, MapError> {
    let url = location(packet).ok_or(MapError::Garbled)?;
    let (gateway, path) = http::split(url).ok_or(MapError::Garbled)?;
    // Nobody sends us elsewhere.
    if gateway.ip() != from.ip() {
        return Err(MapError::Garbled);
    }
    let (description, local) = http::exchange(gateway, path, None).await.map_err(|error| http::reason(&error))?;
    let SocketAddr::V4(local) = local else { return Err(MapError::NotOffered) };
    let control_path = control_path(&description, gateway)?;
    Ok(Located { gateway, control_path, internal: *local.ip() })
}

/// The URL of the description in an answer.
fn location(packet: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(packet).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("location").then(|| value.trim())
    })
}

/// Where a description says that ports are mapped. Looks for the elements of a service alone, which do not nest.
fn control_path(description: &str, gateway: SocketAddr) -> Result<String, MapError> {
    let is_description = element(description, "deviceType").is_some();
    let services = description.split("<service>").skip(1).filter_map(|rest| rest.split("</service>").next());
    let mut offered = services.filter(|service| element(service, "serviceType").is_some_and(|t| SERVICES.contains(&t)));
    let url = match offered.find_map(|service| element(service, "controlURL")) {
        Some(url) => url,
        None if is_description => return Err(MapError::NotOffered),
        None => return Err(MapError::Garbled),
    };
    // Whole URLs are seen too, of the gateway itself.
    let path = match http::split(url) {
        Some((at, path)) if at == gateway => path,
        Some(_) => return Err(MapError::Garbled),
        None if url.contains("://") => return Err(MapError::Garbled),
        None => url,
    };
    let is_path = path.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_path || path.is_empty() {
        return Err(MapError::Garbled);
    }
    Ok(format!("/{}", path.trim_start_matches('/')))
}

/// The text of the first element of this name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, url: &str) -> String {
        format!("<service><serviceType>{name}</serviceType><controlURL>{url}</controlURL></service>")
    }

    fn path(services: &str) -> Result<String, MapError> {
        let text =
            format!("<root><device><deviceType>x</deviceType><serviceList>{services}</serviceList></device></root>");
        control_path(&text, "192.168.1.1:5000".parse().unwrap())
    }

    #[test]
    fn the_service_that_maps_ports_is_found_among_others() {
        let other = service("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/ctl/L3F");
        for name in SERVICES {
            assert_eq!(path(&format!("{other}{}", service(name, "/ctl/IPConn"))).as_deref(), Ok("/ctl/IPConn"));
        }
        assert_eq!(path(&other), Err(MapError::NotOffered));
        assert_eq!(path(&service(SERVICES[0], "ctl?x=1")).as_deref(), Ok("/ctl?x=1"));
        assert_eq!(path(&service(SERVICES[0], "http://192.168.1.1:5000/ctl")).as_deref(), Ok("/ctl"));
    }

    #[test]
    fn a_description_points_nowhere_else() {
        for url in ["http://8.8.8.8/ctl", "http://192.168.1.1/ctl", "https://example.org/", "", "/a b", "/a\r\nX: y"] {
            assert_eq!(path(&service(SERVICES[0], url)), Err(MapError::Garbled), "{url}");
        }
        // It stays a path.
        assert_eq!(path(&service(SERVICES[0], "@8.8.8.8/ctl")).as_deref(), Ok("/@8.8.8.8/ctl"));
        assert_eq!(path(&service(SERVICES[0], "//8.8.8.8/ctl")).as_deref(), Ok("/8.8.8.8/ctl"));
    }

    #[test]
    fn what_is_no_description_is_told_apart() {
        let at = "192.168.1.1:5000".parse().unwrap();
        for text in ["", "<service>", "<html></html>", "<service><serviceType>", "\u{0}"] {
            assert_eq!(control_path(text, at), Err(MapError::Garbled), "{text}");
        }
        assert_eq!(location(b"HTTP/1.1 200 OK\r\nlocation : http://192.168.1.1/\r\n"), Some("http://192.168.1.1/"));
        assert_eq!(location(b"HTTP/1.1 200 OK\r\n"), None);
        assert_eq!(location(&[0xff, 0xfe]), None);
    }
}
