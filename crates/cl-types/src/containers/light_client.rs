//! What light clients need: headers with proofs, signed by the sync committee.
//!
//! Defined by `light-client/sync-protocol.md` of Altair, Capella, Deneb, Electra and Gloas. The shapes are the same in all
//! forks; headers and the lengths of branches change.

use ssz_types::FixedVector;
use typenum::Unsigned;

use crate::container::container;
use crate::containers::basic::Bytes32;
use crate::containers::sync::{SyncAggregate, SyncCommittee};
use crate::decode::Field;
use crate::preset::Preset;
use crate::primitives::Slot;

/// `LightClientBootstrap` of any fork. A header and its sync committee, to start from.
///
/// See `altair/light-client/sync-protocol.md`, "LightClientBootstrap".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LightClientBootstrap<P: Preset, H, C: Unsigned> {
    /// The header to start from.
    pub header: H,
    /// The sync committee of its period.
    pub current_sync_committee: SyncCommittee<P>,
    /// Branch from the committee to the state root.
    pub current_sync_committee_branch: FixedVector<Bytes32, C>,
}

container!([P: Preset, H: Field + 'static, C: Unsigned] LightClientBootstrap<P, H, C> { header, current_sync_committee, current_sync_committee_branch });

/// `LightClientUpdate` of any fork. The next sync committee, and a finalized header.
///
/// See `altair/light-client/sync-protocol.md`, "LightClientUpdate".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LightClientUpdate<P: Preset, H, N: Unsigned, F: Unsigned> {
    /// The header that the sync committee signed.
    pub attested_header: H,
    /// The sync committee of the next period.
    pub next_sync_committee: SyncCommittee<P>,
    /// Branch from the committee to the state root.
    pub next_sync_committee_branch: FixedVector<Bytes32, N>,
    /// The newest finalized header.
    pub finalized_header: H,
    /// Branch from the latter to the state root of the former.
    pub finality_branch: FixedVector<Bytes32, F>,
    /// The signatures.
    pub sync_aggregate: SyncAggregate<P>,
    /// Slot of the signatures.
    pub signature_slot: Slot,
}

container!([P: Preset, H: Field + 'static, N: Unsigned, F: Unsigned] LightClientUpdate<P, H, N, F> { attested_header, next_sync_committee, next_sync_committee_branch, finalized_header, finality_branch, sync_aggregate, signature_slot });

/// `LightClientFinalityUpdate` of any fork. A finalized header.
///
/// See `altair/light-client/sync-protocol.md`, "LightClientFinalityUpdate".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LightClientFinalityUpdate<P: Preset, H, F: Unsigned> {
    /// The header that the sync committee signed.
    pub attested_header: H,
    /// The newest finalized header.
    pub finalized_header: H,
    /// Branch from the latter to the state root of the former.
    pub finality_branch: FixedVector<Bytes32, F>,
    /// The signatures.
    pub sync_aggregate: SyncAggregate<P>,
    /// Slot of the signatures.
    pub signature_slot: Slot,
}

container!([P: Preset, H: Field + 'static, F: Unsigned] LightClientFinalityUpdate<P, H, F> { attested_header, finalized_header, finality_branch, sync_aggregate, signature_slot });

/// `LightClientOptimisticUpdate` of any fork. A signed header.
///
/// See `altair/light-client/sync-protocol.md`, "LightClientOptimisticUpdate".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LightClientOptimisticUpdate<P: Preset, H> {
    /// The header that the sync committee signed.
    pub attested_header: H,
    /// The signatures.
    pub sync_aggregate: SyncAggregate<P>,
    /// Slot of the signatures.
    pub signature_slot: Slot,
}

container!([P: Preset, H: Field + 'static] LightClientOptimisticUpdate<P, H> { attested_header, sync_aggregate, signature_slot });

/// New or changed in Altair.
pub(crate) mod altair {
    use typenum::{U5, U6};

    use crate::container::container;
    use crate::containers::block::BeaconBlockHeader;

    /// `LightClientHeader`, 112 bytes.
    ///
    /// See `altair/light-client/sync-protocol.md`, "LightClientHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct LightClientHeader {
        /// The block's header.
        pub beacon: BeaconBlockHeader,
    }

    container!(LightClientHeader { beacon });

    /// `LightClientBootstrap`: 24,896 (minimal preset 1,856) bytes.
    ///
    /// See `altair/light-client/sync-protocol.md`, "LightClientBootstrap".
    pub type LightClientBootstrap<P> = super::LightClientBootstrap<P, LightClientHeader, U5>;

    /// `LightClientUpdate`: 25,368 (minimal preset 2,268) bytes.
    ///
    /// See `altair/light-client/sync-protocol.md`, "LightClientUpdate".
    pub type LightClientUpdate<P> = super::LightClientUpdate<P, LightClientHeader, U5, U6>;

    /// `LightClientFinalityUpdate`: 584 (minimal preset 524) bytes.
    ///
    /// See `altair/light-client/sync-protocol.md`, "LightClientFinalityUpdate".
    pub type LightClientFinalityUpdate<P> = super::LightClientFinalityUpdate<P, LightClientHeader, U6>;

    /// `LightClientOptimisticUpdate`: 280 (minimal preset 220) bytes.
    ///
    /// See `altair/light-client/sync-protocol.md`, "LightClientOptimisticUpdate".
    pub type LightClientOptimisticUpdate<P> = super::LightClientOptimisticUpdate<P, LightClientHeader>;
}

/// New or changed in Capella.
pub(crate) mod capella {
    use ssz_types::FixedVector;
    use typenum::{U4, U5, U6};

    use crate::container::container;
    use crate::containers::basic::Bytes32;
    use crate::containers::block::BeaconBlockHeader;
    use crate::containers::capella::ExecutionPayloadHeader;

    /// `LightClientHeader`, 812 to 844 bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct LightClientHeader {
        /// The block's header.
        pub beacon: BeaconBlockHeader,
        /// The header of its payload.
        pub execution: ExecutionPayloadHeader,
        /// Branch from the execution part to the body root.
        pub execution_branch: FixedVector<Bytes32, U4>,
    }

    container!(LightClientHeader { beacon, execution, execution_branch });

    /// `LightClientBootstrap`: 25,600 to 25,632 (minimal preset 2,560 to 2,592) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientBootstrap".
    pub type LightClientBootstrap<P> = super::LightClientBootstrap<P, LightClientHeader, U5>;

    /// `LightClientUpdate`: 26,776 to 26,840 (minimal preset 3,676 to 3,740) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientUpdate".
    pub type LightClientUpdate<P> = super::LightClientUpdate<P, LightClientHeader, U5, U6>;

    /// `LightClientFinalityUpdate`: 1,992 to 2,056 (minimal preset 1,932 to 1,996) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientFinalityUpdate".
    pub type LightClientFinalityUpdate<P> = super::LightClientFinalityUpdate<P, LightClientHeader, U6>;

    /// `LightClientOptimisticUpdate`: 984 to 1,016 (minimal preset 924 to 956) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientOptimisticUpdate".
    pub type LightClientOptimisticUpdate<P> = super::LightClientOptimisticUpdate<P, LightClientHeader>;
}

/// New or changed in Deneb.
pub(crate) mod deneb {
    use ssz_types::FixedVector;
    use typenum::{U4, U5, U6};

    use crate::container::container;
    use crate::containers::basic::Bytes32;
    use crate::containers::block::BeaconBlockHeader;
    use crate::containers::deneb::ExecutionPayloadHeader;

    /// `LightClientHeader`, 828 to 860 bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct LightClientHeader {
        /// The block's header.
        pub beacon: BeaconBlockHeader,
        /// The header of its payload.
        pub execution: ExecutionPayloadHeader,
        /// Branch from the execution part to the body root.
        pub execution_branch: FixedVector<Bytes32, U4>,
    }

    container!(LightClientHeader { beacon, execution, execution_branch });

    /// `LightClientBootstrap`: 25,616 to 25,648 (minimal preset 2,576 to 2,608) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientBootstrap".
    pub type LightClientBootstrap<P> = super::LightClientBootstrap<P, LightClientHeader, U5>;

    /// `LightClientUpdate`: 26,808 to 26,872 (minimal preset 3,708 to 3,772) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientUpdate".
    pub type LightClientUpdate<P> = super::LightClientUpdate<P, LightClientHeader, U5, U6>;

    /// `LightClientFinalityUpdate`: 2,024 to 2,088 (minimal preset 1,964 to 2,028) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientFinalityUpdate".
    pub type LightClientFinalityUpdate<P> = super::LightClientFinalityUpdate<P, LightClientHeader, U6>;

    /// `LightClientOptimisticUpdate`: 1,000 to 1,032 (minimal preset 940 to 972) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientOptimisticUpdate".
    pub type LightClientOptimisticUpdate<P> = super::LightClientOptimisticUpdate<P, LightClientHeader>;
}

/// New or changed in Electra.
pub(crate) mod electra {
    use typenum::{U6, U7};

    use crate::containers::electra::LightClientHeader;

    /// `LightClientBootstrap`: 25,648 to 25,680 (minimal preset 2,608 to 2,640) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientBootstrap", and
    /// `electra/light-client/sync-protocol.md`, "CurrentSyncCommitteeBranch".
    pub type LightClientBootstrap<P> = super::LightClientBootstrap<P, LightClientHeader, U6>;

    /// `LightClientUpdate`: 26,872 to 26,936 (minimal preset 3,772 to 3,836) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientUpdate", and
    /// `electra/light-client/sync-protocol.md`, "NextSyncCommitteeBranch".
    pub type LightClientUpdate<P> = super::LightClientUpdate<P, LightClientHeader, U6, U7>;

    /// `LightClientFinalityUpdate`: 2,056 to 2,120 (minimal preset 1,996 to 2,060) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientFinalityUpdate", and
    /// `electra/light-client/sync-protocol.md`, "FinalityBranch".
    pub type LightClientFinalityUpdate<P> = super::LightClientFinalityUpdate<P, LightClientHeader, U7>;
}

/// New or changed in Gloas.
pub(crate) mod gloas {
    use ssz_types::FixedVector;
    use typenum::{U9, U11};

    use crate::container::container;
    use crate::containers::basic::{Bytes32, Hash32};
    use crate::containers::block::BeaconBlockHeader;

    /// `LightClientHeader`, 496 bytes.
    ///
    /// See `gloas/light-client/sync-protocol.md`, "LightClientHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct LightClientHeader {
        /// The block's header.
        pub beacon: BeaconBlockHeader,
        /// Hash of the payload that the block builds on.
        pub execution_block_hash: Hash32,
        /// Branch from the execution part to the body root.
        pub execution_branch: FixedVector<Bytes32, U11>,
    }

    container!(LightClientHeader { beacon, execution_block_hash, execution_branch });

    /// `LightClientBootstrap`: 25,472 (minimal preset 2,432) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientBootstrap", and
    /// `gloas/light-client/sync-protocol.md`, "CurrentSyncCommitteeBranch".
    pub type LightClientBootstrap<P> = super::LightClientBootstrap<P, LightClientHeader, U11>;

    /// `LightClientUpdate`: 26,424 (minimal preset 3,324) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientUpdate", and
    /// `gloas/light-client/sync-protocol.md`, "NextSyncCommitteeBranch".
    pub type LightClientUpdate<P> = super::LightClientUpdate<P, LightClientHeader, U11, U9>;

    /// `LightClientFinalityUpdate`: 1,448 (minimal preset 1,388) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientFinalityUpdate", and
    /// `gloas/light-client/sync-protocol.md`, "FinalityBranch".
    pub type LightClientFinalityUpdate<P> = super::LightClientFinalityUpdate<P, LightClientHeader, U9>;

    /// `LightClientOptimisticUpdate`: 664 (minimal preset 604) bytes.
    ///
    /// See `capella/light-client/sync-protocol.md`, "LightClientOptimisticUpdate".
    pub type LightClientOptimisticUpdate<P> = super::LightClientOptimisticUpdate<P, LightClientHeader>;
}
