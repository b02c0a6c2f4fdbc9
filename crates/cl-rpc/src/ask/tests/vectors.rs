//! Sidecars that the executable specification built and judged.

use std::path::Path;

use cl_types::containers::DataColumnSidecar;
use cl_types::containers::deneb::BlobSidecar;
use cl_types::{ForkSchedule, Network, Protocol, Slot};
use ssz::Decode;
use tree_hash::TreeHash;

use crate::ask::{Ask, BlobsByRoot, Check, ColumnsByRoot, Lie};
use crate::codec::Chunk;

/// The cases of a folder: name, SSZ and meta.yaml on one line. Nothing (said aloud) where they are absent; on CI they
/// must be there.
fn cases(folder: &str) -> Vec<(String, Vec<u8>, String)> {
    let dir =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/F_kzg_inclusion/mainnet").join(folder);
    let Ok(entries) = std::fs::read_dir(&dir) else {
        assert!(std::env::var_os("CI").is_none(), "no vectors at {}", dir.display());
        eprintln!("SKIPPED: no vectors at {}", dir.display());
        return Vec::new();
    };
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let compressed = std::fs::read(path.join("sidecar.ssz_snappy")).unwrap();
        let ssz = snap::raw::Decoder::new().decompress_vec(&compressed).unwrap();
        let meta = std::fs::read_to_string(path.join("meta.yaml")).unwrap();
        (path.display().to_string(), ssz, meta.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let cases: Vec<_> = entries.map(read).collect();
    assert!(cases.len() > 10);
    cases
}

fn chunk(schedule: &ForkSchedule, protocol: Protocol, slot: Slot, ssz: Vec<u8>) -> Chunk {
    Chunk { protocol, fork: Some(*schedule.at_slot(slot)), ssz: ssz.into() }
}

#[test]
fn columns() {
    let schedule = std::sync::Arc::new(Network::named("mainnet").unwrap().schedule().unwrap());
    let (mut good, mut bad) = (0, 0);
    for (name, ssz, meta) in cases("fulu/data_column_sidecar") {
        let sidecar = DataColumnSidecar::from_ssz_bytes(&ssz).unwrap();
        let header = &sidecar.signed_block_header.message;
        let ask = ColumnsByRoot::new([(header.tree_hash_root(), vec![sidecar.index])]);
        let chunk = chunk(&schedule, Protocol::ColumnsByRootV1, header.slot, ssz);
        let result = ask.check(std::sync::Arc::clone(&schedule)).chunk(chunk);
        let expected = meta.contains("verify_data_column_sidecar: true")
            && meta.contains("verify_data_column_sidecar_inclusion_proof: true");
        assert_eq!(result.is_ok(), expected, "{name}: {result:?}");
        if expected { good += 1 } else { bad += 1 }
    }
    assert!((good, bad) == (0, 0) || (good > 3 && bad > 3), "{good} good, {bad} bad");
}

#[test]
fn blobs() {
    let schedule = std::sync::Arc::new(Network::named("mainnet").unwrap().schedule().unwrap());
    for fork in ["deneb", "electra"] {
        let (mut good, mut bad) = (0, 0);
        for (name, ssz, meta) in cases(&format!("{fork}/blob_sidecar")) {
            let sidecar = BlobSidecar::from_ssz_bytes(&ssz).unwrap();
            let header = &sidecar.signed_block_header.message;
            let ask = BlobsByRoot::new([(header.tree_hash_root(), sidecar.index)]);
            let chunk = chunk(&schedule, Protocol::BlobsByRootV1, header.slot, ssz);
            let result = ask.check(std::sync::Arc::clone(&schedule)).chunk(chunk);
            let expected = meta.contains("verify_blob_sidecar_inclusion_proof: true");
            match result {
                Ok(_) => assert!(expected, "{name}"),
                // Some random bodies have more commitments than any block could.
                Err(Lie::Index { .. }) => {}
                Err(other) => assert!(!expected, "{name}: {other}"),
            }
            if expected { good += 1 } else { bad += 1 }
        }
        assert!((good, bad) == (0, 0) || (good > 3 && bad > 3), "{good} good, {bad} bad");
    }
}
