//! What is signed: the messages of domains, and what only a signature covers.

use crate::container::container;
use crate::containers::basic::{BLSPubkey, Bytes32, Gwei};
use crate::primitives::{Epoch, ForkVersion, Root, Slot};

/// `Fork`: 16 bytes. Which version signatures of an epoch are made for.
///
/// See `phase0/beacon-chain.md`, "Fork".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fork {
    /// Version before the last fork.
    pub previous_version: ForkVersion,
    /// Version since the last fork.
    pub current_version: ForkVersion,
    /// Epoch of the last fork.
    pub epoch: Epoch,
}

container!(Fork { previous_version, current_version, epoch });

/// `ForkData`: 36 bytes. Its root makes digests and domains.
///
/// See `phase0/beacon-chain.md`, "ForkData".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ForkData {
    /// Version since the last fork.
    pub current_version: ForkVersion,
    /// Root of the validators at genesis.
    pub genesis_validators_root: Root,
}

container!(ForkData { current_version, genesis_validators_root });

/// `SigningData`: 64 bytes. Its root is what is signed.
///
/// See `phase0/beacon-chain.md`, "SigningData".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SigningData {
    /// Root of what is signed.
    pub object_root: Root,
    /// What the signature is for, and on which chain.
    pub domain: Bytes32,
}

container!(SigningData { object_root, domain });

/// `DepositMessage`: 88 bytes. What a deposit's signature covers.
///
/// See `phase0/beacon-chain.md`, "DepositMessage".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DepositMessage {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much, in Gwei.
    pub amount: Gwei,
}

container!(DepositMessage { pubkey, withdrawal_credentials, amount });

/// `SyncAggregatorSelectionData`: 16 bytes. What the selection proof of a contribution covers.
///
/// See `altair/validator.md`, "SyncAggregatorSelectionData".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SyncAggregatorSelectionData {
    /// The slot.
    pub slot: Slot,
    /// The subcommittee, 0 to 3.
    pub subcommittee_index: u64,
}

container!(SyncAggregatorSelectionData { slot, subcommittee_index });
