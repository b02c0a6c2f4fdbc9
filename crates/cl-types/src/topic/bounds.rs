//! How large the SSZ of each topic's message can be: one row wherever a fork changes it.

use std::ops::RangeInclusive;

use super::TopicKind;
use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;

/// Bytes from the first to the second number, and `per_blob` more on the latter for each blob that any block may have.
struct Row {
    kind: TopicKind,
    since: ForkName,
    mainnet: (usize, usize),
    minimal: (usize, usize),
    per_blob: usize,
}

const fn row(kind: TopicKind, since: ForkName, mainnet: (usize, usize), minimal: (usize, usize)) -> Row {
    Row {
        kind,
        since,
        mainnet,
        minimal,
        per_blob: 0,
    }
}

/// The same for both presets.
const fn both(kind: TopicKind, since: ForkName, bounds: (usize, usize)) -> Row {
    row(kind, since, bounds, bounds)
}

/// Grows with the number of blobs.
const fn blobs(kind: TopicKind, since: ForkName, without: usize, per_blob: usize) -> Row {
    Row {
        kind,
        since,
        mainnet: (without, without),
        minimal: (without, without),
        per_blob,
    }
}

const P: usize = MAX_PAYLOAD_SIZE;
/// A cell, its proof and, in Fulu, its commitment.
const FULU_CELL: usize = 2048 + 48 + 48;
const GLOAS_CELL: usize = 2048 + 48;

/// Rows of a topic stand together, oldest fork first. Where SSZ itself has no limit, the specification's cap counts.
const ROWS: [Row; 36] = {
    use ForkName::{Altair, Bellatrix, Capella, Deneb, Electra, Fulu, Gloas, Heze, Phase0};
    use TopicKind as T;
    [
        row(T::BeaconBlock, Phase0, (404, 157_756), (404, 157_756)),
        row(T::BeaconBlock, Altair, (564, 157_916), (504, 157_856)),
        row(T::BeaconBlock, Bellatrix, (1076, P), (1016, P)),
        row(T::BeaconBlock, Capella, (1084, P), (1024, P)),
        row(T::BeaconBlock, Deneb, (1104, P), (1044, P)),
        row(T::BeaconBlock, Electra, (1120, P), (1060, P)),
        row(T::BeaconBlock, Gloas, (924, P), (864, P)),
        row(T::BeaconBlock, Heze, (850, P), (790, P)),
        both(T::BeaconAggregateAndProof, Phase0, (437, 693)),
        row(T::BeaconAggregateAndProof, Electra, (445, 16_829), (438, 1462)),
        both(T::BeaconAttestation(0), Phase0, (229, 485)),
        both(T::BeaconAttestation(0), Electra, (240, 240)),
        both(T::VoluntaryExit, Phase0, (112, 112)),
        both(T::ProposerSlashing, Phase0, (416, 416)),
        both(T::AttesterSlashing, Phase0, (464, 33_232)),
        row(T::AttesterSlashing, Electra, (464, 2_097_616), (464, 131_536)),
        row(T::SyncCommitteeContributionAndProof, Altair, (360, 360), (345, 345)),
        both(T::SyncCommittee(0), Altair, (144, 144)),
        row(T::LightClientFinalityUpdate, Altair, (584, 584), (524, 524)),
        row(T::LightClientFinalityUpdate, Capella, (1992, 2056), (1932, 1996)),
        row(T::LightClientFinalityUpdate, Deneb, (2024, 2088), (1964, 2028)),
        row(T::LightClientFinalityUpdate, Electra, (2056, 2120), (1996, 2060)),
        row(T::LightClientFinalityUpdate, Gloas, (1448, 1448), (1388, 1388)),
        row(T::LightClientOptimisticUpdate, Altair, (280, 280), (220, 220)),
        row(T::LightClientOptimisticUpdate, Capella, (984, 1016), (924, 956)),
        row(T::LightClientOptimisticUpdate, Deneb, (1000, 1032), (940, 972)),
        row(T::LightClientOptimisticUpdate, Gloas, (664, 664), (604, 604)),
        both(T::BlsToExecutionChange, Capella, (172, 172)),
        both(T::BlobSidecar(0), Deneb, (131_928, 131_928)),
        blobs(T::DataColumnSidecar(0), Fulu, 356, FULU_CELL),
        blobs(T::DataColumnSidecar(0), Gloas, 56, GLOAS_CELL),
        both(T::ExecutionPayloadBid, Gloas, (324, 196_932)),
        both(T::ExecutionPayload, Gloas, (740, P)),
        both(T::PayloadAttestationMessage, Gloas, (146, 146)),
        both(T::ProposerPreferences, Gloas, (172, 172)),
        both(T::InclusionList, Heze, (152, 41_112)),
    ]
};

