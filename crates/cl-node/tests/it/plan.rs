//! The `plan` command: what it prints, and what it refuses.

use std::process::{Command, Output, Stdio};

fn plan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cl-node"));
    command.arg("plan").args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Asserts exit code 2, nothing on standard output, and one line on standard error with all of these words.
fn refused(arguments: &[&str], words: &[&str]) {
    let output = plan(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty());
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "{word:?} is missing in {error:?}");
    }
}

#[test]
fn a_plan_is_printed_as_text_and_as_json() {
    let output = plan(&["--network", "mainnet", "--at", "412600", "--all-subnets"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(text.starts_with("mainnet, epoch 412600, slot 13203200, "), "{text}");
    assert!(text.contains("beacon_attestation_{0..63}"), "{text}");
    let output = plan(&["--network", "mainnet", "--at", "412600", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((value["epoch"].as_u64(), value["network"].as_str()), (Some(412_600), Some("mainnet")));
}

#[test]
fn what_is_no_plan_is_refused_in_one_line() {
    refused(&["--at", "1"], &["no network is named", "--network NAME"]);
    refused(&["--network", "mainet", "--at", "1"], &["--network mainet", "mainnet"]);
    refused(&["--network", "mainnet"], &["required", "--help"]);
    refused(&["--network", "mainnet", "--at", "x"], &["--at", "x"]);
    refused(&["--network", "mainnet", "--at", "18446744073709551615"], &["--at 18446744073709551615", "no such epoch"]);
    refused(&["--network", "mainnet", "--at", "1", "--epochs", "0"], &["--epochs 0", "1 to"]);
    refused(&["--network", "mainnet", "--at", "1", "--node-id", "12"], &["--node-id", "64 hex digits"]);
    refused(&["--network", "mainnet", "--at", "1", "--custody-group-count", "200"], &["--custody-group-count 200"]);
    refused(&["--network", "mainnet", "--at", "1", "--aggregate", "5"], &["--aggregate", "SLOT:SUBNET"]);
    refused(&["--network", "mainnet", "--at", "9", "--aggregate", "5:1"], &["--aggregate", "ended"]);
    refused(&["--network", "mainnet", "--at", "1", "--sync", "9:8:16"], &["--sync", "subnet 9", "there are 4"]);
    refused(&["--testnet-dir", "/nowhere/at/all", "--at", "1"], &["/nowhere/at/all"]);
}
