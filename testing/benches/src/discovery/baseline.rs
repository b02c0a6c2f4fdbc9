//! One lookup with a predicate for each starving subnet or column, three at a time, round after round until all are covered or
//! patience ends.

use std::collections::VecDeque;
use std::time::Instant;

use cl_discovery::{Services, Want};
use cl_enr::{NodeId, Record};
use discv5::Event;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::coverage::{Coverage, PEERS};
use super::network::Network;
use super::{Error, Mark, Outcome, PATIENCE};

/// Lookups at a time.
const PARALLEL: usize = 3;
/// Matching nodes after which a lookup ends.
const RESULTS: usize = 16;

pub(super) async fn run(network: &Network) -> Result<Outcome, Error> {
    let discv5 = network.searching_discv5().await?;
    let mut events = discv5.event_stream().await.map_err(|error| Error::Discv5(error.to_string()))?;
    let (mut coverage, mut overheard) = (Coverage::new(network), Coverage::new(network));
    let (start, before) = (Instant::now(), network.counter.packets());
    let mark = || Mark { time: start.elapsed(), packets: network.counter.packets() - before };
    let (mut outcome, mut fifty) = (Outcome::default(), None);
    let mut running = FuturesUnordered::new();
    let mut in_flight: Vec<Want> = Vec::new();
    // Each want that starves has its turn before any has its next.
    let mut round: VecDeque<Want> = VecDeque::new();
    loop {
        if coverage.peers() >= PEERS && fifty.is_none() {
            fifty = Some(mark());
        }
        while in_flight.len() < PARALLEL {
            if round.is_empty() {
                round = coverage.starving().filter(|want| !in_flight.contains(want)).cloned().collect();
            }
            let Some(want) = round.pop_front() else { break };
            // An earlier lookup of this round may have covered it.
            if !coverage.starving().any(|starving| *starving == want) {
                continue;
            }
            in_flight.push(want.clone());
            outcome.queries += 1;
            let (chain, wanted) = (network.chain, want.clone());
            let predicate = move |record: &Record| {
                chain.verdict(record).is_compatible() && wanted.is_served_by(&Services::of(record))
            };
            let lookup = discv5.find_node_predicate(NodeId::random(), Box::new(predicate), RESULTS);
            running.push(lookup.map(|found| (want, found)));
        }
        if in_flight.is_empty() {
            outcome.covered = mark();
            outcome.fifty = fifty.unwrap_or(outcome.covered);
            return Ok(outcome);
        }
        tokio::select! {
            Some((want, found)) = running.next() => {
                in_flight.retain(|other| *other != want);
                for record in found.map_err(|error| Error::Discv5(error.to_string()))? {
                    coverage.learn(&record);
                    overheard.learn(&record);
                }
            }
            Some(event) = events.recv() => {
                if let Event::Discovered(record) | Event::SessionEstablished(record, _) = event {
                    overheard.learn(&record);
                }
                // Cheap enough to look each time: once it is covered, no more.
                if outcome.overheard.is_none() && overheard.starving().next().is_none() {
                    outcome.overheard = Some(mark());
                }
            }
            () = tokio::time::sleep_until((start + PATIENCE).into()) => {
                // It may have much to go, and how long that takes is not known: what it took so far is a lower bound.
                outcome.covered = mark();
                outcome.fifty = fifty.unwrap_or(outcome.covered);
                outcome.left = coverage.starving().count();
                return Ok(outcome);
            }
        }
    }
}
