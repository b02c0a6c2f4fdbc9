//! What goes over the wire, and what is refused before.

use cl_types::{ForkName, Method, Protocol, Root, Slot};

use super::samples::first_slot;
use crate::ask::{
    Ask, BlobsByRange, BlobsByRoot, BlocksByHead, BlocksByRange, BlocksByRoot, ColumnsByRange, ColumnsByRoot,
    EnvelopesByRange, EnvelopesByRoot, InclusionListsByIndices, LightClientBootstrap, LightClientFinalityUpdate,
    LightClientOptimisticUpdate, LightClientUpdatesByRange, MetaData, Ping,
};
use crate::request::{BuildError, Request};
use crate::test_chain;

/// The request at the start of a fork.
fn at<A: Ask>(ask: &A, fork: ForkName) -> Result<Request, BuildError> {
    ask.request(&test_chain(), first_slot(fork))
}

/// The request that is sent in Heze, with its only body.
fn sent<A: Ask>(ask: &A) -> (Protocol, String, u64) {
    let request = at(ask, ForkName::Heze).unwrap();
    let protocols: Vec<_> = request.protocols().collect();
    let [protocol] = protocols[..] else { panic!("{protocols:?}") };
    assert!(protocol.request_bounds().contains(&request.body(protocol).unwrap().len()));
    (protocol, hex::encode(request.body(protocol).unwrap()), request.max_chunks())
}

const U64_1000: &str = "e803000000000000";
const U64_2: &str = "0200000000000000";

#[test]
fn bodies_are_the_specifications() {
    let root = |n| Root::repeat_byte(n);
    let range = format!("{U64_1000}{U64_2}");
    let (three, four) = ("33".repeat(32), "44".repeat(32));
    assert_eq!(
        sent(&BlocksByRange::new(Slot(1000), 2)),
        (Protocol::BlocksByRangeV2, format!("{range}0100000000000000"), 2)
    );
    assert_eq!(
        sent(&BlocksByRoot::new([root(0x33), root(0x44), root(0x33)])),
        (Protocol::BlocksByRootV2, format!("{three}{four}"), 2)
    );
    assert_eq!(sent(&BlocksByHead::new(root(0x33), 2)), (Protocol::BlocksByHeadV1, format!("{three}{U64_2}"), 2));
    assert_eq!(sent(&BlobsByRange::new(Slot(40), 2)).0, Protocol::BlobsByRangeV1);
    assert_eq!(sent(&BlobsByRange::new(Slot(40), 2)).1, format!("2800000000000000{U64_2}"));
    assert_eq!(sent(&BlobsByRoot::new([(root(0x33), 2)])), (Protocol::BlobsByRootV1, format!("{three}{U64_2}"), 1));
    assert_eq!(
        sent(&ColumnsByRange::new(Slot(1000), 2, [1, 17])),
        (Protocol::ColumnsByRangeV1, format!("{range}1400000001000000000000001100000000000000"), 4)
    );
    assert_eq!(
        sent(&ColumnsByRoot::new([(root(0x33), vec![5])])),
        (Protocol::ColumnsByRootV1, format!("04000000{three}240000000500000000000000"), 1)
    );
    assert_eq!(sent(&EnvelopesByRange::new(Slot(1000), 2)), (Protocol::EnvelopesByRangeV1, range.clone(), 2));
    assert_eq!(sent(&EnvelopesByRoot::new([root(0x33)])), (Protocol::EnvelopesByRootV1, three.clone(), 1));
    assert_eq!(sent(&LightClientBootstrap::new(root(0x33))), (Protocol::LightClientBootstrapV1, three.clone(), 1));
    assert_eq!(sent(&LightClientUpdatesByRange::new(1000, 2)), (Protocol::LightClientUpdatesByRangeV1, range, 2));
    assert_eq!(sent(&LightClientFinalityUpdate), (Protocol::LightClientFinalityUpdateV1, String::new(), 1));
    assert_eq!(sent(&LightClientOptimisticUpdate), (Protocol::LightClientOptimisticUpdateV1, String::new(), 1));
    assert_eq!(
        sent(&InclusionListsByIndices::new(Slot(1000), root(0x33), [0, 9])),
        (Protocol::InclusionListsByIndicesV1, format!("{U64_1000}{three}0102"), 2)
    );
    assert_eq!(sent(&Ping(2)), (Protocol::PingV1, U64_2.to_owned(), 1));
}

#[test]
fn versions_follow_the_fork() {
    let versions = |fork| at(&BlocksByRange::new(Slot(0), 1), fork).unwrap().protocols().collect::<Vec<_>>();
    assert_eq!(versions(ForkName::Phase0), [Protocol::BlocksByRangeV1]);
    assert_eq!(versions(ForkName::Altair), [Protocol::BlocksByRangeV2]);
    let versions = |fork| at(&MetaData, fork).unwrap().protocols().collect::<Vec<_>>();
    assert_eq!(versions(ForkName::Capella), [Protocol::MetaDataV2, Protocol::MetaDataV1]);
    assert_eq!(versions(ForkName::Fulu), [Protocol::MetaDataV3, Protocol::MetaDataV2, Protocol::MetaDataV1]);
}

