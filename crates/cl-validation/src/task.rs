//! What needs much computing: signatures and KZG proofs of one message.

use std::sync::Arc;

use cl_types::{Root, TopicKind};

use crate::crypto::{BlobProof, Cells, Kzg, SignatureSet};
use crate::reason::Reject;
use crate::seen::Mark;

/// One thing to check, and the verdict if it is wrong.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Signature(SignatureSet, Reject),
    Cells(Cells),
    Blob(BlobProof),
}

impl Job {
    /// A proof, no signature.
    pub(crate) const fn is_kzg(&self) -> bool {
        matches!(self, Self::Cells(_) | Self::Blob(_))
    }
}

/// In which order tasks should be run: the first class first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Blocks and payload envelopes.
    Block,
    /// Columns and blobs.
    Column,
    /// Aggregates, contributions and all that is rare.
    Aggregate,
    /// Single votes.
    Vote,
}

impl Class {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Block, Self::Column, Self::Aggregate, Self::Vote];

    /// That of a topic's messages.
    #[must_use]
    pub const fn of(kind: TopicKind) -> Self {
        match kind {
            TopicKind::BeaconBlock | TopicKind::ExecutionPayload => Self::Block,
            TopicKind::BlobSidecar(_) | TopicKind::DataColumnSidecar(_) => Self::Column,
            TopicKind::BeaconAttestation(_) | TopicKind::SyncCommittee(_) | TopicKind::PayloadAttestationMessage => {
                Self::Vote
            }
            _ => Self::Aggregate,
        }
    }
}

/// What is left to check of one message. `Send`, and holds all it needs.
#[derive(Clone, Debug)]
pub struct Task {
    pub(crate) class: Class,
    /// The block that a column is of: columns of one block are checked in one call.
    pub(crate) block_root: Option<Root>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) kzg: Arc<dyn Kzg>,
}

/// What came out of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is right.
    Valid,
    /// Something is wrong.
    Invalid(Reject),
}

impl Task {
    /// How urgent it is.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// How many signatures and proofs it checks; all cells of a column count as one.
    #[must_use]
    pub const fn checks(&self) -> usize {
        self.jobs.len()
    }

    /// The block whose column it checks, if that is what it does.
    #[must_use]
    pub const fn column_of(&self) -> Option<Root> {
        self.block_root
    }

    /// Checks one thing after the other and stops at the first that is wrong: signatures before proofs, which cost more.
    /// Blocks the thread: about a millisecond for a signature, several for a column.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let (signatures, proofs): (Vec<&Job>, Vec<&Job>) = self.jobs.iter().partition(|job| !job.is_kzg());
        for job in signatures.into_iter().chain(proofs) {
            let wrong = match job {
                Job::Signature(set, reject) => (!set.verify()).then_some(*reject),
                Job::Cells(cells) => (!self.kzg.verify_cells(&[cells])).then_some(Reject::KzgProof),
                Job::Blob(blob) => (!self.kzg.verify_blob(blob)).then_some(Reject::KzgProof),
            };
            if let Some(reject) = wrong {
                return Outcome::Invalid(reject);
            }
        }
        Outcome::Valid
    }
}

/// Stands for a message whose task is under way. It holds what will be remembered of the message, 100 bytes to a few
/// kilobytes.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub(crate) marks: Vec<Mark>,
}
