//! A peer that is let in like any other and then publishes what is no message, so that everybody has a reason to leave it.

use std::time::Duration;

use cl_types::{Slot, TopicKind};

use super::chain::Chain;
use super::cluster::Member;
use super::noise::Noise;
use crate::clock::unix_ms;

/// The first slot of its lies. By then it has met everybody, and is kept.
pub(crate) const FROM: Slot = Slot(4);
/// By the end of this slot everybody must have left it.
pub(crate) const LEFT_BY: Slot = Slot(8);
/// Lies in a slot. Four are enough to part with a peer.
const PER_SLOT: u32 = 3;
/// Bytes of a lie: as many as an aggregate may have, and no aggregate.
const SIZE: usize = 600;
/// Distinguishes its noise from that of others.
const PURPOSE: u64 = 0x6c69_6172;

/// Lies until it is stopped.
pub(crate) async fn run(liar: Member, chain: Chain) {
    let mut lies = Noise::new(PURPOSE, 0);
    let pause = Duration::from_millis(chain.clock.slot_ms()) / PER_SLOT;
    tokio::time::sleep(Duration::from_millis(chain.start_ms(FROM).saturating_sub(unix_ms()))).await;
    loop {
        let mut lie = vec![0; SIZE];
        lies.fill(&mut lie);
        // Nobody may be left who listens.
        let _ = liar.handle.publish(TopicKind::BeaconAggregateAndProof, None, lie).await;
        tokio::time::sleep(pause).await;
    }
}
