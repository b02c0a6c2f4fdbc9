//! What light clients ask for (since Altair).

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::{BeaconBlockHeader, LightClientUpdatesByRangeRequest, any};
use cl_types::decode::Error;
use cl_types::merkle::GeneralizedIndex;
use cl_types::protocol::Object;
use cl_types::subnets::epochs_per_sync_committee_period;
use cl_types::{ForkName, ForkSchedule, Method, Preset, Root, Slot, on_fork, with_preset};
use ssz::Encode;
use tree_hash::TreeHash;

use super::{Ask, Check, Lie, rules};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// `MAX_REQUEST_LIGHT_CLIENT_UPDATES`.
const MAX_UPDATES: u64 = 128;

/// Where a light client starts: the sync committee of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bootstrap {
    /// Which container `ssz` holds.
    pub fork: ForkName,
    /// Slot of the block.
    pub slot: Slot,
    /// Root of the block.
    pub root: Root,
    /// The `LightClientBootstrap`. Its sync committee is proven; the execution part of its header is not checked.
    pub ssz: Bytes,
}

/// A light client update, whole or only its finality or optimistic part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Update {
    /// Which container `ssz` holds.
    pub fork: ForkName,
    /// Slot of the header that the sync committee signed.
    pub slot: Slot,
    /// Root of the block of that header.
    pub root: Root,
    /// Slot of the signatures.
    pub signature_slot: Slot,
    /// Slot of the finalized header; 0 if there is none.
    pub finalized_slot: Slot,
    /// The object. Its committee and its finalized header are proven; the signatures and the execution parts of the
    /// headers are not checked.
    pub ssz: Bytes,
}

/// The sync committee of a block.
///
/// Checked: the header is that of the block, and the branch of the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightClientBootstrap {
    /// The block.
    pub root: Root,
}

impl LightClientBootstrap {
    /// For the block with this root.
    #[must_use]
    pub const fn new(root: Root) -> Self {
        Self { root }
    }
}

impl Ask for LightClientBootstrap {
    type Item = Bootstrap;
    type Check = LightClientBootstrapCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::same_for_all(Method::LightClientBootstrap, 1, self.root.to_vec()).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> LightClientBootstrapCheck {
        LightClientBootstrapCheck { schedule, root: self.root }
    }
}

/// Checks the answer to [`LightClientBootstrap`].
#[derive(Debug)]
pub struct LightClientBootstrapCheck {
    schedule: Arc<ForkSchedule>,
    root: Root,
}

impl Check for LightClientBootstrapCheck {
    type Item = Bootstrap;

    fn chunk(&mut self, chunk: Chunk) -> Result<Bootstrap, Lie> {
        let fork = rules::fork_of(&chunk);
        let facts = with_preset!(self.schedule.preset(), P => read_bootstrap::<P>(fork, &chunk.ssz))
            .map_err(rules::malformed(Object::LightClientBootstrap, &chunk))?;
        let (slot, root) = (facts.header.slot, facts.header.tree_hash_root());
        rules::check_context(&self.schedule, &chunk, slot)?;
        if root != self.root {
            return Err(Lie::Root(root));
        }
        if !facts.is_proven {
            return Err(Lie::Branch("the current sync committee"));
        }
        Ok(Bootstrap { fork, slot, root, ssz: chunk.ssz })
    }
}

/// The best updates of consecutive sync committee periods.
///
/// Checked: periods within the range, none left out in between, the branches of committee and finalized header, the order
/// of slots within an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightClientUpdatesByRange {
    /// The first period.
    pub start_period: u64,
    /// How many periods. One request asks for the first 128 at most.
    pub count: u64,
}

impl LightClientUpdatesByRange {
    /// The updates of the periods in `[start_period, start_period + count)`.
    #[must_use]
    pub const fn new(start_period: u64, count: u64) -> Self {
        Self { start_period, count }
    }
}

impl Ask for LightClientUpdatesByRange {
    type Item = Update;
    type Check = LightClientUpdatesByRangeCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        let count = rules::count_of(self.count.min(MAX_UPDATES), MAX_UPDATES)?;
        let body = LightClientUpdatesByRangeRequest { start_period: self.start_period, count }.as_ssz_bytes();
        Request::same_for_all(Method::LightClientUpdatesByRange, count, body).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> LightClientUpdatesByRangeCheck {
        let periods = self.start_period..self.start_period.saturating_add(self.count.min(MAX_UPDATES));
        LightClientUpdatesByRangeCheck { schedule, periods, last: None }
    }
}

/// Checks the answer to [`LightClientUpdatesByRange`].
#[derive(Debug)]
pub struct LightClientUpdatesByRangeCheck {
    schedule: Arc<ForkSchedule>,
    periods: Range<u64>,
    /// The period before.
    last: Option<u64>,
}

