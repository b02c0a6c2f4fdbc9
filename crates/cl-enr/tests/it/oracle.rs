//! Records made by another client (Lodestar's libraries, printed by the interop lab's `oracle`), and what it says of them.

use cl_enr::{
    Addresses, Advertised, Expected, Fork, Key, Local, Passed, Ports, fields, multiaddrs, node_id_of, parse, peer_id,
};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::{EnrForkId, Epoch, PresetId};
use ssz::Decode;

/// A record is signed, so one wrong letter would show.
#[test]
fn boot_records_of_the_embedded_networks_are_whole() {
    for name in cl_types::Network::names() {
        let network = cl_types::Network::named(name).unwrap();
        for (i, text) in network.boot_nodes.iter().enumerate() {
            let record = parse(text).unwrap_or_else(|error| panic!("{name}, record {i}: {error}"));
            assert!(record.udp4().is_some() || record.udp6().is_some(), "{name}, record {i} has no address");
            let twin = network.boot_nodes.iter().filter(|other| *other == text).count();
            assert_eq!(twin, 1, "{name}, record {i} stands there twice");
        }
    }
}

struct Case {
    secret: &'static str,
    record: &'static str,
    node_id: &'static str,
    peer_id: &'static str,
    attnets: &'static str,
    syncnets: u8,
    custody_group_count: u64,
    first_custody_groups: [u64; 4],
    /// Long-lived attestation subnets at epoch 5, with the minimal preset's shuffle.
    subnets: [u64; 2],
    tcp: u16,
}

const CASES: [Case; 3] = [
    Case {
        secret: "f5f8f937e5af1f74bc1d2ce87cd857631e742821ec3581bbc30f4baac695774f",
        record: "enr:-NK4QGsOJJBMu692WLtSmVIn1rIca9d6lLKyKEGVZIG6l1yTKR7CnKXP7YKUHK-1krZGd6KYt22EvEiWjt_cysKnDxUKh2F0dG5ldHOIAQEBAQEBAQGDY2djBIRldGgykClBQEQGAAABBgAAAAAAAACCaWSCdjSCaXCEfwAAAYNuZmSE45Wo7oRxdWljgiPxiXNlY3AyNTZrMaED2yD8AE9P5H3YCJzKMbSdFPJ4PV1KQ5aSDFXhJRjizuKIc3luY25ldHMBg3RjcIIjjYN1ZHCCIyk",
        node_id: "8d6b07d2eece39c81cf1254612d89c9a6a3d28bfaa7617ccdb804341ac770c7b",
        peer_id: "16Uiu2HAmTQNopLHG9SDQg9bo6iETcWsx4oGBBih4Ek1D8ev1vj93",
        attnets: "0101010101010101",
        syncnets: 1,
        custody_group_count: 4,
        first_custody_groups: [17, 20, 71, 110],
        subnets: [58, 59],
        tcp: 9101,
    },
    Case {
        secret: "d33c96c4fa6e3ef99873942a8a5c17308adec3f0e402d36d9a604d8c57dd53d9",
        record: "enr:-NO4QFsyHTV56P4bXhhVj34UDQcac4-OJousgDn93lR4pWCcMV570uj9kEWhUmxU7mch8-hm7EViuVDclHnt0pCbSiEKh2F0dG5ldHOIAQIECBAgQICDY2djgYCEZXRoMpApQUBEBgAAAQYAAAAAAAAAgmlkgnY0gmlwhH8AAAGDbmZkhOOVqO6EcXVpY4Ij8olzZWNwMjU2azGhAqEuaQj0OCTkz8VQsK2eESm41Wm1IMgtiUFAZE5FRCMUiHN5bmNuZXRzBYN0Y3CCI46DdWRwgiMq",
        node_id: "ea83b4d3a146e78e9dec9575436bdb6223acb7d15b7aeabb8f1848b37d744499",
        peer_id: "16Uiu2HAm6GrfWmjE6Y15VvST9kYXAbj1sv4NoxCS3HRrm7r5kKR5",
        attnets: "0102040810204080",
        syncnets: 5,
        custody_group_count: 128,
        first_custody_groups: [0, 1, 2, 3],
        subnets: [49, 50],
        tcp: 9102,
    },
    Case {
        secret: "4462fd80e5f28012ba5931905d24626ce39b382cfd2f8a5336956e727ea79c8a",
        record: "enr:-NK4QOkLKMwgtSIvy3zopgvVQkDcZJ-QUQZ-JZXhfbhVnFzkOT1_a8mr0oq4UHJf4C_Fi6upFNUnMEUdwxsl2nGBllAKh2F0dG5ldHOIAQQQQAABBBCDY2djgIRldGgykClBQEQGAAABBgAAAAAAAACCaWSCdjSCaXCEfwAAAYNuZmSE45Wo7oRxdWljgiPziXNlY3AyNTZrMaECVOYhKo6I7Y-7cR1J58q8AmnyLJihcXtF3_T3L6sKzXOIc3luY25ldHMBg3RjcIIjj4N1ZHCCIys",
        node_id: "2899db79ca71215eda7e54de964ec8d770f87af1ec10085918307397215a60a1",
        peer_id: "16Uiu2HAm195khv6TrjmhBXXmsCp3baiqAGHpKAX7zfAfNDBzkrxJ",
        attnets: "0104104000010410",
        syncnets: 1,
        custody_group_count: 0,
        first_custody_groups: [40, 80, 126, 127],
        subnets: [17, 18],
        tcp: 9103,
    },
];

