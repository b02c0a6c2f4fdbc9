//! Every topic of a fork, through the other client: a node of ours publishes, another one behind Lodestar hears.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cl_gossip::Topic;
use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use cl_node::PeerRef;
use cl_types::custody::NUMBER_OF_CUSTODY_GROUPS;
use cl_types::{ForkEntry, Network, Slot};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::run::Pair;
use crate::scenario::{Context, peer_id, protocols, until, zeros};

const READY: Duration = Duration::from_secs(60);
/// Seconds from the start to genesis.
const LEAD_S: u64 = 75;
/// How long the messages of all topics may take from one end to the other.
const ACROSS: Duration = Duration::from_secs(30);

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) forks: &'static str,
    /// The slots at which everything is published: one in each fork.
    pub(crate) at: &'static [u64],
}

pub(crate) async fn run(context: &mut Context, plan: &Plan) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new(plan.name, plan.forks, &mut context.ports)?;
    // On all columns. It makes no blobs: the columns are ours, and it is deaf while it computes its own.
    // Its start may take half a minute, and the first fork is soon over.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    options.genesis_time = Some(now + LEAD_S);
    options.env.push(("LAB_CGC", NUMBER_OF_CUSTODY_GROUPS.to_string()));
    let lab = context.labs.start(options).await?;
    let (network, _) = context.network(&lab).await?;
    let schedule = network.schedule()?;
    let near = beside(context, &lab, network.clone(), &format!("{}-near", plan.name)).await?;
    let far = beside(context, &lab, network, &format!("{}-far", plan.name)).await?;
    let pair = Pair { peer: peer_id(&lab.facts().identity.peer_id)?, lab, ours: near };
    for slot in plan.at.iter().copied() {
        protocols::reach(&pair, slot).await?;
        every_topic(context, &pair, &far, schedule.at_slot(Slot(slot)), Slot(slot)).await?;
    }
    let (life, bad) = {
        let seen = far.seen();
        (seen.life_of(pair.peer), seen.bad.clone())
    };
    context.report.fact("the far node kept its one connection", life == ["connected", "ready"], format!("{life:?}"));
    context.report.fact("every message decodes, nobody is at fault", bad.is_empty(), format!("{bad:?}"));
    let Pair { lab, ours, .. } = pair;
    ours.node.shutdown().await;
    far.node.shutdown().await;
    lab.stop().await;
    Ok(())
}

/// A node of ours that knows Lodestar and nobody else, and is found by nobody.
async fn beside(context: &mut Context, lab: &Lab, network: Network, name: &str) -> Result<Ours, ScenarioError> {
    let address = format!("{}/p2p/{}", lab.tcp_address(), lab.facts().identity.peer_id);
    let at: PeerRef = address.parse().map_err(|_| ScenarioError::Unreadable { text: address })?;
    let ours = Ours::start_with(network, &context.folder(name), None, |config| {
        config.discovery_port = None;
        config.boot_nodes.clear();
        config.network.boot_nodes.clear();
        config.static_peers = vec![at];
    })
    .await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    let life = ours.seen().life.clone();
    context.report.fact(&format!("{name}: handshake finished"), ready.is_some(), format!("{life:?}"));
    Ok(ours)
}

/// Publishes on each topic that the other client is on in this era, and looks for it there and behind it.
async fn every_topic(
    context: &mut Context,
    pair: &Pair,
    far: &Ours,
    era: &ForkEntry,
    slot: Slot,
) -> Result<(), ScenarioError> {
    let rest = pair.lab.rest();
    let topics: Vec<Topic> = rest.info().await?.topics.iter().filter_map(|name| name.parse().ok()).collect();
    let live = topics.into_iter().filter(|topic| topic.digest == era.digest);
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    let mut refused: Vec<String> = Vec::new();
    let mut families: BTreeMap<&str, u64> = BTreeMap::new();
    for topic in live {
        let Some(ssz) = zeros::smallest(topic.kind, era.fork) else { continue };
        match pair.ours.node.publish(topic.kind, Some(slot), ssz).await {
            Ok(id) => {
                *families.entry(topic.kind.family()).or_default() += 1;
                sent.insert(topic.to_string(), id.to_string().trim_start_matches("0x").to_owned());
            }
            Err(error) => refused.push(format!("{topic}: {error}")),
        }
    }
    let fork = era.fork;
    let what = format!("{} topics: {families:?}, refused {refused:?}", sent.len());
    context.report.fact(&format!("{fork}: published on every topic it is on"), refused.is_empty(), what);

    let mut missing: Vec<String> = Vec::new();
    let there = eventually(ACROSS, async || {
        let received = rest.gossip().await?.received;
        let last = |topic: &String| received.get(topic).map(|count| count.last.trim_start_matches("0x"));
        missing = sent.iter().filter(|(topic, id)| last(topic) != Some(id)).map(|(topic, _)| topic.clone()).collect();
        Ok::<_, ScenarioError>(missing.is_empty().then_some(()))
    });
    let there = there.await.is_some();
    let seen = format!("{} of {}, not {missing:?}", sent.len() - missing.len(), sent.len());
    context.report.fact(&format!("{fork}: it took each, with our message id"), there, seen);
    let refusals: Vec<String> = rest
        .journal()
        .await?
        .iter()
        .filter(|entry| entry.kind == "gossip")
        .map(|entry| format!("{:?}", entry.more))
        .collect();
    context.report.fact(&format!("{fork}: it refused none"), refusals.is_empty(), format!("{refusals:?}"));

    let heard = until(far, ACROSS, |seen| {
        missing = sent.iter().filter(|(_, id)| !seen.ids.contains(*id)).map(|(topic, _)| topic.clone()).collect();
        missing.is_empty().then_some(())
    });
    let heard = heard.await.is_some();
    let seen = format!("{} of {}, not {missing:?}", sent.len() - missing.len(), sent.len());
    context.report.fact(&format!("{fork}: the node behind it decoded each"), heard, seen);
    let blocks = until(far, ACROSS, |seen| {
        let blocks = seen.blocks.values().filter(|block| block.digest == era.digest).count();
        (blocks > 0).then_some(blocks)
    });
    let blocks = blocks.await;
    context.report.fact(&format!("{fork}: and its blocks"), blocks.is_some(), format!("{blocks:?}"));
    Ok(())
}
