//! What a record costs in the cache.

use std::process::Command;
use std::time::Instant;

use cl_discovery::{Cache, CacheConfig};
use cl_enr::{Key, NodeId, Record, Scope, fields};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::{Epoch, ForkDigest};

use crate::MEMORY;
use crate::net::{HERE, chain};

const RECORDS: u32 = 2000;
const MOST: usize = 1024;

/// Every entry there is, both families, in networks of its own.
fn large(number: u32) -> Record {
    let id = chain(HERE).fork.id;
    let key = Key::generate();
    let mut builder = Record::builder();
    builder.ip4((0x0800_0000 + (number << 8)).into()).udp4(9000).tcp4(9000).udp6(9000).tcp6(9000);
    builder.ip6(std::net::Ipv6Addr::from(0x2600_u128 << 112 | u128::from(number) << 80));
    fields::add_eth2(&mut builder, &cl_types::EnrForkId { next_fork_epoch: Epoch(1), ..id });
    fields::add_next_fork_digest(&mut builder, ForkDigest([1; 4]));
    fields::add_attnets(&mut builder, &Attnets::new());
    fields::add_syncnets(&mut builder, &Syncnets::new());
    fields::add_custody_group_count(&mut builder, 128);
    fields::add_quic4(&mut builder, 9001);
    fields::add_quic6(&mut builder, 9001);
    builder.build(&key.to_combined()).unwrap()
}

/// In a process of its own, because memory is counted for the whole of it.
#[test]
fn a_record_costs_less_than_a_kibibyte() {
    let test = std::env::current_exe().unwrap();
    let child = Command::new(test).args(["--exact", "memory::alone", "--ignored", "--nocapture"]).output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success() && said.contains("bytes a record"), "{said}");
    println!("{}", said.lines().find(|line| line.contains("bytes a record")).unwrap());
}

#[test]
#[ignore = "run by `a_record_costs_less_than_a_kibibyte` in a process of its own"]
fn alone() {
    let records: Vec<Record> = (0..RECORDS).map(large).collect();
    let now = Instant::now();
    let mut cache = Cache::new(CacheConfig::new(Scope::Public), chain(HERE), NodeId::new(&[0; 32]));
    let before = MEMORY.current_usage();
    for record in &records {
        cache.insert(record, now).unwrap();
        cache.dial_failed(&record.node_id(), now);
    }
    let each = (MEMORY.current_usage() - before) / cache.len();
    assert_eq!(cache.len(), records.len());
    println!("{each} bytes a record, of which {} are the record", cl_enr::to_rlp(&records[0]).len());
    assert!(each <= MOST, "{each} bytes a record");
}
