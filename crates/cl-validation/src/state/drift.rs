//! From when on a view cannot know any more who is active, since it carries out no block.

use cl_types::containers::any;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{Epoch, Preset, on_fork};

/// `MAX_SEED_LOOKAHEAD` and one more: whoever is activated or leaves in an epoch does so this much later at the earliest
/// (`compute_activation_exit_epoch`).
const ACTIVATION_EXIT_DELAY: u64 = 5;
/// `EJECTION_BALANCE`, in Gwei: with less, a validator is made to leave.
const EJECTION_BALANCE: u64 = 16_000_000_000;

/// What the state and the blocks say of changes that are not carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drift {
    /// First epoch in which others may be active.
    active: Option<Epoch>,
    /// First epoch in which there may be more validators or builders.
    more: Option<Epoch>,
}

/// The earlier one, `None` being never.
fn earlier(one: Option<Epoch>, other: Epoch) -> Option<Epoch> {
    Some(one.map_or(other, |one| one.min(other)))
}

impl Drift {
    /// What is already under way in a state of this epoch.
    pub(super) fn of_state<P: Preset>(state: &any::BeaconState<P>, epoch: Epoch) -> Self {
        use any::BeaconState as Any;
        let deposits = match state {
            Any::Electra(state) => !state.pending_deposits.is_empty(),
            Any::Fulu(state) => !state.pending_deposits.is_empty(),
            Any::Gloas(state) => !state.pending_deposits.is_empty(),
            Any::Heze(state) => !state.pending_deposits.is_empty(),
            _ => false,
        };
        let moves = state.validators().iter().any(|validator| {
            let stays = validator.exit_epoch == FAR_FUTURE_EPOCH;
            let waits = validator.activation_epoch == FAR_FUTURE_EPOCH;
            stays && (waits || validator.effective_balance <= EJECTION_BALANCE)
        });
        let mut drift = Self::default();
        if moves || deposits {
            drift.active = Some(epoch.saturating_add(ACTIVATION_EXIT_DELAY));
        }
        if deposits {
            drift.more = Some(epoch.saturating_add(1));
        }
        drift
    }

    /// Notes what a block of an epoch asks for.
    pub(super) fn note<P: Preset>(&mut self, block: &any::SignedBeaconBlock<P>, epoch: Epoch) {
        let (moves, joins) = asks(block);
        if moves || joins {
            self.active = earlier(self.active, epoch.saturating_add(ACTIVATION_EXIT_DELAY));
        }
        if joins {
            self.more = earlier(self.more, epoch);
        }
    }

    /// True if it is known who is active in an epoch.
    pub(super) fn knows_active(&self, epoch: Epoch) -> bool {
        self.active.is_none_or(|from| epoch < from)
    }

    /// True if it is known in an epoch how many validators and builders there are.
    pub(super) fn knows_all(&self, epoch: Epoch) -> bool {
        self.more.is_none_or(|from| epoch < from)
    }
}

/// Whether a block makes somebody leave, and whether it lets somebody in.
fn asks<P: Preset>(block: &any::SignedBeaconBlock<P>) -> (bool, bool) {
    use any::SignedBeaconBlock as Any;
    let leave = on_fork!(SignedBeaconBlock since Phase0, block, signed => {
        let body = &signed.message.body;
        !body.proposer_slashings.is_empty() || !body.attester_slashings.is_empty() || !body.voluntary_exits.is_empty()
    });
    macro_rules! requests {
        ($requests:expr) => {{
            let requests = $requests;
            (!requests.withdrawals.is_empty() || !requests.consolidations.is_empty(), !requests.deposits.is_empty())
        }};
    }
    macro_rules! since_gloas {
        ($body:expr) => {{
            let requests = &$body.parent_execution_requests;
            let (withdraw, deposit) = requests!(requests);
            (withdraw || !requests.builder_exits.is_empty(), deposit || !requests.builder_deposits.is_empty())
        }};
    }
    let (withdraw, deposit) = match block {
        Any::Phase0(signed) => (false, !signed.message.body.deposits.is_empty()),
        Any::Altair(signed) => (false, !signed.message.body.deposits.is_empty()),
        Any::Bellatrix(signed) => (false, !signed.message.body.deposits.is_empty()),
        Any::Capella(signed) => (false, !signed.message.body.deposits.is_empty()),
        Any::Deneb(signed) => (false, !signed.message.body.deposits.is_empty()),
        Any::Electra(signed) | Any::Fulu(signed) => {
            let (withdraw, deposit) = requests!(&signed.message.body.execution_requests);
            (withdraw, deposit || !signed.message.body.deposits.is_empty())
        }
        Any::Gloas(signed) => since_gloas!(signed.message.body),
        Any::Heze(signed) => since_gloas!(signed.message.body),
    };
    (leave || withdraw, deposit)
}
