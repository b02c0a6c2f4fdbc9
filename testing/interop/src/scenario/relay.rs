//! A Lodestar that can reach the chain through us alone: does it think well of us as a relay?

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cl_enr::Key;
use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use cl_node::ask::BlocksByRange;
use cl_node::store::Offered;
use cl_node::{ChainStore, RelayLevel};
use cl_types::subnets::subscribed_subnets;
use cl_types::{Epoch, Network, PresetId, Slot, TopicKind};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::gossip::root;
use crate::scenario::{Context, peer_id, until};

const FORKS: &str = "fulu:0";
/// The chain's age in slots: the other client counts what its mesh delivers only on a chain older than 40 slots.
const AGE: u64 = 400;
/// How far the chain gets before B comes, in slots, and how long that may take.
const BLOCKS: u64 = 12;
const HISTORY: Duration = Duration::from_secs(120);
const READY: Duration = Duration::from_secs(60);
/// How long B may take from the handshake to the chain's head.
const SYNCED: Duration = Duration::from_secs(120);
/// How long it may take until we are in its block mesh.
const MESH: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(3);

/// A makes a chain. B gets what there is from a first node of ours, which then leaves, and from then on follows through
/// a second one alone. For so long it says what it thinks of that one.
pub(crate) async fn run(context: &mut Context, level: RelayLevel, time: Duration) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new(&format!("relay-{level}-a"), FORKS, &mut context.ports)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    options.genesis_time = Some(now.saturating_sub(AGE * options.slot_ms / 1000));
    let a = context.labs.start(options).await?;
    let (network, _) = context.network(&a).await?;
    let history = eventually(HISTORY, async || {
        Ok::<_, ScenarioError>((a.rest().info().await?.head_slot >= AGE + BLOCKS).then_some(()))
    });
    history.await.ok_or(ScenarioError::Vain { what: "a chain" })?;

    let mut options = LabOptions::new(&format!("relay-{level}-b"), FORKS, &mut context.ports)?;
    options.produce = false;
    options.genesis_time = a.options().genesis_time;
    options.env.push(("LAB_DISCV5", "0".to_owned()));
    options.env.push(("LAB_ALL_SUBNETS", "0".to_owned()));
    options.env.push(("LAB_SECRET", busy_key(network.config.preset).ok_or(ScenarioError::Vain { what: "a key" })?));
    let b = context.labs.start(options).await?;

    // B listens to gossip while it syncs, ignores what it cannot place yet, and holds that against who delivered it. A real
    // client does not listen then. So what is judged begins with B at the head.
    let guide = between(context, &a, &b, network.clone(), "guide", level).await?;
    let synced = eventually(SYNCED, async || {
        let (a, b) = (a.rest().info().await?, b.rest().info().await?);
        Ok::<_, ScenarioError>((b.head_slot + 1 >= a.head_slot && b.head_slot > AGE).then_some(b.head_slot))
    })
    .await;
    context.report.fact("B came to the head through a first node", synced.is_some(), format!("{synced:?}"));
    guide.node.shutdown().await;
    let ours = between(context, &a, &b, network, "ours", level).await?;
    let alone = eventually(READY, async || {
        let others: Vec<String> = b.rest().peers().await?.into_iter().map(|peer| peer.peer_id).collect();
        Ok::<_, ScenarioError>((others == [ours.peer.to_string()]).then_some(()))
    });
    context.report.fact("B is connected to nobody but us", alone.await.is_some(), ours.peer);
    let watched = watch(&a, &b, &ours, time).await?;
    judge(context, level, &watched);
    ours.node.shutdown().await;
    b.stop().await;
    a.stop().await;
    Ok(())
}

/// The secret of a node whose own attestation subnets carry votes. The lab's 64 validators use the first 16; on all others
/// nobody can deliver anything, and the other client holds that against whoever is in its mesh there.
fn busy_key(preset: PresetId) -> Option<String> {
    const USED: u64 = 16;
    let first = AGE / preset.slots_per_epoch();
    (1..=u8::MAX).map(|byte| [byte; 32]).find_map(|secret| {
        let node_id = Key::from_bytes(secret).ok()?.node_id();
        let busy = |epoch| subscribed_subnets(node_id, Epoch(epoch), preset).iter().all(|subnet| *subnet < USED);
        // For longer than any run lasts.
        (first..first + 64).all(busy).then(|| secret.iter().map(|byte| format!("{byte:02x}")).collect())
    })
}

