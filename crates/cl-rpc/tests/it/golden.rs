//! Golden bytes: a request and a chunk of every protocol as they stand on the wire.
//!
//! They were worked out from the specification by a program that shares nothing with this workspace: SSZ by hand, snappy
//! frames that are not compressed, CRC-32C by its table, digests by SHA-256. A writer may compress, so what we write is
//! compared after a plain reader of frames, and what others write is these bytes. Long messages are given by their
//! beginning (result, context, length, frame header, first bytes of the object), their length and their SHA-256.

use std::io::Read;

use bytes::Bytes;
use cl_rpc::Chunk;
use cl_rpc::codec::{Encoder, Item, RequestDecoder, ResponseDecoder};
use cl_types::Protocol;
use sha2::{Digest, Sha256};

use crate::objects::{context, object, request};
use crate::test_chain::test_chain;

struct Golden {
    protocol: Protocol,
    /// The whole request.
    request: &'static str,
    /// How a success chunk begins.
    chunk: &'static str,
    /// Bytes of the chunk.
    length: usize,
    /// Of the chunk.
    sha256: &'static str,
}

const GOLDEN: [Golden; 23] = [
    Golden {
        protocol: Protocol::StatusV2,
        request: "5cff060000734e6150705901600000d688230acc4af56611111111111111111111111111111111111111111111111111111111111111110200000000000000222222222222222222222222222222222222222222222222222222222222222263000000000000000100000000000000",
        chunk: "005cff060000734e6150705901600000d688230acc4af56611111111111111111111111111111111111111111111111111111111111111110200000000000000222222222222222222222222222222222222222222222222222222222222222263000000000000000100000000000000",
        length: 112,
        sha256: "a37bce5de2465d190e24fb2765c1dbdbc06605127ff5997baf94493ec8650bba",
    },
    Golden {
        protocol: Protocol::StatusV1,
        request: "54ff060000734e615070590158000063a2ab02cc4af5661111111111111111111111111111111111111111111111111111111111111111020000000000000022222222222222222222222222222222222222222222222222222222222222226300000000000000",
        chunk: "0054ff060000734e615070590158000063a2ab02cc4af5661111111111111111111111111111111111111111111111111111111111111111020000000000000022222222222222222222222222222222222222222222222222222222222222226300000000000000",
        length: 104,
        sha256: "22dcc459f0103737c30e32d0427dc3bba4a3e0731c6b77db9359b9a9a41ff40b",
    },
    Golden {
        protocol: Protocol::GoodbyeV1,
        request: "08ff060000734e61507059010c000002cd16568100000000000000",
        chunk: "0008ff060000734e61507059010c0000b099490e0300000000000000",
        length: 28,
        sha256: "79989689dce261708b89db6b3c4e6f7bd5c257232144ffacbe9d9b47196b4f36",
    },
    Golden {
        protocol: Protocol::PingV1,
        request: "08ff060000734e61507059010c0000eab2043e0500000000000000",
        chunk: "0008ff060000734e61507059010c00007369d5370600000000000000",
        length: 28,
        sha256: "91b84b762744e25d4e3803d503476cee334364ff3d3c742447f7be54193afd18",
    },
    Golden {
        protocol: Protocol::MetaDataV3,
        request: "",
        chunk: "0019ff060000734e61507059011d0000351beacf07000000000000000300000000000080010400000000000000",
        length: 45,
        sha256: "2a81069b0fb9f0e0a8d6ab5cc593c8a59079d3ac6266c7ac81a13dc12a969956",
    },
    Golden {
        protocol: Protocol::MetaDataV2,
        request: "",
        chunk: "0011ff060000734e6150705901150000498c2f0d0700000000000000030000000000008001",
        length: 37,
        sha256: "fafb7dd207ae3f061cb29f89a25fa62b8bb37549a7c25c9cfb5849dca15bf2a9",
    },
    Golden {
        protocol: Protocol::MetaDataV1,
        request: "",
        chunk: "0010ff060000734e615070590114000055874a7807000000000000000300000000000080",
        length: 36,
        sha256: "08605e9171603e5775d67b4d75cecf680ef946b5ce206f4d2bf946abccc14b9a",
    },
    Golden {
        protocol: Protocol::BlocksByRangeV2,
        request: "18ff060000734e61507059011c000037afde62e80300000000000040000000000000000100000000000000",
        chunk: "00cc4af566f803ff060000734e6150705901fc0100e4043112",
        length: 529,
        sha256: "f65259e92b530a8d61a157d0688127bce236887e392cbe93400c996d4f551f47",
    },
    Golden {
        protocol: Protocol::BlocksByRangeV1,
        request: "18ff060000734e61507059011c000037afde62e80300000000000040000000000000000100000000000000",
        chunk: "009403ff060000734e6150705901980100641eeae8",
        length: 425,
        sha256: "ee81a96ae365f15f45318c4afaa8102e174acc3400f8e891bbfd4952121f88a8",
    },
    Golden {
        protocol: Protocol::BlocksByRootV2,
        request: "40ff060000734e615070590144000086da898f33333333333333333333333333333333333333333333333333333333333333334444444444444444444444444444444444444444444444444444444444444444",
        chunk: "00cc4af566f803ff060000734e6150705901fc0100e4043112",
        length: 529,
        sha256: "f65259e92b530a8d61a157d0688127bce236887e392cbe93400c996d4f551f47",
    },
    Golden {
        protocol: Protocol::BlocksByRootV1,
        request: "40ff060000734e615070590144000086da898f33333333333333333333333333333333333333333333333333333333333333334444444444444444444444444444444444444444444444444444444444444444",
        chunk: "009403ff060000734e6150705901980100641eeae8",
        length: 425,
        sha256: "ee81a96ae365f15f45318c4afaa8102e174acc3400f8e891bbfd4952121f88a8",
    },
    Golden {
        protocol: Protocol::BlocksByHeadV1,
        request: "28ff060000734e61507059012c00003a6f28ff33333333333333333333333333333333333333333333333333333333333333334000000000000000",
        chunk: "00cc4af566f803ff060000734e6150705901fc0100e4043112",
        length: 529,
        sha256: "f65259e92b530a8d61a157d0688127bce236887e392cbe93400c996d4f551f47",
    },
    Golden {
        protocol: Protocol::BlobsByRangeV1,
        request: "10ff060000734e61507059011400006807cb1a21000000000000000200000000000000",
        chunk: "00905ee328d88608ff060000734e61507059010400011636505c",
        length: 131970,
        sha256: "3c6cce84b7e3fe1091c596ee52d5efab9590713a7697cc29da8d73f0bdec177a",
    },
    Golden {
        protocol: Protocol::BlobsByRootV1,
        request: "28ff060000734e61507059012c00006a7fdfe033333333333333333333333333333333333333333333333333333333333333330200000000000000",
        chunk: "00905ee328d88608ff060000734e61507059010400011636505c",
        length: 131970,
        sha256: "3c6cce84b7e3fe1091c596ee52d5efab9590713a7697cc29da8d73f0bdec177a",
    },
    Golden {
        protocol: Protocol::ColumnsByRangeV1,
        request: "24ff060000734e6150705901280000c5b750e8e80300000000000002000000000000001400000001000000000000001100000000000000",
        chunk: "00bfa6c16cc413ff060000734e6150705901c80900c398577b",
        length: 2525,
        sha256: "b134c75f0c95f050376424dce1e04fa3b3455f0805f1dc9344650a861c9d14a2",
    },
    Golden {
        protocol: Protocol::ColumnsByRootV1,
        request: "30ff060000734e615070590134000032f9926d040000003333333333333333333333333333333333333333333333333333333333333333240000000500000000000000",
        chunk: "00bfa6c16cc413ff060000734e6150705901c80900c398577b",
        length: 2525,
        sha256: "b134c75f0c95f050376424dce1e04fa3b3455f0805f1dc9344650a861c9d14a2",
    },
    Golden {
        protocol: Protocol::LightClientBootstrapV1,
        request: "20ff060000734e61507059012400009f65f26c3333333333333333333333333333333333333333333333333333333333333333",
        chunk: "00cc4af566c00eff060000734e6150705901440700eec0b02d",
        length: 1881,
        sha256: "959dddba679a0315dd835264705f79148aab39e3ecb69bbf5bd472582da6e5aa",
    },
    Golden {
        protocol: Protocol::LightClientUpdatesByRangeV1,
        request: "10ff060000734e6150705901140000e88acc6300000000000000000200000000000000",
        chunk: "00cc4af566dc11ff060000734e6150705901e00800ac5624ed",
        length: 2293,
        sha256: "27a5d6a1c343b89d67c71f2eb826a42a4fff7cc8311907efc2fb8933e09e207f",
    },
    Golden {
        protocol: Protocol::LightClientFinalityUpdateV1,
        request: "",
        chunk: "00cc4af5668c04ff060000734e6150705901100200614ca0b2",
        length: 549,
        sha256: "4b529a5a2595882756b35ea5985bd981618d26d258c5a9655c713d904433e1d8",
    },
    Golden {
        protocol: Protocol::LightClientOptimisticUpdateV1,
        request: "",
        chunk: "00cc4af566dc01ff060000734e6150705901e000007c80c77c",
        length: 245,
        sha256: "6ee99499cd107caadec3991305d88cd5ee3c80bbc52446ff8629444558cdfa87",
    },
    Golden {
        protocol: Protocol::EnvelopesByRangeV1,
        request: "10ff060000734e6150705901140000ee0dfc1939000000000000000200000000000000",
        chunk: "00794660ece405ff060000734e6150705901e80200e24eddc6",
        length: 765,
        sha256: "2c1464fcf2b3b1d77a3e9ed06cca3ad14fd12a7b9016b3ba0387fb313258db76",
    },
    Golden {
        protocol: Protocol::EnvelopesByRootV1,
        request: "40ff060000734e615070590144000086da898f33333333333333333333333333333333333333333333333333333333333333334444444444444444444444444444444444444444444444444444444444444444",
        chunk: "00794660ece405ff060000734e6150705901e80200e24eddc6",
        length: 765,
        sha256: "2c1464fcf2b3b1d77a3e9ed06cca3ad14fd12a7b9016b3ba0387fb313258db76",
    },
    Golden {
        protocol: Protocol::InclusionListsByIndicesV1,
        request: "2aff060000734e61507059012e000015f9573b410000000000000033333333333333333333333333333333333333333333333333333333333333330102",
        chunk: "007eec3ead9e01ff060000734e6150705901a200003ac7caff",
        length: 183,
        sha256: "cd6ce411f50bd2a930368923b746514db41983ad2e99c283904d4d11f5136df1",
    },
];

