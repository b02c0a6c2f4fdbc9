//! Shows what a record says: `cargo run -p cl-enr --example decode_record -- enr:…`

use cl_enr::fields;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).ok_or("usage: decode_record enr:…")?;
    let record = cl_enr::parse(&text)?;
    println!("sequence  {}", record.seq());
    println!("node id   {:?}", record.node_id());
    println!("peer id   {}", cl_enr::peer_id(&record)?);
    println!("discv5    {:?} {:?}", record.udp4_socket(), record.udp6_socket());
    for address in cl_enr::multiaddrs(&record) {
        println!("dial      {address}");
    }
    match fields::eth2(&record)? {
        Some(fork) => println!(
            "eth2      {}, then {} at epoch {}",
            fork.fork_digest, fork.next_fork_version, fork.next_fork_epoch
        ),
        None => println!("eth2      none: not a consensus node"),
    }
    if let Some(digest) = fields::next_fork_digest(&record)? {
        println!("nfd       {digest}");
    }
    if let Some(attnets) = fields::attnets(&record)? {
        println!(
            "attnets   {:?}",
            attnets.iter().enumerate().filter(|(_, set)| *set).map(|(i, _)| i).collect::<Vec<_>>()
        );
    }
    if let Some(syncnets) = fields::syncnets(&record)? {
        println!(
            "syncnets  {:?}",
            syncnets.iter().enumerate().filter(|(_, set)| *set).map(|(i, _)| i).collect::<Vec<_>>()
        );
    }
    if let Some(count) = fields::custody_group_count(&record)? {
        println!("cgc       {count}");
        println!("custody   {:?}", cl_types::custody::custody_groups(record.node_id().raw(), count)?);
    }
    Ok(())
}
