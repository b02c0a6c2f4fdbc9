//! The table of protocols (`p2p-interface.md` of every fork).

use std::fmt;

use super::{MAX_REQUEST_BLOCKS_DENEB, Method, Object, Protocol};
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

/// A protocol of the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The full protocol id, as negotiated.
    pub id: &'static str,
    /// The method's name in the id.
    pub name: &'static str,
    /// The version in the id.
    pub version: u8,
    /// The protocol.
    pub protocol: Protocol,
    /// The method of which it is a version.
    pub method: Method,
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
    /// What a success chunk holds; of the fork that the context bytes name, where there are any.
    pub response: Object,
    /// Most chunks of any response.
    pub max_chunks: u64,
    /// What its context bytes are about; `None` if it has none.
    pub context: Option<Context>,
}

/// Every protocol. Versions of a method stand together, newest first: the order in which a requester offers them.
pub fn catalogue() -> impl Iterator<Item = &'static Row> {
    TABLE.iter()
}

/// The row of a protocol.
pub(super) fn row_of(protocol: Protocol) -> &'static Row {
    /// Every protocol has a row, which a test makes sure of; this one is for the compiler.
    const FIRST: &Row = TABLE.first().expect("the table is not empty");
    TABLE.iter().find(|row| row.protocol == protocol).unwrap_or(FIRST)
}

const LAST: ForkName = ForkName::NEWEST;

/// A row from its name, version and what differs from a single chunk without context in all forks.
macro_rules! row {
    ($protocol:ident = $name:literal / $version:literal of $method:ident, $since:ident,
     $request:literal $bytes:expr => $response:ident $(, $field:ident: $value:expr)* $(,)?) => {
        Row {
            $($field: $value,)*
            ..Row {
                id: concat!("/eth2/beacon_chain/req/", $name, "/", $version, "/ssz_snappy"),
                name: $name,
                version: $version,
                protocol: Protocol::$protocol,
                method: Method::$method,
                since: ForkName::$since,
                until: LAST,
                lingers: false,
                request: $request,
                request_bytes: $bytes,
                response: Object::$response,
                max_chunks: 1,
                context: None,
            }
        }
    };
}

const BLOCKS: u64 = MAX_REQUEST_BLOCKS_DENEB;
const COLUMNS: u64 = MAX_REQUEST_DATA_COLUMN_SIDECARS;
const BLOBS: u64 = MAX_REQUEST_BLOB_SIDECARS_ELECTRA;
/// Bytes of as many roots.
const ROOTS: usize = 32 * 128;
/// Bytes of as many column identifiers, all columns asked for in each.
const IDENTIFIERS: usize = 128 * (4 + 32 + 4 + 8 * 128);

