//! Messages sent there and messages received here, counted by topic family.

use std::collections::BTreeMap;
use std::time::Duration;

use cl_interop::lab::Lab;
use cl_interop::report::eventually;
use cl_interop::rest::Gossip;
use cl_types::TopicKind;

use crate::error::ScenarioError;
use crate::scenario::Context;
use crate::scenario::run::Pair;

/// How long a quiet moment is waited for: a slot with a blob has none.
const QUIET: Duration = Duration::from_secs(30);
/// Families that the other client sends in every run that is long enough.
const EXPECTED: [&str; 6] = [
    "beacon_block",
    "beacon_attestation",
    "beacon_aggregate_and_proof",
    "sync_committee",
    "sync_committee_contribution_and_proof",
    "data_column_sidecar",
];
/// The family that the other client sends last in a slot.
const LAST_DUTY: &str = "sync_committee_contribution_and_proof";

/// Both sides' counts at a moment at which nothing was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    theirs: BTreeMap<&'static str, u64>,
    ours: BTreeMap<&'static str, u64>,
    /// The id of the last message of each topic.
    their_last: BTreeMap<String, String>,
    our_last: BTreeMap<String, String>,
}

/// Waits for a quiet moment: the duties of the current slot are done, and nothing moved between two looks.
pub(crate) async fn quiet(pair: &Pair) -> Result<Snapshot, ScenarioError> {
    let mut previous: Option<Snapshot> = None;
    let moment = eventually(QUIET, async || {
        let head = pair.lab.rest().info().await?.head_slot;
        let gossip = pair.lab.rest().gossip().await?;
        let done = duties_done(&gossip, head);
        let now = snapshot(pair, gossip);
        let same = previous.replace(now.clone()).is_some_and(|before| before == now);
        Ok::<_, ScenarioError>((done && same).then_some(now))
    })
    .await;
    moment.ok_or(ScenarioError::Vain { what: "a quiet moment" })
}

/// Waits until the other client has nothing to do: it is deaf for seconds while it computes columns.
pub(crate) async fn idle(lab: &Lab) -> Result<(), ScenarioError> {
    let mut previous: Option<u64> = None;
    let moment = eventually(QUIET, async || {
        let info = lab.rest().info().await?;
        let gossip = lab.rest().gossip().await?;
        let done =
            duties_done(&gossip, info.head_slot) && u64::try_from(info.slot).is_ok_and(|slot| slot == info.head_slot);
        let sent = gossip.sent.values().map(|sent| sent.count).sum();
        let same = previous.replace(sent) == Some(sent);
        Ok::<_, ScenarioError>((done && same).then_some(()))
    })
    .await;
    moment.ok_or(ScenarioError::Vain { what: "an idle moment" })
}

/// Whether the last duty of the head's slot was done.
fn duties_done(gossip: &Gossip, head: u64) -> bool {
    gossip.sent.iter().any(|(topic, sent)| family(topic) == LAST_DUTY && sent.slot == Some(head))
}

fn snapshot(pair: &Pair, gossip: Gossip) -> Snapshot {
    let mut theirs = BTreeMap::new();
    for (topic, sent) in &gossip.sent {
        *theirs.entry(family(topic)).or_default() += sent.count;
    }
    let plain = |id: &str| id.trim_start_matches("0x").to_owned();
    let their_last = gossip.sent.iter().map(|(topic, sent)| (topic.clone(), plain(&sent.last))).collect();
    let seen = pair.ours.seen();
    let our_last = seen.last.iter().map(|(topic, id)| (topic.clone(), plain(id))).collect();
    Snapshot { theirs, ours: seen.counts.clone(), their_last, our_last }
}

/// The family of a topic's whole name.
fn family(topic: &str) -> &'static str {
    let name = topic.split('/').nth(3).and_then(TopicKind::parse);
    name.map_or("", TopicKind::family)
}

/// Compares what came between two quiet moments, and the last ids at the second.
pub(crate) fn compare(context: &mut Context, before: &Snapshot, after: &Snapshot) {
    let since = |after: &BTreeMap<&str, u64>, before: &BTreeMap<&str, u64>, family| {
        let at = |counts: &BTreeMap<&str, u64>| counts.get(family).copied().unwrap_or_default();
        at(after).saturating_sub(at(before))
    };
    for &family in after.theirs.keys() {
        let sent = since(&after.theirs, &before.theirs, family);
        let received = since(&after.ours, &before.ours, family);
        let near = sent.abs_diff(received) * 50 <= sent;
        let seen = format!("sent {sent}, received {received}");
        context.report.fact(&format!("count of {family} within 2 %"), near, seen);
    }
    for family in EXPECTED {
        let received = since(&after.ours, &before.ours, family);
        context.report.fact(&format!("{family} arrives"), received > 0, received);
    }
    let mut differ: Vec<&str> = Vec::new();
    let mut same = 0_usize;
    for (topic, id) in &after.their_last {
        match after.our_last.get(topic) {
            Some(ours) if ours == id => same += 1,
            // Sent before we listened.
            None if before.their_last.get(topic) == Some(id) => {}
            _ => differ.push(topic),
        }
    }
    // Loopback keeps no order between messages that are under way together, so the last one there need not be ours.
    let known = differ.len() * 20 <= same;
    context.report.fact("the last message of a topic has their id", known, format!("{same} equal, not {differ:?}"));
}
