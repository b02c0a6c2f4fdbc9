//! The fork schedule against the executable specification, and what must hold for any schedule.

use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::schedule::{BlobParameters, JOIN_AHEAD_EPOCHS, LEAVE_AFTER_EPOCHS, fork_data_root};
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, PresetId, Root, Slot};
use proptest::prelude::*;
use serde_json::Value;

use crate::shared;

fn config_of(network: &Value) -> ChainConfig {
    let forks = ForkName::ALL.map(|fork| {
        let key = if fork == ForkName::Phase0 { "genesis" } else { fork.as_str() };
        let row = &network["forks"][key];
        ConfiguredFork {
            version: row["version"].as_str().unwrap().parse().unwrap(),
            epoch: row.get("epoch").map_or(Epoch(0), |epoch| Epoch(shared::number(epoch))),
        }
    });
    let blob_schedule = network["blob_schedule"].as_array().unwrap().iter().map(blob_parameters).collect();
    ChainConfig {
        name: network["name"].as_str().unwrap().to_owned(),
        preset: PresetId::Mainnet,
        forks,
        blob_schedule,
        max_blobs_per_block_electra: shared::number(&network["max_blobs_per_block_electra"]),
        slot_duration_ms: 12_000,
    }
}

fn blob_parameters(entry: &Value) -> BlobParameters {
    BlobParameters {
        epoch: Epoch(shared::number(&entry["epoch"])),
        max_blobs_per_block: shared::number(&entry["max_blobs_per_block"]),
    }
}

fn check_file(path: &str) {
    let Some(file) = shared::json(path) else { return };
    let mut queries = 0;
    for item in file["networks"].as_array().unwrap() {
        let network = &item["network"];
        let root = Root::from(shared::bytes32(&network["genesis_validators_root"]));
        let schedule = ForkSchedule::new(&config_of(network), root).unwrap();
        for query in item["queries"].as_array().unwrap() {
            let entry = schedule.at(Epoch(shared::number(&query["epoch"])));
            let at = format!("{} at {}", network["name"], query["epoch"]);
            assert_eq!(entry.digest, query["fork_digest"].as_str().unwrap().parse().unwrap(), "{at}");
            assert_eq!(entry.version, query["fork_version"].as_str().unwrap().parse().unwrap(), "{at}");
            assert_eq!(entry.fork.as_str(), query["fork"].as_str().unwrap(), "{at}");
            assert_eq!(entry.blobs, query.get("blob_parameters").map(blob_parameters), "{at}");
            assert_eq!(fork_data_root(entry.version, root), shared::bytes32(&query["fork_data_root"]), "{at}");
            queries += 1;
        }
    }
    assert!(queries > 70, "only {queries} queries in {path}");
}

#[test]
fn real_networks() {
    check_file("C_fork_digest/networks.json");
}

#[test]
fn made_up_networks() {
    check_file("C_fork_digest/random_schedules.json");
}

/// A chain whose regular forks are at these epochs.
fn config(epochs: [u64; 8], blob_schedule: Vec<BlobParameters>) -> ChainConfig {
    let mut epochs = epochs.into_iter();
    let mut number = 0;
    let forks = ForkName::ALL.map(|fork| {
        let version = ForkVersion([number, 0, 0, 0]);
        number += 1;
        let epoch = if fork == ForkName::Phase0 { 0 } else { epochs.next().unwrap() };
        ConfiguredFork { version, epoch: Epoch(epoch) }
    });
    let name = "test".to_owned();
    ChainConfig {
        name,
        preset: PresetId::Minimal,
        forks,
        blob_schedule,
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    }
}

fn any_config() -> impl Strategy<Value = ChainConfig> {
    let epoch = prop_oneof![4 => 0..60u64, 1 => Just(u64::MAX), 1 => any::<u64>()];
    let blobs = proptest::collection::btree_map(0..80u64, 0..4096u64, 0..6);
    (proptest::array::uniform8(epoch), blobs).prop_map(|(mut epochs, blobs)| {
        epochs.sort_unstable();
        let entry = |(epoch, max_blobs_per_block)| BlobParameters { epoch: Epoch(epoch), max_blobs_per_block };
        config(epochs, blobs.into_iter().map(entry).collect())
    })
}

fn any_slot() -> impl Strategy<Value = Slot> {
    prop_oneof![8 => 0..700u64, 1 => any::<u64>(), 1 => Just(u64::MAX)].prop_map(Slot)
}

proptest! {
    #[test]
    fn a_plan_is_about_its_own_slot(config in any_config(), slot in any_slot()) {
        let schedule = ForkSchedule::new(&config, Root::repeat_byte(1)).unwrap();
        let plan = schedule.plan(slot);
        let epoch = schedule.epoch_of(slot);
        prop_assert_eq!(plan.active, *schedule.at(epoch));
        prop_assert!(plan.active.epoch <= epoch);
        prop_assert!(plan.next.is_none_or(|next| next.epoch > epoch));
        prop_assert_eq!(plan.joined.iter().filter(|entry| **entry == plan.active).count(), 1);
        prop_assert!(plan.joined.is_sorted_by_key(|entry| entry.epoch));
        prop_assert!(plan.accepts(plan.active.digest));
        for entry in schedule.entries() {
            let ends = schedule.after(entry.epoch).map_or(FAR_FUTURE_EPOCH, |next| next.epoch);
            let near = entry.epoch.0 <= epoch.0.saturating_add(JOIN_AHEAD_EPOCHS)
                && epoch.0 < ends.0.saturating_add(LEAVE_AFTER_EPOCHS);
            prop_assert!(*entry == plan.active || !near || plan.joined.contains(entry));
            prop_assert!(near || !plan.joined.contains(entry) || *entry == plan.active);
        }
    }

    #[test]
    fn eras_ascend_and_differ(config in any_config()) {
        let schedule = ForkSchedule::new(&config, Root::repeat_byte(1)).unwrap();
        let entries: Vec<_> = schedule.entries().copied().collect();
        prop_assert_eq!(entries[0].epoch, Epoch(0));
        for pair in entries.windows(2) {
            prop_assert!(pair[0].epoch < pair[1].epoch);
            prop_assert!(pair[0].fork <= pair[1].fork);
            prop_assert_eq!(schedule.before(pair[1].epoch), Some(&pair[0]));
            prop_assert_eq!(schedule.after(pair[0].epoch), Some(&pair[1]));
            prop_assert_eq!(schedule.next_fork_digest(pair[0].epoch), pair[1].digest);
            prop_assert_eq!(schedule.enr_fork_id(pair[0].epoch).next_fork_version, pair[1].version);
        }
        for entry in &entries {
            prop_assert_eq!(schedule.by_digest(entry.digest).map(|found| found.fork), Some(entry.fork));
        }
    }

    #[test]
    fn the_order_of_the_blob_schedule_does_not_matter(config in any_config()) {
        let root = Root::repeat_byte(1);
        let mut reversed = config.clone();
        reversed.blob_schedule.reverse();
        prop_assert_eq!(ForkSchedule::new(&config, root), ForkSchedule::new(&reversed, root));
    }

    #[test]
    fn a_tolerated_digest_is_a_neighbour_at_the_boundary(config in any_config(), slot in any_slot()) {
        let schedule = ForkSchedule::new(&config, Root::repeat_byte(1)).unwrap();
        let plan = schedule.plan(slot);
        if let Some(digest) = plan.tolerated {
            let at = |slot: Slot| schedule.at_slot(slot).digest;
            prop_assert!(digest == at(slot.saturating_sub(1)) || digest == at(slot.saturating_add(1)));
        }
    }
}
