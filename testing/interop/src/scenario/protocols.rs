//! Every protocol, asked by us and asked by the other client, with right and wrong arguments.

use std::time::Duration;

use bytes::Bytes;
use cl_interop::lab::LabOptions;
use cl_interop::report::eventually;
use cl_node::RequestError;
use cl_node::ask::{
    Ask, BlobsByRange, BlobsByRoot, BlocksByHead, BlocksByRange, BlocksByRoot, ColumnsByRange, ColumnsByRoot,
    EnvelopesByRange, EnvelopesByRoot, LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate,
    LightClientUpdatesByRange,
};
use cl_node::{ChainStore, Offered, Stored};
use cl_rpc::ErrorCode;
use cl_types::containers::gloas;
use cl_types::{DecodeShared, ForkName, ForkSchedule, Method, Protocol, Root, Slot};
use ssz::Encode;

use crate::error::{ScenarioError, chain};
use crate::ours::Ours;
use crate::scenario::gossip::root;
use crate::scenario::run::Pair;
use crate::scenario::{Context, asked, peer_id, until};

/// From a record alone to a finished handshake.
const READY: Duration = Duration::from_secs(60);
/// A blob in each so many slots.
const BLOB_EVERY: u64 = 4;
/// Blocks that are asked for at once.
const RANGE: u64 = 8;
/// A root that nothing has.
const NOBODY: Root = Root::repeat_byte(0xee);

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) forks: &'static str,
    /// The slots at which everything is asked, ascending.
    pub(crate) at: &'static [u64],
}

pub(crate) async fn run(context: &mut Context, plan: &Plan) -> Result<(), ScenarioError> {
    let mut options = LabOptions::new(plan.name, plan.forks, &mut context.ports)?;
    options.blob_every = BLOB_EVERY;
    let lab = context.labs.start(options).await?;
    let (network, _) = context.network(&lab).await?;
    let schedule = network.schedule()?;
    let ours = Ours::start(network.clone(), &context.folder(plan.name)).await?;
    let peer = peer_id(&lab.facts().identity.peer_id)?;
    let ready = until(&ours, READY, |seen| seen.is_ready(peer).then_some(())).await;
    context.report.fact("handshake finished", ready.is_some(), peer);
    let pair = Pair { lab, peer, ours };
    for slot in plan.at.iter().copied() {
        reach(&pair, slot).await?;
        let fork = schedule.at_slot(Slot(slot)).fork;
        let mut sample = Sample::take(&pair).await?;
        if fork >= ForkName::Gloas {
            hold_envelopes(context, &pair, &schedule, &sample).await?;
            sample = Sample::take(&pair).await?;
        }
        we_ask(context, &pair, &schedule, &sample, fork).await?;
        asked::right(context, &pair, &schedule, &sample, fork).await?;
    }
    let life = pair.ours.seen().life_of(pair.peer);
    context.report.fact("one connection, no goodbye, no loss", life == ["connected", "ready"], format!("{life:?}"));
    let Pair { lab, ours, .. } = pair;
    asked::wrong(context, &lab, &network).await?;
    ours.node.shutdown().await;
    lab.stop().await;
    Ok(())
}

/// Waits until the other client's head is there.
pub(crate) async fn reach(pair: &Pair, slot: u64) -> Result<(), ScenarioError> {
    let patience = Duration::from_millis(pair.lab.options().slot_ms * (slot + 30));
    let there = eventually(patience, async || {
        let head = pair.lab.rest().info().await?.head_slot;
        Ok::<_, ScenarioError>((head >= slot).then_some(()))
    });
    there.await.ok_or(ScenarioError::Vain { what: "a slot" })
}

/// What both sides hold at a moment.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The last blocks as REST serves them, of which we hold each: slot, root, SSZ.
    pub(crate) blocks: Vec<(Slot, Root, Bytes)>,
    /// The newest of these that has columns, with all 128 of them as they came by gossip.
    pub(crate) columns: Option<(Slot, Root, Vec<Stored>)>,
    /// Those of these that have an envelope which the next block builds on, with it as it came by gossip.
    pub(crate) envelopes: Vec<(Slot, Root, Stored)>,
}

