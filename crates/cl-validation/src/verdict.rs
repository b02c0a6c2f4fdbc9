//! What becomes of a message.

use std::fmt;

use cl_types::{Fault, Root};

use crate::reason::{Ignore, Reject};
use crate::task::{Task, Ticket};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Forward it. Nothing that the configured [`Level`](crate::Level) looks at speaks against it.
    Accept,
    /// Drop it; nobody is to blame.
    Ignore(Ignore),
    /// Drop it and blame the sender.
    Reject(Reject),
}

impl Verdict {
    /// Who is to blame, if anybody.
    #[must_use]
    pub const fn fault(self) -> Option<Fault> {
        match self {
            Self::Accept | Self::Ignore(_) => None,
            Self::Reject(reject) => Some(reject.fault()),
        }
    }

    /// The specification's word and the reason's label, for metrics.
    #[must_use]
    pub const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("accept", ""),
            Self::Ignore(ignore) => ("ignore", ignore.label()),
            Self::Reject(reject) => ("reject", reject.label()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Ignore(ignore) => write!(f, "ignore: {ignore}"),
            Self::Reject(reject) => write!(f, "reject: {reject}"),
        }
    }
}

/// What the rules ask for that is not there yet. A caller may keep the message and begin again when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// A block that the chain does not know.
    Block(Root),
    /// The verified payload of a block that is known.
    Payload(Root),
    /// An answer that the chain cannot give at all, or not now.
    Answer,
}

impl Missing {
    /// The verdict for whoever does not wait: ignore.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        Verdict::Ignore(match self {
            Self::Block(_) => Ignore::BlockUnknown,
            Self::Payload(_) => Ignore::PayloadUnverified,
            Self::Answer => Ignore::Unavailable,
        })
    }
}

/// What [`Judge::begin`](crate::Judge::begin) says.
#[derive(Debug)]
pub enum Step {
    /// The verdict.
    Done(Verdict),
    /// All rules hold but those that need much computing. Run the task anywhere and bring its outcome, with the ticket, to
    /// [`Judge::finish`](crate::Judge::finish). Dropping both forgets the message.
    Verify(Ticket, Task),
    /// Something is missing. Without it: [`Missing::verdict`].
    Undecided(Missing),
}
