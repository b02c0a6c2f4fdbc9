//! KZG and inclusion proofs of sidecars, each judged alone.

use std::path::Path;

use bytes::Bytes;
use cl_types::containers::{deneb, fulu, gloas};
use cl_types::{DecodeShared, ForkName};
use cl_validation::crypto::{BlobProof, CKzg, Cells, Kzg};

use crate::report::{Counts, Fate, Report};
use crate::vectors::{folder, folders, name, ssz};
use crate::yaml::Yaml;

/// A check of a case, and what came out of it.
type Results = Vec<(&'static str, bool)>;

fn hex(text: &str) -> Vec<u8> {
    let digits = text.trim_start_matches("0x").as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The commitments that the case lists.
fn listed_commitments(meta: &Yaml) -> Bytes {
    let listed = meta.list("kzg_commitments").iter();
    let texts = listed.map(|item| match item {
        Yaml::Text(text) => hex(text),
        other => panic!("{other:?}"),
    });
    texts.flatten().collect::<Vec<u8>>().into()
}

fn verify(column: u64, commitments: Bytes, cells: &Bytes, proofs: &Bytes) -> bool {
    CKzg.verify_cells(&[&Cells { column, commitments, cells: cells.clone(), proofs: proofs.clone() }])
}

fn blob(bytes: &Bytes) -> Results {
    let sidecar = deneb::BlobSidecar::from_ssz(bytes).unwrap();
    let proof = BlobProof {
        blob: sidecar.blob.as_bytes().clone(),
        commitment: *sidecar.kzg_commitment.as_bytes(),
        proof: *sidecar.kzg_proof.as_bytes(),
    };
    vec![
        ("verify_blob_sidecar_inclusion_proof", sidecar.verify_inclusion_proof()),
        ("verify_blob_kzg_proof", CKzg.verify_blob(&proof)),
    ]
}

fn column(fork: ForkName, bytes: &Bytes, meta: &Yaml) -> Results {
    const KZG: &str = "verify_data_column_sidecar_kzg_proofs";
    if fork >= ForkName::Gloas {
        let sidecar = gloas::DataColumnSidecar::from_ssz(bytes).unwrap();
        let (cells, proofs) = (sidecar.column.as_bytes(), sidecar.kzg_proofs.as_bytes());
        return vec![(KZG, verify(sidecar.index, listed_commitments(meta), cells, proofs))];
    }
    let sidecar = fulu::DataColumnSidecar::from_ssz(bytes).unwrap();
    let (cells, proofs) = (sidecar.column.as_bytes(), sidecar.kzg_proofs.as_bytes());
    vec![
        ("verify_data_column_sidecar_inclusion_proof", sidecar.verify_inclusion_proof()),
        (KZG, verify(sidecar.index, sidecar.kzg_commitments.as_bytes().clone(), cells, proofs)),
    ]
}

fn partial(fork: ForkName, folder: &Path, bytes: &Bytes, meta: &Yaml) -> Results {
    let (bits, cells, proofs): (Vec<bool>, Bytes, Bytes) = if fork >= ForkName::Gloas {
        let sidecar = gloas::PartialDataColumnSidecar::from_ssz(bytes).unwrap();
        let (cells, proofs) = (sidecar.partial_column.as_bytes().clone(), sidecar.kzg_proofs.as_bytes().clone());
        (sidecar.cells_present_bitmap.iter().collect(), cells, proofs)
    } else {
        let sidecar = fulu::PartialDataColumnSidecar::from_ssz(bytes).unwrap();
        let (cells, proofs) = (sidecar.partial_column.as_bytes().clone(), sidecar.kzg_proofs.as_bytes().clone());
        (sidecar.cells_present_bitmap.iter().collect(), cells, proofs)
    };
    let all = listed_commitments(meta);
    let of_cells = all.chunks(48).zip(&bits).filter(|(_, bit)| **bit).flat_map(|(commitment, _)| commitment.to_vec());
    let column = meta.number("column_index").unwrap();
    let kzg = verify(column, of_cells.collect::<Vec<u8>>().into(), &cells, &proofs);
    let mut results = vec![("verify_partial_data_column_sidecar_kzg_proofs", kzg)];
    if folder.join("header.ssz_snappy").exists() {
        let header = fulu::PartialDataColumnHeader::from_ssz(&ssz(folder, "header")).unwrap();
        results.push(("verify_partial_data_column_header_inclusion_proof", header.verify_inclusion_proof()));
    }
    results
}

#[test]
fn every_proof_is_judged_as_the_specification_does() {
    let Some(root) = folder("F_kzg_inclusion") else {
        return;
    };
    let mut report = Report::default();
    let mut on_disk = 0;
    for fork_folder in folders(&root.join("mainnet")) {
        let fork = ForkName::ALL.into_iter().find(|fork| fork.as_str() == name(&fork_folder)).unwrap();
        for handler in folders(&fork_folder) {
            for case in folders(&handler) {
                on_disk += 1;
                let meta = Yaml::parse(&std::fs::read_to_string(case.join("meta.yaml")).unwrap());
                let bytes = ssz(&case, "sidecar");
                let results = match name(&handler) {
                    "blob_sidecar" => blob(&bytes),
                    "data_column_sidecar" => column(fork, &bytes, &meta),
                    "partial_data_column_sidecar" => partial(fork, &case, &bytes, &meta),
                    other => panic!("no handler {other}"),
                };
                // An error of the specification's function is not verified.
                let wrong = results.iter().find(|(check, result)| meta.is_true(check) != *result);
                let fate = match wrong {
                    Some((check, result)) => Fate::Failed(format!("{check} gave {result}")),
                    None => Fate::Passed,
                };
                report.add(("mainnet", fork, name(&handler), name(&case)), 0, fate);
            }
        }
    }
    println!("{report}");
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    // 19 blobs in either fork; 41 and 11, 28 and 9 columns and partial columns.
    assert_eq!(on_disk, 19 + 19 + 41 + 11 + 28 + 9);
    assert_eq!(report.totals()[0], Counts { passed: on_disk, failed: 0, not_run: 0 });
}
