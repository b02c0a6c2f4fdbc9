//! The devnet command: everybody meets and receives everything, or the command fails and says who did not.

use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// One devnet at a time: together they would be too much for a small machine.
static ALONE: Mutex<()> = Mutex::new(());

fn devnet(arguments: &[&str]) -> Output {
    devnet_of("4", arguments)
}

fn devnet_of(slots: &str, arguments: &[&str]) -> Output {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cl-node"));
    // Fulu from the start: there are columns from the first slot on.
    command.args(["devnet", "--nodes", "3", "--slots", slots, "--forks", "fulu:0", "--blobs", "1"]);
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_whole_network_runs_and_says_so_in_json() {
    let output = devnet(&["--json", "--explain"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!(output.status.code(), Some(0), "{last}");
    assert_eq!((&first["event"], &first["nodes"]), (&"devnet_started".into(), &3.into()));
    assert_eq!((&last["event"], &last["missing"]), (&"devnet_ended".into(), &serde_json::json!([])));
    for node in last["nodes"].as_array().unwrap() {
        assert_eq!((&node["peers"], &node["blocks"]), (&2.into(), &node["blocks_due"]));
        assert!(node["blocks_due"].as_u64().unwrap() > 0, "{node}");
        assert_eq!(node["custody_columns"], node["custody_columns_due"]);
        assert!(node["custody_columns_due"].as_u64().unwrap() > 0, "{node}");
        for family in ["attestations", "aggregates", "sync_messages", "contributions", "columns"] {
            assert!(node["received"][family].as_u64().unwrap() > 0, "{family}: {node}");
        }
        assert!(node["bytes_received"].as_u64().unwrap() > 100_000, "{node}");
    }
    for node in 0..3 {
        let of_node: Vec<_> = lines.iter().filter(|line| line["node"] == node).collect();
        for event in ["started", "peer_found", "peer_ready", "gossip"] {
            assert!(of_node.iter().any(|line| line["event"] == event), "node {node}: no {event}");
        }
        // The Status of the others follows the chain: nobody refuses anybody.
        assert!(!of_node.iter().any(|line| line["event"] == "peer_fault"), "node {node} blames somebody");
    }
    let explained: Vec<_> = lines.iter().filter(|line| line["event"] == "devnet_explained").collect();
    assert_eq!(explained.len(), 2);
    for line in explained {
        let explanation = &line["explanation"];
        assert_eq!(explanation["state"], "ready", "{line}");
        for part in ["history", "kept_because", "covers"] {
            assert!(!explanation[part].as_array().unwrap().is_empty(), "{part}: {line}");
        }
        assert!(explanation["score"]["total"].is_number(), "{line}");
    }
}

#[test]
fn a_liar_is_let_in_kept_scored_and_dropped_and_all_of_it_is_told() {
    let output = devnet_of("9", &["--json", "--explain", "--liar"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!(output.status.code(), Some(0), "{last}");
    let explained = lines.iter().filter(|line| line["event"] == "devnet_explained").map(|line| &line["explanation"]);
    let (kept, dropped): (Vec<_>, Vec<_>) = explained.partition(|peer| peer["state"] == "ready");
    assert_eq!((kept.len(), dropped.len()), (2, 1));
    assert!(kept.iter().all(|peer| peer["score"]["faults"] == serde_json::json!([])), "{kept:?}");
    let liar = dropped[0];
    let is_low = |score: &serde_json::Value| score["total"].as_f64().unwrap() <= -15.0;
    assert!(is_low(&liar["score"]), "{liar}");
    assert!(liar["score"]["faults"].as_array().unwrap().len() >= 4, "{liar}");
    assert!(liar["goodbyes"].as_array().unwrap().iter().any(|said| said["ours"] == true), "{liar}");
    let steps: Vec<_> = liar["history"].as_array().unwrap().iter().map(|step| step["to"].as_str().unwrap()).collect();
    let at = |state: &str| steps.iter().position(|step| *step == state);
    assert!(at("ready").is_some() && at("ready") < at("leaving"), "{steps:?}");
    assert!(liar["because"].as_str().unwrap().contains("score"), "{liar}");
}

#[test]
fn a_node_without_udp_is_named_and_the_run_fails() {
    let output = devnet(&["--isolate-node", "1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cl-node --network NAME"), "how to join a real network is not said: {text}");
    assert!(text.contains("node 1 had 0 of 2 peers by slot 3: without node 0, 2"), "{text}");
    assert!(text.contains("node 0 had 1 of 2 peers by slot 3: without node 1"), "{text}");
    assert!(text.contains("node 1 received no attestations"), "{text}");
    assert!(!text.contains("node 2 received no"), "{text}");
}

#[test]
fn nodes_that_look_at_proofs_have_everything_and_forward_columns_alone() {
    let output = devnet(&["--json", "--relay", "stateless"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(output.status.code(), Some(0), "{}", lines.last().unwrap());
    let (mut columns, mut others) = (0, 0);
    for line in lines.iter().filter(|line| line["event"] == "gossip") {
        assert!(line["judged_after_ms"].is_number(), "{line}");
        if line["topic"].as_str().unwrap().contains("data_column_sidecar") {
            assert_eq!(line["verdict"], "accept", "{line}");
            columns += 1;
        } else {
            assert_eq!((&line["verdict"], &line["reason"]), (&"ignore".into(), &"not_judged".into()), "{line}");
            others += 1;
        }
    }
    assert!(columns > 200 && others > 50, "{columns} columns, {others} others");
    assert!(!lines.iter().any(|line| line["event"] == "peer_fault"));
}

#[test]
fn signatures_of_a_devnet_cannot_be_checked() {
    let output = devnet(&["--relay", "full"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("--relay full") && error.contains("made up") && error.contains("stateless"), "{error}");
}
