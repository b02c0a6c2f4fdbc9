//! What success chunks hold, and how large that can be.

use std::fmt;
use std::ops::RangeInclusive;

use crate::containers as c;
use crate::decode::Field;
use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;
use crate::size::Size;
use crate::topic::{TopicKind, bounds};
use crate::with_preset;

/// The SSZ type of a success chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Object {
    /// 84 bytes.
    StatusV1,
    /// 92 bytes.
    StatusV2,
    /// 8 bytes.
    Uint64,
    /// 16 bytes.
    MetaDataV1,
    /// 17 bytes.
    MetaDataV2,
    /// 25 bytes.
    MetaDataV3,
    /// Of every fork.
    SignedBeaconBlock,
    /// Deneb and Electra.
    BlobSidecar,
    /// Since Fulu.
    DataColumnSidecar,
    /// Since Altair.
    LightClientBootstrap,
    /// Since Altair.
    LightClientUpdate,
    /// Since Altair.
    LightClientFinalityUpdate,
    /// Since Altair.
    LightClientOptimisticUpdate,
    /// Since Gloas.
    SignedExecutionPayloadEnvelope,
    /// Since Heze.
    SignedInclusionList,
}

/// A size that depends on the preset, from one fork on.
type Row = (ForkName, fn(PresetId) -> Size);

macro_rules! row {
    ($since:ident, $fork:ident::$name:ident) => {
        (ForkName::$since, |preset| with_preset!(preset, P => <c::$fork::$name<P> as Field>::ssz_size()))
    };
}

/// Oldest fork first; a row wherever a fork changes the type.
const BOOTSTRAPS: &[Row] = &[
    row!(Altair, altair::LightClientBootstrap),
    row!(Capella, capella::LightClientBootstrap),
    row!(Deneb, deneb::LightClientBootstrap),
    row!(Electra, electra::LightClientBootstrap),
    row!(Gloas, gloas::LightClientBootstrap),
];

const UPDATES: &[Row] = &[
    row!(Altair, altair::LightClientUpdate),
    row!(Capella, capella::LightClientUpdate),
    row!(Deneb, deneb::LightClientUpdate),
    row!(Electra, electra::LightClientUpdate),
    row!(Gloas, gloas::LightClientUpdate),
];

impl Object {
    /// Least and most bytes of its SSZ in a fork. Nothing fits in a fork that has no such object. `max_blobs` is the most
    /// blobs that a block of the era may have: it bounds columns.
    #[must_use]
    pub fn bounds(self, fork: ForkName, preset: PresetId, max_blobs: u64) -> RangeInclusive<usize> {
        let fixed = |len| len..=len;
        let like = |kind: TopicKind| {
            if kind.is_live_in(fork) { bounds::of(kind, fork, preset, max_blobs) } else { NOTHING }
        };
        match self {
            Self::StatusV1 => fixed(84),
            Self::StatusV2 => fixed(92),
            Self::Uint64 => fixed(8),
            Self::MetaDataV1 => fixed(16),
            Self::MetaDataV2 => fixed(17),
            Self::MetaDataV3 => fixed(25),
            Self::SignedBeaconBlock => like(TopicKind::BeaconBlock),
            Self::BlobSidecar => like(TopicKind::BlobSidecar(0)),
            Self::DataColumnSidecar => like(TopicKind::DataColumnSidecar(0)),
            Self::LightClientBootstrap => of_row(BOOTSTRAPS, fork, preset),
            Self::LightClientUpdate => of_row(UPDATES, fork, preset),
            Self::LightClientFinalityUpdate => like(TopicKind::LightClientFinalityUpdate),
            Self::LightClientOptimisticUpdate => like(TopicKind::LightClientOptimisticUpdate),
            Self::SignedExecutionPayloadEnvelope => like(TopicKind::ExecutionPayload),
            Self::SignedInclusionList => like(TopicKind::InclusionList),
        }
    }
}

/// A range that holds no size.
const NOTHING: RangeInclusive<usize> = RangeInclusive::new(1, 0);

fn of_row(rows: &[Row], fork: ForkName, preset: PresetId) -> RangeInclusive<usize> {
    let row = rows.iter().rev().find(|(since, _)| *since <= fork);
    row.map_or(NOTHING, |(_, size)| {
        let Size { min, max } = size(preset);
        min..=max.min(MAX_PAYLOAD_SIZE)
    })
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::StatusV1 => "StatusV1",
            Self::StatusV2 => "StatusV2",
            Self::Uint64 => "uint64",
            Self::MetaDataV1 => "MetaDataV1",
            Self::MetaDataV2 => "MetaDataV2",
            Self::MetaDataV3 => "MetaDataV3",
            Self::SignedBeaconBlock => "SignedBeaconBlock",
            Self::BlobSidecar => "BlobSidecar",
            Self::DataColumnSidecar => "DataColumnSidecar",
            Self::LightClientBootstrap => "LightClientBootstrap",
            Self::LightClientUpdate => "LightClientUpdate",
            Self::LightClientFinalityUpdate => "LightClientFinalityUpdate",
            Self::LightClientOptimisticUpdate => "LightClientOptimisticUpdate",
            Self::SignedExecutionPayloadEnvelope => "SignedExecutionPayloadEnvelope",
            Self::SignedInclusionList => "SignedInclusionList",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_fit_only_into_forks_that_have_them() {
        let bounds = |object: Object, fork| object.bounds(fork, PresetId::Mainnet, 9);
        assert_eq!(bounds(Object::SignedBeaconBlock, ForkName::Phase0), 404..=157_756);
        assert_eq!(bounds(Object::BlobSidecar, ForkName::Electra), 131_928..=131_928);
        assert!(bounds(Object::BlobSidecar, ForkName::Fulu).is_empty());
        assert!(bounds(Object::DataColumnSidecar, ForkName::Electra).is_empty());
        assert_eq!(bounds(Object::DataColumnSidecar, ForkName::Fulu), 356..=356 + 9 * (2048 + 96));
        assert!(bounds(Object::LightClientBootstrap, ForkName::Phase0).is_empty());
        // Header, committee, branch.
        assert_eq!(bounds(Object::LightClientBootstrap, ForkName::Altair), 24_896..=24_896);
        assert!(bounds(Object::SignedExecutionPayloadEnvelope, ForkName::Fulu).is_empty());
        assert_eq!(bounds(Object::SignedInclusionList, ForkName::Heze), 152..=41_112);
    }
}
