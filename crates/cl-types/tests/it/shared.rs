//! Where the executable specification's answers are.

use std::path::{Path, PathBuf};

/// The path of a shared test file or folder, or `None` (said aloud) where it is absent. On CI it must be there.
pub(crate) fn vectors(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "no vectors at {}", found.display());
    eprintln!("SKIPPED: no vectors at {}", found.display());
    None
}

/// A JSON file of the vectors.
pub(crate) fn json(path: &str) -> Option<serde_json::Value> {
    let text = std::fs::read_to_string(vectors(path)?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// A number that JSON holds as a number or as a decimal string.
pub(crate) fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is not a u64"))
}

/// A list of numbers.
pub(crate) fn numbers(value: &serde_json::Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// 32 bytes in hex.
pub(crate) fn bytes32(value: &serde_json::Value) -> [u8; 32] {
    let text = value.as_str().unwrap();
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap().try_into().unwrap()
}
