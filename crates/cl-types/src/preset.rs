//! Compile-time sizes: what the specification calls presets.
//!
//! Containers are generic over [`Preset`]. Code that never decodes carries a [`PresetId`] and uses
//! [`with_preset!`](crate::with_preset) where the two meet.

use std::fmt;
use std::str::FromStr;

use typenum::{
    U4, U8, U16, U24, U32, U48, U64, U96, U128, U512, U1024, U2048, U4096, U8192, U65536, U131072, U262144, U134217728,
    Unsigned,
};

/// A number at compile time.
pub trait Size: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static {}

impl<N: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static> Size for N {}

/// The sizes that differ between presets.
///
/// A size that is equal in all presets is written out in the containers.
pub trait Preset: Clone + Copy + fmt::Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// Which preset this is, at run time.
    const ID: PresetId;
    /// `MAX_COMMITTEES_PER_SLOT`.
    type MaxCommitteesPerSlot: Size;
    /// `MAX_VALIDATORS_PER_COMMITTEE * MAX_COMMITTEES_PER_SLOT`.
    type MaxValidatorsPerSlot: Size;
    /// `SYNC_COMMITTEE_SIZE`.
    type SyncCommitteeSize: Size;
    /// `SYNC_COMMITTEE_SIZE / SYNC_COMMITTEE_SUBNET_COUNT`.
    type SyncSubcommitteeSize: Size;
    /// `MAX_WITHDRAWALS_PER_PAYLOAD`.
    type MaxWithdrawalsPerPayload: Size;
    /// `PTC_SIZE`.
    type PtcSize: Size;
    /// `2 * SLOTS_PER_EPOCH`.
    type SlotsPerTwoEpochs: Size;
    /// `(2 + MIN_SEED_LOOKAHEAD) * SLOTS_PER_EPOCH`.
    type SlotsPerThreeEpochs: Size;
    /// `EPOCHS_PER_ETH1_VOTING_PERIOD * SLOTS_PER_EPOCH`.
    type SlotsPerEth1VotingPeriod: Size;
    /// `SLOTS_PER_HISTORICAL_ROOT`.
    type SlotsPerHistoricalRoot: Size;
    /// `EPOCHS_PER_HISTORICAL_VECTOR`.
    type EpochsPerHistoricalVector: Size;
    /// `EPOCHS_PER_SLASHINGS_VECTOR`.
    type EpochsPerSlashingsVector: Size;
    /// `MAX_ATTESTATIONS * SLOTS_PER_EPOCH`.
    type MaxPendingAttestations: Size;
    /// `PENDING_PARTIAL_WITHDRAWALS_LIMIT`.
    type PendingPartialWithdrawalsLimit: Size;
    /// `PENDING_CONSOLIDATIONS_LIMIT`.
    type PendingConsolidationsLimit: Size;
}

/// The preset of mainnet and of nearly every public network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mainnet;

impl Preset for Mainnet {
    const ID: PresetId = PresetId::Mainnet;
    type MaxCommitteesPerSlot = U64;
    type MaxValidatorsPerSlot = U131072;
    type SyncCommitteeSize = U512;
    type SyncSubcommitteeSize = U128;
    type MaxWithdrawalsPerPayload = U16;
    type PtcSize = U512;
    type SlotsPerTwoEpochs = U64;
    type SlotsPerThreeEpochs = U96;
    type SlotsPerEth1VotingPeriod = U2048;
    type SlotsPerHistoricalRoot = U8192;
    type EpochsPerHistoricalVector = U65536;
    type EpochsPerSlashingsVector = U8192;
    type MaxPendingAttestations = U4096;
    type PendingPartialWithdrawalsLimit = U134217728;
    type PendingConsolidationsLimit = U262144;
}

/// The small preset for tests and devnets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minimal;

