//! A whole old Lodestar across phase0 and Altair: its request/response codec is its own from end to end.

use std::collections::BTreeMap;
use std::time::Duration;

use cl_interop::folder;
use cl_interop::lab::LabOptions;
use cl_interop::report::eventually;
use cl_node::ask::{BlocksByRange, BlocksByRoot};
use cl_types::containers::signed_block_root;
use cl_types::{ForkName, Network, Slot};
use tokio::time::{Instant, sleep};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::{Context, peer_id, until};

/// How long it may take from a record alone to a finished handshake.
const READY: Duration = Duration::from_secs(60);
/// Altair's first slot: epoch 1 of the minimal preset.
const ALTAIR: u64 = 8;
/// The slots that are watched: up to here.
const LAST: u64 = 16;
/// The other client answers 50 requests of a kind in 10 s; what is asked here stays far below.
const PACE: Duration = Duration::from_millis(500);

pub(crate) async fn run(context: &mut Context) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new("full", "altair:1", &mut context.ports)?;
    options.flavor = "full";
    let lab = context.labs.start(options).await?;
    let path = context.folder("testnet-full");
    folder::write_without_state(lab.rest(), &path).await?;
    let network = Network::from_dir(&path)?;
    let (schedule, clock) = (network.schedule()?, network.clock());
    let preset = schedule.preset();

    let ours = Ours::start(network, &context.folder("full")).await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let started = Instant::now();
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    let after = format!("after {:.1} s", started.elapsed().as_secs_f32());
    if !context.report.fact("found from its record alone, handshake finished", ready.is_some(), after) {
        eprintln!("{:?}\n{}", ours.seen().life, lab.log_tail());
        return Err(ScenarioError::Vain { what: "the handshake" });
    }
    let versions: Vec<_> = ours.node.peers().await?.into_iter().filter(|info| info.peer == peer).collect();
    let metadata = versions.iter().any(|info| info.metadata.is_some() && info.status.is_some());
    context.report.fact("its Status and MetaData were decoded", metadata, versions.len());

    let end = clock.start_ms(Slot(LAST)) + clock.slot_ms() / 2;
    let patience = Duration::from_millis(clock.slot_ms() * (LAST + 20));
    let reached = eventually(patience, async || Ok::<_, ScenarioError>((unix_ms() >= end).then_some(()))).await;
    reached.ok_or(ScenarioError::Vain { what: "the last slot" })?;

    let first = Slot(clock.slot_at(unix_ms()).map_or(0, |slot| slot.0.saturating_sub(LAST)).max(1));
    let theirs = canonical(&lab, first.0, LAST - 1).await?;
    let by_gossip: BTreeMap<String, ForkName> = ours
        .seen()
        .blocks
        .iter()
        .filter_map(|(root, block)| Some((root.to_string(), schedule.by_digest(block.digest)?.fork)))
        .collect();
    let missed: Vec<_> = theirs.iter().filter(|(_, root)| !by_gossip.contains_key(*root)).collect();
    // The mesh forms within two slots of the handshake, which is before genesis.
    let most = missed.len() <= 1 && !theirs.is_empty();
    context.report.fact(
        "its canonical blocks came by gossip",
        most,
        format!("{} of {}, missed {missed:?}", theirs.len() - missed.len(), theirs.len()),
    );
    let forks: Vec<ForkName> =
        [ForkName::Phase0, ForkName::Altair].into_iter().filter(|f| by_gossip.values().any(|g| g == f)).collect();
    context.report.equal("gossip of both forks", &forks, &vec![ForkName::Phase0, ForkName::Altair]);

    for (name, start, count) in
        [("phase0", 1, ALTAIR - 1), ("altair", ALTAIR, LAST - ALTAIR), ("both forks", 1, LAST - 1)]
    {
        let blocks = ours.node.request(peer, BlocksByRange::new(Slot(start), count)).await?.collect().await?;
        let roots: BTreeMap<u64, String> = blocks
            .iter()
            .filter_map(|b| Some((b.slot.0, signed_block_root(b.fork, preset, &b.ssz).ok()?.root.to_string())))
            .collect();
        let expected = canonical(&lab, start, start + count - 1).await?;
        context.report.equal(&format!("blocks of {name} by range have its roots"), &roots, &expected);
        sleep(PACE).await;
    }
    let roots: Vec<cl_types::Root> = theirs.values().filter_map(|root| root.parse().ok()).collect();
    let blocks = ours.node.request(peer, BlocksByRoot::new(roots)).await?.collect().await?;
    let mut got: Vec<String> =
        blocks.iter().filter_map(|b| Some(signed_block_root(b.fork, preset, &b.ssz).ok()?.root.to_string())).collect();
    let mut wanted: Vec<String> = theirs.values().cloned().collect();
    got.sort_unstable();
    wanted.sort_unstable();
    context.report.equal("blocks by root have its roots", &got, &wanted);

    let life = ours.seen().life_of(peer);
    context.report.fact("one connection, no goodbye, no loss", life == ["connected", "ready"], format!("{life:?}"));
    let bad = ours.seen().bad.clone();
    context.report.fact("all its gossip decodes", bad.is_empty(), format!("{bad:?}"));
    let us = ours.peer.to_string();
    let listed = lab.rest().peers().await?.into_iter().any(|p| p.peer_id == us && p.state == "connected");
    context.report.fact("it lists us as connected", listed, us);
    ours.node.shutdown().await;
    lab.stop().await;
    Ok(())
}

/// Its canonical blocks by slot: their roots, as its REST API says.
async fn canonical(lab: &cl_interop::lab::Lab, first: u64, last: u64) -> Result<BTreeMap<u64, String>, ScenarioError> {
    let mut roots = BTreeMap::new();
    for slot in first..=last {
        if let Some(root) = lab.rest().block_root(&slot.to_string()).await? {
            roots.insert(slot, root);
        }
    }
    Ok(roots)
}

fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
