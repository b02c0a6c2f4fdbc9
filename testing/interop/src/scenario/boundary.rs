//! At a fork boundary our record changes; the other client must see it at once, and not before.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cl_enr::{Fork, Record, fields, parse};
use cl_interop::lab::{Lab, LabOptions};
use cl_interop::report::eventually;
use cl_types::{ForkDigest, ForkSchedule, SlotClock};
use tokio::time::sleep;

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::Context;

/// A fork among changes of blob parameters: each epoch has a digest of its own, so the next boundary is never far.
const FORKS: &str = "fulu:0,gloas:3";
/// Epochs that change the blob parameters, beside the fork's.
const CHANGES: u64 = 16;
/// How long our record may take to get into its table.
const KNOWN: Duration = Duration::from_secs(30);
/// Looks begin no later than this before a boundary.
const BEFORE_MS: u64 = 5_000;
/// Within this time after the boundary the new record must be there.
const SOON_MS: u64 = 6_000;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Watches so many boundaries.
pub(crate) async fn run(context: &mut Context, boundaries: u32) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new("boundary", FORKS, &mut context.ports)?;
    options.produce = false;
    options.env.push(("LAB_BLOB_SCHEDULE", blob_schedule()));
    let lab = context.labs.start(options).await?;
    let (network, _) = context.network(&lab).await?;
    let (schedule, clock) = (network.schedule()?, network.clock());
    let ours = Ours::start(network, &context.folder("boundary")).await?;

    let record = ours.node.info().await?.record;
    let seen = eventually(KNOWN, async || known(&lab, &record).await).await;
    if !context.report.fact("our record is in its discovery table", seen.is_some(), seen.is_some()) {
        return Ok(());
    }
    for _ in 0..boundaries {
        watch(context, &lab, &ours, &schedule, clock).await?;
    }
    same(context, &lab, &ours).await?;
    ours.node.shutdown().await;
    lab.stop().await;
    Ok(())
}

fn blob_schedule() -> String {
    let entry = |epoch| format!(r#"{{"EPOCH": {epoch}, "MAX_BLOBS_PER_BLOCK": {}}}"#, 9 + epoch % 8);
    format!("[{}]", (1..=CHANGES).map(entry).collect::<Vec<_>>().join(", "))
}

/// Our record as it stands in its table, whatever its counter.
async fn known(lab: &Lab, ours: &Record) -> Result<Option<Record>, ScenarioError> {
    let records = lab.rest().kad().await?;
    let mut read = records.iter().filter_map(|text| parse(text).ok());
    Ok(read.find(|record| record.node_id() == ours.node_id()))
}

/// Looks from shortly before the next boundary until the new record is there.
async fn watch(
    context: &mut Context,
    lab: &Lab,
    ours: &Ours,
    schedule: &ForkSchedule,
    clock: SlotClock,
) -> Result<(), ScenarioError> {
    let start_ms = |epoch| clock.start_ms(schedule.start_slot(epoch));
    let earliest = now_ms() + BEFORE_MS;
    let Some(era) = schedule.entries().find(|entry| start_ms(entry.epoch) >= earliest) else {
        return Err(ScenarioError::Vain { what: "another boundary" });
    };
    let boundary = start_ms(era.epoch);
    let (before, after) = (schedule.before(era.epoch).map(|entry| entry.digest), Fork::at(schedule, era.epoch));
    sleep(Duration::from_millis((boundary - BEFORE_MS).saturating_sub(now_ms()))).await;

    let us = ours.node.info().await?.record;
    let (mut looks, mut others, mut found) = (0, Vec::new(), None);
    while now_ms() < boundary + SOON_MS {
        let record = known(lab, &us).await?;
        // Only an answer that was here before the boundary was too early.
        let at = now_ms();
        let said = record.as_ref().and_then(said);
        if said == Some((after.id.fork_digest, after.next_digest)) {
            found = Some(at);
            break;
        }
        if at < boundary {
            looks += 1;
        }
        others.extend(said.filter(|(digest, _)| Some(*digest) != before));
        sleep(LOOK).await;
    }
    let name = format!("epoch {} ({})", era.epoch, era.fork);
    let early = found.is_some_and(|at| at < boundary);
    context.report.fact(
        &format!("before {name} it sees the digest before, and nothing else"),
        looks > 0 && !early && others.is_empty(),
        format!("{looks} looks, {before:?}, others {others:?}"),
    );
    let late = found.map(|at| at.saturating_sub(boundary));
    let seen = format!("{late:?} ms after it, {} then {}", after.id.fork_digest, after.next_digest);
    context.report.fact(&format!("{name} is seen at once, digest and nfd"), late.is_some() && !early, seen);
    Ok(())
}

fn said(record: &Record) -> Option<(ForkDigest, ForkDigest)> {
    Some((fields::eth2(record).ok()??.fork_digest, fields::next_fork_digest(record).ok()??))
}

/// Its table has the record that we serve, entry by entry, and the record says what our MetaData says.
async fn same(context: &mut Context, lab: &Lab, ours: &Ours) -> Result<(), ScenarioError> {
    // Ours is read anew for each look: it changes with our subnets, at an epoch that our key chooses.
    let equal = async || -> Result<_, ScenarioError> {
        let info = ours.node.info().await?;
        let theirs = known(lab, &info.record).await?.filter(|it| *it == info.record);
        Ok(theirs.map(|theirs| (info, theirs)))
    };
    let Some((info, theirs)) = eventually(KNOWN, equal).await else {
        context.report.fact("it holds the record that we serve", false, ours.node.info().await?.record);
        return Ok(());
    };
    context.report.fact("it holds the record that we serve", true, format!("sequence number {}", theirs.seq()));
    let entries = |record: &Record| -> Vec<(String, String)> {
        record.iter().map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), hex::encode(value))).collect()
    };
    context.report.equal("with the same entries", &entries(&info.record), &entries(&theirs));
    let metadata = &info.metadata;
    let ours = (metadata.attnets.clone(), metadata.syncnets.clone(), metadata.custody_group_count);
    let read = (|| {
        let attnets = fields::attnets(&theirs).ok()??;
        Some((attnets, fields::syncnets(&theirs).ok()??, fields::custody_group_count(&theirs).ok()??))
    })();
    context.report.fact("and they say what our MetaData says", read == Some(ours), format!("{read:?}"));
    Ok(())
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
