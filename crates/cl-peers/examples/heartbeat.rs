//! How long a tick takes with 10,000 peers in the table, 100 of them connected, everything wanted and some of it missing.
//!
//! `cargo run --release -p cl-peers --example heartbeat [ticks]`

use std::error::Error;
use std::time::{Duration, Instant};

use cl_enr::{Key, Record, fields};
use cl_peers::{Action, Config, ConnectionKey, Direction, Manager, Subnets, Targets, Wanted};
use cl_types::containers::{Attnets, MetaData, MetaDataV3, Status, StatusV2, Syncnets};
use cl_types::{Epoch, ForkDigest, ForkEntry, ForkName, ForkPlan, ForkVersion, PresetId, Root, Slot};

const KNOWN: u32 = 10_000;
const CONNECTED: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let ticks = std::env::args().nth(1).map_or(Ok(300), |ticks| ticks.parse::<u64>())?;
    let start = Instant::now();
    let (plan, status) = chain();
    let mut config = Config::new(key(0)?.peer_id(), PresetId::Mainnet);
    config.max_known = KNOWN as usize;
    config.target_peers = CONNECTED as usize;
    config.max_peers = CONNECTED as usize + 20;
    let mut manager = Manager::new(config);
    manager.want(&Wanted::new(Targets::default()).with(&Subnets {
        attestation: u64::MAX,
        sync: 15,
        columns: u128::MAX,
    }));

    println!("making {KNOWN} records ...");
    for number in 1..=KNOWN {
        let record = record(number)?;
        let peer = manager.discovered_record(&record, start).ok_or("no peer id")?;
        if number <= CONNECTED {
            let direction = if number % 2 == 0 { Direction::Dialer } else { Direction::Listener };
            manager.connected(peer, ConnectionKey(number.into()), direction, start);
            manager.status(&peer, Status::V2(status), false, start);
        }
    }
    manager.tick(start, &plan, &status);
    let mut times = Vec::new();
    for tick in 1..=ticks {
        let now = start + Duration::from_secs(tick);
        let before = Instant::now();
        manager.tick(now, &plan, &status);
        times.push(before.elapsed());
        // Everyone who is connected answers; nobody who is dialled can be reached.
        while let Some(action) = manager.poll_action() {
            match action {
                Action::Dial { peer, .. } => manager.dial_failed(&peer, now),
                Action::SendStatus(peer) => manager.status(&peer, Status::V2(status), false, now),
                Action::SendMetaData(peer) => manager.metadata(&peer, metadata(), now),
                Action::SendPing(peer) => manager.pong(&peer, 1, now),
                _ => {}
            }
        }
    }
    times.sort_unstable();
    let counts = manager.counts(start);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    println!("{} known, {} ready, {} gaps", counts.known, counts.ready, manager.gaps().count());
    println!("{ticks} ticks: median {median:?}, longest {longest:?}");
    Ok(())
}

fn key(number: u32) -> Result<Key, Box<dyn Error>> {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Ok(Key::from_bytes(bytes)?)
}

fn record(number: u32) -> Result<Record, Box<dyn Error>> {
    let key = key(number)?.to_combined();
    let mut builder = Record::builder();
    let [_, _, c, d] = number.to_be_bytes();
    builder.ip4([100, c, d, 1].into()).tcp4(9000);
    let mut attnets = Attnets::default();
    for subnet in [number % 64, number / 64 % 64] {
        attnets.set(subnet as usize, true).map_err(|_| "no such subnet")?;
    }
    fields::add_attnets(&mut builder, &attnets);
    fields::add_custody_group_count(&mut builder, if number.is_multiple_of(50) { 128 } else { 4 });
    Ok(builder.build(&key)?)
}

fn metadata() -> MetaData {
    let (attnets, syncnets) = (Attnets::default(), Syncnets::default());
    MetaData::V3(MetaDataV3 { seq_number: 1, attnets, syncnets, custody_group_count: 4 })
}

fn chain() -> (ForkPlan, StatusV2) {
    let fork_digest = ForkDigest([1, 2, 3, 4]);
    let (epoch, fork, version) = (Epoch(0), ForkName::Fulu, ForkVersion::default());
    let active = ForkEntry { epoch, digest: fork_digest, fork, version, blobs: None };
    let plan = ForkPlan { slot: Slot(100), active, next: None, joined: vec![active], tolerated: None };
    let status = StatusV2 {
        fork_digest,
        finalized_root: Root::ZERO,
        finalized_epoch: Epoch(0),
        head_root: Root::ZERO,
        head_slot: Slot(0),
        earliest_available_slot: Slot(0),
    };
    (plan, status)
}
