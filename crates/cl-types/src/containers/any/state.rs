//! States.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{
    Checkpoint, Fork, Validator, altair, bellatrix, capella, deneb, electra, fulu, gloas, heze, phase0,
};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `BeaconState` of any fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeaconState<P: Preset> {
    /// Of Phase0.
    Phase0(phase0::BeaconState<P>),
    /// Of Altair.
    Altair(altair::BeaconState<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::BeaconState<P>),
    /// Of Capella.
    Capella(capella::BeaconState<P>),
    /// Of Deneb.
    Deneb(deneb::BeaconState<P>),
    /// Of Electra.
    Electra(electra::BeaconState<P>),
    /// Of Fulu.
    Fulu(fulu::BeaconState<P>),
    /// Of Gloas.
    Gloas(gloas::BeaconState<P>),
    /// Of Heze.
    Heze(heze::BeaconState<P>),
}

by_fork!(BeaconState<P> since Phase0 [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> BeaconState<P> {
    /// The slot.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        on_fork!(BeaconState since Phase0, self, state => state.slot)
    }

    /// Fork versions, for signatures.
    #[must_use]
    pub const fn fork_versions(&self) -> &Fork {
        on_fork!(BeaconState since Phase0, self, state => &state.fork)
    }

    /// Root of the validators at genesis.
    #[must_use]
    pub const fn genesis_validators_root(&self) -> Root {
        on_fork!(BeaconState since Phase0, self, state => state.genesis_validators_root)
    }

    /// All validators, by index.
    #[must_use]
    pub fn validators(&self) -> &[Validator] {
        on_fork!(BeaconState since Phase0, self, state => &state.validators)
    }

    /// Finalized checkpoint.
    #[must_use]
    pub const fn finalized_checkpoint(&self) -> &Checkpoint {
        on_fork!(BeaconState since Phase0, self, state => &state.finalized_checkpoint)
    }
}
