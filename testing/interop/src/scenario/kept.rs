//! Kept for as long as we are good company, with limits hit on purpose.

use std::time::Duration;

use cl_interop::lab::LabOptions;
use cl_node::ask::BlocksByRange;
use cl_types::Slot;
use cl_types::containers::BlocksByRangeRequest;
use ssz::Encode;
use tokio::time::{Instant, sleep};

use crate::error::{ScenarioError, chain};
use crate::ours::Ours;
use crate::scenario::protocols::reach;
use crate::scenario::run::Pair;
use crate::scenario::{Context, peer_id, standing, until};

const READY: Duration = Duration::from_secs(60);
/// Slots for a chain that is worth asking for.
const LENGTH: u64 = 10;
/// Requests for 128 slots, one after the other: the other client grants one in 10 s, and bans who asks for more.
const OURS: usize = 3;
/// Requests of it for our blocks at once.
const THEIRS: usize = 8;
/// Between two looks.
const LOOK: Duration = Duration::from_secs(15);

pub(crate) async fn run(context: &mut Context, minutes: u64) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new("kept", "fulu:0", &mut context.ports)?;
    options.blob_every = 10;
    let lab = context.labs.start(options).await?;
    let (network, _) = context.network(&lab).await?;
    let ours = Ours::start(network, &context.folder("kept")).await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    context.report.fact("handshake finished", ready.is_some(), peer);
    let pair = Pair { lab, peer, ours };
    let started = Instant::now();
    reach(&pair, LENGTH).await?;
    we_ask_too_fast(context, &pair).await?;
    it_asks_too_fast(context, &pair).await?;
    // Its judgement comes with its heartbeat, each 30 s: an hour is 240 looks at what it thinks of us.
    let mut looks = 0;
    while started.elapsed() < Duration::from_secs(minutes * 60) {
        sleep(LOOK.min(Duration::from_secs(minutes * 60).saturating_sub(started.elapsed()))).await;
        let life = pair.ours.seen().life_of(peer);
        looks += 1;
        if life != ["connected", "ready"] {
            break;
        }
    }
    let kept = format!("{} s, {looks} looks", started.elapsed().as_secs());
    standing::held(context, &pair, "at the end").await?;
    standing::throughout(context, &pair).await?;
    let bad = pair.ours.seen().bad.clone();
    context.report.fact(
        &format!("kept for {minutes} min, and nobody was at fault"),
        bad.is_empty(),
        format!("{kept}, {bad:?}"),
    );
    let Pair { lab, ours, .. } = pair;
    ours.node.shutdown().await;
    standing::parted(context, &lab, ours.peer).await;
    lab.stop().await;
    Ok(())
}

/// More than its quota at once: our pacing must stretch it.
async fn we_ask_too_fast(context: &mut Context, pair: &Pair) -> Result<(), ScenarioError> {
    let canonical = canonical(pair).await?;
    let started = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..OURS {
        streams.push(pair.ours.node.request(pair.peer, BlocksByRange::new(Slot(1), 128)).await?);
    }
    let (mut whole, mut errors) = (0, Vec::new());
    for stream in streams {
        match stream.collect().await {
            Ok(blocks) if canonical > 0 && blocks.len() >= canonical => whole += 1,
            Ok(blocks) => errors.push(format!("{} blocks", blocks.len())),
            Err(error) => errors.push(chain(&error)),
        }
    }
    let seen = format!("{whole} of {canonical} blocks or more in {} s, {errors:?}", started.elapsed().as_secs());
    context.report.fact("asked for more than its quota, and got it all in time", whole == OURS, seen);
    Ok(())
}

/// How many blocks its chain has.
async fn canonical(pair: &Pair) -> Result<usize, ScenarioError> {
    let head = pair.lab.rest().info().await?.head_slot;
    let mut blocks = 0;
    for slot in 1..=head {
        blocks += usize::from(pair.lab.rest().block(&slot.to_string()).await?.is_some());
    }
    Ok(blocks)
}

/// More than our quota at once: we hold chunks back, and refuse nothing.
async fn it_asks_too_fast(context: &mut Context, pair: &Pair) -> Result<(), ScenarioError> {
    let us = pair.ours.peer.to_string();
    let head = pair.lab.rest().info().await?.head_slot;
    let request = BlocksByRangeRequest::new(Slot(head.saturating_sub(4)), 4).as_ssz_bytes();
    let started = Instant::now();
    let (mut chunks, mut errors) = (0, Vec::new());
    for _ in 0..THEIRS {
        // Its own limit on what it sends is two streams; one after the other they come as fast as they can.
        match pair.lab.rest().request(&us, "beacon_blocks_by_range", 2, &request).await {
            Ok(answer) => chunks += answer.len(),
            Err(error) => errors.push(chain(&error)),
        }
        let status = pair.lab.rest().request(&us, "ping", 1, &1_u64.to_le_bytes()).await;
        errors.extend(status.err().map(|error| chain(&error)));
    }
    let seen = format!("{chunks} blocks in {} s, {errors:?}", started.elapsed().as_secs());
    let holds = errors.is_empty() && chunks >= THEIRS;
    context.report.fact("asked faster than we allow, we answer late and refuse nothing", holds, seen);
    Ok(())
}
