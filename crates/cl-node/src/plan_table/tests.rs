use cl_types::Network;

use super::*;

fn options() -> Options {
    Options { at: 412_600, ..Options::default() }
}

fn plan(options: &Options) -> String {
    render(&Network::named("mainnet").unwrap(), options).unwrap()
}

#[test]
fn a_fork_is_joined_ahead_and_left_after() {
    // Mainnet changes its blob limit at epoch 412672, which is also where this node's own subnets rotate.
    let text = plan(&options());
    for line in [
        "mainnet, epoch 412600, slot 13203200, 2025-12-09 06:40:23 UTC",
        "  advertises attnets 47,48, syncnets none, cgc 4",
        "      2 of cb0d1acc fulu: beacon_attestation_{47,48}",
        "  epoch 412672, slot 13205504, 2025-12-09 14:21:11 UTC",
        "    join    2 of cb0d1acc fulu: beacon_attestation_{3,4}",
        "    leave   2 of cb0d1acc fulu: beacon_attestation_{47,48}",
        "    advertise attnets 3,4, syncnets none, cgc 4",
        "  epoch 412674, slot 13205568, 2025-12-09 14:33:59 UTC",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }
    assert!(
        text.contains("  epoch 412670, slot 13205440, 2025-12-09 14:08:23 UTC\n    join   17 of cb0d1acc fulu: "),
        "{text}"
    );
    assert!(text.contains("    leave  19 of cc2c5cdb fulu: "), "{text}");
    assert!(!text.contains("of cc2c5cdb fulu: beacon_attestation_{3,4}"), "an era that has ended gets no new subnets");
}

#[test]
fn duties_stand_in_it() {
    let slot = 412_600 * 32 + 20;
    let aggregate = format!("{slot}:7").parse().unwrap();
    let text =
        plan(&Options { aggregate: vec![aggregate], sync: vec!["2:412672:412928".parse().unwrap()], ..options() });
    for line in [format!("slot {},", slot - 4), format!("slot {},", slot + 2)] {
        assert!(text.contains(&line), "{line}\nis not in\n{text}");
    }
    assert!(text.contains("beacon_attestation_7\n"), "{text}");
    assert!(text.contains("advertise attnets 47,48, syncnets 2, cgc 4"), "{text}");
}

#[test]
fn json_says_the_same() {
    let text = plan(&Options { json: true, all_columns: true, ..options() });
    assert_eq!(text.trim_end().lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["advertised"]["attnets"], serde_json::json!([47, 48]));
    let topics = value["topics"].as_array().unwrap();
    assert!(topics.iter().any(|topic| topic == "/eth2/cc2c5cdb/data_column_sidecar_127/ssz_snappy"));
    let steps = value["upcoming"].as_array().unwrap();
    let at = |epoch: u64| steps.iter().find(|step| step["epoch"] == epoch).unwrap();
    assert_eq!(at(412_670)["leave"], serde_json::json!([]));
    assert!(at(412_674)["leave"].as_array().unwrap().len() > 128);
}

#[test]
fn what_is_no_plan_is_refused() {
    let network = Network::named("mainnet").unwrap();
    let refused = |options: Options| render(&network, &options).unwrap_err().to_string();
    for (options, words) in [
        (Options { at: u64::MAX, ..options() }, "--at 18446744073709551615"),
        (Options { epochs: Some(0), ..options() }, "--epochs 0"),
        (Options { custody_group_count: Some(129), ..options() }, "--custody-group-count 129"),
        (Options { custody_group_count: Some(3), ..options() }, "--custody-group-count 3"),
        (Options { aggregate: vec!["5:7".parse().unwrap()], ..options() }, "--aggregate: the duty ended"),
        (Options { sync: vec!["7:412700:412800".parse().unwrap()], ..options() }, "--sync: subnet 7: there are 4"),
    ] {
        let error = refused(options);
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
    assert_eq!("5".parse::<Aggregate>(), Err(NotADuty::Aggregate));
    assert_eq!("1:2:x".parse::<Sync>(), Err(NotADuty::Sync));
    assert!("12".parse::<NodeId>().is_err());
}
