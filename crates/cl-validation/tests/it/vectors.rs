//! Where the vectors are.

use std::path::{Path, PathBuf};

use bytes::Bytes;

/// A folder of vectors. Where it is missing, the test says so and passes, but not where `CI` is set.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(name);
    if !root.exists() {
        assert!(std::env::var_os("CI").is_none(), "no vectors at {}", root.display());
        eprintln!("SKIPPED: no vectors at {}", root.display());
        return None;
    }
    Some(root)
}

/// The folders in a folder, by name.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A file in snappy's block format.
pub(crate) fn ssz(folder: &Path, file: &str) -> Bytes {
    let path = folder.join(format!("{file}.ssz_snappy"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    snap::raw::Decoder::new().decompress_vec(&bytes).unwrap().into()
}
