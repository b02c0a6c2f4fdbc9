//! A boot node: it answers questions, and looks for nobody.
//! `cargo run -p cl-discovery --example bootnode`
//!
//! Without arguments on loopback, where two nodes that know only it then find each other through it. With an address it
//! serves there for as many seconds as are named: `bootnode 127.0.0.1:9000 60`.

mod common;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use cl_discovery::{Behaviour, Chain, Config, Directory, Discv5Directory, Event, Sockets, Want};
use cl_enr::{Key, Record};
use futures::future::poll_fn;

/// How long the two may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().map(|text| text.parse::<SocketAddr>()).transpose()?;
    let seconds = arguments.next().map_or(Ok(60), |text| text.parse::<u64>())?;

    let sockets = Sockets::bind_one(address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let udp = sockets.ip4().or_else(|| sockets.ip6()).ok_or("no socket")?;
    let key = Key::generate();
    let mut builder = Record::builder();
    match udp {
        // Where nobody knows the address, peers tell it.
        SocketAddr::V4(udp) if udp.ip().is_unspecified() => builder.udp4(udp.port()),
        SocketAddr::V6(udp) if udp.ip().is_unspecified() => builder.udp6(udp.port()),
        SocketAddr::V4(udp) => builder.ip4(*udp.ip()).udp4(udp.port()),
        SocketAddr::V6(udp) => builder.ip6(*udp.ip()).udp6(udp.port()),
    };
    let record = builder.build(&key.to_combined())?;
    // discv5 answers by itself: a boot node needs nobody who drives it.
    let boot = Discv5Directory::start(&Config::local(Vec::new()), sockets, &key, record).await?;
    println!("{}", boot.local_record().to_base64());

    if address.is_some() {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        println!("{} nodes in the table", boot.table_len());
        return Ok(());
    }
    let chain = common::chain()?;
    let (mut left, mut right) = (follow(&boot, &chain).await?, follow(&boot, &chain).await?);
    let wanted = cl_enr::peer_id(&right.local_record())?;
    let meeting = async {
        loop {
            tokio::select! {
                event = poll_fn(|cx| left.poll_event(cx)) => match event {
                    Event::Discovered { peer, .. } if peer == wanted => return,
                    _ => {}
                },
                _ = poll_fn(|cx| right.poll_event(cx)) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, meeting).await?;
    println!("two nodes found each other; {} nodes in the table", boot.table_len());
    Ok(())
}

/// A node that knows the boot node alone.
async fn follow(boot: &Discv5Directory, chain: &Chain) -> Result<Behaviour, Box<dyn Error>> {
    let sockets = Sockets::bind_one("127.0.0.1:0".parse()?)?;
    let key = Key::generate();
    let record = common::record(&key, chain, sockets.ip4().ok_or("no IPv4 socket")?.port())?;
    let mut node = Behaviour::start(Config::local(vec![boot.local_record()]), sockets, &key, record, *chain).await?;
    node.declare(Want::Peers(1))?;
    Ok(node)
}
