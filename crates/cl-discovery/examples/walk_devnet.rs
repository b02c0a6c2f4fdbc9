//! Lists what can be found from boot records on this machine:
//! `cargo run -p cl-discovery --example walk_devnet -- enr:…`
//!
//! It names itself by the fork of the first boot record.

use cl_discovery::{Behaviour, Chain, Config, Event, Sockets};
use cl_enr::{Fork, Key, Record, fields};
use futures::future::poll_fn;
use libp2p_swarm::{NetworkBehaviour, ToSwarm};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let boot_nodes = std::env::args().skip(1).map(|text| cl_enr::parse(&text)).collect::<Result<Vec<_>, _>>()?;
    let first = boot_nodes.first().ok_or("usage: walk_devnet enr:…")?;
    let id = fields::eth2(first)?.ok_or("the first boot record has no fork")?;
    let next_digest = fields::next_fork_digest(first)?.unwrap_or_default();
    let chain =
        Chain { fork: Fork { id, next_digest, has_fulu: true, passed: cl_enr::Passed::default() }, tolerated: None };

    let sockets = Sockets::bind_one("127.0.0.1:0".parse()?)?;
    let udp = sockets.ip4().ok_or("no IPv4 socket")?;
    let key = Key::generate();
    let record = Record::builder().ip(udp.ip()).udp4(udp.port()).build(&key.to_combined())?;
    let mut discovery = Behaviour::start(Config::local(boot_nodes), sockets, &key, record, chain).await?;
    discovery.set_wanted(usize::MAX);
    loop {
        match poll_fn(|cx| discovery.poll(cx)).await {
            ToSwarm::GenerateEvent(Event::Discovered { peer, record, compatibility }) => {
                println!("{peer} {compatibility} {:?}", cl_enr::multiaddrs(&record));
            }
            ToSwarm::GenerateEvent(Event::Refused { peer, compatibility }) => println!("{peer} {compatibility}"),
            _ => {}
        }
    }
}
