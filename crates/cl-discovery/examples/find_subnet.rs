//! Finds nodes on an attestation subnet and nodes with a column, both at once:
//! `cargo run -p cl-discovery --example find_subnet -- 5 77`
//!
//! Runs among sixty nodes that it starts on loopback.

mod common;

use std::error::Error;
use std::time::Duration;

use cl_discovery::{Behaviour, Config, Directory, Event, Notice, Services, Sockets, Want};
use cl_enr::{Key, Record};
use futures::future::poll_fn;

/// How long it looks at most.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let subnet = numbers.next().transpose()?.unwrap_or(5);
    let column = numbers.next().transpose()?.unwrap_or(77);

    let chain = common::chain()?;
    let nodes = common::network(60, &chain).await?;
    let exist = |serves: &dyn Fn(&Services) -> bool| {
        nodes.iter().filter(|node| serves(&Services::of(&node.local_record()))).count()
    };
    let on_subnet = exist(&|services| services.has_attestation(subnet));
    let with_column = exist(&|services| services.has_column(column));
    println!("of {} nodes {on_subnet} are on subnet {subnet}, {with_column} have column {column}", nodes.len());

    let key = Key::generate();
    let record = Record::builder().build(&key.to_combined())?;
    let config = Config::local(nodes.iter().take(1).map(Directory::local_record).collect());
    let sockets = Sockets::bind_one("127.0.0.1:0".parse()?)?;
    let mut discovery = Behaviour::start(config, sockets, &key, record, chain).await?;
    let slot = cl_types::Slot(common::EPOCH.0 * 32);
    discovery.set_slot(slot);
    let until_slot = Some(cl_types::Slot(slot.0 + 32));
    // Of a small network, no more can be had than there are.
    let on_subnet =
        discovery.declare(Want::AttestationSubnet { id: subnet, min_peers: on_subnet.min(3), until_slot })?;
    let with_column = discovery.declare(Want::Column { id: column, min_peers: with_column.min(2), until_slot })?;

    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (mut questions, mut met) = (0, 0);
    while met < 2 {
        match tokio::time::timeout_at(deadline, poll_fn(|cx| discovery.poll_event(cx))).await? {
            Event::Discovered { peer, serves, .. } if !serves.is_empty() => {
                let is = |want, words| if serves.contains(&want) { words } else { "" };
                println!("{peer}{}{}", is(on_subnet, " is on the subnet"), is(with_column, " has the column"));
            }
            Event::Want(Notice::Met(_)) => met += 1,
            Event::QueryFinished { .. } => questions += 1,
            _ => {}
        }
    }
    println!("both are met after {questions} questions; {:?}", discovery.report());
    Ok(())
}
