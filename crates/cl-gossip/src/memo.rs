//! The duplicate memo: which raw messages came before, so that a copy pays neither for decompression nor for SHA-256.
//!
//! The router transforms and hashes each copy before it looks for duplicates, and four of five messages are copies. The
//! memo maps (topic, compressed bytes) to the id, and says whether the router still has any use for a copy (`gate.rs`). Its key is a keyed universal hash of 128 bits, POLYVAL, whose secret is
//! drawn per behaviour and never leaves, nor does a key: two inputs of `n` blocks of 16 bytes collide with probability
//! `n / 2^128`, whatever a peer sends. CPU measured (AMD EPYC, CLMUL and SHA extensions), a copy in all against one that is
//! decompressed and hashed: 240 B 0.26 µs against 0.42, 45 KB 14 against 41, 130 KB 29 against 108. A first copy
//! pays for it with 0.3 µs at 240 B. Poly1305 took longer than SHA-256 with its extension does.
//!
//! # Why nothing gets lost
//!
//! A copy that the memo knows reaches the router without its data, so the router must know it too, and the application must
//! have had it. Therefore only [`Behaviour`](crate::Behaviour) adds to the memo, when the router hands a message out as new
//! (then its id is in the router's cache), and an entry ends, counted from *before* the router saw the message, at half of
//! the time that the router remembers it. Nothing renews either.
//!
//! # What a copy is good for
//!
//! While a message waits for its verdict, who else sent it matters: nobody gets it back, and everybody answers for it if it is
//! rejected. If it was rejected, each copy costs its sender score. Once it was accepted or ignored, the router does nothing
//! with a copy but look it up: its scores count copies only where P3 is on, and it is not (`score.rs`). So the entry is
//! *closed* then, and copies need not reach the router.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use polyval::Polyval;
use polyval::universal_hash::UniversalHash;

use crate::message_id::MessageId;

/// What a raw message is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) [u8; 16]);

impl std::hash::Hash for Key {
    /// A keyed hash needs no further hashing.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// Hands through what it is given.
#[derive(Default)]
struct Through(u64);

impl Hasher for Through {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Bytes that are hashed at a time.
const PIECE: usize = 64;
/// Bytes of both lengths.
const HEADER: usize = 16;
/// Bytes of the longest topic name that is hashed together with the rest of the data. The chain's are shorter.
const SHORT: usize = 80;

/// The secret of the keys. Its expanded form is computed once.
pub(crate) struct Secret(Polyval);

impl Secret {
    pub(crate) fn new(secret: [u8; 16]) -> Self {
        Self(Polyval::new(&secret.into()))
    }

    /// From the operating system's randomness.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret)?;
        Ok(Self::new(secret))
    }

    /// The key of compressed bytes on a topic. Covers both lengths; copies nothing large.
    pub(crate) fn key(&self, topic: &str, raw: &[u8]) -> Key {
        let mut hash = self.0.clone();
        // Four blocks at a time take hardly longer than one. So what is over goes into one piece with the topic and the lengths,
        // which come last. Where each stands follows from the lengths.
        let (whole, over) = raw.split_at(raw.len() - raw.len() % PIECE);
        let topic = topic.as_bytes();
        let header = (((topic.len() as u128) << 64) | raw.len() as u128).to_le_bytes();
        hash.update_padded(whole);
        let mut last = [0; (PIECE + SHORT + HEADER).next_multiple_of(PIECE)];
        let short = if topic.len() > SHORT {
            hash.update_padded(topic);
            &[]
        } else {
            topic
        };
        let len = (over.len() + short.len() + HEADER).next_multiple_of(PIECE);
        if let Some(last) = last.get_mut(..len) {
            let (to_over, rest) = last.split_at_mut(over.len());
            to_over.copy_from_slice(over);
            if let Some(to_topic) = rest.get_mut(..short.len()) {
                to_topic.copy_from_slice(short);
            }
            if let Some(to_header) = rest.last_chunk_mut() {
                *to_header = header;
            }
            hash.update_padded(last);
        }
        Key(hash.finalize().into())
    }
}

/// The copies of a message so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: MessageId,
    /// Copies that the memo recognized.
    pub(crate) duplicates: u32,
    /// When the last of them came.
    pub(crate) last: Instant,
    /// The position of its topic's family in the table.
    family: u8,
    is_closed: bool,
}