impl Case {
    fn advertised(&self) -> Advertised {
        Advertised {
            attnets: Attnets::from_ssz_bytes(&hex::decode(self.attnets).unwrap()).unwrap(),
            syncnets: Syncnets::from_ssz_bytes(&[self.syncnets]).unwrap(),
            custody_group_count: self.custody_group_count,
        }
    }

    fn fork() -> Fork {
        Fork {
            id: EnrForkId {
                fork_digest: "29414044".parse().unwrap(),
                next_fork_version: "06000001".parse().unwrap(),
                next_fork_epoch: 6.into(),
            },
            next_digest: "e395a8ee".parse().unwrap(),
            has_fulu: true,
            passed: Passed::default(),
        }
    }
}

#[test]
fn every_entry_reads_as_the_other_client_meant_it() {
    for case in &CASES {
        let record = parse(case.record).unwrap();
        assert_eq!(hex::encode(record.node_id().raw()), case.node_id);
        assert_eq!(peer_id(&record).unwrap().to_string(), case.peer_id);
        assert_eq!(fields::eth2(&record), Ok(Some(Case::fork().id)));
        assert_eq!(fields::next_fork_digest(&record), Ok(Some(Case::fork().next_digest)));
        let advertised = case.advertised();
        assert_eq!(fields::attnets(&record), Ok(Some(advertised.attnets)));
        assert_eq!(fields::syncnets(&record), Ok(Some(advertised.syncnets)));
        assert_eq!(fields::custody_group_count(&record), Ok(Some(case.custody_group_count)));
        let addresses: Vec<_> = multiaddrs(&record).iter().map(ToString::to_string).collect();
        assert_eq!(
            addresses,
            [format!("/ip4/127.0.0.1/udp/{}/quic-v1", case.tcp + 100), format!("/ip4/127.0.0.1/tcp/{}", case.tcp),]
        );
    }
}

#[test]
fn a_key_gives_the_names_the_other_client_gives() {
    for case in &CASES {
        let key = Key::from_hex(case.secret).unwrap();
        assert_eq!(hex::encode(key.node_id()), case.node_id);
        assert_eq!(key.peer_id().to_string(), case.peer_id);
        assert_eq!(node_id_of(&key.peer_id()), Some(key.node_id()));
        // It reads a count of zero as four.
        let count = case.custody_group_count.max(4);
        let expected = Expected::of_node(key.node_id(), Some(count), Epoch(5), PresetId::Minimal);
        assert_eq!(expected.custody_groups[..4], case.first_custody_groups);
        assert_eq!(expected.custody_groups.len() as u64, count);
        assert_eq!(expected.attestation_subnets, case.subnets);
    }
}

#[test]
fn our_record_of_the_same_facts_has_the_same_bytes() {
    for case in &CASES {
        let theirs = parse(case.record).unwrap();
        let key = Key::from_hex(case.secret).unwrap();
        let ours =
            Local::new(key, Addresses::of(&theirs), Case::fork(), case.advertised(), None, theirs.seq()).unwrap();
        // All but the signature, which differs each time.
        assert!(ours.record().compare_content(&theirs));
        let ports = Ports { udp: theirs.udp4(), tcp: Some(case.tcp), quic: fields::quic4(&theirs).unwrap() };
        assert_eq!(*ours.addresses(), Addresses::new([127, 0, 0, 1].into(), ports));
    }
}
