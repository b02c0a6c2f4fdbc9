//! `voluntary_exit`

use cl_types::containers::{FirstSeen, SignedVoluntaryExit};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{ForkName, PresetId};
use tree_hash::TreeHash;

use crate::crypto::{Domain, signing_root};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};

/// `SHARD_COMMITTEE_PERIOD`, in epochs: how long a validator stays at least.
const fn shard_committee_period(preset: PresetId) -> u64 {
    match preset {
        PresetId::Minimal => 64,
        PresetId::Mainnet | PresetId::Gnosis => 256,
    }
}

pub(super) fn rules(cx: &Context<'_>, signed: &SignedVoluntaryExit, draft: &mut Draft) -> Rule {
    let exit = &signed.message;
    // [IGNORE] It is the validator's first.
    draft.first_of(cx, FirstSeen::Exit(exit.validator_index))?;
    // [IGNORE] Its epoch has begun.
    let future = cx.clock().is_future_epoch(exit.epoch, cx.preset().slots_per_epoch(), cx.now_ms);
    must(!future, Ignore::FutureEpoch)?;

    let chain = cx.chain()?;
    // [REJECT] The validator exists.
    let validator = ask(chain.validator(exit.validator_index), Reject::UnknownValidator)?;
    // [IGNORE] It is not leaving already.
    must(validator.exit_epoch == FAR_FUTURE_EPOCH, Ignore::AlreadyExiting)?;
    // [REJECT] It is active.
    let epoch = known(chain.head_epoch())?;
    must(validator.activation_epoch <= epoch && epoch < validator.exit_epoch, Reject::NotActive)?;
    // [REJECT] It was active for long enough.
    let free = validator.activation_epoch.saturating_add(shard_committee_period(cx.preset()));
    must(epoch >= free, Reject::TooYoung)?;
    // [REJECT] It signed: since Deneb under the version of Capella, whatever the epoch.
    let object = exit.tree_hash_root();
    let root = if cx.fork >= ForkName::Deneb {
        let version = cx.config.chain.fork(ForkName::Capella).version;
        signing_root(object, Domain::VoluntaryExit.compute(version, cx.config.validators_root()))
    } else {
        cx.signing_root(chain, Domain::VoluntaryExit, exit.epoch, object)?
    };
    let key = ask(chain.key(exit.validator_index), Reject::UnknownValidator)?;
    draft.verify(key, root, &signed.signature, Reject::Signature);
    Ok(())
}