impl Known {
    /// The position of its topic's family in the table.
    pub(crate) fn family(&self) -> usize {
        usize::from(self.family)
    }
}

#[derive(Default)]
struct Generation {
    since: Option<Instant>,
    known: HashMap<Key, Known, BuildHasherDefault<Through>>,
}

impl Generation {
    fn is_older(&self, age: Duration, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) >= age)
    }

    /// Keeps its memory: the next generation will need as much.
    fn clear(&mut self) {
        self.since = None;
        self.known.clear();
    }
}

/// Known raw messages in two generations. An entry is held for at least half of the time to live unless the capacity runs
/// out, and never longer than the time to live.
pub(crate) struct Memo {
    newest: Generation,
    older: Generation,
    ttl: Duration,
    /// Of a generation.
    capacity: usize,
}

impl Memo {
    /// A memo of at most `capacity` messages; with more, the oldest are forgotten early. Each takes at most 160 bytes.
    pub(crate) fn new(ttl: Duration, capacity: usize) -> Self {
        Self { newest: Generation::default(), older: Generation::default(), ttl, capacity: (capacity / 2).max(1) }
    }

    /// What is known of a message that came before. Counts the copy.
    pub(crate) fn recall(&mut self, key: &Key, now: Instant) -> Option<Known> {
        self.recall_if(key, now, |_| true)
    }

    /// The same, only for a message whose copies are of no use to the router.
    pub(crate) fn recall_closed(&mut self, key: &Key, now: Instant) -> Option<Known> {
        self.recall_if(key, now, |known| known.is_closed)
    }

    fn recall_if(&mut self, key: &Key, now: Instant, is_meant: impl FnOnce(&Known) -> bool) -> Option<Known> {
        self.forget(now);
        let known = self.find(key).filter(|known| is_meant(known))?;
        known.duplicates = known.duplicates.saturating_add(1);
        known.last = known.last.max(now);
        Some(*known)
    }

    /// From now on the router has no use for copies of a message.
    pub(crate) fn close(&mut self, key: &Key) {
        if let Some(known) = self.find(key) {
            known.is_closed = true;
        }
    }

    fn find(&mut self, key: &Key) -> Option<&mut Known> {
        self.newest.known.get_mut(key).or_else(|| self.older.known.get_mut(key))
    }

    /// What is known of a message, without counting.
    pub(crate) fn get(&self, key: &Key) -> Option<&Known> {
        self.newest.known.get(key).or_else(|| self.older.known.get(key))
    }

    /// Adds a message of a family that came at `at`, before the router knew it. What is too old by now is not added.
    pub(crate) fn insert(&mut self, key: Key, id: MessageId, family: usize, at: Instant, now: Instant) {
        self.forget(now);
        if self.newest.known.len() >= self.capacity {
            self.rotate(now);
        }
        let newest_since = *self.newest.since.get_or_insert(at);
        let generation = if newest_since <= at { &mut self.newest } else { &mut self.older };
        // No entry is older than its generation, so none outlives its own time with it.
        if generation.since.is_some_and(|since| since <= at) && generation.known.len() < self.capacity {
            let family = u8::try_from(family).unwrap_or(u8::MAX);
            generation.known.insert(key, Known { id, duplicates: 0, last: at, family, is_closed: false });
        }
    }

    fn forget(&mut self, now: Instant) {
        if self.newest.is_older(self.ttl / 2, now) {
            self.rotate(now);
        }
        if self.older.is_older(self.ttl, now) {
            self.older.clear();
        }
    }

