//! JSON of blocks, votes and sidecars against what another implementation prints (`make_json.mjs`), and the executable
//! specification (`make_json_spec.py`).

use std::collections::BTreeSet;

use cl_types::containers::{any, deneb, electra, gloas, heze, phase0};
use cl_types::decode::Field;
use cl_types::json::Json;
use cl_types::{DecodeShared, ForkName, Minimal, on_fork};
use serde_json::Value;

/// Our JSON of these bytes, and that the other JSON is read as the same value.
fn ours<T: Field + PartialEq>(ssz: &[u8], theirs: &Value) -> Value {
    let value = T::from_ssz(&ssz.to_vec().into()).unwrap();
    let Json(read) = serde_json::from_value::<Json<T>>(theirs.clone()).unwrap();
    assert_eq!(read, value);
    serde_json::to_value(Json(value)).unwrap()
}

macro_rules! any_fork {
    ($name:ident $(<$p:ident>)? since $since:ident, $fork:expr, $ssz:expr, $theirs:expr) => {{
        fn same<T: Field + PartialEq>(_: &T, ssz: &[u8], theirs: &Value) -> Value {
            ours::<T>(ssz, theirs)
        }
        let value = any::$name $(::<$p>)?::from_ssz($fork, $ssz).unwrap();
        on_fork!($name since $since, &value, value => same(value, $ssz, $theirs))
    }};
}

fn our_json(fork: ForkName, name: &str, ssz: &[u8], theirs: &Value) -> Value {
    match name {
        "SignedBeaconBlock" => any_fork!(SignedBeaconBlock<Minimal> since Phase0, fork, ssz, theirs),
        "SignedAggregateAndProof" => any_fork!(SignedAggregateAndProof<Minimal> since Phase0, fork, ssz, theirs),
        "AttesterSlashing" => any_fork!(AttesterSlashing<Minimal> since Phase0, fork, ssz, theirs),
        "LightClientFinalityUpdate" => any_fork!(LightClientFinalityUpdate<Minimal> since Altair, fork, ssz, theirs),
        "DataColumnSidecar" => any_fork!(DataColumnSidecar since Fulu, fork, ssz, theirs),
        "SignedExecutionPayloadBid" => any_fork!(SignedExecutionPayloadBid since Gloas, fork, ssz, theirs),
        "SignedExecutionPayloadEnvelope" => ours::<gloas::SignedExecutionPayloadEnvelope>(ssz, theirs),
        "PayloadAttestationMessage" => ours::<gloas::PayloadAttestationMessage>(ssz, theirs),
        "SingleAttestation" => ours::<electra::SingleAttestation>(ssz, theirs),
        "SignedContributionAndProof" => ours::<electra::SignedContributionAndProof<Minimal>>(ssz, theirs),
        "SignedBLSToExecutionChange" => ours::<electra::SignedBLSToExecutionChange>(ssz, theirs),
        "BlobSidecar" => ours::<deneb::BlobSidecar>(ssz, theirs),
        "LightClientUpdate" => any_fork!(LightClientUpdate<Minimal> since Altair, fork, ssz, theirs),
        "PartialDataColumnSidecar" => any_fork!(PartialDataColumnSidecar since Fulu, fork, ssz, theirs),
        "SignedInclusionList" => ours::<heze::SignedInclusionList>(ssz, theirs),
        "SignedProposerPreferences" => ours::<gloas::SignedProposerPreferences>(ssz, theirs),
        "SignedVoluntaryExit" => ours::<phase0::SignedVoluntaryExit>(ssz, theirs),
        _ => panic!("{name} is not known here"),
    }
}

/// Where two values differ. Upper case in hex does not count: the other prints addresses with a checksum, which the
/// beacon API does not ask for.
fn difference(ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => a.iter().find_map(|(key, a)| {
            let deeper = b.get(key).map_or_else(|| Some(String::new()), |b| difference(a, b));
            deeper.map(|path| format!(".{key}{path}"))
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| difference(a, b).map(|path| format!("[{i}]{path}")))
        }
        (Value::String(a), Value::String(b)) if a.starts_with("0x") => {
            (*a != b.to_lowercase()).then(|| format!(": {a} for {b}"))
        }
        (a, b) => (a != b).then(|| format!(": {a} for {b}")),
    }
}

