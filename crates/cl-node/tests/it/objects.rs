//! Made-up objects that are true to each other on the chain of [`all_forks`](crate::support::all_forks): linked blocks,
//! sidecars of theirs, light client objects whose branches lead to their states. Signatures, cells and proofs of cells are
//! noise.

use bytes::Bytes;
use cl_node::store::{Offered, Stored, StoredInclusionList};
use cl_node::{ChainStore, MemoryStore, StoredBlock};
use cl_types::containers::{
    BeaconBlockBody, BeaconBlockHeader, DataColumnSidecar, SignedBeaconBlock, SignedBeaconBlockHeader, SyncCommittee,
    deneb, electra, gloas, heze,
};
use cl_types::{ForkName, Minimal, PresetId, Root, Slot, TopicKind};
use ssz::Encode;
use tree_hash::{TreeHash, merkle_root};

/// The block before the first one.
pub(crate) const GENESIS: Root = Root::repeat_byte(3);
/// The block that decides who makes inclusion lists.
pub(crate) const DEPENDENT: Root = Root::repeat_byte(0xdd);
/// The columns that are held of a block with blobs.
pub(crate) const COLUMNS: [u64; 3] = [0, 5, 127];

/// Slots of the blocks by fork. The first of Electra and Fulu have two blobs each, and so has the first of Gloas.
pub(crate) const SLOTS: [(ForkName, &[u64]); 4] = [
    (ForkName::Electra, &[4, 5]),
    (ForkName::Fulu, &[9, 10, 15]),
    (ForkName::Gloas, &[17, 18]),
    (ForkName::Heze, &[24, 29]),
];

/// A store with everything that can be asked for, and the roots of its blocks.
pub(crate) fn full_store() -> (MemoryStore, Vec<(u64, Root)>) {
    let store = MemoryStore::new();
    let mut roots = Vec::new();
    let mut parent = GENESIS;
    for (fork, slots) in SLOTS {
        for (place, slot) in slots.iter().copied().enumerate() {
            let blobs = if place == 0 { 2 } else { 0 };
            let (ssz, beside) = match fork {
                ForkName::Gloas | ForkName::Heze => since_gloas(fork, slot, parent),
                _ => before_gloas(fork, slot, parent, blobs, &COLUMNS),
            };
            let Some(Offered::Block(block)) = read(TopicKind::BeaconBlock, fork, &ssz) else { panic!("slot {slot}") };
            parent = block.root;
            roots.push((slot, block.root));
            store.offer(Offered::Block(block));
            beside.into_iter().for_each(|object| store.offer(object));
        }
    }
    light_clients(&store);
    for (slot, member) in [(29, 3), (30, 3), (30, 9)] {
        let mut list = heze::SignedInclusionList::default();
        (list.message.slot, list.message.dependent_root) = (Slot(slot), DEPENDENT);
        list.message.validator_index = u64::from(member) + 100;
        store.offer(Offered::InclusionList(StoredInclusionList {
            slot: Slot(slot),
            dependent_root: DEPENDENT,
            validator_index: list.message.validator_index,
            member: Some(member),
            ssz: list.as_ssz_bytes().into(),
        }));
    }
    (store, roots)
}

/// Blocks of Electra and Fulu at these slots, linked.
pub(crate) fn plain_chain(slots: impl IntoIterator<Item = u64>, fork_of: impl Fn(u64) -> ForkName) -> Vec<StoredBlock> {
    let mut parent = GENESIS;
    let link = |slot| {
        let (ssz, _) = before_gloas(fork_of(slot), slot, parent, 0, &[]);
        match read(TopicKind::BeaconBlock, fork_of(slot), &ssz) {
            Some(Offered::Block(block)) => {
                parent = block.root;
                block
            }
            other => panic!("{other:?}"),
        }
    };
    slots.into_iter().map(link).collect()
}

/// Blocks of Fulu in these slots, each with two blobs and all 128 columns.
pub(crate) fn columns_store(slots: impl IntoIterator<Item = u64>) -> MemoryStore {
    let store = MemoryStore::new();
    let mut parent = GENESIS;
    let all: Vec<u64> = (0..128).collect();
    for slot in slots {
        let (ssz, beside) = before_gloas(ForkName::Fulu, slot, parent, 2, &all);
        let Some(Offered::Block(block)) = read(TopicKind::BeaconBlock, ForkName::Fulu, &ssz) else { panic!("{slot}") };
        parent = block.root;
        store.offer(Offered::Block(block));
        beside.into_iter().for_each(|object| store.offer(object));
    }
    store
}

fn read(kind: TopicKind, fork: ForkName, ssz: &Bytes) -> Option<Offered> {
    Offered::read(kind, fork, PresetId::Minimal, ssz)
}

fn offered(kind: TopicKind, fork: ForkName, object: &impl Encode) -> Offered {
    read(kind, fork, &object.as_ssz_bytes().into()).unwrap()
}

