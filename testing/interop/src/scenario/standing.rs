//! How we stand with the other client: connected, known by name, in good repute, and missed politely.

use std::time::Duration;

use cl_interop::lab::Lab;
use cl_interop::report::eventually;
use cl_interop::rest::Entry;
use libp2p::PeerId;
use serde_json::Value;

use crate::error::ScenarioError;
use crate::scenario::Context;
use crate::scenario::run::Pair;

/// How long a goodbye may take to be noticed.
const PARTING: Duration = Duration::from_secs(10);

/// It lists us as connected, by our agent string, and its score of us is not below zero.
pub(crate) async fn held(context: &mut Context, pair: &Pair, when: &str) -> Result<(), ScenarioError> {
    let us = pair.ours.peer.to_string();
    let peers = pair.lab.rest().peers().await?;
    let entry = peers.into_iter().find(|peer| peer.peer_id == us);
    let state = entry.as_ref().map_or("absent", |peer| peer.state.as_str());
    context.report.fact(&format!("it lists us as connected {when}"), state == "connected", state);
    let agent = entry.and_then(|peer| peer.agent_version).unwrap_or_default();
    context.report.fact(&format!("it knows our agent {when}"), agent.starts_with("cl-p2p/"), &agent);
    let scores = pair.lab.rest().scores().await?;
    let score = score_of(&scores, &us);
    // A peer that it never had a reason to judge has no entry, which means zero.
    context.report.fact(
        &format!("its score of us is not negative {when}"),
        score.unwrap_or(0.0) >= 0.0,
        format!("{score:?}"),
    );
    Ok(())
}

fn score_of(scores: &Value, peer: &str) -> Option<f64> {
    let entries = scores.get("peer")?.as_array()?;
    let entry = entries.iter().find(|entry| entry.get("peerId").and_then(Value::as_str) == Some(peer))?;
    entry.get("score")?.as_f64()
}

/// Neither side lost the other since the handshake, and both asked what peers ask.
pub(crate) async fn throughout(context: &mut Context, pair: &Pair) -> Result<(), ScenarioError> {
    let (life, asked) = {
        let seen = pair.ours.seen();
        (seen.life_of(pair.peer), seen.asked.clone())
    };
    let unbroken = life == ["connected", "ready"];
    context.report.fact("one connection, no goodbye, no loss, as we saw it", unbroken, format!("{life:?}"));
    let journal = pair.lab.rest().journal().await?;
    let us = pair.ours.peer.to_string();
    let about_us: Vec<&Entry> = journal.iter().filter(|entry| entry.peer.as_deref() == Some(us.as_str())).collect();
    let of_kind = |kind: &str| about_us.iter().filter(|entry| entry.kind == kind).count();
    let (came, went) = (of_kind("peer"), of_kind("gone"));
    context.report.fact("it counted us in and never out", came > 0 && went == 0, format!("{came} in, {went} out"));
    for method in ["status", "ping", "metadata"] {
        let requests =
            about_us.iter().filter(|entry| entry.kind == "request" && entry.method.as_deref() == Some(method));
        let requests = requests.count();
        context.report.fact(&format!("it got our {method} request"), requests > 0, requests);
        let to_us: u64 =
            asked.iter().filter(|(id, _)| id.contains(&format!("/{method}/"))).map(|(_, count)| count).sum();
        context.report.fact(&format!("we got its {method} request"), to_us > 0, to_us);
    }
    let refused: Vec<&Entry> = journal.iter().filter(|entry| entry.kind == "gossip").collect();
    context.report.fact("it refused no gossip", refused.is_empty(), format!("{refused:?}"));
    Ok(())
}

/// It saw `peer` say goodbye with the reason of a shutdown, and leave.
pub(crate) async fn parted(context: &mut Context, lab: &Lab, peer: PeerId) {
    let us = peer.to_string();
    let mut about_us: Vec<Entry> = Vec::new();
    let goodbye = eventually(PARTING, async || {
        about_us = lab.rest().journal().await?;
        about_us.retain(|entry| entry.peer.as_deref() == Some(us.as_str()));
        let goodbye = about_us.iter().find(|entry| entry.method.as_deref() == Some("goodbye")).cloned();
        // It writes the request down a moment after it got it, so the two come in any order.
        let gone = about_us.iter().any(|entry| entry.kind == "gone");
        Ok::<_, ScenarioError>(goodbye.filter(|_| gone))
    })
    .await;
    let reason = goodbye.and_then(|entry| entry.more.get("body").cloned()).unwrap_or_default();
    let shutdown = reason == "1" || reason == 1;
    let seen = if shutdown { reason.to_string() } else { format!("{about_us:?}") };
    context.report.fact("it saw us say goodbye for a shutdown and leave", shutdown, seen);
}
