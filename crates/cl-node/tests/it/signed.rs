//! A chain whose validators sign for real: Fulu from genesis, minimal preset, 64 validators. No state transition runs: a
//! block is right as far as the rules of gossip look at it.
#![allow(dead_code, reason = "unit tests and integration tests use different parts of it")]

use blst::min_pk::SecretKey;
use cl_types::containers::{
    AttestationData, BLSPubkey, BLSSignature, BeaconBlock, Checkpoint, Fork, SignedBeaconBlock, SingleAttestation,
    Validator, any, fulu,
};
use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::subnets::attestation_subnet;
use cl_types::{ChainConfig, Epoch, ForkName, ForkVersion, Genesis, Minimal, Network, PresetId, Root, Slot, TopicKind};
use cl_validation::chain::ChainView;
use cl_validation::crypto::{Domain, signing_root};
use cl_validation::state::{Standing, StateView};
use ssz::Encode;
use tree_hash::TreeHash;

const VALIDATORS: u64 = 64;
const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// The chain, its keys, and what is known of its blocks.
pub(crate) struct SignedChain {
    pub(crate) network: Network,
    keys: Vec<SecretKey>,
    state: fulu::BeaconState<Minimal>,
    /// Every block that was made here.
    view: StateView,
}

impl SignedChain {
    /// With slots of a minute, in the middle of this one.
    pub(crate) fn at(slot: u64) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self::beginning(now.as_secs() - slot * 60 - 30)
    }

    /// The same with a genesis time in seconds.
    pub(crate) fn beginning(time: u64) -> Self {
        let validators_root = Root::repeat_byte(7);
        let network = Network {
            config: ChainConfig {
                name: "signed".into(),
                preset: PresetId::Minimal,
                forks: ForkName::ALL.map(|fork| ConfiguredFork {
                    version: ForkVersion([u8::try_from(fork.index()).unwrap(), 0, 0, 1]),
                    epoch: if fork > ForkName::Fulu { FAR_FUTURE_EPOCH } else { Epoch(0) },
                }),
                blob_schedule: Vec::new(),
                max_blobs_per_block_electra: 9,
                slot_duration_ms: 60_000,
            },
            genesis: Genesis { time, validators_root },
            boot_nodes: Vec::new(),
        };
        let keys: Vec<SecretKey> = (0..VALIDATORS).map(key).collect();
        let validators = keys.iter().map(|key| Validator {
            pubkey: BLSPubkey::from(key.sk_to_pk().compress()),
            effective_balance: 32_000_000_000,
            exit_epoch: FAR_FUTURE_EPOCH,
            withdrawable_epoch: FAR_FUTURE_EPOCH,
            ..Validator::default()
        });
        let version = network.config.fork(ForkName::Fulu).version;
        let mut state = fulu::BeaconState::<Minimal> {
            genesis_time: time,
            genesis_validators_root: validators_root,
            fork: Fork { previous_version: version, current_version: version, epoch: Epoch(0) },
            validators: validators.collect::<Vec<_>>().try_into().unwrap(),
            ..Default::default()
        };
        for (slot, proposer) in state.proposer_lookahead.iter_mut().enumerate() {
            *proposer = (slot as u64 * 7 + 3) % VALIDATORS;
        }
        let view = StateView::from_state(&network.config, &any::BeaconState::Fulu(state.clone()));
        Self { network, keys, state, view }
    }

    /// The SSZ of the genesis state.
    pub(crate) fn state(&self) -> Vec<u8> {
        self.state.as_ssz_bytes()
    }

    /// A view that knows the genesis state and nothing else.
    pub(crate) fn genesis_view(&self) -> StateView {
        StateView::from_state(&self.network.config, &any::BeaconState::Fulu(self.state.clone()))
    }

    pub(crate) fn head(&self) -> Root {
        self.view.head().found().unwrap()
    }

    /// A block on top of another one, signed by its proposer.
    pub(crate) fn block_on(&mut self, parent: Root, slot: u64) -> SignedBeaconBlock<Minimal> {
        self.block_with(parent, slot, |_| ())
    }

    /// The same with a content of its own.
    pub(crate) fn block_with(
        &mut self,
        parent: Root,
        slot: u64,
        fill: impl FnOnce(&mut BeaconBlock<Minimal>),
    ) -> SignedBeaconBlock<Minimal> {
        let mut block = SignedBeaconBlock::<Minimal>::default();
        let message = &mut block.message;
        message.slot = Slot(slot);
        message.parent_root = parent;
        message.proposer_index = self.view.proposer(parent, Slot(slot)).found().unwrap();
        message.body.execution_payload.timestamp = self.network.clock().start_ms(Slot(slot)) / 1000;
        fill(message);
        let root = block.message.tree_hash_root();
        block.signature = self.sign(block.message.proposer_index, Domain::BeaconProposer, root);
        self.view.import(&any::SignedBeaconBlock::Fulu(block.clone()), Standing::Valid);
        block
    }

    /// A block on top of the newest one.
    pub(crate) fn block(&mut self, slot: u64) -> SignedBeaconBlock<Minimal> {
        self.block_on(self.head(), slot)
    }

    /// The vote of a committee's member in the first epoch, and its topic.
    pub(crate) fn vote(&self, slot: u64, head: Root, member: usize) -> (TopicKind, SingleAttestation) {
        let target = self.view.ancestor(head, Slot(0)).found().unwrap();
        let committee = self.view.committee(Slot(slot), 0).found().unwrap();
        let data = AttestationData {
            slot: Slot(slot),
            beacon_block_root: head,
            target: Checkpoint { epoch: Epoch(0), root: target },
            ..AttestationData::default()
        };
        let attester_index = committee[member];
        let signature = self.sign(attester_index, Domain::BeaconAttester, data.tree_hash_root());
        let committees = self.view.committees_per_slot(Epoch(0)).found().unwrap();
        let subnet = attestation_subnet(committees, Slot(slot), 0, PresetId::Minimal);
        let vote = SingleAttestation { committee_index: 0, attester_index, data, signature };
        (TopicKind::BeaconAttestation(subnet), vote)
    }

    /// How many validators vote in a committee.
    pub(crate) fn members(&self, slot: u64) -> usize {
        self.view.committee(Slot(slot), 0).found().unwrap().len()
    }

    fn sign(&self, validator: u64, domain: Domain, object: Root) -> BLSSignature {
        let version = self.network.config.fork(ForkName::Fulu).version;
        let root = signing_root(object, domain.compute(version, self.network.genesis.validators_root));
        let key = &self.keys[usize::try_from(validator).unwrap()];
        BLSSignature::from(key.sign(root.as_slice(), DST, &[]).compress())
    }
}

fn key(number: u64) -> SecretKey {
    let mut seed = [1; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    SecretKey::key_gen(&seed, &[]).unwrap()
}

/// The same signature with one bit flipped.
pub(crate) fn flipped(signature: &BLSSignature) -> BLSSignature {
    let mut bytes: [u8; 96] = *signature.as_bytes();
    bytes[50] ^= 1;
    BLSSignature::from(bytes)
}
