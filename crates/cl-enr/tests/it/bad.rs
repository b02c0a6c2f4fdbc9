//! Records that are signed well and say nonsense: everything that reads them gives a value or a reason.

use std::collections::BTreeSet;

use bytes::Bytes;
use cl_enr::{
    Compatibility, Expected, Fork, Key, NotDialable, Passed, Record, Scope, compatibility, dial, fields, from_rlp,
    multiaddrs, to_rlp,
};
use cl_types::{EnrForkId, Epoch, ForkDigest, PresetId};

const KEYS: [&str; 15] = [
    "eth2", "attnets", "syncnets", "cgc", "nfd", "ip", "ip6", "udp", "udp6", "tcp", "tcp6", "quic", "quic6", "client",
    "x",
];
const RECORDS: u64 = 3_000;

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// RLP of a string or a list of strings, small ones and sizes that entries have more often than others.
    fn value(&mut self) -> Vec<u8> {
        let len = [0, 1, 2, 3, 4, 8, 9, 16, 17, 40, 90][self.below(11) as usize];
        let text: Vec<u8> = (0..len).map(|_| [0, 1, 0x61, 0xff][self.below(4) as usize]).collect();
        match self.below(4) {
            0 => list(&(0..self.below(4)).map(|_| string(&text[..text.len().min(9)])).collect::<Vec<_>>().concat()),
            _ => string(&text),
        }
    }
}

fn string(text: &[u8]) -> Vec<u8> {
    match text {
        [byte] if *byte < 0x80 => vec![*byte],
        text if text.len() < 56 => [&[0x80 + text.len() as u8], text].concat(),
        text => [&[0xb8, text.len() as u8], text].concat(),
    }
}

fn list(payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 56);
    [&[0xc0 + payload.len() as u8], payload].concat()
}

#[test]
fn nonsense_is_judged_and_never_dialled() {
    let mut random = Random(9);
    let here = ForkDigest([0, 1, 0x61, 0xff]);
    let id = EnrForkId { fork_digest: here, next_fork_version: Default::default(), next_fork_epoch: Epoch(9) };
    let ours = Fork { id, next_digest: ForkDigest([1; 4]), has_fulu: true, passed: Passed::default() };
    let me = Key::generate().peer_id();
    let (mut reasons, mut verdicts, mut undialable, mut read) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), 0);
    let key = Key::from_bytes([7; 32]).unwrap().to_combined();
    for _ in 0..RECORDS {
        let mut builder = Record::builder();
        for _ in 0..random.below(6) {
            let name = KEYS[random.below(15) as usize];
            builder.add_value_rlp(name, Bytes::from(random.value()));
        }
        // Some are too large to be made.
        let Ok(record) = builder.build(&key) else { continue };
        read += u32::from(from_rlp(&to_rlp(&record)).is_ok_and(|back| back == record));
        reasons.extend(
            [
                fields::eth2(&record).err(),
                fields::attnets(&record).err(),
                fields::syncnets(&record).err(),
                fields::custody_group_count(&record).err(),
                fields::next_fork_digest(&record).err(),
                fields::ip4(&record).err(),
                fields::ip6(&record).err(),
                fields::udp4(&record).err(),
                fields::udp6(&record).err(),
                fields::tcp4(&record).err(),
                fields::tcp6(&record).err(),
                fields::quic4(&record).err(),
                fields::quic6(&record).err(),
                fields::client(&record).err(),
            ]
            .into_iter()
            .flatten()
            .map(|error| error.to_string()),
        );
        let verdict = compatibility(&record, &ours, |digest| digest == here);
        verdicts.insert(verdict.to_string());
        assert_eq!(
            verdict.is_compatible(),
            fields::eth2(&record).is_ok_and(|eth2| eth2.is_some_and(|it| it.fork_digest == here))
        );
        if matches!(verdict, Compatibility::NotConsensus(_)) {
            assert!(!verdict.is_compatible());
        }
        let all = multiaddrs(&record);
        match dial(&record, &me, Scope::Machine) {
            Ok(dial) => assert!(!dial.addresses.is_empty() && dial.addresses == all && all.len() <= 4),
            Err(reason) => {
                assert!(all.is_empty(), "{reason}: {all:?}");
                undialable.insert(reason.to_string());
            }
        }
        if let Ok(dial) = dial(&record, &me, Scope::Public) {
            assert!(dial.addresses.iter().all(|address| all.contains(address)));
        }
        assert!(Expected::of(&record, Epoch(1), PresetId::Mainnet).columns().len() <= 128);
    }
    // The generator reaches what it is meant to.
    assert!(read > 500, "{read}");
    assert!(reasons.len() > 60, "{reasons:?}");
    assert!(verdicts.len() > 5, "{verdicts:?}");
    let named = [NotDialable::NoAddress, NotDialable::NoPort, NotDialable::OutOfReach { best: Scope::Nowhere }];
    assert!(named.iter().all(|reason| undialable.contains(&reason.to_string())), "{undialable:?}");
}