/// The bounds of a topic in a fork. Nothing fits before the topic's first fork.
pub(crate) fn of(kind: TopicKind, fork: ForkName, preset: PresetId, max_blobs: u64) -> RangeInclusive<usize> {
    let kind = kind.with_subnet(0);
    let Some(row) = ROWS.iter().rev().find(|row| row.kind == kind && row.since <= fork) else {
        return RangeInclusive::new(1, 0);
    };
    let (min, max) = match preset {
        PresetId::Mainnet => row.mainnet,
        PresetId::Minimal => row.minimal,
    };
    let blobs = usize::try_from(max_blobs)
        .unwrap_or(usize::MAX)
        .saturating_mul(row.per_blob);
    min..=max.saturating_add(blobs).min(P)
}

#[cfg(test)]
mod tests {
    use ssz::Encode;

    use super::*;
    use crate::containers as c;
    use crate::with_preset;

    /// Every topic of every fork has a row, and the row of another fork is not taken by mistake.
    #[test]
    fn every_topic_has_bounds() {
        for preset in [PresetId::Mainnet, PresetId::Minimal] {
            for fork in ForkName::ALL {
                for kind in TopicKind::all_of(fork) {
                    let bounds = of(kind, fork, preset, 9);
                    assert!(!bounds.is_empty() && *bounds.end() <= P, "{kind} in {fork}");
                }
            }
        }
        assert!(of(TopicKind::DataColumnSidecar(0), ForkName::Electra, PresetId::Mainnet, 9).is_empty());
        assert!(
            ROWS.windows(2)
                .all(|pair| pair[0].kind != pair[1].kind || pair[0].since < pair[1].since)
        );
    }

    #[test]
    fn the_least_is_an_empty_object() {
        for preset in [PresetId::Mainnet, PresetId::Minimal] {
            for fork in [ForkName::Electra, ForkName::Fulu] {
                let min = |kind| *of(kind, fork, preset, 9).start();
                with_preset!(preset, P => {
                    assert_eq!(min(TopicKind::BeaconBlock), c::SignedBeaconBlock::<P>::default().ssz_bytes_len());
                    assert_eq!(
                        min(TopicKind::BeaconAggregateAndProof),
                        c::SignedAggregateAndProof::<P>::default().ssz_bytes_len()
                    );
                    assert_eq!(min(TopicKind::BeaconAttestation(7)), c::SingleAttestation::default().ssz_bytes_len());
                    assert_eq!(min(TopicKind::VoluntaryExit), c::SignedVoluntaryExit::default().ssz_bytes_len());
                    assert_eq!(min(TopicKind::ProposerSlashing), c::ProposerSlashing::default().ssz_bytes_len());
                    assert_eq!(min(TopicKind::AttesterSlashing), c::AttesterSlashing::<P>::default().ssz_bytes_len());
                    assert_eq!(
                        min(TopicKind::SyncCommitteeContributionAndProof),
                        c::SignedContributionAndProof::<P>::default().ssz_bytes_len()
                    );
                    assert_eq!(min(TopicKind::SyncCommittee(3)), c::SyncCommitteeMessage::default().ssz_bytes_len());
                    assert_eq!(
                        min(TopicKind::LightClientFinalityUpdate),
                        c::LightClientFinalityUpdate::<P>::default().ssz_bytes_len()
                    );
                    assert_eq!(
                        min(TopicKind::LightClientOptimisticUpdate),
                        c::LightClientOptimisticUpdate::<P>::default().ssz_bytes_len()
                    );
                    assert_eq!(
                        min(TopicKind::BlsToExecutionChange),
                        c::SignedBLSToExecutionChange::default().ssz_bytes_len()
                    );
                });
                if fork == ForkName::Fulu {
                    assert_eq!(
                        min(TopicKind::DataColumnSidecar(0)),
                        c::DataColumnSidecar::default().ssz_bytes_len()
                    );
                }
            }
        }
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