impl Check for LightClientUpdatesByRangeCheck {
    type Item = Update;

    fn chunk(&mut self, chunk: Chunk) -> Result<Update, Lie> {
        let preset = self.schedule.preset();
        let facts = read(&chunk, Object::LightClientUpdate, with_preset!(preset, P => read_update::<P>))?;
        let update = facts.check(&self.schedule, chunk)?;
        let slots = preset.slots_per_epoch().saturating_mul(epochs_per_sync_committee_period(preset));
        let period = update.slot.0.checked_div(slots).unwrap_or_default();
        if !self.periods.contains(&period) {
            return Err(Lie::Period(period));
        }
        match self.last {
            Some(last) if period == last => return Err(Lie::Twice { root: update.root, index: period }),
            Some(last) if period < last => return Err(Lie::Order { slot: update.slot }),
            Some(last) if period > last.saturating_add(1) => return Err(Lie::Gap(period)),
            _ => self.last = Some(period),
        }
        Ok(update)
    }
}

/// The newest finalized header.
///
/// Checked: its branch, and the order of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightClientFinalityUpdate;

impl Ask for LightClientFinalityUpdate {
    type Item = Update;
    type Check = LightClientFinalityUpdateCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::same_for_all(Method::LightClientFinalityUpdate, 1, Vec::new()).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> LightClientFinalityUpdateCheck {
        LightClientFinalityUpdateCheck(schedule)
    }
}

/// Checks the answer to [`LightClientFinalityUpdate`].
#[derive(Debug)]
pub struct LightClientFinalityUpdateCheck(Arc<ForkSchedule>);

impl Check for LightClientFinalityUpdateCheck {
    type Item = Update;

    fn chunk(&mut self, chunk: Chunk) -> Result<Update, Lie> {
        let reader = with_preset!(self.0.preset(), P => read_finality_update::<P>);
        read(&chunk, Object::LightClientFinalityUpdate, reader)?.check(&self.0, chunk)
    }
}

/// The newest signed header.
///
/// Checked: the order of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightClientOptimisticUpdate;

impl Ask for LightClientOptimisticUpdate {
    type Item = Update;
    type Check = LightClientOptimisticUpdateCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::same_for_all(Method::LightClientOptimisticUpdate, 1, Vec::new()).live_at(schedule, now)
    }

    fn check(&self, schedule: Arc<ForkSchedule>) -> LightClientOptimisticUpdateCheck {
        LightClientOptimisticUpdateCheck(schedule)
    }
}

/// Checks the answer to [`LightClientOptimisticUpdate`].
#[derive(Debug)]
pub struct LightClientOptimisticUpdateCheck(Arc<ForkSchedule>);

impl Check for LightClientOptimisticUpdateCheck {
    type Item = Update;

    fn chunk(&mut self, chunk: Chunk) -> Result<Update, Lie> {
        let reader = with_preset!(self.0.preset(), P => read_optimistic_update::<P>);
        read(&chunk, Object::LightClientOptimisticUpdate, reader)?.check(&self.0, chunk)
    }
}

/// What a bootstrap says.
struct BootstrapFacts {
    header: BeaconBlockHeader,
    is_proven: bool,
}

/// What an update of any kind says. Branches that it does not have count as right.
struct Facts {
    attested: BeaconBlockHeader,
    finalized_slot: Slot,
    signature_slot: Slot,
    committee_is_proven: bool,
    finality_is_proven: bool,
}

impl Facts {
    fn check(self, schedule: &ForkSchedule, chunk: Chunk) -> Result<Update, Lie> {
        let slot = self.attested.slot;
        rules::check_context(schedule, &chunk, slot)?;
        let (finalized, attested, signature) = (self.finalized_slot, slot, self.signature_slot);
        if finalized > attested || attested >= signature {
            return Err(Lie::Slots { finalized, attested, signature });
        }
        if !self.committee_is_proven {
            return Err(Lie::Branch("the next sync committee"));
        }
        if !self.finality_is_proven {
            return Err(Lie::Branch("the finalized header"));
        }
        Ok(Update {
            fork: rules::fork_of(&chunk),
            slot,
            root: self.attested.tree_hash_root(),
            signature_slot: signature,
            finalized_slot: finalized,
            ssz: chunk.ssz,
        })
    }
}

type Reader = fn(ForkName, &Bytes) -> Result<Facts, Error>;

fn read(chunk: &Chunk, object: Object, reader: Reader) -> Result<Facts, Lie> {
    reader(rules::fork_of(chunk), &chunk.ssz).map_err(rules::malformed(object, chunk))
}

