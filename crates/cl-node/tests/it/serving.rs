//! What serving costs: one object besides the one that is written, however slowly a peer reads, and no more of it than the
//! configuration allows.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cl_node::ask::BlocksByRange;
use cl_node::store::{BlockPosition, ColumnSet, Extent};
use cl_node::{ChainStore, Config, MemoryStore, Node, Offered, StoredBlock};
use cl_rpc::{Limits, Pacing, Quota, Quotas, Request};
use cl_types::{ForkName, Method, Root, Slot};
use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::{SwarmBuilder, noise, tcp, yamux};

use crate::objects::plain_chain;
use crate::support::{DEADLINE, alone, introduce, quiet_chain, ready, start};

/// Bytes of each block.
const SIZE: usize = 300_000;
const BLOCKS: u64 = 60;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) alive: AtomicUsize,
    pub(crate) most: AtomicUsize,
    fetched: AtomicUsize,
}

/// A chain of large blocks, which counts how many of them are in use.
pub(crate) struct Counting {
    chain: MemoryStore,
    counts: Arc<Counts>,
    data: Bytes,
}

struct Counted(Bytes, Arc<Counts>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl ChainStore for Counting {
    fn chain(&self, slots: Range<Slot>) -> Vec<BlockPosition> {
        self.chain.chain(slots)
    }

    fn block(&self, root: Root) -> Option<StoredBlock> {
        let block = self.chain.block(root)?;
        let alive = self.counts.alive.fetch_add(1, Ordering::SeqCst) + 1;
        self.counts.most.fetch_max(alive, Ordering::SeqCst);
        self.counts.fetched.fetch_add(1, Ordering::SeqCst);
        let ssz = Bytes::from_owner(Counted(self.data.clone(), Arc::clone(&self.counts)));
        Some(StoredBlock { ssz, ..block })
    }

    fn extent(&self, genesis: Option<Root>, custody: ColumnSet) -> Option<Extent> {
        self.chain.extent(genesis, custody)
    }

    fn offer(&self, _: Offered) {}
}

/// Blocks from slot 9 on, and what is in use of them.
pub(crate) fn counting() -> (Counting, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let noise: Vec<u8> = (0..SIZE as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let store = Counting { chain: chain_of(9..9 + BLOCKS), counts: Arc::clone(&counts), data: noise.into() };
    (store, counts)
}

fn chain_of(slots: Range<u64>) -> MemoryStore {
    let store = MemoryStore::new();
    let fork_of = |slot| if slot < 8 { ForkName::Electra } else { ForkName::Fulu };
    plain_chain(slots, fork_of).into_iter().for_each(|block| store.offer(Offered::Block(block)));
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_stops_reading_costs_two_blocks_and_gets_the_rest_when_it_goes_on() {
    let network = quiet_chain();
    let schedule = Arc::new(network.schedule().unwrap());
    let (store, counts) = counting();
    let (node, _events) = Node::builder(alone(network)).chain_store(Arc::new(store)).spawn().await.unwrap();
    let info = node.info().await.unwrap();
    let address = cl_enr::multiaddrs(&info.record).into_iter().find(|a| a.to_string().contains("/tcp/")).unwrap();

    let config = cl_rpc::Config { pacing: Pacing::off(), ..cl_rpc::Config::default() };
    let mut reader = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| cl_rpc::Behaviour::new(config, schedule))
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    reader.dial(address).unwrap();
    let mut received = 0;
    let first = async {
        loop {
            match reader.select_next_some().await {
                SwarmEvent::ConnectionEstablished { .. } => {
                    let request = Request::blocks_by_range(Slot(9), BLOCKS).unwrap();
                    reader.behaviour_mut().send_request(info.peer, request);
                }
                SwarmEvent::Behaviour(cl_rpc::Event::Chunk { .. }) => break,
                _ => {}
            }
        }
    };
    tokio::time::timeout(DEADLINE, first).await.unwrap();
    received += 1;

    // Nobody polls the reader now: nothing is fetched any more as soon as the way to it is full.
    let start = Instant::now();
    let mut fetched = counts.fetched.load(Ordering::SeqCst);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = counts.fetched.load(Ordering::SeqCst);
        if std::mem::replace(&mut fetched, now) == now {
            break;
        }
        assert!(start.elapsed() < DEADLINE);
    }
    let alive = counts.alive.load(Ordering::SeqCst);
    assert!(alive <= 2, "{alive} are alive");
    assert!(fetched < usize::try_from(BLOCKS).unwrap(), "it was never slow");

    let rest = async {
        loop {
            match reader.select_next_some().await {
                SwarmEvent::Behaviour(cl_rpc::Event::Chunk { .. }) => received += 1,
                SwarmEvent::Behaviour(cl_rpc::Event::Done { .. }) => break,
                SwarmEvent::Behaviour(cl_rpc::Event::Failed { error, .. }) => panic!("{error}"),
                _ => {}
            }
        }
    };
    tokio::time::timeout(DEADLINE, rest).await.unwrap();
    assert_eq!(received, BLOCKS);
    assert!(counts.most.load(Ordering::SeqCst) <= 2, "{:?} at a time", counts.most);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_what_a_peer_may_have_and_answers_are_counted() {
    let mut quotas = Quotas::default();
    quotas
        .by_method
        .push((Method::BlocksByRange, Quota { chunks: 1, bytes: u64::MAX, per: Duration::from_millis(700) }));
    let (asking, mut events) = start(alone(quiet_chain())).await;
    let rpc_limits = Limits { quotas, ..Limits::default() };
    let config = Config { rpc_limits, ..alone(quiet_chain()) };
    let (serving, _events) = Node::builder(config).chain_store(Arc::new(chain_of(9..20))).spawn().await.unwrap();
    introduce(&asking, &serving).await;
    ready(&mut events).await;
    let peer = serving.info().await.unwrap().peer;
    let began = Instant::now();
    let blocks = asking.request(peer, BlocksByRange::new(Slot(9), 3)).await.unwrap().collect().await.unwrap();
    assert_eq!(blocks.len(), 3);
    assert!(began.elapsed() >= Duration::from_millis(1390), "{:?}", began.elapsed());

    // Three blocks, and the Status and MetaData of the handshake.
    let id = asking.info().await.unwrap().peer;
    let traffic = serving.explain(id).await.unwrap().unwrap().traffic;
    let bytes: usize = blocks.iter().map(|block| block.ssz.len()).sum();
    assert!(traffic.served.chunks >= 5, "{traffic:?}");
    assert!(traffic.served.bytes > bytes as u64 + 80, "{traffic:?}");
    for node in [asking, serving] {
        node.shutdown().await;
    }
}
