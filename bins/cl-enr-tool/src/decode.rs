//! `decode`: every field of a record, as a table or as JSON.

use cl_enr::{Client, FieldError, Record, fields};
use cl_types::containers::{Attnets, Syncnets};
use serde_json::{Value, json};

/// What `decode` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Records, in text form.
    #[arg(required = true, value_name = "ENR")]
    records: Vec<String>,
    /// Prints one JSON object a line instead of tables.
    #[arg(long)]
    json: bool,
}

/// Which of the records is none.
#[derive(Debug, thiserror::Error)]
#[error("record {position}: {source}; give the whole text, from enr: to its end")]
pub(crate) struct Error {
    position: usize,
    source: cl_enr::ParseError,
}

pub(crate) fn run(arguments: &Arguments) -> Result<String, Error> {
    let mut parts = Vec::new();
    for (index, text) in arguments.records.iter().enumerate() {
        let record = cl_enr::parse(text).map_err(|source| Error { position: index + 1, source })?;
        let rows = rows(&record);
        parts.push(if arguments.json { as_json(rows) } else { as_table(&rows) });
    }
    Ok(parts.join(if arguments.json { "\n" } else { "\n\n" }))
}

/// The fields of a record, by name. A field that is absent is absent here; one that is malformed says how.
fn rows(record: &Record) -> Vec<(&'static str, Value)> {
    let mut rows = vec![("seq", json!(record.seq())), ("node_id", json!(hex::encode(record.node_id().raw())))];
    let mut add = |name: &'static str, value: Option<Value>| rows.extend(value.map(|value| (name, value)));
    add("peer_id", cl_enr::peer_id(record).ok().map(|peer| json!(peer.to_string())));
    add("ip", field(fields::ip4(record), |ip| json!(ip)));
    add("ip6", field(fields::ip6(record), |ip| json!(ip)));
    add("udp", field(fields::udp4(record), |port| json!(port)));
    add("udp6", field(fields::udp6(record), |port| json!(port)));
    add("tcp", field(fields::tcp4(record), |port| json!(port)));
    add("tcp6", field(fields::tcp6(record), |port| json!(port)));
    add("quic", field(fields::quic4(record), |port| json!(port)));
    add("quic6", field(fields::quic6(record), |port| json!(port)));
    add(
        "eth2",
        field(fields::eth2(record), |fork| {
            json!({
                "fork_digest": fork.fork_digest.to_string(),
                "next_fork_version": fork.next_fork_version.to_string(),
                "next_fork_epoch": fork.next_fork_epoch.0,
            })
        }),
    );
    add("nfd", field(fields::next_fork_digest(record), |digest| json!(digest.to_string())));
    add("attnets", field(fields::attnets(record), |bits: Attnets| set_bits(bits.iter())));
    add("syncnets", field(fields::syncnets(record), |bits: Syncnets| set_bits(bits.iter())));
    add("cgc", field(fields::custody_group_count(record), |count| json!(count)));
    add("client", field(fields::client(record), client));
    let custody = fields::custody_group_count(record)
        .ok()
        .flatten()
        .and_then(|count| cl_types::custody::custody_groups(record.node_id().raw(), count).ok());
    add("custody_groups", custody.map(|groups| json!(groups)));
    add("addresses", Some(json!(cl_enr::multiaddrs(record).iter().map(ToString::to_string).collect::<Vec<_>>())));
    rows
}

fn field<T>(value: Result<Option<T>, FieldError>, show: impl FnOnce(T) -> Value) -> Option<Value> {
    match value {
        Ok(value) => value.map(show),
        Err(error) => Some(json!({ "malformed": error.to_string() })),
    }
}

fn client(client: Client) -> Value {
    let words = [Some(client.name), Some(client.version), client.build];
    json!(words.into_iter().flatten().collect::<Vec<_>>())
}

fn set_bits(bits: impl Iterator<Item = bool>) -> Value {
    json!(bits.enumerate().filter(|(_, set)| *set).map(|(index, _)| index).collect::<Vec<_>>())
}

fn as_json(rows: Vec<(&'static str, Value)>) -> String {
    Value::Object(rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()).to_string()
}

fn as_table(rows: &[(&'static str, Value)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    rows.iter().map(|(name, value)| format!("{name:width$}  {}", plain(value))).collect::<Vec<_>>().join("\n")
}

/// A value as a person writes it: no quotes, no braces.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