fn before_gloas(fork: ForkName, slot: u64, parent_root: Root, blobs: usize, columns: &[u64]) -> (Bytes, Vec<Offered>) {
    let mut block = SignedBeaconBlock::<Minimal>::default();
    (block.message.slot, block.message.parent_root) = (Slot(slot), parent_root);
    block.message.body.blob_kzg_commitments = vec![[u8::try_from(slot).unwrap(); 48]; blobs].into_iter().collect();
    let header = SignedBeaconBlockHeader { message: block.message.header(), ..Default::default() };
    let body = &block.message.body;
    let beside = if fork == ForkName::Electra {
        (0..blobs).map(|index| offered(TopicKind::BlobSidecar(0), fork, &blob(body, &header, index))).collect()
    } else if blobs == 0 {
        Vec::new()
    } else {
        let columns = columns.iter().map(|index| column(body, &header, *index));
        columns.map(|column| offered(TopicKind::DataColumnSidecar(0), fork, &column)).collect()
    };
    (block.as_ssz_bytes().into(), beside)
}

fn blob(body: &BeaconBlockBody<Minimal>, header: &SignedBeaconBlockHeader, index: usize) -> deneb::BlobSidecar {
    let commitments = &body.blob_kzg_commitments;
    let leaves: Vec<Root> = commitments.as_arrays().iter().map(|c| c.to_vec()).map(|c| merkle_root(&c, 2)).collect();
    let (mut branch, list) = branch(&leaves, 12, index);
    let mut length = Root::ZERO;
    length[0] = u8::try_from(leaves.len()).unwrap();
    assert_eq!(node(list, length), commitments.tree_hash_root());
    branch.push(length);
    branch.extend(body_branch(body));
    deneb::BlobSidecar {
        index: index as u64,
        kzg_commitment: commitments.as_arrays()[index].into(),
        signed_block_header: header.clone(),
        kzg_commitment_inclusion_proof: branch.try_into().unwrap(),
        ..Default::default()
    }
}

fn column(body: &BeaconBlockBody<Minimal>, header: &SignedBeaconBlockHeader, index: u64) -> DataColumnSidecar {
    let blobs = body.blob_kzg_commitments.len();
    DataColumnSidecar {
        index,
        column: vec![[1; 2048]; blobs].into_iter().collect(),
        kzg_commitments: body.blob_kzg_commitments.clone(),
        kzg_proofs: vec![[2; 48]; blobs].into_iter().collect(),
        signed_block_header: header.clone(),
        kzg_commitments_inclusion_proof: body_branch(body).try_into().unwrap(),
    }
}

/// A block whose payload has the hash of its slot, and builds on that of two slots that are known. Its envelope, and columns
/// of the first block of Gloas.
fn since_gloas(fork: ForkName, slot: u64, parent_root: Root) -> (Bytes, Vec<Offered>) {
    let hash = |slot: u64| Root::repeat_byte(u8::try_from(slot).unwrap());
    let parent_hash = match slot {
        18 => hash(17),
        24 => hash(18),
        // The payload of slot 24 was left out.
        29 => hash(18),
        _ => Root::ZERO,
    };
    let ssz: Bytes = if fork == ForkName::Gloas {
        let mut block = gloas::SignedBeaconBlock::<Minimal>::default();
        (block.message.slot, block.message.parent_root) = (Slot(slot), parent_root);
        let bid = &mut block.message.body.signed_execution_payload_bid.message;
        (bid.block_hash, bid.parent_block_hash) = (hash(slot), parent_hash);
        if slot == 17 {
            bid.blob_kzg_commitments = vec![[9; 48]; 2].into_iter().collect();
        }
        block.as_ssz_bytes().into()
    } else {
        let mut block = heze::SignedBeaconBlock::<Minimal>::default();
        (block.message.slot, block.message.parent_root) = (Slot(slot), parent_root);
        let bid = &mut block.message.body.signed_execution_payload_bid.message;
        (bid.block_hash, bid.parent_block_hash) = (hash(slot), parent_hash);
        block.as_ssz_bytes().into()
    };
    let Some(Offered::Block(block)) = read(TopicKind::BeaconBlock, fork, &ssz) else { panic!("slot {slot}") };
    let mut envelope = gloas::SignedExecutionPayloadEnvelope::default();
    envelope.message.beacon_block_root = block.root;
    (envelope.message.payload.slot_number, envelope.message.payload.block_hash) = (slot, hash(slot));
    let mut beside = vec![offered(TopicKind::ExecutionPayload, fork, &envelope)];
    if slot == 17 {
        beside.extend(COLUMNS.map(|index| {
            let sidecar = gloas::DataColumnSidecar {
                index,
                column: vec![[1; 2048]; 2].into_iter().collect(),
                kzg_proofs: vec![[2; 48]; 2].into_iter().collect(),
                slot: Slot(slot),
                beacon_block_root: block.root,
            };
            offered(TopicKind::DataColumnSidecar(0), fork, &sidecar)
        }));
    }
    (ssz, beside)
}

