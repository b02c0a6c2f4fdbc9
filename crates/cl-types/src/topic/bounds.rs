//! What each topic's messages are: their SSZ type, and so how large they can be.

use std::ops::RangeInclusive;

use super::TopicKind;
use crate::containers as c;
use crate::decode::Field;
use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;
use crate::size::Size;
use crate::with_preset;

/// The messages of a topic, from one fork on.
struct Row {
    kind: TopicKind,
    since: ForkName,
    /// Name of the type.
    ssz: &'static str,
    /// What the type itself says of its size.
    size: fn(PresetId) -> Size,
    cap: Cap,
}

/// What the specification says of the size beside the type. [`MAX_PAYLOAD_SIZE`] always counts as well.
enum Cap {
    /// Nothing.
    None,
    /// So many bytes more than the least.
    Over(usize),
    /// So many bytes more than the least for each blob that any block may have.
    PerBlob(usize),
    /// The most of another type.
    Like(fn(PresetId) -> Size),
}

/// The size of a container by its fork and name.
macro_rules! size {
    ($fork:ident::$name:ident) => {
        |_: PresetId| <c::$fork::$name as Field>::ssz_size()
    };
    ($fork:ident::$name:ident<P>) => {
        |preset: PresetId| with_preset!(preset, P => <c::$fork::$name<P> as Field>::ssz_size())
    };
}

macro_rules! row {
    (@cap) => {
        Cap::None
    };
    (@cap $cap:expr) => {
        $cap
    };
    ($kind:expr, $since:ident, $fork:ident::$name:ident $(<$preset:ident>)? $(, $cap:expr)?) => {
        Row {
            kind: $kind,
            since: ForkName::$since,
            ssz: stringify!($name),
            size: size!($fork::$name $(<$preset>)?),
            cap: row!(@cap $($cap)?),
        }
    };
}

/// A cell, its proof and, in Fulu, its commitment.
const FULU_CELL: usize = 2048 + 48 + 48;
const GLOAS_CELL: usize = 2048 + 48;
/// `MAX_BLOB_COMMITMENTS_PER_BLOCK` commitments.
const COMMITMENTS: usize = 48 * 4096;
/// Transactions of one byte with an offset each, up to `MAX_BYTES_PER_INCLUSION_LIST`.
const INCLUSION_LIST: usize = 8192 * 5;

/// Rows of a topic stand together, oldest fork first; another row wherever a fork changes the type.
const ROWS: &[Row] = {
    use TopicKind as T;
    &[
        row!(T::BeaconBlock, Phase0, phase0::SignedBeaconBlock),
        row!(T::BeaconBlock, Altair, altair::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Bellatrix, bellatrix::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Capella, capella::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Deneb, deneb::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Electra, electra::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Gloas, gloas::SignedBeaconBlock<P>),
        row!(T::BeaconBlock, Heze, heze::SignedBeaconBlock<P>),
        row!(T::BeaconAggregateAndProof, Phase0, phase0::SignedAggregateAndProof),
        row!(T::BeaconAggregateAndProof, Electra, electra::SignedAggregateAndProof<P>),
        row!(
            T::BeaconAggregateAndProof,
            Gloas,
            gloas::SignedAggregateAndProof<P>,
            Cap::Like(size!(electra::SignedAggregateAndProof<P>))
        ),
        row!(T::BeaconAttestation(0), Phase0, phase0::Attestation),
        row!(T::BeaconAttestation(0), Electra, electra::SingleAttestation),
        row!(T::VoluntaryExit, Phase0, phase0::SignedVoluntaryExit),
        row!(T::ProposerSlashing, Phase0, phase0::ProposerSlashing),
        row!(T::AttesterSlashing, Phase0, phase0::AttesterSlashing),
        row!(T::AttesterSlashing, Electra, electra::AttesterSlashing<P>),
        row!(T::AttesterSlashing, Gloas, gloas::AttesterSlashing, Cap::Like(size!(electra::AttesterSlashing<P>))),
        row!(T::SyncCommitteeContributionAndProof, Altair, altair::SignedContributionAndProof<P>),
        row!(T::SyncCommittee(0), Altair, altair::SyncCommitteeMessage),
        row!(T::LightClientFinalityUpdate, Altair, altair::LightClientFinalityUpdate<P>),
        row!(T::LightClientFinalityUpdate, Capella, capella::LightClientFinalityUpdate<P>),
        row!(T::LightClientFinalityUpdate, Deneb, deneb::LightClientFinalityUpdate<P>),
        row!(T::LightClientFinalityUpdate, Electra, electra::LightClientFinalityUpdate<P>),
        row!(T::LightClientFinalityUpdate, Gloas, gloas::LightClientFinalityUpdate<P>),
        row!(T::LightClientOptimisticUpdate, Altair, altair::LightClientOptimisticUpdate<P>),
        row!(T::LightClientOptimisticUpdate, Capella, capella::LightClientOptimisticUpdate<P>),
        row!(T::LightClientOptimisticUpdate, Deneb, deneb::LightClientOptimisticUpdate<P>),
        row!(T::LightClientOptimisticUpdate, Gloas, gloas::LightClientOptimisticUpdate<P>),
        row!(T::BlsToExecutionChange, Capella, capella::SignedBLSToExecutionChange),
        row!(T::BlobSidecar(0), Deneb, deneb::BlobSidecar),
        row!(T::DataColumnSidecar(0), Fulu, fulu::DataColumnSidecar, Cap::PerBlob(FULU_CELL)),
        row!(T::DataColumnSidecar(0), Gloas, gloas::DataColumnSidecar, Cap::PerBlob(GLOAS_CELL)),
        row!(T::ExecutionPayloadBid, Gloas, gloas::SignedExecutionPayloadBid, Cap::Over(COMMITMENTS)),
        row!(T::ExecutionPayloadBid, Heze, heze::SignedExecutionPayloadBid, Cap::Over(COMMITMENTS)),
        row!(T::ExecutionPayload, Gloas, gloas::SignedExecutionPayloadEnvelope),
        row!(T::PayloadAttestationMessage, Gloas, gloas::PayloadAttestationMessage),
        row!(T::ProposerPreferences, Gloas, gloas::SignedProposerPreferences),
        row!(T::InclusionList, Heze, heze::SignedInclusionList, Cap::Over(INCLUSION_LIST)),
    ]
};

