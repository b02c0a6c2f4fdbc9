//! A range of blocks with its checks: one peer tells the truth, then it leaves a block out and is found out.
//!
//! ```text
//! cargo run -p cl-rpc --example range
//! ```

use std::sync::Arc;

use cl_rpc::ask::BlocksByRange;
use cl_rpc::{Ask, Behaviour, Check, Config, Event, Response};
use cl_types::containers::altair;
use cl_types::network::{ChainConfig, ConfiguredFork};
use cl_types::{Epoch, ForkName, ForkSchedule, ForkVersion, Minimal, PresetId, Root, Slot};
use futures::StreamExt;
use libp2p_swarm::{Swarm, SwarmEvent};
use libp2p_swarm_test::SwarmExt;
use ssz::Encode;
use tree_hash::TreeHash;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = Arc::new(chain()?);
    let mut asker = Swarm::new_ephemeral_tokio(|_| Behaviour::new(Config::default(), Arc::clone(&chain)));
    let mut answerer = Swarm::new_ephemeral_tokio(|_| Behaviour::new(Config::default(), Arc::clone(&chain)));
    answerer.listen().with_memory_addr_external().await;
    asker.connect(&mut answerer).await;
    let peer = *answerer.local_peer_id();

    for left_out in [None, Some(2)] {
        let ask = BlocksByRange::new(Slot(1), 5);
        let mut check = ask.check(Arc::clone(&chain));
        asker.behaviour_mut().send_request(peer, ask.request(&chain, Slot(10))?);
        loop {
            tokio::select! {
                event = answerer.select_next_some() => {
                    if let SwarmEvent::Behaviour(Event::Request { id, .. }) = event {
                        for ssz in blocks().into_iter().enumerate().filter(|(i, _)| Some(*i) != left_out).map(|(_, ssz)| ssz) {
                            let context = Some(chain.context(Slot(1)));
                            answerer.behaviour_mut().respond(id, Response::Chunk { context, ssz: ssz.into() })?;
                        }
                        answerer.behaviour_mut().finish(id)?;
                    }
                }
                event = asker.select_next_some() => match event {
                    SwarmEvent::Behaviour(Event::Chunk { id, chunk, .. }) => match check.chunk(chunk) {
                        Ok(block) => println!("block of slot {} has root {}", block.slot, block.root),
                        Err(lie) => {
                            println!("{:?} is to blame: {lie}", lie.fault());
                            asker.behaviour_mut().cancel(id);
                        }
                    },
                    SwarmEvent::Behaviour(Event::Done { .. } | Event::Failed { .. }) => break,
                    _ => {}
                },
            }
        }
    }
    Ok(())
}

/// Four blocks of an empty chain.
fn blocks() -> Vec<Vec<u8>> {
    let mut parent = Root::ZERO;
    let link = |slot| {
        let mut block = altair::SignedBeaconBlock::<Minimal>::default();
        (block.message.slot, block.message.parent_root) = (Slot(slot), parent);
        parent = block.message.tree_hash_root();
        block.as_ssz_bytes()
    };
    (1..5).map(link).collect()
}

/// A chain that is in Altair from the beginning.
fn chain() -> Result<ForkSchedule, cl_types::ScheduleError> {
    let epoch = |fork| Epoch(if fork <= ForkName::Altair { 0 } else { u64::MAX });
    let config = ChainConfig {
        name: "example".to_owned(),
        preset: PresetId::Minimal,
        forks: ForkName::ALL
            .map(|fork| ConfiguredFork { version: ForkVersion([fork as u8, 0, 0, 1]), epoch: epoch(fork) }),
        blob_schedule: Vec::new(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    ForkSchedule::new(&config, Root::ZERO)
}
