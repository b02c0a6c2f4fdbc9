//! The query manager: all wants declared at once.

use std::time::{Duration, Instant};

use cl_discovery::{Behaviour, Config, Discv5Directory, Event, QueryConfig, Want};
use futures::future::poll_fn;

use super::coverage::{Coverage, PEERS, wants};
use super::network::{Network, settings};
use super::{Error, Mark, Outcome, PATIENCE};

/// Most times that it is looked whether packets still come, three seconds apart.
const SETTLING: usize = 20;

/// What it took, and the packets of so long a time once all that is wanted is known.
pub(super) async fn run(network: &Network, idle: Duration) -> Result<(Outcome, u64), Error> {
    // Asks as on a public network, not as on one machine.
    let config = Config { boot_nodes: network.boot_nodes(), queries: QueryConfig::public(), ..settings() };
    let directory = Discv5Directory::of(network.searching_discv5().await?).await?;
    let mut coverage = Coverage::new(network);
    let (start, before) = (Instant::now(), network.counter.packets());
    let mark = || Mark { time: start.elapsed(), packets: network.counter.packets() - before };
    let mut discovery = Behaviour::new(config, directory, network.chain);
    discovery.set_slot(network.slot);
    // In full: that some of it does not exist is not known beforehand.
    discovery.set_wants(wants().into_iter().chain([Want::Peers(PEERS)]).collect());
    let (mut outcome, mut fifty) = (Outcome::default(), None);
    let deadline = (start + PATIENCE).into();
    while coverage.starving().next().is_some() || fifty.is_none() {
        match tokio::time::timeout_at(deadline, poll_fn(|cx| discovery.poll_event(cx))).await {
            Ok(Event::Discovered { record, .. }) => coverage.learn(&record),
            Ok(Event::QueryFinished { .. }) => outcome.queries += 1,
            Ok(_) => {}
            Err(_) => return Err(Error::Slow { missing: coverage.starving().count() }),
        }
        if coverage.peers() >= PEERS && fifty.is_none() {
            fifty = Some(mark());
        }
        // Of a small network there are not so many.
        if coverage.peers() == network.services().len() && fifty.is_none() {
            fifty = Some(mark());
        }
    }
    outcome.covered = mark();
    outcome.fifty = fifty.unwrap_or(outcome.covered);

    discovery.set_wants(coverage.attainable());
    // What is on its way comes in, or is given up.
    let mut before = network.counter.packets();
    for _ in 0..SETTLING {
        let _ = tokio::time::timeout(Duration::from_secs(3), drive(&mut discovery)).await;
        let now = network.counter.packets();
        if std::mem::replace(&mut before, now) == now {
            break;
        }
    }
    let _ = tokio::time::timeout(idle, drive(&mut discovery)).await;
    debug_assert_eq!(network.counter.strays(), 0);
    Ok((outcome, network.counter.packets() - before))
}

async fn drive(discovery: &mut Behaviour) {
    loop {
        poll_fn(|cx| discovery.poll_event(cx)).await;
    }
}
