//! One gossip case: a view of the chain, and messages with their verdicts.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use cl_types::containers::{Checkpoint, any, fulu, gloas};
use cl_types::{ChainConfig, DecodeShared, Epoch, ForkName, Genesis, Preset, Root, TopicKind, on_fork};
use cl_validation::chain::PayloadStatus;
use cl_validation::crypto::CKzg;
use cl_validation::state::{Standing, StateView};
use cl_validation::{Config, Judge, Level, Message, Verdict};

use crate::report::Fate;
use crate::vectors::{folders, name, ssz};
use crate::yaml::Yaml;

/// Files of bids: their rules ask whether the registration of a builder is final.
const BID: &str = "execution_payload_bid_";

/// A case that was read, ready to be judged.
pub(crate) struct Case {
    pub(crate) judge: Judge,
    pub(crate) view: StateView,
    pub(crate) messages: Vec<Sent>,
}

/// A message of a case.
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    pub(crate) group_id: Option<Bytes>,
    pub(crate) fork: ForkName,
    pub(crate) subnet: u64,
    pub(crate) column: u64,
    pub(crate) now_ms: u64,
    pub(crate) expected: String,
    pub(crate) reason: String,
}

impl Sent {
    /// The same message with other bytes.
    pub(crate) fn with(&self, bytes: Bytes) -> Self {
        Self {
            name: self.name.clone(),
            bytes,
            group_id: self.group_id.clone(),
            expected: String::new(),
            reason: String::new(),
            ..*self
        }
    }

    /// What the prefix of its name says that it is.
    pub(crate) fn message(&self) -> Message<'_> {
        let (prefix, _) = self.name.split_once("_0x").unwrap();
        let kind = match prefix {
            "block" => TopicKind::BeaconBlock,
            "attestation" | "single_attestation" => TopicKind::BeaconAttestation(self.subnet),
            "aggregate" => TopicKind::BeaconAggregateAndProof,
            "proposer_slashing" => TopicKind::ProposerSlashing,
            "attester_slashing" => TopicKind::AttesterSlashing,
            "voluntary_exit" => TopicKind::VoluntaryExit,
            "contribution" => TopicKind::SyncCommitteeContributionAndProof,
            "sync_committee_message" => TopicKind::SyncCommittee(self.subnet),
            "bls_to_execution_change" => TopicKind::BlsToExecutionChange,
            "blob_sidecar" => TopicKind::BlobSidecar(self.subnet),
            "data_column_sidecar" => TopicKind::DataColumnSidecar(self.subnet),
            "execution_payload_bid" => TopicKind::ExecutionPayloadBid,
            "execution_payload_envelope" => TopicKind::ExecutionPayload,
            "payload_attestation_message" => TopicKind::PayloadAttestationMessage,
            "proposer_preferences" => TopicKind::ProposerPreferences,
            "inclusion_list" => TopicKind::InclusionList,
            "partial_data_column_sidecar" => {
                let group_id = self.group_id.as_ref().unwrap();
                return Message::PartialColumn { fork: self.fork, column: self.column, group_id, ssz: &self.bytes };
            }
            other => panic!("no topic for {other}"),
        };
        Message::Gossip { kind, fork: self.fork, ssz: &self.bytes }
    }
}

