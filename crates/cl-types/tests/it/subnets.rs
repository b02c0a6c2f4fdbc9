//! Subnets, custody and limits against the executable specification.

use cl_types::custody::{
    TooManyGroups, columns_of_group, custody_column_bits, custody_groups, validators_custody_requirement,
};
use cl_types::limits::{self, MAX_PAYLOAD_SIZE, max_compressed_len, max_message_size};
use cl_types::subnets::{
    ATTESTATION_SUBNET_PREFIX_BITS, attestation_subnet, blob_subnet, column_subnet, is_next_sync_committee,
    is_sync_committee_aggregator, next_rotation, subscribed_subnets, sync_subnets,
};
use cl_types::{Epoch, ForkName, PresetId, Slot};
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
                assert_eq!(subscribed_subnets(node_id, rotation.saturating_sub(1), preset), subnets, "{case}");
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
fn custody_as_bits() {
    let Some(file) = shared::json("E_subnets_custody/get_custody_column_bits.json") else {
        return;
    };
    for case in cases(&file) {
        let count = shared::number(&case["custody_group_count"]);
        let bits = custody_column_bits(shared::bytes32(&case["node_id_bytes"]), count).unwrap();
        assert_eq!(format!("0x{}", hex::encode(bits)), case["custody_column_bits"].as_str().unwrap(), "{case}");
    }
}

#[test]
fn custody_of_validators() {
    let Some(file) = shared::json("E_subnets_custody/get_validators_custody_requirement.json") else {
        return;
    };
    for case in cases(&file) {
        let total = shared::numbers(&case["effective_balances_gwei"]).iter().sum();
        assert_eq!(validators_custody_requirement(total), shared::number(&case["custody_requirement"]), "{case}");
    }
}

#[test]
fn subnets_of_attestations() {
    for preset in [PresetId::Mainnet, PresetId::Minimal] {
        let Some(file) = shared::json(&format!("E_subnets_custody/compute_subnet_for_attestation.{preset}.json"))
        else {
            return;
        };
        for case in cases(&file) {
            let [committees, slot, index] =
                ["committees_per_slot", "slot", "committee_index"].map(|key| shared::number(&case[key]));
            let subnet = attestation_subnet(committees, Slot(slot), index, preset);
            assert_eq!(subnet, shared::number(&case["subnet_id"]), "{case}");
        }
    }
}

#[test]
fn subnets_of_sidecars() {
    let Some(file) = shared::json("E_subnets_custody/compute_subnet_for_blob_sidecar.json") else {
        return;
    };
    for case in cases(&file) {
        let fork = ForkName::ALL.into_iter().find(|fork| fork.as_str() == case["fork"]).unwrap();
        let subnet = blob_subnet(shared::number(&case["blob_index"]), fork);
        assert_eq!(subnet, Some(shared::number(&case["subnet_id"])), "{case}");
    }
    let Some(file) = shared::json("E_subnets_custody/compute_subnet_for_data_column_sidecar.json") else {
        return;
    };
    for case in cases(&file) {
        let subnet = column_subnet(shared::number(&case["column_index"]));
        assert_eq!(subnet, shared::number(&case["subnet_id"]), "{case}");
    }
}

#[test]
fn subnets_of_sync_committees() {
    for preset in [PresetId::Mainnet, PresetId::Minimal] {
        let Some(file) = shared::json(&format!("E_subnets_custody/compute_subnets_for_sync_committee.{preset}.json"))
        else {
            return;
        };
        for case in cases(&file) {
            let slot = Slot(shared::number(&case["state_slot"]));
            let key = if is_next_sync_committee(slot, preset) { "next_committee" } else { "current_committee" };
            let subnets = sync_subnets(&shared::numbers(&case[key]), &shared::number(&case["validator"]));
            let subnets: Vec<u64> = (0..).zip(subnets).filter(|(_, on)| *on).map(|(subnet, _)| subnet).collect();
            assert_eq!(subnets, shared::numbers(&case["subnets"]), "{case}");
        }
    }
}

#[test]
fn aggregators_of_sync_committees() {
    for preset in [PresetId::Mainnet, PresetId::Minimal] {
        let Some(file) = shared::json(&format!("E_subnets_custody/is_sync_committee_aggregator.{preset}.json")) else {
            return;
        };
        for case in cases(&file) {
            let signature = hex::decode(case["signature"].as_str().unwrap().trim_start_matches("0x")).unwrap();
            assert_eq!(is_sync_committee_aggregator(&signature, preset), case["is_aggregator"], "{case}");
        }
    }
}

#[test]
fn size_limits() {
    let Some(file) = shared::json("E_subnets_custody/limits.json") else {
        return;
    };
    let blocks = limits::Churn::MAINNET.min_epochs_for_block_requests(ForkName::Fulu);
    for (theirs, ours) in [
        (&file["max_payload_size"], MAX_PAYLOAD_SIZE as u64),
        (&file["max_message_size"], max_message_size() as u64),
        (&file["attestation_subnet_prefix_bits"], u64::from(ATTESTATION_SUBNET_PREFIX_BITS)),
        (&file["min_epochs_for_block_requests"], blocks),
        (&file["max_request_blob_sidecars"]["deneb"], limits::MAX_REQUEST_BLOB_SIDECARS),
        (&file["max_request_blob_sidecars"]["electra"], limits::MAX_REQUEST_BLOB_SIDECARS_ELECTRA),
        (&file["max_request_data_column_sidecars"], limits::MAX_REQUEST_DATA_COLUMN_SIDECARS),
    ] {
        assert_eq!(shared::number(theirs), ours);
    }
    for case in cases(&file) {
        let n = usize::try_from(shared::number(&case["n"])).unwrap();
        assert_eq!(max_compressed_len(n) as u64, shared::number(&case["max_compressed_len"]), "{case}");
    }
}
