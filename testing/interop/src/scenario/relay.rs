//! A Lodestar that can reach the chain through us alone: does it think well of us as a relay?

use std::collections::BTreeMap;
use std::path::PathBuf;
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
/// How a run is made.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// The chain's age in slots: the other client counts what its mesh delivers only on a chain older than 40 slots.
    age: u64,
    /// How far the chain gets before B comes, in slots.
    blocks: u64,
    slot_ms: u64,
}

impl Plan {
    /// Where signatures are checked, sync committees are known for two periods only, which are 128 slots: the chain is
    /// younger and slower.
    const fn at(level: RelayLevel) -> Self {
        match level {
            RelayLevel::Full => Self { age: 48, blocks: 6, slot_ms: 6000 },
            _ => Self { age: 400, blocks: 12, slot_ms: 3000 },
        }
    }
}

/// How long the chain may take to get so far.
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
    let plan = Plan::at(level);
    let mut options = LabOptions::new(&format!("relay-{level}-a"), FORKS, &mut context.ports)?;
    options.slot_ms = plan.slot_ms;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    options.genesis_time = Some(now.saturating_sub(plan.age * plan.slot_ms / 1000));
    let a = context.labs.start(options).await?;
    let (network, folder) = context.network(&a).await?;
    let chain = TheChain { network, folder, plan, level };
    let history = eventually(HISTORY, async || {
        Ok::<_, ScenarioError>((a.rest().info().await?.head_slot >= plan.age + plan.blocks).then_some(()))
    });
    history.await.ok_or(ScenarioError::Vain { what: "a chain" })?;

    let mut options = LabOptions::new(&format!("relay-{level}-b"), FORKS, &mut context.ports)?;
    options.slot_ms = plan.slot_ms;
    options.produce = false;
    options.genesis_time = a.options().genesis_time;
    options.env.push(("LAB_DISCV5", "0".to_owned()));
    options.env.push(("LAB_ALL_SUBNETS", "0".to_owned()));
    options.env.push((
        "LAB_SECRET",
        busy_key(chain.network.config.preset, plan.age).ok_or(ScenarioError::Vain { what: "a key" })?,
    ));
    let b = context.labs.start(options).await?;

    // B listens to gossip while it syncs, ignores what it cannot place yet, and holds that against who delivered it. A real
    // client does not listen then. So what is judged begins with B at the head.
    let guide = between(context, &a, &b, &chain, "guide").await?;
    let synced = eventually(SYNCED, async || {
        let (a, b) = (a.rest().info().await?, b.rest().info().await?);
        Ok::<_, ScenarioError>((b.head_slot + 1 >= a.head_slot && b.head_slot > plan.age).then_some(b.head_slot))
    })
    .await;
    context.report.fact("B came to the head through a first node", synced.is_some(), format!("{synced:?}"));
    guide.node.shutdown().await;
    let ours = between(context, &a, &b, &chain, "ours").await?;
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

/// What nodes of ours need to know.
#[derive(Debug)]
struct TheChain {
    network: Network,
    /// The testnet folder, with the genesis state.
    folder: PathBuf,
    plan: Plan,
    level: RelayLevel,
}

/// The secret of a node whose own attestation subnets carry votes. The lab's 64 validators use the first 16; on all others
/// nobody can deliver anything, and the other client holds that against whoever is in its mesh there.
fn busy_key(preset: PresetId, age: u64) -> Option<String> {
    const USED: u64 = 16;
    let first = age / preset.slots_per_epoch();
    (1..=u8::MAX).map(|byte| [byte; 32]).find_map(|secret| {
        let node_id = Key::from_bytes(secret).ok()?.node_id();
        let busy = |epoch| subscribed_subnets(node_id, Epoch(epoch), preset).iter().all(|subnet| *subnet < USED);
        // For longer than any run lasts.
        (first..first + 64).all(busy).then(|| secret.iter().map(|byte| format!("{byte:02x}")).collect())
    })
}

/// A node of ours that follows A, holds its chain, and is connected to B.
async fn between(context: &mut Context, a: &Lab, b: &Lab, chain: &TheChain, name: &str) -> Result<Ours, ScenarioError> {
    let TheChain { network, folder: testnet, plan, level } = chain;
    let preset = network.config.preset;
    let genesis = a.facts().genesis_block_root.as_deref().map(root).transpose()?;
    let folder = context.folder(&format!("relay-{level}-{name}"));
    let ours = Ours::start_with(network.clone(), &folder, genesis, |config| {
        config.relay = *level;
        config.chain_state = Some(testnet.join("genesis.ssz"));
    })
    .await?;
    let a_peer = peer_id(&a.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(a_peer).then_some(())).await;
    context.report.fact(&format!("{name}: connected to A"), ready.is_some(), a_peer);
    // A started when the chain had this age, so that nothing is older.
    let ask = BlocksByRange::new(Slot(plan.age), 64);
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
    /// What we did not forward, and why.
    refused: BTreeMap<String, u64>,
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
    let seen = ours.seen();
    watched.life = seen.life_of(b_peer);
    let refused = seen.verdicts.iter().filter(|((_, verdict), _)| !verdict.is_accept());
    watched.refused = refused.map(|((family, verdict), count)| (format!("{family}: {verdict}"), *count)).collect();
    drop(seen);
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
    let refused: Vec<String> = watched.refused.iter().map(|(why, count)| format!("{count} x {why}")).collect();
    context.report.fact(
        "nothing is rejected",
        !refused.iter().any(|why| why.contains("reject")),
        format!("{refused:?}"),
    );
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
