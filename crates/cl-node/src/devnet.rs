//! A whole network on this machine: real nodes in one process on loopback, and a producer that gives them a chain.
//!
//! The nodes are the same as everywhere, and everything here uses their public interface alone. They know one record,
//! that of the first node, and find each other with discv5. The producer publishes through them what validators would:
//! linked blocks of real sizes, votes, sync committee messages, and data columns with real cells and proofs. It has no
//! state and no keys: **signatures are noise**, which the relay level `structure` does not look at.
//!
//! | module | holds |
//! | --- | --- |
//! | [`options`] | what can be chosen |
//! | `chain` | the made-up chain |
//! | `blobs`, `content`, `votes`, `noise` | what the producer publishes, as plain functions |
//! | `producer` | who publishes what when |
//! | `cluster`, `liar` | the nodes, and one that does not belong |
//! | `tally` | what each node saw, and whether something is missing |
//! | `view`, `terminal`, `output` | how a person or a program sees it |

pub(crate) mod blobs;
mod chain;
mod cluster;
pub(crate) mod content;
mod liar;
mod noise;
pub mod options;
mod output;
mod producer;
#[cfg(test)]
mod relaying;
mod run;
mod tally;
mod terminal;
mod view;
mod votes;

pub use options::Options;
pub use run::{Error, Outcome, run};
