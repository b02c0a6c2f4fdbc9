//! Our node judges every message of a live chain by every rule, from the genesis state and the blocks that follow it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use cl_interop::lab::LabOptions;
use cl_interop::report::eventually;
use cl_node::{ChainStore, RelayLevel};
use cl_types::containers::any;
use cl_types::{ForkName, Minimal, Network, Slot, TopicKind};
use cl_validation::state::{Standing, StateView};
use cl_validation::{Judge, Level, Message, Verdict};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::gossip::root;
use crate::scenario::mutations::{self, Mutation, Sample};
use crate::scenario::{Context, peer_id, until};

const READY: Duration = Duration::from_secs(60);
/// Families that the other client sends in every run that is long enough.
const EXPECTED: [&str; 6] = [
    "beacon_block",
    "beacon_attestation",
    "beacon_aggregate_and_proof",
    "sync_committee",
    "sync_committee_contribution_and_proof",
    "data_column_sidecar",
];

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) forks: &'static str,
    /// The last slot.
    pub(crate) last: u64,
    /// A blob in each so many slots.
    pub(crate) blob_every: u64,
}

/// Lodestar's validators sign for real; whatever it says must be right, and whatever is changed on the way must not.
pub(crate) async fn run(context: &mut Context, plan: &Plan) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new(plan.name, plan.forks, &mut context.ports)?;
    options.blob_every = plan.blob_every;
    let lab = context.labs.start(options).await?;
    let (network, testnet) = context.network(&lab).await?;
    let state = testnet.join("genesis.ssz");
    let configured = state.clone();
    let genesis = lab.facts().genesis_block_root.as_deref().map(root).transpose()?;
    let ours = Ours::start_with(network.clone(), &context.folder(plan.name), genesis, |config| {
        config.relay = RelayLevel::Full;
        config.chain_state = Some(configured);
    })
    .await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    context.report.fact("we follow it", ready.is_some(), peer);
    let patience = Duration::from_millis(lab.options().slot_ms * (plan.last + 10));
    let reached = eventually(patience, async || {
        let info = lab.rest().info().await?;
        Ok::<_, ScenarioError>((u64::try_from(info.slot).unwrap_or_default() > plan.last).then_some(info.head_slot))
    })
    .await;
    let head = reached.ok_or(ScenarioError::Vain { what: "the last slot" })?;

    let ours_head = ours.node.info().await?.status.head_slot;
    let follows = ours_head.0 + 2 >= head;
    context.report.fact("our chain is as long as its chain", follows, format!("{ours_head}, its head {head}"));
    judged(context, &ours);
    changed(context, &ours, &network, &std::fs::read(&state)?)?;
    let life = ours.seen().life_of(peer);
    context.report.fact("one connection, no goodbye, no loss", life == ["connected", "ready"], format!("{life:?}"));
    ours.node.shutdown().await;
    lab.stop().await;
    Ok(())
}

/// What became of all messages.
fn judged(context: &mut Context, ours: &Ours) {
    let seen = ours.seen();
    let (mut all, mut accepted, mut rejected, mut held) = (0_u64, 0_u64, Vec::new(), Vec::new());
    for ((family, verdict), count) in &seen.verdicts {
        all += count;
        match verdict {
            cl_node::Verdict::Accept => accepted += count,
            cl_node::Verdict::Ignore(_) => println!("     {family}: {count} x {verdict}"),
            cl_node::Verdict::Reject(_) => rejected.push(format!("{family}: {count} x {verdict}")),
            _ => held.push(format!("{family}: {count} x {verdict}")),
        }
    }
    context.report.fact("nothing is rejected", rejected.is_empty(), format!("{rejected:?}"));
    context.report.fact("what is ignored is ignored by a rule", held.is_empty(), format!("{held:?}"));
    let enough = all > 0 && accepted * 100 >= all * 98;
    context.report.fact("98 % are accepted", enough, format!("{accepted} of {all}"));
    for family in EXPECTED {
        let count = seen.verdicts.get(&(family, cl_node::Verdict::Accept)).copied().unwrap_or_default();
        context.report.fact(&format!("{family} accepted"), count > 0, count);
    }
    context.report.fact("nobody is at fault", seen.bad.is_empty(), format!("{:?}", seen.bad));
    let mut delays = seen.delays.clone();
    delays.sort_unstable();
    let at = |percent: usize| delays.get(delays.len() * percent / 100).copied().unwrap_or_default();
    let worst = delays.last().copied().unwrap_or_default();
    println!("     verdicts after {} ms (median), {} ms (99 %), {worst} ms (worst)", at(50), at(99));
}

