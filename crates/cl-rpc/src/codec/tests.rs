//! Known answers and properties of the whole codec.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use cl_types::{ForkName, ForkSchedule, Protocol};
use proptest::prelude::*;

use super::*;
use crate::test_chain;

const ID: &str = "ff060000734e61507059";

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

fn request(protocol: Protocol, wire: &[u8]) -> Result<Option<Bytes>, DecodeError> {
    let mut decoder = RequestDecoder::new(protocol);
    let mut input = wire;
    let body = decoder.feed(&mut input)?;
    decoder.feed(&mut input)?;
    Ok(body.or(decoder.finish()?))
}

/// Every item of a response, fed in pieces of the given sizes (the last one repeats).
fn response(protocol: Protocol, wire: &[u8], pieces: &[usize]) -> Result<Vec<Item>, DecodeError> {
    let mut decoder = ResponseDecoder::new(protocol, test_chain());
    let mut items = Vec::new();
    let mut rest = wire;
    let mut pieces = pieces.iter().copied();
    let mut size = usize::MAX;
    while !rest.is_empty() {
        size = pieces.next().unwrap_or(size).max(1);
        let (mut input, later) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = later;
        while let Some(item) = decoder.feed(&mut input)? {
            items.push(item);
        }
        assert!(input.is_empty());
        assert!(decoder.held() <= 10 * 1024 * 1024 + 80_000);
    }
    decoder.finish()?;
    Ok(items)
}

fn one(protocol: Protocol, wire: &[u8]) -> Result<Item, DecodeError> {
    let mut items = response(protocol, wire, &[])?;
    assert_eq!(items.len(), 1);
    Ok(items.remove(0))
}

fn chunk(protocol: Protocol, ssz: &[u8]) -> Item {
    Item::Chunk(Chunk { protocol, fork: None, ssz: Bytes::copy_from_slice(ssz) })
}

/// What `snap` makes of the frames behind `skip` bytes.
fn with_snap(wire: &[u8], skip: usize) -> Vec<u8> {
    let mut out = Vec::new();
    snap::read::FrameDecoder::new(&wire[skip..]).read_to_end(&mut out).unwrap();
    out
}

#[test]
fn known_requests_are_decoded() {
    let wire = hex(&format!("08 {ID} 010c0000 eab2043e 0500000000000000"));
    assert_eq!(request(Protocol::PingV1, &wire).unwrap().unwrap(), hex("0500000000000000"));
    let wire = hex(&format!("08 {ID} 010c0000 0175de41 0100000000000000"));
    assert_eq!(request(Protocol::GoodbyeV1, &wire).unwrap().unwrap(), hex("0100000000000000"));
    let body = "e803000000000000 4000000000000000 0100000000000000";
    let wire = hex(&format!("18 {ID} 011c0000 37afde62 {body}"));
    assert_eq!(request(Protocol::BlocksByRangeV2, &wire).unwrap().unwrap(), hex(body));
    let (finalized, head) = ("11".repeat(32), "22".repeat(32));
    let body = format!("8c9f62fe {finalized} 0065060000000000 {head} 05a0cc0000000000 0000000000000000");
    let wire = hex(&format!("5c {ID} 01600000 54145bde {body}"));
    assert_eq!(request(Protocol::StatusV2, &wire).unwrap().unwrap(), hex(&body));
}

#[test]
fn known_frames_of_protocols_to_come_are_decoded() {
    let decode = |wire: &str| payload::PayloadDecoder::new(0..=1000).feed(&mut &hex(wire)[..]).unwrap().unwrap();
    let body = "e803000000000000 0200000000000000 14000000 0100000000000000 1100000000000000";
    assert_eq!(decode(&format!("24 {ID} 01280000 c5b750e8 {body}")), hex(body));
    let body = format!("04000000 {} 24000000 0500000000000000", "33".repeat(32));
    assert_eq!(decode(&format!("30 {ID} 01340000 32f9926d {body}")), hex(&body));
}

#[test]
fn known_chunks_are_decoded() {
    let wire = hex(&format!("00 08 {ID} 010c0000 eab2043e 0500000000000000"));
    assert_eq!(one(Protocol::PingV1, &wire).unwrap(), chunk(Protocol::PingV1, &hex("0500000000000000")));
    let body = "0700000000000000 0300000000000080 01 0400000000000000";
    let wire = hex(&format!("00 19 {ID} 011d0000 351beacf {body}"));
    assert_eq!(one(Protocol::MetaDataV3, &wire).unwrap(), chunk(Protocol::MetaDataV3, &hex(body)));
    let wire = hex(&format!("03 04 {ID} 01080000 eef8d1a9 6e6f7065"));
    for protocol in [Protocol::PingV1, Protocol::BlocksByRangeV2] {
        let item = one(protocol, &wire).unwrap();
        assert_eq!(item, Item::Error { code: ErrorCode::RESOURCE_UNAVAILABLE, message: "nope".into() });
    }
}

