//! Where records come from: a seam, so that a fixed or simulated directory can take discv5's place.

mod discv5;
mod fixed;

use std::net::{SocketAddr, SocketAddrV4};
use std::task::{Context, Poll};

use cl_enr::{NodeId, Record};
use futures::future::BoxFuture;

pub use self::discv5::Discv5Directory;
pub use self::fixed::Fixed;
pub(crate) use self::fixed::log_distance;

use crate::error::UpdateError;
use crate::portmap::Service;

/// Why a question has no answer. Nobody is to blame: packets get lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nothing came in time.
    #[error("no answer in time")]
    Silent,
    /// Its record has no UDP address of a family that we use.
    #[error("its record has no UDP address that we can reach")]
    NoAddress,
    /// The directory has ended.
    #[error("discovery has ended")]
    Stopped,
    /// What came was refused.
    #[error("its answer was refused")]
    Refused,
}

/// What a directory hears without being asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Heard {
    /// Somebody mentioned this record.
    Mentioned(Record),
    /// This node itself got in contact with us, or answered.
    Answered(Record),
    /// Our own record was changed by the directory.
    RecordChanged(Record),
    /// Enough peers agree on where they see us.
    AddressLearned(SocketAddr),
}

/// Finds records. Futures that it returns are dropped when nobody waits for them any more.
pub trait Directory: Send + 'static {
    /// Asks a node for the nodes it knows at these log distances (1 to 256) from itself. Answers are checked by the caller.
    fn ask(&mut self, record: Record, distances: Vec<u64>) -> BoxFuture<'static, Result<Vec<Record>, AskError>>;

    /// Looks up the nodes nearest to an id, as far as they answer.
    fn lookup(&mut self, target: NodeId) -> BoxFuture<'static, Result<Vec<Record>, AskError>>;

    /// Adds a node to those from which lookups begin. False if it cannot be asked, or there is no room.
    fn add(&mut self, record: &Record) -> bool;

    /// How many nodes lookups may begin from.
    fn table_len(&self) -> usize;

    /// Our record as it is served.
    fn local_record(&self) -> Record;

    /// Serves a new record of ours. Its counter must be above the one served.
    fn update(&mut self, record: &Record) -> Result<(), UpdateError>;

    /// Puts where others reach us into our record, as enough votes would: [`Heard::RecordChanged`] follows if it said something
    /// else. A directory that cannot sign does nothing, which is the default.
    fn propose(&mut self, service: Service, at: SocketAddrV4) {
        let _ = (service, at);
    }

    /// The next thing heard; `None` when it has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Heard>>;
}
