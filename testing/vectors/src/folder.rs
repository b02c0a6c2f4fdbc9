//! Vectors as the specification releases them: `preset/fork/ssz_static/Type/suite/case_n/`.

use std::io;
use std::path::{Path, PathBuf};

use cl_types::{ForkName, PresetId};

use crate::case::Case;

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The SSZ is not compressed as it should be.
    #[error("{path}: {source}")]
    Snappy {
        /// The file.
        path: PathBuf,
        /// Why.
        source: snap::Error,
    },
    /// A folder or a root does not have the form it should have.
    #[error("{path}: not a case")]
    Form {
        /// Which.
        path: PathBuf,
    },
}

/// The folders of all cases below `root`, whatever they are called: every folder that holds a serialized value.
pub fn case_folders(root: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let io = |source| ReadError::Io { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_some_and(|name| name == "serialized.ssz_snappy") {
                found.push(folder.clone());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the case of a folder below `root`.
pub fn read(root: &Path, folder: &Path) -> Result<Case, ReadError> {
    let form = || ReadError::Form { path: folder.to_owned() };
    let relative = folder.strip_prefix(root).map_err(|_| form())?;
    let parts: Vec<_> = relative.iter().filter_map(|part| part.to_str()).collect();
    let &[preset, fork, "ssz_static", type_name, suite, case] = parts.as_slice() else {
        return Err(form());
    };
    let preset: PresetId = preset.parse().map_err(|_| form())?;
    let fork = ForkName::ALL.into_iter().find(|name| name.as_str() == fork).ok_or_else(form)?;

    let path = folder.join("serialized.ssz_snappy");
    let compressed = bytes_of(&path)?;
    let ssz = snap::raw::Decoder::new().decompress_vec(&compressed);
    let ssz = ssz.map_err(|source| ReadError::Snappy { path, source })?;
    let roots = bytes_of(&folder.join("roots.yaml"))?;
    let root = std::str::from_utf8(&roots)
        .ok()
        .and_then(|text| text.trim().strip_prefix("root: "))
        .and_then(|text| text.trim_matches(['\'', '"']).parse().ok());
    Ok(Case {
        preset,
        fork,
        type_name: type_name.to_owned(),
        name: format!("{suite}/{case}"),
        ssz: ssz.into(),
        root: root.ok_or_else(form)?,
    })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, ReadError> {
    std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })
}
