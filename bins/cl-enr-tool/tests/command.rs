//! The command as a person uses it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::process::{Command, Output};

/// The sample of EIP-778.
const SAMPLE: &str = "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cl-enr-tool")).args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str], words: &[&str]) {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "{word} is missing in {error}");
    }
}

#[test]
fn the_sample_record_is_shown_as_a_table() {
    let table = printed(&["decode", SAMPLE]);
    for line in [
        "seq        1",
        "node_id    a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7",
        "ip         127.0.0.1",
        "udp        30303",
        "addresses  none",
    ] {
        assert!(table.lines().any(|shown| shown == line), "{line:?} is missing in\n{table}");
    }
}

#[test]
fn what_is_encoded_can_be_decoded() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    fs::write(&key, "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291\n").unwrap();
    let key = key.to_str().unwrap();
    let mut arguments = vec!["encode", "--key-file", key, "--seq", "7", "--ip", "10.1.2.3", "--udp", "9000"];
    arguments.extend(["--tcp", "9001", "--quic", "9002", "--ip6", "::1", "--tcp6", "9003", "--cgc", "8"]);
    arguments.extend(["--fork-digest", "8c9f62fe", "--next-fork-version", "0x07000000", "--next-fork-epoch", "500000"]);
    arguments.extend(["--nfd", "ce2153ed", "--attnets", "3,63", "--syncnets", "0,3"]);
    let record = printed(&arguments);
    let json: serde_json::Value = serde_json::from_str(&printed(&["decode", "--json", record.trim()])).unwrap();
    assert_eq!(json["seq"], 7);
    assert_eq!(json["node_id"], "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7");
    assert_eq!(json["eth2"]["fork_digest"], "8c9f62fe");
    assert_eq!(json["eth2"]["next_fork_epoch"], 500_000);
    assert_eq!(json["nfd"], "ce2153ed");
    assert_eq!(json["attnets"], serde_json::json!([3, 63]));
    assert_eq!(json["syncnets"], serde_json::json!([0, 3]));
    assert_eq!(json["cgc"], 8);
    assert_eq!(json["custody_groups"], serde_json::json!([31, 41, 45, 47, 108, 111, 118, 125]));
    assert_eq!(
        json["addresses"],
        serde_json::json!(["/ip4/10.1.2.3/udp/9002/quic-v1", "/ip4/10.1.2.3/tcp/9001", "/ip6/::1/tcp/9003"])
    );
}

#[test]
fn bad_input_names_cause_and_cure() {
    let dir = tempfile::tempdir().unwrap();
    let no_key = dir.path().join("diary");
    fs::write(&no_key, "dear diary").unwrap();
    let no_key = no_key.to_str().unwrap();
    refused(&["decode", "enr:-nonsense"], &["record 1", "enr:"]);
    refused(&["decode", SAMPLE, "enode://x"], &["record 2"]);
    refused(&["decode"], &["--help"]);
    refused(&["encode", "--key-file", no_key, "--seq", "1"], &["diary", "64 hex digits"]);
    refused(&["encode", "--key-file", "/nowhere/key", "--seq", "1"], &["/nowhere/key", "readable"]);
    let key = dir.path().join("key");
    fs::write(&key, "11".repeat(32)).unwrap();
    let key = key.to_str().unwrap();
    refused(&["encode", "--key-file", key, "--seq", "1", "--attnets", "64"], &["--attnets 64", "64 subnets"]);
    refused(&["encode", "--key-file", key, "--seq", "1", "--cgc", "129"], &["129", "--cgc"]);
    refused(&["encode", "--key-file", key, "--seq", "1", "--fork-digest", "xyz"], &["--fork-digest"]);
}
