//! Exits, slashings, credential changes.

use cl_types::containers::{
    BLSSignature, BLSToExecutionChange, BeaconBlockHeader, ProposerSlashing, SignedBLSToExecutionChange,
    SignedBeaconBlockHeader, SignedVoluntaryExit, ValidatorIndex, VoluntaryExit, electra, generic, gloas, phase0,
};
use cl_types::{Epoch, ForkName, Preset, Root};
use cl_validation::crypto::{Domain, signing_root};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::{Chain, EPOCH};

impl<P: Preset> Chain<P> {
    pub(crate) fn exit(&self) -> Vec<u8> {
        let message = VoluntaryExit { epoch: EPOCH, validator_index: 1 };
        // Since Deneb an exit is signed under the version of Capella.
        let fork = if self.fork >= ForkName::Deneb { ForkName::Capella } else { self.fork };
        let domain = Domain::VoluntaryExit.compute(self.config.fork(fork).version, self.genesis().validators_root);
        let signature = self.size.keys.of(1).sign(signing_root(message.tree_hash_root(), domain));
        SignedVoluntaryExit { message, signature }.as_ssz_bytes()
    }

    pub(crate) fn proposer_slashing(&self) -> Vec<u8> {
        let signed = |state_root| {
            let message = BeaconBlockHeader { slot: self.slot(), proposer_index: 2, state_root, ..Default::default() };
            let signature = self.sign(2, Domain::BeaconProposer, message.tree_hash_root());
            SignedBeaconBlockHeader { message, signature }
        };
        let (one, other) = (signed(Root::ZERO), signed(Root::repeat_byte(1)));
        ProposerSlashing { signed_header_1: one, signed_header_2: other }.as_ssz_bytes()
    }

    pub(crate) fn attester_slashing(&self) -> Vec<u8> {
        let voters: Vec<ValidatorIndex> = vec![3, 4, 5];
        let signed = |root: Root| -> (cl_types::containers::AttestationData, BLSSignature) {
            let mut data = cl_types::containers::AttestationData { slot: self.slot(), ..Default::default() };
            data.target.epoch = Epoch(EPOCH.0);
            data.beacon_block_root = root;
            let signed = self.size.keys.all_sign(self.root_of(Domain::BeaconAttester, data.tree_hash_root()));
            (data, signed.by_all(voters.iter().copied()))
        };
        let votes = [signed(Root::ZERO), signed(Root::repeat_byte(1))];
        macro_rules! slashing {
            ($($indexed:tt)+) => {{
                let [one, other] = votes.map(|(data, signature)| {
                    let attesting_indices = voters.clone().try_into().unwrap();
                    $($indexed)+ { attesting_indices, data, signature }
                });
                generic::AttesterSlashing { attestation_1: one, attestation_2: other }.as_ssz_bytes()
            }};
        }
        match self.fork {
            fork if fork < ForkName::Electra => slashing!(phase0::IndexedAttestation),
            fork if fork < ForkName::Gloas => slashing!(electra::IndexedAttestation::<P>),
            _ => slashing!(gloas::IndexedAttestation),
        }
    }

    pub(crate) fn credential_change(&self) -> Vec<u8> {
        let from_bls_pubkey = self.size.keys.of(6).pubkey.clone();
        let message = BLSToExecutionChange { validator_index: 6, from_bls_pubkey, ..Default::default() };
        let version = self.config.fork(ForkName::Phase0).version;
        let domain = Domain::BlsToExecutionChange.compute(version, self.genesis().validators_root);
        let signature = self.size.keys.of(6).sign(signing_root(message.tree_hash_root(), domain));
        SignedBLSToExecutionChange { message, signature }.as_ssz_bytes()
    }
}
