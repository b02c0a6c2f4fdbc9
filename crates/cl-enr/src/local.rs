//! Our own record and MetaData: two views of one state, each with its own counter.
//!
//! Nobody else sets a bit of either. The record's counter starts above the last one saved and not below the clock,
//! so that it rises even when nothing was saved; MetaData's starts at zero and rises by one with each change.

mod addresses;

use cl_types::containers::{Attnets, MetaDataV3, Syncnets};
use cl_types::{EnrForkId, Epoch, ForkDigest, ForkSchedule};

use crate::store::Saved;
use crate::{Builder, Key, Record, fields};

pub use addresses::{Addresses, Ports};

/// The most bytes that a record may have.
pub const MAX_RECORD_LEN: usize = 300;

/// What the record says about forks at an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fork {
    /// The value of `eth2`.
    pub id: EnrForkId,
    /// The value of `nfd`.
    pub next_digest: ForkDigest,
    /// True if Fulu is scheduled: only then does the record carry `nfd` and `cgc`.
    pub has_fulu: bool,
}

impl Fork {
    /// What a schedule says at an epoch.
    #[must_use]
    pub fn at(schedule: &ForkSchedule, epoch: Epoch) -> Self {
        Self {
            id: schedule.enr_fork_id(epoch),
            next_digest: schedule.next_fork_digest(epoch),
            has_fulu: schedule.has_fulu(),
        }
    }
}

/// What we promise to peers, in the record and in MetaData alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// Long-lived attestation subnets.
    pub attnets: Attnets,
    /// Sync committee subnets.
    pub syncnets: Syncnets,
    /// How many custody groups we keep.
    pub custody_group_count: u64,
}

/// Which of both views a change reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a changed record must be served and saved"]
pub struct Changed {
    /// The record has a new counter and signature.
    pub record: bool,
    /// MetaData has a new counter.
    pub metadata: bool,
}

/// Why no record can be made. The state stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// More than [`MAX_RECORD_LEN`] bytes.
    #[error("the record would exceed {MAX_RECORD_LEN} bytes: leave out one address family or a transport")]
    TooLarge,
    /// The counter is at its end.
    #[error("the record's sequence number cannot rise any more")]
    SeqExhausted,
    /// The record offered for adoption is signed with another key.
    #[error("a record of another node was offered as ours")]
    NotOurs,
    /// Signing failed.
    #[error("the record cannot be signed")]
    Sign(#[source] enr::Error),
}

impl From<enr::Error> for LocalError {
    fn from(error: enr::Error) -> Self {
        match error {
            enr::Error::ExceedsMaxSize => Self::TooLarge,
            enr::Error::SequenceNumberTooHigh => Self::SeqExhausted,
            error => Self::Sign(error),
        }
    }
}

/// The one source of our record and MetaData.
#[derive(Clone, Debug)]
pub struct Local {
    key: Key,
    addresses: Addresses,
    fork: Fork,
    record: Record,
    metadata: MetaDataV3,
}

impl Local {
    /// Makes both views.
    ///
    /// The record's counter becomes `max(saved + 1, now_unix_ms)`. MetaData keeps its saved counter if it says the
    /// same as before, and takes the next one otherwise.
    pub fn new(
        key: Key,
        addresses: Addresses,
        fork: Fork,
        advertised: Advertised,
        saved: Option<&Saved>,
        now_unix_ms: u64,
    ) -> Result<Self, LocalError> {
        let after_saved =
            saved.map_or(Some(0), |saved| saved.record_seq.checked_add(1)).ok_or(LocalError::SeqExhausted)?;
        let record = build(&key, after_saved.max(now_unix_ms), &addresses, &fork, &advertised)?;
        let seq_number = saved.map_or(0, |saved| {
            if says(&saved.metadata, &advertised) {
                saved.metadata.seq_number
            } else {
                saved.metadata.seq_number.saturating_add(1)
            }
        });
        let metadata = metadata(seq_number, advertised);
        Ok(Self { key, addresses, fork, record, metadata })
    }

    /// Our record, as it must be served.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Our MetaData, as it must be answered; its counter is what Ping carries.
    #[must_use]
    pub const fn metadata(&self) -> &MetaDataV3 {
        &self.metadata
    }

    /// The addresses in the record.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What the record says about forks.
    #[must_use]
    pub const fn fork(&self) -> &Fork {
        &self.fork
    }

    /// What we promise now.
    #[must_use]
    pub fn advertised(&self) -> Advertised {
        Advertised {
            attnets: self.metadata.attnets.clone(),
            syncnets: self.metadata.syncnets.clone(),
            custody_group_count: self.metadata.custody_group_count,
        }
    }

