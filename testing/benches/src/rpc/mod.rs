//! How fast req/resp moves things: its codec against snappy's own framing, and whole transfers against plain streams.

mod codec;
mod plain;
mod swarm;
mod transfer;

use std::sync::Arc;

use bytes::Bytes;
use cl_types::network::Network;
use cl_types::{ForkEntry, ForkName, ForkSchedule};

use crate::samples;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A sample cannot be made.
    #[error("a sample cannot be made")]
    Sample(#[from] Box<crate::Error>),
    /// The network has no valid schedule.
    #[error("no schedule")]
    Schedule,
    /// No runtime, or a socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No secure channel.
    #[error(transparent)]
    Noise(#[from] libp2p::noise::Error),
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] libp2p::TransportError<std::io::Error>),
    /// The listener cannot be dialled.
    #[error(transparent)]
    Dial(#[from] libp2p::swarm::DialError),
    /// A request cannot be made.
    #[error(transparent)]
    Build(#[from] cl_rpc::BuildError),
    /// A request failed.
    #[error("a request failed")]
    Request(#[from] cl_rpc::RequestError),
    /// An answer was not accepted.
    #[error("an answer was not accepted")]
    Respond(#[from] cl_rpc::RespondError),
    /// The other side is gone, or answers something else.
    #[error("the other side gave up")]
    Gone,
}

/// What is moved.
struct Sample {
    name: &'static str,
    ssz: Bytes,
}

/// A block of 130 kB and a column of 45 kB, of Fulu.
fn load() -> Result<(Arc<ForkSchedule>, ForkEntry, [Sample; 2]), Error> {
    let network = Network::named("mainnet").map_err(|_| Error::Schedule)?;
    let schedule = network.schedule().map_err(|_| Error::Schedule)?;
    let era = *schedule.entries().rfind(|era| era.fork == ForkName::Fulu).ok_or(Error::Schedule)?;
    let block = samples::block().map_err(Box::new)?;
    let samples = [Sample { name: "block", ssz: block }, Sample { name: "column", ssz: samples::column(21) }];
    Ok((Arc::new(schedule), era, samples))
}

/// Prints both tables; of the second one, rows with these words.
pub(crate) fn run(words: &str) -> Result<(), Error> {
    let (schedule, era, samples) = load()?;
    codec::run(&schedule, era, &samples);
    transfer::run(&schedule, era, &samples, words)
}
