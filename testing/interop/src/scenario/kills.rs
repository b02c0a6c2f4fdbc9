//! `kill -9` at random moments while everything changes all the time. Needs no other client.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cl_enr::Key;
use cl_enr::store::{KEY_FILE, Store};
use cl_interop::folder::{self, MadeUp};
use cl_interop::report::eventually;
use cl_types::Network;
use libp2p::PeerId;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::error::ScenarioError;
use crate::ours::Ours;
use crate::scenario::binary::READY;
use crate::scenario::command::{Command, is, text};
use crate::scenario::survivor::Random;
use crate::scenario::{Context, unix_seconds};

/// Each epoch of eight of these changes the record, so that there is always something to save.
const SLOT_MS: u64 = 300;
/// Enough epochs for the longest run.
const CHANGES: u64 = 1_000;

/// What a killed command announced and left behind.
#[derive(Debug, Default)]
struct Left {
    peer: Option<PeerId>,
    /// Sequence numbers of its records, in order.
    announced: Vec<u64>,
    /// Counters of record and MetaData.
    saved: Option<(u64, u64)>,
}

/// Another node of ours stays up; a command that knows it is killed so often.
pub(crate) async fn run(context: &mut Context, kills: u32) -> Result<(), ScenarioError> {
    let chain = MadeUp { genesis_time: unix_seconds(), slot_ms: SLOT_MS, changes: CHANGES };
    let (path, data) = (context.folder("kills-testnet"), context.folder("kills"));
    folder::write_made_up(&path, &chain, &[])?;
    let ours = Ours::start(Network::from_dir(&path)?, &context.folder("kills-other")).await?;
    folder::write_made_up(&path, &chain, &[ours.node.info().await?.record.to_base64()])?;

    let mut random = Random::new();
    println!("     moments of the kills come from seed {}", random.0);
    let (mut last, mut good, mut started, mut wrong) = (Left::default(), 0, 0, Vec::new());
    let begun = Instant::now();
    // The first run ends politely, so that there is something of every kind to lose.
    let mut command = Command::start(&path, &data, &context.folder("kills-first.jsonl"))?;
    let other = ours.peer.to_string();
    let ready = eventually(READY, async || command.is_ready(&other).map(|ready| ready.then_some(()))).await;
    context.report.fact("it starts and connects", ready.is_some(), &other);
    command.interrupt()?;
    let _ = eventually(READY, async || command.ended()).await;
    last = merge(last, left(&data, &command.events()?)?);
    for round in 0..kills {
        let mut command = Command::start(&path, &data, &context.folder(&format!("kills-{round}.jsonl")))?;
        if round % 3 == 0 {
            // In the middle of whatever it does at its start, …
            sleep(Duration::from_millis(random.below(1_000))).await;
        } else {
            let up = async || Ok::<_, ScenarioError>(command.events()?.iter().any(|e| is(e, "started")).then_some(()));
            if eventually(READY, up).await.is_none() {
                return Err(ScenarioError::Vain { what: "a start" });
            }
            if round % 3 == 1 {
                // … when it has met the other one and its record changes, …
                sleep(Duration::from_millis(random.below(3_000))).await;
            } else {
                // … or while it saves all that it knows at its end.
                command.interrupt()?;
                sleep(Duration::from_millis(random.below(200))).await;
            }
        }
        command.kill()?;
        let now = left(&data, &command.events()?)?;
        started += u32::from(!now.announced.is_empty());
        match goes_on(&last, &now) {
            Ok(()) => good += 1,
            Err(what) => wrong.push(format!("round {round}: {what}")),
        }
        let damaged = damaged(&data)?;
        if !damaged.is_empty() {
            wrong.push(format!("round {round}: {damaged:?}"));
        }
        last = merge(last, now);
    }
    let seen = format!("{good} of {kills}, {started} had started, in {:.0} s {wrong:?}", begun.elapsed().as_secs_f32());
    context.report.fact(
        "killed at random moments: same key, no counter falls, no file is damaged",
        wrong.is_empty(),
        seen,
    );
    let files: Vec<String> = files(&data)?;
    context.report.fact("it kept files", files.iter().any(|name| name == KEY_FILE), files.join(" "));

    // Nobody tells it now where the other one is.
    folder::write_made_up(&path, &chain, &[])?;
    let mut command = Command::start(&path, &data, &context.folder("kills-last.jsonl"))?;
    let ready = eventually(READY, async || command.is_ready(&other).map(|ready| ready.then_some(()))).await;
    command.kill()?;
    let now = left(&data, &command.events()?)?;
    let again = ready.is_some() && now.peer == last.peer && goes_on(&last, &now).is_ok();
    context.report.fact(
        "at the end it is the same peer and connects without boot nodes",
        again,
        format!("{:?}", now.peer),
    );
    ours.node.shutdown().await;
    Ok(())
}

/// Reads what is there, as the next start does.
fn left(data: &Path, events: &[Value]) -> Result<Left, ScenarioError> {
    let record_of = |event: &Value| match cl_enr::parse(text(event, "enr")) {
        Ok(record) => Ok(record.seq()),
        Err(_) => Err(ScenarioError::Unreadable { text: text(event, "enr").to_owned() }),
    };
    let told = events.iter().filter(|event| is(event, "started") || is(event, "record_changed"));
    let announced = told.map(record_of).collect::<Result<_, _>>()?;
    let peer = match fs::read_to_string(data.join(KEY_FILE)) {
        Ok(text) => Some(Key::from_hex(text.trim()).map_err(|_| ScenarioError::Unreadable { text })?.peer_id()),
        Err(_) => None,
    };
    let saved = if data.is_dir() { Store::open(data)?.load()? } else { None };
    let saved = saved.map(|saved| (saved.record_seq, saved.metadata.seq_number));
    Ok(Left { peer, announced, saved })
}

/// What must hold from one kill to the next.
fn goes_on(before: &Left, now: &Left) -> Result<(), &'static str> {
    if before.peer.is_some() && now.peer != before.peer {
        return Err("another key");
    }
    let order: Vec<u64> = before.announced.last().into_iter().chain(&now.announced).copied().collect();
    if !order.is_sorted_by(|a, b| a < b) {
        return Err("a sequence number came twice or went back");
    }
    let highest = order.last().copied().unwrap_or_default();
    let saved = now.saved.unwrap_or_default();
    if saved.0 < highest || before.saved.unwrap_or_default() > saved || before.saved.is_some_and(|b| b.1 > saved.1) {
        return Err("the saved counters are behind");
    }
    Ok(())
}

/// The later of both, where the later says something.
fn merge(before: Left, now: Left) -> Left {
    let announced = if now.announced.is_empty() { before.announced } else { now.announced };
    Left { peer: now.peer.or(before.peer), announced, saved: now.saved.or(before.saved) }
}

fn files(data: &Path) -> Result<Vec<String>, ScenarioError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(data)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// What the command could not use it set aside.
fn damaged(data: &Path) -> Result<Vec<String>, ScenarioError> {
    if !data.is_dir() {
        return Ok(Vec::new());
    }
    Ok(files(data)?.into_iter().filter(|name| name.ends_with(".damaged")).collect())
}
