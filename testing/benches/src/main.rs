//! Prints a table: our containers against plain derives, in nanoseconds and as ratios of this run.
//!
//! `cargo run --release -p cl-benches`. A column `goal` says what a ratio is meant to be at most.
//! `cargo run --release -p cl-benches -- rpc` prints those of req/resp instead; words after it choose transfers, as in
//! `-- rpc "QUIC: 1,024 blocks"`. `-- gossip` measures gossip at the load of mainnet; `-- gossip --help` says how.
//! `-- validation` measures the judge of gossip.
//! `-- discovery` measures finding peers in a network on loopback.

mod clock;
mod derived;
mod discovery;
mod gossip;
mod nodes;
mod rpc;
mod samples;
mod validation;

use std::hint::black_box;

use bytes::Bytes;
use cl_types::containers::{DataColumnSidecar, SignedAggregateAndProof, SingleAttestation, StatusV2, bellatrix, fulu};
use cl_types::decode::Field;
use cl_types::{DecodeShared, Mainnet};
use sha2::{Digest, Sha256};
use ssz::{Decode, Encode};
use tree_hash::TreeHash;

#[cfg(feature = "allocations")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

/// What can go wrong before anything is measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A sample is not what it should be.
    #[error("a sample does not decode: {0}")]
    Decode(#[from] cl_types::decode::Error),
    /// A sample has too many elements.
    #[error("a sample is too long: {0:?}")]
    List(ssz_types::Error),
    /// A sample has too many bits.
    #[error("a sample has too many bits: {0:?}")]
    Bits(ssz::BitfieldError),
    /// A file is not compressed as it should be.
    #[error(transparent)]
    Snappy(#[from] snap::Error),
    /// Req/resp could not be measured.
    #[error(transparent)]
    Rpc(#[from] Box<rpc::Error>),
    /// Gossip could not be measured.
    #[error(transparent)]
    Gossip(#[from] Box<gossip::Error>),
    /// The judge could not be measured.
    #[error(transparent)]
    Validation(#[from] validation::Error),
    /// Discovery could not be measured.
    #[error(transparent)]
    Discovery(#[from] Box<discovery::Error>),
}

impl From<ssz::DecodeError> for Error {
    fn from(error: ssz::DecodeError) -> Self {
        Self::Decode(error.into())
    }
}

impl From<ssz_types::Error> for Error {
    fn from(error: ssz_types::Error) -> Self {
        Self::List(error)
    }
}

impl From<ssz::BitfieldError> for Error {
    fn from(error: ssz::BitfieldError) -> Self {
        Self::Bits(error)
    }
}

/// Prints a line. `ours / theirs` is the ratio.
fn line(what: &str, ours: f64, theirs: f64, goal: Option<f64>) {
    let ratio = ours / theirs;
    let (goal, met) = match goal {
        Some(goal) => (format!("≤ {goal:.2}"), if ratio <= goal { "yes" } else { "NO" }),
        None => (String::new(), ""),
    };
    println!("| {what} | {ours:.0} | {theirs:.0} | {ratio:.2} | {goal} | {met} |");
}

/// The goals of a container, as far as it has any.
#[derive(Clone, Copy, Default)]
struct Goals {
    /// Decoding from a shared buffer, of the derive.
    shared: Option<f64>,
    /// Encoding, of a plain copy of the bytes.
    copy: Option<f64>,
    /// The root, of the nodes alone.
    hash: Option<f64>,
}

/// Measures a container.
fn measure<Ours: Field, Theirs: Encode + Decode>(
    name: &str,
    ssz: &Bytes,
    goals: Goals,
) -> Result<(Ours, Theirs), Error> {
    let ours = Ours::from_ssz(ssz)?;
    let theirs = Theirs::from_ssz_bytes(ssz)?;
    let name = format!("{name}, {} bytes", ssz.len());
    let [shared, copied, derive] = clock::compare([
        &|| drop(black_box(Ours::from_ssz(black_box(ssz)))),
        &|| drop(black_box(Ours::from_ssz_bytes(black_box(ssz)))),
        &|| drop(black_box(Theirs::from_ssz_bytes(black_box(ssz)))),
    ]);
    line(&format!("{name}: decode shared / derive"), shared, derive, goals.shared);
    line(&format!("{name}: decode / derive"), copied, derive, None);
    let [encode, derive, copy] = clock::compare([
        &|| drop(black_box(black_box(&ours).as_ssz_bytes())),
        &|| drop(black_box(black_box(&theirs).as_ssz_bytes())),
        &|| drop(black_box(black_box(ssz).to_vec())),
    ]);
    line(&format!("{name}: encode / derive"), encode, derive, None);
    line(&format!("{name}: encode / memcpy"), encode, copy, goals.copy);
    Ok((ours, theirs))
}

/// Measures its root.
fn root(name: &str, ours: &impl TreeHash, theirs: &impl TreeHash, nodes: usize, goals: Goals) {
    assert_eq!(ours.tree_hash_root(), theirs.tree_hash_root(), "{name}");
    let block = [7; 64];
    let [root, derive, floor] = clock::compare([
        &|| {
            black_box(black_box(ours).tree_hash_root());
        },
        &|| {
            black_box(black_box(theirs).tree_hash_root());
        },
        &|| {
            for _ in 0..nodes {
                black_box(Sha256::digest(black_box(block)));
            }
        },
    ]);
    line(&format!("{name}: root / derive"), root, derive, None);
    line(&format!("{name}: root / SHA-256 of {nodes} nodes"), root, floor, goals.hash);
}

fn main() -> Result<(), Error> {
    match std::env::args().nth(1).as_deref() {
        Some("rpc") => {
            return rpc::run(&std::env::args().nth(2).unwrap_or_default()).map_err(|error| Box::new(error).into());
        }
        Some("discovery") => return discovery::run(std::env::args().skip(2)).map_err(|error| Box::new(error).into()),
        Some("gossip") => return gossip::run(std::env::args().skip(2)).map_err(|error| Box::new(error).into()),
        Some("validation") => return Ok(validation::run(std::env::args().skip(2))?),
        _ => {}
    }
    println!("| what | ours, ns | other, ns | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |");
    let none = Goals::default();
    let as_derive = Goals { shared: Some(1.0), ..none };
    let of_block = Goals { shared: Some(0.67), hash: Some(1.15), ..none };
    let of_column = Goals { shared: Some(0.33), copy: Some(1.2), hash: Some(1.15) };

    // A Status has no root that anyone asks for.
    let ssz = samples::status();
    let [decode, derive] = clock::compare([&|| drop(black_box(StatusV2::from_ssz_bytes(black_box(&ssz)))), &|| {
        drop(black_box(derived::Status::from_ssz_bytes(black_box(&ssz))))
    }]);
    line("Status v2, 92 bytes: decode / derive", decode, derive, None);
    let (ours, theirs) = (StatusV2::from_ssz_bytes(&ssz)?, derived::Status::from_ssz_bytes(&ssz)?);
    let [encode, derive] = clock::compare([&|| drop(black_box(black_box(&ours).as_ssz_bytes())), &|| {
        drop(black_box(black_box(&theirs).as_ssz_bytes()))
    }]);
    line("Status v2, 92 bytes: encode / derive", encode, derive, None);

    let name = "SingleAttestation";
    let ssz = samples::single_attestation();
    let (ours, theirs) = measure::<SingleAttestation, derived::SingleAttestation>(name, &ssz, as_derive)?;
    root(name, &ours, &theirs, nodes::vote(), none);

    let name = "SignedAggregateAndProof";
    let ssz = samples::aggregate()?;
    let (ours, theirs) =
        measure::<SignedAggregateAndProof<Mainnet>, derived::SignedAggregateAndProof>(name, &ssz, as_derive)?;
    root(name, &ours, &theirs, nodes::aggregate(&ours.message.aggregate), none);

    let block = |name: &str, ssz: &Bytes| -> Result<(), Error> {
        let (ours, theirs) = measure::<fulu::SignedBeaconBlock<Mainnet>, derived::SignedBlock>(name, ssz, of_block)?;
        root(name, &ours, &theirs, nodes::fulu_block(&ours), of_block);
        Ok(())
    };
    if let Some(ssz) = samples::real("sepolia_block_9552074.ssz_snappy")? {
        block("Fulu block 9552074", &ssz)?;
    }
    if let Some(ssz) = samples::real("sepolia_block_9552075.ssz_snappy")? {
        block("Fulu block 9552075", &ssz)?;
    }
    if let Some(ssz) = samples::real("goerli_shadow_block_13249.ssz")? {
        let name = "Bellatrix block 13249";
        let (ours, theirs) =
            measure::<bellatrix::SignedBeaconBlock<Mainnet>, derived::SignedOldBlock>(name, &ssz, of_block)?;
        root(name, &ours, &theirs, nodes::bellatrix_block(&ours), of_block);
    }
    block("Fulu block, large", &samples::large_block()?)?;

    for blobs in [6, 21] {
        let name = format!("Column of {blobs} blobs");
        let ssz = samples::column(blobs);
        let (ours, theirs) = measure::<DataColumnSidecar, derived::Column>(&name, &ssz, of_column)?;
        root(&name, &ours, &theirs, nodes::column(&ours), of_column);
    }
    Ok(())
}
