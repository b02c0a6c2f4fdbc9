//! Settings of discovery, and what discv5 is set to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use cl_enr::{Record, Scope, fields};
use cl_types::PresetId;
use discv5::{ConfigBuilder, ListenConfig, PermitBanList, RateLimiterBuilder};

use crate::cache::CacheConfig;
use crate::query::QueryConfig;

/// Fewest peers that must agree on our address. discv5 takes no less than 2.
const MIN_VOTES: usize = 2;

/// Settings of discovery. See [`Config::public`] and [`Config::local`] for the two usual ones.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to begin. They are asked, and reported like any other record.
    pub boot_nodes: Vec<Record>,
    /// More of them, as text. Those that cannot be read are reported as [`Event::BootNode`](crate::Event::BootNode).
    pub boot_texts: Vec<String>,
    /// Decides which subnets a node id has.
    pub preset: PresetId,
    /// How often and how much to ask.
    pub queries: QueryConfig,
    /// What is remembered.
    pub cache: CacheConfig,
    /// Let peers tell our external address, and put it into our record. Off if the operator named one.
    pub learn_address: bool,
    /// How many peers must agree on our address, in each family by itself. At least 2.
    pub votes: usize,
    /// Between pings of discv5 to each node of its table; each ping carries our record's counter.
    pub ping_interval: Duration,
    /// Most requests of others that are answered in a second, all together. `None`: all.
    pub requests_per_second: Option<u64>,
    /// Hold at most ten nodes of a /24 in the routing table, and two in a bucket.
    pub limit_table_by_network: bool,
}

impl Config {
    /// For public networks: private addresses are dropped, at most 100 questions a second in either direction.
    #[must_use]
    pub fn public(boot_nodes: Vec<Record>) -> Self {
        Self {
            boot_nodes,
            boot_texts: Vec::new(),
            preset: PresetId::Mainnet,
            queries: QueryConfig::public(),
            cache: CacheConfig::new(Scope::Public),
            learn_address: true,
            votes: 10,
            ping_interval: Duration::from_secs(300),
            requests_per_second: Some(100),
            limit_table_by_network: true,
        }
    }

    /// For devnets in one house, where addresses are private: like [`Self::public`] without limits by address.
    #[must_use]
    pub fn private(boot_nodes: Vec<Record>) -> Self {
        Self {
            cache: CacheConfig::new(Scope::Machine),
            requests_per_second: None,
            limit_table_by_network: false,
            votes: 3,
            ..Self::public(boot_nodes)
        }
    }

    /// For devnets on one machine: looks often, keeps its configured address.
    #[must_use]
    pub fn local(boot_nodes: Vec<Record>) -> Self {
        Self {
            queries: QueryConfig::local(),
            learn_address: false,
            cache: CacheConfig { renew_after: Duration::from_secs(5), ..CacheConfig::new(Scope::Machine) },
            ping_interval: Duration::from_secs(10),
            ..Self::private(boot_nodes)
        }
    }

    /// [`Self::public`] if there are boot nodes and all have public addresses, else [`Self::private`].
    #[must_use]
    pub fn by_boot_nodes(boot_nodes: Vec<Record>) -> Self {
        let ips = |record: &Record| {
            let (ip4, ip6) = (fields::ip4(record).ok().flatten(), fields::ip6(record).ok().flatten());
            ip4.map(IpAddr::V4).into_iter().chain(ip6.map(IpAddr::V6)).collect::<Vec<_>>()
        };
        let ips: Vec<IpAddr> = boot_nodes.iter().flat_map(ips).collect();
        if !ips.is_empty() && ips.into_iter().all(|ip| Scope::of(ip) == Scope::Public) {
            Self::public(boot_nodes)
        } else {
            Self::private(boot_nodes)
        }
    }

    /// What discv5 is set to, for those who run it by themselves.
    #[must_use]
    pub fn discv5(&self, listen: ListenConfig) -> discv5::Config {
        let mut config = ConfigBuilder::new(listen);
        config
            // A lookup that takes longer is of no use: the next one starts elsewhere.
            .query_timeout(Duration::from_secs(20))
            .ping_interval(self.ping_interval)
            .enr_peer_update_min(self.votes.max(MIN_VOTES))
            // The list is shared by the whole process. Where many nodes share one address, one bad answer would
            // silence all of them.
            .permit_ban_list(PermitBanList {
                permit_ips: [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].into(),
                ..PermitBanList::default()
            })
            // Elsewhere a ban ends at the next sweep, each five minutes. `None` would mean for ever.
            .ban_duration(Some(Duration::ZERO));
        if let Some(requests) = self.requests_per_second {
            // A limit of all requests is this node's own. Limits by address or node would fill the list above.
            let limiter = RateLimiterBuilder::new().total_n_every(requests.max(1), Duration::from_secs(1)).build();
            config.enable_packet_filter().filter_rate_limiter(limiter.ok());
            config.filter_max_nodes_per_ip(None).filter_max_bans_per_ip(None);
        }
        if self.limit_table_by_network {
            config.ip_limit();
        }
        if !self.learn_address {
            config.disable_enr_update();
        }
        config.build()
    }
}