/// A new protocol is a row here and a variant of [`Protocol`].
const TABLE: &[Row] = {
    use Context::{AttestedHeader, Block, EnvelopeBlock, Header, Sidecar};
    use ForkName::{Electra, Phase0};
    &[
        row!(StatusV2 = "status" / 2 of Status, Fulu, "StatusV2" (92, 92) => StatusV2),
        row!(StatusV1 = "status" / 1 of Status, Phase0, "StatusV1" (84, 84) => StatusV1),
        row!(GoodbyeV1 = "goodbye" / 1 of Goodbye, Phase0, "uint64" (8, 8) => Uint64),
        row!(PingV1 = "ping" / 1 of Ping, Phase0, "uint64" (8, 8) => Uint64),
        row!(MetaDataV3 = "metadata" / 3 of MetaData, Fulu, "-" (0, 0) => MetaDataV3),
        row!(MetaDataV2 = "metadata" / 2 of MetaData, Altair, "-" (0, 0) => MetaDataV2),
        row!(MetaDataV1 = "metadata" / 1 of MetaData, Phase0, "-" (0, 0) => MetaDataV1),
        row!(BlocksByRangeV2 = "beacon_blocks_by_range" / 2 of BlocksByRange, Altair,
            "BlocksByRange" (24, 24) => SignedBeaconBlock, max_chunks: BLOCKS, context: Some(Block)),
        row!(BlocksByRangeV1 = "beacon_blocks_by_range" / 1 of BlocksByRange, Phase0,
            "BlocksByRange" (24, 24) => SignedBeaconBlock, until: Phase0, max_chunks: MAX_REQUEST_BLOCKS),
        row!(BlocksByRootV2 = "beacon_blocks_by_root" / 2 of BlocksByRoot, Altair,
            "List[Root]" (0, ROOTS) => SignedBeaconBlock, max_chunks: BLOCKS, context: Some(Block)),
        row!(BlocksByRootV1 = "beacon_blocks_by_root" / 1 of BlocksByRoot, Phase0,
            "List[Root]" (0, 32 * 1024) => SignedBeaconBlock, until: Phase0, max_chunks: MAX_REQUEST_BLOCKS),
        row!(BlocksByHeadV1 = "beacon_blocks_by_head" / 1 of BlocksByHead, Fulu,
            "BlocksByHead" (40, 40) => SignedBeaconBlock, max_chunks: BLOCKS, context: Some(Block)),
        row!(BlobsByRangeV1 = "blob_sidecars_by_range" / 1 of BlobsByRange, Deneb,
            "BlobsByRange" (16, 16) => BlobSidecar,
            until: Electra, lingers: true, max_chunks: BLOBS, context: Some(Sidecar)),
        row!(BlobsByRootV1 = "blob_sidecars_by_root" / 1 of BlobsByRoot, Deneb,
            "List[BlobIdentifier]" (0, 40 * 1152) => BlobSidecar,
            until: Electra, lingers: true, max_chunks: BLOBS, context: Some(Sidecar)),
        row!(ColumnsByRangeV1 = "data_column_sidecars_by_range" / 1 of ColumnsByRange, Fulu,
            "ColumnsByRange" (20, 20 + 8 * 128) => DataColumnSidecar, max_chunks: COLUMNS, context: Some(Sidecar)),
        row!(ColumnsByRootV1 = "data_column_sidecars_by_root" / 1 of ColumnsByRoot, Fulu,
            "List[DataColumnsByRootIdentifier]" (0, IDENTIFIERS) => DataColumnSidecar,
            max_chunks: COLUMNS, context: Some(Sidecar)),
        row!(LightClientBootstrapV1 = "light_client_bootstrap" / 1 of LightClientBootstrap, Altair,
            "Root" (32, 32) => LightClientBootstrap, context: Some(Header)),
        row!(LightClientUpdatesByRangeV1 = "light_client_updates_by_range" / 1 of LightClientUpdatesByRange, Altair,
            "UpdatesByRange" (16, 16) => LightClientUpdate, max_chunks: 128, context: Some(AttestedHeader)),
        row!(LightClientFinalityUpdateV1 = "light_client_finality_update" / 1 of LightClientFinalityUpdate, Altair,
            "-" (0, 0) => LightClientFinalityUpdate, context: Some(AttestedHeader)),
        row!(LightClientOptimisticUpdateV1 = "light_client_optimistic_update" / 1 of LightClientOptimisticUpdate,
            Altair, "-" (0, 0) => LightClientOptimisticUpdate, context: Some(AttestedHeader)),
        row!(EnvelopesByRangeV1 = "execution_payload_envelopes_by_range" / 1 of EnvelopesByRange, Gloas,
            "EnvelopesByRange" (16, 16) => SignedExecutionPayloadEnvelope,
            max_chunks: BLOCKS, context: Some(EnvelopeBlock)),
        row!(EnvelopesByRootV1 = "execution_payload_envelopes_by_root" / 1 of EnvelopesByRoot, Gloas,
            "List[Root]" (0, ROOTS) => SignedExecutionPayloadEnvelope,
            max_chunks: BLOCKS, context: Some(EnvelopeBlock)),
        row!(InclusionListsByIndicesV1 = "inclusion_lists_by_indices" / 1 of InclusionListsByIndices, Heze,
            "InclusionListsByIndices" (42, 42) => SignedInclusionList,
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
        for row in catalogue() {
            assert_eq!((row.protocol.row(), row.method.as_str()), (row, row.name));
        }
        assert_eq!(TABLE[15].request_bytes, (0, 136_192));
        assert_eq!(TABLE[13].request_bytes, (0, 46_080));
    }
}