    fn rotate(&mut self, now: Instant) {
        std::mem::swap(&mut self.newest, &mut self.older);
        self.newest.clear();
        self.newest.since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    fn id(n: u8) -> MessageId {
        MessageId([n; 20])
    }

    fn key(n: u64) -> Key {
        Secret::new([9; 16]).key("", &n.to_le_bytes())
    }

    #[test]
    fn a_key_covers_topic_length_and_data_and_depends_on_the_secret() {
        let secret = Secret::new([1; 16]);
        let data = [7; 100];
        let mut keys = vec![secret.key("c", &data), secret.key("d", &data), Secret::new([2; 16]).key("c", &data)];
        keys.extend((2..200).map(|len| secret.key(&"c".repeat(len), &data)));
        // What is at the end of one and at the beginning of the other.
        keys.extend([secret.key("ab", &[b'c'; 3]), secret.key("cab", &[b'c'; 2]), secret.key("b", b"ccca")]);
        // Zeroes at the end are what a padded block cannot tell from its padding.
        for len in [0, 1, 15, 16, 17, 47, 48, 49, 63, 64, 65, 99] {
            keys.push(secret.key("c", &[0; 100][..len]));
            keys.extend((len > 0).then(|| secret.key("c", &data[..len])));
        }
        for (i, a) in keys.iter().enumerate() {
            assert!(keys.iter().enumerate().all(|(j, b)| i == j || a != b), "{i}");
        }
        assert_eq!(secret.key("c", &data), Secret::new([1; 16]).key("c", &[7; 100]));
        assert_ne!(Secret::random().unwrap().key("c", &data), Secret::random().unwrap().key("c", &data));
    }

    #[test]
    fn the_hash_is_that_of_rfc_8452() {
        // Appendix A.
        let bytes = |text: &str| -> [u8; 16] { hex::decode(text).unwrap().try_into().unwrap() };
        let secret = Secret::new(bytes("25629347589242761d31f826ba4b757b"));
        let mut hash = secret.0.clone();
        hash.update_padded(&bytes("4f4f95668c83dfb6401762bb2d01a262"));
        hash.update_padded(&bytes("d1a24ddd2721d006bbe45f20d3c9f362"));
        assert_eq!(<[u8; 16]>::from(hash.finalize()), bytes("f7a3b47b846119fae5b7866cf5e5b77e"));
        // A key is the hash of data, topic, zeroes and lengths, in pieces of four blocks; a long topic stands by itself.
        for (len, topic, blocks) in [(0, 0, 4), (0, 48, 4), (0, 49, 8), (48, 0, 4), (100, 40, 12), (64, 60, 12)] {
            let (data, name) = (vec![7; len], "n".repeat(topic));
            let mut padded = [data.as_slice(), name.as_bytes()].concat();
            padded.resize(blocks * 16 - 16, 0);
            padded.extend_from_slice(&(len as u64).to_le_bytes());
            padded.extend_from_slice(&(topic as u64).to_le_bytes());
            let mut hash = secret.0.clone();
            hash.update_padded(&padded);
            assert_eq!(secret.key(&name, &data), Key(hash.finalize().into()), "{len}, {topic}");
        }
        let name = "n".repeat(81);
        let mut hash = secret.0.clone();
        hash.update_padded(name.as_bytes());
        hash.update_padded(&[7; 3]);
        assert_ne!(secret.key(&name, &[7; 3]), Key(hash.finalize().into()));
    }

    #[test]
    fn copies_are_counted_until_the_entry_ends() {
        let start = Instant::now();
        let mut memo = Memo::new(TTL, 100);
        assert_eq!(memo.recall(&key(1), start), None);
        memo.insert(key(1), id(1), 3, start, start);
        let later = start + Duration::from_millis(14_999);
        assert_eq!(memo.recall(&key(1), later).map(|known| (known.id, known.family())), Some((id(1), 3)));
        assert_eq!(memo.recall(&key(1), later).map(|known| known.id), Some(id(1)));
        let known = Known { id: id(1), duplicates: 2, last: later, family: 3, is_closed: false };
        assert_eq!(memo.get(&key(1)), Some(&known));
        assert_eq!(memo.recall(&key(1), start + TTL), None);
    }

    #[test]
    fn only_of_a_closed_message_copies_are_of_no_use() {
        let start = Instant::now();
        let mut memo = Memo::new(TTL, 100);
        for n in [1, 2] {
            memo.insert(key(n), id(1), 0, start, start);
        }
        // One of them is in the older generation by then.
        let later = start + TTL / 2;
        memo.insert(key(3), id(3), 0, later, later);
        assert_eq!(memo.recall_closed(&key(1), later), None);
        assert_eq!(memo.get(&key(1)).map(|known| known.duplicates), Some(0));
        for n in [1, 3, 4] {
            memo.close(&key(n));
        }
        for (n, duplicates) in [(1, Some(1)), (2, None), (3, Some(1)), (4, None)] {
            assert_eq!(memo.recall_closed(&key(n), later).map(|known| known.duplicates), duplicates, "{n}");
        }
    }

    #[test]
    fn an_entry_that_waited_too_long_is_not_added() {
        let start = Instant::now();
        let mut memo = Memo::new(TTL, 100);
        memo.insert(key(0), id(0), 0, start, start);
        // Another message makes the generations move while the first event waits.
        memo.recall(&key(9), start + Duration::from_secs(15));
        memo.recall(&key(9), start + Duration::from_secs(30));
        memo.insert(key(1), id(1), 0, start + Duration::from_secs(1), start + Duration::from_secs(30));
        assert_eq!(memo.recall(&key(1), start + Duration::from_secs(30)), None);
        // Not too old: it goes to the generation of its time.
        memo.insert(key(2), id(2), 0, start + Duration::from_secs(20), start + Duration::from_secs(31));
        assert_eq!(memo.recall(&key(2), start + Duration::from_secs(44)).map(|known| known.id), Some(id(2)));
        assert_eq!(memo.recall(&key(2), start + Duration::from_secs(50)), None);
    }

    #[test]
    fn a_flood_pushes_out_the_oldest_and_stays_within_the_capacity() {
        let now = Instant::now();
        let mut memo = Memo::new(TTL, 100);
        for n in 0..10_000 {
            memo.insert(key(n), id(1), 0, now, now);
            assert!(memo.newest.known.len() + memo.older.known.len() <= 100);
        }
        assert!(memo.recall(&key(9_999), now).is_some());
        assert!(memo.recall(&key(9_950), now).is_some());
        assert!(memo.recall(&key(0), now).is_none());
        // A table of n entries has at most 16 n / 7 places of one entry and one byte.
        let entry = size_of::<(Key, Known)>() + 1;
        assert!(entry * 16 / 7 <= 160, "{entry}");
    }

    proptest! {
        #[test]
        fn nothing_is_recalled_after_its_time_and_all_of_it_before_half_of_it(
            steps in prop::collection::vec((0u64..8000, 0u64..4, any::<bool>(), 0u64..20_000), 1..200),
        ) {
            let mut memo = Memo::new(TTL, 1000);
            let mut now = Instant::now();
            let mut added = HashMap::new();
            for (n, (wait, which, adds, delay)) in steps.into_iter().enumerate() {
                now += Duration::from_millis(wait);
                if adds {
                    let at = now.checked_sub(Duration::from_millis(delay)).unwrap();
                    memo.insert(key(n as u64), id(1), 0, at, now);
                    added.insert(n as u64, (at, delay));
                } else if let Some(n) = (n as u64).checked_sub(which + 1) {
                    let found = memo.recall(&key(n), now).is_some();
                    let expected = added.get(&n).map(|(at, delay)| (now.duration_since(*at), *delay));
                    match expected {
                        None => prop_assert!(!found),
                        Some((age, _)) if age >= TTL => prop_assert!(!found),
                        Some((age, 0)) if age < TTL / 2 => prop_assert!(found),
                        Some(_) => {}
                    }
                }
            }
        }
    }
}
