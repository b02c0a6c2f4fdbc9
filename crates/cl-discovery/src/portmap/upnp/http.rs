//! One question over HTTP/1.1 with a bounded answer.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::MapError;

/// Longest answer of a gateway in bytes. Descriptions have some ten thousand.
pub const MAX_ANSWER: usize = 64 * 1024;
/// Most bytes that are read and not yet understood: it bounds the headers.
const MAX_BUFFER: usize = 16 * 1024;

/// Asks `path` of a host: a GET, or a POST of a SOAP action with its body. The answer, whatever its status, and our own address
/// towards that host. Redirections are not followed.
///
/// Has no deadline of its own. Dropping it closes the connection.
pub(super) async fn exchange(
    at: SocketAddr,
    path: &str,
    action: Option<(&str, &str)>,
) -> io::Result<(String, SocketAddr)> {
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let builder = Request::builder().uri(path).header(HOST, at.to_string()).header(CONNECTION, "close");
    let request = match action {
        Some((action, body)) => builder
            .method(Method::POST)
            .header("SOAPAction", action)
            .header(CONTENT_TYPE, "text/xml; charset=\"utf-8\"")
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes()))),
        None => builder.method(Method::GET).body(Full::default()),
    };
    let request = request.map_err(invalid)?;
    let stream = TcpStream::connect(at).await?;
    let local = stream.local_addr()?;
    let mut settings = http1::Builder::new();
    settings.max_buf_size(MAX_BUFFER);
    let (mut sender, connection) = settings.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(|error| {
            let is_too_long = error.is::<LengthLimitError>();
            io::Error::from(if is_too_long { io::ErrorKind::FileTooLarge } else { io::ErrorKind::InvalidData })
        })?;
        String::from_utf8(body.to_bytes().into()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
    };
    let mut answer = std::pin::pin!(answer);
    // The connection ends when it is closed; what came over it may still have to be read.
    let answer = tokio::select! {
        answer = &mut answer => answer?,
        _ = connection => answer.await?,
    };
    Ok((answer, local))
}

/// Host and path of a URL without names, user or password.
pub(super) fn split(url: &str) -> Option<(SocketAddr, &str)> {
    let (scheme, rest) = url.split_at_checked("http://".len())?;
    if !scheme.eq_ignore_ascii_case("http://") {
        return None;
    }
    let path = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(path);
    let at = host.parse().or_else(|_| host.parse().map(|ip| SocketAddr::new(ip, 80))).ok()?;
    Some((at, if path.is_empty() { "/" } else { path }))
}

/// Why there is no answer.
pub(super) fn reason(error: &io::Error) -> MapError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => MapError::TooLong,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => MapError::Garbled,
        kind => MapError::Unreachable(kind),
    }
}

/// An error of hyper: it broke off, or is no HTTP.
fn broken(error: hyper::Error) -> io::Error {
    if error.is_parse_too_large() {
        return io::ErrorKind::FileTooLarge.into();
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return io::ErrorKind::ConnectionAborted.into();
    }
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_host_by_its_address_alone() {
        let at: SocketAddr = "192.168.1.1:5000".parse().unwrap();
        assert_eq!(split("http://192.168.1.1:5000/root.xml"), Some((at, "/root.xml")));
        assert_eq!(split("HTTP://192.168.1.1"), Some(("192.168.1.1:80".parse().unwrap(), "/")));
        for bad in [
            "",
            "http://",
            "https://192.168.1.1/",
            "http://example.org/",
            "http://192.168.1.1@1.1.1.1/",
            "é",
            "http:/é",
        ] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
