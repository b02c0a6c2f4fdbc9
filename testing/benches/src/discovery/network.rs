//! Real discv5 nodes on loopback with records like those of mainnet, and tables as a node has that has been there for long.
//!
//! Everything but ports is decided by a seed. Nobody but the searching node asks anything: its record names no address, like
//! that of any new node, so nobody takes it into a table, and all packets are its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use cl_discovery::{Chain, Config, Services};
use cl_enr::{Fork, Key, Passed, Record, fields};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::subnets::subscribed_subnets;
use cl_types::{Epoch, Network as Known, PresetId, Slot};
use discv5::{Discv5, ListenConfig};
use sha2::{Digest, Sha256};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::Error;
use super::relay::{Counter, relay};

/// When it all takes place.
const EPOCH: Epoch = Epoch(420_000);
/// Records of one bucket of a table.
const BUCKET: usize = 16;
/// Boot nodes that the searching node knows.
const BOOT_NODES: usize = 3;

/// The nodes, and what the searching node starts with.
pub(super) struct Network {
    nodes: Vec<Discv5>,
    _relays: JoinSet<()>,
    pub(super) records: Vec<Record>,
    pub(super) counter: Arc<Counter>,
    pub(super) chain: Chain,
    pub(super) slot: Slot,
    pub(super) key: Key,
    /// The searching node's own record, without an address.
    pub(super) record: Record,
    pub(super) socket: Arc<UdpSocket>,
}

/// Numbers that a seed decides.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }
}

impl Network {
    /// Starts so many nodes, 15 of 100 on another fork.
    pub(super) async fn start(size: usize, seed: u64) -> Result<Self, Error> {
        let schedule = Known::named("mainnet").map_err(|_| Error::Schedule)?.schedule().map_err(|_| Error::Schedule)?;
        let here = Fork::at(&schedule, EPOCH);
        let other = Fork { id: cl_types::EnrForkId { fork_digest: cl_types::ForkDigest([9; 4]), ..here.id }, ..here };
        let chain = Chain { fork: Fork { passed: Passed::default(), ..here }, tolerated: None };
        let mut random = Random(seed);

        let socket = bind().await?;
        let searcher = socket.local_addr()?;
        let key = key(seed, 0)?;
        let record = record(&key, None, &here, 4, false)?;
        let counter = Arc::new(Counter::default());
        let (mut nodes, mut records, mut relays) = (Vec::new(), Vec::new(), JoinSet::new());
        for number in 1..=size {
            let key = self::key(seed, number)?;
            let (behind, front) = (bind().await?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
            let fork = if random.next() % 100 < 15 { &other } else { &here };
            let cgc = match random.next() % 100 {
                0..65 => 4,
                65..92 => 8,
                _ => 128,
            };
            let has_sync = random.next() % 100 < 8;
            let record = self::record(&key, Some(front.local_addr()?), fork, cgc, has_sync)?;
            relays.spawn(relay(front, behind.local_addr()?, searcher, Arc::clone(&counter)));
            nodes.push(start(&settings(), &key, &record, behind).await?);
            records.push(record);
        }
        let network = Self {
            nodes,
            _relays: relays,
            records,
            counter,
            chain,
            slot: Slot(EPOCH.0 * PresetId::Mainnet.slots_per_epoch()),
            key,
            record,
            socket,
        };
        network.fill_tables(&mut random);
        Ok(network)
    }

    /// Those that the searching node knows from the start.
    pub(super) fn boot_nodes(&self) -> Vec<Record> {
        self.records.iter().take(BOOT_NODES).cloned().collect()
    }

    /// Whether a record is of our fork.
    pub(super) fn is_compatible(&self, record: &Record) -> bool {
        self.chain.verdict(record).is_compatible()
    }

    /// What all compatible nodes serve.
    pub(super) fn services(&self) -> Vec<Services> {
        self.records.iter().filter(|record| self.is_compatible(record)).map(Services::of).collect()
    }

    /// discv5 of the searching node, for who runs it by itself.
    pub(super) async fn searching_discv5(&self) -> Result<Discv5, Error> {
        let discv5 = start(&settings(), &self.key, &self.record, Arc::clone(&self.socket)).await?;
        for record in self.boot_nodes() {
            discv5.add_enr(record).map_err(|error| Error::Discv5(error.to_owned()))?;
        }
        Ok(discv5)
    }

    /// A random 16 of each distance.
    fn fill_tables(&self, random: &mut Random) {
        let mut order: Vec<&Record> = self.records.iter().collect();
        for node in &self.nodes {
            for at in (1..order.len()).rev() {
                order.swap(at, random.below(at + 1));
            }
            let own = discv5::Key::from(node.local_enr().node_id());
            let mut filled = [0_usize; 257];
            for record in &order {
                let distance = own.log2_distance(&discv5::Key::from(record.node_id())).unwrap_or_default();
                let Some(count) = usize::try_from(distance).ok().and_then(|at| filled.get_mut(at)) else { continue };
                if distance > 0 && *count < BUCKET && node.add_enr((*record).clone()).is_ok() {
                    *count += 1;
                }
            }
        }
    }
}

/// The same for everybody, and for both sides.
pub(super) fn settings() -> Config {
    Config { ping_interval: std::time::Duration::from_secs(300), ..Config::local(Vec::new()) }
}

async fn start(settings: &Config, key: &Key, record: &Record, socket: Arc<UdpSocket>) -> Result<Discv5, Error> {
    let listen = ListenConfig::FromSockets { ipv4: Some(socket), ipv6: None };
    let mut discv5 = Discv5::new(record.clone(), key.to_combined(), settings.discv5(listen))
        .map_err(|error| Error::Discv5(error.to_owned()))?;
    discv5.start().await.map_err(|error| Error::Discv5(error.to_string()))?;
    Ok(discv5)
}

async fn bind() -> Result<Arc<UdpSocket>, Error> {
    Ok(Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?))
}

fn key(seed: u64, number: usize) -> Result<Key, Error> {
    let digest: [u8; 32] = Sha256::digest(format!("node {number} of network {seed}")).into();
    Key::from_bytes(digest).map_err(|_| Error::Record)
}

/// Some 190 bytes, as on mainnet.
fn record(key: &Key, at: Option<SocketAddr>, fork: &Fork, cgc: u64, has_sync: bool) -> Result<Record, Error> {
    let (mut attnets, mut syncnets) = (Attnets::new(), Syncnets::new());
    for subnet in subscribed_subnets(key.node_id(), EPOCH, PresetId::Mainnet) {
        attnets.set(usize::try_from(subnet).map_err(|_| Error::Record)?, true).map_err(|_| Error::Record)?;
    }
    if has_sync {
        syncnets.set(usize::from(key.node_id()[31] % 4), true).map_err(|_| Error::Record)?;
    }
    let mut builder = Record::builder();
    if let Some(SocketAddr::V4(at)) = at {
        builder.ip4(*at.ip()).udp4(at.port()).tcp4(at.port());
        fields::add_quic4(&mut builder, 9001);
    }
    fields::add_eth2(&mut builder, &fork.id);
    fields::add_next_fork_digest(&mut builder, fork.next_digest);
    fields::add_attnets(&mut builder, &attnets);
    fields::add_syncnets(&mut builder, &syncnets);
    fields::add_custody_group_count(&mut builder, cgc);
    builder.build(&key.to_combined()).map_err(|_| Error::Record)
}
