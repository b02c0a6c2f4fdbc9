//! Light client objects.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{BeaconBlockHeader, altair, bellatrix, capella, deneb, electra, fulu, gloas, heze};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `LightClientBootstrap` of any fork since Altair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightClientBootstrap<P: Preset> {
    /// Of Altair.
    Altair(altair::LightClientBootstrap<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::LightClientBootstrap<P>),
    /// Of Capella.
    Capella(capella::LightClientBootstrap<P>),
    /// Of Deneb.
    Deneb(deneb::LightClientBootstrap<P>),
    /// Of Electra.
    Electra(electra::LightClientBootstrap<P>),
    /// Of Fulu.
    Fulu(fulu::LightClientBootstrap<P>),
    /// Of Gloas.
    Gloas(gloas::LightClientBootstrap<P>),
    /// Of Heze.
    Heze(heze::LightClientBootstrap<P>),
}

by_fork!(LightClientBootstrap<P> since Altair [Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> LightClientBootstrap<P> {
    /// The header to start from.
    #[must_use]
    pub const fn header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientBootstrap since Altair, self, update => &update.header.beacon)
    }
}

/// `LightClientUpdate` of any fork since Altair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightClientUpdate<P: Preset> {
    /// Of Altair.
    Altair(altair::LightClientUpdate<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::LightClientUpdate<P>),
    /// Of Capella.
    Capella(capella::LightClientUpdate<P>),
    /// Of Deneb.
    Deneb(deneb::LightClientUpdate<P>),
    /// Of Electra.
    Electra(electra::LightClientUpdate<P>),
    /// Of Fulu.
    Fulu(fulu::LightClientUpdate<P>),
    /// Of Gloas.
    Gloas(gloas::LightClientUpdate<P>),
    /// Of Heze.
    Heze(heze::LightClientUpdate<P>),
}

by_fork!(LightClientUpdate<P> since Altair [Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> LightClientUpdate<P> {
    /// The header that the sync committee signed.
    #[must_use]
    pub const fn attested_header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientUpdate since Altair, self, update => &update.attested_header.beacon)
    }

    /// Slot of the signatures.
    #[must_use]
    pub const fn signature_slot(&self) -> Slot {
        on_fork!(LightClientUpdate since Altair, self, update => update.signature_slot)
    }

    /// The newest finalized header.
    #[must_use]
    pub const fn finalized_header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientUpdate since Altair, self, update => &update.finalized_header.beacon)
    }
}

/// `LightClientFinalityUpdate` of any fork since Altair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightClientFinalityUpdate<P: Preset> {
    /// Of Altair.
    Altair(altair::LightClientFinalityUpdate<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::LightClientFinalityUpdate<P>),
    /// Of Capella.
    Capella(capella::LightClientFinalityUpdate<P>),
    /// Of Deneb.
    Deneb(deneb::LightClientFinalityUpdate<P>),
    /// Of Electra.
    Electra(electra::LightClientFinalityUpdate<P>),
    /// Of Fulu.
    Fulu(fulu::LightClientFinalityUpdate<P>),
    /// Of Gloas.
    Gloas(gloas::LightClientFinalityUpdate<P>),
    /// Of Heze.
    Heze(heze::LightClientFinalityUpdate<P>),
}

by_fork!(LightClientFinalityUpdate<P> since Altair [Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> LightClientFinalityUpdate<P> {
    /// The header that the sync committee signed.
    #[must_use]
    pub const fn attested_header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientFinalityUpdate since Altair, self, update => &update.attested_header.beacon)
    }

    /// Slot of the signatures.
    #[must_use]
    pub const fn signature_slot(&self) -> Slot {
        on_fork!(LightClientFinalityUpdate since Altair, self, update => update.signature_slot)
    }

    /// The newest finalized header.
    #[must_use]
    pub const fn finalized_header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientFinalityUpdate since Altair, self, update => &update.finalized_header.beacon)
    }
}

/// `LightClientOptimisticUpdate` of any fork since Altair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightClientOptimisticUpdate<P: Preset> {
    /// Of Altair.
    Altair(altair::LightClientOptimisticUpdate<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::LightClientOptimisticUpdate<P>),
    /// Of Capella.
    Capella(capella::LightClientOptimisticUpdate<P>),
    /// Of Deneb.
    Deneb(deneb::LightClientOptimisticUpdate<P>),
    /// Of Electra.
    Electra(electra::LightClientOptimisticUpdate<P>),
    /// Of Fulu.
    Fulu(fulu::LightClientOptimisticUpdate<P>),
    /// Of Gloas.
    Gloas(gloas::LightClientOptimisticUpdate<P>),
    /// Of Heze.
    Heze(heze::LightClientOptimisticUpdate<P>),
}

by_fork!(LightClientOptimisticUpdate<P> since Altair [Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> LightClientOptimisticUpdate<P> {
    /// The header that the sync committee signed.
    #[must_use]
    pub const fn attested_header(&self) -> &BeaconBlockHeader {
        on_fork!(LightClientOptimisticUpdate since Altair, self, update => &update.attested_header.beacon)
    }

    /// Slot of the signatures.
    #[must_use]
    pub const fn signature_slot(&self) -> Slot {
        on_fork!(LightClientOptimisticUpdate since Altair, self, update => update.signature_slot)
    }
}
