//! The text as it stands in `docs/schedules/`, and what `--at` shows.

use std::fs;
use std::path::Path;

use cl_types::{Epoch, Network};

use super::render;

fn table(name: &str, at: Option<u64>) -> String {
    render(&Network::named(name).unwrap(), at.map(Epoch)).unwrap()
}

/// `UPDATE_DOCS=1 cargo test -p cl-node schedule_table` writes them anew.
#[test]
fn the_documented_schedules_are_those_of_this_build() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schedules");
    for name in Network::names() {
        let path = folder.join(format!("{name}.txt"));
        let text = table(name, None);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let documented = fs::read_to_string(&path).unwrap();
        assert!(documented == text, "{} is not what `cl-node schedule --network {name}` prints", path.display());
    }
}

#[test]
fn a_boundary_says_what_to_do_and_when() {
    let text = table("sepolia", None);
    for line in [
        "epoch 353024, slot 11296768, 2026-10-06 13:53:36 UTC: gloas, at most 21 blobs a block",
        "  353022    join the 209 topics of 669e6c11",
        "  353026    leave the 205 topics of 74d01459",
        "  topic   + execution_payload_bid: SignedExecutionPayloadBid 324..196932",
        "  request + execution_payload_envelopes_by_range/1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn one_epoch_can_be_looked_at() {
    let text = table("mainnet", Some(412_671));
    for line in [
        "> 411392    2025-12-03 21:49:11 UTC fulu      0x06000000 9     364032      cc2c5cdb \
         cc2c5cdb 06000000 004c060000000000 cb0d1acc",
        "  active    cc2c5cdb fulu",
        "  next      cb0d1acc fulu at epoch 412672",
        "  joined    205 topics of cc2c5cdb, to leave at epoch 412674",
        "  joined    205 topics of cb0d1acc, to leave at epoch 419074",
        "  beacon_attestation_{0..63}               SingleAttestation              240",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }
    assert!(text.contains("blob_sidecars_by_range/1"), "still served");
    assert!(!table("mainnet", Some(419_072)).contains("blob_sidecars_by_range/1"));
}
