//! What judging gossip costs: each kind of message alone and in batches, beside single calls of the libraries; and how long
//! verdicts take under a slot of mainnet.
//!
//! | module | holds |
//! | --- | --- |
//! | `samples` | a slot of messages, really signed, with real proofs |
//! | `throughput` | checks a second on one core |
//! | `slots` | arrivals of a slot in real time: a judge, a batcher, worker threads |
//! | `workers` | the threads and their queue |

mod samples;
mod slots;
mod throughput;
mod workers;

use clap::{Parser, ValueEnum};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A message that must be right is not accepted.
    #[error("{0}: {1}")]
    Verdict(&'static str, cl_validation::Verdict),
    /// A batch that must be right is not.
    #[error("{0}: a batch is wrong")]
    Batch(&'static str),
    /// A library says that what is right is wrong.
    #[error("{0}: the library says that it is wrong")]
    Library(&'static str),
    /// A worker has ended early.
    #[error("a worker has ended")]
    Worker,
}

/// Measures the judge of gossip.
#[derive(Clone, Debug, Parser)]
#[command(name = "cl-benches validation")]
struct Options {
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Cost, Part::Slots])]
    parts: Vec<Part>,
    /// Rounds of the part `cost`, of which the fastest counts.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Numbers of worker threads in the part `slots`.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    workers: Vec<usize>,
    /// Shares of mainnet's votes in the part `slots`.
    #[arg(long, value_delimiter = ',', default_values_t = [0.5, 1.0, 2.0, 4.0])]
    scales: Vec<f64>,
    /// Most of a family come within this time.
    #[arg(long, default_value_t = 2000)]
    spread_ms: u32,
}

/// A part of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Checks a second on one core.
    Cost,
    /// Verdicts under the load of a slot.
    Slots,
}

/// Measures what the flags say.
pub(crate) fn run(flags: impl Iterator<Item = String>) -> Result<(), Error> {
    let options = Options::parse_from(std::iter::once("cl-benches validation".to_owned()).chain(flags));
    let samples = samples::Samples::new();
    for part in &options.parts {
        match part {
            Part::Cost => throughput::run(&samples, options.rounds)?,
            Part::Slots => slots::run(&samples, &options)?,
        }
    }
    Ok(())
}