impl Sample {
    async fn take(pair: &Pair) -> Result<Self, ScenarioError> {
        let rest = pair.lab.rest();
        let store = &pair.ours.store;
        // What the head still lacks is on its way.
        let last = rest.info().await?.head_slot.saturating_sub(1);
        let first = last.saturating_sub(RANGE - 1).max(1);
        let mut blocks = Vec::new();
        for slot in first..=last {
            if let Some(block) = rest.block(&slot.to_string()).await? {
                let root = root(&block.root)?;
                if store.block(root).is_some() {
                    blocks.push((Slot(slot), root, block.ssz));
                }
            }
        }
        let whole = |root: Root| (0..128).map(|index| store.column(root, index)).collect::<Option<Vec<_>>>();
        let columns = blocks.iter().rev().find_map(|(slot, root, _)| Some((*slot, *root, whole(*root)?)));
        let on_chain = blocks.iter().filter(|(_, root, _)| store.has_payload(*root));
        let envelopes = on_chain.filter_map(|(slot, root, _)| Some((*slot, *root, store.envelope(*root)?))).collect();
        Ok(Self { blocks, columns, envelopes })
    }

    pub(crate) fn first(&self) -> Slot {
        self.blocks.first().map_or(Slot(1), |(slot, ..)| *slot)
    }

    pub(crate) fn last(&self) -> Slot {
        self.blocks.last().map_or(Slot(1), |(slot, ..)| *slot)
    }

    /// From the first block to the last.
    pub(crate) fn slots(&self) -> u64 {
        self.last().0.saturating_sub(self.first().0) + 1
    }

    pub(crate) fn roots(&self) -> Vec<Root> {
        self.blocks.iter().map(|(_, root, _)| *root).collect()
    }

    pub(crate) fn ssz(&self) -> Vec<Bytes> {
        self.blocks.iter().map(|(.., ssz)| ssz.clone()).collect()
    }
}

/// Fetches the envelopes of the sample's blocks by root and keeps them. The payloads of this client's lab name slot 0, which
/// no true payload does: our node neither takes such envelopes from gossip nor from a checked answer.
async fn hold_envelopes(
    context: &mut Context,
    pair: &Pair,
    schedule: &ForkSchedule,
    sample: &Sample,
) -> Result<(), ScenarioError> {
    let request = EnvelopesByRoot::new(sample.roots()).request(schedule, sample.last()).map_err(RequestError::from)?;
    let chunks = raw(pair, request).await?;
    let mut kept = 0;
    for ssz in &chunks {
        let Ok(envelope) = gloas::SignedExecutionPayloadEnvelope::from_ssz(ssz) else { continue };
        let (block, block_hash) = (envelope.message.beacon_block_root, envelope.message.payload.block_hash);
        let Some((slot, ..)) = sample.blocks.iter().find(|(_, root, _)| *root == block) else { continue };
        let envelope = Stored { slot: *slot, ssz: ssz.clone() };
        pair.ours.store.offer(Offered::Envelope { block, block_hash, envelope });
        kept += 1;
    }
    let all = kept == chunks.len() && kept > 0;
    context.report.fact(
        "execution_payload_envelopes_by_root/1: each decodes and is of a block that was asked for",
        all,
        format!("{kept} of {}", chunks.len()),
    );
    Ok(())
}

/// All chunks of an answer, unchecked.
async fn raw(pair: &Pair, request: cl_rpc::Request) -> Result<Vec<Bytes>, ScenarioError> {
    let mut answer = pair.ours.node.request_unchecked(pair.peer, request).await?;
    let mut chunks = Vec::new();
    while let Some(chunk) = answer.next().await {
        chunks.push(chunk?.ssz);
    }
    Ok(chunks)
}