/// Snappy frames that are not compressed.
fn frames(ssz: &[u8]) -> Vec<u8> {
    let mut out = b"\xff\x06\x00\x00sNaPpY".to_vec();
    for data in ssz.chunks(65_536) {
        let crc = crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8);
        out.push(1);
        out.extend(&(data.len() as u32 + 4).to_le_bytes()[..3]);
        out.extend(crc.to_le_bytes());
        out.extend(data);
    }
    out
}

/// Length and frames.
fn message(ssz: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut length = ssz.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(frames(ssz));
    out
}

/// Result, context, message.
fn chunk(protocol: Protocol, ssz: &[u8]) -> Vec<u8> {
    let digest = context(protocol).map(|digest| digest.0.to_vec()).unwrap_or_default();
    [vec![0], digest, message(ssz)].concat()
}

/// What a plain reader of frames makes of the bytes behind the first `skip` and a length prefix.
fn with_snap(wire: &[u8], skip: usize) -> Vec<u8> {
    let prefix = wire[skip..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let mut out = Vec::new();
    snap::read::FrameDecoder::new(&wire[skip + prefix..]).read_to_end(&mut out).unwrap();
    out
}

#[test]
fn there_are_golden_bytes_for_every_protocol() {
    assert!(Protocol::all().eq(GOLDEN.iter().map(|golden| golden.protocol)));
}

#[test]
fn requests() {
    for Golden { protocol, request: known, .. } in &GOLDEN {
        let ssz = request(*protocol);
        let wire = if ssz.is_empty() { Vec::new() } else { message(&ssz) };
        assert_eq!(hex::encode(&wire), *known, "{protocol}");

        let mut decoder = RequestDecoder::new(*protocol);
        let decoded = decoder.feed(&mut &wire[..]).unwrap().or_else(|| decoder.finish().unwrap());
        assert_eq!(decoded.unwrap(), ssz, "{protocol}");

        let ours = Encoder::request(ssz.clone().into()).to_vec();
        if ssz.is_empty() {
            assert!(ours.is_empty(), "{protocol}");
        } else {
            assert_eq!(with_snap(&ours, 0), ssz, "{protocol}");
        }
    }
}

#[test]
fn chunks() {
    for Golden { protocol, chunk: start, length, sha256, .. } in &GOLDEN {
        let ssz = object(*protocol);
        let wire = chunk(*protocol, &ssz);
        assert!(hex::encode(&wire).starts_with(start), "{protocol}: {}", hex::encode(&wire[..wire.len().min(60)]));
        assert_eq!((wire.len(), hex::encode(Sha256::digest(&wire)).as_str()), (*length, *sha256), "{protocol}");

        let fork = context(*protocol).and_then(|digest| test_chain().by_digest(digest).copied());
        let expected = Item::Chunk(Chunk { protocol: *protocol, fork, ssz: ssz.clone().into() });
        let ours = Encoder::chunk(context(*protocol), Bytes::from(ssz.clone())).to_vec();
        for wire in [&wire, &ours] {
            let mut decoder = ResponseDecoder::new(*protocol, test_chain());
            let mut input = &wire[..];
            assert_eq!(decoder.feed(&mut input).unwrap().as_ref(), Some(&expected), "{protocol}");
            assert!(input.is_empty());
            decoder.finish().unwrap();
        }
        let skip = if protocol.has_context() { 5 } else { 1 };
        assert_eq!(ours[..skip], wire[..skip], "{protocol}");
        assert_eq!(with_snap(&ours, skip), ssz, "{protocol}");
    }
}
