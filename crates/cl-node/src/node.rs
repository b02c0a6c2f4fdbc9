//! Starting a node.

use std::collections::HashMap;
#[cfg(feature = "upnp")]
use std::net::SocketAddrV4;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use cl_enr::Scope;
use cl_enr::local::{Addresses, Fork, Local, Ports};
use cl_enr::store::Store;
use cl_gossip::{Interests, Planner};
use cl_types::PresetId;
use cl_types::custody::{columns_of_group, custody_groups};
use cl_validation::Level;
use futures::StreamExt;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, Swarm, TransportError};
use prometheus_client::registry::Registry;
use tokio::sync::{broadcast, mpsc};

use crate::behaviour::Behaviour;
use crate::chain::{self, Chain, SharedView};
use crate::clock::unix_ms;
use crate::config::{Config, ConfigError};
use crate::error::StartError;
use crate::event::{Event, Events, SCHEMA};
use crate::handle::{COMMAND_CAPACITY, NodeHandle};
use crate::metrics::{Metrics, Server};
use crate::pool::{Limits, Pool};
use crate::relay::{RelayLevel, StructuralCheck};
use crate::service::{Company, Connections, Departures, Follow, Identity, Search, Service, identity, search, table};
use crate::status::{Chainless, StatusSource};
use crate::store::{ChainStore, ColumnSet, MemoryStore};
use crate::traffic::Meter;
use crate::transport;

/// How long a transport may take to listen.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections are closed by the peer manager alone, never for being quiet.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60 * 60 * 24);

/// Starts nodes.
#[derive(Debug)]
pub struct Node;

/// A node about to start, with the seams that a chain plugs into.
#[derive(Clone)]
pub struct Builder {
    config: Config,
    status_source: Option<Arc<dyn StatusSource>>,
    store: Arc<dyn ChainStore>,
    chain_view: Option<SharedView>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Node {
    /// Starts a node without a chain.
    pub async fn spawn(config: Config) -> Result<(NodeHandle, Events), StartError> {
        Self::builder(config).spawn().await
    }

    /// A node to which a chain can be attached.
    #[must_use]
    pub fn builder(config: Config) -> Builder {
        Builder { config, status_source: None, store: Arc::new(MemoryStore::new()), chain_view: None }
    }
}

impl Builder {
    /// Says what our Status is. Default: [`Chainless`], which knows the genesis block where the node has the genesis state.
    #[must_use]
    pub fn status_source(mut self, source: Arc<dyn StatusSource>) -> Self {
        self.status_source = Some(source);
        self
    }

    /// Says what we serve. Default: [`MemoryStore`].
    #[must_use]
    pub fn chain_store(mut self, store: Arc<dyn ChainStore>) -> Self {
        self.store = store;
        self
    }

    /// Says what messages are held against at [`RelayLevel::Full`]; other levels ask nothing. Default: a view made of
    /// [`Config::chain_state`] and the blocks that peers send.
    ///
    /// Whoever gives a chain keeps it current, for one with the blocks that arrive as events with the verdict
    /// [`Accept`](crate::Verdict::Accept). A message about a block that the chain does not know waits for it for three seconds.
    #[must_use]
    pub fn chain_view(mut self, chain: SharedView) -> Self {
        self.chain_view = Some(chain);
        self
    }

