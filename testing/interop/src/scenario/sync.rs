//! A Lodestar that can reach nobody but us gets from us the chain of another one.

use std::time::Duration;

use cl_interop::lab::LabOptions;
use cl_interop::report::eventually;
use cl_node::ChainStore;
use cl_node::ask::BlocksByRange;
use cl_node::store::Offered;
use cl_types::{Slot, TopicKind};

use crate::error::{ScenarioError, chain};
use crate::ours::Ours;
use crate::scenario::gossip::root;
use crate::scenario::protocols::reach;
use crate::scenario::run::Pair;
use crate::scenario::{Context, peer_id, until};

const FORKS: &str = "electra:0,fulu:1";
/// How long the chain becomes: into its second fork.
const LENGTH: u64 = 12;
const READY: Duration = Duration::from_secs(60);
/// How long the newcomer may take from its start to our head.
const SYNCED: Duration = Duration::from_secs(60);

/// A makes a chain, we follow it and fetch what was before. A ends. B knows our record alone.
pub(crate) async fn run(context: &mut Context) -> Result<(), ScenarioError> {
    let options = LabOptions::new("sync-a", FORKS, &mut context.ports)?;
    let lab = context.labs.start(options).await?;
    let (network, _) = context.network(&lab).await?;
    let preset = network.config.preset;
    let genesis = lab.facts().genesis_block_root.as_deref().map(root).transpose()?;
    let ours = Ours::start_on(network, &context.folder("sync"), genesis).await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    context.report.fact("we follow A", ready.is_some(), peer);
    let pair = Pair { lab, peer, ours };
    reach(&pair, LENGTH).await?;

    let ask = BlocksByRange::new(Slot(1), LENGTH);
    for block in pair.ours.node.request(peer, ask).await?.collect().await? {
        if let Some(object) = Offered::read(TopicKind::BeaconBlock, block.fork, preset, &block.ssz) {
            pair.ours.store.offer(object);
        }
    }
    let Pair { lab: a, ours, .. } = pair;
    let genesis_time = a.options().genesis_time;
    a.stop().await;
    let status = ours.node.info().await?.status;
    let whole = status.head_slot >= Slot(LENGTH) && status.earliest_available_slot == Slot(0);
    let seen = format!("head {}, from slot {}", status.head_slot, status.earliest_available_slot);
    context.report.fact("our Status says that we hold the whole chain", whole, seen);

    let mut options = LabOptions::new("sync-b", FORKS, &mut context.ports)?;
    options.produce = false;
    options.genesis_time = genesis_time;
    options.boot = vec![ours.node.info().await?.record.to_base64()];
    options.dial_boot = true;
    let b = context.labs.start(options).await?;
    let b_peer = peer_id(&b.facts().identity.peer_id)?;
    let head = eventually(SYNCED, async || {
        let info = b.rest().info().await?;
        Ok::<_, ScenarioError>((info.head_slot >= status.head_slot.0).then_some(info.head_root))
    })
    .await;
    let same = head.as_deref().and_then(|text| root(text).ok()) == Some(status.head_root);
    context.report.fact("B has our head", same, format!("{head:?}, ours {} at {}", status.head_root, status.head_slot));

    let mut equal = 0;
    let ours_by_slot = ours.store.chain(Slot(0)..status.head_slot.saturating_add(1));
    for position in &ours_by_slot {
        let theirs = b.rest().block(&position.slot.to_string()).await?.map(|block| block.ssz);
        equal += usize::from(theirs.is_some() && theirs == ours.store.block(position.root).map(|block| block.ssz));
    }
    let seen = format!("{equal} of {}", ours_by_slot.len());
    context.report.fact("each block that B imported is ours", equal == ours_by_slot.len() && equal > 0, seen);
    let journal = match b.rest().journal().await {
        Ok(journal) => journal,
        Err(error) => {
            context.report.fact("B tells what it did", false, chain(&error));
            Vec::new()
        }
    };
    let us = ours.peer.to_string();
    let of_kind = |kind: &str| journal.iter().filter(|entry| entry.kind == kind).collect::<Vec<_>>();
    let synced = of_kind("synced");
    let from_us = synced.iter().filter(|entry| entry.peer.as_deref() == Some(us.as_str())).count();
    context.report.fact("B synced from us and from nobody else", from_us > 0 && from_us == synced.len(), from_us);
    let failed = of_kind("sync failed");
    context.report.fact("no sync of B failed", failed.is_empty(), format!("{failed:?}"));
    let life = ours.seen().life_of(b_peer);
    context.report.fact("B and we are still connected", life == ["connected", "ready"], format!("{life:?}"));
    ours.node.shutdown().await;
    b.stop().await;
    Ok(())
}
