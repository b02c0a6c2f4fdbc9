use bytes::Bytes;
use cl_types::containers::deneb::BlobIdentifier;
use cl_types::containers::fulu::DataColumnsByRootIdentifier;
use cl_types::network::ConfiguredFork;
use cl_types::{ChainConfig, ForkName, ForkVersion};
use ssz::{BitVector, Encode};

use super::*;
use crate::store::{Bid, MemoryStore, Offered, StoredBlock, StoredInclusionList};

const GENESIS: Root = Root::ZERO;
/// Of the minimal preset.
const PER_EPOCH: u64 = 8;

/// A new fork each epoch: Phase0 in slots 0 to 7, Altair from 8, Bellatrix 16, Capella 24, Deneb 32, Electra 40, Fulu 48,
/// Gloas 56, Heze 64.
fn schedule() -> ForkSchedule {
    let config = ChainConfig {
        name: "test".into(),
        preset: PresetId::Minimal,
        forks: ForkName::ALL.map(|fork| ConfiguredFork {
            version: ForkVersion([u8::try_from(fork.index()).unwrap(), 0, 0, 1]),
            epoch: Epoch(fork.index() as u64),
        }),
        blob_schedule: Vec::new(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    ForkSchedule::new(&config, Root::repeat_byte(7)).unwrap()
}

fn root(slot: u64) -> Root {
    if slot == 0 { GENESIS } else { Root::repeat_byte(u8::try_from(slot).unwrap()) }
}

fn at(slot: u64, text: &str) -> Stored {
    Stored { slot: Slot(slot), ssz: Bytes::copy_from_slice(text.as_bytes()) }
}

/// A chain from genesis with a block in these slots, each named after its slot. From Gloas on, each builds on the payload of
/// the one before.
fn chain(slots: impl IntoIterator<Item = u64>) -> MemoryStore {
    let store = MemoryStore::new();
    let mut parent = 0;
    for slot in slots {
        let bid = (slot >= 56).then(|| Bid { block_hash: root(slot), parent_block_hash: root(parent) });
        let block = StoredBlock::new(Slot(slot), root(slot), root(parent), Bytes::from(slot.to_string()));
        store.offer(Offered::Block(StoredBlock { bid, ..block }));
        parent = slot;
    }
    store
}

fn column(store: &MemoryStore, slot: u64, index: u64) {
    store.offer(Offered::Column { block: root(slot), index, sidecar: at(slot, &format!("{slot}c{index}")) });
}

fn blob(store: &MemoryStore, slot: u64, index: u64) {
    store.offer(Offered::Blob { block: root(slot), index, sidecar: at(slot, &format!("{slot}b{index}")) });
}

/// What is answered at `now`: the texts of the objects, or the code of the refusal.
fn answer(store: &MemoryStore, now: u64, protocol: Protocol, request: &impl Encode) -> Result<Vec<String>, u8> {
    answer_finalized(store, now, now / PER_EPOCH, protocol, request)
}

fn answer_finalized(
    store: &MemoryStore,
    now: u64,
    finalized: u64,
    protocol: Protocol,
    request: &impl Encode,
) -> Result<Vec<String>, u8> {
    let schedule = schedule();
    let server = Server {
        schedule: &schedule,
        store,
        slot: Slot(now),
        finalized: Epoch(finalized),
        genesis_block_root: Some(GENESIS),
    };
    let mut cursor = server.answer(protocol, &request.as_ssz_bytes()).map_err(|refusal| refusal.code.as_u8())?;
    let objects = std::iter::from_fn(|| cursor.next(store));
    Ok(objects.map(|object| String::from_utf8(object.ssz.to_vec()).unwrap()).collect())
}

fn texts<const N: usize>(texts: [&str; N]) -> Result<Vec<String>, u8> {
    Ok(texts.map(str::to_owned).to_vec())
}

#[test]
fn a_range_of_blocks_is_what_the_chain_has_there() {
    let store = chain([9, 10, 12, 13]);
    let ask = |start, count, step| answer(&store, 20, Protocol::BlocksByRangeV2, &(start, count, step));
    assert_eq!(ask(10_u64, 3_u64, 1_u64), texts(["10", "12"]));
    assert_eq!(ask(0, 1000, 1), texts(["9", "10", "12", "13"]), "linked to genesis: nothing was before");
    assert_eq!(ask(14, 10, 1), texts([]), "nothing newer is known");
    assert_eq!(ask(u64::MAX, 10, 1), texts([]));
    assert_eq!(ask(10, 3, 2), texts(["10"]), "a deprecated step");
    assert_eq!((ask(10, 0, 1), ask(10, 1, 0)), (Err(1), Err(1)));
}

#[test]
fn an_empty_range_is_not_said_of_slots_that_are_not_held() {
    let store = MemoryStore::new();
    let ask = |start: u64, count: u64| answer(&store, 20, Protocol::BlocksByRangeV2, &(start, count, 1_u64));
    assert_eq!((ask(0, 10), ask(30, 10)), (Err(3), texts([])), "an empty store knows nothing of the past");
    store.offer(Offered::Block(StoredBlock::new(Slot(12), root(12), root(11), Bytes::from("12"))));
    assert_eq!((ask(0, 10), ask(5, 10), ask(12, 3)), (Err(3), Err(3), texts(["12"])));
}

#[test]
fn a_range_has_at_most_128_blocks() {
    let store = chain(1..200);
    let blocks = answer(&store, 250, Protocol::BlocksByRangeV2, &(8_u64, u64::MAX, 1_u64)).unwrap();
    assert_eq!((blocks.len(), blocks.first().unwrap().as_str()), (128, "8"));
}

#[test]
fn version_1_speaks_of_phase0_alone() {
    let store = chain([5, 7, 9]);
    let range = |start: u64, count: u64| answer(&store, 20, Protocol::BlocksByRangeV1, &(start, count, 1_u64));
    assert_eq!((range(0, 8), range(6, 4), range(8, 4)), (texts(["5", "7"]), Err(1), Err(1)));
    let roots = |roots: &[u64]| {
        let body: Vec<Root> = roots.iter().map(|slot| root(*slot)).collect();
        answer(&store, 20, Protocol::BlocksByRootV1, &body)
    };
    assert_eq!((roots(&[7, 88, 5]), roots(&[5, 9])), (texts(["7", "5"]), Err(1)));
}

#[test]
fn roots_are_answered_where_they_are_known() {
    let store = chain([9, 10, 12]);
    let ask = |body: &[Root]| answer(&store, 20, Protocol::BlocksByRootV2, &body.to_vec());
    assert_eq!(ask(&[root(12), root(99), root(9)]), texts(["12", "9"]));
    assert_eq!((ask(&[]), ask(&[root(99)])), (texts([]), texts([])));
    assert_eq!(answer(&store, 20, Protocol::BlocksByRootV2, &7_u64), Err(1), "no list of roots");
}

#[test]
fn a_head_is_followed_by_its_parents() {
    let store = chain([49, 50, 52]);
    let ask = |head: u64, count: u64| answer(&store, 60, Protocol::BlocksByHeadV1, &(root(head), count));
    assert_eq!(ask(52, 2), texts(["52", "50"]));
    assert_eq!(ask(50, u64::MAX), texts(["50", "49"]), "down to where the store ends");
    assert_eq!((ask(51, 2), ask(52, 0)), (Err(3), Err(1)));
}

#[test]
fn what_is_too_old_is_not_served() {
    // Blocks are kept for 272 epochs before Gloas and 262 since (minimal), sidecars for 4096.
    let store = chain([3, 49, 50]);
    column(&store, 49, 1);
    let now = |epoch: u64| epoch * PER_EPOCH;
    let range = |epoch| answer(&store, now(epoch), Protocol::BlocksByRangeV2, &(0_u64, 50_u64, 1_u64));
    assert_eq!(range(262), texts(["3", "49"]));
    assert_eq!((range(268), range(269)), (texts(["49"]), Err(3)));
    let root_of = |slot| vec![root(slot)];
    assert_eq!(answer(&store, now(268), Protocol::BlocksByRootV2, &root_of(3)), texts([]));
    assert_eq!(answer(&store, now(268), Protocol::BlocksByRootV2, &root_of(49)), texts(["49"]));
    assert_eq!(answer(&store, now(268), Protocol::BlocksByHeadV1, &(root(50), 9_u64)), texts(["50", "49"]));
    assert_eq!(answer(&store, now(268), Protocol::BlocksByHeadV1, &(root(3), 9_u64)), Err(3));
    let without_finality = answer_finalized(&store, now(5000), 0, Protocol::BlocksByRangeV2, &(0_u64, 50_u64, 1_u64));
    assert_eq!(without_finality, texts(["3", "49"]), "what is not finalized is served however old");
    let columns = |epoch| {
        let request = ColumnsByRangeRequest { start_slot: Slot(48), count: 2, columns: vec![1].try_into().unwrap() };
        answer(&store, now(epoch), Protocol::ColumnsByRangeV1, &request)
    };
    assert_eq!((columns(4102), columns(4103)), (texts(["49c1"]), Err(3)));
}

#[test]
fn columns_come_by_slot_and_index_and_only_those_asked_for() {
    let store = chain([47, 49, 50, 51]);
    for (slot, index) in [(50, 7), (49, 127), (49, 0), (51, 3), (50, 0)] {
        column(&store, slot, index);
    }
    let range = |start, count, columns: &[u64]| {
        let request =
            ColumnsByRangeRequest { start_slot: Slot(start), count, columns: columns.to_vec().try_into().unwrap() };
        answer(&store, 55, Protocol::ColumnsByRangeV1, &request)
    };
    assert_eq!(range(40, 11, &[127, 7, 0, 0]), texts(["49c0", "49c127", "50c0", "50c7"]));
    assert_eq!((range(40, 5, &[0]), range(49, 1, &[])), (texts([]), texts([])), "before the fork; no column");
    assert_eq!((range(49, 0, &[0]), range(49, 1, &[128])), (Err(1), Err(1)));
    let by_root = |ids: &[(u64, &[u64])]| {
        let ids = ids.iter().map(|(slot, columns)| DataColumnsByRootIdentifier {
            block_root: root(*slot),
            columns: columns.to_vec().try_into().unwrap(),
        });
        let request: ColumnsByRootRequest = ids.collect::<Vec<_>>().try_into().unwrap();
        answer(&store, 55, Protocol::ColumnsByRootV1, &request)
    };
    assert_eq!(by_root(&[(50, &[7, 0, 5]), (99, &[0]), (51, &[3])]), texts(["50c0", "50c7", "51c3"]));
    assert_eq!((by_root(&[]), by_root(&[(50, &[128])])), (texts([]), Err(1)));
}

#[test]
fn blobs_are_served_where_they_were_and_retired_with_their_forks() {
    let store = chain([33, 41, 49]);
    for (slot, index) in [(33, 1), (33, 0), (41, 2), (49, 0)] {
        blob(&store, slot, index);
    }
    let range = |start: u64, count: u64, now| answer(&store, now, Protocol::BlobsByRangeV1, &(start, count));
    assert_eq!(range(0, 128, 55), texts(["33b0", "33b1", "41b2"]));
    assert_eq!((range(48, 4, 55), range(33, 0, 55)), (texts([]), Err(1)), "since Fulu there are none");
    assert_eq!((range(0, 40, 4100 * PER_EPOCH), range(0, 40, 4101 * PER_EPOCH)), (texts(["33b0", "33b1"]), Err(3)));
    let lacking = |slot, parent| StoredBlock {
        sidecars: Sidecars::Blobs(2),
        ..StoredBlock::new(Slot(slot), root(slot), root(parent), Bytes::from(slot.to_string()))
    };
    let other = chain([33]);
    blob(&other, 33, 0);
    other.offer(Offered::Block(lacking(35, 33)));
    blob(&other, 35, 1);
    let of_other = |start: u64| answer(&other, 55, Protocol::BlobsByRangeV1, &(start, 9_u64));
    assert_eq!((of_other(32), of_other(34)), (texts(["33b0"]), Err(3)), "all blobs of a block, or not that block");
    let by_root = |ids: Vec<(u64, u64)>, now| {
        let ids = ids.into_iter().map(|(slot, index)| BlobIdentifier { block_root: root(slot), index });
        let request: BlobsByRootRequest = ids.collect::<Vec<_>>().try_into().unwrap();
        answer(&store, now, Protocol::BlobsByRootV1, &request)
    };
    assert_eq!(by_root(vec![(41, 2), (33, 0), (33, u64::MAX), (2, 0)], 45), texts(["41b2", "33b0"]));
    let many = |count| vec![(33, 0); count];
    assert_eq!(by_root(many(768), 39).map(|blobs| blobs.len()), Ok(768), "Deneb");
    assert_eq!((by_root(many(769), 39), by_root(many(1152), 45).map(|blobs| blobs.len())), (Err(1), Ok(1152)));
}

#[test]
fn envelopes_of_a_range_are_those_of_the_chain() {
    let store = chain([55, 57, 58, 60]);
    for slot in [57, 58, 60] {
        let envelope = at(slot, &format!("{slot}e"));
        store.offer(Offered::Envelope { block: root(slot), block_hash: root(slot), envelope });
    }
    let range = |start: u64, count: u64| answer(&store, 62, Protocol::EnvelopesByRangeV1, &(start, count));
    assert_eq!(range(50, 20), texts(["57e", "58e"]), "nothing builds on that of the head yet");
    assert_eq!((range(57, 0), range(20, 10)), (Err(1), texts([])));
    let by_root = answer(&store, 62, Protocol::EnvelopesByRootV1, &vec![root(60), root(55), root(57)]);
    assert_eq!(by_root, texts(["60e", "57e"]));
}

#[test]
fn light_clients_get_one_object_or_hear_that_there_is_none() {
    let store = chain([9]);
    let ask = |protocol, request: &dyn Fn() -> Vec<u8>| {
        let schedule = schedule();
        let server = Server {
            schedule: &schedule,
            store: &store,
            slot: Slot(60),
            finalized: Epoch(0),
            genesis_block_root: None,
        };
        let answer = server.answer(protocol, &request());
        answer.map(|mut cursor| cursor.next(&store).unwrap().slot.0).map_err(|refusal| refusal.code.as_u8())
    };
    let bootstrap = |block| ask(Protocol::LightClientBootstrapV1, &|| root(block).as_ssz_bytes());
    let finality = || ask(Protocol::LightClientFinalityUpdateV1, &Vec::new);
    let optimistic = || ask(Protocol::LightClientOptimisticUpdateV1, &Vec::new);
    assert_eq!((bootstrap(9), finality(), optimistic()), (Err(3), Err(3), Err(3)));
    store.offer(Offered::LightClientBootstrap { block: root(9), bootstrap: at(9, "b") });
    store.offer(Offered::LightClientFinalityUpdate(at(10, "f")));
    store.offer(Offered::LightClientOptimisticUpdate(at(11, "o")));
    assert_eq!((bootstrap(9), finality(), optimistic()), (Ok(9), Ok(10), Ok(11)));
}

#[test]
fn light_client_updates_are_of_consecutive_periods() {
    let store = MemoryStore::new();
    for period in [3, 4, 6] {
        store.offer(Offered::LightClientUpdate { period, update: at(60, &format!("u{period}")) });
    }
    let ask = |start: u64, count: u64| answer(&store, 62, Protocol::LightClientUpdatesByRangeV1, &(start, count));
    assert_eq!(ask(0, 128), texts(["u3", "u4"]), "from the earliest that is known, without the one after the gap");
    assert_eq!((ask(4, 1), ask(7, 9), ask(u64::MAX, 9)), (texts(["u4"]), texts([]), texts([])));
    assert_eq!(ask(3, 0), Err(1));
}

#[test]
fn inclusion_lists_are_for_this_slot_and_the_last() {
    let store = MemoryStore::new();
    for slot in [64, 65] {
        store.offer(Offered::InclusionList(StoredInclusionList {
            slot: Slot(slot),
            dependent_root: root(1),
            validator_index: 5,
            member: Some(3),
            ssz: Bytes::from(format!("i{slot}")),
        }));
    }
    let ask = |now, slot, member| {
        let mut indices = BitVector::new();
        indices.set(member, true).unwrap();
        let request = InclusionListsByIndicesRequest { slot: Slot(slot), dependent_root: root(1), indices };
        answer(&store, now, Protocol::InclusionListsByIndicesV1, &request)
    };
    assert_eq!((ask(65, 64, 3), ask(65, 65, 3), ask(65, 65, 2)), (texts(["i64"]), texts(["i65"]), texts([])));
    assert_eq!((ask(66, 64, 3), ask(64, 63, 3)), (Err(3), Err(3)), "too old; before the fork");
}

#[test]
fn malformed_requests_are_told_so() {
    let store = chain([1]);
    for protocol in Protocol::all() {
        if matches!(
            protocol.method(),
            Method::Status
                | Method::Goodbye
                | Method::Ping
                | Method::MetaData
                | Method::LightClientFinalityUpdate
                | Method::LightClientOptimisticUpdate
        ) {
            continue;
        }
        // One byte is not the SSZ of any request.
        assert_eq!(answer(&store, 66, protocol, &7_u8), Err(1), "{protocol}");
    }
}
