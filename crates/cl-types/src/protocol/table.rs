//! The table of protocols (`p2p-interface.md` of every fork).

use std::fmt;

use super::{MAX_REQUEST_BLOCKS_DENEB, Protocol};
use crate::fork::ForkName;
use crate::limits::{MAX_REQUEST_BLOB_SIDECARS_ELECTRA, MAX_REQUEST_BLOCKS, MAX_REQUEST_DATA_COLUMN_SIDECARS};

/// Which slot of the object in a chunk selects the digest of its context bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Context {
    /// The block's.
    Block,
    /// That of the block header in the sidecar; from Gloas on, where there is none, the sidecar's own.
    Sidecar,
    /// The header's.
    Header,
    /// The attested header's, not the signature slot.
    AttestedHeader,
    /// That of the block whose root the envelope names.
    EnvelopeBlock,
    /// The list's own.
    InclusionList,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Block => "slot of the block",
            Self::Sidecar => "slot of the sidecar's block header, from gloas on its own slot",
            Self::Header => "slot of the header",
            Self::AttestedHeader => "slot of the attested header",
            Self::EnvelopeBlock => "slot of the block that the envelope names",
            Self::InclusionList => "slot of the list",
        })
    }
}

/// A protocol of the specification, whether or not this workspace speaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The full protocol id, as negotiated.
    pub id: &'static str,
    /// The method's name in the id.
    pub name: &'static str,
    /// The version in the id.
    pub version: u8,
    /// The name by which this workspace speaks it.
    pub protocol: Option<Protocol>,
    /// The first fork that has it.
    pub since: ForkName,
    /// The last fork that has it.
    pub until: ForkName,
    /// True if it is still served after its last fork, for as long as sidecars are kept:
    /// [`min_epochs_for_sidecars_requests`](crate::limits::min_epochs_for_sidecars_requests) epochs.
    pub lingers: bool,
    /// SSZ type of the request.
    pub request: &'static str,
    /// Least and most bytes of the request's SSZ in the newest fork that has the protocol. `(0, 0)`: nothing is written.
    pub request_bytes: (usize, usize),
    /// SSZ type of a success chunk; of the fork that the context bytes name, where there are any.
    pub response: &'static str,
    /// Most chunks of any response.
    pub max_chunks: u64,
    /// What its context bytes are about; `None` if it has none.
    pub context: Option<Context>,
}

/// Every protocol. Versions of a method stand together, newest first: the order in which a requester offers them.
pub fn catalogue() -> impl Iterator<Item = &'static Row> {
    TABLE.iter()
}

const LAST: ForkName = ForkName::NEWEST;

/// A row from its name, version and what differs from a single chunk without context in all forks.
macro_rules! row {
    ($name:literal / $version:literal, $since:ident, $request:literal $bytes:expr => $response:literal $(, $field:ident: $value:expr)* $(,)?) => {
        Row {
            $($field: $value,)*
            ..Row {
                id: concat!("/eth2/beacon_chain/req/", $name, "/", $version, "/ssz_snappy"),
                name: $name,
                version: $version,
                protocol: None,
                since: ForkName::$since,
                until: LAST,
                lingers: false,
                request: $request,
                request_bytes: $bytes,
                response: $response,
                max_chunks: 1,
                context: None,
            }
        }
    };
}

const BLOCKS: u64 = MAX_REQUEST_BLOCKS_DENEB;
/// Bytes of as many roots.
const ROOTS: usize = 32 * 128;