#[test]
fn nothing_is_asked_before_its_fork() {
    let slot = first_slot(ForkName::Electra);
    let refused = Err(BuildError::NotLive { method: Method::ColumnsByRange, slot });
    assert_eq!(at(&ColumnsByRange::new(Slot(0), 1, [1]), ForkName::Electra), refused);
    assert!(at(&ColumnsByRange::new(Slot(0), 1, [1]), ForkName::Fulu).is_ok());
    assert!(at(&LightClientFinalityUpdate, ForkName::Phase0).is_err());
    assert!(at(&EnvelopesByRoot::new([Root::ZERO]), ForkName::Fulu).is_err());
    assert!(at(&InclusionListsByIndices::new(Slot(0), Root::ZERO, [1]), ForkName::Gloas).is_err());
    // Blob sidecars are kept for a while after their last fork.
    assert!(at(&BlobsByRange::new(Slot(40), 1), ForkName::Heze).is_ok());
    let late = test_chain().start_slot(cl_types::Epoch(5000));
    assert!(BlobsByRange::new(Slot(40), 1).request(&test_chain(), late).is_err());
}

#[test]
fn ranges_are_cut_and_split() {
    let cut = |request: Result<Request, _>| request.unwrap().max_chunks();
    assert_eq!(cut(at(&BlocksByRange::new(Slot(0), 1000), ForkName::Heze)), 128);
    assert_eq!(cut(at(&BlocksByHead::new(Root::ZERO, 1000), ForkName::Heze)), 128);
    assert_eq!(cut(at(&ColumnsByRange::new(Slot(0), 1000, 0..128), ForkName::Heze)), 16_384);
    assert_eq!(cut(at(&EnvelopesByRange::new(Slot(0), 1000), ForkName::Heze)), 128);
    assert_eq!(cut(at(&LightClientUpdatesByRange::new(0, 1000), ForkName::Heze)), 128);
    // 6 blobs a block in Deneb, 9 in Electra.
    assert_eq!(cut(at(&BlobsByRange::new(Slot(32), 8), ForkName::Deneb)), 48);
    assert_eq!(cut(at(&BlobsByRange::new(Slot(40), 8), ForkName::Electra)), 72);
    assert_eq!(cut(at(&BlobsByRange::new(Slot(0), 1000), ForkName::Deneb)), 768);
    assert_eq!(cut(at(&BlobsByRange::new(Slot(0), 1000), ForkName::Heze)), 1152);

    let parts: Vec<_> = BlocksByRange::new(Slot(10), 300).split().collect();
    let [a, b, c] = [(10, 128), (138, 128), (266, 44)].map(|(start, count)| BlocksByRange::new(Slot(start), count));
    assert_eq!(parts, [a, b, c]);
    assert_eq!(BlocksByRange::new(Slot(u64::MAX), u64::MAX).split().take(2).count(), 2);
    let roots = (0..200).map(Root::with_last_byte);
    assert_eq!(BlocksByRoot::new(roots.clone()).split().map(|part| part.roots.len()).collect::<Vec<_>>(), [128, 72]);
    assert_eq!(EnvelopesByRoot::new(roots).split().count(), 2);
    assert_eq!(ColumnsByRange::new(Slot(0), 129, [1, 2]).split().count(), 2);
}

#[test]
fn too_much_and_nothing_are_refused() {
    let heze = |ask: &dyn Fn() -> Result<Request, BuildError>| ask().unwrap_err();
    assert_eq!(heze(&|| at(&BlocksByRange::new(Slot(5), 0), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&BlocksByRoot::new([]), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&BlocksByHead::new(Root::ZERO, 0), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&BlobsByRange::new(Slot(40), 0), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&BlobsByRoot::new([]), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&ColumnsByRange::new(Slot(5), 1, []), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&ColumnsByRoot::new([]), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&ColumnsByRoot::new([(Root::ZERO, vec![])]), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&EnvelopesByRoot::new([]), ForkName::Heze)), BuildError::Nothing);
    assert_eq!(heze(&|| at(&LightClientUpdatesByRange::new(5, 0), ForkName::Heze)), BuildError::Nothing);
    let none = InclusionListsByIndices::new(Slot(5), Root::ZERO, []);
    assert_eq!(heze(&|| at(&none, ForkName::Heze)), BuildError::Nothing);

    let roots = || (0..129).map(Root::with_last_byte);
    let too_many = BuildError::TooMany { asked: 129, max: 128 };
    assert_eq!(heze(&|| at(&BlocksByRoot::new(roots()), ForkName::Heze)), too_many);
    assert_eq!(heze(&|| at(&EnvelopesByRoot::new(roots()), ForkName::Heze)), too_many);
    assert_eq!(heze(&|| at(&ColumnsByRoot::new(roots().map(|root| (root, vec![1]))), ForkName::Heze)), too_many);
    let blobs = BlobsByRoot::new((0..769).map(|index| (Root::ZERO, index)));
    assert_eq!(heze(&|| at(&blobs, ForkName::Deneb)), BuildError::TooMany { asked: 769, max: 768 });
    assert!(at(&blobs, ForkName::Electra).is_ok());

    let column = BuildError::Index { index: 128, limit: 128 };
    assert_eq!(heze(&|| at(&ColumnsByRange::new(Slot(5), 1, [128]), ForkName::Heze)), column);
    assert_eq!(heze(&|| at(&ColumnsByRoot::new([(Root::ZERO, vec![128])]), ForkName::Heze)), column);
    let place = InclusionListsByIndices::new(Slot(5), Root::ZERO, [16]);
    assert_eq!(heze(&|| at(&place, ForkName::Heze)), BuildError::Index { index: 16, limit: 16 });
}
