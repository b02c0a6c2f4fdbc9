//! Inclusion proofs of columns against the executable specification.

use cl_types::containers::DataColumnSidecar;
use ssz::Decode;

use crate::shared;

#[test]
fn inclusion_proofs() {
    let Some(dir) = shared::vectors("F_kzg_inclusion/mainnet/fulu/data_column_sidecar") else {
        return;
    };
    let (mut good, mut bad) = (0, 0);
    for case in std::fs::read_dir(dir).unwrap() {
        let case = case.unwrap().path();
        let compressed = std::fs::read(case.join("sidecar.ssz_snappy")).unwrap();
        let ssz = snap::raw::Decoder::new().decompress_vec(&compressed).unwrap();
        let sidecar = DataColumnSidecar::from_ssz_bytes(&ssz).unwrap();
        let meta = std::fs::read_to_string(case.join("meta.yaml")).unwrap();
        let expected = meta.contains("verify_data_column_sidecar_inclusion_proof: true");
        assert_eq!(sidecar.verify_inclusion_proof(), expected, "{}", case.display());
        if expected { good += 1 } else { bad += 1 }
    }
    assert!(good > 3 && bad > 3, "{good} good and {bad} bad proofs");
}
