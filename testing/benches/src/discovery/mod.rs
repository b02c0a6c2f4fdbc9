//! What it takes to cover all subnets and columns, against one lookup for each of them, in a network of real discv5 nodes on
//! loopback.
//!
//! `cargo run --release -p cl-benches -- discovery [nodes] [seeds]`; by default 320 nodes and five seeds.

mod baseline;
mod coverage;
mod network;
mod ours;
mod relay;
mod table;

use std::time::Duration;

use network::Network;

/// Longest run of either side. The baseline is cut short there; ours must not need it.
const PATIENCE: Duration = Duration::from_secs(180);

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No runtime, or a socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A number cannot be read.
    #[error("usage: discovery [nodes] [seeds]: {0}")]
    Usage(#[from] std::num::ParseIntError),
    /// The network is not embedded.
    #[error("mainnet has no schedule")]
    Schedule,
    /// A key or record cannot be made.
    #[error("a record cannot be made")]
    Record,
    /// discv5 does not start.
    #[error("discv5 does not start: {0}")]
    Discv5(String),
    /// Our side does not start.
    #[error(transparent)]
    Start(#[from] cl_discovery::StartError),
    /// A want was refused.
    #[error(transparent)]
    Want(#[from] cl_discovery::WantError),
    /// Ours did not cover everything in time.
    #[error("not everything was covered within {PATIENCE:?}: {missing} subnets and columns are left")]
    Slow {
        /// What is left.
        missing: usize,
    },
}

/// When something was reached.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    time: Duration,
    packets: u64,
}

/// What one side took.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    /// Fifty compatible peers are known.
    fifty: Mark,
    /// Everything is covered, or patience has ended.
    covered: Mark,
    /// Subnets and columns that were not covered by then.
    left: usize,
    /// The same, if what is overheard on the way counts too. For the baseline alone.
    overheard: Option<Mark>,
    /// Questions and lookups.
    queries: usize,
}

/// Measures and prints the table.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<(), Error> {
    let mut numbers = arguments.map(|text| text.parse::<usize>());
    let size = numbers.next().transpose()?.unwrap_or(320);
    let seeds = numbers.next().transpose()?.unwrap_or(5);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut runs = Vec::new();
    for seed in 1..=seeds {
        let seed = u64::try_from(seed).unwrap_or(u64::MAX);
        let baseline = runtime.block_on(async {
            let network = Network::start(size, seed).await?;
            baseline::run(&network).await
        })?;
        let (ours, idle) = runtime.block_on(async {
            let network = Network::start(size, seed).await?;
            ours::run(&network, Duration::from_secs(10)).await
        })?;
        eprintln!("seed {seed}: baseline {baseline:?}, ours {ours:?}, {idle} packets while idle");
        runs.push((baseline, ours, idle));
    }
    table::print(size, &runs);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of speed, so that it holds on any machine: both sides get there, and ours is silent afterwards.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_small_network_is_covered_by_either_side() {
        let network = Network::start(50, 7).await.unwrap();
        let (ours, idle) = ours::run(&network, Duration::from_secs(2)).await.unwrap();
        assert!(ours.covered.packets > 0 && idle == 0, "{ours:?}, {idle} packets while idle");
        let network = Network::start(50, 7).await.unwrap();
        let baseline = baseline::run(&network).await.unwrap();
        assert!(ours.covered.packets < baseline.covered.packets, "{ours:?}, {baseline:?}");
    }
}