#[test]
fn known_messages_are_encoded_to_the_same_bytes() {
    // These are too small to shrink.
    let ping = Bytes::from(hex("0500000000000000"));
    let known = hex(&format!("08 {ID} 010c0000 eab2043e 0500000000000000"));
    assert_eq!(Encoder::request(ping.clone()).to_vec(), known);
    assert_eq!(Encoder::chunk(None, ping.clone()).to_vec(), [&[0], &known[..]].concat());
    assert_eq!(with_snap(&known, 1), ping);
    let wire = Encoder::error(ErrorCode::RESOURCE_UNAVAILABLE, &"nope".into()).to_vec();
    assert_eq!(wire, hex(&format!("03 04 {ID} 01080000 eef8d1a9 6e6f7065")));
}

#[test]
fn empty_requests_are_nothing_at_all() {
    assert!(Encoder::request(Bytes::new()).to_vec().is_empty());
    assert_eq!(request(Protocol::MetaDataV3, &[]).unwrap().unwrap(), Bytes::new());
    assert_eq!(request(Protocol::MetaDataV3, &[0]), Err(DecodeError::TrailingBytes));
    assert_eq!(request(Protocol::PingV1, &[]), Err(DecodeError::Truncated));
}

#[test]
fn an_empty_list_may_come_with_or_without_a_stream_identifier() {
    let full = hex(&format!("00 {ID}"));
    for end in 1..=full.len() {
        assert_eq!(request(Protocol::BlocksByRootV2, &full[..end]).unwrap().unwrap(), Bytes::new());
    }
    assert_eq!(request(Protocol::BlocksByRootV2, &[0, 0xff, 0x07]), Err(DecodeError::TrailingBytes));
    let empty = Encoder::error(ErrorCode::SERVER_ERROR, &"".into()).to_vec();
    assert_eq!(one(Protocol::PingV1, &empty), one(Protocol::PingV1, &empty[..2]));
}

#[test]
fn nothing_follows_a_request_or_an_error() {
    let mut wire = Encoder::request(Bytes::from(vec![1; 8])).to_vec();
    wire.push(0);
    assert_eq!(request(Protocol::PingV1, &wire), Err(DecodeError::TrailingBytes));
    let mut wire = Encoder::error(ErrorCode::SERVER_ERROR, &"no".into()).to_vec();
    wire.push(0);
    assert_eq!(one(Protocol::PingV1, &wire), Err(DecodeError::AfterError));
}

#[test]
fn context_bytes_must_name_a_fork_of_the_chain() {
    let block = Bytes::from(vec![9; 2000]);
    for entry in test_chain().entries() {
        let wire = Encoder::chunk(Some(entry.digest), block.clone()).to_vec();
        let Item::Chunk(chunk) = one(Protocol::BlocksByRangeV2, &wire).unwrap() else { panic!() };
        assert_eq!((chunk.fork.unwrap(), chunk.ssz), (*entry, block.clone()));
    }
    let unknown = cl_types::ForkDigest([1, 2, 3, 4]);
    let wire = Encoder::chunk(Some(unknown), block).to_vec();
    assert_eq!(one(Protocol::BlocksByRangeV2, &wire), Err(DecodeError::UnknownDigest(unknown)));
}

#[test]
fn an_impossible_length_is_refused_at_the_prefix() {
    // Nothing but the announcement arrives: 10 MiB of metadata, a block of 3 bytes.
    let error = response(Protocol::MetaDataV3, &[0, 0x80, 0x80, 0x80, 0x05], &[]).unwrap_err();
    assert!(matches!(error, DecodeError::Length { length: 10_485_760, min: 25, max: 25 }));
    let mut wire = vec![0];
    wire.extend(test_chain().entries().next().unwrap().digest.0);
    wire.push(3);
    assert!(matches!(response(Protocol::BlocksByRangeV2, &wire, &[]), Err(DecodeError::Length { length: 3, .. })));
}

