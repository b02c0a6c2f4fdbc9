//! `encode`: a signed record from a key and fields.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use cl_enr::{Key, Record, fields};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{EnrForkId, Epoch, ForkDigest, ForkVersion};

/// What `encode` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// File with the secret key as 64 hex digits, like the one in a node's data directory.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// Sequence number. It must be above that of any record of this key that others may know.
    #[arg(long, value_name = "N")]
    seq: u64,
    /// IPv4 address.
    #[arg(long)]
    ip: Option<Ipv4Addr>,
    /// IPv6 address.
    #[arg(long)]
    ip6: Option<Ipv6Addr>,
    /// discv5 port.
    #[arg(long, value_name = "PORT")]
    udp: Option<u16>,
    /// discv5 port for IPv6.
    #[arg(long, value_name = "PORT")]
    udp6: Option<u16>,
    /// TCP port.
    #[arg(long, value_name = "PORT")]
    tcp: Option<u16>,
    /// TCP port for IPv6.
    #[arg(long, value_name = "PORT")]
    tcp6: Option<u16>,
    /// QUIC port.
    #[arg(long, value_name = "PORT")]
    quic: Option<u16>,
    /// QUIC port for IPv6.
    #[arg(long, value_name = "PORT")]
    quic6: Option<u16>,
    /// Fork digest; with it the record is a consensus node's.
    #[arg(long, value_name = "HEX")]
    fork_digest: Option<ForkDigest>,
    /// Version in force at the next fork.
    #[arg(long, value_name = "HEX", requires = "fork_digest")]
    next_fork_version: Option<ForkVersion>,
    /// Epoch of the next fork [default: none is scheduled].
    #[arg(long, value_name = "EPOCH", requires = "fork_digest")]
    next_fork_epoch: Option<u64>,
    /// Digest of the next fork; 00000000 if there is none.
    #[arg(long, value_name = "HEX")]
    nfd: Option<ForkDigest>,
    /// Attestation subnets, like 3,17.
    #[arg(long, value_name = "SUBNETS", value_delimiter = ',')]
    attnets: Vec<u8>,
    /// Sync committee subnets, like 0,3.
    #[arg(long, value_name = "SUBNETS", value_delimiter = ',')]
    syncnets: Vec<u8>,
    /// Custody group count, up to 128.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=128))]
    cgc: Option<u64>,
}

/// Why no record can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("--key-file {path}: {source}; give a readable file", path = path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("--key-file {path}: {source}; give a file with 64 hex digits", path = path.display())]
    NoKey { path: PathBuf, source: cl_enr::KeyError },
    #[error("{flag} {subnet}: there are only {count} subnets, counted from 0")]
    NoSuchSubnet { flag: &'static str, subnet: u8, count: usize },
    #[error("the record cannot be made: {0}; leave out some fields")]
    Record(#[from] cl_enr::local::LocalError),
}

pub(crate) fn run(arguments: &Arguments) -> Result<String, Error> {
    let path = &arguments.key_file;
    let text = fs::read_to_string(path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
    let key = Key::from_hex(text.trim()).map_err(|source| Error::NoKey { path: path.clone(), source })?;
    Ok(record(arguments, &key)?.to_base64())
}

fn record(arguments: &Arguments, key: &Key) -> Result<Record, Error> {
    let mut builder = Record::builder();
    builder.seq(arguments.seq);
    if let Some(ip) = arguments.ip {
        builder.ip4(ip);
    }
    if let Some(ip) = arguments.ip6 {
        builder.ip6(ip);
    }
    if let Some(port) = arguments.udp {
        builder.udp4(port);
    }
    if let Some(port) = arguments.udp6 {
        builder.udp6(port);
    }
    if let Some(port) = arguments.tcp {
        builder.tcp4(port);
    }
    if let Some(port) = arguments.tcp6 {
        builder.tcp6(port);
    }
    if let Some(port) = arguments.quic {
        fields::add_quic4(&mut builder, port);
    }
    if let Some(port) = arguments.quic6 {
        fields::add_quic6(&mut builder, port);
    }
    if let Some(fork_digest) = arguments.fork_digest {
        let id = EnrForkId {
            fork_digest,
            next_fork_version: arguments.next_fork_version.unwrap_or_default(),
            next_fork_epoch: arguments.next_fork_epoch.map_or(FAR_FUTURE_EPOCH, Epoch),
        };
        fields::add_eth2(&mut builder, &id);
    }
    if let Some(digest) = arguments.nfd {
        fields::add_next_fork_digest(&mut builder, digest);
    }
    if !arguments.attnets.is_empty() {
        let mut bits = Attnets::new();
        set("--attnets", &arguments.attnets, Attnets::capacity(), |bit| bits.set(bit, true).is_ok())?;
        fields::add_attnets(&mut builder, &bits);
    }
    if !arguments.syncnets.is_empty() {
        let mut bits = Syncnets::new();
        set("--syncnets", &arguments.syncnets, Syncnets::capacity(), |bit| bits.set(bit, true).is_ok())?;
        fields::add_syncnets(&mut builder, &bits);
    }
    if let Some(count) = arguments.cgc {
        fields::add_custody_group_count(&mut builder, count);
    }
    Ok(builder.build(&key.to_combined()).map_err(cl_enr::local::LocalError::from)?)
}

fn set(flag: &'static str, subnets: &[u8], count: usize, mut set: impl FnMut(usize) -> bool) -> Result<(), Error> {
    match subnets.iter().find(|subnet| !set(usize::from(**subnet))) {
        Some(subnet) => Err(Error::NoSuchSubnet { flag, subnet: *subnet, count }),
        None => Ok(()),
    }
}