/// Reads a case. `Err` says why it is not run.
pub(crate) fn read<P: Preset>(folder: &Path, fork: ForkName, default_config: &ChainConfig) -> Result<Case, String> {
    let meta = Yaml::parse(&std::fs::read_to_string(folder.join("meta.yaml")).unwrap());
    let blocks = meta.list("blocks");
    // A view runs no state transition. Whoever uses it says what is finalized; here, the case has to.
    let bids = meta.list("messages").iter().any(|entry| entry.text("message").unwrap().starts_with(BID));
    if bids && meta.get("finalized_checkpoint").is_none() {
        return Err(format!("{} blocks finalize a builder by transitions of the state", blocks.len() - 1));
    }
    let chain = match std::fs::read_to_string(folder.join("config.yaml")) {
        Ok(text) => ChainConfig::from_yaml(&text).unwrap(),
        Err(_) => default_config.clone(),
    };
    let state = any::BeaconState::<P>::from_ssz(fork, &ssz(folder, "state")).unwrap();
    let block = |entry: &Yaml| {
        any::SignedBeaconBlock::<P>::from_ssz_shared(fork, &ssz(folder, entry.text("block").unwrap())).unwrap()
    };
    let mut view = StateView::new(&chain, &state, &block(&blocks[0]));
    for (number, entry) in blocks.iter().enumerate() {
        let block = block(entry);
        let without_state = entry.is_true("failed") || entry.is_true("pending");
        if number > 0 {
            view.import(&block, if without_state { Standing::WithoutState } else { Standing::Valid });
        }
        match entry.text("payload_status") {
            None => {}
            Some("VALID") => view.set_payload_status(block.block_root(), PayloadStatus::Valid),
            Some("INVALIDATED") => view.set_payload_status(block.block_root(), PayloadStatus::Invalidated),
            Some("NOT_VALIDATED") => view.set_payload_status(block.block_root(), PayloadStatus::NotValidated),
            Some(other) => panic!("payload_status: {other}"),
        }
        if let Some(payload) = entry.text("payload") {
            let envelope = gloas::SignedExecutionPayloadEnvelope::from_ssz(&ssz(folder, payload)).unwrap();
            view.set_payload(&envelope.message);
        }
    }
    if let Some(finalized) = meta.get("finalized_checkpoint") {
        let epoch = Epoch(finalized.number("epoch").unwrap());
        let root = match (finalized.text("root"), finalized.text("block")) {
            (Some(root), _) => root.parse().unwrap(),
            (None, Some(name)) => any::SignedBeaconBlock::<P>::from_ssz(fork, &ssz(folder, name)).unwrap().block_root(),
            (None, None) => panic!("a checkpoint without a root"),
        };
        view.set_finalized(Checkpoint { epoch, root });
    }
    let time = on_fork!(BeaconState since Phase0, &state, state => state.genesis_time);
    let genesis = Genesis { time, validators_root: state.genesis_validators_root() };
    let mut judge = Judge::new(Config { chain, genesis, level: Level::Full, kzg: std::sync::Arc::new(CKzg) });
    for seen in meta.list("seen_partial_data_column_headers") {
        let header = fulu::PartialDataColumnHeader::from_ssz(&ssz(folder, seen.text("header").unwrap())).unwrap();
        let root: Root = seen.text("block_root").unwrap().parse().unwrap();
        judge.learn_header(root, header);
    }
    let messages = meta.list("messages").iter().map(|entry| {
        let name = entry.text("message").unwrap().to_owned();
        Sent {
            bytes: ssz(folder, &name),
            name,
            group_id: entry.text("group_id").map(|name| ssz(folder, name)),
            fork,
            subnet: entry.number("subnet_id").unwrap_or_default(),
            column: entry.number("column_index").unwrap_or_default(),
            now_ms: entry.number("current_time_ms").unwrap_or_default(),
            expected: entry.text("expected").unwrap().to_owned(),
            reason: entry.text("reason").unwrap_or_default().to_owned(),
        }
    });
    Ok(Case { judge, view, messages: messages.collect() })
}

/// How many blocks a case imports after its anchor.
pub(crate) fn imports(folder: &Path) -> usize {
    let meta = Yaml::parse(&std::fs::read_to_string(folder.join("meta.yaml")).unwrap());
    meta.list("blocks").len() - 1
}

/// Judges all messages of a case, in order. Notes our reasons beside those of the specification.
pub(crate) fn run<P: Preset>(
    folder: &Path,
    fork: ForkName,
    default_config: &ChainConfig,
    reasons: &mut BTreeSet<String>,
) -> Fate {
    let mut case = match read::<P>(folder, fork, default_config) {
        Ok(case) => case,
        Err(why) => return Fate::NotRun(why),
    };
    if case.messages.is_empty() {
        return Fate::Failed("no messages".to_owned());
    }
    for (number, sent) in case.messages.iter().enumerate() {
        let verdict = case.judge.judge(&sent.message(), sent.now_ms, &case.view);
        let word = match verdict {
            Verdict::Accept => "valid",
            Verdict::Ignore(_) => "ignore",
            Verdict::Reject(_) => "reject",
        };
        if !sent.reason.is_empty() {
            let (word, label) = verdict.labels();
            reasons.insert(format!("{word} {label}: {}", sent.reason));
        }
        if word != sent.expected {
            return Fate::Failed(format!(
                "message {number} at {}: {verdict}, expected {}: {}",
                sent.now_ms, sent.expected, sent.reason
            ));
        }
    }
    Fate::Passed
}

/// All cases of the minimal preset in a fork, with their names, as far as they can be run.
pub(crate) fn all_of(fork: ForkName) -> Option<Vec<(String, Case)>> {
    let root = crate::vectors::folder("A_networking")?;
    let config = std::fs::read_to_string(root.join("configs/minimal.yaml")).unwrap();
    let config = ChainConfig::from_yaml(&config).unwrap();
    let mut cases = Vec::new();
    for handler in folders(&root.join(format!("minimal/{fork}/networking"))) {
        if !name(&handler).starts_with("gossip_") {
            continue;
        }
        for folder in folders(&handler.join("pyspec_tests")) {
            if let Ok(case) = read::<cl_types::Minimal>(&folder, fork, &config) {
                cases.push((name(&folder).to_owned(), case));
            }
        }
    }
    Some(cases)
}

/// One case of the minimal preset.
pub(crate) fn one(fork: ForkName, case: &str) -> Option<Case> {
    let root = crate::vectors::folder("A_networking")?;
    let config = std::fs::read_to_string(root.join("configs/minimal.yaml")).unwrap();
    let config = ChainConfig::from_yaml(&config).unwrap();
    let (handler, _) = case.split_once("__").unwrap();
    let folder = root.join(format!("minimal/{fork}/networking/{handler}/pyspec_tests/{case}"));
    Some(read::<cl_types::Minimal>(&folder, fork, &config).unwrap())
}
