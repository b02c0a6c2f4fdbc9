//! The public networks that every build knows.
//!
//! Each is a TOML file under `networks/`, which names the sources of its facts. Its `[config]` has the keys of a
//! `config.yaml`, so one table of keys serves both.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::config_yaml::ConfigError;
use super::yaml::{Node, Scalar};
use super::{ChainConfig, Genesis, Network};

/// Name and file, in the order in which they are listed.
const FILES: [(&str, &str); 5] = [
    ("mainnet", include_str!("../../networks/mainnet.toml")),
    ("sepolia", include_str!("../../networks/sepolia.toml")),
    ("hoodi", include_str!("../../networks/hoodi.toml")),
    ("gnosis", include_str!("../../networks/gnosis.toml")),
    ("chiado", include_str!("../../networks/chiado.toml")),
];

/// A name that no embedded network has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known network; known are {}", Names)]
pub struct UnknownNetwork;

struct Names;

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, name) in Network::names().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{name}")?;
        }
        Ok(())
    }
}

impl Network {
    /// The names that [`Self::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// A public network by its name, which is also its `CONFIG_NAME`.
    pub fn named(name: &str) -> Result<Self, UnknownNetwork> {
        let (_, text) = FILES.iter().find(|(known, _)| *known == name).ok_or(UnknownNetwork)?;
        // Every embedded file is read in a test.
        read(text).map_err(|_| UnknownNetwork)
    }
}

/// Why an embedded file cannot be read. Only tests see it.
#[derive(Debug)]
enum FileError {
    Toml(#[allow(dead_code)] toml::de::Error),
    Config(#[allow(dead_code)] ConfigError),
    Genesis,
    Boot,
}

fn read(text: &str) -> Result<Network, FileError> {
    let document = DeTable::parse(text).map_err(FileError::Toml)?;
    let document = table(text, document.get_ref());
    let config = document.get("config").ok_or(FileError::Config(ConfigError::NotAMapping))?;
    let config = ChainConfig::from_node(config).map_err(FileError::Config)?;
    let genesis = document.get("genesis").and_then(genesis).ok_or(FileError::Genesis)?;
    let boot_nodes = document.get("boot").and_then(|boot| boot.get("records")).and_then(records);
    Ok(Network { config, genesis, boot_nodes: boot_nodes.ok_or(FileError::Boot)? })
}

fn genesis(node: &Node) -> Option<Genesis> {
    Some(Genesis {
        time: node.get("time")?.shown().parse().ok()?,
        validators_root: node.get("validators_root")?.shown().parse().ok()?,
    })
}

fn records(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::List(items, _) => Some(items.iter().map(|item| item.shown().to_owned()).collect()),
        _ => None,
    }
}

fn table(text: &str, table: &DeTable<'_>) -> Node {
    let entry = |(key, value): (&Spanned<_>, &Spanned<_>)| {
        (scalar(text, key, AsRef::<str>::as_ref(key.get_ref())), node(text, value))
    };
    Node::Map(table.iter().map(entry).collect(), 1)
}

fn node(text: &str, value: &Spanned<DeValue<'_>>) -> Node {
    match value.get_ref() {
        DeValue::Array(items) => Node::List(items.iter().map(|item| node(text, item)).collect(), line(text, value)),
        DeValue::Table(entries) => table(text, entries),
        DeValue::String(string) => Node::Scalar(scalar(text, value, string)),
        // A number stays as it is written.
        _ => Node::Scalar(scalar(text, value, text.get(value.span()).unwrap_or_default())),
    }
}

fn scalar<T>(text: &str, at: &Spanned<T>, value: &str) -> Scalar {
    Scalar::quoted(value.to_owned(), line(text, at))
}

fn line<T>(text: &str, at: &Spanned<T>) -> usize {
    text.get(..at.span().start).unwrap_or_default().lines().count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_read_and_bears_its_name() {
        for (name, text) in FILES {
            let network = read(text).unwrap();
            assert_eq!(network.config.name, name);
            assert!(network.schedule().is_ok());
            assert!(network.boot_nodes.iter().all(|record| record.starts_with("enr:-")), "{name}");
            assert_eq!(Network::named(name), Ok(network));
        }
    }

    #[test]
    fn other_names_are_answered_with_the_list() {
        let error = Network::named("olympic").unwrap_err();
        assert_eq!(error.to_string(), "not a known network; known are mainnet, sepolia, hoodi, gnosis, chiado");
    }
}
