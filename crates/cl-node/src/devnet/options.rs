//! What can be chosen about a devnet.

use std::fmt;
use std::str::FromStr;

use cl_types::schedule::BlobParameters;
use cl_types::{Epoch, ForkName, PresetId};
use clap::builder::RangedU64ValueParser;

use crate::relay::RelayLevel;

/// The forks whose blocks the producer can make.
const PRODUCED: [ForkName; 2] = [ForkName::Electra, ForkName::Fulu];
/// Most blobs in a block of the devnet's chain.
pub const MAX_BLOBS: usize = 9;
/// Most nodes: each is a whole one, and a process has only so many sockets.
const MAX_NODES: u64 = 16;

/// A devnet's options, each with a default.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[non_exhaustive]
pub struct Options {
    /// How many nodes to run, 2 to 16.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(2..=MAX_NODES))]
    pub nodes: usize,
    /// How many slots to run, at least 1; without it until Ctrl-C.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub slots: Option<u64>,
    /// Length of a slot in milliseconds, 500 to 60000.
    #[arg(long, value_name = "MS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(500..=60_000))]
    pub slot_ms: u64,
    /// Sizes of the chain: minimal or mainnet.
    #[arg(long, value_name = "PRESET", default_value_t = PresetId::Minimal)]
    pub preset: PresetId,
    /// Forks and their first epochs, oldest first: electra, fulu, or both.
    #[arg(long, value_name = "FORK:EPOCH,…", default_value_t = Forks::default())]
    pub forks: Forks,
    /// Blobs in a block, 0 to 9, in every block of Fulu or in every K-th.
    #[arg(long, value_name = "N[/K]", default_value_t = Blobs::default())]
    pub blobs: Blobs,
    /// Changes of the blob limit after Fulu, each a new digest: their epochs and limits, 1 to 9. Default: none.
    #[arg(long, value_name = "EPOCH:MAX,…", default_value_t = BlobSchedule::default())]
    pub blob_schedule: BlobSchedule,
    /// What nodes check before they forward a message: structure, stateless or none. Not full: the signatures are made up.
    #[arg(long, value_name = "LEVEL", default_value_t = RelayLevel::Structure)]
    pub relay: RelayLevel,
    /// Prints events as JSON lines on standard output, each with the number of its node.
    #[arg(long)]
    pub json: bool,
    /// At the end, tells of each peer of node 0 why it was dialled, kept, scored and dropped.
    #[arg(long)]
    pub explain: bool,
    /// One node more, which is kept like the others and from slot 4 on publishes what is no message. Everybody must drop it.
    #[arg(long)]
    pub liar: bool,
    /// For tests: this node gets no UDP, so that nobody finds it. The run must fail and name it.
    #[arg(long, value_name = "NODE", hide = true)]
    pub isolate_node: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 5,
            slots: None,
            slot_ms: 2000,
            preset: PresetId::Minimal,
            forks: Forks::default(),
            blobs: Blobs::default(),
            blob_schedule: BlobSchedule::default(),
            relay: RelayLevel::Structure,
            json: false,
            explain: false,
            liar: false,
            isolate_node: None,
        }
    }
}

/// Forks with their first epochs, the first of them at genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forks(Vec<(ForkName, Epoch)>);

/// Electra at genesis, Fulu one epoch later.
impl Default for Forks {
    fn default() -> Self {
        Self(vec![(ForkName::Electra, Epoch(0)), (ForkName::Fulu, Epoch(1))])
    }
}

impl Forks {
    /// The first epoch of a fork. Forks before the first named one begin at genesis; those after the last one never.
    #[must_use]
    pub fn epoch(&self, fork: ForkName) -> Option<Epoch> {
        // What is not named begins with the next fork that is.
        self.0.iter().find(|(named, _)| *named >= fork).map(|(_, epoch)| *epoch)
    }
}

impl fmt::Display for Forks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (fork, epoch)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{fork}:{epoch}")?;
        }
        Ok(())
    }
}

/// Why a list of forks is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForksError {
    /// Not `FORK:EPOCH`.
    #[error("expected FORK:EPOCH with commas between, like electra:0,fulu:1")]
    Form,
    /// A fork whose blocks the producer cannot make.
    #[error("the devnet makes blocks of electra and fulu only")]
    NotProduced,
    /// The first fork is not there from genesis.
    #[error("the first fork must begin at epoch 0")]
    NotFromGenesis,
    /// The forks are in the wrong order.
    #[error("forks must be named oldest first, each with a later epoch")]
    Order,
}

impl FromStr for Forks {
    type Err = ForksError;

    fn from_str(text: &str) -> Result<Self, ForksError> {
        let forks = text.split(',').map(fork_and_epoch).collect::<Result<Vec<_>, _>>()?;
        if forks.first().is_none_or(|(_, epoch)| *epoch != Epoch(0)) {
            return Err(ForksError::NotFromGenesis);
        }
        let ascending = forks.iter().zip(forks.iter().skip(1)).all(|(a, b)| a.0 < b.0 && a.1 < b.1);
        if ascending { Ok(Self(forks)) } else { Err(ForksError::Order) }
    }
}

