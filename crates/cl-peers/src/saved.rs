//! The table as bytes, to survive a restart: one JSON object a line, the first says what it is.
//!
//! Moments are kept as milliseconds since the Unix epoch. A line that cannot be read loses that line alone; a file that is
//! not one of ours, or of a later version, is refused as a whole.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::Totals;
use crate::lifecycle::BanWhy;
use crate::peer::Told;
use crate::traffic::Traffic;
use crate::words::{MetaDataWords, StatusWords};

/// The version that is written, and the newest that is read.
pub const VERSION: u32 = 1;
/// What the first line says it is.
const KIND: &str = "cl-peers";
/// Longest line that is read, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// Damaged lines of which the number is remembered.
const MAX_DAMAGED: usize = 16;

/// Why a saved table cannot be used at all. Nothing was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The first line is not what we write.
    #[error("this is no saved peer table; move it away to start with an empty one")]
    NotOurs,
    /// Written by a later version of this software.
    #[error("this peer table has version {0}, newer than {VERSION}; move it away or use a newer release")]
    Newer(u32),
}

/// What was taken from a saved table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// Peers taken over.
    pub peers: usize,
    /// Those of them that are banned still.
    pub banned: usize,
    /// Those of them that are dialled first.
    pub anchors: usize,
    /// Those of them that the operator had made static or trusted.
    pub named: usize,
    /// Banned ranges taken over.
    pub ranges: usize,
    /// Peers and ranges for which there was no room.
    pub no_room: usize,
    /// How many lines could not be read.
    pub damaged: usize,
    /// The numbers of the first 16 of them, from 1.
    pub damaged_lines: Vec<usize>,
}

impl Loaded {
    pub(crate) fn note_damage(&mut self, line: usize) {
        self.damaged += 1;
        if self.damaged_lines.len() < MAX_DAMAGED {
            self.damaged_lines.push(line);
        }
    }
}

/// The two clocks side by side: moments go through it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    pub(crate) now: Instant,
    pub(crate) unix_ms: u64,
}

impl Clocks {
    /// The Unix time of a moment.
    pub(crate) fn save(&self, at: Instant) -> u64 {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        match at.checked_duration_since(self.now) {
            Some(ahead) => self.unix_ms.saturating_add(ms(ahead)),
            None => self.unix_ms.saturating_sub(ms(self.now.saturating_duration_since(at))),
        }
    }

    /// The moment of a Unix time; one that this machine cannot name, or more than a year away, is now.
    pub(crate) fn load(&self, unix_ms: u64) -> Instant {
        const YEAR_MS: u64 = 366 * 24 * 3600 * 1000;
        let away = Duration::from_millis(unix_ms.abs_diff(self.unix_ms).min(YEAR_MS));
        let at = if unix_ms >= self.unix_ms { self.now.checked_add(away) } else { self.now.checked_sub(away) };
        at.unwrap_or(self.now)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    kind: String,
    version: u32,
    saved_ms: u64,
}

/// One line after the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Peer(Box<SavedPeer>),
    BannedRange(SavedRange),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedRange {
    pub(crate) range: String,
    pub(crate) until_ms: u64,
    pub(crate) why: BanWhy,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedBan {
    pub(crate) until_ms: u64,
    pub(crate) why: BanWhy,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedRecord {
    pub(crate) text: String,
    pub(crate) seq: u64,
    pub(crate) node_id: String,
    #[serde(default)]
    pub(crate) attnets: u64,
    #[serde(default)]
    pub(crate) syncnets: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cgc: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedGoodbye {
    pub(crate) at_ms: u64,
    pub(crate) ours: bool,
    pub(crate) reason: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SavedPeer {
    pub(crate) peer: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) anchor: bool,
    #[serde(rename = "static", skip_serializing_if = "is_false")]
    pub(crate) is_static: bool,
    #[serde(rename = "trusted", skip_serializing_if = "is_false")]
    pub(crate) is_trusted: bool,
    pub(crate) addresses: Vec<(String, Told)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_ip: Option<std::net::IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<SavedRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<(u64, StatusWords)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<(u64, MetaDataWords)>,
    pub(crate) first_seen_ms: u64,
    pub(crate) last_seen_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ban: Option<SavedBan>,
    /// Each part of the score that is below 0, by its word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) score: Vec<(String, f64)>,
    pub(crate) failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_before_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rtt_us: Option<(u64, u64, u64)>,
    pub(crate) totals: Totals,
    pub(crate) traffic: Traffic,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) goodbyes: Vec<SavedGoodbye>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Writes lines. A line that cannot be written, which no value of ours leads to, is left out.
pub(crate) fn write(unix_ms: u64, lines: impl Iterator<Item = Line>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header { kind: KIND.to_owned(), version: VERSION, saved_ms: unix_ms };
    push(&mut bytes, &header);
    lines.for_each(|line| push(&mut bytes, &line));
    bytes
}

fn push(bytes: &mut Vec<u8>, line: &impl Serialize) {
    if let Ok(json) = serde_json::to_vec(line) {
        bytes.extend_from_slice(&json);
        bytes.push(b'\n');
    }
}

/// Reads lines: when they were written, then each with its number, without content if it is damaged.
pub(crate) fn read(bytes: &[u8]) -> Result<(u64, impl Iterator<Item = (usize, Option<Line>)>), LoadError> {
    let mut lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let first = lines.next().map(|(_, line)| line).filter(|line| line.len() <= MAX_LINE).unwrap_or_default();
    let header: Header = serde_json::from_slice(first).map_err(|_| LoadError::NotOurs)?;
    if header.kind != KIND || header.version == 0 {
        return Err(LoadError::NotOurs);
    }
    if header.version > VERSION {
        return Err(LoadError::Newer(header.version));
    }
    let lines = lines.filter(|(_, line)| !line.is_empty());
    let lines = lines.map(|(number, line)| {
        let fits = line.len() <= MAX_LINE;
        (number, fits.then(|| serde_json::from_slice(line).ok()).flatten())
    });
    Ok((header.saved_ms, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_go_there_and_back() {
        let now = Instant::now();
        let clocks = Clocks { now, unix_ms: 1_000_000 };
        for ms in [0, 1_000, 999_000, 1_000_000, 1_000_001, 5_000_000] {
            assert_eq!(clocks.save(clocks.load(ms)), ms);
        }
        let restarted = Clocks { now: now + Duration::from_secs(50), unix_ms: 4_000_000 };
        assert_eq!(restarted.load(clocks.save(now)), now + Duration::from_secs(50) - Duration::from_secs(3000));
        assert!(clocks.load(u64::MAX) > now, "absurd, but no panic");
    }

    #[test]
    fn other_files_are_refused_as_a_whole() {
        let refused = |text: &str| read(text.as_bytes()).err();
        for text in ["", "\n", "not json", "{}", "[]", r#"{"kind":"other","version":1,"saved_ms":0}"#] {
            assert_eq!(refused(text), Some(LoadError::NotOurs), "{text}");
        }
        let header = |version| format!("{{\"kind\":\"cl-peers\",\"version\":{version},\"saved_ms\":0}}\n");
        assert_eq!(refused(&header(2)), Some(LoadError::Newer(2)));
        assert_eq!(refused(&header(0)), Some(LoadError::NotOurs));
        assert_eq!(refused(&header(1)), None);
    }
}