fn unpacked(hex: &str) -> Vec<u8> {
    snap::raw::Decoder::new().decompress_vec(&hex::decode(hex).unwrap()).unwrap()
}

/// Holds every line against our JSON, and says which containers of which forks there were.
fn compare(lines: &str) -> BTreeSet<(ForkName, &str)> {
    let mut seen = BTreeSet::new();
    for line in lines.lines() {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        let (fork, name, packed, theirs) = (word(), word(), word(), word());
        let fork = ForkName::ALL.into_iter().find(|of| of.as_str() == fork).unwrap();
        let ssz = unpacked(packed);
        // What is long is compressed twice.
        let theirs = if theirs.starts_with('{') {
            theirs.as_bytes().to_vec()
        } else {
            snap::raw::Decoder::new().decompress_vec(&unpacked(theirs)).unwrap()
        };
        let theirs: Value = serde_json::from_slice(&theirs).unwrap();
        let ours = our_json(fork, name, &ssz, &theirs);
        if let Some(path) = difference(&ours, &theirs) {
            panic!("{name} of {fork} differs at {path}");
        }
        seen.insert((fork, name));
    }
    seen
}

#[test]
fn json_is_that_of_another_client() {
    let seen = compare(include_str!("../../subset/json.txt"));
    let blocks = seen.iter().filter(|(_, name)| *name == "SignedBeaconBlock").count();
    assert!(blocks >= 8, "only {blocks} blocks");
    for (fork, name) in [
        (ForkName::Deneb, "BlobSidecar"),
        (ForkName::Fulu, "DataColumnSidecar"),
        (ForkName::Gloas, "SignedExecutionPayloadEnvelope"),
        (ForkName::Heze, "SignedExecutionPayloadBid"),
    ] {
        assert!(seen.contains(&(fork, name)), "no {name} of {fork}");
    }
}

#[test]
fn json_is_that_of_the_executable_specification() {
    let seen = compare(include_str!("../../subset/json_spec.txt"));
    assert!(seen.contains(&(ForkName::Deneb, "BlobSidecar")));
    for fork in [ForkName::Gloas, ForkName::Heze] {
        for name in
            ["SignedBeaconBlock", "SignedExecutionPayloadBid", "SignedExecutionPayloadEnvelope", "DataColumnSidecar"]
        {
            assert!(seen.contains(&(fork, name)), "no {name} of {fork}");
        }
    }
    assert!(seen.contains(&(ForkName::Heze, "SignedInclusionList")));
}

#[test]
fn json_that_is_not_the_value_is_refused() {
    let refused = |text: &str| serde_json::from_str::<electra::VoluntaryExit>(text).is_err();
    assert!(!refused(r#"{"epoch":"1","validator_index":"2"}"#));
    assert!(!refused(r#"{"validator_index":"2","new":[{}],"epoch":"1"}"#));
    for wrong in [
        r#"{"epoch":"1"}"#,
        r#"{"epoch":"1","epoch":"1","validator_index":"2"}"#,
        r#"{"epoch":1,"validator_index":"2"}"#,
        r#"{"epoch":"+1","validator_index":"2"}"#,
        r#"{"epoch":"","validator_index":"2"}"#,
        r#"{"epoch":"0x1","validator_index":"2"}"#,
        r#"{"epoch":"18446744073709551616","validator_index":"2"}"#,
    ] {
        assert!(refused(wrong), "{wrong}");
    }
    let refused = |text: &str| serde_json::from_str::<electra::Checkpoint>(text).is_err();
    let root = "11".repeat(32);
    assert!(!refused(&format!(r#"{{"epoch":"1","root":"0x{root}"}}"#)));
    assert!(refused(&format!(r#"{{"epoch":"1","root":"{root}"}}"#)));
    assert!(refused(&format!(r#"{{"epoch":"1","root":"0x{root}11"}}"#)));
}