/// A node of ours that follows A, holds its chain, and is connected to B.
async fn between(
    context: &mut Context,
    a: &Lab,
    b: &Lab,
    network: Network,
    name: &str,
    level: RelayLevel,
) -> Result<Ours, ScenarioError> {
    let preset = network.config.preset;
    let genesis = a.facts().genesis_block_root.as_deref().map(root).transpose()?;
    let folder = context.folder(&format!("relay-{level}-{name}"));
    let ours = Ours::start_with(network, &folder, genesis, |config| config.relay = level).await?;
    let a_peer = peer_id(&a.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(a_peer).then_some(())).await;
    context.report.fact(&format!("{name}: connected to A"), ready.is_some(), a_peer);
    // A started when the chain had this age, so that nothing is older.
    let ask = BlocksByRange::new(Slot(AGE), 64);
    for block in ours.node.request(a_peer, ask).await?.collect().await? {
        if let Some(object) = Offered::read(TopicKind::BeaconBlock, block.fork, preset, &block.ssz) {
            ours.store.offer(object);
        }
    }
    let b_peer = peer_id(&b.facts().identity.peer_id)?;
    let address = b.tcp_address().parse().map_err(|_| ScenarioError::Unreadable { text: b.tcp_address() })?;
    ours.node.add_peer(b_peer, vec![address]).await?;
    let ready = until(&ours, READY, |seen| seen.is_ready(b_peer).then_some(())).await;
    context.report.fact(&format!("{name}: connected to B"), ready.is_some(), b_peer);
    Ok(ours)
}

/// What B said while it was watched.
#[derive(Debug, Default)]
struct Watched {
    looks: u32,
    in_mesh: u32,
    /// Its gossip score of us, least and last.
    least: Option<f64>,
    last: Option<f64>,
    /// Looks at which its head was more than two slots behind A's.
    behind: u32,
    life: Vec<&'static str>,
}

async fn watch(a: &Lab, b: &Lab, ours: &Ours, time: Duration) -> Result<Watched, ScenarioError> {
    let us = ours.peer.to_string();
    // From the first graft on, if there is one.
    let _ = eventually(MESH, async || Ok::<_, ScenarioError>(is_in_mesh(b, &us).await?.then_some(()))).await;
    let mut watched = Watched::default();
    let started = Instant::now();
    while started.elapsed() < time {
        sleep(LOOK).await;
        watched.looks += 1;
        watched.in_mesh += u32::from(is_in_mesh(b, &us).await?);
        let scores = b.rest().scores().await?;
        if let Some(score) = gossip_score(&scores, &us) {
            watched.least = Some(watched.least.map_or(score, |least| least.min(score)));
            watched.last = Some(score);
        }
        let (there, here) = (a.rest().info().await?.head_slot, b.rest().info().await?.head_slot);
        watched.behind += u32::from(here + 2 < there);
    }
    let b_peer = peer_id(&b.facts().identity.peer_id)?;
    watched.life = ours.seen().life_of(b_peer);
    Ok(watched)
}

fn judge(context: &mut Context, level: RelayLevel, watched: &Watched) {
    let seen = format!("{watched:?}");
    if level == RelayLevel::None {
        // A node that forwards nothing is of no use to B, and B may say so: what it does is worth knowing, not a fault.
        println!("     with relay {level}: {seen}");
        return;
    }
    let share = f64::from(watched.in_mesh) / f64::from(watched.looks.max(1));
    context.report.fact("we are in its block mesh in 95 % of the looks", share >= 0.95, format!("{share:.3}, {seen}"));
    let least = watched.least;
    context.report.fact("its gossip score of us never falls below 0", least.is_some_and(|least| least >= 0.0), &seen);
    let keeps_up = watched.looks > 0 && watched.behind * 20 <= watched.looks;
    context.report.fact("B follows the chain in 95 % of the looks", keeps_up, watched.behind);
    let life = &watched.life;
    context.report.fact("one connection, no goodbye, no loss", *life == ["connected", "ready"], format!("{life:?}"));
}

async fn is_in_mesh(lab: &Lab, peer: &str) -> Result<bool, ScenarioError> {
    let mesh = lab.rest().mesh().await?;
    Ok(mesh.iter().any(|(topic, members)| topic.contains("/beacon_block/") && members.iter().any(|id| id == peer)))
}

/// The share of gossip in its score of a peer, as its router computes it; read there each 30 s.
fn gossip_score(scores: &Value, peer: &str) -> Option<f64> {
    let entries = scores.get("peer")?.as_array()?;
    let entry = entries.iter().find(|entry| entry.get("peerId").and_then(Value::as_str) == Some(peer))?;
    entry.get("gossipScore")?.as_f64()
}
