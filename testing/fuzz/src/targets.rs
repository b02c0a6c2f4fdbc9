//! The decode entries. Each takes a header of three bytes (preset, fork, which type or topic) and SSZ.

use bytes::Bytes;
use cl_types::containers::{
    MetaData, MetaDataV1, MetaDataV2, MetaDataV3, Status, StatusV1, StatusV2, any, block_slot_and_parent, decodes,
    signed_block_root,
};
use cl_types::{ForkName, PresetId, Protocol, TopicKind, with_preset};
use cl_vectors::case::harmless;
use cl_vectors::{Case, Failure, table};

/// A decode entry.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Takes an input; false if it was accepted although it is not the only form of a value.
    pub run: fn(&[u8]) -> bool,
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "containers", run: containers },
    Target { name: "gossip", run: gossip },
    Target { name: "block-root", run: block_root },
    Target { name: "by-fork", run: by_fork },
    Target { name: "shared", run: shared },
    Target { name: "handshake", run: handshake },
];

/// The header that leads an input to the type of a case.
pub(crate) fn header(case: &Case) -> [u8; 3] {
    let byte = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let preset = usize::from(case.preset == PresetId::Minimal);
    let names = table::names(case.fork);
    let name = names.iter().position(|name| *name == case.type_name).unwrap_or_default();
    [byte(preset), byte(case.fork.index()), byte(name)]
}

/// An input taken apart.
pub(crate) struct Input<'a> {
    pub(crate) preset: PresetId,
    pub(crate) fork: ForkName,
    pub(crate) which: usize,
    pub(crate) ssz: &'a [u8],
}

pub(crate) fn parse(input: &[u8]) -> Option<Input<'_>> {
    let (&[preset, fork, which], ssz) = input.split_first_chunk::<3>()?;
    let presets = [PresetId::Mainnet, PresetId::Minimal, PresetId::Gnosis];
    Some(Input {
        preset: *presets.get(usize::from(preset) % presets.len())?,
        fork: *ForkName::ALL.get(usize::from(fork) % ForkName::ALL.len())?,
        which: usize::from(which),
        ssz,
    })
}

/// Every container, through the table of the vectors: what decodes must encode to the same bytes.
fn containers(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let names = table::names(input.fork);
    let Some(name) = names.get(input.which % names.len().max(1)) else { return true };
    let Some(check) = table::check_of(input.preset, input.fork, name) else { return true };
    let case = Case {
        preset: input.preset,
        fork: input.fork,
        type_name: (*name).to_owned(),
        name: String::new(),
        ssz: Bytes::copy_from_slice(input.ssz),
        root: cl_types::Root::ZERO,
    };
    // The root is another; a check looks at the bytes before it looks at the root.
    !matches!(check(&case), Err(Failure::Encode | Failure::Size { .. }))
}

/// A gossip message of any topic.
fn gossip(input: &[u8]) -> bool {
    if let Some(input) = parse(input) {
        for kind in TopicKind::all_of(input.fork).filter(|kind| kind.subnet().is_none_or(|subnet| subnet == 0)) {
            let _ = decodes(kind, input.fork, input.preset, input.ssz);
        }
    }
    true
}

/// A block, for its root.
fn block_root(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let cheap = block_slot_and_parent(input.ssz);
    match signed_block_root(input.fork, input.preset, input.ssz) {
        Ok(facts) => cheap == Some((facts.slot, facts.parent_root)),
        Err(_) => true,
    }
}

/// The enums over all forks.
fn by_fork(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let (fork, ssz) = (input.fork, input.ssz);
    macro_rules! canonical {
        ($($enum:ty),+) => {
            [$(<$enum>::from_ssz(fork, ssz).is_err() || <$enum>::from_ssz(fork, ssz)
                .is_ok_and(|value| value.as_ssz_bytes() == ssz)),+]
        };
    }
    let of_no_preset = canonical!(
        any::DataColumnSidecar,
        any::PartialDataColumnSidecar,
        any::PartialDataColumnPartsMetadata,
        any::PartialDataColumnGroupID,
        any::SignedExecutionPayloadBid
    );
    let of_preset = with_preset!(input.preset, P => canonical!(
        any::SignedBeaconBlock<P>,
        any::Attestation<P>,
        any::SignedAggregateAndProof<P>,
        any::AttesterSlashing<P>,
        any::ExecutionPayload<P>,
        any::LightClientBootstrap<P>,
        any::LightClientUpdate<P>,
        any::LightClientFinalityUpdate<P>,
        any::LightClientOptimisticUpdate<P>
    ));
    of_no_preset.iter().chain(&of_preset).all(|fine| *fine)
}

/// From a shared buffer it is the same as with a copy.
fn shared(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let whole = Bytes::copy_from_slice(input.ssz);
    let column = any::DataColumnSidecar::from_ssz_shared(input.fork, &whole);
    let block = with_preset!(input.preset, P => {
        any::SignedBeaconBlock::<P>::from_ssz_shared(input.fork, &whole)
            == any::SignedBeaconBlock::<P>::from_ssz(input.fork, input.ssz)
    });
    block && column == any::DataColumnSidecar::from_ssz(input.fork, input.ssz)
}

/// What peers say of themselves.
fn handshake(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let ssz = input.ssz;
    for protocol in [Protocol::StatusV1, Protocol::StatusV2] {
        let _ = Status::from_ssz(protocol, ssz);
    }
    for protocol in [Protocol::MetaDataV1, Protocol::MetaDataV2, Protocol::MetaDataV3] {
        let _ = MetaData::from_ssz(protocol, ssz);
    }
    let ssz = Bytes::copy_from_slice(ssz);
    let status = harmless::<StatusV1>(&ssz).is_ok() && harmless::<StatusV2>(&ssz).is_ok();
    let metadata = [harmless::<MetaDataV1>(&ssz), harmless::<MetaDataV2>(&ssz), harmless::<MetaDataV3>(&ssz)];
    status && metadata.iter().all(Result::is_ok)
}
