//! All vectors, where they are at hand.

use std::path::Path;

use bytes::Bytes;
use cl_types::{ForkName, PresetId, Root};
use cl_vectors::{Case, Report, folder};

#[test]
fn all_static_vectors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/B_ssz_static");
    if !root.exists() {
        assert!(std::env::var_os("CI").is_none(), "no vectors at {}", root.display());
        eprintln!("SKIPPED: no vectors at {}", root.display());
        return;
    }
    let folders = folder::case_folders(&root).unwrap();
    let mut report = Report::default();
    for folder in &folders {
        report.check(&folder::read(&root, folder).unwrap());
    }
    println!("{report}{} case folders on disk", folders.len());
    assert!(report.failed().is_empty(), "{}", report.failed().join("\n"));
    assert_eq!(report.held(), folders.len());
}

#[test]
fn an_unknown_type_fails() {
    let case = Case {
        preset: PresetId::Minimal,
        fork: ForkName::Phase0,
        type_name: "LightClientUpdate".to_owned(),
        name: "from the future".to_owned(),
        ssz: Bytes::new(),
        root: Root::ZERO,
    };
    let mut report = Report::default();
    report.check(&case);
    assert_eq!(report.held(), 0);
    assert_eq!(report.failed(), ["minimal phase0 LightClientUpdate from the future: unknown type"]);
}
