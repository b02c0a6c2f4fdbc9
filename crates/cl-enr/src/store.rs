//! The files of a data directory: `key`, which is written once, and `state`, which is replaced as a whole.
//!
//! Nothing that exists is ever overwritten in place, so a process that is killed leaves either the old or the new
//! state, and never loses a key.

mod state;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Key, KeyError};

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
            owner_only(&mut options);
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

    /// The key in the directory; makes and keeps a new one if there is none.
    pub fn key(&self) -> Result<Key, StoreError> {
        let path = self.dir.join(KEY_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Key::from_hex(text.trim()).map_err(|source| StoreError::Key { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create_key(path),
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
        let temporary = self.dir.join(format!("{name}.new"));
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            owner_only(&mut options);
            let mut file = options.open(&temporary)?;
            file.write_all(contents)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            sync_dir(&self.dir)
        };
        write().map_err(|source| StoreError::Write { path: path.clone(), source })
    }

    /// The whole key is written under another name first: a process that is killed leaves no half of a key.
    fn create_key(&self, path: PathBuf) -> Result<Key, StoreError> {
        let key = Key::generate();
        let temporary = self.dir.join(format!("{KEY_FILE}.new"));
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            owner_only(&mut options);
            let mut file = options.open(&temporary)?;
            file.write_all(key.to_secret_hex().as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            // Unlike a rename it fails if there is a key by now: nothing is overwritten.
            fs::hard_link(&temporary, &path)?;
            fs::remove_file(&temporary)?;
            sync_dir(&self.dir)
        };
        match write() {
            Ok(()) => Ok(key),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }
}

/// A new file is for its owner alone, where files have owners.
#[cfg_attr(not(unix), allow(unused_variables))]
fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Makes a new or renamed file's name outlive a power cut.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests;
