//! A driver in miniature: carries out what the manager wants, with a peer that answers everything. At the end the manager
//! tells why the peer is where it is.
//!
//! `cargo run -p cl-peers --example meet_a_peer`

use std::error::Error;
use std::time::{Duration, Instant};

use cl_peers::{Action, Config, ConnectionKey, Direction, Manager};
use cl_types::containers::{Attnets, MetaData, MetaDataV3, Status, StatusV2, Syncnets};
use cl_types::{Epoch, ForkDigest, ForkEntry, ForkName, ForkPlan, ForkVersion, GoodbyeReason, PresetId, Root, Slot};
use libp2p_identity::PeerId;

fn main() -> Result<(), Box<dyn Error>> {
    let local = PeerId::from_bytes(&[0, 1, 1])?;
    let peer = PeerId::from_bytes(&[0, 1, 2])?;
    let fork_digest = ForkDigest([1, 2, 3, 4]);
    let active = ForkEntry {
        epoch: Epoch(0),
        digest: fork_digest,
        fork: ForkName::Fulu,
        version: ForkVersion::default(),
        blobs: None,
    };
    let plan = ForkPlan { slot: Slot(100), active, next: None, joined: vec![active], tolerated: None };
    let status = StatusV2 {
        fork_digest,
        finalized_root: Root::ZERO,
        finalized_epoch: Epoch(0),
        head_root: Root::ZERO,
        head_slot: Slot(0),
        earliest_available_slot: Slot(0),
    };
    let metadata = MetaData::V3(MetaDataV3 {
        seq_number: 1,
        attnets: Attnets::default(),
        syncnets: Syncnets::default(),
        custody_group_count: 4,
    });
    let connection = ConnectionKey(1);

    let start = Instant::now();
    let mut manager = Manager::new(Config::new(local, PresetId::Mainnet));
    manager.discovered(peer, vec!["/ip4/127.0.0.1/tcp/9000".parse()?], start);
    for second in 0..100 {
        let now = start + Duration::from_secs(second);
        manager.tick(now, &plan, &status);
        if second == 60 {
            manager.goodbye_received(&peer, GoodbyeReason::TOO_MANY_PEERS, now);
        }
        while let Some(action) = manager.poll_action() {
            println!("{second:>3} s  {action:?}");
            match action {
                Action::Dial { peer, .. } => manager.connected(peer, connection, Direction::Dialer, now),
                Action::SendStatus(peer) => manager.status(&peer, Status::V2(status), false, now),
                Action::SendMetaData(peer) => manager.metadata(&peer, metadata.clone(), now),
                Action::SendPing(peer) => manager.pong(&peer, 1, now),
                Action::Goodbye { peer, .. } | Action::Disconnect(peer) => {
                    manager.connection_closed(&peer, connection, now)
                }
                Action::Gone { peer, reason } => println!("       {peer} is gone: {reason}"),
                _ => {}
            }
        }
    }
    if let Some(explanation) = manager.explain(&peer, start + Duration::from_secs(100)) {
        print!("{explanation}");
    }
    Ok(())
}
