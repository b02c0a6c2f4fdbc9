//! What we answer when the other client asks everything that it can, and what it should not.

use std::time::Duration;

use bytes::Bytes;
use cl_interop::lab::Lab;
use cl_interop::rest::{Chunk, RestError};
use cl_types::containers::{
    BlobsByRangeRequest, BlocksByHeadRequest, BlocksByRangeRequest, ColumnsByRangeRequest, DataColumnsByRootIdentifier,
    EnvelopesByRangeRequest, LightClientUpdatesByRangeRequest,
};
use cl_types::{ForkName, ForkSchedule, Method, Network, Protocol, Root, Slot};
use ssz::Encode;

use crate::error::{ScenarioError, chain};
use crate::ours::Ours;
use crate::scenario::protocols::{Sample, short};
use crate::scenario::run::Pair;
use crate::scenario::{Context, peer_id, until};

const READY: Duration = Duration::from_secs(60);
const NOBODY: Root = Root::repeat_byte(0xee);
/// What the other client calls an answer with code 1 or 3.
const INVALID: &str = "INVALID_REQUEST";
const UNAVAILABLE: &str = "RESOURCE_UNAVAILABLE";

/// Everything that we offer and that it knows how to ask for, in the newest version.
pub(crate) async fn right(
    context: &mut Context,
    pair: &Pair,
    schedule: &ForkSchedule,
    sample: &Sample,
    fork: ForkName,
) -> Result<(), ScenarioError> {
    let us = pair.ours.peer.to_string();
    let now = Slot(pair.lab.rest().info().await?.head_slot);
    let (mut done, mut unknown) = (Vec::new(), Vec::new());
    for row in schedule.offered(now) {
        let protocol = row.protocol;
        let Some((request, expected)) = request(protocol, sample) else { continue };
        // The newest version of a method is the one with context bytes, where there are two.
        if !protocol.has_context() || schedule.asked(now).all(|row| row.protocol != protocol) {
            continue;
        }
        let answer = pair.lab.rest().request(&us, row.name, row.version, &request).await;
        if let Err(error) = &answer
            && said(error).contains("not registered")
        {
            unknown.push(short(protocol));
            continue;
        }
        done.push(short(protocol));
        let fact = format!("{fork}: asked for {} we answer with {expected}", short(protocol));
        let (holds, seen) = judge(&answer, &expected);
        context.report.fact(&fact, holds, seen);
    }
    println!("     {fork}: asked by it: {}; it cannot ask for: {}", done.join(" "), unknown.join(" "));
    Ok(())
}

/// What an answer must be.
enum Expected {
    Objects(Vec<Bytes>),
    Nothing,
    Refusal(&'static str),
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Objects(objects) => write!(f, "{} objects", objects.len()),
            Self::Nothing => f.write_str("nothing"),
            Self::Refusal(code) => f.write_str(code),
        }
    }
}

fn judge(answer: &Result<Vec<Chunk>, RestError>, expected: &Expected) -> (bool, String) {
    match (answer, expected) {
        (Ok(chunks), Expected::Objects(objects)) => {
            let decode = |chunk: &Chunk| hex::decode(chunk.ssz.trim_start_matches("0x")).unwrap_or_default();
            let same = chunks.len() == objects.len() && chunks.iter().zip(objects).all(|(c, o)| decode(c) == *o);
            (same && !objects.is_empty(), format!("{} of {}", chunks.len(), objects.len()))
        }
        (Ok(chunks), Expected::Nothing) => (chunks.is_empty(), format!("{} chunks", chunks.len())),
        (Ok(chunks), Expected::Refusal(_)) => (false, format!("{} chunks", chunks.len())),
        (Err(error), Expected::Refusal(code)) => (said(error).contains(code), said(error)),
        (Err(error), _) => (false, said(error)),
    }
}

/// The other client's words, also those in the body of its answer.
fn said(error: &RestError) -> String {
    match error {
        RestError::Status { body, .. } => String::from_utf8_lossy(body).into_owned(),
        other => chain(other),
    }
}