    /// Starts the node. When this returns, it listens on all its ports and its record is final.
    ///
    /// Needs a tokio runtime. Not cancel-safe: a dropped start may leave a key file behind, and nothing else.
    pub async fn spawn(self) -> Result<(NodeHandle, Events), StartError> {
        let Self { config, status_source, store, chain_view } = self;
        config.validate()?;
        let chain = match config.relay {
            RelayLevel::None | RelayLevel::Structure => None,
            RelayLevel::Stateless => Some(Chain::Nowhere),
            RelayLevel::Full => Some(chain(&config, chain_view).await?),
        };
        let genesis_block_root = chain.as_ref().and_then(Chain::genesis_root);
        let status_source = status_source.unwrap_or_else(|| Arc::new(Chainless { genesis_block_root }));
        let schedule = Arc::new(config.network.schedule()?);
        let clock = config.network.clock();
        let files = config.data_dir.as_deref().map(Store::open).transpose()?;
        let key = identity::key(config.key.as_ref(), files.as_ref())?;
        let saved = files.as_ref().map(Store::load).transpose()?.flatten();

        let keypair = key.to_libp2p();
        let meter = Meter::default();
        let transport = transport::build(&keypair, config.mplex, meter.clone())?;
        let mut gossip = cl_gossip::Behaviour::new(gossip_config(&config), Arc::clone(&schedule))?;
        let mut metrics = None;
        if let Some(address) = config.metrics {
            let mut registry = Registry::default();
            let ours = Metrics::new(&mut registry);
            gossip = gossip.with_metrics(registry.sub_registry_with_prefix("gossipsub"));
            metrics = Some((ours, Server::start(address, registry).await?));
        }
        let plan = schedule.plan(clock.slot_or_genesis(unix_ms()));
        let serve = schedule.offered(plan.slot).map(|row| row.protocol).collect();
        let rpc_config = cl_rpc::Config {
            serve,
            limits: config.rpc_limits.clone(),
            pacing: config.rpc_pacing.clone(),
            ..cl_rpc::Config::default()
        };
        let rpc = cl_rpc::Behaviour::new(rpc_config, Arc::clone(&schedule));
        let behaviour = Behaviour::new(&config, &keypair, gossip, rpc);
        let swarm_config = libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(IDLE_TIMEOUT);
        let mut swarm = Swarm::new(transport, behaviour, keypair.public().to_peer_id(), swarm_config);
        let listen = listen(&mut swarm, &config).await?;

        let planner = Planner::new(key.node_id(), schedule.preset(), interests(&config, key.node_id())?);
        let advertised = identity::advertised(&planner.advertised(plan.slot));
        let custody = custody(&config, key.node_id())?;
        let sockets = match config.discovery_port {
            Some(port) => Some(bind(&config, port)?),
            None => None,
        };
        let fork = Fork::at(&schedule, schedule.epoch_of(plan.slot));
        let addresses = addresses(&config, &listen, sockets.as_ref());
        let local = Local::new(key.clone(), addresses, fork, advertised, saved.as_ref(), unix_ms())?;
        let identity = Identity::new(local, files);
        identity.save()?;

        if let Some(sockets) = sockets {
            let (ports4, _) = ports(&listen, Some(&sockets));
            let chain = cl_discovery::Chain::at(&schedule, &plan);
            let settings = discovery_config(&config, schedule.preset());
            let mut discovery =
                cl_discovery::Behaviour::start(settings, sockets, &key, identity.record().clone(), chain).await?;
            map_ports(&config, ports4, &mut discovery);
            if let Some(files) = identity.store() {
                search::load(files, &mut discovery);
            }
            swarm.behaviour_mut().discovery = Toggle::from(Some(discovery));
        }

        let mut manager = cl_peers::Manager::new(cl_peers::Config {
            target_peers: config.target_peers,
            max_peers: config.max_peers,
            ..cl_peers::Config::new(*swarm.local_peer_id(), schedule.preset())
        });
        let now = std::time::Instant::now();
        for peer in &config.static_peers {
            manager.configure_static(peer.peer()?, peer.addresses(), now);
        }
        for peer in &config.trusted_peers {
            let id = peer.peer()?;
            manager.configure_trusted(id, now);
            if !peer.addresses().is_empty() {
                manager.add(id, peer.addresses(), now);
            }
        }
        if let Some(files) = identity.store() {
            table::load(files, &mut manager, now);
        }
        for peer in manager.trusted() {
            swarm.behaviour_mut().rpc.exempt(peer, true);
        }

        let pool = match chain {
            Some(chain) => Some(pool(&config, chain).map_err(StartError::Threads)?),
            None => None,
        };
        let (events, receiver) = broadcast::channel(config.event_capacity.max(1));
        let (commands, command_receiver) = mpsc::channel(COMMAND_CAPACITY);
        let handle = NodeHandle::new(commands, events.downgrade(), Arc::clone(&schedule), clock, meter);
        let started = Event::Started {
            schema: SCHEMA,
            peer: *swarm.local_peer_id(),
            enr: identity.record().to_base64(),
            listen: listen.clone(),
            network: config.network.config.name.clone(),
            relay: config.relay,
        };
        // The receiver above is there: nothing is lost.
        let _ = events.send(started);
        let service = Service {
            swarm,
            check: StructuralCheck::new(schedule.preset(), clock),
            pool,
            follow: Follow::default(),
            schedule,
            clock,
            plan,
            identity,
            manager,
            connections: Connections::default(),
            planner,
            departures: Departures::default(),
            relay: config.relay,
            genesis_block_root: status_source.genesis_block_root(),
            status_source,
            store,
            custody,
            serving: HashMap::new(),
            requests: HashMap::new(),
            listen,
            events,
            commands: command_receiver,
            shutdown_grace: config.shutdown_grace,
            table_saved: now,
            company: Company::default(),
            search: Search::new(now),
            metrics,
        };
        tokio::spawn(service.run());
        Ok((handle, Events::new(receiver)))
    }
}

/// What is judged against at [`RelayLevel::Full`].
async fn chain(config: &Config, view: Option<SharedView>) -> Result<Chain, StartError> {
    if let Some(view) = view {
        return Ok(Chain::Elsewhere(view));
    }
    let path = config.chain_state.clone().ok_or(StartError::NoChain)?;
    let network = config.network.clone();
    let read = tokio::task::spawn_blocking(move || chain::read_state(&path, &network)).await;
    let view = read.map_err(|error| StartError::Threads(std::io::Error::other(error)))??;
    Ok(Chain::Here(Box::new(view)))
}

fn pool(config: &Config, chain: Chain) -> std::io::Result<Pool> {
    let level = match config.relay {
        RelayLevel::Full => Level::Full,
        _ => Level::Stateless,
    };
    Pool::start(cl_validation::Config::new(&config.network, level), chain, Limits::default())
}

fn gossip_config(config: &Config) -> cl_gossip::Config {
    let mut gossip = cl_gossip::Config::for_slot(Duration::from_millis(config.network.config.slot_duration_ms));
    gossip.validators = config.validators;
    gossip
}

fn interests(config: &Config, node_id: [u8; 32]) -> Result<Interests, ConfigError> {
    let groups = config.custody_group_count;
    let mut interests = Interests::of_node(node_id, groups).map_err(|_| ConfigError::CustodyGroupCount(groups))?;
    interests.all_subnets = config.all_subnets;
    interests.all_columns = config.all_columns;
    Ok(interests)
}

/// The columns of the groups that the record names.
fn custody(config: &Config, node_id: [u8; 32]) -> Result<ColumnSet, ConfigError> {
    let count = config.custody_group_count;
    let groups = custody_groups(node_id, count).map_err(|_| ConfigError::CustodyGroupCount(count))?;
    Ok(groups.into_iter().flat_map(columns_of_group).collect())
}

/// Listens on every transport that the configuration asks for, and waits until each says where.
async fn listen(swarm: &mut Swarm<Behaviour>, config: &Config) -> Result<Vec<Multiaddr>, StartError> {
    let mut wanted = Vec::new();
    for ip in [Some(config.listen_address), config.listen_address6.map(IpAddr::V6)].into_iter().flatten() {
        let ip = Multiaddr::from(ip);
        if let Some(port) = config.quic_port {
            wanted.push((ip.clone().with(Protocol::Udp(port)).with(Protocol::QuicV1), "--quic-port"));
        }
        if let Some(port) = config.tcp_port {
            wanted.push((ip.with(Protocol::Tcp(port)), "--port"));
        }
    }
    let mut pending = HashMap::new();
    for (address, flag) in wanted {
        match swarm.listen_on(address.clone()) {
            Ok(id) => pending.insert(id, address),
            Err(TransportError::Other(source)) => return Err(StartError::Listen { address, flag, source }),
            Err(TransportError::MultiaddrNotSupported(address)) => {
                let source = std::io::Error::from(std::io::ErrorKind::Unsupported);
                return Err(StartError::Listen { address, flag, source });
            }
        };
    }
    let mut listening = Vec::new();
    let deadline = tokio::time::Instant::now() + LISTEN_TIMEOUT;
    while !pending.is_empty() {
        let event = tokio::time::timeout_at(deadline, swarm.select_next_some()).await;
        match event {
            Ok(SwarmEvent::NewListenAddr { listener_id, address }) => {
                pending.remove(&listener_id);
                listening.push(address);
            }
            Ok(_) => {}
            Err(_) => {
                let late = pending.into_values().next().unwrap_or_else(Multiaddr::empty);
                return Err(StartError::ListenTimeout(late));
            }
        }
    }
    Ok(listening)
}

/// discv5's sockets: one for each family that we listen on.
fn bind(config: &Config, port: u16) -> Result<cl_discovery::Sockets, cl_discovery::StartError> {
    let second = config.listen_address6.map(|ip| SocketAddrV6::new(ip, port, 0, 0));
    match SocketAddr::new(config.listen_address, port) {
        SocketAddr::V4(first) => cl_discovery::Sockets::bind(Some(first), second),
        SocketAddr::V6(only) => cl_discovery::Sockets::bind(None, Some(only)),
    }
}

/// The ports that we listen on, for IPv4 and IPv6.
fn ports(listen: &[Multiaddr], sockets: Option<&cl_discovery::Sockets>) -> (Ports, Ports) {
    let (mut ports4, mut ports6) = (Ports::default(), Ports::default());
    ports4.udp = sockets.and_then(cl_discovery::Sockets::ip4).map(|at| at.port());
    ports6.udp = sockets.and_then(cl_discovery::Sockets::ip6).map(|at| at.port());
    for address in listen {
        let is_ip6 = matches!(address.iter().next(), Some(Protocol::Ip6(_)));
        let ports = if is_ip6 { &mut ports6 } else { &mut ports4 };
        match address.iter().nth(1) {
            Some(Protocol::Tcp(port)) => ports.tcp = Some(port),
            Some(Protocol::Udp(port)) => ports.quic = Some(port),
            _ => {}
        }
    }
    (ports4, ports6)
}

/// Has the gateway lead others to the IPv4 ports that we listen on.
#[cfg(feature = "upnp")]
fn map_ports(config: &Config, ports: Ports, discovery: &mut cl_discovery::Behaviour) {
    use cl_discovery::portmap::{Mapper, SearchFrom, Service, Settings, Upnp, Wanted};

    let Some(ip) = config.listen_address4().filter(|_| config.upnp) else { return };
    let services = [(Service::Discovery, ports.udp), (Service::Tcp, ports.tcp), (Service::Quic, ports.quic)];
    let wanted = services.into_iter().filter_map(|(service, port)| {
        let local = SocketAddrV4::new(ip, port?);
        Some(Wanted { service, local })
    });
    let search = SearchFrom { from: SocketAddr::from((ip, 0)), ..SearchFrom::default() };
    discovery.map_ports(Mapper::start(Upnp::new(search), Settings::default(), wanted));
}

/// Refused by [`Config::validate`] already.
#[cfg(not(feature = "upnp"))]
fn map_ports(_: &Config, _: Ports, _: &mut cl_discovery::Behaviour) {}

/// What the record says of where we are, in each family: the external address, else the listen address if it is a specific
/// one. Ports stand there in any case: discovery adds the address when it learns it.
fn addresses(config: &Config, listen: &[Multiaddr], sockets: Option<&cl_discovery::Sockets>) -> Addresses {
    let given = config.external_address.into_iter().chain(config.external_address6.map(IpAddr::V6));
    let specific = [Some(config.listen_address), config.listen_address6.map(IpAddr::V6)];
    let specific = specific.into_iter().flatten().filter(|ip| !ip.is_unspecified());
    let mut addresses = Addresses::default();
    for ip in given.chain(specific) {
        match ip {
            IpAddr::V4(ip) => addresses.ip4 = addresses.ip4.or(Some(ip)),
            IpAddr::V6(ip) => addresses.ip6 = addresses.ip6.or(Some(ip)),
        }
    }
    (addresses.ports4, addresses.ports6) = ports(listen, sockets);
    // Somebody else may have opened the way for IPv4 to a node that listens on IPv6, or the other way round.
    if addresses.ip4.is_some() && addresses.ports4 == Ports::default() {
        addresses.ports4 = addresses.ports6;
    }
    if addresses.ip6.is_some() && addresses.ports6 == Ports::default() {
        addresses.ports6 = addresses.ports4;
    }
    // With addresses given nothing is learnt: ports alone would be of no use.
    if config.external_address.is_some() || config.external_address6.is_some() {
        if addresses.ip4.is_none() {
            addresses.ports4 = Ports::default();
        }
        if addresses.ip6.is_none() {
            addresses.ports6 = Ports::default();
        }
    }
    addresses
}

/// On loopback everybody shares one address and nothing has to be learned: look often. Elsewhere be a good neighbour, and
/// take private addresses only where we, or the boot nodes, have one.
fn discovery_config(config: &Config, preset: PresetId) -> cl_discovery::Config {
    let boot_nodes = config.boot_nodes.clone();
    let texts = &config.network.boot_nodes;
    let settings = if config.listen_address.is_loopback() {
        cl_discovery::Config::local(boot_nodes)
    } else {
        let all = boot_nodes.iter().cloned().chain(texts.iter().filter_map(|text| cl_enr::parse(text).ok()));
        let ours = config.external_address.unwrap_or(config.listen_address);
        let is_private = matches!(Scope::of(ours), Scope::Machine | Scope::Site);
        let settings = if is_private {
            cl_discovery::Config::private(boot_nodes.clone())
        } else {
            cl_discovery::Config::by_boot_nodes(all.collect())
        };
        // discv5 learns both families or none.
        let learn_address = config.external_address.is_none() && config.external_address6.is_none();
        cl_discovery::Config { boot_nodes, learn_address, ..settings }
    };
    cl_discovery::Config { boot_texts: texts.clone(), preset, ..settings }
}
