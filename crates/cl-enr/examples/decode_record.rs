//! Shows what a record says, and what is wrong with it: `cargo run -p cl-enr --example decode_record -- enr:…`

use std::fmt::Debug;

use cl_enr::{Expected, FieldError, Key, Scope, dial, fields};
use cl_types::{Epoch, PresetId};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).ok_or("usage: decode_record enr:…")?;
    let record = cl_enr::parse(&text)?;
    println!("sequence  {}", record.seq());
    println!("node id   {:?}", record.node_id());
    println!("peer id   {}", cl_enr::peer_id(&record)?);
    println!("discv5    {:?} {:?}", record.udp4_socket(), record.udp6_socket());
    show("eth2", fields::eth2(&record));
    show("nfd", fields::next_fork_digest(&record));
    let set = |bits: Vec<bool>| bits.iter().enumerate().filter(|(_, set)| **set).map(|(i, _)| i).collect::<Vec<_>>();
    show("attnets", fields::attnets(&record).map(|bits| bits.map(|bits| set(bits.iter().collect()))));
    show("syncnets", fields::syncnets(&record).map(|bits| bits.map(|bits| set(bits.iter().collect()))));
    show("cgc", fields::custody_group_count(&record));
    show("client", fields::client(&record));
    let expected = Expected::of(&record, Epoch(0), PresetId::Mainnet);
    println!("custody   {:?}", expected.custody_groups);
    for address in cl_enr::multiaddrs(&record) {
        println!("dial      {address}");
    }
    if let Err(reason) = dial(&record, &Key::generate().peer_id(), Scope::Public) {
        println!("dial      not from a public network: {reason}");
    }
    Ok(())
}

fn show<T: Debug>(name: &str, value: Result<Option<T>, FieldError>) {
    match value {
        Ok(Some(value)) => println!("{name:9} {value:?}"),
        Ok(None) => {}
        Err(error) => println!("{name:9} malformed: {error}"),
    }
}