/// A request and its true answer; `None` where nothing is asked here.
fn request(protocol: Protocol, sample: &Sample) -> Option<(Vec<u8>, Expected)> {
    let (start_slot, count) = (sample.first(), 8);
    let envelopes = || Expected::Objects(sample.envelopes.iter().map(|(.., object)| object.ssz.clone()).collect());
    Some(match protocol.method() {
        Method::BlocksByRange => {
            let last = sample.blocks.last().map_or(start_slot, |(slot, ..)| *slot);
            let request = BlocksByRangeRequest::new(start_slot, last.0.saturating_sub(start_slot.0) + 1);
            (request.as_ssz_bytes(), Expected::Objects(sample.ssz()))
        }
        Method::BlocksByRoot => {
            let roots: Vec<Root> = sample.roots().into_iter().chain([NOBODY]).collect();
            (roots.as_ssz_bytes(), Expected::Objects(sample.ssz()))
        }
        Method::BlocksByHead => {
            let beacon_root = *sample.roots().last()?;
            let mut expected = sample.ssz();
            expected.reverse();
            let request = BlocksByHeadRequest { beacon_root, count: expected.len() as u64 };
            (request.as_ssz_bytes(), Expected::Objects(expected))
        }
        // Nobody sends any on this chain: of a slot without blobs we know it.
        Method::BlobsByRange => {
            let empty = sample.blocks.iter().map(|(slot, ..)| *slot).find(|slot| slot.0 % 4 != 0)?;
            (BlobsByRangeRequest { start_slot: empty, count: 1 }.as_ssz_bytes(), Expected::Nothing)
        }
        Method::BlobsByRoot => ((NOBODY, 0_u64).as_ssz_bytes(), Expected::Nothing),
        Method::ColumnsByRange => {
            let (slot, _, columns) = sample.columns.as_ref()?;
            let all: Vec<u64> = (0..128).collect();
            let request = ColumnsByRangeRequest { start_slot: *slot, count: 1, columns: all.try_into().ok()? };
            let columns = columns.iter().map(|column| column.ssz.clone()).collect();
            (request.as_ssz_bytes(), Expected::Objects(columns))
        }
        Method::ColumnsByRoot => {
            let (_, block_root, columns) = sample.columns.as_ref()?;
            let few = [3, 126].iter().filter_map(|index| columns.get(*index)).map(|column| column.ssz.clone());
            let id = DataColumnsByRootIdentifier { block_root: *block_root, columns: vec![3, 126].try_into().ok()? };
            (vec![id].as_ssz_bytes(), Expected::Objects(few.collect()))
        }
        Method::EnvelopesByRange if !sample.envelopes.is_empty() => {
            let last = sample.envelopes.last().map_or(start_slot, |(slot, ..)| *slot);
            let count = last.0.saturating_sub(start_slot.0) + 1;
            (EnvelopesByRangeRequest { start_slot, count }.as_ssz_bytes(), envelopes())
        }
        Method::EnvelopesByRoot if !sample.envelopes.is_empty() => {
            let roots: Vec<Root> = sample.envelopes.iter().map(|(_, root, _)| *root).chain([NOBODY]).collect();
            (roots.as_ssz_bytes(), envelopes())
        }
        Method::LightClientBootstrap => (NOBODY.as_ssz_bytes(), Expected::Refusal(UNAVAILABLE)),
        Method::LightClientUpdatesByRange => {
            (LightClientUpdatesByRangeRequest { start_period: 0, count }.as_ssz_bytes(), Expected::Nothing)
        }
        Method::LightClientFinalityUpdate | Method::LightClientOptimisticUpdate => {
            (Vec::new(), Expected::Refusal(UNAVAILABLE))
        }
        _ => return None,
    })
}

/// What it should not ask. It holds each refusal against us, so that each is answered by a node of its own.
pub(crate) async fn wrong(context: &mut Context, lab: &Lab, network: &Network) -> Result<(), ScenarioError> {
    let start_slot = Slot(1);
    let columns = ColumnsByRangeRequest { start_slot, count: 1, columns: vec![128].try_into().unwrap_or_default() };
    let range = |count: u64| BlocksByRangeRequest { start_slot, count, step: 1 }.as_ssz_bytes();
    let questions = [
        ("a range of no slots", "beacon_blocks_by_range", 2, range(0)),
        ("a request of a wrong length", "beacon_blocks_by_range", 2, vec![0; 7]),
        ("129 roots", "beacon_blocks_by_root", 2, vec![0; 129 * 32]),
        ("column 128", "data_column_sidecars_by_range", 1, columns.as_ssz_bytes()),
    ];
    for (nth, (what, method, version, request)) in questions.into_iter().enumerate() {
        let ours = Ours::start(network.clone(), &context.folder(&format!("wrong-{nth}"))).await?;
        let peer = peer_id(&lab.facts().identity.peer_id)?;
        if until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await.is_none() {
            return Err(ScenarioError::Vain { what: "a handshake" });
        }
        let answer = lab.rest().request(&ours.peer.to_string(), method, version, &request).await;
        let (holds, seen) = judge(&answer, &Expected::Refusal(INVALID));
        context.report.fact(&format!("asked for {what} we say that it is invalid"), holds, seen);
        let life = ours.seen().life_of(peer);
        context.report.fact(
            &format!("after {what} we are still connected"),
            life == ["connected", "ready"],
            format!("{life:?}"),
        );
        ours.node.shutdown().await;
    }
    Ok(())
}
