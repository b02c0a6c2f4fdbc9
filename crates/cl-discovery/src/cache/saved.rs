//! The cache as bytes, so that a restart finds its peers again without boot nodes.
//!
//! A line that names the form, then each record: when it was last heard of (Unix time in seconds, 8 bytes, big-endian), whether its node ever answered (one byte), failed dials in a row (one byte), its length (2 bytes) and its
//! RLP. Records prove themselves by their signatures; the rest is checked for
//! length. Those that answered come first, then those heard of last.

use std::time::{Duration, Instant};

use cl_enr::{MAX_RECORD_LEN, from_rlp};

use super::{Cache, Dropped, Taken};

/// The first line of the file.
const HEAD: &[u8] = b"cl-discovery records 1\n";
/// What precedes each record.
const ENTRY_HEAD: usize = 8 + 1 + 1 + 2;
/// Most records that are saved: reading one takes a fraction of a millisecond, for its signature.
pub const MAX_SAVED: usize = 1024;
/// Most bytes that a file can have.
pub const MAX_LEN: usize = HEAD.len() + MAX_SAVED * (ENTRY_HEAD + MAX_RECORD_LEN);

/// Why bytes are no saved cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// Begins differently: another file, or of another version.
    #[error("this is no file of records, or of another version")]
    NotOurs,
    /// Longer than any file of ours.
    #[error("{0} bytes are more than a file of records can have")]
    TooLong(usize),
    /// Ends in the middle, or lengths in it are impossible.
    #[error("cut off or damaged after {records} records")]
    Damaged {
        /// How many could be read before.
        records: usize,
    },
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Records that are in the cache now.
    pub records: usize,
    /// Records that were not taken, like those whose signature does not fit. Counted among the cache's drops too.
    pub dropped: usize,
}

impl Cache {
    /// The best records of our chain, as bytes. At most [`MAX_SAVED`]. `unix_s` is the Unix time in seconds.
    #[must_use]
    pub fn save(&self, now: Instant, unix_s: u64) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        // Who answered and was heard of last comes first.
        for id in self.compatible.values().rev().take(MAX_SAVED) {
            let Some(entry) = self.entries.get(id) else { continue };
            let Ok(len) = u16::try_from(entry.rlp.len()) else { continue };
            let age = now.saturating_duration_since(entry.heard).as_secs();
            bytes.extend_from_slice(&unix_s.saturating_sub(age).to_be_bytes());
            bytes.extend_from_slice(&[u8::from(entry.proven.is_some()), entry.failed_dials]);
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(&entry.rlp);
        }
        bytes
    }

    /// Takes in what [`Self::save`] made. Nothing is taken unless the whole has its form; single records that are damaged are
    /// dropped. Those that are too old are left out; a clock that was set back makes records young, not old.
    pub fn load(&mut self, bytes: &[u8], now: Instant, unix_s: u64) -> Result<Loaded, SavedError> {
        if bytes.len() > MAX_LEN {
            return Err(SavedError::TooLong(bytes.len()));
        }
        let mut rest = bytes.strip_prefix(HEAD).ok_or(SavedError::NotOurs)?;
        let mut read = Vec::new();
        while !rest.is_empty() {
            let (entry, after) = split(rest).ok_or(SavedError::Damaged { records: read.len() })?;
            read.push(entry);
            rest = after;
        }
        let mut loaded = Loaded::default();
        // The best come last, so that they are the youngest.
        for saved in read.into_iter().rev() {
            let age = Duration::from_secs(unix_s.saturating_sub(saved.heard));
            if age >= self.config.max_age {
                continue;
            }
            let Ok(record) = from_rlp(saved.rlp) else {
                self.count_dropped(Dropped::Undecodable);
                loaded.dropped += 1;
                continue;
            };
            match self.insert(&record, now) {
                Ok(Taken::New | Taken::Newer) => {
                    loaded.records += 1;
                    // Earlier than this machine's start cannot be said.
                    let heard = now.checked_sub(age).unwrap_or(now);
                    self.change(&record.node_id(), |entry| {
                        entry.heard = heard;
                        entry.proven = saved.is_proven.then_some(heard);
                        entry.failed_dials = saved.failed_dials;
                    });
                }
                Ok(Taken::Known) => {}
                Err(_) => loaded.dropped += 1,
            }
        }
        Ok(loaded)
    }
}

struct Saved<'a> {
    heard: u64,
    is_proven: bool,
    failed_dials: u8,
    rlp: &'a [u8],
}

fn split(bytes: &[u8]) -> Option<(Saved<'_>, &[u8])> {
    let (heard, rest) = bytes.split_first_chunk::<8>()?;
    let ([proven, failed_dials], rest) = rest.split_first_chunk::<2>()?;
    let (len, rest) = rest.split_first_chunk::<2>()?;
    let len = usize::from(u16::from_be_bytes(*len));
    if *proven > 1 || len > MAX_RECORD_LEN {
        return None;
    }
    let (rlp, rest) = rest.split_at_checked(len)?;
    let heard = u64::from_be_bytes(*heard);
    Some((Saved { heard, is_proven: *proven == 1, failed_dials: *failed_dials, rlp }, rest))
}
