//! Live messages, changed in one place each, and the verdict that this must bring.

use bytes::Bytes;
use cl_types::containers::{
    BLSSignature, SignedAggregateAndProof, SignedBeaconBlock, SignedContributionAndProof, SingleAttestation,
    SyncCommitteeMessage, fulu,
};
use cl_types::{ForkName, Minimal, Root, Slot, TopicKind};
use cl_validation::chain::ChainView;
use cl_validation::{Ignore, Reject, Verdict};
use ssz::{Decode, Encode};

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) kind: TopicKind,
    pub(crate) fork: ForkName,
    pub(crate) ssz: Bytes,
    pub(crate) received_ms: u64,
}

/// A changed message.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// What was changed.
    pub(crate) what: &'static str,
    pub(crate) ssz: Bytes,
    /// The verdicts that are right; one, unless it depends on who is next to whom.
    pub(crate) right: Vec<Verdict>,
}

/// No validator has this number.
const NOBODY: u64 = 1 << 40;

/// Every change of a message; none for families without any here.
pub(crate) fn of(sample: &Sample, chain: &dyn ChainView) -> Vec<Mutation> {
    match sample.kind {
        TopicKind::BeaconBlock => block(sample),
        TopicKind::BeaconAttestation(_) => vote(sample, chain),
        TopicKind::BeaconAggregateAndProof => aggregate(sample, chain),
        TopicKind::SyncCommittee(_) => sync_message(sample, chain),
        TopicKind::SyncCommitteeContributionAndProof => contribution(sample),
        TopicKind::DataColumnSidecar(_) => column(sample),
        _ => Vec::new(),
    }
}

/// Collects changes of one message.
struct Changes<'a, T> {
    original: &'a T,
    all: Vec<Mutation>,
}

impl<'a, T: Clone + Encode> Changes<'a, T> {
    const fn of(original: &'a T) -> Self {
        Self { original, all: Vec::new() }
    }

    fn reject(&mut self, what: &'static str, reason: Reject, change: impl FnOnce(&mut T)) {
        self.any(what, &[Verdict::Reject(reason)], change);
    }

    fn ignore(&mut self, what: &'static str, reason: Ignore, change: impl FnOnce(&mut T)) {
        self.any(what, &[Verdict::Ignore(reason)], change);
    }

    fn any(&mut self, what: &'static str, right: &[Verdict], change: impl FnOnce(&mut T)) {
        let mut changed = self.original.clone();
        change(&mut changed);
        self.all.push(Mutation { what, ssz: changed.as_ssz_bytes().into(), right: right.to_vec() });
    }
}

fn read<T: Decode>(sample: &Sample) -> Option<T> {
    T::from_ssz_bytes(&sample.ssz).ok()
}

/// One bit of a signature, in the middle.
fn flip(signature: &mut BLSSignature) {
    let mut bytes = *signature.as_bytes();
    if let Some(byte) = bytes.get_mut(60) {
        *byte ^= 1;
    }
    *signature = bytes.into();
}

fn flip_root(root: &mut Root) {
    if let Some(byte) = root.0.last_mut() {
        *byte ^= 1;
    }
}

/// Somebody who is not among these.
fn outsider(members: &[u64]) -> u64 {
    (0..).find(|index| !members.contains(index)).unwrap_or_default()
}

fn block(sample: &Sample) -> Vec<Mutation> {
    let Some(block) = read::<SignedBeaconBlock<Minimal>>(sample) else { return Vec::new() };
    let mut changes = Changes::of(&block);
    changes.reject("signature", Reject::BlockSignature, |block| flip(&mut block.signature));
    changes.reject("slot", Reject::Timestamp, |block| block.message.slot = block.message.slot.saturating_sub(1));
    changes.ignore("slot to come", Ignore::FutureSlot, |block| block.message.slot.0 ^= 1 << 20);
    changes.reject("proposer", Reject::WrongProposer, |block| block.message.proposer_index ^= 1);
    changes.reject("proposer that nobody is", Reject::UnknownValidator, |block| block.message.proposer_index = NOBODY);
    changes.reject("state root", Reject::BlockSignature, |block| flip_root(&mut block.message.state_root));
    changes.reject("randao reveal", Reject::BlockSignature, |block| flip(&mut block.message.body.randao_reveal));
    changes.ignore("parent root", Ignore::BlockUnknown, |block| flip_root(&mut block.message.parent_root));
    changes.reject("timestamp", Reject::Timestamp, |block| block.message.body.execution_payload.timestamp ^= 1);
    changes.all
}

