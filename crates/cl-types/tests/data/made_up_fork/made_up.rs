//! Runs in a copy of the crate to which a fork was added as the checklist says.

use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, Network, Root, Slot};

#[test]
fn the_made_up_fork_works_like_any_other() {
    let mut network = Network::named("mainnet").unwrap();
    for (key, value) in [
        ("GLOAS_FORK_EPOCH", "600000"),
        ("HEZE_FORK_EPOCH", "600010"),
        ("MADEUP_FORK_EPOCH", "600020"),
        ("MADEUP_FORK_VERSION", "0x09000000"),
    ] {
        network.config.apply(key, value).unwrap();
    }
    let schedule = network.schedule().unwrap();
    let era = *schedule.at(Epoch(600_020));
    assert_eq!((era.fork, era.version.0), (ForkName::MadeUp, [9, 0, 0, 0]));
    assert_eq!(schedule.entries().last(), Some(&era));
    assert_eq!(schedule.by_digest(era.digest), Some(&era));
    assert_eq!(schedule.next_fork_digest(Epoch(600_019)), era.digest);
    assert_eq!(schedule.plan(schedule.start_slot(Epoch(600_018))).joined.last(), Some(&era));

    // It has what Heze has, and what the checklist's second step gave it.
    let families = |fork| -> Vec<_> { cl_types::TopicKind::families_of(fork).map(|kind| kind.family()).collect() };
    assert!(families(ForkName::MadeUp).starts_with(&families(ForkName::Heze)));
    let last = schedule.topics(&era).last().unwrap();
    assert_eq!((last.kind.family(), last.ssz, last.bytes), ("made_up", "SignedVoluntaryExit", 112..=112));
    assert_eq!(schedule.topics(schedule.at(Epoch(600_019))).count() + 1, schedule.topics(&era).count());

    // And the third step's protocol.
    let asks = |epoch: u64| {
        let slot: Slot = schedule.start_slot(Epoch(epoch));
        schedule.asked(slot).any(|row| row.name == "made_up_by_root")
    };
    assert!(!asks(600_019) && asks(600_020));

    // A folder keeps it.
    let config = ChainConfig::from_yaml(&network.config.to_yaml()).unwrap();
    assert_eq!(config, network.config);
    assert!(ForkSchedule::new(&config, Root::ZERO).is_ok());
}
