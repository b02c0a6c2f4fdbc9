//! Bids, envelopes, votes on payloads, preferences, inclusion lists.

use cl_types::bytes::ProgressiveByteLists;
use cl_types::containers::{ExecutionAddress, gloas, heze};
use cl_types::{ForkName, Preset};
use cl_validation::crypto::Domain;
use ssz::Encode;
use tree_hash::TreeHash;

use crate::{Chain, DEPENDENT, GAS_LIMIT, HEAD, MIX, NEWEST, PAYLOAD_OF_HEAD, PAYLOAD_OF_NEWEST};

const FEE_RECIPIENT: ExecutionAddress = ExecutionAddress::repeat_byte(0xfe);

impl<P: Preset> Chain<P> {
    /// The bid of builder 0. A judge must have seen the preferences before.
    pub(crate) fn bid(&self) -> Vec<u8> {
        macro_rules! bid {
            ($module:ident) => {{
                let message = $module::ExecutionPayloadBid {
                    parent_block_hash: PAYLOAD_OF_HEAD,
                    parent_block_root: HEAD,
                    block_hash: PAYLOAD_OF_NEWEST,
                    prev_randao: MIX,
                    fee_recipient: FEE_RECIPIENT,
                    gas_limit: GAS_LIMIT,
                    builder_index: 0,
                    slot: self.slot(),
                    value: 1000,
                    ..Default::default()
                };
                let signature = self.sign(0, Domain::BeaconBuilder, message.tree_hash_root());
                $module::SignedExecutionPayloadBid { message, signature }.as_ssz_bytes()
            }};
        }
        if self.fork < ForkName::Heze { bid!(gloas) } else { bid!(heze) }
    }

    pub(crate) fn envelope(&self) -> Vec<u8> {
        let mut message =
            gloas::ExecutionPayloadEnvelope { beacon_block_root: NEWEST, builder_index: 0, ..Default::default() };
        message.payload.block_hash = PAYLOAD_OF_NEWEST;
        message.payload.slot_number = self.slot().0;
        message.payload.gas_limit = GAS_LIMIT;
        let signature = self.sign(0, Domain::BeaconBuilder, message.tree_hash_root());
        gloas::SignedExecutionPayloadEnvelope { message, signature }.as_ssz_bytes()
    }

    pub(crate) fn payload_vote(&self) -> Vec<u8> {
        let data = gloas::PayloadAttestationData {
            beacon_block_root: NEWEST,
            slot: self.slot(),
            payload_present: true,
            blob_data_available: true,
        };
        let validator_index = self.committee(self.slot(), 0)[0];
        let signature = self.sign(validator_index, Domain::PtcAttester, data.tree_hash_root());
        gloas::PayloadAttestationMessage { validator_index, data, signature }.as_ssz_bytes()
    }

    pub(crate) fn preferences(&self) -> Vec<u8> {
        let message = gloas::ProposerPreferences {
            dependent_root: DEPENDENT,
            proposal_slot: self.slot(),
            validator_index: self.proposer(self.slot()),
            fee_recipient: FEE_RECIPIENT,
            target_gas_limit: GAS_LIMIT,
        };
        let signature = self.sign(message.validator_index, Domain::ProposerPreferences, message.tree_hash_root());
        gloas::SignedProposerPreferences { message, signature }.as_ssz_bytes()
    }

    pub(crate) fn inclusion_list(&self) -> Vec<u8> {
        let message = heze::InclusionList {
            slot: self.slot(),
            validator_index: self.inclusion_list_committee(self.slot())[0],
            dependent_root: DEPENDENT,
            transactions: ProgressiveByteLists::from_lists(&[b"transaction"]).unwrap(),
        };
        let signature = self.sign(message.validator_index, Domain::InclusionListCommittee, message.tree_hash_root());
        heze::SignedInclusionList { message, signature }.as_ssz_bytes()
    }
}
