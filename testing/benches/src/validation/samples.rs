//! A slot of Fulu on mainnet's preset.

use std::sync::Arc;

use bytes::Bytes;
use cl_toychain::{Blobs, Chain, Keys, Size};
use cl_types::{ForkName, Mainnet, TopicKind};
use cl_validation::Message;

use crate::gossip::Family;

/// At one million validators.
const VALIDATORS: f64 = 1_000_000.0;
/// Keys that validators share. A committee has fewer members.
const KEYS: usize = 1024;
/// Committees of a slot, and aggregators of each.
const COMMITTEES: u64 = 64;
const AGGREGATORS: usize = 16;
/// Of so many votes, one is for the block before the head.
const LATE: u64 = 20;
/// What makes a block as long as an ordinary one.
const TRANSACTION: usize = 128_000;

/// A message with its topic.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) family: Family,
    pub(super) kind: TopicKind,
    pub(super) ssz: Bytes,
}

impl Sample {
    pub(super) const fn message(&self) -> Message<'_> {
        Message::Gossip { kind: self.kind, fork: ForkName::Fulu, ssz: &self.ssz }
    }
}

/// What slots share, and one of them. Signatures and proofs are real; validators share keys, and votes for the same share
/// what their key signed.
#[derive(Debug)]
pub(super) struct Samples {
    keys: Arc<Keys>,
    blobs: Arc<Blobs>,
    /// With all of mainnet's votes.
    pub(super) whole: Slot,
}

/// The messages of one slot.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) chain: Chain<Mainnet>,
    pub(super) samples: Vec<Sample>,
}

impl Slot {
    /// Those of a family, in order.
    pub(super) fn of(&self, family: Family) -> Vec<&Sample> {
        self.samples.iter().filter(|sample| sample.family == family).collect()
    }
}

impl Samples {
    /// Makes all keys, proofs and signatures of a slot, which takes some seconds.
    pub(super) fn new() -> Self {
        let (keys, blobs) = (Arc::new(Keys::new(KEYS)), Arc::new(Blobs::new(21)));
        let whole = slot(&keys, &blobs, 1.0);
        Self { keys, blobs, whole }
    }

    /// A slot with a share of mainnet's votes.
    pub(super) fn slot(&self, scale: f64) -> Slot {
        slot(&self.keys, &self.blobs, scale)
    }
}

fn slot(keys: &Arc<Keys>, blobs: &Arc<Blobs>, scale: f64) -> Slot {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some millions")]
    let validators = (VALIDATORS * scale) as u64;
    let size = Size { validators, committees: COMMITTEES, keys: keys.clone(), blobs: blobs.clone() };
    let chain = Chain::<Mainnet>::new(ForkName::Fulu, size);
    let mut samples = Vec::new();
    let mut add = |family, kind, ssz: Vec<u8>| samples.push(Sample { family, kind, ssz: ssz.into() });
    add(Family::Blocks, TopicKind::BeaconBlock, chain.block(TRANSACTION).as_ssz_bytes());
    for (column, ssz) in (0..).zip(chain.columns()) {
        add(Family::Columns, TopicKind::DataColumnSidecar(column), ssz);
    }
    let (vote, late) = (chain.vote(0), chain.late_vote(0));
    for index in 0..COMMITTEES {
        let kind = TopicKind::BeaconAttestation(chain.attestation_subnet(chain.slot(), index));
        let late = chain.attestations(&late, index, usize::MAX);
        for (n, (ssz, late)) in (0..).zip(chain.attestations(&vote, index, usize::MAX).into_iter().zip(late)) {
            add(Family::Attestations, kind, if n % LATE == 7 { late } else { ssz });
        }
        for ssz in chain.aggregates_of(&vote, index, AGGREGATORS) {
            add(Family::Aggregates, TopicKind::BeaconAggregateAndProof, ssz);
        }
    }
    for (subnet, ssz) in chain.sync_messages(512) {
        add(Family::Sync, TopicKind::SyncCommittee(subnet), ssz);
    }
    for subcommittee in 0..4 {
        for ssz in chain.contributions(subcommittee, AGGREGATORS) {
            add(Family::Contributions, TopicKind::SyncCommitteeContributionAndProof, ssz);
        }
    }
    Slot { chain, samples }
}
