//! Members take lints, edition and versions from the workspace.

use std::fmt;

use toml::{Table, Value};

/// Keys of `[package]` that a member inherits.
pub const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "repository", "publish"];

/// Something a member's manifest decides for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// `lints.workspace = true` is missing.
    Lints,
    /// A key of `[package]` is not inherited.
    Package {
        /// The key.
        key: &'static str,
    },
    /// A dependency does not say `workspace = true`.
    Dependency {
        /// The dependency.
        name: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lints => write!(f, "lints.workspace = true is missing"),
            Self::Package { key } => write!(f, "package.{key}.workspace = true is missing"),
            Self::Dependency { name } => write!(f, "dependency {name} must say workspace = true"),
        }
    }
}

/// Checks one member's manifest.
///
/// # Errors
/// The text is not TOML.
pub fn check(manifest: &str) -> Result<Vec<Violation>, toml::de::Error> {
    let manifest: Table = toml::from_str(manifest)?;
    let mut found = Vec::new();
    if !inherits(manifest.get("lints")) {
        found.push(Violation::Lints);
    }
    let package = manifest.get("package");
    for &key in INHERITED {
        if !inherits(package.and_then(|package| package.get(key))) {
            found.push(Violation::Package { key });
        }
    }
    dependencies(&manifest, &mut found);
    for platform in manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values) {
        if let Some(platform) = platform.as_table() {
            dependencies(platform, &mut found);
        }
    }
    Ok(found)
}

fn dependencies(table: &Table, found: &mut Vec<Violation>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
            if !inherits(Some(value)) {
                found.push(Violation::Dependency { name: name.clone() });
            }
        }
    }
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        lints.workspace = true
        [package]
        name = "a"
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        repository.workspace = true
        publish.workspace = true
        [dependencies]
        bytes.workspace = true
        libp2p = { workspace = true, features = ["tcp"] }
    "#;

    #[test]
    fn a_manifest_that_inherits_is_fine() {
        assert_eq!(check(GOOD).unwrap(), []);
    }

    #[test]
    fn own_versions_are_found_wherever_they_stand() {
        let text = format!(
            "{GOOD}\n[dev-dependencies]\nhex = \"0.4\"\n[target.'cfg(unix)'.dependencies]\nlibc = {{ version = \"1\" }}"
        );
        let own = |name: &str| Violation::Dependency { name: name.to_owned() };
        assert_eq!(check(&text).unwrap(), [own("hex"), own("libc")]);
    }

    #[test]
    fn an_own_edition_and_missing_lints_are_found() {
        let text = GOOD.replace("edition.workspace = true", "edition = \"2021\"").replace("lints.workspace = true", "");
        assert_eq!(check(&text).unwrap(), [Violation::Lints, Violation::Package { key: "edition" }]);
    }
}