fn fork_and_epoch(text: &str) -> Result<(ForkName, Epoch), ForksError> {
    let (name, epoch) = text.trim().split_once(':').ok_or(ForksError::Form)?;
    let epoch = epoch.parse().map(Epoch).map_err(|_| ForksError::Form)?;
    let fork = PRODUCED.into_iter().find(|fork| fork.as_str() == name).ok_or(ForksError::NotProduced)?;
    Ok((fork, epoch))
}

/// How many blobs a block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blobs {
    /// In a block that has any, 0 to [`MAX_BLOBS`].
    pub count: usize,
    /// Every how many slots there are any, at least 1.
    pub every: u64,
}

/// Two in every block.
impl Default for Blobs {
    fn default() -> Self {
        Self { count: 2, every: 1 }
    }
}

impl fmt::Display for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            1 => write!(f, "{}", self.count),
            every => write!(f, "{}/{every}", self.count),
        }
    }
}

/// Not a number of blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected N or N/K with N from 0 to {MAX_BLOBS} and K from 1, like 2 or 6/4")]
pub struct BlobsError;

impl FromStr for Blobs {
    type Err = BlobsError;

    fn from_str(text: &str) -> Result<Self, BlobsError> {
        let (count, every) = text.split_once('/').unwrap_or((text, "1"));
        let count = count.trim().parse().ok().filter(|count| *count <= MAX_BLOBS).ok_or(BlobsError)?;
        let every = every.trim().parse().ok().filter(|every| *every >= 1).ok_or(BlobsError)?;
        Ok(Self { count, every })
    }
}

/// Changes of the blob limit: blob-parameter forks, each with a digest of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobSchedule(Vec<BlobParameters>);

impl BlobSchedule {
    /// The entries, oldest first.
    #[must_use]
    pub fn to_vec(&self) -> Vec<BlobParameters> {
        self.0.clone()
    }
}

impl fmt::Display for BlobSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}:{}", entry.epoch, entry.max_blobs_per_block)?;
        }
        Ok(())
    }
}

/// Not a list of blob limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected EPOCH:MAX with commas between, oldest first, MAX from 1 to {MAX_BLOBS}, like 2:6,3:9")]
pub struct BlobScheduleError;

impl FromStr for BlobSchedule {
    type Err = BlobScheduleError;

    fn from_str(text: &str) -> Result<Self, BlobScheduleError> {
        // What `Display` prints for none.
        if text.is_empty() {
            return Ok(Self::default());
        }
        let entry = |text: &str| {
            let (epoch, max) = text.trim().split_once(':')?;
            let max_blobs_per_block = max.parse().ok().filter(|max| (1..=MAX_BLOBS as u64).contains(max))?;
            Some(BlobParameters { epoch: Epoch(epoch.parse().ok()?), max_blobs_per_block })
        };
        let entries = text.split(',').map(entry).collect::<Option<Vec<_>>>().ok_or(BlobScheduleError)?;
        let ascending = entries.iter().zip(entries.iter().skip(1)).all(|(a, b)| a.epoch < b.epoch);
        if ascending { Ok(Self(entries)) } else { Err(BlobScheduleError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_are_read_and_shown_alike() {
        for text in ["electra:0,fulu:1", "electra:0", "fulu:0", "electra:0,fulu:7"] {
            assert_eq!(text.parse::<Forks>().unwrap().to_string(), text);
        }
        let forks: Forks = "electra:0,fulu:3".parse().unwrap();
        assert_eq!(forks.epoch(ForkName::Phase0), Some(Epoch(0)));
        assert_eq!(forks.epoch(ForkName::Fulu), Some(Epoch(3)));
        assert_eq!(forks.epoch(ForkName::Gloas), None);
    }

    #[test]
    fn forks_that_make_no_chain_are_refused() {
        let refused = |text: &str| text.parse::<Forks>().unwrap_err();
        assert_eq!(refused("electra"), ForksError::Form);
        assert_eq!(refused(""), ForksError::Form);
        assert_eq!(refused("electra:soon"), ForksError::Form);
        assert_eq!(refused("phase0:0"), ForksError::NotProduced);
        assert_eq!(refused("electra:0,gloas:2"), ForksError::NotProduced);
        assert_eq!(refused("fulu:1"), ForksError::NotFromGenesis);
        assert_eq!(refused("fulu:0,electra:1"), ForksError::Order);
        assert_eq!(refused("electra:0,fulu:0"), ForksError::Order);
    }

    #[test]
    fn blobs_are_read_and_shown_alike() {
        assert_eq!("6/4".parse(), Ok(Blobs { count: 6, every: 4 }));
        for text in ["0", "2", "9/3"] {
            assert_eq!(text.parse::<Blobs>().unwrap().to_string(), text);
        }
        for text in ["", "10", "2/0", "two", "1/"] {
            assert_eq!(text.parse::<Blobs>(), Err(BlobsError));
        }
    }
    #[test]
    fn blob_limits_are_read_and_shown_alike() {
        for text in ["", "2:6", "2:6,3:9"] {
            assert_eq!(text.parse::<BlobSchedule>().unwrap().to_string(), text);
        }
        for text in ["2", "2:0", "2:10", "3:6,2:9", "2:6,2:9", "2:6,", "two:6"] {
            assert_eq!(text.parse::<BlobSchedule>(), Err(BlobScheduleError), "{text}");
        }
    }
}