/// The row of a topic in a fork.
fn row(kind: TopicKind, fork: ForkName) -> Option<&'static Row> {
    let kind = kind.with_subnet(0);
    ROWS.iter().rev().find(|row| row.kind == kind && row.since <= fork)
}

/// The name of a topic's type in a fork.
pub(super) fn ssz_type(kind: TopicKind, fork: ForkName) -> &'static str {
    row(kind, fork).map_or("", |row| row.ssz)
}

/// The bounds of a topic in a fork. Nothing fits before the topic's first fork.
pub(crate) fn of(kind: TopicKind, fork: ForkName, preset: PresetId, max_blobs: u64) -> RangeInclusive<usize> {
    let Some(row) = row(kind, fork) else {
        return RangeInclusive::new(1, 0);
    };
    let Size { min, max } = (row.size)(preset);
    let cap = match row.cap {
        Cap::None => MAX_PAYLOAD_SIZE,
        Cap::Over(bytes) => min.saturating_add(bytes),
        Cap::PerBlob(bytes) => {
            let blobs = usize::try_from(max_blobs).unwrap_or(usize::MAX);
            min.saturating_add(bytes.saturating_mul(blobs))
        }
        Cap::Like(size) => size(preset).max,
    };
    min..=max.min(cap).min(MAX_PAYLOAD_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: usize = MAX_PAYLOAD_SIZE;

    /// Both presets have the same.
    const fn both(kind: TopicKind, since: ForkName, bounds: (usize, usize)) -> Expected {
        (kind, since, bounds, bounds)
    }

    /// Topic, fork, bounds with mainnet's and the minimal preset.
    type Expected = (TopicKind, ForkName, (usize, usize), (usize, usize));

    /// The specification's numbers, with nine blobs at most: they hold until the topic's next row.
    fn expected() -> Vec<Expected> {
        use ForkName::{Altair, Bellatrix, Capella, Deneb, Electra, Fulu, Gloas, Heze, Phase0};
        use TopicKind as T;
        vec![
            (T::BeaconBlock, Phase0, (404, 157_756), (404, 157_756)),
            (T::BeaconBlock, Altair, (564, 157_916), (504, 157_856)),
            (T::BeaconBlock, Bellatrix, (1076, P), (1016, P)),
            (T::BeaconBlock, Capella, (1084, P), (1024, P)),
            (T::BeaconBlock, Deneb, (1104, P), (1044, P)),
            (T::BeaconBlock, Electra, (1120, P), (1060, P)),
            (T::BeaconBlock, Gloas, (924, P), (864, P)),
            (T::BeaconBlock, Heze, (850, P), (790, P)),
            both(T::BeaconAggregateAndProof, Phase0, (437, 693)),
            (T::BeaconAggregateAndProof, Electra, (445, 16_829), (438, 1462)),
            both(T::BeaconAttestation(0), Phase0, (229, 485)),
            both(T::BeaconAttestation(0), Electra, (240, 240)),
            both(T::VoluntaryExit, Phase0, (112, 112)),
            both(T::ProposerSlashing, Phase0, (416, 416)),
            both(T::AttesterSlashing, Phase0, (464, 33_232)),
            (T::AttesterSlashing, Electra, (464, 2_097_616), (464, 131_536)),
            (T::SyncCommitteeContributionAndProof, Altair, (360, 360), (345, 345)),
            both(T::SyncCommittee(0), Altair, (144, 144)),
            (T::LightClientFinalityUpdate, Altair, (584, 584), (524, 524)),
            (T::LightClientFinalityUpdate, Capella, (1992, 2056), (1932, 1996)),
            (T::LightClientFinalityUpdate, Deneb, (2024, 2088), (1964, 2028)),
            (T::LightClientFinalityUpdate, Electra, (2056, 2120), (1996, 2060)),
            (T::LightClientFinalityUpdate, Gloas, (1448, 1448), (1388, 1388)),
            (T::LightClientOptimisticUpdate, Altair, (280, 280), (220, 220)),
            (T::LightClientOptimisticUpdate, Capella, (984, 1016), (924, 956)),
            (T::LightClientOptimisticUpdate, Deneb, (1000, 1032), (940, 972)),
            (T::LightClientOptimisticUpdate, Gloas, (664, 664), (604, 604)),
            both(T::BlsToExecutionChange, Capella, (172, 172)),
            both(T::BlobSidecar(0), Deneb, (131_928, 131_928)),
            both(T::DataColumnSidecar(0), Fulu, (356, 356 + 9 * 2144)),
            both(T::DataColumnSidecar(0), Gloas, (56, 56 + 9 * 2096)),
            both(T::ExecutionPayloadBid, Gloas, (324, 196_932)),
            both(T::ExecutionPayloadBid, Heze, (326, 196_934)),
            both(T::ExecutionPayload, Gloas, (740, P)),
            both(T::PayloadAttestationMessage, Gloas, (146, 146)),
            both(T::ProposerPreferences, Gloas, (172, 172)),
            both(T::InclusionList, Heze, (152, 41_112)),
        ]
    }

    #[test]
    fn types_have_the_specification_s_sizes() {
        let expected = expected();
        for fork in ForkName::ALL {
            for kind in TopicKind::families_of(fork) {
                let found = expected.iter().rev().find(|row| row.0 == kind && row.1 <= fork);
                let (_, _, mainnet, minimal) = *found.unwrap();
                for (preset, (min, max)) in
                    [(PresetId::Mainnet, mainnet), (PresetId::Minimal, minimal), (PresetId::Gnosis, mainnet)]
                {
                    assert_eq!(of(kind, fork, preset, 9), min..=max, "{kind} in {fork} with {preset}");
                }
            }
        }
    }

    #[test]
    fn rows_stand_in_order_and_end_with_their_topic() {
        for pair in ROWS.windows(2) {
            assert!(pair[0].kind != pair[1].kind || pair[0].since < pair[1].since, "{}", pair[1].kind);
        }
        assert!(of(TopicKind::DataColumnSidecar(0), ForkName::Electra, PresetId::Mainnet, 9).is_empty());
        assert_eq!(ssz_type(TopicKind::BeaconAttestation(9), ForkName::Deneb), "Attestation");
        assert_eq!(ssz_type(TopicKind::BeaconAttestation(9), ForkName::Electra), "SingleAttestation");
        assert_eq!(ssz_type(TopicKind::InclusionList, ForkName::Gloas), "");
    }

    #[test]
    fn columns_follow_the_blob_schedule() {
        let column = TopicKind::DataColumnSidecar(5);
        assert_eq!(of(column, ForkName::Fulu, PresetId::Mainnet, 21), 356..=45_380);
        assert_eq!(of(column, ForkName::Fulu, PresetId::Mainnet, 4096), 356..=8_782_180);
        assert_eq!(of(column, ForkName::Gloas, PresetId::Mainnet, 21), 56..=44_072);
        assert_eq!(of(column, ForkName::Gloas, PresetId::Minimal, 9), 56..=18_920);
        assert_eq!(of(column, ForkName::Gloas, PresetId::Minimal, u64::MAX), 56..=P);
    }
}
