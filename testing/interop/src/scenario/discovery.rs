//! Nodes that know one record find the others through it.

use std::path::Path;
use std::time::Duration;

use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use libp2p::PeerId;
use tokio::time::Instant;

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::{Context, peer_id, until};

/// How long discovery and a handshake may take.
const FOUND: Duration = Duration::from_secs(60);
/// How long they may take where one record leads to a third node. Commonly a second or two.
const SECONDS: Duration = Duration::from_secs(20);
const FORKS: &str = "fulu:0";

/// A produces. We and B know only A's record: we find B. C knows only ours: it finds us, and another through us.
pub(crate) async fn run(context: &mut Context) -> Result<(), ScenarioError> {
    let options = LabOptions::new("discovery-a", FORKS, &mut context.ports)?;
    let a = context.labs.start(options).await?;
    let a_peer = peer_id(&a.facts().identity.peer_id)?;
    let (network, _) = context.network(&a).await?;
    let data_dir = context.folder("discovery");
    let ours = Ours::start(network, &data_dir).await?;
    found(context, &ours, a_peer, "A, from its record", FOUND).await;

    let b = follower(context, "discovery-b", &a, a.facts().identity.enr.clone()).await?;
    let b_peer = peer_id(&b.facts().identity.peer_id)?;
    found(context, &ours, b_peer, "B, through A, within 20 s of its start", SECONDS).await;
    let discovered = until(&ours, FOUND, |seen| seen.found.contains(&b_peer).then_some(())).await;
    context.report.fact("discv5 found B's record", discovered.is_some(), b_peer);

    let record = ours.node.info().await?.record;
    let c = follower(context, "discovery-c", &a, record.to_base64()).await?;
    let c_peer = peer_id(&c.facts().identity.peer_id)?;
    let table = in_table(&c, &[ours.peer]).await;
    context.report.fact("C's discovery table holds us", table.is_some(), "as it says");
    let table = in_table(&c, &[a_peer, b_peer]).await;
    context.report.fact("C's discovery table holds another, through us", table.is_some(), format!("{table:?}"));
    let connected = connected_to_any(&c, &[a_peer, b_peer]).await;
    context.report.fact("C is connected to another", connected.is_some(), format!("{connected:?}"));
    let here = until(&ours, FOUND, |seen| seen.is_ready(c_peer).then_some(())).await;
    context.report.fact("C and we are connected, handshake finished", here.is_some(), c_peer);

    ours.node.shutdown().await;
    same_identity(context, &a, &data_dir, ours.peer, record.seq()).await?;
    c.stop().await;
    b.stop().await;
    a.stop().await;
    Ok(())
}

async fn follower(context: &mut Context, name: &str, of: &Lab, boot: String) -> Result<Lab, ScenarioError> {
    let mut options = LabOptions::new(name, FORKS, &mut context.ports)?;
    options.produce = false;
    options.genesis_time = of.options().genesis_time;
    options.boot = vec![boot];
    Ok(context.labs.start(options).await?)
}

async fn found(context: &mut Context, ours: &Ours, peer: PeerId, who: &str, within: Duration) {
    let started = Instant::now();
    let ready = until(ours, within, |seen| seen.is_ready(peer).then_some(())).await;
    let after = format!("after {:.1} s", started.elapsed().as_secs_f32());
    context.report.fact(&format!("we are connected to {who}, handshake finished"), ready.is_some(), after);
}

/// The first of `peers` that stands in the discovery table of `lab`.
async fn in_table(lab: &Lab, peers: &[PeerId]) -> Option<PeerId> {
    eventually(FOUND, async || {
        let records = lab.rest().kad().await?;
        let known = records.iter().filter_map(|text| cl_enr::peer_id(&cl_enr::parse(text).ok()?).ok());
        Ok::<_, ScenarioError>(known.into_iter().find(|peer| peers.contains(peer)))
    })
    .await
}

async fn connected_to_any(lab: &Lab, peers: &[PeerId]) -> Option<PeerId> {
    eventually(FOUND, async || {
        let listed = lab.rest().peers().await?;
        let mut connected = listed.iter().filter(|peer| peer.state == "connected");
        Ok::<_, ScenarioError>(connected.find_map(|peer| peers.iter().find(|p| p.to_string() == peer.peer_id).copied()))
    })
    .await
}

/// Started again from the same data folder, we are the same peer, and our record is not older.
async fn same_identity(
    context: &mut Context,
    lab: &Lab,
    data_dir: &Path,
    peer: PeerId,
    seq: u64,
) -> Result<(), ScenarioError> {
    let (network, _) = context.network(lab).await?;
    let again = Ours::start(network, data_dir).await?;
    let record = again.node.info().await?.record;
    context.report.equal("started again we are the same peer", &again.peer, &peer);
    context.report.fact("started again our record is not older", record.seq() >= seq, record.seq());
    again.node.shutdown().await;
    Ok(())
}
