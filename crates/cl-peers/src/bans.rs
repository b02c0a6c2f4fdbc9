//! Bans of address ranges: by the operator, or because too many banned peers came from there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use libp2p_identity::PeerId;

use crate::lifecycle::BanWhy;
use crate::ranges::{Range, is_private};
use crate::time::later;

/// When neighbours of banned peers are banned too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Banned peers from one IPv4 address, or one /64 of IPv6, after which all of it is banned. Default 3; 0: never.
    pub per_host: usize,
    /// Banned peers from one /24 of IPv4, or one /48 of IPv6, after which all of it is banned. Default 8; 0: never.
    pub per_network: usize,
    /// Whether loopback and private ranges can be banned by these numbers. Default no: all of them may be one
    /// operator's nodes.
    pub private: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { per_host: 3, per_network: 8, private: false }
    }
}

/// Ranges remembered at most, banned ones and those under suspicion together.
pub const MAX_RANGES: usize = 1024;
/// Banned peers remembered per range; the thresholds are below.
const MAX_OFFENDERS: usize = 64;

/// One banned range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeBan {
    /// Which addresses.
    pub range: Range,
    /// Until when.
    pub until: Instant,
    /// Why.
    pub why: BanWhy,
}

/// The banned ranges, and what leads to more of them.
#[derive(Debug, Default)]
pub(crate) struct Bans {
    ranges: BTreeMap<Range, (Instant, BanWhy)>,
    /// The prefix lengths among them: few, so that an address is looked up and not compared with every range.
    lengths: BTreeSet<u8>,
    /// By range, who was banned there and until when.
    offenders: BTreeMap<Range, BTreeMap<PeerId, Instant>>,
}

impl Bans {
    /// The ban that an address falls under now, the longest one.
    pub(crate) fn of(&self, ip: IpAddr, now: Instant) -> Option<RangeBan> {
        let ranges = self.lengths.iter().map(|length| Range::new(ip, *length));
        let banned = ranges.filter_map(|range| self.ranges.get(&range).map(|(until, why)| (range, *until, *why)));
        let banned = banned.map(|(range, until, why)| RangeBan { range, until, why });
        banned.filter(|ban| now < ban.until).max_by_key(|ban| ban.until)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = RangeBan> {
        self.ranges.iter().map(|(range, (until, why))| RangeBan { range: *range, until: *until, why: *why })
    }

    /// Bans a range. A longer ban that is there stays. False if there are too many.
    pub(crate) fn ban(&mut self, ban: RangeBan, now: Instant) -> bool {
        if self.ranges.len() >= MAX_RANGES && !self.ranges.contains_key(&ban.range) {
            self.expire(now);
        }
        if self.ranges.len() >= MAX_RANGES && !self.ranges.contains_key(&ban.range) {
            return false;
        }
        let entry = self.ranges.entry(ban.range).or_insert((ban.until, ban.why));
        if entry.0 < ban.until {
            *entry = (ban.until, ban.why);
        }
        self.lengths.insert(ban.range.prefix());
        true
    }

    pub(crate) fn unban(&mut self, range: Range) -> bool {
        self.offenders.remove(&range);
        let removed = self.ranges.remove(&range).is_some();
        self.measure();
        removed
    }

    /// A peer at this address was banned for so long. Returns the ranges that are banned because of it.
    pub(crate) fn offence(
        &mut self,
        config: &Config,
        peer: PeerId,
        ip: IpAddr,
        wait: Duration,
        now: Instant,
    ) -> Vec<Range> {
        if is_private(ip) && !config.private {
            return Vec::new();
        }
        let until = later(now, wait);
        let rules = [(Range::host(ip), config.per_host), (Range::network(ip), config.per_network)];
        let mut banned = Vec::new();
        for (range, limit) in rules {
            if limit == 0 || (self.offenders.len() >= MAX_RANGES && !self.offenders.contains_key(&range)) {
                continue;
            }
            let peers = self.offenders.entry(range).or_default();
            peers.retain(|_, until| now < *until);
            if peers.len() < MAX_OFFENDERS {
                peers.insert(peer, until);
            }
            if peers.len() >= limit.min(MAX_OFFENDERS) && self.ban(RangeBan { range, until, why: BanWhy::Score }, now) {
                banned.push(range);
            }
        }
        banned
    }

    /// Forgets what is over.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.ranges.retain(|_, (until, _)| now < *until);
        self.offenders.retain(|_, peers| {
            peers.retain(|_, until| now < *until);
            !peers.is_empty()
        });
        self.measure();
    }

    fn measure(&mut self) {
        self.lengths = self.ranges.keys().map(Range::prefix).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::someone;

    const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn three_at_one_address_ban_it_and_eight_around_it_the_network() {
        let (config, now) = (Config::default(), Instant::now());
        let mut bans = Bans::default();
        let mut offence = |at: &str| bans.offence(&config, someone(), ip(at), HALF_AN_HOUR, now);
        assert!(offence("198.51.100.1").is_empty() && offence("198.51.100.1").is_empty());
        assert_eq!(offence("198.51.100.1"), [Range::host(ip("198.51.100.1"))]);
        for last in 2..6 {
            assert!(offence(&format!("198.51.100.{last}")).is_empty());
        }
        assert_eq!(offence("198.51.100.6"), [Range::network(ip("198.51.100.1"))]);
        assert!(bans.of(ip("198.51.100.200"), now).is_some() && bans.of(ip("198.51.101.1"), now).is_none());
        assert_eq!(bans.of(ip("198.51.100.200"), now + HALF_AN_HOUR), None, "it ends");
        bans.expire(now + HALF_AN_HOUR);
        assert!(bans.ranges.is_empty() && bans.offenders.is_empty());
    }

    #[test]
    fn the_same_peer_counts_once_and_an_old_ban_no_more() {
        let (config, now) = (Config::default(), Instant::now());
        let (mut bans, peer) = (Bans::default(), someone());
        for _ in 0..10 {
            assert!(bans.offence(&config, peer, ip("2001:db8::1"), HALF_AN_HOUR, now).is_empty());
        }
        bans.offence(&config, someone(), ip("2001:db8::2"), HALF_AN_HOUR, now);
        let next = now + HALF_AN_HOUR;
        assert!(bans.offence(&config, someone(), ip("2001:db8::3"), HALF_AN_HOUR, next).is_empty());
    }

    #[test]
    fn ones_own_network_is_exempt_unless_told_otherwise() {
        let now = Instant::now();
        for private in [false, true] {
            let config = Config { private, ..Config::default() };
            let mut bans = Bans::default();
            for _ in 0..20 {
                bans.offence(&config, someone(), ip("127.0.0.1"), HALF_AN_HOUR, now);
            }
            assert_eq!(bans.of(ip("127.0.0.1"), now).is_some(), private);
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let now = Instant::now();
        let mut bans = Bans::default();
        for i in 0..5000_u32 {
            let ip = IpAddr::V4((0x2000_0000 + i * 256).into());
            bans.offence(&Config::default(), someone(), ip, HALF_AN_HOUR, now);
            let ban = RangeBan { range: Range::network(ip), until: now + HALF_AN_HOUR, why: BanWhy::Operator };
            assert_eq!(bans.ban(ban, now), i < 1024);
        }
        assert!(bans.ranges.len() <= MAX_RANGES && bans.offenders.len() <= MAX_RANGES);
        assert!(bans.unban(Range::network(ip("32.0.0.0"))));
    }
}
