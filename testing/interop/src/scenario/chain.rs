//! The whole chain, asked for by range and by root.

use std::time::Duration;

use cl_node::ask::{BlocksByRange, BlocksByRoot};
use cl_types::{Root, Slot};
use tokio::time::sleep;

use crate::error::ScenarioError;
use crate::scenario::Context;
use crate::scenario::gossip::root;
use crate::scenario::run::Pair;

/// Blocks in one request.
const BATCH: u64 = 32;
/// Between two requests. The other client bans a peer that asks for more than 128 blocks in 10 s.
const PACE: Duration = Duration::from_secs(3);

/// Asks for everything from slot 1 to the head, twice, and compares with REST.
pub(crate) async fn by_range_and_root(context: &mut Context, pair: &Pair) -> Result<(), ScenarioError> {
    let head = pair.lab.rest().info().await?.head_slot;
    let mut canonical = Vec::new();
    for slot in 1..=head {
        if let Some(block) = pair.lab.rest().block(&slot.to_string()).await? {
            canonical.push((Slot(slot), root(&block.root)?, block.ssz));
        }
    }
    let all = canonical.len();

    let mut by_range = Vec::new();
    let mut start = 1;
    while start <= head {
        let count = BATCH.min(head - start + 1);
        let ask = BlocksByRange::new(Slot(start), count);
        by_range.extend(pair.ours.node.request(pair.peer, ask).await?.collect().await?);
        start += count;
        sleep(PACE).await;
    }
    let same = by_range.len() == all
        && by_range.iter().zip(&canonical).all(|(mine, (slot, _, ssz))| mine.slot == *slot && mine.ssz == *ssz);
    let seen = format!("{} of {all} blocks, slots 1 to {head}", by_range.len());
    context.report.fact("the chain by range equals REST's", same, seen);

    let mut equal = 0_usize;
    let mut came = 0_usize;
    for batch in canonical.chunks(usize::try_from(BATCH).unwrap_or(1)) {
        let roots: Vec<Root> = batch.iter().map(|(_, root, _)| *root).collect();
        let blocks = pair.ours.node.request(pair.peer, BlocksByRoot::new(roots)).await?.collect().await?;
        came += blocks.len();
        equal += batch.iter().filter(|(_, _, ssz)| blocks.iter().any(|block| block.ssz == *ssz)).count();
        sleep(PACE).await;
    }
    let seen = format!("{equal} equal of {came} that came, {all} asked for");
    context.report.fact("the chain by root equals REST's", equal == all && came == all, seen);
    Ok(())
}
