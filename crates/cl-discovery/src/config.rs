//! Settings of discovery, and what discv5 is set to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use cl_enr::Record;
use discv5::{ConfigBuilder, ListenConfig, PermitBanList};

use crate::query::QueryConfig;

/// Settings of discovery. See [`Config::public`] and [`Config::local`] for the two usual ones.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to begin. They are asked, and reported like any other record.
    pub boot_nodes: Vec<Record>,
    /// When to look.
    pub queries: QueryConfig,
    /// Let peers tell our external address, and put it into our record. Off if the operator named one.
    pub learn_address: bool,
    /// Most records of compatible nodes in memory. One costs about 1 KiB.
    pub max_records: usize,
    /// Most records of other nodes in memory: they are kept to report each only once.
    pub max_refused: usize,
    /// A compatible record that is found again is reported again after this time.
    pub renew_after: Duration,
    /// Between pings of discv5 to each node of its table; each ping carries our record's counter.
    pub ping_interval: Duration,
}

impl Config {
    /// For public networks: 4096 records, about 5 MiB at most.
    #[must_use]
    pub fn public(boot_nodes: Vec<Record>) -> Self {
        Self {
            boot_nodes,
            queries: QueryConfig::public(),
            learn_address: true,
            max_records: 4096,
            max_refused: 1024,
            renew_after: Duration::from_secs(60),
            ping_interval: Duration::from_secs(300),
        }
    }

    /// For devnets on one machine: looks often, keeps its configured address.
    #[must_use]
    pub fn local(boot_nodes: Vec<Record>) -> Self {
        Self {
            queries: QueryConfig::local(),
            learn_address: false,
            renew_after: Duration::from_secs(5),
            ping_interval: Duration::from_secs(10),
            ..Self::public(boot_nodes)
        }
    }

    pub(crate) fn discv5(&self, listen: ListenConfig) -> discv5::Config {
        let mut config = ConfigBuilder::new(listen);
        config
            // A lookup that takes longer is of no use: the next one starts elsewhere.
            .query_timeout(Duration::from_secs(20))
            .ping_interval(self.ping_interval)
            // The list is shared by the whole process. Where many nodes share one address, one bad answer would
            // silence all of them.
            .permit_ban_list(PermitBanList {
                permit_ips: [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].into(),
                ..PermitBanList::default()
            })
            // Elsewhere a ban ends at the next sweep, each five minutes. `None` would mean for ever.
            .ban_duration(Some(Duration::ZERO));
        // The packet filter and the limit of nodes by subnet stay off: both count by address, and devnets have one.
        if !self.learn_address {
            config.disable_enr_update();
        }
        config.build()
    }
}
