//! Either side goes away and comes back: the other client politely, we politely and by `kill -9`.

use std::path::Path;
use std::time::Duration;

use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use tokio::time::{Instant, sleep};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::binary::READY;
use crate::scenario::command::{Command, is};
use crate::scenario::survivor::{Identity, Random};
use crate::scenario::{Context, peer_id, until};

const FORKS: &str = "fulu:0";
/// How long either side may take to be connected again.
const AGAIN: Duration = Duration::from_secs(60);
/// The follower's secret: it must come back as the same peer.
const SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
/// The least time between two kills. The other client answers five Status requests of a peer in 15 s, and bans it after
/// that.
const PACE: Duration = Duration::from_millis(3_500);

/// `kills` is how often our command is killed at a random moment of its start, and as often when it has just connected.
pub(crate) async fn run(context: &mut Context, kills: u32) -> Result<(), ScenarioError> {
    let options = LabOptions::new("restart-a", FORKS, &mut context.ports)?;
    let lab = context.labs.start(options).await?;
    let (network, folder) = context.network(&lab).await?;
    let data = context.folder("restart");
    let ours = Ours::start(network.clone(), &data).await?;
    follower_restarts(context, &lab, &ours).await?;

    let before = ours.node.info().await?;
    ours.node.shutdown().await;
    let ours = Ours::start(network, &data).await?;
    let them = peer_id(&lab.facts().identity.peer_id)?;
    let started = Instant::now();
    let ready = until(&ours, AGAIN, |seen| seen.is_ready(them).then_some(())).await;
    context.report.fact("started again we are connected again", ready.is_some(), seconds(started));
    let after = ours.node.info().await?;
    context.report.equal("started again we are the same peer", &after.peer, &before.peer);
    let seqs = (before.record.seq(), after.record.seq());
    context.report.fact("started again our record is newer", seqs.0 < seqs.1, format!("{seqs:?}"));
    let counters = (before.metadata.seq_number, after.metadata.seq_number);
    context.report.fact(
        "started again our metadata counter is not smaller",
        counters.0 <= counters.1,
        format!("{counters:?}"),
    );
    ours.node.shutdown().await;

    killed(context, &lab, &folder, kills).await?;
    lab.stop().await;
    Ok(())
}

/// A follower with a fixed key is stopped and started: we find it again.
async fn follower_restarts(context: &mut Context, producer: &Lab, ours: &Ours) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new("restart-f", FORKS, &mut context.ports)?;
    options.produce = false;
    options.genesis_time = producer.options().genesis_time;
    options.boot = vec![producer.facts().identity.enr.clone()];
    options.env.push(("LAB_SECRET", SECRET.to_owned()));
    let follower = context.labs.start(options.clone()).await?;
    let peer = peer_id(&follower.facts().identity.peer_id)?;
    let handshakes = |seen: &crate::ours::Seen| seen.life_of(peer).iter().filter(|what| **what == "ready").count();
    let first = until(ours, AGAIN, |seen| (handshakes(seen) > 0).then_some(())).await;
    context.report.fact("a follower is found and connected", first.is_some(), peer);
    let known = handshakes(&ours.seen());
    follower.stop().await;
    let follower = context.labs.start(options).await?;
    let same = peer_id(&follower.facts().identity.peer_id)?;
    context.report.equal("the follower comes back as the same peer", &same, &peer);
    let up = Instant::now();
    let again = until(ours, AGAIN, |seen| (handshakes(seen) > known).then_some(())).await;
    context.report.fact("the follower is connected again within 60 s", again.is_some(), seconds(up));
    if again.is_none() {
        eprintln!("{:?}\n{}", ours.seen().life_of(peer), follower.log_tail());
    }
    follower.stop().await;
    Ok(())
}

/// The command is killed at random moments; each time it comes back as the same peer and connects.
async fn killed(context: &mut Context, lab: &Lab, folder: &Path, kills: u32) -> Result<(), ScenarioError> {
    let data = context.folder("killed");
    let them = lab.facts().identity.peer_id.clone();
    let mut random = Random::new();
    println!("     moments of the kills come from seed {}", random.0);
    let mut last: Option<Identity> = None;
    let mut worst = Duration::ZERO;
    let (mut reconnected, mut kept) = (0, 0);
    for round in 0..kills {
        let output = |what: &str| context.folder(&format!("killed-{round}-{what}.jsonl"));
        // Once in the middle of whatever it does at its start, …
        let mut command = Command::start(folder, &data, &output("start"))?;
        let begun = Instant::now();
        sleep(Duration::from_millis(random.below(2_500))).await;
        command.kill()?;
        sleep(PACE.saturating_sub(begun.elapsed())).await;
        // … and once when it has connected again.
        let mut command = Command::start(folder, &data, &output("again"))?;
        let begun = Instant::now();
        let ready = eventually(READY, async || command.is_ready(&them).map(|ready| ready.then_some(()))).await;
        worst = worst.max(begun.elapsed());
        let parted = command.events()?.iter().any(|event| is(event, "peer_gone") || is(event, "goodbye_received"));
        reconnected += u32::from(ready.is_some() && !parted);
        if ready.is_none() || parted {
            eprintln!("round {round}: {:?}\n{}", command.events()?, lab.log_tail());
        }
        sleep(Duration::from_millis(random.below(500))).await;
        command.kill()?;
        let now = Identity::read(&data, &command)?;
        kept += u32::from(last.as_ref().is_none_or(|last| now.follows(last)));
        last = Some(now);
        sleep(PACE.saturating_sub(begun.elapsed())).await;
    }
    let total = format!("{reconnected} of {kills}, the slowest in {:.1} s", worst.as_secs_f32());
    context.report.fact("killed at random moments, each time it reconnects cleanly", reconnected == kills, total);
    let total = format!("{kept} of {kills}");
    context.report.fact("each time it is the same peer, and no counter falls", kept == kills, total);
    Ok(())
}

fn seconds(since: Instant) -> String {
    format!("after {:.1} s", since.elapsed().as_secs_f32())
}