/// Of Electra, with `FINALIZED_ROOT_GINDEX` 169, `CURRENT_SYNC_COMMITTEE_GINDEX` 86 and `NEXT_SYNC_COMMITTEE_GINDEX` 87.
fn light_clients(store: &MemoryStore) {
    let committee = SyncCommittee::<Minimal> { aggregate_pubkey: [1; 48].into(), ..Default::default() };
    let path = |depth: u8| (1..=depth).map(Root::repeat_byte).collect::<Vec<_>>();
    let header = |slot, leaf, depth: u8, index| BeaconBlockHeader {
        slot: Slot(slot),
        state_root: above(leaf, &path(depth), index),
        ..Default::default()
    };

    let mut bootstrap = electra::LightClientBootstrap::<Minimal>::default();
    bootstrap.header.beacon = header(5, committee.tree_hash_root(), 6, 86);
    bootstrap.current_sync_committee = committee.clone();
    bootstrap.current_sync_committee_branch = path(6).try_into().unwrap();
    store.offer(Offered::LightClientBootstrap {
        block: bootstrap.header.beacon.tree_hash_root(),
        bootstrap: Stored { slot: Slot(5), ssz: bootstrap.as_ssz_bytes().into() },
    });

    let mut update = electra::LightClientUpdate::<Minimal>::default();
    update.attested_header.beacon = header(6, committee.tree_hash_root(), 6, 87);
    update.next_sync_committee = committee;
    update.next_sync_committee_branch = path(6).try_into().unwrap();
    update.signature_slot = Slot(7);
    let update = Stored { slot: Slot(6), ssz: update.as_ssz_bytes().into() };
    store.offer(Offered::LightClientUpdate { period: 0, update });

    let mut finality = electra::LightClientFinalityUpdate::<Minimal>::default();
    finality.finalized_header.beacon.slot = Slot(2);
    finality.attested_header.beacon = header(6, finality.finalized_header.beacon.tree_hash_root(), 7, 169);
    finality.finality_branch = path(7).try_into().unwrap();
    finality.signature_slot = Slot(7);
    store.offer(offered(TopicKind::LightClientFinalityUpdate, ForkName::Electra, &finality));

    let mut optimistic = electra::LightClientOptimisticUpdate::<Minimal>::default();
    (optimistic.attested_header.beacon.slot, optimistic.signature_slot) = (Slot(6), Slot(7));
    store.offer(offered(TopicKind::LightClientOptimisticUpdate, ForkName::Electra, &optimistic));
}

/// The block of the bootstrap in the store.
pub(crate) fn bootstrap_root() -> Root {
    let committee = SyncCommittee::<Minimal> { aggregate_pubkey: [1; 48].into(), ..Default::default() };
    let path: Vec<Root> = (1..=6).map(Root::repeat_byte).collect();
    let state_root = above(committee.tree_hash_root(), &path, 86);
    BeaconBlockHeader { slot: Slot(5), state_root, ..Default::default() }.tree_hash_root()
}

fn node(left: Root, right: Root) -> Root {
    merkle_root(&[left, right].concat(), 2)
}

/// The root above a leaf, a branch and a place.
fn above(leaf: Root, branch: &[Root], index: u64) -> Root {
    let step = |(below, index): (Root, u64), sibling: &Root| {
        (if index & 1 == 1 { node(*sibling, below) } else { node(below, *sibling) }, index >> 1)
    };
    branch.iter().fold((leaf, index), step).0
}

/// The branch beside a leaf, and the root, of a tree that is filled up with zeros.
fn branch(leaves: &[Root], depth: usize, index: usize) -> (Vec<Root>, Root) {
    let (mut level, mut zero, mut index) = (leaves.to_vec(), Root::ZERO, index);
    let mut branch = Vec::new();
    for _ in 0..depth {
        branch.push(level.get(index ^ 1).copied().unwrap_or(zero));
        level = level.chunks(2).map(|pair| node(pair[0], pair.get(1).copied().unwrap_or(zero))).collect();
        (zero, index) = (node(zero, zero), index >> 1);
    }
    (branch, level[0])
}

/// From the commitments up to the root of the body.
fn body_branch(body: &BeaconBlockBody<Minimal>) -> Vec<Root> {
    let leaves = [
        body.randao_reveal.tree_hash_root(),
        body.eth1_data.tree_hash_root(),
        body.graffiti.tree_hash_root(),
        body.proposer_slashings.tree_hash_root(),
        body.attester_slashings.tree_hash_root(),
        body.attestations.tree_hash_root(),
        body.deposits.tree_hash_root(),
        body.voluntary_exits.tree_hash_root(),
        body.sync_aggregate.tree_hash_root(),
        body.execution_payload.tree_hash_root(),
        body.bls_to_execution_changes.tree_hash_root(),
        body.blob_kzg_commitments.tree_hash_root(),
        body.execution_requests.tree_hash_root(),
    ];
    let (branch, root) = branch(&leaves, 4, 11);
    assert_eq!(root, body.tree_hash_root());
    branch
}