async fn we_ask(
    context: &mut Context,
    pair: &Pair,
    schedule: &ForkSchedule,
    sample: &Sample,
    fork: ForkName,
) -> Result<(), ScenarioError> {
    let served = pair.lab.rest().info().await?.protocols;
    let known: Vec<Protocol> = served.iter().filter_map(|id| Protocol::by_id(id)).collect();
    context.report.fact(
        &format!("{fork}: we know every protocol that it serves"),
        known.len() == served.len(),
        format!("{} of {}", known.len(), served.len()),
    );
    let mut asker = Asker { context, pair, schedule, fork };
    let first = schedule.at_slot(Slot(0)).fork;
    for protocol in Protocol::all() {
        if protocol.until() < first {
            // Of a chain that had none of it; some clients register it nevertheless.
            continue;
        }
        if known.contains(&protocol) {
            asker.ask(protocol, sample).await?;
        } else if protocol.method() != Method::Goodbye {
            asker.not_served(protocol).await?;
        }
    }
    let live: Vec<_> = schedule.offered(sample.first()).map(|row| row.protocol).collect();
    let of_this_chain = known.iter().filter(|protocol| protocol.until() >= first);
    let missing: Vec<_> = of_this_chain.filter(|protocol| !live.contains(protocol)).map(|p| p.id()).collect();
    context.report.fact(
        &format!("{fork}: what it serves a node should offer, by our table"),
        missing.is_empty(),
        missing.join(" "),
    );
    Ok(())
}

/// Asks and reports, with the fork before each fact.
struct Asker<'a> {
    context: &'a mut Context,
    pair: &'a Pair,
    schedule: &'a ForkSchedule,
    fork: ForkName,
}

