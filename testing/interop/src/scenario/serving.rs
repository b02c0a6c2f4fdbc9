//! What we answer when the other client asks.

use bytes::Bytes;
use cl_interop::rest::{Chunk, RestError};
use cl_types::{ForkName, ForkSchedule, Protocol, Slot};
use ssz::Encode;

use crate::error::{ScenarioError, chain};
use crate::scenario::Context;
use crate::scenario::gossip::root;
use crate::scenario::run::Pair;

/// How many slots it asks for by range.
const RANGE: u64 = 8;

/// Makes the other client ask us everything that it may, with `first` as the first slot that we hold for certain.
pub(crate) async fn answers(
    context: &mut Context,
    pair: &Pair,
    first: u64,
    schedule: &ForkSchedule,
) -> Result<(), ScenarioError> {
    blocks(context, pair, first).await?;
    let rest = pair.lab.rest();
    let us = pair.ours.peer.to_string();
    let slot = u64::try_from(rest.info().await?.slot).unwrap_or_default();
    let fulu = schedule.at_slot(Slot(slot)).fork >= ForkName::Fulu;

    let version = if fulu { 2 } else { 1 };
    let protocol = if fulu { Protocol::StatusV2 } else { Protocol::StatusV1 };
    let before = pair.ours.node.info().await?.status.to_ssz(protocol);
    // It says our own Status to us: a truth of this chain.
    let answer = rest.request(&us, "status", version, &before).await;
    let after = pair.ours.node.info().await?.status.to_ssz(protocol);
    one_of(context, &format!("status {version}"), answer, &[before, after]);

    // Our MetaData changes with our subnets, at an epoch that our key chooses: what it is before the answer, or after.
    let before = pair.ours.node.info().await?.metadata;
    let ping = rest.request(&us, "ping", 1, &1_u64.to_le_bytes()).await;
    let mut answers = Vec::new();
    for (version, protocol) in [(3, Protocol::MetaDataV3), (2, Protocol::MetaDataV2)] {
        answers.push((version, protocol, rest.request(&us, "metadata", version, &[]).await));
    }
    let after = pair.ours.node.info().await?.metadata;
    one_of(context, "ping 1", ping, &[&before, &after].map(|metadata| metadata.seq_number.as_ssz_bytes()));
    for (version, protocol, answer) in answers {
        let either = [&before, &after].map(|metadata| metadata.to_ssz(protocol));
        one_of(context, &format!("metadata {version}"), answer, &either);
    }
    Ok(())
}

async fn blocks(context: &mut Context, pair: &Pair, first: u64) -> Result<(), ScenarioError> {
    let rest = pair.lab.rest();
    let us = pair.ours.peer.to_string();
    let mut canonical: Vec<Bytes> = Vec::new();
    let mut roots = Vec::new();
    for slot in first..first + RANGE {
        if let Some(block) = rest.block(&slot.to_string()).await? {
            roots.extend_from_slice(root(&block.root)?.as_slice());
            canonical.push(block.ssz);
        }
    }
    let request: Vec<u8> = [first, RANGE, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    let answer = rest.request(&us, "beacon_blocks_by_range", 2, &request).await;
    compare(context, "blocks by range", answer, &canonical);
    let answer = rest.request(&us, "beacon_blocks_by_root", 2, &roots).await;
    compare(context, "blocks by root", answer, &canonical);
    Ok(())
}

fn compare(context: &mut Context, what: &str, answer: Result<Vec<Chunk>, RestError>, canonical: &[Bytes]) {
    let fact = format!("we serve {what} as REST does");
    match answer {
        Ok(chunks) => {
            let same = chunks.len() == canonical.len()
                && chunks.iter().zip(canonical).all(|(chunk, ssz)| decode(chunk).as_deref() == Some(ssz));
            context.report.fact(
                &fact,
                same && !canonical.is_empty(),
                format!("{} of {}", chunks.len(), canonical.len()),
            );
        }
        Err(error) => {
            context.report.fact(&fact, false, chain(&error));
        }
    }
}

fn one_of(context: &mut Context, what: &str, answer: Result<Vec<Chunk>, RestError>, expected: &[Vec<u8>]) {
    let fact = format!("we answer {what} with what we know of ourselves");
    match answer {
        Ok(chunks) => {
            let got: Vec<Option<Vec<u8>>> = chunks.iter().map(decode).collect();
            let holds = matches!(got.as_slice(), [Some(ssz)] if expected.contains(ssz));
            let shown: Vec<&str> = chunks.iter().map(|chunk| chunk.ssz.as_str()).collect();
            context.report.fact(&fact, holds, shown.join(" "));
        }
        Err(error) => {
            context.report.fact(&fact, false, chain(&error));
        }
    }
}

fn decode(chunk: &Chunk) -> Option<Vec<u8>> {
    hex::decode(chunk.ssz.trim_start_matches("0x")).ok()
}
