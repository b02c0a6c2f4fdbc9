//! Whole files that outlive a process: replaced in one step, readable by their owner alone, set aside when damaged.
//!
//! Nothing that exists is ever overwritten in place. A process that is killed, at whatever moment, leaves the old
//! bytes or the new ones. Used by [`crate::store`], and by whoever keeps a cache beside it.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Replaces a whole file: readers see the old bytes or the new ones, also after a crash once this returned. Its owner
/// alone may read it. `path` with `.new` appended is used on the way; one process at a time.
pub fn save(path: &Path, contents: &[u8]) -> io::Result<()> {
    let new = write_beside(path, contents)?;
    fs::rename(&new, path)?;
    sync_parent(path)
}

/// Makes a file that is not there yet; `AlreadyExists` if it is, and then it is left as it is. Otherwise like [`save`].
pub fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let new = write_beside(path, contents)?;
    // A link is refused where a rename would replace. Both leave a whole file or none.
    let linked = match fs::hard_link(&new, path) {
        // A file system without links. Somebody else's file could slip in between, but not half of one.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.try_exists()? => fs::rename(&new, path),
        linked => linked.and_then(|()| fs::remove_file(&new)),
    };
    if linked.is_err() {
        // Only a leftover: the next write replaces it.
        let _ = fs::remove_file(&new);
    }
    linked?;
    sync_parent(path)
}

/// Why a file was not used. Where that is no reason to stop, go on as if there were none: whatever could not be
/// understood is kept beside it.
#[derive(Debug)]
pub enum LoadError<E> {
    /// It cannot be read, or damage cannot be moved aside. It is left where it is.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// More bytes than allowed: not written by this program. Moved to `aside`.
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most it may have.
        max: u64,
        /// Where its bytes are now: `path` with `.damaged` appended. An older one was replaced.
        aside: PathBuf,
    },
    /// `decode` refused its bytes. Moved to `aside`.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What `decode` said.
        source: E,
        /// Where its bytes are now: `path` with `.damaged` appended. An older one was replaced.
        aside: PathBuf,
    },
}

impl<E: fmt::Display> fmt::Display for LoadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot use {}: {source}", path.display()),
            Self::TooLong { path, max, aside } => {
                write!(f, "{} has more than {max} bytes; kept as {}", path.display(), aside.display())
            }
            Self::Damaged { path, source, aside } => {
                write!(f, "{} is damaged: {source}; kept as {}", path.display(), aside.display())
            }
        }
    }
}

impl<E: Error + 'static> Error for LoadError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::TooLong { .. } => None,
            Self::Damaged { source, .. } => Some(source),
        }
    }
}

/// Reads a whole file of at most `max` bytes and decodes it; `None` if there is none. A file that is too long or that
/// `decode` refuses is moved aside, so that the next [`save`] does not destroy what somebody may want to look at.
pub fn load<T, E>(
    path: &Path,
    max: u64,
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<Option<T>, LoadError<E>> {
    let io = |source| LoadError::Io { path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(max.saturating_add(1)).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        let aside = set_aside(path).map_err(io)?;
        return Err(LoadError::TooLong { path: path.to_path_buf(), max, aside });
    }
    match decode(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(source) => {
            let aside = set_aside(path).map_err(io)?;
            Err(LoadError::Damaged { path: path.to_path_buf(), source, aside })
        }
    }
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = with_suffix(path, ".damaged");
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Writes all bytes to disk, under another name in the same directory.
fn write_beside(path: &Path, contents: &[u8]) -> io::Result<PathBuf> {
    let new = with_suffix(path, ".new");
    // What a killed process left behind may have other permissions: it is not written to.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(&new)?;
    file.write_all(contents)?;
    file.sync_all()?;
    Ok(new)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Takes the rights of all but the owner from a file, where files have owners and this process may.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(crate) fn restrict(path: &Path) {
    #[cfg(unix)]
    if let Ok(facts) = fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt;
        let mode = facts.permissions().mode();
        if mode & 0o077 != 0 {
            // A file of another user stays as it is: he who gave it to us decided.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700));
        }
    }
}

/// A new file is for its owner alone, where files have owners.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(crate) fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Makes a new or renamed file's name outlive a power cut.
fn sync_parent(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::str::Utf8Error;

    use tempfile::tempdir;

    use super::*;

    fn text(bytes: &[u8]) -> Result<String, Utf8Error> {
        std::str::from_utf8(bytes).map(str::to_owned)
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("cache");
        assert_eq!(load(&path, 10, text).unwrap(), None);
        for contents in ["first", "", "0123456789"] {
            save(&path, contents.as_bytes()).unwrap();
            assert_eq!(load(&path, 10, text).unwrap().as_deref(), Some(contents));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_named() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("cache");
        fs::write(&path, [0xff, 0xfe]).unwrap();
        let error = load(&path, 10, text).unwrap_err();
        let aside = dir.path().join("cache.damaged");
        assert!(matches!(&error, LoadError::Damaged { aside: kept, .. } if *kept == aside), "{error}");
        assert!(error.to_string().contains("cache is damaged: invalid utf-8"), "{error}");
        assert_eq!(fs::read(&aside).unwrap(), [0xff, 0xfe]);
        assert_eq!(load(&path, 10, text).unwrap(), None, "the next run starts without");

        fs::write(&path, "01234567890").unwrap();
        let error = load(&path, 10, text).unwrap_err();
        assert!(matches!(&error, LoadError::TooLong { max: 10, .. }), "{error}");
        assert_eq!(fs::read(&aside).unwrap(), b"01234567890", "the newest is kept");
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("cache");
        fs::create_dir(&path).unwrap();
        let error = load(&path, 10, text).unwrap_err();
        assert!(matches!(&error, LoadError::Io { .. }), "{error}");
        assert!(path.is_dir());
    }

    #[test]
    fn what_is_there_is_not_created_again() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("key");
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it_whatever_was_left_behind() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempdir().unwrap();
        let path = dir.path().join("cache");
        let left = dir.path().join("cache.new");
        for write in [save, create] {
            fs::write(&left, "half a").unwrap();
            fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
            let _ = fs::remove_file(&path);
            write(&path, b"whole").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read(&path).unwrap(), b"whole");
        }
    }
}
