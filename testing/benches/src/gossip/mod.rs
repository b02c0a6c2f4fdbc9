//! What gossip costs at the load of mainnet: our behaviour against the library's own, in processes of their own.
//!
//! | module | holds |
//! | --- | --- |
//! | `options` | flags |
//! | `load`, `payload` | what is sent, when and by whom; what is in it |
//! | `frame`, `streams`, `publisher` | the process that sends: frames made beforehand, streams driven by hand |
//! | `receiver` | the process that is measured: ours, the contenders, the floor |
//! | `meter` | CPU, memory and clocks |
//! | `child`, `runs`, `table` | both processes from above, and what comes of it |

mod child;
mod frame;
mod load;
mod meter;
mod network;
mod options;
mod payload;
mod publisher;
mod receiver;
mod runs;
mod streams;
mod table;

use clap::Parser;

pub(crate) use load::{Family, SLOT, burst};
pub(crate) use payload::Random;

use options::{Options, Part, Role};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network has no valid schedule.
    #[error("no schedule")]
    Schedule,
    /// A payload cannot be compressed.
    #[error("a sample cannot be made")]
    Sample,
    /// The library's behaviour refuses its settings.
    #[error("the router refuses its settings")]
    Router,
    /// Ours does.
    #[error(transparent)]
    Ours(#[from] cl_gossip::ConfigError),
    /// No process, pipe, socket or file.
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
    /// The other process ended early, or said what nobody understands.
    #[error("the other process gave up")]
    Child,
}

/// Measures what the flags say; or is one of the two processes of a run.
pub(crate) fn run(flags: impl Iterator<Item = String>) -> Result<(), Error> {
    let options = Options::parse_from(std::iter::once("cl-benches gossip".to_owned()).chain(flags));
    match options.role {
        Some(Role::Publisher) => publisher::run(&options),
        Some(Role::Receiver) => receiver::run(&options),
        None => {
            for (transport, part) in options.parts() {
                match part {
                    Part::Cost => table::cost(&runs::all(&options, transport, part)?, transport, &options),
                    Part::Slots => table::slots(&runs::all(&options, transport, part)?, transport, &options),
                    Part::Burst => table::burst(&runs::climb(&options, transport)?, transport),
                }
            }
            Ok(())
        }
    }
}
