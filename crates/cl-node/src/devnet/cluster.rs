//! The nodes of a devnet.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use cl_peers::Explanation;
use cl_types::custody::sampled_columns;
use futures::future::join_all;
use libp2p::PeerId;

use super::chain::Chain;
use super::options::Options;
use super::run::Error;
use super::tally::columns::ColumnSet;
use crate::status::Chainless;
use crate::traffic::Traffic;
use crate::{Config, Events, Node, NodeHandle, RelayLevel};

/// A running node.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) handle: NodeHandle,
    pub(crate) peer: PeerId,
    /// The columns that it has to have.
    pub(crate) custody: ColumnSet,
}

/// What a node says of itself when asked.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) meshes: Vec<(cl_gossip::Topic, usize)>,
    pub(crate) traffic: Traffic,
    pub(crate) head: cl_types::Slot,
}

/// Starts all nodes, the first one first: the others know its record, and nothing else.
pub(crate) async fn start(options: &Options, chain: &Chain) -> Result<Vec<(Member, Events)>, Error> {
    let mut started: Vec<(Member, Events)> = Vec::with_capacity(options.nodes);
    for index in 0..options.nodes {
        let first = started.first().map(|(first, _)| first);
        let one = start_one(first, index, options.isolate_node == Some(index), options.relay, chain).await?;
        started.push(one);
    }
    Ok(started)
}

/// Starts one node, which is told of `first` alone.
pub(crate) async fn start_one(
    first: Option<&Member>,
    index: usize,
    is_isolated: bool,
    relay: RelayLevel,
    chain: &Chain,
) -> Result<(Member, Events), Error> {
    let boot = match first {
        Some(first) => vec![first.handle.info().await?.record],
        None => Vec::new(),
    };
    let mut config = Config {
        boot_nodes: boot,
        all_subnets: true,
        all_columns: true,
        relay,
        ..Config::loopback(chain.network.clone())
    };
    debug_assert_eq!(config.listen_address, IpAddr::V4(Ipv4Addr::LOCALHOST));
    let groups = config.custody_group_count;
    if is_isolated {
        // Neither discv5 nor QUIC: no packet over UDP comes or goes.
        config.discovery_port = None;
        config.quic_port = None;
    }
    let status = Chainless { genesis_block_root: Some(chain.genesis_block_root) };
    let builder = Node::builder(config).status_source(Arc::new(status));
    let (handle, events) =
        builder.spawn().await.map_err(|source| Error::Start { node: index, source: Box::new(source) })?;
    let peer = handle.info().await?.peer;
    let custody = custody(peer, groups);
    Ok((Member { handle, peer, custody }, events))
}

/// The columns that a node with so many custody groups samples.
fn custody(peer: PeerId, groups: u64) -> ColumnSet {
    let columns = cl_enr::node_id_of(&peer).and_then(|node_id| sampled_columns(node_id, groups).ok());
    columns.into_iter().flatten().collect()
}

/// Asks every node. `None` for one that has ended.
pub(crate) async fn snapshots(members: &[Member]) -> Vec<Option<Snapshot>> {
    join_all(members.iter().map(|member| snapshot(&member.handle))).await
}

async fn snapshot(handle: &NodeHandle) -> Option<Snapshot> {
    let meshes = handle.meshes().await.ok()?;
    let head = handle.info().await.ok()?.status.head_slot;
    Some(Snapshot { meshes, traffic: handle.traffic(), head })
}

/// Why the peers of the first node are where they are.
pub(crate) async fn explain(members: &[Member], liar: Option<&Member>) -> Vec<Explanation> {
    let Some((first, others)) = members.split_first() else { return Vec::new() };
    let explained = join_all(others.iter().chain(liar).map(|other| first.handle.explain(other.peer))).await;
    explained.into_iter().filter_map(|explanation| explanation.ok().flatten()).collect()
}

/// Ends all nodes.
pub(crate) async fn stop(members: &[Member]) {
    join_all(members.iter().map(|member| member.handle.shutdown())).await;
}