impl Asker<'_> {
    fn fact(&mut self, fact: &str, holds: bool, seen: impl std::fmt::Display) {
        self.context.report.fact(&format!("{}: {fact}", self.fork), holds, seen);
    }

    async fn items<A: Ask>(&self, ask: A) -> Result<Vec<A::Item>, RequestError> {
        self.pair.ours.node.request(self.pair.peer, ask).await?.collect().await
    }

    /// The answer must be exactly these objects.
    async fn same<A: Ask>(&mut self, fact: &str, ask: A, ssz_of: impl Fn(&A::Item) -> &Bytes, expected: Vec<Bytes>) {
        match self.items(ask).await {
            Ok(items) => {
                let same = items.iter().map(ssz_of).eq(expected.iter());
                self.fact(fact, same, format!("{} of {}", items.len(), expected.len()));
            }
            Err(error) => self.fact(fact, false, chain(&error)),
        }
    }

    /// The answer must be exactly these objects, whatever our own check thinks of them.
    async fn same_unchecked<A: Ask>(&mut self, fact: &str, ask: &A, expected: Vec<Bytes>) -> Result<(), ScenarioError> {
        let now = Slot(self.pair.lab.rest().info().await?.head_slot);
        let request = ask.request(self.schedule, now).map_err(RequestError::from)?;
        let chunks = raw(self.pair, request).await?;
        self.fact(fact, chunks == expected, format!("{} of {}", chunks.len(), expected.len()));
        Ok(())
    }

    /// What we think of the other client.
    async fn score(&self) -> Result<f64, ScenarioError> {
        let peers = self.pair.ours.node.peers().await?;
        Ok(peers.iter().find(|info| info.peer == self.pair.peer).map_or(f64::NEG_INFINITY, |info| info.score))
    }

    /// The answer must be this error code, and we must not hold our own mistake against who found it.
    async fn refused(
        &mut self,
        fact: &str,
        protocol: Protocol,
        body: Vec<u8>,
        code: ErrorCode,
    ) -> Result<(), ScenarioError> {
        let request = cl_rpc::Request::new(vec![(protocol, body.into())], 1).map_err(RequestError::from)?;
        let before = self.score().await?;
        let mut chunks = self.pair.ours.node.request_unchecked(self.pair.peer, request).await?;
        let end = chunks.next().await;
        let holds = matches!(
            &end,
            Some(Err(RequestError::Rpc(cl_rpc::RequestError::Refused { code: got, .. }))) if *got == code
        );
        let lost = before - self.score().await?;
        self.fact(fact, holds && lost <= 0.0, format!("{end:?}, its score fell by {}", lost.max(0.0)));
        Ok(())
    }

    async fn not_served(&mut self, protocol: Protocol) -> Result<(), ScenarioError> {
        // Of any size that may be sent: negotiation ends it.
        let bounds = protocol.request_bounds();
        let body = vec![0; (*bounds.start()).max(1).min(*bounds.end())];
        let request = cl_rpc::Request::new(vec![(protocol, body.into())], 1).map_err(RequestError::from)?;
        let mut chunks = self.pair.ours.node.request_unchecked(self.pair.peer, request).await?;
        let end = chunks.next().await;
        let holds = matches!(&end, Some(Err(RequestError::Rpc(cl_rpc::RequestError::Unsupported))));
        self.fact(&format!("{} is not served, and we are told so", short(protocol)), holds, format!("{end:?}"));
        Ok(())
    }

    async fn ask(&mut self, protocol: Protocol, sample: &Sample) -> Result<(), ScenarioError> {
        let name = short(protocol);
        let (first, count) = (sample.first(), sample.slots());
        let far = Slot(1_000_000);
        let of = |what: &str| format!("{name}: {what}");
        let ssz = |blocks: &[(Slot, Root, Stored)]| blocks.iter().map(|(.., object)| object.ssz.clone()).collect();
        match protocol.method() {
            // The peer manager asks for these already; see `standing`.
            Method::Status | Method::Ping | Method::MetaData | Method::Goodbye => {}
            Method::BlocksByRange => {
                let ask = BlocksByRange::new(first, count);
                self.same(&of("the blocks of REST"), ask, |block| &block.ssz, sample.ssz()).await;
                self.same(&of("empty in the future"), BlocksByRange::new(far, 8), |b| &b.ssz, Vec::new()).await;
                let nothing = (first, 0_u64, 1_u64).as_ssz_bytes();
                self.refused(&of("count 0 is refused"), protocol, nothing, ErrorCode::INVALID_REQUEST).await?;
            }
            Method::BlocksByRoot => {
                let mut roots = sample.roots();
                roots.push(NOBODY);
                let ask = BlocksByRoot::new(roots);
                self.same(&of("the blocks of REST, an unknown root left out"), ask, |b| &b.ssz, sample.ssz()).await;
                self.same(&of("an unknown root gives nothing"), BlocksByRoot::new([NOBODY]), |b| &b.ssz, Vec::new())
                    .await;
                let code = ErrorCode::INVALID_REQUEST;
                self.refused(&of("a root and a byte are refused"), protocol, vec![0xee; 33], code).await?;
                self.refused(&of("half a root is refused"), protocol, vec![0xee; 16], code).await?;
            }
            Method::BlocksByHead => {
                let head = sample.roots().last().copied().unwrap_or(NOBODY);
                let mut expected = sample.ssz();
                expected.reverse();
                expected.truncate(4);
                self.same(&of("descending from a head"), BlocksByHead::new(head, 4), |b| &b.ssz, expected).await;
            }
            Method::BlobsByRange => {
                self.same(&of("nothing kept"), BlobsByRange::new(first, count), |b| &b.ssz, Vec::new()).await;
            }
            Method::BlobsByRoot => {
                let ask = BlobsByRoot::new([(NOBODY, 0)]);
                self.same(&of("an unknown root gives nothing"), ask, |b| &b.ssz, Vec::new()).await;
            }
            Method::ColumnsByRange => {
                self.columns(protocol, sample).await;
                let code = ErrorCode::INVALID_REQUEST;
                // A start, a count, where the list begins, and the list.
                let list = |offset: u32, list: &[u8]| [(first, 1_u64, offset).as_ssz_bytes().as_slice(), list].concat();
                self.refused(&of("half an index is refused"), protocol, list(20, &[1, 0, 0, 0]), code).await?;
                self.refused(&of("a list beyond the end is refused"), protocol, list(99, &[0; 8]), code).await?;
            }
            Method::ColumnsByRoot => self.columns(protocol, sample).await,
            Method::EnvelopesByRange => {
                self.fact(&of("there are envelopes"), !sample.envelopes.is_empty(), sample.envelopes.len());
                let last = sample.envelopes.last().map_or(first, |(slot, ..)| *slot);
                let ask = EnvelopesByRange::new(first, last.0.saturating_sub(first.0) + 1);
                self.same_unchecked(&of("those of the chain, in order"), &ask, ssz(&sample.envelopes)).await?;
                let end = self.items(ask).await;
                let holds = matches!(&end, Err(RequestError::Lie { .. }));
                self.fact(&of("our check finds their slot 0"), holds, format!("{:?}", end.map(|items| items.len())));
            }
            Method::EnvelopesByRoot => {
                let roots = sample.envelopes.iter().map(|(_, root, _)| *root).chain([NOBODY]);
                let ask = EnvelopesByRoot::new(roots);
                let fact = of("those of the chain, an unknown root left out");
                self.same_unchecked(&fact, &ask, ssz(&sample.envelopes)).await?;
            }
            Method::LightClientBootstrap => {
                let end = self.items(LightClientBootstrap::new(NOBODY)).await.map(|items| items.len());
                self.unavailable(protocol, end);
            }
            Method::LightClientUpdatesByRange => {
                let end = self.items(LightClientUpdatesByRange::new(0, 1)).await.map(|items| items.len());
                self.unavailable(protocol, end);
            }
            Method::LightClientFinalityUpdate => {
                let end = self.items(LightClientFinalityUpdate).await.map(|items| items.len());
                self.unavailable(protocol, end);
            }
            Method::LightClientOptimisticUpdate => {
                let end = self.items(LightClientOptimisticUpdate).await.map(|items| items.len());
                self.unavailable(protocol, end);
            }
            _ => self.fact(&of("we know how to ask"), false, "not asked"),
        }
        Ok(())
    }

    async fn columns(&mut self, protocol: Protocol, sample: &Sample) {
        let name = short(protocol);
        let Some((slot, root, columns)) = &sample.columns else {
            self.fact(&format!("{name}: there is a block with columns"), false, "none");
            return;
        };
        let all = columns.iter().map(|column| column.ssz.clone()).collect();
        let few = [0, 64, 127].iter().filter_map(|i| columns.get(*i)).map(|column| column.ssz.clone()).collect();
        if protocol.method() == Method::ColumnsByRange {
            let fact = format!("{name}: all 128 columns, as they came by gossip");
            self.same(&fact, ColumnsByRange::new(*slot, 1, 0..128), |c| &c.ssz, all).await;
            let fact = format!("{name}: three columns");
            self.same(&fact, ColumnsByRange::new(*slot, 1, [0, 64, 127]), |c| &c.ssz, few).await;
        } else {
            let fact = format!("{name}: three columns, an unknown root left out");
            let ask = ColumnsByRoot::new([(*root, vec![0, 64, 127]), (NOBODY, vec![1])]);
            self.same(&fact, ask, |c| &c.ssz, few).await;
        }
    }

    fn unavailable(&mut self, protocol: Protocol, end: Result<usize, RequestError>) {
        let code = match &end {
            Err(RequestError::Rpc(cl_rpc::RequestError::Refused { code, .. })) => Some(*code),
            _ => None,
        };
        let holds = code == Some(ErrorCode::RESOURCE_UNAVAILABLE);
        self.fact(&format!("{}: it keeps none, and says so by code 3", short(protocol)), holds, format!("{end:?}"));
    }
}

/// `beacon_blocks_by_range/2`
pub(crate) fn short(protocol: Protocol) -> String {
    protocol.id().trim_start_matches("/eth2/beacon_chain/req/").trim_end_matches("/ssz_snappy").to_owned()
}
