//! A gateway on loopback: SSDP over UDP, descriptions and SOAP over HTTP/1.1.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cl_discovery::portmap::SearchFrom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// How it behaves.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    pub(crate) external: &'static str,
    /// UPnP errors to answer each `AddPortMapping` with, by external port.
    pub(crate) refuses: fn(&Asked) -> Option<u16>,
    /// What is said in place of the description.
    pub(crate) description: Page,
    /// What is said in place of every SOAP answer.
    pub(crate) control: Page,
    /// Where the description is said to be; `None`: here.
    pub(crate) location: Option<&'static str>,
}

/// What comes over HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    /// What should.
    True,
    /// This instead.
    Text(&'static str),
    /// So many `<a>`, each in the one before.
    Nested(usize),
    /// Bytes without an end.
    Endless,
    /// A header without an end.
    EndlessHeader,
    /// Nothing; the connection stays open.
    Hang,
    /// The connection is closed at once.
    Close,
}

impl Default for Manners {
    fn default() -> Self {
        let (description, control) = (Page::True, Page::True);
        Self { external: "9.9.9.9", refuses: |_| None, description, control, location: None }
    }
}

/// A SOAP action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) protocol: String,
    pub(crate) external: u16,
    pub(crate) client: String,
    pub(crate) internal: u16,
    pub(crate) lease: u64,
}

#[derive(Debug)]
struct Shared {
    manners: Mutex<Manners>,
    asked: Mutex<Vec<Asked>>,
    sent: Mutex<usize>,
    changed: Notify,
}

/// Ends when it is dropped.
pub(crate) struct FakeGateway {
    shared: Arc<Shared>,
    ssdp: SocketAddr,
    tasks: [AbortHandle; 2],
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl FakeGateway {
    pub(crate) async fn start(manners: Manners) -> Self {
        let shared = Arc::new(Shared {
            manners: Mutex::new(manners),
            asked: Mutex::default(),
            sent: Mutex::default(),
            changed: Notify::new(),
        });
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let ssdp = udp.local_addr().unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = tcp.local_addr().unwrap();
        let search = tokio::spawn(answer_searches(udp, http, Arc::clone(&shared)));
        let serving = Arc::clone(&shared);
        let serve = tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let serving = Arc::clone(&serving);
                tokio::spawn(async move { serve(stream, &serving).await });
            }
        });
        Self { shared, ssdp, tasks: [search.abort_handle(), serve.abort_handle()] }
    }

    /// How to find it.
    pub(crate) fn search(&self) -> SearchFrom {
        let from = "127.0.0.1:0".parse().unwrap();
        SearchFrom { to: self.ssdp, from, timeout: Duration::from_millis(1500) }
    }

    pub(crate) fn behave(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap() = manners;
    }

    /// What it was asked, external addresses aside.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Bytes sent over HTTP.
    pub(crate) fn sent(&self) -> usize {
        *self.shared.sent.lock().unwrap()
    }

    /// Waits until it was asked so often.
    pub(crate) async fn asked_times(&self, times: usize) {
        let waiting = async {
            loop {
                let changed = self.shared.changed.notified();
                if self.asked().len() >= times {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it is asked often enough");
    }
}

async fn answer_searches(udp: UdpSocket, http: SocketAddr, shared: Arc<Shared>) {
    let mut packet = [0; 1500];
    while let Ok((len, from)) = udp.recv_from(&mut packet).await {
        let text = String::from_utf8_lossy(&packet[..len]);
        assert!(text.starts_with("M-SEARCH * HTTP/1.1\r\n") && text.contains("ssdp:discover"), "{text}");
        let location = shared.manners.lock().unwrap().location;
        let location = location.map_or_else(|| format!("http://{http}/root.xml"), str::to_owned);
        // Somebody else is faster, and no gateway.
        udp.send_to(b"\xff\xfe", from).await.unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nST: urn:x\r\nLocation: {location}\r\nEXT:\r\n\r\n");
        udp.send_to(answer.as_bytes(), from).await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    let manners = shared.manners.lock().unwrap().clone();
    if request.starts_with("GET /root.xml ") {
        return send(&mut stream, "200 OK", manners.description, &description(), shared).await;
    }
    assert!(request.starts_with("POST /ctl/IPConn "), "{request}");
    let action = between(&request, "#", "\"");
    if action == "GetExternalIPAddress" {
        let answer = ok(action, &format!("<NewExternalIPAddress>{}</NewExternalIPAddress>", manners.external));
        return send(&mut stream, "200 OK", manners.control, &answer, shared).await;
    }
    let number = |name: &str| between(&request, &format!("<{name}>"), "<").parse().unwrap_or_default();
    let text = |name: &str| between(&request, &format!("<{name}>"), "<").to_owned();
    let asked = Asked {
        action: action.to_owned(),
        protocol: text("NewProtocol"),
        external: u16::try_from(number("NewExternalPort")).unwrap(),
        client: text("NewInternalClient"),
        internal: u16::try_from(number("NewInternalPort")).unwrap(),
        lease: number("NewLeaseDuration"),
    };
    let refusal = (manners.refuses)(&asked);
    shared.asked.lock().unwrap().push(asked);
    let result = match refusal {
        Some(code) => {
            let answer = envelope(&format!(
                "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError>\
                 <errorCode>{code}</errorCode><errorDescription>no</errorDescription></UPnPError></detail></s:Fault>"
            ));
            send(&mut stream, "500 Internal Server Error", manners.control, &answer, shared).await
        }
        None => send(&mut stream, "200 OK", manners.control, &ok(action, ""), shared).await,
    };
    shared.changed.notify_waiters();
    result
}

async fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                return Ok(text);
            }
        }
    }
}