impl Preset for Minimal {
    const ID: PresetId = PresetId::Minimal;
    type MaxCommitteesPerSlot = U4;
    type MaxValidatorsPerSlot = U8192;
    type SyncCommitteeSize = U32;
    type SyncSubcommitteeSize = U8;
    type MaxWithdrawalsPerPayload = U4;
    type PtcSize = U16;
    type SlotsPerTwoEpochs = U16;
    type SlotsPerThreeEpochs = U24;
    type SlotsPerEth1VotingPeriod = U32;
    type SlotsPerHistoricalRoot = U64;
    type EpochsPerHistoricalVector = U64;
    type EpochsPerSlashingsVector = U64;
    type MaxPendingAttestations = U1024;
    type PendingPartialWithdrawalsLimit = U64;
    type PendingConsolidationsLimit = U64;
}

/// The preset of Gnosis Chain and its testnet: shorter epochs of faster slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gnosis;

impl Preset for Gnosis {
    const ID: PresetId = PresetId::Gnosis;
    type MaxCommitteesPerSlot = U64;
    type MaxValidatorsPerSlot = U131072;
    type SyncCommitteeSize = U512;
    type SyncSubcommitteeSize = U128;
    type MaxWithdrawalsPerPayload = U8;
    type PtcSize = U512;
    type SlotsPerTwoEpochs = U32;
    type SlotsPerThreeEpochs = U48;
    type SlotsPerEth1VotingPeriod = U1024;
    type SlotsPerHistoricalRoot = U8192;
    type EpochsPerHistoricalVector = U65536;
    type EpochsPerSlashingsVector = U8192;
    type MaxPendingAttestations = U2048;
    type PendingPartialWithdrawalsLimit = U134217728;
    type PendingConsolidationsLimit = U262144;
}

/// A preset by name, for code that is not generic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresetId {
    /// [`Mainnet`].
    Mainnet,
    /// [`Minimal`].
    Minimal,
    /// [`Gnosis`].
    Gnosis,
}

impl PresetId {
    /// The name used in `PRESET_BASE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Minimal => "minimal",
            Self::Gnosis => "gnosis",
        }
    }

    /// `SLOTS_PER_EPOCH`.
    #[must_use]
    pub const fn slots_per_epoch(self) -> u64 {
        match self {
            Self::Mainnet => 32,
            Self::Minimal => 8,
            Self::Gnosis => 16,
        }
    }

    /// `SLOT_DURATION_MS` of a configuration that does not say it, in milliseconds.
    #[must_use]
    pub const fn default_slot_duration_ms(self) -> u64 {
        match self {
            Self::Mainnet => 12_000,
            Self::Minimal => 6000,
            Self::Gnosis => 5000,
        }
    }

    /// `SHUFFLE_ROUND_COUNT`.
    #[must_use]
    pub const fn shuffle_round_count(self) -> u8 {
        match self {
            Self::Mainnet | Self::Gnosis => 90,
            Self::Minimal => 10,
        }
    }
}

impl fmt::Display for PresetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A preset name that this build does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown preset; known are mainnet, minimal and gnosis")]
pub struct UnknownPreset;

impl FromStr for PresetId {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "mainnet" => Ok(Self::Mainnet),
            "minimal" => Ok(Self::Minimal),
            "gnosis" => Ok(Self::Gnosis),
            _ => Err(UnknownPreset),
        }
    }
}

/// Runs an expression with a type alias bound to the preset that a [`PresetId`] names.
///
/// ```
/// use cl_types::{Preset, PresetId, with_preset};
/// let id = PresetId::Minimal;
/// assert_eq!(with_preset!(id, P => P::ID), PresetId::Minimal);
/// ```
#[macro_export]
macro_rules! with_preset {
    ($id:expr, $preset:ident => $body:expr) => {
        match $id {
            $crate::PresetId::Mainnet => {
                type $preset = $crate::Mainnet;
                $body
            }
            $crate::PresetId::Minimal => {
                type $preset = $crate::Minimal;
                $body
            }
            $crate::PresetId::Gnosis => {
                type $preset = $crate::Gnosis;
                $body
            }
        }
    };
}
