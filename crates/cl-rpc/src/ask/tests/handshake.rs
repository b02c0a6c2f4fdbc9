//! Status, Ping and MetaData.

use cl_types::containers::{MetaData as AnyMetaData, Status as AnyStatus, StatusV2};
use cl_types::{Epoch, ForkDigest, Protocol, Root, Slot};

use super::answer;
use crate::ask::{Lie, MetaData, Ping, Status};
use crate::codec::Chunk;

fn chunk(protocol: Protocol, ssz: Vec<u8>) -> Chunk {
    Chunk { protocol, fork: None, ssz: ssz.into() }
}

#[test]
fn each_version_is_decoded_as_what_it_is() {
    let status = StatusV2 {
        fork_digest: ForkDigest([1; 4]),
        finalized_root: Root::repeat_byte(2),
        finalized_epoch: Epoch(3),
        head_root: Root::repeat_byte(4),
        head_slot: Slot(5),
        earliest_available_slot: Slot(6),
    };
    let answered = |protocol| answer(&Status(status), [chunk(protocol, status.to_ssz(protocol))]).unwrap().remove(0);
    assert_eq!(answered(Protocol::StatusV2), AnyStatus::V2(status));
    assert!(matches!(answered(Protocol::StatusV1), AnyStatus::V1(v1) if v1.head_slot == Slot(5)));

    assert_eq!(answer(&Ping(1), [chunk(Protocol::PingV1, vec![7, 0, 0, 0, 0, 0, 0, 0])]), Ok(vec![7]));

    let metadata = |protocol, size| answer(&MetaData, [chunk(protocol, vec![1; size])]).unwrap().remove(0);
    assert!(matches!(metadata(Protocol::MetaDataV1, 16), AnyMetaData::V1(_)));
    assert!(matches!(metadata(Protocol::MetaDataV2, 17), AnyMetaData::V2(_)));
    assert!(matches!(metadata(Protocol::MetaDataV3, 25), AnyMetaData::V3(_)));
}

#[test]
fn stray_bits_are_no_metadata() {
    let mut ssz = vec![0; 25];
    ssz[16] = 0xf0;
    let found = answer(&MetaData, [chunk(Protocol::MetaDataV3, ssz)]);
    assert!(matches!(found, Err(Lie::Malformed { .. })));
}
