//! What is measured, and how much of it: flags.

use std::str::FromStr;

use clap::{Parser, ValueEnum};

use super::load::{Amount, Family};

/// Measures gossip at the load of mainnet.
///
/// Publishers in another process send ready-made frames over loopback; a receiver in a process of its own takes them,
/// accepts every message at once and forwards it.
#[derive(Clone, Debug, Parser)]
#[command(name = "cl-benches gossip", args_override_self = true)]
pub(super) struct Options {
    /// Fewer messages and pairs, one transport, no bursts: about a minute, and less certain.
    #[arg(long)]
    pub(super) quick: bool,
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Cost, Part::Slots, Part::Burst])]
    pub(super) parts: Vec<Part>,
    /// Only these families of topics.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) only: Vec<Family>,
    /// Who receives. The first two are compared; the others have fewer runs.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Kind::Ours, Kind::Plain, Kind::Bare, Kind::Floor])]
    pub(super) receivers: Vec<Kind>,
    /// How the two processes are connected.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Transport::Tcp, Transport::Quic])]
    pub(super) transports: Vec<Transport>,
    /// Pairs of runs, in turns. Of transports after the first there are at most three, and one of slots.
    #[arg(long, default_value_t = 5)]
    pub(super) pairs: usize,
    /// Slots in a run of the part `slots`.
    #[arg(long, default_value_t = 1)]
    pub(super) slots: u32,
    /// Multiplies the number of attestations, aggregates and sync messages in a slot.
    #[arg(long, default_value_t = 1.0)]
    pub(super) scale: f64,
    /// Multiplies the number of messages in the part `cost`.
    #[arg(long, default_value_t = 1.0)]
    pub(super) factor: f64,
    /// Changes what a slot has of a family: FAMILY=MESSAGES:BYTES:COPIES, as in `columns=128:45380:8.2`.
    #[arg(long, value_name = "AMOUNT")]
    pub(super) load: Vec<Changed>,
    /// Most of a family come within this time.
    #[arg(long, default_value_t = 2000)]
    pub(super) spread_ms: u32,
    /// The other copies of a message come within this time of the first.
    #[arg(long, default_value_t = 400)]
    pub(super) copy_spread_ms: u32,
    /// Peers that publish.
    #[arg(long, default_value_t = 64)]
    pub(super) connections: usize,
    /// How many of them are in the mesh of a topic: 6 to 12.
    #[arg(long, default_value_t = 8)]
    pub(super) mesh: usize,
    /// Prints each run.
    #[arg(long)]
    pub(super) verbose: bool,

    #[arg(long, value_enum, hide = true)]
    pub(super) role: Option<Role>,
    #[arg(long, value_enum, hide = true, default_value_t = Kind::Ours)]
    pub(super) kind: Kind,
    #[arg(long, value_enum, hide = true, default_value_t = Transport::Tcp)]
    pub(super) transport: Transport,
    #[arg(long, value_enum, hide = true, default_value_t = Part::Cost)]
    pub(super) part: Part,
    #[arg(long, hide = true, default_value = "")]
    pub(super) address: String,
}

impl Options {
    /// What there is to do, in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Transport, Part)> {
        let transports = if self.quick { 1 } else { self.transports.len() };
        let all = self.transports.iter().take(transports).enumerate();
        all.flat_map(move |(n, transport)| {
            let parts = self.parts.iter().filter(move |part| **part != Part::Burst || n == 0 && !self.quick);
            parts.map(|part| (*transport, *part))
        })
    }

    pub(super) fn families(&self) -> Vec<Family> {
        let all = Family::value_variants().iter().copied();
        all.filter(|family| self.only.is_empty() || self.only.contains(family)).collect()
    }

    /// What a slot has of a family.
    pub(super) fn amount(&self, family: Family) -> Amount {
        let changed = self.load.iter().rev().find(|changed| changed.family == family);
        changed.map_or_else(|| family.amount(), |changed| changed.amount)
    }
}

/// A part of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// Each family by itself: first one copy of each message, at a steady pace, then the duplicates, as fast as they go.
    Cost,
    /// Slots of all families, at their times.
    Slots,
    /// Attestations of a slot, more and more of them until the second receiver loses some; on the first transport alone.
    Burst,
}

/// A receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(super) enum Kind {
    /// `cl_gossip::Behaviour`.
    Ours,
    /// The library's behaviour with an ordinary transform and id function, and with scores.
    Plain,
    /// The same with the library's metrics.
    Metered,
    /// The same with neither scores nor metrics.
    Bare,
    /// No gossip at all: streams that are read and dropped.
    Floor,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Plain => "plain",
            Self::Metered => "metered",
            Self::Bare => "bare",
            Self::Floor => "floor",
        }
    }
}

/// What makes one run differ from another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) kind: Kind,
    pub(super) transport: Transport,
    pub(super) part: Part,
    pub(super) scale: f64,
}

/// How the two processes are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Transport {
    /// TCP, noise, yamux.
    Tcp,
    /// QUIC.
    Quic,
}

impl Transport {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP, noise, yamux",
            Self::Quic => "QUIC",
        }
    }
}

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    Publisher,
    Receiver,
}

/// A family of which a slot has another amount.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    family: Family,
    amount: Amount,
}

/// An amount is FAMILY=MESSAGES:BYTES:COPIES.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("an amount is FAMILY=MESSAGES:BYTES:COPIES, as in columns=128:45380:8.2")]
pub(super) struct NoAmount;

impl FromStr for Changed {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let (family, numbers) = text.split_once('=').ok_or(NoAmount)?;
        let family = Family::from_str(family, true).map_err(|_| NoAmount)?;
        let mut numbers = numbers.split(':');
        let mut next = || numbers.next().ok_or(NoAmount);
        let amount = Amount {
            messages: next()?.parse().map_err(|_| NoAmount)?,
            bytes: next()?.parse().map_err(|_| NoAmount)?,
            copies: next()?.parse().map_err(|_| NoAmount)?,
        };
        Ok(Self { family, amount })
    }
}
