//! One node of ours beside a producing Lodestar, from the first record to the goodbye.

use std::time::Duration;

use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use libp2p::PeerId;
use tokio::time::Instant;

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::{Context, binary, chain, counts, gossip, peer_id, serving, standing, until};

/// How long it may take from a record alone to a finished handshake.
const READY: Duration = Duration::from_secs(60);
/// How long it may take until we are in the block mesh.
const MESH: Duration = Duration::from_secs(30);
/// A blob in each so many slots: computing its columns keeps the other client busy for about a slot.
const BLOB_EVERY: u64 = 5;
/// A change of the blob parameters, and with them of the digest, in runs that last until then.
const BLOB_SCHEDULE: &str = r#"[{"EPOCH": 4, "MAX_BLOBS_PER_BLOCK": 12}]"#;

/// What the two sides talk over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    /// TCP, noise and mplex: the other client has no QUIC.
    Tcp,
    /// QUIC: the other client has no TCP.
    Quic,
}

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    pub(crate) forks: &'static str,
    /// How many slots it lasts after the handshake.
    pub(crate) slots: u64,
    /// Whether the `cl-node` command is tried on the same chain at the end.
    pub(crate) binary: bool,
}

/// The two sides of a run.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) lab: Lab,
    /// The other client's id.
    pub(crate) peer: PeerId,
    pub(crate) ours: Ours,
}

pub(crate) async fn run(context: &mut Context, plan: &Plan) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new(plan.name, plan.forks, &mut context.ports)?;
    options.blob_every = BLOB_EVERY;
    let off = match plan.transport {
        Transport::Tcp => "LAB_QUIC",
        Transport::Quic => "LAB_TCP",
    };
    options.env.push((off, "0".to_owned()));
    options.env.push(("LAB_BLOB_SCHEDULE", BLOB_SCHEDULE.to_owned()));
    let lab = context.labs.start(options).await?;
    let (network, folder) = context.network(&lab).await?;
    let schedule = network.schedule()?;

    let started = Instant::now();
    let ours = Ours::start(network, &context.folder(plan.name)).await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    let after = format!("after {:.1} s", started.elapsed().as_secs_f32());
    if !context.report.fact("found from its record alone, handshake finished", ready.is_some(), after) {
        eprintln!("{}", lab.log_tail());
        return Err(ScenarioError::Vain { what: "the handshake" });
    }
    let pair = Pair { lab, peer, ours };
    let result = together(context, plan, &pair, &schedule).await;
    let Pair { lab, ours, .. } = pair;
    if result.is_err() {
        eprintln!("{}", lab.log_tail());
    }
    counts::idle(&lab).await?;
    ours.node.shutdown().await;
    standing::parted(context, &lab, ours.peer).await;
    if plan.binary {
        binary::run(context, &lab, &folder).await?;
    }
    lab.stop().await;
    result
}

async fn together(
    context: &mut Context,
    plan: &Plan,
    pair: &Pair,
    schedule: &cl_types::ForkSchedule,
) -> Result<(), ScenarioError> {
    let rest = pair.lab.rest();
    let us = pair.ours.peer.to_string();
    let first = u64::try_from(rest.info().await?.slot).unwrap_or_default();
    let in_mesh = eventually(MESH, async || {
        let mesh = rest.mesh().await?;
        let meshes = mesh.iter().filter(|(topic, members)| topic.contains("/beacon_block/") && members.contains(&us));
        Ok::<_, ScenarioError>((meshes.count() > 0).then_some(()))
    })
    .await;
    context.report.fact("in its block mesh", in_mesh.is_some(), "as it says");

    let before = counts::quiet(pair).await?;
    standing::held(context, pair, "at the start").await?;
    let last = first + plan.slots;
    let slot_ms = pair.lab.options().slot_ms;
    let patience = Duration::from_millis(slot_ms * (plan.slots + 5));
    let reached = eventually(patience, async || {
        let info = rest.info().await?;
        Ok::<_, ScenarioError>((u64::try_from(info.slot).unwrap_or_default() >= last).then_some(()))
    })
    .await;
    reached.ok_or(ScenarioError::Vain { what: "the last slot" })?;
    let after = counts::quiet(pair).await?;

    counts::compare(context, &before, &after);
    gossip::blocks(context, pair, first + 2, last - 1).await?;
    gossip::crossing(context, pair, schedule, first, last);
    chain::by_range_and_root(context, pair).await?;
    serving::answers(context, pair, first + 2, schedule).await?;
    standing::held(context, pair, "at the end").await?;
    standing::throughout(context, pair).await?;
    Ok(())
}
