//! Subnets, custody and limits against the executable specification.

use cl_types::custody::{TooManyGroups, columns_of_group, custody_groups};
use cl_types::limits::{MAX_PAYLOAD_SIZE, max_compressed_len, max_message_size};
use cl_types::subnets::{next_rotation, subscribed_subnets};
use cl_types::{Epoch, PresetId};
use serde_json::Value;

use crate::shared;

fn cases(file: &Value) -> &[Value] {
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn long_lived_attestation_subnets() {
    for preset in [PresetId::Mainnet, PresetId::Minimal] {
        let Some(file) = shared::json(&format!("E_subnets_custody/compute_subscribed_subnets.{preset}.json")) else {
            return;
        };
        for case in cases(&file) {
            let node_id = shared::bytes32(&case["node_id_bytes"]);
            let epoch = Epoch(shared::number(&case["epoch"]));
            let subnets = subscribed_subnets(node_id, epoch, preset);
            assert_eq!(subnets.to_vec(), shared::numbers(&case["subnets"]), "{case}");
            let rotation = next_rotation(node_id, epoch);
            if rotation > epoch {
                assert_eq!(
                    subscribed_subnets(node_id, rotation.saturating_sub(1), preset),
                    subnets,
                    "{case}"
                );
            }
        }
    }
}

#[test]
fn custody_groups_and_columns() {
    let Some(file) = shared::json("E_subnets_custody/get_custody_groups.json") else {
        return;
    };
    for case in cases(&file) {
        let count = shared::number(&case["custody_group_count"]);
        let groups = custody_groups(shared::bytes32(&case["node_id_bytes"]), count).unwrap();
        assert_eq!(groups, shared::numbers(&case["custody_groups"]), "{case}");
        let mut columns: Vec<u64> = groups.into_iter().flat_map(columns_of_group).collect();
        columns.sort_unstable();
        assert_eq!(columns, shared::numbers(&case["columns"]), "{case}");
    }
    for case in file["error_cases"].as_array().unwrap() {
        let count = shared::number(&case["custody_group_count"]);
        let node_id = case.get("node_id_bytes").map(shared::bytes32).unwrap_or_default();
        assert_eq!(custody_groups(node_id, count), Err(TooManyGroups(count)));
    }
}

#[test]
fn size_limits() {
    let Some(file) = shared::json("E_subnets_custody/limits.json") else {
        return;
    };
    let limits = file.to_string();
    for number in [MAX_PAYLOAD_SIZE, max_message_size()] {
        assert!(limits.contains(&number.to_string()), "{number}");
    }
    for case in cases(&file) {
        if let (Some(n), Some(expected)) = (case.get("n"), case.get("max_compressed_len")) {
            let n = usize::try_from(shared::number(n)).unwrap();
            assert_eq!(max_compressed_len(n) as u64, shared::number(expected));
        }
    }
}
