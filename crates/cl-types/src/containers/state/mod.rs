//! `BeaconState` of every fork, and what it is made of.
//!
//! Nothing of it travels; rules of gossip are judged by it. These are plain containers: they keep no hashes, and a root
//! costs the hashing of the whole state.

pub(crate) mod altair;
pub(crate) mod bellatrix;
pub(crate) mod capella;
pub(crate) mod deneb;
pub(crate) mod electra;
pub(crate) mod fulu;
pub(crate) mod gloas;
pub(crate) mod heze;
mod parts;
pub(crate) mod phase0;

pub use parts::{
    Builder, BuilderPendingPayment, BuilderPendingWithdrawal, HistoricalSummary, PendingAttestation,
    PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, Validator,
};
