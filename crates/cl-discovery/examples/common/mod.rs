//! A small network on loopback, so that the examples need no other one.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::error::Error;

use cl_discovery::{Chain, Config, Directory, Discv5Directory, Sockets};
use cl_enr::{Fork, Key, Record, fields};
use cl_types::containers::Attnets;
use cl_types::subnets::subscribed_subnets;
use cl_types::{Epoch, Network, PresetId};

/// The epoch in which the examples take place.
pub const EPOCH: Epoch = Epoch(420_000);

/// Mainnet's place at [`EPOCH`]: only its name is used, nobody there is asked.
pub fn chain() -> Result<Chain, Box<dyn Error>> {
    let schedule = Network::named("mainnet")?.schedule()?;
    Ok(Chain { fork: Fork::at(&schedule, EPOCH), tolerated: None })
}

/// A record at a UDP port on loopback, with the subnets of its node id.
pub fn record(key: &Key, chain: &Chain, port: u16) -> Result<Record, Box<dyn Error>> {
    let mut attnets = Attnets::new();
    for subnet in subscribed_subnets(key.node_id(), EPOCH, PresetId::Mainnet) {
        attnets.set(usize::try_from(subnet)?, true).map_err(|error| format!("{error:?}"))?;
    }
    let mut builder = Record::builder();
    // Nobody listens for TCP: nothing is dialled here.
    builder.ip4([127, 0, 0, 1].into()).udp4(port).tcp4(port);
    fields::add_eth2(&mut builder, &chain.fork.id);
    fields::add_attnets(&mut builder, &attnets);
    fields::add_custody_group_count(&mut builder, 4);
    Ok(builder.build(&key.to_combined())?)
}

/// A new node on any free port. It answers as long as it is held.
pub async fn node(chain: &Chain) -> Result<Discv5Directory, Box<dyn Error>> {
    let sockets = Sockets::bind_one("127.0.0.1:0".parse()?)?;
    let port = sockets.ip4().ok_or("no IPv4 socket")?.port();
    let key = Key::generate();
    let record = record(&key, chain, port)?;
    Ok(Discv5Directory::start(&Config::local(Vec::new()), sockets, &key, record).await?)
}

/// So many nodes that know each other.
pub async fn network(size: usize, chain: &Chain) -> Result<Vec<Discv5Directory>, Box<dyn Error>> {
    let mut nodes = Vec::new();
    for _ in 0..size {
        nodes.push(node(chain).await?);
    }
    let records: Vec<Record> = nodes.iter().map(Directory::local_record).collect();
    for node in &mut nodes {
        for record in &records {
            node.add(record);
        }
    }
    Ok(nodes)
}
