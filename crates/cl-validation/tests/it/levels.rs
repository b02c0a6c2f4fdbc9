//! What a judge without a chain says.

use cl_types::containers::{deneb, fulu};
use cl_types::{DecodeShared, ForkName, Network, TopicKind};
use cl_validation::{Config, Ignore, Judge, Level, Message, Missing, Step, Verdict};

use crate::case;
use crate::vectors::{folder, folders, name, ssz};
use crate::yaml::Yaml;

#[test]
fn without_a_chain_proofs_are_judged_and_nothing_else_is_forwarded() {
    let Some(root) = folder("F_kzg_inclusion/mainnet") else {
        return;
    };
    let network = Network::named("mainnet").unwrap();
    let mut judged = 0;
    for (fork, handler, checks) in [
        (ForkName::Deneb, "blob_sidecar", &["verify_blob_sidecar_inclusion_proof", "verify_blob_kzg_proof"][..]),
        (
            ForkName::Fulu,
            "data_column_sidecar",
            &[
                "verify_data_column_sidecar",
                "verify_data_column_sidecar_inclusion_proof",
                "verify_data_column_sidecar_kzg_proofs",
            ],
        ),
    ] {
        for case in folders(&root.join(fork.as_str()).join(handler)) {
            let meta = Yaml::parse(&std::fs::read_to_string(case.join("meta.yaml")).unwrap());
            let bytes = ssz(&case, "sidecar");
            let (kind, slot) = if fork == ForkName::Deneb {
                let sidecar = deneb::BlobSidecar::from_ssz(&bytes).unwrap();
                (TopicKind::BlobSidecar(sidecar.index % 6), sidecar.signed_block_header.message.slot)
            } else {
                let sidecar = fulu::DataColumnSidecar::from_ssz(&bytes).unwrap();
                (TopicKind::DataColumnSidecar(sidecar.index % 128), sidecar.signed_block_header.message.slot)
            };
            let now = network.clock().start_ms(slot).max(1);
            let mut judge = Judge::new(Config::new(&network, Level::Stateless));
            let verdict = judge.judge(&Message::Gossip { kind, fork, ssz: &bytes }, now, &());
            let proved = checks.iter().all(|check| meta.is_true(check));
            assert_eq!(verdict == Verdict::Accept, proved, "{}: {verdict}", name(&case));
            if !proved {
                assert!(matches!(verdict, Verdict::Reject(_)), "{}: {verdict}", name(&case));
            }
            judged += 1;
        }
    }
    assert_eq!(judged, 19 + 41);
}

#[test]
fn what_no_proof_shows_waits_for_a_chain() {
    let Some(cases) = case::all_of(ForkName::Fulu) else {
        return;
    };
    let mut seen = std::collections::BTreeSet::new();
    for (_, case) in cases.iter().filter(|(name, _)| name.ends_with("__valid")) {
        let sent = &case.messages[0];
        let (message, now) = (sent.message(), sent.now_ms);
        let at = |level| Judge::new(Config { level, ..case.judge.config().clone() });
        let sidecar = matches!(
            message,
            Message::PartialColumn { .. } | Message::Gossip { kind: TopicKind::DataColumnSidecar(_), .. }
        );
        let without = if sidecar { Verdict::Accept } else { Verdict::Ignore(Ignore::NotJudged) };
        assert_eq!(at(Level::Structure).judge(&message, now, &()), Verdict::Accept, "{}", sent.name);
        assert_eq!(at(Level::Stateless).judge(&message, now, &()), without, "{}", sent.name);
        // A full judge whose chain is silent decides nothing.
        assert!(matches!(at(Level::Full).begin(&message, now, &()), Step::Undecided(Missing::Answer)), "{}", sent.name);
        let mut judge = at(Level::Stateless);
        judge.set_level(Level::Full);
        assert_eq!(judge.judge(&message, now, &case.view), Verdict::Accept, "{}", sent.name);
        seen.insert(sent.name.split_once("_0x").unwrap().0);
    }
    assert!(seen.len() >= 8, "{seen:?}");
}
