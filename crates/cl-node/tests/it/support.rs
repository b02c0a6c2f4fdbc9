//! A made-up chain, nodes on it, and events awaited with a deadline.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cl_node::{Config, Event, Events, Node, NodeHandle};
use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{ChainConfig, Epoch, ForkName, ForkVersion, Genesis, Network, PresetId, Root};

/// Long enough for anything that should happen on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A chain of the minimal preset: Electra from genesis, Fulu at `fulu`, now at the middle of `slot`.
pub(crate) fn chain(slot_ms: u64, slot: u64, fulu: u64) -> Network {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let genesis_ms = u64::try_from(now.as_millis()).unwrap() - slot * slot_ms - slot_ms / 2;
    let epoch_of = |fork| match fork {
        ForkName::Fulu => Epoch(fulu),
        ForkName::Gloas | ForkName::Heze => FAR_FUTURE_EPOCH,
        _ => Epoch(0),
    };
    Network {
        config: ChainConfig {
            name: "test".into(),
            preset: PresetId::Minimal,
            forks: ForkName::ALL.map(|fork| ConfiguredFork {
                version: ForkVersion([u8::try_from(fork.index()).unwrap(), 0, 0, 1]),
                epoch: epoch_of(fork),
            }),
            blob_schedule: Vec::new(),
            max_blobs_per_block_electra: 9,
            slot_duration_ms: slot_ms,
        },
        genesis: Genesis { time: genesis_ms / 1000, validators_root: Root::repeat_byte(7) },
        boot_nodes: Vec::new(),
    }
}

/// The same with each fork since Electra an epoch (eight slots) after the one before, and slot 30 of 60 s: Electra 0, Fulu 8,
/// Gloas 16, Heze 24.
pub(crate) fn all_forks() -> Network {
    let mut network = chain(60_000, 30, 1);
    for (fork, epoch) in [(ForkName::Gloas, 2), (ForkName::Heze, 3)] {
        network.config.forks[fork.index()].epoch = Epoch(epoch);
    }
    network
}

/// A chain far from any fork boundary.
pub(crate) fn quiet_chain() -> Network {
    chain(60_000, 100, 1)
}

pub(crate) async fn start(config: Config) -> (NodeHandle, Events) {
    Node::spawn(config).await.unwrap()
}

/// A node without discovery: it knows only whom it is told about.
pub(crate) fn alone(network: Network) -> Config {
    Config { discovery_port: None, ..Config::loopback(network) }
}

/// A key, always the same one, whose node id is as a test needs it.
pub(crate) fn key_where(wanted: impl Fn([u8; 32]) -> bool) -> cl_enr::Key {
    let numbered = |number: u32| {
        let mut bytes = [1; 32];
        bytes[28..].copy_from_slice(&number.to_be_bytes());
        cl_enr::Key::from_bytes(bytes).unwrap()
    };
    (0..100_000).map(numbered).find(|key| wanted(key.node_id())).unwrap()
}

/// Tells one node where another is.
pub(crate) async fn introduce(from: &NodeHandle, to: &NodeHandle) {
    let info = to.info().await.unwrap();
    from.add_peer(info.peer, cl_enr::multiaddrs(&info.record)).await.unwrap();
}

/// The first event for which `pick` gives something.
pub(crate) async fn await_event<T>(events: &mut Events, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
    let search = async {
        while let Some(event) = events.next().await {
            if let Some(found) = pick(&event) {
                return found;
            }
        }
        panic!("the node ended before {what}");
    };
    tokio::time::timeout(DEADLINE, search).await.unwrap_or_else(|_| panic!("no {what} in time"))
}

pub(crate) async fn ready(events: &mut Events) {
    await_event(events, "ready peer", |event| matches!(event, Event::PeerReady { .. }).then_some(())).await;
}

/// The reason with which this node lost its peer.
pub(crate) async fn gone(events: &mut Events) -> String {
    await_event(events, "parting", |event| match event {
        Event::PeerGone { reason, .. } => Some(reason.clone()),
        _ => None,
    })
    .await
}

/// Collects what a node says until nothing of interest can follow: `quiet` passes.
pub(crate) async fn everything_within(events: &mut Events, quiet: Duration) -> Vec<Event> {
    let mut seen = Vec::new();
    let collect = async {
        while let Some(event) = events.next().await {
            seen.push(event);
        }
    };
    let _ = tokio::time::timeout(quiet, collect).await;
    seen
}
