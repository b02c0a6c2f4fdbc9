//! In front of the router, where connections read: copies that nobody needs go no further.
//!
//! A frame that comes costs the router a score of its sender, each message in it two copies and an id, and all of it a turn of
//! the one task that has the router. Of most messages that is a waste: they came before and have their verdict. So each
//! connection hashes what it reads, on its own task, and looks it up in the memo; copies of closed messages (`memo.rs`) are
//! counted and dropped, and a frame that has nothing else is not handed on. The keys go along with the rest, so that nothing
//! is hashed twice.
//!
//! The memo is behind a mutex that connections and the router's task hold for a look-up or two, and never while hashing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use cl_types::TopicKind;
use libp2p_gossipsub::RawMessage;

use crate::counters::Counters;
use crate::memo::{Key, Memo, Secret};

/// What all connections and the router's task share.
pub(crate) struct Gate {
    secret: Secret,
    known: Mutex<Known>,
}

/// Raw messages that came, and the copies that were dropped.
pub(crate) struct Known {
    pub(crate) memo: Memo,
    dropped: [Dropped; TopicKind::FAMILY_COUNT],
}

/// Copies of one family.
#[derive(Clone, Copy, Default)]
struct Dropped {
    copies: u64,
    bytes: u64,
}

/// The keys of a frame's messages, in their order. A frame has one, nearly always.
#[derive(Default)]
pub(crate) struct Keys {
    first: Option<Key>,
    /// Last one first, once they are taken.
    others: Vec<Key>,
}

impl Gate {
    pub(crate) fn new(secret: Secret, memo: Memo) -> Self {
        let dropped = [Dropped::default(); TopicKind::FAMILY_COUNT];
        Self { secret, known: Mutex::new(Known { memo, dropped }) }
    }

    /// What is known. A panic in another thread does not make it worse than it is.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn key(&self, raw: &RawMessage) -> Key {
        self.secret.key(raw.topic.as_str(), &raw.data)
    }

    /// Drops the copies that the router has no use for. Returns the keys of what is left.
    pub(crate) fn sift(&self, messages: &mut Vec<RawMessage>) -> Keys {
        let now = Instant::now();
        let mut keys = Keys::default();
        messages.retain(|raw| {
            let key = self.key(raw);
            let is_dropped = is_anonymous(raw) && self.known().drops(&key, raw.data.len(), now);
            if !is_dropped {
                keys.push(key);
            }
            !is_dropped
        });
        keys.others.reverse();
        keys
    }

    /// Adds what was dropped here.
    pub(crate) fn add_to(&self, counters: &mut Counters) {
        for (family, Dropped { copies, bytes }) in self.known().dropped.iter().enumerate() {
            counters.count(family, |traffic| {
                traffic.copies += copies;
                traffic.bytes += bytes;
                traffic.memo_duplicates += copies;
            });
        }
    }
}

impl Known {
    fn drops(&mut self, key: &Key, len: usize, now: Instant) -> bool {
        let Some(known) = self.memo.recall_closed(key, now) else { return false };
        if let Some(dropped) = self.dropped.get_mut(known.family()) {
            dropped.copies += 1;
            dropped.bytes += len as u64;
        }
        true
    }
}

/// StrictNoSign: true for a message without author, sequence number, signature and key. Others must not pass for a copy of one.
pub(crate) const fn is_anonymous(raw: &RawMessage) -> bool {
    raw.source.is_none() && raw.sequence_number.is_none() && raw.signature.is_none() && raw.key.is_none()
}

impl Keys {
    fn push(&mut self, key: Key) {
        if self.first.is_none() {
            self.first = Some(key);
        } else {
            self.others.push(key);
        }
    }

    /// The key of the next message.
    pub(crate) fn next(&mut self) -> Option<Key> {
        self.first.take().or_else(|| self.others.pop())
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use libp2p_gossipsub::TopicHash;

    use super::*;
    use crate::message_id::MessageId;

    fn raw(data: u8) -> RawMessage {
        RawMessage {
            source: None,
            data: vec![data; 100],
            sequence_number: None,
            topic: TopicHash::from_raw("topic"),
            signature: None,
            key: None,
            validated: false,
        }
    }

    /// A gate that knows messages 1 and 2, of which the first is closed.
    fn gate() -> Gate {
        let gate = Gate::new(Secret::new([1; 16]), Memo::new(Duration::from_secs(30), 100));
        let now = Instant::now();
        for n in [1, 2] {
            gate.known().memo.insert(gate.key(&raw(n)), MessageId([n; 20]), 0, now, now);
        }
        gate.known().memo.close(&gate.key(&raw(1)));
        gate
    }

    fn counted(gate: &Gate) -> crate::Traffic {
        let mut counters = Counters::default();
        gate.add_to(&mut counters);
        *counters.families().next().unwrap().1
    }

    #[test]
    fn copies_of_closed_messages_go_no_further_and_the_rest_keeps_its_order_and_keys() {
        let gate = gate();
        let mut messages: Vec<RawMessage> = [1, 2, 1, 3, 4, 1].map(raw).into();
        let mut keys = gate.sift(&mut messages);
        assert_eq!(messages, [2, 3, 4].map(raw));
        for message in &messages {
            assert_eq!(keys.next(), Some(gate.key(message)));
        }
        assert_eq!(keys.next(), None);
        let traffic = counted(&gate);
        assert_eq!((traffic.copies, traffic.bytes, traffic.memo_duplicates), (3, 300, 3));
        assert_eq!(gate.known().memo.get(&gate.key(&raw(1))).unwrap().duplicates, 3);
        assert_eq!(gate.known().memo.get(&gate.key(&raw(2))).unwrap().duplicates, 0);
    }

    #[test]
    fn what_is_not_anonymous_does_not_pass_for_a_copy() {
        let gate = gate();
        let signs: [fn(&mut RawMessage); 4] = [
            |raw| raw.source = Some(libp2p_identity::PeerId::random()),
            |raw| raw.sequence_number = Some(1),
            |raw| raw.signature = Some(vec![]),
            |raw| raw.key = Some(vec![]),
        ];
        let mut messages: Vec<RawMessage> = signs
            .into_iter()
            .map(|sign| {
                let mut raw = raw(1);
                sign(&mut raw);
                raw
            })
            .collect();
        gate.sift(&mut messages);
        assert_eq!(messages.len(), 4);
        assert_eq!(counted(&gate).copies, 0);
    }
}
