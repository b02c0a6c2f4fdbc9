//! Our own record and MetaData: two views of one state, each with its own counter.
//!
//! Nobody else sets a bit of either. The record's counter starts above the last one saved and not below the clock,
//! so that it rises even when nothing was saved; MetaData's starts at zero and rises by one with each change.
//!
//! # What gives way
//! A record has 300 bytes at most. With addresses of both families, all six ports and every entry of the specification,
//! each as long as it can be, it has 268: these always fit. `client` is on top, and gives way in this order:
//!
//! 1. its build,
//! 2. all of it.
//!
//! It never takes the room that addresses of both families may yet need: discovery learns them later, and puts them into
//! the record by itself. [`Local::client_shown`] says what is left of it.

mod addresses;
mod build;

use cl_types::containers::{Attnets, MetaDataV3, Syncnets};

use crate::store::Saved;
use crate::{Client, Key, MAX_RECORD_LEN, Record};

pub use crate::fork::Fork;
pub use addresses::{Addresses, Ports};
pub use build::ClientShown;

use build::{Contents, build};

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
    client: Option<Client>,
    shown: ClientShown,
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
        let contents = Contents { addresses: &addresses, fork: &fork, advertised: &advertised, client: None };
        let (record, shown) = build(&key, after_saved.max(now_unix_ms), &contents)?;
        let seq_number = saved.map_or(0, |saved| {
            if says(&saved.metadata, &advertised) {
                saved.metadata.seq_number
            } else {
                saved.metadata.seq_number.saturating_add(1)
            }
        });
        let metadata = metadata(seq_number, advertised);
        Ok(Self { key, addresses, fork, client: None, shown, record, metadata })
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

    /// How much of the software's name had room in the record.
    #[must_use]
    pub const fn client_shown(&self) -> ClientShown {
        self.shown
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
        let before = std::mem::replace(&mut self.fork, fork);
        let result = self.renew();
        if result.is_err() {
            self.fork = before;
        }
        result
    }

    /// Sets what we promise. `custody_group_count` reaches the record only if Fulu is scheduled.
    pub fn set_advertised(&mut self, advertised: Advertised) -> Result<Changed, LocalError> {
        if says(&self.metadata, &advertised) {
            return Ok(Changed::default());
        }
        let seq_number = self.metadata.seq_number.saturating_add(1);
        let before = std::mem::replace(&mut self.metadata, metadata(seq_number, advertised));
        let result = self.renew();
        if result.is_err() {
            self.metadata = before;
        }
        Ok(Changed { metadata: true, ..result? })
    }

    /// Sets the addresses in the record.
    pub fn set_addresses(&mut self, addresses: Addresses) -> Result<Changed, LocalError> {
        if addresses == self.addresses {
            return Ok(Changed::default());
        }
        let before = std::mem::replace(&mut self.addresses, addresses);
        let result = self.renew();
        if result.is_err() {
            self.addresses = before;
        }
        result
    }

    /// Sets what software the record names, as far as there is room. Nothing is named by default: it serves nobody but the
    /// curious.
    pub fn set_client(&mut self, client: Option<Client>) -> Result<Changed, LocalError> {
        if client == self.client {
            return Ok(Changed::default());
        }
        let before = std::mem::replace(&mut self.client, client);
        let result = self.renew();
        if result.is_err() {
            self.client = before;
        }
        result
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
        let (same_seq, shown) = self.made(record.seq(), &addresses)?;
        let (adopted, shown) = if record.seq() > self.record.seq() && same_seq.compare_content(record) {
            (record.clone(), shown)
        } else if addresses == self.addresses && record.seq() < self.record.seq() {
            return Ok(Changed::default());
        } else {
            let seq = self.record.seq().max(record.seq()).checked_add(1).ok_or(LocalError::SeqExhausted)?;
            self.made(seq, &addresses)?
        };
        self.addresses = addresses;
        self.shown = shown;
        self.record = adopted;
        Ok(Changed { record: true, metadata: false })
    }

    /// Makes the record anew, with the next counter, if it would say something else than now.
    fn renew(&mut self) -> Result<Changed, LocalError> {
        let (same, shown) = self.made(self.record.seq(), &self.addresses)?;
        if same.compare_content(&self.record) {
            self.shown = shown;
            return Ok(Changed::default());
        }
        let seq = self.record.seq().checked_add(1).ok_or(LocalError::SeqExhausted)?;
        (self.record, self.shown) = self.made(seq, &self.addresses)?;
        Ok(Changed { record: true, metadata: false })
    }

    fn made(&self, seq: u64, addresses: &Addresses) -> Result<(Record, ClientShown), LocalError> {
        let client = self.client.as_ref();
        build(&self.key, seq, &Contents { addresses, fork: &self.fork, advertised: &self.advertised(), client })
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

#[cfg(test)]
mod tests;
