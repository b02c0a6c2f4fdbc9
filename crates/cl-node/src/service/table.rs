//! The peer table between two runs.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use cl_enr::store::Store;
use cl_peers::Manager;

use super::Service;
use crate::clock::unix_ms;

/// The file in the data directory: one JSON object a line.
const PEERS_FILE: &str = "peers";
/// What it is called once it turned out to be unreadable.
const DAMAGED_FILE: &str = "peers.damaged";
/// Larger files are not ours: a full table has 8 MiB.
const MAX_FILE: u64 = 64 << 20;
/// Between two saves. The last one is at the end of the node.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// Reads the table of the last run, if there is one. A file that cannot be used is moved aside, and the node starts with an
/// empty table: who its peers were is no reason not to start.
pub(crate) fn load(files: &Store, manager: &mut Manager, now: Instant) {
    let path = files.dir().join(PEERS_FILE);
    let read = fs::metadata(&path).and_then(|facts| {
        if facts.len() > MAX_FILE { Err(io::ErrorKind::FileTooLarge.into()) } else { fs::read(&path) }
    });
    let damage: Box<dyn std::error::Error> = match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => error.into(),
        Ok(bytes) => match manager.load(&bytes, now, unix_ms()) {
            Ok(loaded) => {
                if loaded.damaged > 0 {
                    let (count, lines) = (loaded.damaged, &loaded.damaged_lines);
                    tracing::warn!("{}: {count} lines cannot be read, the first are {lines:?}", path.display());
                }
                let (named, ranges) = (loaded.named, loaded.ranges);
                tracing::info!(peers = loaded.peers, banned = loaded.banned, named, ranges, "peer table read");
                return;
            }
            Err(error) => error.into(),
        },
    };
    let aside = files.dir().join(DAMAGED_FILE);
    match fs::rename(&path, &aside) {
        Ok(()) => tracing::warn!("{}: {damage}; kept as {}, the table starts empty", path.display(), aside.display()),
        Err(error) => tracing::warn!("{}: {damage}, and cannot be moved: {error}", path.display()),
    }
}

impl Service {
    /// Saves the table if it is time.
    pub(super) fn save_table_when_due(&mut self, now: Instant) {
        if now.saturating_duration_since(self.table_saved) >= SAVE_EVERY {
            self.table_saved = now;
            self.save_table(now);
        }
    }

    /// Replaces the saved table in one step.
    pub(super) fn save_table(&self, now: Instant) {
        let Some(files) = self.identity.store() else { return };
        if let Err(error) = files.replace(PEERS_FILE, &self.manager.save(now, unix_ms())) {
            tracing::warn!(%error, "peer table not saved");
        }
    }
}
