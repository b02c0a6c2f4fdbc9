//! What peers say of themselves and ask for has one length only. (`testing/vectors` does this for all containers.)

use cl_types::DecodeShared;
use cl_types::containers::{
    BlobsByRangeRequest, BlocksByHeadRequest, BlocksByRangeRequest, EnvelopesByRangeRequest,
    InclusionListsByIndicesRequest, LightClientUpdatesByRangeRequest, MetaDataV1, MetaDataV2, MetaDataV3, StatusV1,
    StatusV2, Validator, gloas,
};
use cl_types::progressive::ProgressiveList;
use proptest::prelude::*;
use ssz::{Decode, Encode};

/// A value of these bytes is their only form, and no other length is one.
fn only<T: Decode + Encode>(bytes: &[u8], len: usize, extra: u8) {
    assert_eq!((<T as Decode>::is_ssz_fixed_len(), <T as Decode>::ssz_fixed_len()), (true, len));
    let exact = &bytes[..len];
    if let Ok(value) = T::from_ssz_bytes(exact) {
        assert_eq!(value.as_ssz_bytes(), exact);
    }
    for short in 0..len {
        assert!(T::from_ssz_bytes(&bytes[..short]).is_err(), "{short} bytes of {len}");
    }
    assert!(T::from_ssz_bytes(&[exact, &[extra]].concat()).is_err());
}

proptest! {
    #[test]
    fn nothing_shorter_and_nothing_longer(mut bytes in prop::collection::vec(any::<u8>(), 92), extra in any::<u8>()) {
        only::<StatusV1>(&bytes, 84, extra);
        only::<StatusV2>(&bytes, 92, extra);
        only::<MetaDataV1>(&bytes, 16, extra);
        only::<BlocksByRangeRequest>(&bytes, 24, extra);
        only::<BlocksByHeadRequest>(&bytes, 40, extra);
        only::<BlobsByRangeRequest>(&bytes, 16, extra);
        only::<EnvelopesByRangeRequest>(&bytes, 16, extra);
        only::<LightClientUpdatesByRangeRequest>(&bytes, 16, extra);
        only::<InclusionListsByIndicesRequest>(&bytes, 42, extra);
        only::<MetaDataV2>(&bytes, 17, extra);
        only::<MetaDataV3>(&bytes, 25, extra);
        // Bits beyond the four of `syncnets` are stray.
        prop_assert_eq!(MetaDataV2::from_ssz_bytes(&bytes[..17]).is_ok(), bytes[16] < 16);
        bytes[16] &= 15;
        prop_assert!(MetaDataV3::from_ssz_bytes(&bytes[..25]).is_ok());
        only::<MetaDataV3>(&bytes, 25, extra);
    }
}

/// Values of fixed size are decoded without a thought of errors; where there is one, it still has its place.
#[test]
fn a_wrong_value_is_told_with_its_place() {
    let mut ssz = gloas::PayloadAttestationMessage::default().as_ssz_bytes();
    // After the validator, the root and the slot.
    ssz[48] = 2;
    let error = gloas::PayloadAttestationMessage::from_ssz(&ssz.into()).unwrap_err();
    assert!(error.to_string().starts_with("data.payload_present: BytesInvalid("), "{error}");

    let mut ssz = [Validator::default(), Validator::default()].map(|validator| validator.as_ssz_bytes()).concat();
    // After the key, the credentials and the balance.
    ssz[121 + 88] = 2;
    let error = ProgressiveList::<Validator>::from_ssz(&ssz.into()).unwrap_err();
    assert!(error.to_string().starts_with("[1].slashed: BytesInvalid("), "{error}");

    let error = StatusV2::from_ssz(&vec![0; 91].into()).unwrap_err();
    assert_eq!(error.to_string(), "InvalidByteLength { len: 91, expected: 92 }");
}
