//! Finds nodes from one boot record, and prints where they can be dialled:
//! `cargo run -p cl-discovery --example find_peers`
//!
//! Without arguments among twenty nodes that it starts on loopback. With boot records as arguments among the nodes that
//! those know: `find_peers enr:…`; it names itself by the fork of the first.

mod common;

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use cl_discovery::{Behaviour, Chain, Config, Directory, Event, Notice, Sockets, Want};
use cl_enr::{Fork, Key, Passed, Record, Scope, fields};
use futures::future::poll_fn;

/// How long it looks at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many peers it looks for.
const WANTED: usize = 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut boot_nodes = std::env::args().skip(1).map(|text| cl_enr::parse(&text)).collect::<Result<Vec<_>, _>>()?;
    // The nodes answer as long as they are held.
    let mut nodes = Vec::new();
    let chain = match boot_nodes.first() {
        Some(first) => chain_of(first)?,
        None => common::chain()?,
    };
    if boot_nodes.is_empty() {
        nodes = common::network(20, &chain).await?;
        boot_nodes.extend(nodes.first().map(Directory::local_record));
    }

    let is_here = boot_nodes.iter().filter_map(|node| node.ip4()).all(|ip| Scope::of(ip.into()) == Scope::Machine);
    let ip = if is_here { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    let sockets = Sockets::bind_one((ip, 0).into())?;
    let key = Key::generate();
    let record = Record::builder().build(&key.to_combined())?;
    let config = if is_here { Config::local(boot_nodes) } else { Config::by_boot_nodes(boot_nodes) };
    let mut discovery = Behaviour::start(config, sockets, &key, record, chain).await?;
    discovery.declare(Want::Peers(WANTED))?;

    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match tokio::time::timeout_at(deadline, poll_fn(|cx| discovery.poll_event(cx))).await {
            Ok(Event::Discovered { peer, record, compatibility, .. }) => {
                println!("{peer}: {compatibility}, {:?}", cl_enr::multiaddrs(&record));
            }
            Ok(Event::BootNode { name, problem }) => println!("boot node {name} {problem}"),
            Ok(Event::Want(Notice::Met(_))) => {
                println!("{WANTED} peers are known");
                break;
            }
            Ok(_) => {}
            Err(_) => {
                println!("{} peers are known after {PATIENCE:?}", discovery.cache().coverage().peers);
                break;
            }
        }
    }
    drop(nodes);
    Ok(())
}

/// The fork that a record names.
fn chain_of(record: &Record) -> Result<Chain, Box<dyn Error>> {
    let id = fields::eth2(record)?.ok_or("the first boot record has no fork")?;
    let next_digest = fields::next_fork_digest(record)?.unwrap_or_default();
    Ok(Chain { fork: Fork { id, next_digest, has_fulu: true, passed: Passed::default() }, tolerated: None })
}