/// A response of blocks that shrink, blocks that do not, and perhaps an error.
fn blocks(sizes: &[(usize, bool)], error: bool) -> (Vec<u8>, Vec<usize>) {
    let digest = test_chain().entries().last().unwrap().digest;
    let mut wire = Vec::new();
    let mut ends = vec![0];
    for (size, random) in sizes {
        let noise = |i: u32| i.wrapping_mul(2_654_435_761).to_le_bytes()[3];
        let ssz: Vec<u8> =
            (0..u32::try_from(*size).unwrap()).map(|i| if *random { noise(i ^ (i << 7)) } else { 5 }).collect();
        wire.extend(Encoder::chunk(Some(digest), ssz.into()).to_vec());
        ends.push(wire.len());
    }
    if error {
        wire.extend(Encoder::error(ErrorCode::SERVER_ERROR, &"broken".into()).to_vec());
        ends.push(wire.len());
    }
    (wire, ends)
}

#[test]
fn every_cut_gives_the_same_chunks_and_every_truncation_an_error() {
    let (wire, ends) = blocks(&[(2500, false), (2000, true)], true);
    let whole = response(Protocol::BlocksByRangeV2, &wire, &[]).unwrap();
    assert_eq!(whole.len(), 3);
    assert_eq!(response(Protocol::BlocksByRangeV2, &wire, &[1]).unwrap(), whole);
    for cut in 0..wire.len() {
        assert_eq!(response(Protocol::BlocksByRangeV2, &wire, &[cut, usize::MAX]).unwrap(), whole);
        let truncated = response(Protocol::BlocksByRangeV2, &wire[..cut], &[]);
        match ends.iter().position(|end| *end == cut) {
            Some(chunks) => assert_eq!(truncated.unwrap(), whole[..chunks]),
            None => assert_eq!(truncated, Err(DecodeError::Truncated), "cut at {cut}"),
        }
    }
}

fn any_protocol() -> impl Strategy<Value = Protocol> {
    proptest::sample::select(Protocol::all().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_response_survives_any_cutting(
        sizes in proptest::collection::vec((2000usize..200_000, any::<bool>()), 0..4),
        error in any::<bool>(),
        cuts in proptest::collection::vec(1usize..70_000, 1..20),
    ) {
        let (wire, ends) = blocks(&sizes, error);
        let items = response(Protocol::BlocksByRootV2, &wire, &cuts).unwrap();
        prop_assert_eq!(items.len(), sizes.len() + usize::from(error));
        for (item, start) in items.iter().zip(&ends) {
            if let Item::Chunk(chunk) = item {
                // Result, context, and a prefix of up to 3 bytes.
                let prefix = if chunk.ssz.len() < 1 << 14 { 2 } else { 3 };
                let limit = cl_types::limits::max_compressed_len(chunk.ssz.len());
                let frames = &wire[start + 5 + prefix..];
                let mut expected = vec![0; chunk.ssz.len()];
                snap::read::FrameDecoder::new(frames).read_exact(&mut expected).unwrap();
                prop_assert_eq!(&chunk.ssz, &expected);
                let end = ends.iter().find(|end| *end > start).unwrap();
                prop_assert!(end - start - 5 - prefix <= limit);
            }
        }
    }

    #[test]
    fn frames_of_other_writers_are_understood(ssz in proptest::collection::vec(0u8..4, 404..150_000)) {
        let mut writer = snap::write::FrameEncoder::new(Vec::new());
        std::io::Write::write_all(&mut writer, &ssz).unwrap();
        let frames = writer.into_inner().unwrap();
        let ours = Encoder::request(ssz.clone().into()).to_vec();
        prop_assert_eq!(&ours[ours.len() - frames.len()..], &frames[..]);
        let read = payload::PayloadDecoder::new(404..=150_000).feed(&mut &ours[..]).unwrap();
        prop_assert_eq!(read.unwrap(), ssz);
    }

    #[test]
    fn garbage_never_panics_and_never_allocates_beyond_the_bound(
        protocol in any_protocol(),
        garbage in proptest::collection::vec(any::<u8>(), 0..400),
        cut in 1usize..50,
    ) {
        let _ = response(protocol, &garbage, &[cut]);
        let _ = request(protocol, &garbage);
    }

    #[test]
    fn damaged_messages_never_panic(
        sizes in proptest::collection::vec((2000usize..4000, any::<bool>()), 1..3),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (mut wire, _) = blocks(&sizes, true);
        for (at, with) in flips {
            *at.get_mut(&mut wire) ^= with;
        }
        let _ = response(Protocol::BlocksByRangeV2, &wire, &[100]);
    }
}

#[test]
fn the_test_chain_has_all_forks() {
    let chain: Arc<ForkSchedule> = test_chain();
    assert!(ForkName::ALL.into_iter().all(|name| chain.entries().any(|entry| entry.fork == name)));
}
