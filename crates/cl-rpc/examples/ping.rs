//! Two peers on this machine: one asks for a ping and for metadata, the other answers.
//!
//! ```text
//! cargo run -p cl-rpc --example ping
//! ```

use std::sync::Arc;

use cl_rpc::{Behaviour, Config, Event, Request, Response};
use cl_types::network::{ChainConfig, ConfiguredFork};
use cl_types::{Epoch, ForkName, ForkSchedule, ForkVersion, Method, PresetId, Root};
use futures::StreamExt;
use libp2p_swarm::{Swarm, SwarmEvent};
use libp2p_swarm_test::SwarmExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = Arc::new(chain()?);
    let mut asker = Swarm::new_ephemeral_tokio(|_| Behaviour::new(Config::default(), Arc::clone(&chain)));
    let mut answerer = Swarm::new_ephemeral_tokio(|_| Behaviour::new(Config::default(), chain));
    answerer.listen().with_memory_addr_external().await;
    asker.connect(&mut answerer).await;

    let peer = *answerer.local_peer_id();
    asker.behaviour_mut().send_request(peer, Request::ping(7));
    asker.behaviour_mut().send_request(peer, Request::metadata());

    let mut done = 0;
    while done < 2 {
        tokio::select! {
            event = answerer.select_next_some() => {
                if let SwarmEvent::Behaviour(Event::Request { id, request, .. }) = event {
                    println!("asked    {} with {:?}", request.protocol, request.body);
                    answerer.behaviour_mut().respond(id, answer(request.protocol.method()))?;
                }
            }
            event = asker.select_next_some() => match event {
                SwarmEvent::Behaviour(Event::Chunk { chunk, .. }) => {
                    println!("answered {} with {:?}", chunk.protocol, chunk.ssz);
                }
                SwarmEvent::Behaviour(Event::Done { .. }) => done += 1,
                SwarmEvent::Behaviour(Event::Failed { error, .. }) => return Err(error.into()),
                _ => {}
            },
        }
    }
    Ok(())
}

/// The SSZ of an answer: a counter, and for metadata also subnets and the custody group count.
fn answer(method: Method) -> Response {
    let size = if method == Method::MetaData { 25 } else { 8 };
    let mut ssz = vec![0; size];
    if let Some(counter) = ssz.first_mut() {
        *counter = 3;
    }
    Response::Chunk { context: None, ssz: ssz.into() }
}

/// A chain with all forks at genesis.
fn chain() -> Result<ForkSchedule, cl_types::ScheduleError> {
    let fork = |_| ConfiguredFork { version: ForkVersion([0, 0, 0, 1]), epoch: Epoch(0) };
    let config = ChainConfig {
        name: "example".to_owned(),
        preset: PresetId::Minimal,
        forks: ForkName::ALL.map(fork),
        blob_schedule: Vec::new(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    ForkSchedule::new(&config, Root::ZERO)
}
