//! What may be wrong with an answer.

use cl_types::decode::Error;
use cl_types::protocol::Object;
use cl_types::{Fault, ForkDigest, ForkName, Root, Severity, Slot};

/// Why a chunk is no true answer to what was asked. The peer is always to blame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Lie {
    /// The bytes are not the SSZ of the object.
    #[error("not the SSZ of {object} in {fork}: {error}")]
    Malformed {
        /// What was expected.
        object: Object,
        /// The fork that the context bytes name.
        fork: ForkName,
        /// What the decoder says, and where.
        error: Error,
    },
    /// The context bytes name another era than the one of the object's slot.
    #[error("the object of slot {slot} came as one of {found:?}, its era is {expected}")]
    Context {
        /// The slot that selects the digest.
        slot: Slot,
        /// What the context bytes say; `None` if the protocol has none.
        found: Option<ForkDigest>,
        /// The digest of the slot's era.
        expected: ForkDigest,
    },
    /// A slot outside of the range.
    #[error("slot {0} was not asked for")]
    Slot(Slot),
    /// A period of light client updates outside of the range.
    #[error("sync committee period {0} was not asked for")]
    Period(u64),
    /// A block, or an object of a block, that was not asked for.
    #[error("block {0} was not asked for")]
    Root(Root),
    /// A blob or column that was not asked for, or that no block of its era can have.
    #[error("index {index} of block {root} was not asked for")]
    Index {
        /// The block.
        root: Root,
        /// The blob or column.
        index: u64,
    },
    /// An object came twice.
    #[error("came twice: {index} of block {root}")]
    Twice {
        /// The block; for an inclusion list, the dependent root.
        root: Root,
        /// The blob or column, or the author of an inclusion list; 0 where there is only one for each block.
        index: u64,
    },
    /// An object came after one that should follow it.
    #[error("an object of slot {slot} is out of order")]
    Order {
        /// The slot of the later one.
        slot: Slot,
    },
    /// Something between two objects was left out.
    #[error("something before {0} was left out")]
    Gap(u64),
    /// Two neighbouring blocks of a chain are not parent and child.
    #[error("block {root} does not fit: its neighbour is not {expected}")]
    Unlinked {
        /// The block that came.
        root: Root,
        /// What the link should be.
        expected: Root,
    },
    /// Two objects of one slot belong to different blocks.
    #[error("two blocks at slot {0}")]
    TwoBlocks(Slot),
    /// The numbers of cells, commitments, proofs and blobs do not go together.
    #[error("{cells} cells, {commitments} commitments, {proofs} proofs where {min} to {max} blobs are possible")]
    Shape {
        /// Cells of the column.
        cells: usize,
        /// Commitments; as many as cells where the sidecar carries none.
        commitments: usize,
        /// Proofs.
        proofs: usize,
        /// Fewest blobs of such a block.
        min: u64,
        /// Most blobs of a block of the era.
        max: u64,
    },
    /// A Merkle branch does not lead to where it should.
    #[error("the Merkle branch of {0} is wrong")]
    Branch(&'static str),
    /// The slots within a light client update contradict each other.
    #[error("finalized {finalized}, attested {attested}, signed {signature}: these slots cannot be")]
    Slots {
        /// Of the finalized header; 0 where there is none.
        finalized: Slot,
        /// Of the attested header.
        attested: Slot,
        /// Of the signatures.
        signature: Slot,
    },
}

impl Lie {
    /// Who is to blame, and how badly: what may come of a re-organisation or of sloppy sorting weighs less than what can
    /// only be made up.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Peer(match self {
            Self::Order { .. } | Self::Twice { .. } | Self::Gap(_) | Self::Unlinked { .. } | Self::TwoBlocks(_) => {
                Severity::Mid
            }
            Self::Malformed { .. }
            | Self::Context { .. }
            | Self::Slot(_)
            | Self::Period(_)
            | Self::Root(_)
            | Self::Index { .. }
            | Self::Shape { .. }
            | Self::Branch(_)
            | Self::Slots { .. } => Severity::High,
        })
    }
}