/// A new protocol is a row here; one that is spoken, a variant of [`Protocol`] as well.
static TABLE: &[Row] = {
    use ForkName::{Electra, Phase0};
    &[
        row!("status" / 2, Fulu, "StatusV2" (92, 92) => "StatusV2", protocol: Some(Protocol::StatusV2)),
        row!("status" / 1, Phase0, "StatusV1" (84, 84) => "StatusV1", protocol: Some(Protocol::StatusV1)),
        row!("goodbye" / 1, Phase0, "uint64" (8, 8) => "uint64", protocol: Some(Protocol::GoodbyeV1)),
        row!("ping" / 1, Phase0, "uint64" (8, 8) => "uint64", protocol: Some(Protocol::PingV1)),
        row!("metadata" / 3, Fulu, "-" (0, 0) => "MetaDataV3", protocol: Some(Protocol::MetaDataV3)),
        row!("metadata" / 2, Altair, "-" (0, 0) => "MetaDataV2", protocol: Some(Protocol::MetaDataV2)),
        row!("metadata" / 1, Phase0, "-" (0, 0) => "MetaDataV1", protocol: Some(Protocol::MetaDataV1)),
        row!("beacon_blocks_by_range" / 2, Altair, "BlocksByRange" (24, 24) => "SignedBeaconBlock",
            protocol: Some(Protocol::BlocksByRangeV2), max_chunks: BLOCKS, context: Some(Context::Block)),
        row!("beacon_blocks_by_range" / 1, Phase0, "BlocksByRange" (24, 24) => "SignedBeaconBlock",
            until: Phase0, protocol: Some(Protocol::BlocksByRangeV1), max_chunks: MAX_REQUEST_BLOCKS),
        row!("beacon_blocks_by_root" / 2, Altair, "List[Root]" (0, ROOTS) => "SignedBeaconBlock",
            protocol: Some(Protocol::BlocksByRootV2), max_chunks: BLOCKS, context: Some(Context::Block)),
        row!("beacon_blocks_by_root" / 1, Phase0, "List[Root]" (0, 32 * 1024) => "SignedBeaconBlock",
            until: Phase0, protocol: Some(Protocol::BlocksByRootV1), max_chunks: MAX_REQUEST_BLOCKS),
        row!("beacon_blocks_by_head" / 1, Fulu, "BlocksByHead" (40, 40) => "SignedBeaconBlock",
            max_chunks: BLOCKS, context: Some(Context::Block)),
        row!("blob_sidecars_by_range" / 1, Deneb, "BlobsByRange" (16, 16) => "BlobSidecar",
            until: Electra, lingers: true,
            max_chunks: MAX_REQUEST_BLOB_SIDECARS_ELECTRA, context: Some(Context::Sidecar)),
        row!("blob_sidecars_by_root" / 1, Deneb, "List[BlobIdentifier]" (0, 40 * 1152) => "BlobSidecar",
            until: Electra, lingers: true,
            max_chunks: MAX_REQUEST_BLOB_SIDECARS_ELECTRA, context: Some(Context::Sidecar)),
        row!("data_column_sidecars_by_range" / 1, Fulu, "ColumnsByRange" (20, 20 + 8 * 128) => "DataColumnSidecar",
            max_chunks: MAX_REQUEST_DATA_COLUMN_SIDECARS, context: Some(Context::Sidecar)),
        row!("data_column_sidecars_by_root" / 1, Fulu, "List[DataColumnsByRootIdentifier]"
            (0, 128 * (4 + 32 + 4 + 8 * 128)) => "DataColumnSidecar",
            max_chunks: MAX_REQUEST_DATA_COLUMN_SIDECARS, context: Some(Context::Sidecar)),
        row!("light_client_bootstrap" / 1, Altair, "Root" (32, 32) => "LightClientBootstrap",
            context: Some(Context::Header)),
        row!("light_client_updates_by_range" / 1, Altair, "UpdatesByRange" (16, 16) => "LightClientUpdate",
            max_chunks: 128, context: Some(Context::AttestedHeader)),
        row!("light_client_finality_update" / 1, Altair, "-" (0, 0) => "LightClientFinalityUpdate",
            context: Some(Context::AttestedHeader)),
        row!("light_client_optimistic_update" / 1, Altair, "-" (0, 0) => "LightClientOptimisticUpdate",
            context: Some(Context::AttestedHeader)),
        row!("execution_payload_envelopes_by_range" / 1, Gloas, "EnvelopesByRange" (16, 16) =>
            "SignedExecutionPayloadEnvelope", max_chunks: 128, context: Some(Context::EnvelopeBlock)),
        row!("execution_payload_envelopes_by_root" / 1, Gloas, "List[Root]" (0, ROOTS) =>
            "SignedExecutionPayloadEnvelope", max_chunks: 128, context: Some(Context::EnvelopeBlock)),
        row!("inclusion_lists_by_indices" / 1, Heze, "InclusionListsByIndices" (42, 42) => "SignedInclusionList",
            max_chunks: 16, context: Some(Context::InclusionList)),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_the_specification_has() {
        let mut names: Vec<_> = catalogue().map(|row| row.name).collect();
        assert_eq!(names.len(), 23);
        names.dedup();
        assert_eq!(names.len(), 18, "versions of a method stand together");
        for pair in TABLE.windows(2) {
            assert!(pair[0].name != pair[1].name || pair[0].version > pair[1].version, "{}", pair[0].id);
        }
        for row in catalogue() {
            assert!(row.since <= row.until && row.request_bytes.0 <= row.request_bytes.1, "{}", row.id);
        }
        assert_eq!(TABLE[15].request_bytes, (0, 136_192));
        assert_eq!(TABLE[13].request_bytes, (0, 46_080));
    }
}