    /// The key of the record.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What must outlive this process. Save it whenever something [`Changed`], before it is served.
    #[must_use]
    pub fn to_save(&self) -> Saved {
        Saved { record_seq: self.record.seq(), metadata: self.metadata.clone(), record: self.record.clone() }
    }

    /// Sets what the record says about forks, at a fork boundary.
    pub fn set_fork(&mut self, fork: Fork) -> Result<Changed, LocalError> {
        if fork == self.fork {
            return Ok(Changed::default());
        }
        let record = self.next_record(&self.addresses, &fork, &self.advertised())?;
        self.fork = fork;
        Ok(self.replace(record))
    }

    /// Sets what we promise. `custody_group_count` reaches the record only if Fulu is scheduled.
    pub fn set_advertised(&mut self, advertised: Advertised) -> Result<Changed, LocalError> {
        if says(&self.metadata, &advertised) {
            return Ok(Changed::default());
        }
        let record = self.next_record(&self.addresses, &self.fork, &advertised)?;
        self.metadata = metadata(self.metadata.seq_number.saturating_add(1), advertised);
        Ok(Changed { metadata: true, ..self.replace(record) })
    }

    /// Sets the addresses in the record.
    pub fn set_addresses(&mut self, addresses: Addresses) -> Result<Changed, LocalError> {
        if addresses == self.addresses {
            return Ok(Changed::default());
        }
        let record = self.next_record(&addresses, &self.fork, &self.advertised())?;
        self.addresses = addresses;
        Ok(self.replace(record))
    }

    /// Takes over the addresses of a record of ours that discovery changed by itself, when peers told it how they
    /// see us. Afterwards our counter is not below its counter. Serve [`Self::record`] again if this says changed:
    /// then discovery's had drifted in more than addresses.
    pub fn adopt(&mut self, record: &Record) -> Result<Changed, LocalError> {
        if record.node_id() != self.record.node_id() {
            return Err(LocalError::NotOurs);
        }
        if *record == self.record {
            return Ok(Changed::default());
        }
        let addresses = Addresses::of(record);
        let same_seq = build(&self.key, record.seq(), &addresses, &self.fork, &self.advertised())?;
        let adopted = if record.seq() > self.record.seq() && same_seq.compare_content(record) {
            record.clone()
        } else if addresses == self.addresses && record.seq() < self.record.seq() {
            return Ok(Changed::default());
        } else {
            let seq = self.record.seq().max(record.seq()).checked_add(1).ok_or(LocalError::SeqExhausted)?;
            build(&self.key, seq, &addresses, &self.fork, &self.advertised())?
        };
        self.addresses = addresses;
        self.record = adopted;
        Ok(Changed { record: true, metadata: false })
    }

    /// The record with the next counter, or `None` if it would say what it says now.
    fn next_record(
        &self,
        addresses: &Addresses,
        fork: &Fork,
        advertised: &Advertised,
    ) -> Result<Option<Record>, LocalError> {
        let same = build(&self.key, self.record.seq(), addresses, fork, advertised)?;
        if same.compare_content(&self.record) {
            return Ok(None);
        }
        let seq = self.record.seq().checked_add(1).ok_or(LocalError::SeqExhausted)?;
        build(&self.key, seq, addresses, fork, advertised).map(Some)
    }

    fn replace(&mut self, record: Option<Record>) -> Changed {
        let changed = Changed { record: record.is_some(), metadata: false };
        if let Some(record) = record {
            self.record = record;
        }
        changed
    }
}

fn metadata(seq_number: u64, advertised: Advertised) -> MetaDataV3 {
    let Advertised { attnets, syncnets, custody_group_count } = advertised;
    MetaDataV3 { seq_number, attnets, syncnets, custody_group_count }
}

fn says(metadata: &MetaDataV3, advertised: &Advertised) -> bool {
    metadata.attnets == advertised.attnets
        && metadata.syncnets == advertised.syncnets
        && metadata.custody_group_count == advertised.custody_group_count
}

fn build(
    key: &Key,
    seq: u64,
    addresses: &Addresses,
    fork: &Fork,
    advertised: &Advertised,
) -> Result<Record, LocalError> {
    let mut builder: Builder = Record::builder();
    builder.seq(seq);
    addresses.add_to(&mut builder);
    fields::add_eth2(&mut builder, &fork.id);
    fields::add_attnets(&mut builder, &advertised.attnets);
    fields::add_syncnets(&mut builder, &advertised.syncnets);
    if fork.has_fulu {
        fields::add_custody_group_count(&mut builder, advertised.custody_group_count);
        fields::add_next_fork_digest(&mut builder, fork.next_digest);
    }
    Ok(builder.build(&key.to_combined())?)
}

#[cfg(test)]
mod tests;