/// Live messages with one thing changed each, before a judge of their own.
fn changed(context: &mut Context, ours: &Ours, network: &Network, state: &[u8]) -> Result<(), ScenarioError> {
    let view = view(ours, network, state)?;
    let samples = ours.seen().samples.clone();
    let (mut right, mut wrong, mut reasons) = (BTreeMap::<&str, u32>::new(), Vec::new(), BTreeSet::new());
    let mut forks = BTreeSet::new();
    for sample in samples.values().flatten() {
        let family = sample.kind.family();
        let unchanged = verdict(network, &view, sample, &sample.ssz);
        if unchanged != Verdict::Accept {
            wrong.push(format!("{} {family} unchanged: {unchanged}", sample.fork));
        }
        for Mutation { what, ssz, right: expected } in mutations::of(sample, &view) {
            let verdict = verdict(network, &view, sample, &ssz);
            if expected.contains(&verdict) {
                *right.entry(family).or_default() += 1;
                if let Verdict::Reject(reject) = verdict {
                    reasons.insert(reject.label());
                }
            } else {
                wrong.push(format!("{} {family}, {what}: {verdict}", sample.fork));
            }
            forks.insert(sample.fork);
        }
    }
    context.report.fact("what is changed is refused for the right reason", wrong.is_empty(), format!("{wrong:?}"));
    let everywhere = EXPECTED.iter().all(|family| right.contains_key(family));
    context.report.fact("something of each family was changed", everywhere, format!("{right:?}"));
    context.report.fact("in both forks", forks.len() == 2, format!("{forks:?}"));
    println!("     reasons: {}", reasons.into_iter().collect::<Vec<_>>().join(", "));
    Ok(())
}

/// The chain as we know it at the end.
fn view(ours: &Ours, network: &Network, state: &[u8]) -> Result<StateView, ScenarioError> {
    let unreadable = |_| ScenarioError::Unreadable { text: "genesis.ssz".to_owned() };
    let state = any::BeaconState::<Minimal>::from_ssz(ForkName::Electra, state).map_err(unreadable)?;
    let mut view = StateView::from_state(&network.config, &state);
    let schedule = network.schedule()?;
    for position in ours.store.chain(Slot(0)..Slot(u64::MAX)) {
        let fork = schedule.at_slot(position.slot).fork;
        let stored = ours.store.block(position.root);
        let block = stored.map(|block| any::SignedBeaconBlock::<Minimal>::from_ssz_shared(fork, &block.ssz));
        if let Some(Ok(block)) = block {
            view.import(&block, Standing::Valid);
        }
    }
    Ok(view)
}

/// By a judge that has seen nothing else.
fn verdict(network: &Network, view: &StateView, sample: &Sample, ssz: &Bytes) -> Verdict {
    let mut judge = Judge::new(cl_validation::Config::new(network, Level::Full));
    let message = Message::Gossip { kind: sample.kind, fork: sample.fork, ssz };
    judge.judge(&message, sample.received_ms, view)
}

/// How a family is sampled: some messages of each fork.
pub(crate) const fn samples_of(kind: TopicKind) -> usize {
    match kind {
        TopicKind::DataColumnSidecar(_) => 1,
        _ => 3,
    }
}
