//! What a node id alone says, against the executable specification's answers.

use std::path::Path;

use cl_enr::Expected;
use cl_types::{Epoch, PresetId};
use serde_json::Value;

/// A file of the vectors, or `None` (said aloud) where they are absent. On CI they must be there.
fn cases(name: &str) -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/E_subnets_custody").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("CI").is_none(), "no vectors at {}", path.display());
        eprintln!("SKIPPED: no vectors at {}", path.display());
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file["cases"].as_array().unwrap().clone())
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn node_id(case: &Value) -> [u8; 32] {
    let text = case["node_id_bytes"].as_str().unwrap();
    hex::decode(text.trim_start_matches("0x")).unwrap().try_into().unwrap()
}

#[test]
fn long_lived_subnets() {
    for (preset, count, file) in [
        (PresetId::Mainnet, 806, "compute_subscribed_subnets.mainnet.json"),
        (PresetId::Minimal, 327, "compute_subscribed_subnets.minimal.json"),
    ] {
        let Some(cases) = cases(file) else { return };
        assert_eq!(cases.len(), count);
        for case in &cases {
            let expected = Expected::of_node(node_id(case), None, Epoch(number(&case["epoch"])), preset);
            assert_eq!(expected.attestation_subnets.to_vec(), numbers(&case["subnets"]), "{case}");
        }
    }
}

#[test]
fn custody() {
    let Some(cases) = cases("get_custody_groups.json") else { return };
    assert!(cases.len() > 700, "{}", cases.len());
    for case in &cases {
        let count = number(&case["custody_group_count"]);
        let expected = Expected::of_node(node_id(case), Some(count), Epoch(0), PresetId::Mainnet);
        assert_eq!(expected.custody_groups, numbers(&case["custody_groups"]), "{case}");
        assert_eq!(expected.columns(), numbers(&case["columns"]), "{case}");
    }
}