fn read_bootstrap<P: Preset>(fork: ForkName, ssz: &Bytes) -> Result<BootstrapFacts, Error> {
    let bootstrap = any::LightClientBootstrap::<P>::from_ssz_shared(fork, ssz)?;
    let header = bootstrap.header().clone();
    let is_proven = on_fork!(LightClientBootstrap since Altair, &bootstrap, it => {
        let committee = it.current_sync_committee.tree_hash_root();
        Place::CurrentCommittee.holds(fork, committee, &it.current_sync_committee_branch, header.state_root)
    });
    Ok(BootstrapFacts { header, is_proven })
}

fn read_update<P: Preset>(fork: ForkName, ssz: &Bytes) -> Result<Facts, Error> {
    let update = any::LightClientUpdate::<P>::from_ssz_shared(fork, ssz)?;
    let attested = update.attested_header().clone();
    let state = attested.state_root;
    let (committee_is_proven, finality_is_proven) = on_fork!(LightClientUpdate since Altair, &update, it => {
        let committee = if is_empty(&it.next_sync_committee_branch) {
            it.next_sync_committee == Default::default()
        } else {
            let committee = it.next_sync_committee.tree_hash_root();
            Place::NextCommittee.holds(fork, committee, &it.next_sync_committee_branch, state)
        };
        let is_default = it.finalized_header == Default::default();
        (committee, is_final(fork, is_default, &it.finalized_header.beacon, &it.finality_branch, state))
    });
    let finalized_slot = update.finalized_header().slot;
    let signature_slot = update.signature_slot();
    Ok(Facts { attested, finalized_slot, signature_slot, committee_is_proven, finality_is_proven })
}

fn read_finality_update<P: Preset>(fork: ForkName, ssz: &Bytes) -> Result<Facts, Error> {
    let update = any::LightClientFinalityUpdate::<P>::from_ssz_shared(fork, ssz)?;
    let attested = update.attested_header().clone();
    let finality_is_proven = on_fork!(LightClientFinalityUpdate since Altair, &update, it => {
        let is_default = it.finalized_header == Default::default();
        is_final(fork, is_default, &it.finalized_header.beacon, &it.finality_branch, attested.state_root)
    });
    let (finalized_slot, signature_slot) = (update.finalized_header().slot, update.signature_slot());
    Ok(Facts { attested, finalized_slot, signature_slot, committee_is_proven: true, finality_is_proven })
}

fn read_optimistic_update<P: Preset>(fork: ForkName, ssz: &Bytes) -> Result<Facts, Error> {
    let update = any::LightClientOptimisticUpdate::<P>::from_ssz_shared(fork, ssz)?;
    let (attested, signature_slot) = (update.attested_header().clone(), update.signature_slot());
    let finalized_slot = Slot(0);
    Ok(Facts { attested, finalized_slot, signature_slot, committee_is_proven: true, finality_is_proven: true })
}

/// The finalized header: absent, genesis (which stands as nothing), or a block.
fn is_final(fork: ForkName, is_default: bool, header: &BeaconBlockHeader, branch: &[Root], state: Root) -> bool {
    if is_empty(branch) {
        return is_default;
    }
    let leaf = if header.slot.0 > 0 {
        header.tree_hash_root()
    } else if is_default {
        Root::ZERO
    } else {
        return false;
    };
    Place::Finalized.holds(fork, leaf, branch, state)
}

fn is_empty(branch: &[Root]) -> bool {
    branch.iter().all(|node| *node == Root::ZERO)
}

/// What light clients look up in a state.
#[derive(Clone, Copy)]
enum Place {
    Finalized,
    CurrentCommittee,
    NextCommittee,
}

impl Place {
    /// `FINALIZED_ROOT_GINDEX`, `CURRENT_SYNC_COMMITTEE_GINDEX`, `NEXT_SYNC_COMMITTEE_GINDEX` and their successors in
    /// Electra and Gloas.
    const fn index(self, fork: ForkName) -> Option<GeneralizedIndex> {
        use ForkName::{Altair, Bellatrix, Capella, Deneb, Electra, Fulu, Gloas, Heze, Phase0};
        let (finalized, current, next) = match fork {
            Phase0 => return None,
            Altair | Bellatrix | Capella | Deneb => (105, 54, 55),
            Electra | Fulu => (169, 86, 87),
            Gloas | Heze => (735, 2945, 2946),
        };
        GeneralizedIndex::new(match self {
            Self::Finalized => finalized,
            Self::CurrentCommittee => current,
            Self::NextCommittee => next,
        })
    }

    fn holds(self, fork: ForkName, leaf: Root, branch: &[Root], state: Root) -> bool {
        self.index(fork).is_some_and(|index| index.is_valid_branch(leaf, branch, state))
    }
}