fn vote(sample: &Sample, chain: &dyn ChainView) -> Vec<Mutation> {
    let Some(vote) = read::<SingleAttestation>(sample) else { return Vec::new() };
    let committee = chain.committee(vote.data.slot, vote.committee_index).found().unwrap_or_default();
    let mut changes = Changes::of(&vote);
    changes.reject("signature", Reject::Signature, |vote| flip(&mut vote.signature));
    // Another slot's committees vote on other subnets.
    let earlier = [Verdict::Reject(Reject::WrongSubnet), Verdict::Reject(Reject::TargetEpoch)];
    changes.any("slot", &earlier, |vote| vote.data.slot = vote.data.slot.saturating_sub(1));
    changes.reject("index", Reject::DataIndex, |vote| vote.data.index ^= 1);
    changes.reject("committee index", Reject::WrongSubnet, |vote| vote.committee_index ^= 1);
    changes.reject("committee that does not exist", Reject::CommitteeIndex, |vote| vote.committee_index ^= 1 << 8);
    changes.reject("attester", Reject::NotInCommittee, |vote| vote.attester_index = outsider(&committee));
    changes.reject("target root", Reject::TargetRoot, |vote| flip_root(&mut vote.data.target.root));
    changes.reject("target epoch", Reject::TargetEpoch, |vote| vote.data.target.epoch.0 ^= 1);
    changes.reject("source root", Reject::Signature, |vote| flip_root(&mut vote.data.source.root));
    changes.ignore("block root", Ignore::BlockUnknown, |vote| flip_root(&mut vote.data.beacon_block_root));
    changes.all
}

fn aggregate(sample: &Sample, chain: &dyn ChainView) -> Vec<Mutation> {
    let Some(signed) = read::<SignedAggregateAndProof<Minimal>>(sample) else { return Vec::new() };
    let bits = &signed.message.aggregate.committee_bits;
    let index = (0..).zip(bits.iter()).find(|(_, bit)| *bit).map_or(0, |(index, _)| index);
    let committee = chain.committee(signed.message.aggregate.data.slot, index).found().unwrap_or_default();
    let mut changes = Changes::of(&signed);
    changes.reject("signature", Reject::AggregatorSignature, |signed| flip(&mut signed.signature));
    changes.reject("selection proof", Reject::SelectionProof, |signed| flip(&mut signed.message.selection_proof));
    // The aggregator signed it too, and that is looked at first.
    changes.reject("aggregated signature", Reject::AggregatorSignature, |signed| {
        flip(&mut signed.message.aggregate.signature);
    });
    changes.reject("index", Reject::DataIndex, |signed| signed.message.aggregate.data.index ^= 1);
    changes.reject("aggregator", Reject::NotInCommittee, |signed| {
        signed.message.aggregator_index = outsider(&committee);
    });
    changes.reject("two committees", Reject::CommitteeBits, |signed| {
        // There are four places for bits in this preset.
        let _ = signed.message.aggregate.committee_bits.set(3, true);
        let _ = signed.message.aggregate.committee_bits.set(2, true);
    });
    changes.reject("target root", Reject::TargetRoot, |signed| {
        flip_root(&mut signed.message.aggregate.data.target.root);
    });
    changes.ignore("block root", Ignore::BlockUnknown, |signed| {
        flip_root(&mut signed.message.aggregate.data.beacon_block_root);
    });
    changes.all
}

fn sync_message(sample: &Sample, chain: &dyn ChainView) -> Vec<Mutation> {
    let Some(message) = read::<SyncCommitteeMessage>(sample) else { return Vec::new() };
    let committee = chain.sync_committee().found();
    let is_member = |index: u64| {
        let key = chain.validator(index).found().map(|validator| validator.pubkey);
        committee.as_ref().zip(key).is_some_and(|(committee, key)| committee.pubkeys.contains(&key))
    };
    let outsider = (0..).find(|index| !is_member(*index)).unwrap_or_default();
    let mut changes = Changes::of(&message);
    changes.reject("signature", Reject::Signature, |message| flip(&mut message.signature));
    changes.reject("block root", Reject::Signature, |message| flip_root(&mut message.beacon_block_root));
    changes.reject("validator that nobody is", Reject::UnknownValidator, |message| message.validator_index = NOBODY);
    // All 64 validators of a lab chain may have a seat.
    if chain.validator(outsider).found().is_some() {
        changes.reject("validator", Reject::WrongSubnet, |message| message.validator_index = outsider);
    }
    changes.ignore("slot", Ignore::NotCurrentSlot, |message| message.slot.0 ^= 1 << 20);
    changes.all
}

