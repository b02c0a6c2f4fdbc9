//! What went through, in numbers: by topic family, never by peer or subnet.

use cl_types::TopicKind;

/// The messages of one family of topics, all digests and subnets together. Numbers only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Copies that came: first ones, duplicates, and what is wrong with all of them.
    pub copies: u64,
    /// Bytes of these, compressed.
    pub bytes: u64,
    /// Messages that were handed out: each is an [`Event::Message`](crate::Event::Message).
    pub first: u64,
    /// Duplicates that the memo recognized, before decompression; most of them before the router saw them.
    pub memo_duplicates: u64,
    /// Duplicates that only the router recognized: those in the same frame as the first copy, in another encoding, copies of
    /// our own messages, and all that come after the memo has forgotten.
    pub router_duplicates: u64,
    /// Copies on topics that are not joined. They are dropped as they are.
    pub not_joined: u64,
    /// Messages that were seen within two epochs, but longer ago than the router remembers. They are ignored.
    pub old: u64,
    /// Rejected: the compressed data is longer than any payload.
    pub too_long: u64,
    /// Rejected: the data does not begin with a length.
    pub no_length: u64,
    /// Rejected: it declares a length that its topic does not carry.
    pub out_of_bounds: u64,
    /// Rejected: it does not decompress.
    pub corrupt: u64,
    /// Messages of ours that were sent.
    pub published: u64,
    /// Bytes of these, not compressed, each counted once however many peers got it.
    pub published_bytes: u64,
}

/// What went through since the behaviour began. Numbers only grow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    families: [Traffic; TopicKind::FAMILY_COUNT],
    /// Frames that the router was given: all that came, but those with nothing but copies that it has no use for.
    pub frames: u64,
    /// Copies on topics that are none of this chain's. Each frame with some is an
    /// [`Event::Unwanted`](crate::Event::Unwanted).
    pub unknown_topic: u64,
    /// Copies that carry a key, which nothing anonymous does; those with an author, a number or a signature do not get this
    /// far. Each frame with some is an [`Event::Unwanted`](crate::Event::Unwanted).
    pub not_anonymous: u64,
    /// Subscriptions of peers to topics that are none of this chain's. They are not kept.
    pub foreign_subscriptions: u64,
    /// Large messages whose copies are not counted one by one because too many waited.
    pub uncounted_copies: u64,
    /// Copies that the memo knew and the router did not, which the memo's times rule out. They are ignored.
    pub stray: u64,
    /// Verdicts that led to forwarding.
    pub accepted: u64,
    /// Verdicts that led to silence.
    pub ignored: u64,
    /// Verdicts that were held against who sent the message; those of this crate included.
    pub rejected: u64,
    /// Verdicts for messages that the router had forgotten.
    pub late: u64,
    /// Verdicts for messages that had one.
    pub repeated: u64,
    /// Verdicts for messages that never were.
    pub unknown: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            families: [Traffic::default(); TopicKind::FAMILY_COUNT],
            frames: 0,
            unknown_topic: 0,
            not_anonymous: 0,
            foreign_subscriptions: 0,
            uncounted_copies: 0,
            stray: 0,
            accepted: 0,
            ignored: 0,
            rejected: 0,
            late: 0,
            repeated: 0,
            unknown: 0,
        }
    }
}

impl Counters {
    /// The traffic of each family, by its name, in the order of the topic table.
    pub fn families(&self) -> impl ExactSizeIterator<Item = (&'static str, &Traffic)> {
        TopicKind::family_names().zip(&self.families)
    }

    /// The traffic of the family that a topic belongs to.
    #[must_use]
    pub fn family(&self, kind: TopicKind) -> Traffic {
        self.families.get(kind.family_index()).copied().unwrap_or_default()
    }

    /// Counts for a family, by its position in the table.
    pub(crate) fn count(&mut self, family: usize, count: impl FnOnce(&mut Traffic)) {
        if let Some(traffic) = self.families.get_mut(family) {
            count(traffic);
        }
    }
}
