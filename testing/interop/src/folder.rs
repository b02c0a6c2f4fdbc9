//! A testnet folder, made of nothing but what the other client's REST API says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use crate::rest::{Rest, RestError};

/// Why no folder was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The other client did not answer.
    #[error("the other client did not say")]
    Rest(#[from] RestError),
    /// A file could not be written.
    #[error("a file could not be written")]
    Io(#[from] io::Error),
}

/// Writes `config.yaml`, `genesis.ssz` and `boot_enr.yaml` into `folder`, which is made if need be.
///
/// # Errors
/// See [`FolderError`].
pub async fn write(rest: &Rest, folder: &Path) -> Result<(), FolderError> {
    let spec = rest.spec().await?;
    let genesis = rest.genesis_state().await?;
    let enr = rest.identity().await?.enr;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("config.yaml"), config_yaml(&spec))?;
    fs::write(folder.join("genesis.ssz"), genesis)?;
    fs::write(folder.join("boot_enr.yaml"), format!("- \"{enr}\"\n"))?;
    Ok(())
}

/// The same with the genesis time and validators root as text files instead of the state: not every client hands that out.
///
/// # Errors
/// See [`FolderError`].
pub async fn write_without_state(rest: &Rest, folder: &Path) -> Result<(), FolderError> {
    let spec = rest.spec().await?;
    let genesis = rest.genesis().await?;
    let enr = rest.identity().await?.enr;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("config.yaml"), config_yaml(&spec))?;
    fs::write(folder.join("genesis_validators_root.txt"), genesis.genesis_validators_root)?;
    fs::write(folder.join("genesis_time.txt"), genesis.genesis_time)?;
    fs::write(folder.join("bootstrap_nodes.yaml"), format!("- \"{enr}\"\n"))?;
    Ok(())
}

/// A folder of a chain that nobody makes: Fulu from its genesis, and other blob parameters, so another digest, each epoch.
///
/// # Errors
/// See [`FolderError`].
pub fn write_made_up(folder: &Path, chain: &MadeUp, boot: &[String]) -> Result<(), FolderError> {
    let mut config = String::from("PRESET_BASE: minimal\nCONFIG_NAME: made-up\nGENESIS_FORK_VERSION: 0x000000ab\n");
    for (nth, fork) in (1..).zip(["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"]) {
        line(&mut config, &format!("{fork}_FORK_VERSION"), &format!("0x0{nth}0000ab"));
        line(&mut config, &format!("{fork}_FORK_EPOCH"), "0");
    }
    line(&mut config, "SLOT_DURATION_MS", &chain.slot_ms.to_string());
    line(&mut config, "BLOB_SCHEDULE", if chain.changes == 0 { "[]" } else { "" });
    for epoch in 1..=chain.changes {
        line_raw(&mut config, &format!("  - EPOCH: {epoch}"));
        line_raw(&mut config, &format!("    MAX_BLOBS_PER_BLOCK: {}", 9 + epoch % 8));
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join("config.yaml"), config)?;
    fs::write(folder.join("genesis_validators_root.txt"), format!("0x{}", "5e".repeat(32)))?;
    fs::write(folder.join("genesis_time.txt"), chain.genesis_time.to_string())?;
    fs::write(folder.join("boot_enr.txt"), boot.join("\n"))?;
    Ok(())
}

/// What [`write_made_up`] writes of.
#[derive(Clone, Copy, Debug)]
pub struct MadeUp {
    /// Unix seconds.
    pub genesis_time: u64,
    /// Length of a slot in milliseconds; an epoch has eight.
    pub slot_ms: u64,
    /// How many epochs change the digest, from the first on; 1024 at most.
    pub changes: u64,
}

/// `/eth/v1/config/spec` as YAML: scalars as they are, lists of maps as blocks.
#[must_use]
pub fn config_yaml(spec: &BTreeMap<String, Value>) -> String {
    let mut out = String::new();
    for (key, value) in spec {
        match value {
            Value::Array(rows) if rows.is_empty() => line(&mut out, key, "[]"),
            Value::Array(rows) => {
                line(&mut out, key, "");
                for row in rows {
                    list_item(&mut out, row);
                }
            }
            value => line(&mut out, key, &scalar(value)),
        }
    }
    out
}

fn list_item(out: &mut String, row: &Value) {
    let Value::Object(fields) = row else {
        line_raw(out, &format!("  - {}", scalar(row)));
        return;
    };
    for (nth, (key, value)) in fields.iter().enumerate() {
        let start = if nth == 0 { "  - " } else { "    " };
        line_raw(out, &format!("{start}{key}: {}", scalar(value)));
    }
}

/// Numbers and hex stand bare, as in the published configurations; all else is quoted.
fn scalar(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    if !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && text.starts_with(|c: char| c.is_ascii_digit())
    {
        text
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn line(out: &mut String, key: &str, value: &str) {
    line_raw(out, format!("{key}: {value}").trim_end());
}

fn line_raw(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_lists_become_yaml() {
        let spec: BTreeMap<String, Value> = serde_json::from_str(
            r#"{"BLOB_SCHEDULE": [{"EPOCH": "3", "MAX_BLOBS_PER_BLOCK": "12"}, {"EPOCH": "9", "MAX_BLOBS_PER_BLOCK": 15}],
                "CONFIG_NAME": "lab's", "EMPTY": [], "FULU_FORK_VERSION": "0x06000001", "SECONDS_PER_SLOT": "3"}"#,
        )
        .unwrap();
        let yaml = "BLOB_SCHEDULE:\n  - EPOCH: 3\n    MAX_BLOBS_PER_BLOCK: 12\n  - EPOCH: 9\n    MAX_BLOBS_PER_BLOCK: 15\n\
                    CONFIG_NAME: 'lab''s'\nEMPTY: []\nFULU_FORK_VERSION: 0x06000001\nSECONDS_PER_SLOT: 3\n";
        assert_eq!(config_yaml(&spec), yaml);
    }

    #[test]
    fn a_made_up_chain_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let chain = MadeUp { genesis_time: 7, slot_ms: 300, changes: 3 };
        write_made_up(folder.path(), &chain, &["enr:-a".to_owned(), "enr:-b".to_owned()]).unwrap();
        let network = cl_types::Network::from_dir(folder.path()).unwrap();
        assert_eq!(network.schedule().unwrap().entries().count(), 4);
        assert_eq!((network.config.slot_duration_ms, network.genesis.time, network.boot_nodes.len()), (300, 7, 2));
        write_made_up(folder.path(), &MadeUp { changes: 0, ..chain }, &[]).unwrap();
        let network = cl_types::Network::from_dir(folder.path()).unwrap();
        assert_eq!((network.schedule().unwrap().entries().count(), network.boot_nodes.len()), (1, 0));
    }
}
