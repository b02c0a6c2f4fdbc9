//! Empty objects, and bytes that must not decode.

use cl_types::containers::{
    Attestation, BlocksByRangeRequest, BlocksByRootRequest, DataColumnSidecar, SignedBeaconBlock, SingleAttestation,
    SyncAggregate, block_bounds,
};
use cl_types::{ForkName, Mainnet, Minimal, PresetId, Root, Slot};
use ssz::{Decode, Encode};
use tree_hash::TreeHash;

fn bytes_and_root<T: Encode + TreeHash + Default>() -> (usize, String) {
    let empty = T::default();
    (empty.as_ssz_bytes().len(), hex::encode(empty.tree_hash_root()))
}

#[test]
fn empty_objects_have_known_roots() {
    for (found, bytes, root) in [
        (
            bytes_and_root::<Attestation<Mainnet>>(),
            237,
            "4cda58c1f827e886e86494cbf71cca1096c3d16eb5cc8ac6949fbaf360a9721e",
        ),
        (
            bytes_and_root::<Attestation<Minimal>>(),
            230,
            "f5d4e734f2f3562c0e11768bb1a528d02caa4f229a7f3e908e57360d0efba139",
        ),
        (
            bytes_and_root::<SingleAttestation>(),
            240,
            "6b76d3481adf5396ca1467d70542549d63524db630b10a06e3e0ff3f2d3d2a2b",
        ),
        (
            bytes_and_root::<SignedBeaconBlock<Mainnet>>(),
            1120,
            "72fa8adcc919a4c348656e31d9f75743900d56884280197357799461a0bc174e",
        ),
        (
            bytes_and_root::<SignedBeaconBlock<Minimal>>(),
            1060,
            "912b2fb569532b2cdf6ff0cb5469cd3dd05d60a5b9b91bb87459a7260486d7f3",
        ),
        (
            bytes_and_root::<DataColumnSidecar>(),
            356,
            "55739b7f1d0d85a72df3f3a2854881055aa31010bbb702115c24a3b0646d8132",
        ),
    ] {
        assert_eq!(found, (bytes, root.to_owned()));
    }
}

#[test]
fn block_bounds_follow_the_fork() {
    assert_eq!(block_bounds(ForkName::Phase0, PresetId::Minimal), 404..=157_756);
    assert_eq!(block_bounds(ForkName::Altair, PresetId::Minimal), 504..=157_856);
    assert_eq!(block_bounds(ForkName::Fulu, PresetId::Mainnet), 1120..=10_485_760);
    assert_eq!(block_bounds(ForkName::Heze, PresetId::Minimal), 790..=10_485_760);
}

#[test]
fn stray_bits_are_refused() {
    let attestation = Attestation::<Minimal>::default().as_ssz_bytes();
    let committees = 4 + 128 + 96;
    for (at, byte, what) in [
        (committees, 0x10, "a committee bit beyond the fourth"),
        (229, 0, "no length bit"),
        (0, 228, "an offset into the fixed part"),
        (0, 230, "an offset that skips a byte"),
    ] {
        let mut bytes = attestation.clone();
        bytes[at] = byte;
        assert!(Attestation::<Minimal>::from_ssz_bytes(&bytes).is_err(), "{what}");
    }
    let without_bits = &attestation[..229];
    assert!(Attestation::<Minimal>::from_ssz_bytes(without_bits).is_err());

    // One bit over the limit of 8192.
    let mut longest = attestation[..229].to_vec();
    longest.extend([0; 1024]);
    let full = [&longest[..], &[1]].concat();
    assert!(Attestation::<Minimal>::from_ssz_bytes(&full).is_ok());
    let over = [&longest[..], &[2]].concat();
    assert!(Attestation::<Minimal>::from_ssz_bytes(&over).is_err());

    let sync = SyncAggregate::<Minimal>::default().as_ssz_bytes();
    assert_eq!(sync.len(), 100);
    assert!(SyncAggregate::<Minimal>::from_ssz_bytes(&[&sync[..], &[0]].concat()).is_err());
}

#[test]
fn lists_over_their_limit_are_refused() {
    let roots = |n: usize| vec![7; 32 * n];
    assert_eq!(BlocksByRootRequest::from_ssz_bytes(&roots(128)).unwrap()[127], Root::repeat_byte(7));
    assert!(BlocksByRootRequest::from_ssz_bytes(&roots(129)).is_err());
    assert!(BlocksByRootRequest::from_ssz_bytes(&roots(2)[1..]).is_err());
    assert!(BlocksByRootRequest::from_ssz_bytes(&[]).unwrap().is_empty());

    let request = BlocksByRangeRequest::new(Slot(9), 3);
    assert_eq!(hex::encode(request.as_ssz_bytes()), "090000000000000003000000000000000100000000000000");
    assert_eq!(BlocksByRangeRequest::from_ssz_bytes(&request.as_ssz_bytes()), Ok(request));
    assert!(BlocksByRangeRequest::from_ssz_bytes(&request.as_ssz_bytes()[..16]).is_err());
}
