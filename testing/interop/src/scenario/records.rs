//! Records that the other client's libraries made of fixed keys, read and made anew by ours.

use std::net::Ipv4Addr;

use cl_enr::{
    Addresses, Advertised, Expected, Fork, Key, Local, Passed, Record, fields, from_rlp, parse, peer_id, to_rlp,
};
use cl_types::{Epoch, PresetId};
use serde::Deserialize;
use ssz::Encode;

use crate::error::ScenarioError;
use crate::scenario::Context;

/// The epoch for which the oracle names long-lived subnets.
const EPOCH: Epoch = Epoch(5);

/// One record of the oracle, in its words.
#[derive(Debug, Deserialize)]
struct Oracle {
    secret: String,
    enr: String,
    rlp: String,
    seq: u64,
    node_id: String,
    peer_id: String,
    fields: Entries,
    cgc: u64,
    custody_groups: Vec<u64>,
    long_lived_attnets_epoch_5: Vec<u64>,
}

/// The raw values of its entries, in hex.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Entries {
    attnets: String,
    syncnets: String,
    cgc: String,
    eth2: String,
    nfd: String,
    ip: String,
    tcp: String,
    udp: String,
    quic: String,
}

/// Asks the oracle; starts no node.
pub(crate) async fn run(context: &mut Context) -> Result<(), ScenarioError> {
    let answer = context.labs.oracle().await?;
    let unreadable = |text: &str| ScenarioError::Unreadable { text: text.to_owned() };
    let told = answer.get("enrs").cloned().unwrap_or_default();
    let records: Vec<Oracle> = serde_json::from_value(told).map_err(|error| unreadable(&error.to_string()))?;
    context.report.fact("the oracle names records", records.len() >= 3, records.len());
    for oracle in &records {
        let record = parse(&oracle.enr).map_err(|_| unreadable(&oracle.enr))?;
        let rlp = hex::decode(oracle.rlp.trim_start_matches("0x")).map_err(|_| unreadable(&oracle.rlp))?;
        let same = from_rlp(&rlp).is_ok_and(|read| read == record) && to_rlp(&record) == rlp;
        context.report.fact("its text and its RLP are one record", same, format!("{} bytes", rlp.len()));
        let names = (hex::encode(record.node_id().raw()), peer_id(&record).ok().map(|peer| peer.to_string()));
        let theirs = (oracle.node_id.clone(), Some(oracle.peer_id.clone()));
        context.report.equal("node id and peer id are theirs", &names, &theirs);
        context.report.equal("every entry has their value", &entries(&record).as_ref(), &Some(&oracle.fields));
        let count = if oracle.cgc == 0 { Some(4) } else { fields::custody_group_count(&record).ok().flatten() };
        let expected = Expected::of_node(record.node_id().raw(), count, EPOCH, PresetId::Minimal);
        context.report.equal("custody groups are theirs", &expected.custody_groups, &oracle.custody_groups);
        let subnets = expected.attestation_subnets.to_vec();
        context.report.equal("long-lived subnets are theirs", &subnets, &oracle.long_lived_attnets_epoch_5);
        let made = again(&record, &oracle.secret, oracle.seq).ok_or_else(|| unreadable(&oracle.secret))?;
        context.report.fact(
            "a record of ours with the same facts has the same contents",
            made.compare_content(&record),
            made,
        );
    }
    Ok(())
}

/// All entries as our getters read them.
fn entries(record: &Record) -> Option<Entries> {
    let hexed = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let minimal =
        |number: u64| hexed(number.to_be_bytes().get(number.leading_zeros() as usize / 8..).unwrap_or_default());
    let port = |port: Result<Option<u16>, _>| port.ok().flatten().map(|port| minimal(port.into()));
    Some(Entries {
        attnets: hexed(&fields::attnets(record).ok()??.as_ssz_bytes()),
        syncnets: hexed(&fields::syncnets(record).ok()??.as_ssz_bytes()),
        cgc: minimal(fields::custody_group_count(record).ok()??),
        eth2: hexed(&fields::eth2(record).ok()??.as_ssz_bytes()),
        nfd: hexed(&fields::next_fork_digest(record).ok()??.0),
        ip: hexed(&fields::ip4(record).ok()?.unwrap_or(Ipv4Addr::UNSPECIFIED).octets()),
        tcp: port(fields::tcp4(record))?,
        udp: port(fields::udp4(record))?,
        quic: port(fields::quic4(record))?,
    })
}

/// The record that we would make of what it says.
fn again(record: &Record, secret: &str, seq: u64) -> Option<Record> {
    let fork = Fork {
        id: fields::eth2(record).ok()??,
        next_digest: fields::next_fork_digest(record).ok()??,
        has_fulu: true,
        passed: Passed::default(),
    };
    let advertised = Advertised {
        attnets: fields::attnets(record).ok()??,
        syncnets: fields::syncnets(record).ok()??,
        custody_group_count: fields::custody_group_count(record).ok()??,
    };
    let key = Key::from_hex(secret).ok()?;
    Some(Local::new(key, Addresses::of(record), fork, advertised, None, seq).ok()?.record().clone())
}
