//! What `docs/fork-checklist.md` promises: a new blob-parameter fork, and a fork that brings nothing new, are
//! configuration; and a fork that a build knows but a network does not schedule waits in the tables.

use cl_types::schedule::TopicRule;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, Network, PresetId, Slot, TopicKind};

/// Mainnet with these keys set.
fn mainnet_with(overrides: &[(&str, &str)]) -> Network {
    let mut network = Network::named("mainnet").unwrap();
    for (key, value) in overrides {
        network.config.apply(key, value).unwrap();
    }
    network
}

fn rules(schedule: &ForkSchedule, epoch: u64) -> Vec<TopicRule> {
    schedule.topics(schedule.at(Epoch(epoch))).collect()
}

#[test]
fn a_made_up_blob_parameter_fork_is_one_line_of_configuration() {
    let blobs = "[{EPOCH: 412672, MAX_BLOBS_PER_BLOCK: 15}, {EPOCH: 419072, MAX_BLOBS_PER_BLOCK: 21}, \
                 {EPOCH: 500000, MAX_BLOBS_PER_BLOCK: 48}]";
    let before = Network::named("mainnet").unwrap().schedule().unwrap();
    let after = mainnet_with(&[("BLOB_SCHEDULE", blobs)]).schedule().unwrap();

    // Everything until then is as it was, except what announces it.
    let known = before.entries().count();
    assert!(before.entries().eq(after.entries().take(known)));
    let new = *after.at(Epoch(500_000));
    assert_eq!((new.fork, new.blobs.unwrap().max_blobs_per_block), (ForkName::Fulu, 48));
    assert_eq!(after.enr_fork_id(Epoch(499_999)).next_fork_epoch, Epoch(500_000));
    assert_eq!(after.next_fork_digest(Epoch(499_999)), new.digest);
    assert_eq!(after.by_digest(new.digest), Some(&new));

    // Topics are joined ahead under the new digest; no type changes; columns may be larger, at once.
    let ahead = after.plan(after.start_slot(Epoch(499_998)));
    assert_eq!(ahead.joined.last(), Some(&new));
    assert_eq!(rules(&after, 499_999), rules(&after, 500_000));
    let column = |rules: &[TopicRule]| {
        let rule = rules.iter().find(|rule| rule.kind == TopicKind::DataColumnSidecar(0)).unwrap();
        *rule.bytes.end()
    };
    assert_eq!(column(&rules(&before, 499_999)), 45_380);
    assert_eq!(column(&rules(&after, 499_999)), 356 + 48 * (2048 + 48 + 48));
}

#[test]
fn a_made_up_date_for_the_next_forks_is_two_lines_each() {
    let schedule = mainnet_with(&[
        ("GLOAS_FORK_VERSION", "0x07000000"),
        ("GLOAS_FORK_EPOCH", "600000"),
        ("HEZE_FORK_VERSION", "0x08000000"),
        ("HEZE_FORK_EPOCH", "600001"),
    ])
    .schedule()
    .unwrap();
    // The published digests of these forks, should the blob schedule end as it is.
    for (epoch, fork, digest) in [(600_000, ForkName::Gloas, "ce2153ed"), (600_001, ForkName::Heze, "13d1c77d")] {
        let entry = schedule.at(Epoch(epoch));
        assert_eq!((entry.fork, entry.digest.to_string().as_str()), (fork, digest));
    }
    let names = |epoch| -> Vec<&str> { rules(&schedule, epoch).iter().map(|rule| rule.kind.family()).collect() };
    assert!(!names(599_999).contains(&"execution_payload"));
    assert!(names(600_000).contains(&"execution_payload") && !names(600_000).contains(&"inclusion_list"));
    assert!(names(600_001).contains(&"inclusion_list"));

    let asked =
        |epoch| -> Vec<&str> { schedule.asked(schedule.start_slot(Epoch(epoch))).map(|row| row.name).collect() };
    assert!(!asked(599_999).contains(&"execution_payload_envelopes_by_range"));
    assert!(asked(600_000).contains(&"execution_payload_envelopes_by_range"));
    let offered: Vec<_> = schedule.offered(schedule.start_slot(Epoch(599_998))).map(|row| row.name).collect();
    assert!(offered.contains(&"execution_payload_envelopes_by_range"), "ahead of the fork");
}

/// A fork that is not in the list of forks yet: its place is taken by the one that has nothing of its own here.
#[test]
fn a_chain_with_a_version_nobody_published_works_like_any_other() {
    let config = ChainConfig::from_yaml(
        "PRESET_BASE: minimal\nGENESIS_FORK_VERSION: 0xaa000000\nFULU_FORK_VERSION: 0xaa000006\nFULU_FORK_EPOCH: 0\n\
         ALTAIR_FORK_VERSION: 0xaa000001\nALTAIR_FORK_EPOCH: 0\nBELLATRIX_FORK_VERSION: 0xaa000002\n\
         BELLATRIX_FORK_EPOCH: 0\nCAPELLA_FORK_VERSION: 0xaa000003\nCAPELLA_FORK_EPOCH: 0\n\
         DENEB_FORK_VERSION: 0xaa000004\nDENEB_FORK_EPOCH: 0\nELECTRA_FORK_VERSION: 0xaa000005\n\
         ELECTRA_FORK_EPOCH: 0\nSOMETHING_NEW_FORK_VERSION: 0xaa00000a\nSOMETHING_NEW_FORK_EPOCH: 7\n",
    )
    .unwrap();
    assert_eq!(config.preset, PresetId::Minimal);
    let schedule = ForkSchedule::new(&config, cl_types::Root::ZERO).unwrap();
    assert_eq!(schedule.entries().count(), 1, "an unknown fork's keys are passed over");
    assert_eq!(schedule.plan(Slot(0)).active.fork, ForkName::Fulu);
}
