//! `bls_to_execution_change` (Capella)

use cl_types::ForkName;
use cl_types::containers::{FirstSeen, SignedBLSToExecutionChange};
use sha2::{Digest, Sha256};
use tree_hash::TreeHash;

use crate::crypto::{Domain, PublicKey, signing_root};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, must};

/// `BLS_WITHDRAWAL_PREFIX`
const BLS_WITHDRAWAL_PREFIX: u8 = 0;

pub(super) fn rules(cx: &Context<'_>, signed: &SignedBLSToExecutionChange, draft: &mut Draft) -> Rule {
    let change = &signed.message;
    // [IGNORE] It is the validator's first.
    draft.first_of(cx, FirstSeen::CredentialChange(change.validator_index))?;
    // [IGNORE] Capella has begun.
    let capella = cx.config.chain.fork(ForkName::Capella);
    let future = cx.clock().is_future_epoch(capella.epoch, cx.preset().slots_per_epoch(), cx.now_ms);
    must(!future, Ignore::FutureEpoch)?;

    let chain = cx.chain()?;
    // [REJECT] The validator exists.
    let validator = ask(chain.validator(change.validator_index), Reject::UnknownValidator)?;
    // [REJECT] Its credentials are the hash of a key,
    let digest: [u8; 32] = Sha256::digest(change.from_bls_pubkey.as_bytes()).into();
    let (prefix, hash) = validator.withdrawal_credentials.split_at(1);
    must(prefix == [BLS_WITHDRAWAL_PREFIX], Reject::Credentials)?;
    // [REJECT] of this key.
    must(Some(hash) == digest.get(1..), Reject::Credentials)?;
    // [REJECT] That key signed, under the version of genesis.
    let version = cx.config.chain.fork(ForkName::Phase0).version;
    let domain = Domain::BlsToExecutionChange.compute(version, cx.config.validators_root());
    let key = PublicKey::validated(&change.from_bls_pubkey).map_err(|_| Reject::Signature)?;
    draft.verify(key, signing_root(change.tree_hash_root(), domain), &signed.signature, Reject::Signature);
    Ok(())
}