async fn send(stream: &mut TcpStream, status: &str, page: Page, truth: &str, shared: &Shared) -> io::Result<()> {
    let nested;
    let text = match page {
        Page::True => truth,
        Page::Text(text) => text,
        Page::Nested(depth) => {
            nested = "<a>".repeat(depth);
            &nested
        }
        Page::Close => return Ok(()),
        Page::Hang => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return Ok(());
        }
        Page::Endless | Page::EndlessHeader => {
            let head = if matches!(page, Page::Endless) { "\r\n" } else { "X: " };
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes()).await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
                *shared.sent.lock().unwrap() += 4096;
            }
        }
    };
    // In chunks, as some do.
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(format!("{head}{:x}\r\n{text}\r\n0\r\n\r\n", text.len()).as_bytes()).await
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or(rest, |(text, _)| text)
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body>\
         </s:Envelope>"
    )
}

fn ok(action: &str, content: &str) -> String {
    let service = "urn:schemas-upnp-org:service:WANIPConnection:1";
    envelope(&format!("<u:{action}Response xmlns:u=\"{service}\">{content}</u:{action}Response>"))
}

fn description() -> String {
    let service = |name: &str, path: &str| {
        format!(
            "<service><serviceType>urn:schemas-upnp-org:service:{name}</serviceType><serviceId>x</serviceId>\
             <controlURL>/ctl/{path}</controlURL><eventSubURL>/evt/{path}</eventSubURL><SCPDURL>/{path}.xml</SCPDURL></service>"
        )
    };
    let device = |name: &str, content: &str| {
        format!("<device><deviceType>urn:schemas-upnp-org:device:{name}</deviceType>{content}</device>")
    };
    let connection = format!("<serviceList>{}</serviceList>", service("WANIPConnection:1", "IPConn"));
    let wan = format!(
        "<serviceList>{}</serviceList><deviceList>{}</deviceList>",
        service("WANCommonInterfaceConfig:1", "CmnIfCfg"),
        device("WANConnectionDevice:1", &connection)
    );
    let list = format!("<deviceList>{}</deviceList>", device("WANDevice:1", &wan));
    let root = device("InternetGatewayDevice:1", &list);
    format!("<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\">{root}</root>")
}
