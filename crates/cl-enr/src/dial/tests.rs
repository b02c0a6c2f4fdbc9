use super::*;
use crate::{Builder, CombinedKey, Key};

fn record(fill: impl FnOnce(&mut Builder) -> &mut Builder) -> Record {
    fill(&mut Record::builder()).build(&Key::generate().to_combined()).unwrap()
}

fn all(fill: impl FnOnce(&mut Builder) -> &mut Builder) -> Vec<String> {
    multiaddrs(&record(fill)).iter().map(ToString::to_string).collect()
}

fn me() -> PeerId {
    Key::from_bytes([9; 32]).unwrap().peer_id()
}

fn verdict(network: Scope, fill: impl FnOnce(&mut Builder) -> &mut Builder) -> Result<Vec<String>, NotDialable> {
    let dial = dial(&record(fill), &me(), network)?;
    Ok(dial.addresses.iter().map(ToString::to_string).collect())
}

#[test]
fn quic_comes_before_tcp_and_v4_before_v6() {
    let addresses = all(|builder| {
        builder.ip4([10, 0, 0, 1].into()).tcp4(9000).ip6("2001:db8::1".parse().unwrap()).tcp6(9090);
        fields::add_quic4(builder, 9001);
        fields::add_quic6(builder, 9091);
        builder
    });
    assert_eq!(
        addresses,
        [
            "/ip4/10.0.0.1/udp/9001/quic-v1",
            "/ip6/2001:db8::1/udp/9091/quic-v1",
            "/ip4/10.0.0.1/tcp/9000",
            "/ip6/2001:db8::1/tcp/9090",
        ]
    );
}

#[test]
fn tcp_stands_in_for_tcp6_but_quic_not_for_quic6() {
    let addresses = all(|builder| {
        fields::add_quic4(builder, 9001);
        builder.ip6("2001:db8::1".parse().unwrap()).tcp4(9000)
    });
    assert_eq!(addresses, ["/ip6/2001:db8::1/tcp/9000"]);
}

#[test]
fn what_cannot_be_dialled_is_left_out_and_told_why() {
    let none = |fill: fn(&mut Builder) -> &mut Builder, why| {
        assert!(all(fill).is_empty(), "{why}");
        assert_eq!(verdict(Scope::Machine, fill), Err(why));
    };
    let nowhere = NotDialable::OutOfReach { best: Scope::Nowhere };
    none(|builder| builder.ip4([0, 0, 0, 0].into()).tcp4(9000), nowhere);
    none(|builder| builder.ip4([224, 0, 0, 1].into()).tcp4(9000), nowhere);
    none(|builder| builder.ip6("::".parse().unwrap()).tcp6(9000), nowhere);
    none(|builder| builder.ip6("fe80::1".parse().unwrap()).tcp6(9000), nowhere);
    none(|builder| builder.ip6("::ffff:8.8.8.8".parse().unwrap()).tcp6(9000), nowhere);
    none(|builder| builder.ip4([8, 8, 8, 8].into()).tcp4(0), NotDialable::NoPort);
    none(|builder| builder.ip4([8, 8, 8, 8].into()).udp4(9000), NotDialable::NoPort);
    none(|builder| builder.ip4([8, 8, 8, 8].into()).tcp6(9000), NotDialable::NoPort);
    none(|builder| builder.tcp4(9000), NotDialable::NoAddress);
    none(|builder| builder.ip4([8, 8, 8, 8].into()).add_value("quic", &1_000_000_u32), NotDialable::NoPort);
}

#[test]
fn a_public_network_dials_public_addresses_alone() {
    fn both(builder: &mut Builder) -> &mut Builder {
        builder.ip4([192, 168, 1, 2].into()).tcp4(9000).ip6("2a00::1".parse().unwrap()).tcp6(9090)
    }
    assert_eq!(verdict(Scope::Public, both), Ok(vec!["/ip6/2a00::1/tcp/9090".to_owned()]));
    assert_eq!(verdict(Scope::Site, both).unwrap().len(), 2);

    for (ip, best) in [([127, 0, 0, 1], Scope::Machine), ([10, 1, 2, 3], Scope::Site), ([100, 64, 0, 1], Scope::Site)] {
        let from = |network| verdict(network, |builder| builder.ip4(ip.into()).tcp4(9000));
        assert_eq!(from(Scope::Public), Err(NotDialable::OutOfReach { best }));
        assert_eq!(from(best).unwrap().len(), 1);
    }
    let error = NotDialable::OutOfReach { best: Scope::Site };
    assert_eq!(error.to_string(), "it can be reached from the same site at most");
}

#[test]
fn we_are_not_dialled_and_neither_is_who_has_no_peer_id() {
    let signed_by = |key| Record::builder().ip4([8, 8, 8, 8].into()).tcp4(9000).build(&key).unwrap();
    let record = signed_by(Key::from_bytes([9; 32]).unwrap().to_combined());
    assert_eq!(dial(&record, &me(), Scope::Public), Err(NotDialable::Ourselves));
    let record = signed_by(CombinedKey::generate_ed25519());
    assert_eq!(dial(&record, &me(), Scope::Public), Err(NotDialable::NoPeerId));
}

#[test]
fn scopes_of_special_addresses() {
    let of = |text: &str| Scope::of(text.parse().unwrap());
    for (scope, ips) in [
        (Scope::Nowhere, &["0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255"][..]),
        (Scope::Nowhere, &["::", "ff02::1", "fe80::1", "febf::1", "::ffff:1.2.3.4", "::5"]),
        (Scope::Machine, &["127.0.0.1", "127.255.0.9", "::1"]),
        (Scope::Site, &["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.0.1", "100.64.0.1", "169.254.1.1"]),
        (Scope::Site, &["192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"]),
        (Scope::Site, &["fc00::1", "fd12::1", "2001:db8::1", "100::1", "3fff::1"]),
        (Scope::Public, &["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "203.0.114.1", "223.255.255.1"]),
        (Scope::Public, &["2a00::1", "2001:4860::1", "64:ff9b::1"]),
    ] {
        for ip in ips {
            assert_eq!(of(ip), scope, "{ip}");
        }
    }
    assert!(Scope::Nowhere < Scope::Machine && Scope::Machine < Scope::Site && Scope::Site < Scope::Public);
}
