//! Blocks by gossip, and the fork boundary.

use cl_types::{ForkSchedule, Root, Slot};

use crate::error::ScenarioError;
use crate::scenario::Context;
use crate::scenario::run::Pair;

/// Every canonical block of the slots from `first` to `last` came by gossip, byte for byte.
pub(crate) async fn blocks(context: &mut Context, pair: &Pair, first: u64, last: u64) -> Result<(), ScenarioError> {
    let (mut canonical, mut arrived, mut differ) = (0_u64, 0_u64, Vec::new());
    for slot in first..=last {
        let Some(block) = pair.lab.rest().block(&slot.to_string()).await? else {
            continue;
        };
        canonical += 1;
        let root = root(&block.root)?;
        // Found by the root that we computed: so the root is right.
        let Some(mine) = pair.ours.seen().blocks.get(&root).cloned() else {
            continue;
        };
        arrived += 1;
        if mine.ssz != block.ssz {
            differ.push(slot);
        }
    }
    let enough = canonical > 0 && arrived * 100 >= canonical * 95;
    let seen = format!("{arrived} of {canonical}, slots {first} to {last}");
    context.report.fact("95 % of the canonical blocks came by gossip, by their root", enough, seen);
    context.report.fact("blocks by gossip equal REST's", differ.is_empty(), format!("differing slots {differ:?}"));
    let (bad, verdicts) = {
        let seen = pair.ours.seen();
        (seen.bad.clone(), seen.verdicts.clone())
    };
    context.report.fact("every message decodes, nobody is at fault, no event lost", bad.is_empty(), format!("{bad:?}"));
    for ((family, verdict), count) in verdicts.into_iter().filter(|((_, verdict), _)| !verdict.is_accept()) {
        println!("     not forwarded: {count} of {family}: {verdict}");
    }
    Ok(())
}

/// Each era that began while we listened was announced, and brought blocks under its digest.
pub(crate) fn crossing(context: &mut Context, pair: &Pair, schedule: &ForkSchedule, first: u64, last: u64) {
    for era in schedule.entries() {
        let start = schedule.start_slot(era.epoch).0;
        if start <= first || start + 2 > last {
            continue;
        }
        let seen = pair.ours.seen();
        let announced = seen.forks.contains(&(era.epoch, era.digest));
        let blocks = seen.blocks.values().filter(|block| block.digest == era.digest).count();
        drop(seen);
        let name = format!("{} at epoch {}", era.fork, era.epoch);
        context.report.fact(&format!("{name} is announced with its digest"), announced, era.digest);
        context.report.fact(&format!("blocks on the topic of {name}"), blocks > 0, blocks);
    }
    let slot = Slot(last);
    let era = schedule.at_slot(slot);
    let blocks = pair.ours.seen().blocks.values().filter(|block| block.digest == era.digest).count();
    context.report.fact("blocks on the topic of the last era", blocks > 0, blocks);
}

/// A root in hex.
pub(crate) fn root(text: &str) -> Result<Root, ScenarioError> {
    text.parse().map_err(|_| ScenarioError::Unreadable { text: text.to_owned() })
}
