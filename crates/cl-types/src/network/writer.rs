//! Writing a testnet folder that reads back as the same network.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use super::config_yaml;
use super::{ChainConfig, Network};

/// Why a network could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file cannot be made.
    #[error("{}: cannot be written: {source}; name a folder that is yours and has room", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is something in the folder already, which could be another network's.
    #[error("{}: not empty; name a new folder", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
}

impl Network {
    /// Writes a testnet folder that [`Self::from_dir`] reads back as this network: `config.yaml`,
    /// `genesis_validators_root.txt`, `genesis_time.txt` and, if there are any, the boot records as `boot_enr.yaml`.
    /// Makes the folder if need be; one that holds anything already is refused.
    pub fn write_to_dir(&self, dir: &Path) -> Result<(), WriteError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| WriteError::Io { path, source }
        };
        fs::create_dir_all(dir).map_err(failed(dir))?;
        if fs::read_dir(dir).map_err(failed(dir))?.next().is_some() {
            return Err(WriteError::NotEmpty { dir: dir.to_owned() });
        }
        let mut files = vec![
            ("config.yaml", self.config.to_yaml()),
            ("genesis_validators_root.txt", format!("{:#x}\n", self.genesis.validators_root)),
            ("genesis_time.txt", format!("{}\n", self.genesis.time)),
        ];
        if !self.boot_nodes.is_empty() {
            let lines = self.boot_nodes.iter().map(|record| format!("- {}\n", Quoted(record)));
            files.push(("boot_enr.yaml", lines.collect()));
        }
        for (name, text) in files {
            let path = dir.join(name);
            let write = |path: &Path| fs::File::create_new(path)?.write_all(text.as_bytes());
            write(&path).map_err(failed(&path))?;
        }
        Ok(())
    }
}

impl ChainConfig {
    /// The text of a `config.yaml` that [`Self::from_yaml`] reads back as this configuration. It has the keys that matter
    /// here, and no others.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        config_yaml::each_key(self, |key, value| {
            // Writing to a string does not fail.
            let _ = match value {
                config_yaml::Written::Plain(value) => writeln!(text, "{key}: {value}"),
                config_yaml::Written::Text(value) => writeln!(text, "{key}: {}", Quoted(value)),
                config_yaml::Written::Blobs([]) => writeln!(text, "{key}: []"),
                config_yaml::Written::Blobs(entries) => {
                    let _ = writeln!(text, "{key}:");
                    for entry in entries {
                        let _ = writeln!(text, "  - EPOCH: {}", entry.epoch);
                        let _ = writeln!(text, "    MAX_BLOBS_PER_BLOCK: {}", entry.max_blobs_per_block);
                    }
                    Ok(())
                }
            };
        });
        text
    }
}

/// A double-quoted scalar, with escapes for what does not print.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                ' '..='~' => f.write_char(c)?,
                _ => write!(f, "\\U{:08x}", u32::from(c))?,
            }
        }
        f.write_char('"')
    }
}
