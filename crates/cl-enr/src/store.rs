//! The files of a data directory: `key`, which is written once, and `state`, which is replaced as a whole.
//!
//! Nothing that exists is ever overwritten in place, so a process that is killed leaves either the old or the new
//! state, and never loses a key.

mod state;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Key, KeyError, file};

pub use state::{Saved, StateError};

/// Name of the key file: 64 hex digits, readable by its owner alone.
pub const KEY_FILE: &str = "key";
/// Name of the state file.
pub const STATE_FILE: &str = "state";
/// Name of the file that is locked while a process uses the directory. Empty, and never removed.
pub const LOCK_FILE: &str = "lock";

/// Why a data directory cannot be used. Each is one line: what, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory cannot be made, or is a file.
    #[error("cannot use {} as data directory: {source}; name a directory that this user may write", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process uses the directory: two nodes with one key would be one peer at two places.
    #[error("{} is in use by another node; stop it, or name another data directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}; make it readable for this user or name another data directory", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; free some space or name a directory that this user may write", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file holds something else. It is left as it is.
    #[error("{} holds no key: {source}; put the key back, or move the file away to get a new identity", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The state file holds something else. It is left as it is.
    #[error("{} is damaged: {source}; move it away to start with fresh counters", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: StateError,
    },
}

/// A data directory, locked for this process until the last clone is dropped. The system frees the lock of a process that is
/// killed.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
    _lock: Arc<File>,
}

impl Store {
    /// Opens a data directory, making it if there is none, checks that it can be written, and locks it.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let dir = dir.into();
        let probe = dir.join(format!(".probe-{}", std::process::id()));
        let open = || -> io::Result<File> {
            fs::create_dir_all(&dir)?;
            File::create(&probe)?;
            fs::remove_file(&probe)?;
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            file::owner_only(&mut options);
            options.open(dir.join(LOCK_FILE))
        };
        let lock = match open() {
            Ok(lock) => lock,
            Err(source) => return Err(StoreError::Directory { path: dir, source }),
        };
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: dir }),
            Err(TryLockError::Error(source)) => Err(StoreError::Directory { path: dir, source }),
        }
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The key in the directory; makes and keeps a new one if there is none. A key file that others may read is closed to
    /// them first, if we may.
    pub fn key(&self) -> Result<Key, StoreError> {
        let path = self.dir.join(KEY_FILE);
        file::restrict(&path);
        match fs::read_to_string(&path) {
            Ok(text) => Key::from_hex(text.trim()).map_err(|source| StoreError::Key { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create_key(path),
            // Bytes that are no text: the file is there and is no key.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(StoreError::Key { path, source: KeyError::NotHex })
            }
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// What the last run saved, `None` in a new directory.
    pub fn load(&self) -> Result<Option<Saved>, StoreError> {
        let path = self.dir.join(STATE_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Saved::from_text(&text).map(Some).map_err(|source| StoreError::State { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(StoreError::State { path, source: StateError::NotText })
            }
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// Replaces what was saved. After this returns, a restart sees the new state, also after a crash.
    pub fn save(&self, saved: &Saved) -> Result<(), StoreError> {
        self.replace(STATE_FILE, saved.to_text().as_bytes())
    }

    /// Replaces a whole file of the directory in one step: readers see the old bytes or the new ones. Its owner alone may
    /// read it.
    pub fn replace(&self, name: &str, contents: &[u8]) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        file::save(&path, contents).map_err(|source| StoreError::Write { path, source })
    }

    fn create_key(path: PathBuf) -> Result<Key, StoreError> {
        let key = Key::generate();
        match file::create(&path, format!("{}\n", key.to_secret_hex()).as_bytes()) {
            Ok(()) => Ok(key),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }
}

#[cfg(test)]
mod tests;
