//! Light client updates, which no vectors judge.

use bytes::Bytes;
use cl_types::containers::fulu;
use cl_types::{ForkName, Minimal, Network, Slot, TopicKind};
use cl_validation::chain::{Answer, ChainView, LightClientKind};
use cl_validation::{Config, Ignore, Judge, Level, Message, Missing, Verdict};
use ssz::Encode;

/// A chain that knows nothing but its own updates.
#[derive(Default)]
struct Own(Option<Bytes>);

impl ChainView for Own {
    fn light_client_update(&self, _: LightClientKind) -> Answer<Bytes> {
        self.0.clone().map_or(Answer::Unavailable, Answer::Found)
    }
}

fn judge(level: Level) -> Judge {
    let mut network = Network::named("mainnet").unwrap();
    network.config.preset = cl_types::PresetId::Minimal;
    Judge::new(Config::new(&network, level))
}

/// When an update that was signed in a slot is due, but for the tolerance.
fn due(slot: u64) -> u64 {
    Network::named("mainnet").unwrap().clock().start_ms(Slot(slot)) + 3999
}

fn finality(finalized: u64, signature: u64, participants: usize) -> Bytes {
    let mut update = fulu::LightClientFinalityUpdate::<Minimal>::default();
    update.finalized_header.beacon.slot = Slot(finalized);
    update.attested_header.beacon.slot = Slot(signature - 1);
    update.signature_slot = Slot(signature);
    for member in 0..participants {
        update.sync_aggregate.sync_committee_bits.set(member, true).unwrap();
    }
    update.as_ssz_bytes().into()
}

fn optimistic(attested: u64, signature: u64) -> Bytes {
    let mut update = fulu::LightClientOptimisticUpdate::<Minimal>::default();
    update.attested_header.beacon.slot = Slot(attested);
    update.signature_slot = Slot(signature);
    update.as_ssz_bytes().into()
}

fn send(judge: &mut Judge, kind: TopicKind, ssz: &Bytes, now_ms: u64, chain: &Own) -> Verdict {
    judge.judge(&Message::Gossip { kind, fork: ForkName::Fulu, ssz }, now_ms, chain)
}

#[test]
fn a_finality_update_must_finalize_more_or_be_signed_by_more() {
    let kind = TopicKind::LightClientFinalityUpdate;
    let (mut judge, chain, now) = (judge(Level::Structure), Own::default(), due(100));
    // Of 32 members, 22 are more than two thirds; 21 are not.
    for (finalized, participants, verdict) in [
        (64, 21, Verdict::Accept),
        (64, 21, Verdict::Ignore(Ignore::NotNewer)),
        (64, 22, Verdict::Accept),
        (64, 32, Verdict::Ignore(Ignore::NotNewer)),
        (56, 32, Verdict::Ignore(Ignore::NotNewer)),
        (100, 32, Verdict::Ignore(Ignore::NotOurs)),
        (72, 1, Verdict::Accept),
    ] {
        assert_eq!(send(&mut judge, kind, &finality(finalized, 100, participants), now, &chain), verdict);
    }
}

#[test]
fn an_optimistic_update_must_attest_a_newer_header() {
    let kind = TopicKind::LightClientOptimisticUpdate;
    let (mut judge, chain, now) = (judge(Level::Structure), Own::default(), due(100));
    for (attested, verdict) in [
        (98, Verdict::Accept),
        (98, Verdict::Ignore(Ignore::NotNewer)),
        (97, Verdict::Ignore(Ignore::NotNewer)),
        (100, Verdict::Ignore(Ignore::NotOurs)),
        (99, Verdict::Accept),
    ] {
        assert_eq!(send(&mut judge, kind, &optimistic(attested, 100), now, &chain), verdict);
    }
}

#[test]
fn an_update_must_be_due_and_be_our_own() {
    let kind = TopicKind::LightClientOptimisticUpdate;
    let (mut judge, update) = (judge(Level::Full), optimistic(99, 100));
    let chain = Own(Some(update.clone()));
    // Half a second early is within the tolerance of clocks.
    assert_eq!(send(&mut judge, kind, &update, due(100) - 501, &chain), Verdict::Ignore(Ignore::NotDue));
    assert_eq!(send(&mut judge, kind, &update, due(100) - 500, &Own::default()), Missing::Answer.verdict());
    assert_eq!(send(&mut judge, kind, &optimistic(98, 100), due(100), &chain), Verdict::Ignore(Ignore::NotOurs));
    assert_eq!(send(&mut judge, kind, &update, due(100) - 500, &chain), Verdict::Accept);
}
