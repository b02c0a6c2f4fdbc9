//! One enum for each container that travels in several layouts, with a variant for each fork.
//!
//! Each has `from_ssz` and `from_ssz_shared` to decode by fork, `fork`, `as_ssz_bytes`, `hash_tree_root`, and accessors
//! for what all forks share. [`on_fork!`](crate::on_fork) runs one expression on whatever variant there is.

mod block;
mod builder;
mod column;
mod light_client;
mod state;
mod votes;

pub use block::{ExecutionPayload, SignedBeaconBlock};
pub use builder::SignedExecutionPayloadBid;
pub use column::{
    DataColumnSidecar, PartialDataColumnGroupID, PartialDataColumnPartsMetadata, PartialDataColumnSidecar,
};
pub use light_client::{
    LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate,
};
pub use state::BeaconState;
pub use votes::{Attestation, AttesterSlashing, SignedAggregateAndProof};

/// Runs an expression on the container in a fork-tagged value: one expression, checked for the type of each fork.
///
/// The enum's name and its first fork come first.
///
/// ```
/// use cl_types::containers::{any, fulu};
/// use cl_types::{Minimal, on_fork};
/// let block = any::SignedBeaconBlock::<Minimal>::Fulu(fulu::SignedBeaconBlock::default());
/// let exits = on_fork!(SignedBeaconBlock since Phase0, &block, block => block.message.body.voluntary_exits.len());
/// assert_eq!(exits, 0);
/// ```
#[macro_export]
macro_rules! on_fork {
    ($name:ident since Phase0, $value:expr, $it:ident => $do:expr) => {
        $crate::on_fork!($name [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze], $value, $it => $do)
    };
    ($name:ident since Altair, $value:expr, $it:ident => $do:expr) => {
        $crate::on_fork!($name [Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze], $value, $it => $do)
    };
    ($name:ident since Bellatrix, $value:expr, $it:ident => $do:expr) => {
        $crate::on_fork!($name [Bellatrix Capella Deneb Electra Fulu Gloas Heze], $value, $it => $do)
    };
    ($name:ident since Fulu, $value:expr, $it:ident => $do:expr) => {
        $crate::on_fork!($name [Fulu Gloas Heze], $value, $it => $do)
    };
    ($name:ident since Gloas, $value:expr, $it:ident => $do:expr) => {
        $crate::on_fork!($name [Gloas Heze], $value, $it => $do)
    };
    ($name:ident [$($fork:ident)+], $value:expr, $it:ident => $do:expr) => {
        match $value {
            $($crate::containers::any::$name::$fork($it) => $do,)+
        }
    };
}

/// Implements for an enum over forks what needs no knowledge of its container.
macro_rules! by_fork {
    ($name:ident $(<$p:ident>)? since $since:ident [$($fork:ident)+]) => {
        impl $(<$p: Preset>)? $name $(<$p>)? {
            /// Decodes the container of a fork. Copies what it keeps. A fork without the container is the error
            /// [`DecodeError::NoMatchingVariant`].
            pub fn from_ssz(fork: ForkName, ssz: &[u8]) -> Result<Self, Error> {
                Self::decode(fork, Part::copied(ssz))
            }

            /// Decodes the container of a fork. What is only bytes becomes a slice of `ssz`.
            pub fn from_ssz_shared(fork: ForkName, ssz: &Bytes) -> Result<Self, Error> {
                Self::decode(fork, Part::shared(ssz))
            }

            fn decode(fork: ForkName, part: Part<'_>) -> Result<Self, Error> {
                match fork {
                    $(ForkName::$fork => Field::decode_part(part).map(Self::$fork),)+
                    #[allow(unreachable_patterns, reason = "some containers are in every fork")]
                    _ => Err(DecodeError::NoMatchingVariant.into()),
                }
            }

            /// The fork.
            #[must_use]
            pub const fn fork(&self) -> ForkName {
                match self {
                    $(Self::$fork(_) => ForkName::$fork,)+
                }
            }

            /// Its SSZ.
            #[must_use]
            pub fn as_ssz_bytes(&self) -> Vec<u8> {
                on_fork!($name since $since, self, it => it.as_ssz_bytes())
            }

            /// Its `hash_tree_root`.
            #[must_use]
            pub fn hash_tree_root(&self) -> Root {
                on_fork!($name since $since, self, it => it.tree_hash_root())
            }
        }
    };
}

use by_fork;
