//! Two nodes that find each other through a third, on loopback. Neither a swarm nor a chain is needed: events are polled.

use std::error::Error;
use std::time::Duration;

use cl_discovery::{Behaviour, Chain, Config, Directory, Discv5Directory, Event, Notice, Sockets, Want};
use cl_enr::{Fork, Key, Record, fields};
use cl_types::{Epoch, Network};
use futures::future::poll_fn;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let schedule = Network::named("mainnet")?.schedule()?;
    // Only the name of the chain is mainnet's: nobody there is asked.
    let chain = Chain { fork: Fork::at(&schedule, Epoch(420_000)), tolerated: None };
    let (mut first, _) = start(&chain, Vec::new()).await?;
    let (second, _) = start(&chain, Vec::new()).await?;
    first.add(&second.local_record());

    let (directory, config) = start(&chain, vec![first.local_record()]).await?;
    let mut discovery = Behaviour::new(config, directory, chain);
    discovery.declare(Want::Peers(2))?;
    let looking = async {
        loop {
            match poll_fn(|cx| discovery.poll_event(cx)).await {
                Event::Discovered { peer, record, .. } => println!("{peer} {:?}", cl_enr::multiaddrs(&record)),
                Event::Want(Notice::Met(_)) => return,
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await?;
    println!("both are found");
    Ok(())
}

/// A node on any free port of loopback.
async fn start(chain: &Chain, boot_nodes: Vec<Record>) -> Result<(Discv5Directory, Config), Box<dyn Error>> {
    let sockets = Sockets::bind_one("127.0.0.1:0".parse()?)?;
    let port = sockets.ip4().ok_or("no IPv4 socket")?.port();
    let key = Key::generate();
    let mut builder = Record::builder();
    builder.ip4([127, 0, 0, 1].into()).udp4(port).tcp4(port);
    fields::add_eth2(&mut builder, &chain.fork.id);
    let record = builder.build(&key.to_combined())?;
    let config = Config::local(boot_nodes);
    Ok((Discv5Directory::start(&config, sockets, &key, record).await?, config))
}
