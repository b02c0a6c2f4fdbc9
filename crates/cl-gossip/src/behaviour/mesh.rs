//! Who comes into a mesh and who goes. The router does not tell, so its meshes are compared with what they were, once a
//! heartbeat.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::task::{Context, Poll};

use libp2p_gossipsub::TopicHash;
use libp2p_identity::PeerId;

use super::{Behaviour, Event, Router};
use crate::topic::Topic;

/// The meshes as they were: at most the joined topics, with at most `D_high` peers each after a heartbeat.
#[derive(Default)]
pub(super) struct Meshes {
    known: HashMap<TopicHash, (Topic, BTreeSet<PeerId>)>,
    events: VecDeque<Event>,
}

impl Meshes {
    /// The next change. Comparing is put off until all changes of the last time are told, so there are never more than two
    /// for each place in a mesh.
    pub(super) fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Compares. Costs one look-up for each joined topic and one for each of its mesh peers.
    fn compare(&mut self, router: &Router) {
        let events = &mut self.events;
        let mut joined = 0;
        for hash in router.topics() {
            joined += 1;
            let Some((topic, known)) = entry(&mut self.known, hash) else { continue };
            if router.mesh_peers(hash).eq(known.iter()) {
                continue;
            }
            let now: BTreeSet<PeerId> = router.mesh_peers(hash).copied().collect();
            events.extend(known.difference(&now).map(|peer| Event::MeshLeft { peer: *peer, topic: *topic }));
            events.extend(now.difference(known).map(|peer| Event::MeshJoined { peer: *peer, topic: *topic }));
            *known = now;
        }
        if self.known.len() > joined {
            let joined: HashSet<&TopicHash> = router.topics().collect();
            self.known.retain(|hash, (topic, known)| {
                let is_joined = joined.contains(hash);
                if !is_joined {
                    let left = std::mem::take(known);
                    events.extend(left.into_iter().map(|peer| Event::MeshLeft { peer, topic: *topic }));
                }
                is_joined
            });
        }
    }
}

fn entry<'a>(
    known: &'a mut HashMap<TopicHash, (Topic, BTreeSet<PeerId>)>,
    hash: &TopicHash,
) -> Option<&'a mut (Topic, BTreeSet<PeerId>)> {
    if !known.contains_key(hash) {
        known.insert(hash.clone(), (hash.as_str().parse().ok()?, BTreeSet::new()));
    }
    known.get_mut(hash)
}

impl Behaviour {
    /// What we have to tell ourselves, beside the router.
    pub(super) fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            if let Some(event) = self.publishing.poll().or_else(|| self.meshes.poll()) {
                return Poll::Ready(event);
            }
            if !self.wake.beat(cx) {
                return Poll::Pending;
            }
            self.meshes.compare(&self.router);
            self.retry_all();
        }
    }
}