fn contribution(sample: &Sample) -> Vec<Mutation> {
    let Some(signed) = read::<SignedContributionAndProof<Minimal>>(sample) else { return Vec::new() };
    let mut changes = Changes::of(&signed);
    changes.reject("signature", Reject::AggregatorSignature, |signed| flip(&mut signed.signature));
    changes.reject("selection proof", Reject::SelectionProof, |signed| flip(&mut signed.message.selection_proof));
    changes.reject("aggregated signature", Reject::AggregatorSignature, |signed| {
        flip(&mut signed.message.contribution.signature);
    });
    changes.reject("subcommittee", Reject::Subcommittee, |signed| {
        signed.message.contribution.subcommittee_index ^= 1 << 4;
    });
    changes.reject("aggregator that nobody is", Reject::UnknownValidator, |signed| {
        signed.message.aggregator_index = NOBODY;
    });
    changes.reject("block root", Reject::AggregatorSignature, |signed| {
        flip_root(&mut signed.message.contribution.beacon_block_root);
    });
    changes.all
}

fn column(sample: &Sample) -> Vec<Mutation> {
    if sample.fork != ForkName::Fulu {
        return Vec::new();
    }
    let Some(sidecar) = read::<fulu::DataColumnSidecar>(sample) else { return Vec::new() };
    let mut changes = Changes::of(&sidecar);
    changes.reject("signature", Reject::BlockSignature, |sidecar| flip(&mut sidecar.signed_block_header.signature));
    // Perhaps the same validator proposes in both slots, or the parent is of the slot before.
    let earlier = [Reject::WrongProposer, Reject::NotAfterParent, Reject::BlockSignature].map(Verdict::Reject);
    changes.any("slot", &earlier, |sidecar| {
        let header = &mut sidecar.signed_block_header.message;
        header.slot = Slot(header.slot.0.saturating_sub(1));
    });
    changes.reject("proposer", Reject::WrongProposer, |sidecar| {
        sidecar.signed_block_header.message.proposer_index ^= 1;
    });
    changes.reject("index", Reject::WrongSubnet, |sidecar| sidecar.index ^= 1);
    changes.reject("body root", Reject::InclusionProof, |sidecar| {
        flip_root(&mut sidecar.signed_block_header.message.body_root);
    });
    changes.reject("state root", Reject::BlockSignature, |sidecar| {
        flip_root(&mut sidecar.signed_block_header.message.state_root);
    });
    changes.ignore("parent root", Ignore::BlockUnknown, |sidecar| {
        flip_root(&mut sidecar.signed_block_header.message.parent_root);
    });
    changes.reject("inclusion proof", Reject::InclusionProof, |sidecar| {
        sidecar.kzg_commitments_inclusion_proof.iter_mut().take(1).for_each(flip_root);
    });
    // The same length: from the end of the message, commitments, cells and proofs are what is variable.
    let flipped = |bytes: &[u8], place: usize| {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1;
        }
        bytes
    };
    changes.reject("cell", Reject::KzgProof, |sidecar| {
        let cells = flipped(sidecar.column.as_bytes(), 1000);
        let (chunks, _) = cells.as_chunks::<2048>();
        sidecar.column = chunks.iter().copied().collect();
    });
    changes.reject("proof", Reject::KzgProof, |sidecar| {
        let proofs = flipped(sidecar.kzg_proofs.as_bytes(), 20);
        let (chunks, _) = proofs.as_chunks::<48>();
        sidecar.kzg_proofs = chunks.iter().copied().collect();
    });
    changes.reject("commitment", Reject::InclusionProof, |sidecar| {
        let commitments = flipped(sidecar.kzg_commitments.as_bytes(), 20);
        let (chunks, _) = commitments.as_chunks::<48>();
        sidecar.kzg_commitments = chunks.iter().copied().collect();
    });
    changes.all
}
