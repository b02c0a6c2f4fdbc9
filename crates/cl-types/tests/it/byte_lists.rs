//! Lists of byte lists that stay as their SSZ: they are what a list of single lists is, and take what that takes.

use bytes::Bytes;
use cl_types::DecodeShared;
use cl_types::bytes::{ByteList, ByteLists, ProgressiveByteList, ProgressiveByteLists};
use cl_types::decode::Error;
use cl_types::progressive::ProgressiveList;
use proptest::prelude::*;
use ssz::{Decode, DecodeError, Encode};
use ssz_types::VariableList;
use tree_hash::TreeHash;
use typenum::U5;

/// At most five lists of at most nine bytes: close enough to what is generated here to be exceeded.
type Few = ByteLists<9, 5>;
type FewSingly = VariableList<ByteList<9>, U5>;
type AnySingly = ProgressiveList<ProgressiveByteList>;

/// Bytes that often are such a list, or nearly.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let lists = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..11), 0..7);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..30_u8), 0..3);
    (lists, changes, prop::option::of(any::<u8>())).prop_map(|(lists, changes, extra)| {
        let mut ssz = ProgressiveByteLists::from_lists(&lists).unwrap().as_ssz().to_vec();
        for (at, byte) in changes.into_iter().filter(|_| !lists.is_empty()) {
            let at = at.index(ssz.len());
            ssz[at] = byte;
        }
        ssz.extend(extra);
        ssz
    })
}

/// Both take these bytes as the same lists, or refuse them for the same reason.
macro_rules! alike {
    ($lists:ident, $singly:ident, $ssz:expr) => {
        match ($lists::from_ssz($ssz), $singly::from_ssz($ssz)) {
            (Ok(lists), Ok(singly)) => {
                prop_assert!(lists.iter().eq(singly.iter().map(AsRef::as_ref)));
                prop_assert!((0..7).all(|i| lists.get(i).as_ref() == singly.get(i)));
                prop_assert_eq!(lists.as_ssz_bytes(), singly.as_ssz_bytes());
                prop_assert_eq!(lists.tree_hash_root(), singly.tree_hash_root());
                prop_assert_eq!($lists::from_lists(&singly), Ok(lists));
            }
            (Err(error), Err(same)) => prop_assert_eq!(error, same),
            (lists, singly) => prop_assert!(false, "{:?}, but {:?}", lists, singly),
        }
    };
}

proptest! {
    #[test]
    fn they_take_what_single_lists_take(ssz in nearly()) {
        let ssz = Bytes::from(ssz);
        alike!(Few, FewSingly, &ssz);
        alike!(ProgressiveByteLists, AnySingly, &ssz);
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let long = Few::from_lists(&[vec![1; 9], vec![2; 10]]).unwrap_err();
    assert_eq!(long.to_string(), "[1]: InvalidByteLength { len: 10, expected: 9 }");
    let many = Few::from_lists(&[[]; 6]).unwrap_err();
    assert_eq!(many.to_string(), "BytesInvalid(\"6 elements where at most 5 may be\")");
    assert_eq!(Few::from_lists(&[[]; 5]).unwrap().len(), 5);

    let wrong = |ssz: &[u8]| Few::from_ssz_bytes(ssz).unwrap_err();
    assert_eq!(wrong(&[4, 0, 0]), DecodeError::InvalidLengthPrefix { len: 3, expected: 4 });
    assert_eq!(wrong(&[0, 0, 0, 0]), DecodeError::InvalidListFixedBytesLen(0));
    assert_eq!(wrong(&[5, 0, 0, 0, 1]), DecodeError::InvalidListFixedBytesLen(5));
    assert_eq!(wrong(&[8, 0, 0, 0]), DecodeError::OffsetOutOfBounds(8));
    assert_eq!(wrong(&[8, 0, 0, 0, 7, 0, 0, 0]), DecodeError::OffsetsAreDecreasing(7));
    let beyond = Few::from_ssz(&Bytes::from_static(&[8, 0, 0, 0, 9, 0, 0, 0])).unwrap_err();
    assert_eq!(beyond.to_string(), "[0]: OffsetOutOfBounds(9)");
}

#[test]
fn elements_share_the_buffer() -> Result<(), Error> {
    let lists = Few::from_lists(&[&b"one"[..], b"", b"three"])?;
    assert_eq!((lists.len(), lists.is_empty(), lists.iter().len()), (3, false, 3));
    assert_eq!(format!("{lists:?}"), "[0x6f6e65, 0x, 0x7468726565]");
    let three = lists.get(2).unwrap();
    assert_eq!(three.as_bytes().as_ptr_range().end, lists.as_ssz().as_ptr_range().end);
    assert!(lists.get(3).is_none());

    let none = Few::default();
    assert_eq!((none.len(), none.is_empty(), none.get(0)), (0, true, None));
    assert_eq!(Few::from_ssz(&Bytes::new())?, none);
    Ok(())
}
