//! Compile-time sizes: what the specification calls presets.
//!
//! Containers are generic over [`Preset`]. Code that never decodes carries a [`PresetId`] and uses
//! [`with_preset!`](crate::with_preset) where the two meet.

use std::fmt;
use std::str::FromStr;

use typenum::{U4, U8, U16, U32, U64, U128, U512, U8192, U131072, Unsigned};

/// The sizes that differ between presets.
///
/// A size that is equal in all presets is written out in the containers.
pub trait Preset: Clone + Copy + fmt::Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// Which preset this is, at run time.
    const ID: PresetId;
    /// `MAX_COMMITTEES_PER_SLOT`.
    type MaxCommitteesPerSlot: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static;
    /// `MAX_VALIDATORS_PER_COMMITTEE * MAX_COMMITTEES_PER_SLOT`.
    type MaxValidatorsPerSlot: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static;
    /// `SYNC_COMMITTEE_SIZE`.
    type SyncCommitteeSize: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static;
    /// `SYNC_COMMITTEE_SIZE / SYNC_COMMITTEE_SUBNET_COUNT`.
    type SyncSubcommitteeSize: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static;
    /// `MAX_WITHDRAWALS_PER_PAYLOAD`.
    type MaxWithdrawalsPerPayload: Unsigned + Clone + Default + Eq + fmt::Debug + Send + Sync + 'static;
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
}

/// A preset by name, for code that is not generic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresetId {
    /// [`Mainnet`].
    Mainnet,
    /// [`Minimal`].
    Minimal,
}

impl PresetId {
    /// The name used in `PRESET_BASE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Minimal => "minimal",
        }
    }

    /// `SLOTS_PER_EPOCH`.
    #[must_use]
    pub const fn slots_per_epoch(self) -> u64 {
        match self {
            Self::Mainnet => 32,
            Self::Minimal => 8,
        }
    }

    /// `SLOT_DURATION_MS` of a configuration that does not say it, in milliseconds.
    #[must_use]
    pub const fn default_slot_duration_ms(self) -> u64 {
        match self {
            Self::Mainnet => 12_000,
            Self::Minimal => 6000,
        }
    }

    /// `SHUFFLE_ROUND_COUNT`.
    #[must_use]
    pub const fn shuffle_round_count(self) -> u8 {
        match self {
            Self::Mainnet => 90,
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
#[error("unknown preset; known are mainnet and minimal")]
pub struct UnknownPreset;

impl FromStr for PresetId {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "mainnet" => Ok(Self::Mainnet),
            "minimal" => Ok(Self::Minimal),
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
        }
    };
}
