//! Inclusion lists (Heze, EIP-7805).

use crate::bytes::ProgressiveByteLists;
use crate::container::container;
use crate::containers::basic::ValidatorIndex;
use crate::containers::signed::Signed;
use crate::primitives::{Root, Slot};

/// `InclusionList`, at least 52 bytes: transactions that the next payload must hold. All together may have at most
/// 8192 bytes, which the type does not know.
///
/// See `heze/beacon-chain.md`, "InclusionList".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InclusionList {
    /// The slot.
    pub slot: Slot,
    /// The member.
    pub validator_index: ValidatorIndex,
    /// The block that decides who proposes or is a member.
    pub dependent_root: Root,
    /// Transactions.
    pub transactions: ProgressiveByteLists,
}

container!(InclusionList { slot, validator_index, dependent_root, transactions });

/// `SignedInclusionList`, 152 to 41,112 bytes.
///
/// See `heze/beacon-chain.md`, "SignedInclusionList".
pub type SignedInclusionList = Signed<InclusionList>;
