//! The choice against all choices, on small sets.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::coverage::{Want, Wanted};
use crate::subnets::Subnet;
use crate::testing::someone;

const COLUMNS: u8 = 5;

fn columns(bits: u8) -> Subnets {
    (0..COLUMNS).filter(|column| bits >> column & 1 == 1).map(Subnet::Column).collect()
}

fn coverage(wants: &[u16], offers: &[Subnets]) -> Coverage {
    let mut coverage = Coverage::default();
    let want = |(column, peers): (u8, &u16)| Want { subnet: Subnet::Column(column), peers: *peers, until: None };
    coverage.set(&Wanted { wants: (0..).zip(wants).map(want).collect(), ..Wanted::default() });
    coverage.recount(offers.iter().copied());
    coverage
}

fn candidate(start: Instant, age: u64, offer: Subnets, score: f64, outbound: bool) -> Candidate {
    Candidate {
        peer: someone(),
        offer,
        score,
        outbound,
        network: None,
        client: Kind::Unknown,
        since: start + Duration::from_secs(1000 - age),
    }
}

/// How many peers are missing, over all columns; `None` if a column lost its last peer.
fn shortage(wants: &[u16], before: &[Subnets], after: &[Subnets]) -> Option<u32> {
    let count = |offers: &[Subnets], column| offers.iter().filter(|o| o.contains(Subnet::Column(column))).count();
    let mut missing = 0;
    for (column, want) in (0..).zip(wants).filter(|(_, want)| **want > 0) {
        let after = count(after, column);
        if after == 0 && count(before, column) > 0 {
            return None;
        }
        missing += u32::from(*want).saturating_sub(u32::try_from(after).unwrap());
    }
    Some(missing)
}

/// The least shortage that any choice of `size` candidates leads to.
fn best_choice(wants: &[u16], all: &[Candidate], fixed: &[Subnets], size: usize, spare_outbound: usize) -> Option<u32> {
    let before: Vec<_> = all.iter().map(|c| c.offer).chain(fixed.iter().copied()).collect();
    let choices = (0..1_u32 << all.len()).filter(|choice| choice.count_ones() as usize == size);
    let shortages = choices.filter_map(|choice| {
        let goes = |at: usize| choice >> at & 1 == 1;
        let outbound = all.iter().enumerate().filter(|(at, c)| goes(*at) && c.outbound).count();
        let stay = all.iter().enumerate().filter(|(at, _)| !goes(*at)).map(|(_, c)| c.offer);
        let after: Vec<_> = stay.chain(fixed.iter().copied()).collect();
        (outbound <= spare_outbound).then(|| shortage(wants, &before, &after)).flatten()
    });
    shortages.min()
}

proptest! {
    #[test]
    fn coverage_never_suffers_where_another_choice_would_spare_it(
        wants in prop::collection::vec(0..4_u16, COLUMNS as usize),
        peers in prop::collection::vec((0..32_u8, -18..=0_i32, any::<bool>()), 1..8),
        fixed in prop::collection::vec(0..32_u8, 0..3),
        above_target in 0..5_usize,
        below_ceiling in 0..5_usize,
        spare_outbound in 0..4_usize,
    ) {
        let start = Instant::now();
        let all: Vec<_> = (0..).zip(&peers).map(|(age, (offer, score, outbound))| {
            candidate(start, age, columns(*offer), f64::from(*score), *outbound)
        }).collect();
        let fixed: Vec<_> = fixed.into_iter().map(columns).collect();
        let before: Vec<_> = all.iter().map(|c| c.offer).chain(fixed.iter().copied()).collect();
        let above_ceiling = above_target.saturating_sub(below_ceiling);
        let room = Room { above_target, above_ceiling, spare_outbound, at_once: 4 };
        let coverage = coverage(&wants, &before);

        let dropped = choose(all.clone(), &coverage, Crowd::default(), room);
        let goes = |c: &&Candidate| dropped.iter().any(|(peer, _)| *peer == c.peer);
        prop_assert!(dropped.len() <= above_target.min(4));
        prop_assert!(all.iter().filter(goes).filter(|c| c.outbound).count() <= spare_outbound);

        let rest: Vec<_> = all.iter().filter(|c| !goes(c)).cloned().collect();
        let after: Vec<_> = rest.iter().map(|c| c.offer).chain(fixed.iter().copied()).collect();
        let short = shortage(&wants, &before, &after);
        prop_assert!(short.is_some(), "the last peer of a column was dropped");
        let least = best_choice(&wants, &all, &fixed, dropped.len(), spare_outbound);
        prop_assert_eq!(short, least, "another choice of as many would have been better");
        let needed = short > shortage(&wants, &before, &before);
        prop_assert!(!needed || (above_ceiling > 0 && dropped.len() == 1), "needed peers go one by one, above the ceiling");

        // Nobody stays who could go for free.
        if dropped.len() < room.at_once.min(above_target) && !needed {
            let left = spare_outbound - all.iter().filter(goes).filter(|c| c.outbound).count();
            let next = best_choice(&wants, &rest, &fixed, 1, left);
            prop_assert!(next.is_none_or(|next| Some(next) > short), "somebody could still go for free");
        }
    }
}

#[test]
fn of_peers_that_nobody_misses_the_worst_goes_first() {
    let start = Instant::now();
    let network = |last: u8| Some(Range::network([203, 0, 113, last].into()));
    let mut all: Vec<_> = (0..6).map(|age| candidate(start, age, Subnets::NONE, 0.0, false)).collect();
    let [a, b, c, d, e, youngest] = [5, 4, 3, 2, 1, 0];
    all[a].score = -12.0;
    all[b].network = network(1);
    all[c].network = network(2);
    all[d].client = Kind::Lighthouse;
    all[e].offer = columns(1);
    let mut crowd = Crowd::default();
    all.iter().for_each(|c| crowd.add(c.network, c.client));
    (0..12).for_each(|_| crowd.add(None, Kind::Lighthouse));
    let coverage = coverage(&[1], &[columns(1), columns(1), columns(1)]);
    let room = Room { above_target: 9, above_ceiling: 0, spare_outbound: 0, at_once: 9 };
    let dropped = choose(all.clone(), &coverage, crowd, room);
    let order: Vec<_> =
        dropped.iter().map(|(peer, why)| (all.iter().position(|c| c.peer == *peer).unwrap(), *why)).collect();
    let expected = [
        (a, DropWhy::Score),
        (c, DropWhy::Crowded),
        (d, DropWhy::CommonClient),
        (youngest, DropWhy::Redundant),
        (b, DropWhy::Redundant),
        (e, DropWhy::Redundant),
    ];
    assert_eq!(order, expected);
}

#[test]
fn the_last_peer_of_a_wanted_column_stays_whatever_its_score() {
    let start = Instant::now();
    let only = candidate(start, 1, columns(1), -19.0, false);
    let other = candidate(start, 2, columns(2), 0.0, false);
    let coverage = coverage(&[1, 1], &[only.offer, other.offer]);
    let room = Room { above_target: 2, above_ceiling: 2, spare_outbound: 9, at_once: 4 };
    assert_eq!(choose(vec![only, other], &coverage, Crowd::default(), room), []);
}
