//! What peers say of themselves.

use std::sync::Arc;

use cl_types::containers::{MetaData as AnyMetaData, Status as AnyStatus, StatusV2};
use cl_types::{ForkSchedule, Protocol, Slot};
use ssz::{Decode, DecodeError};

use super::{Ask, Check, Lie, rules};
use crate::codec::Chunk;
use crate::request::{BuildError, Request};

/// Our Status, asking for the peer's. Whether the two go together is not checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub StatusV2);

/// Our metadata counter, asking for the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping(pub u64);

/// The peer's MetaData.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetaData;

/// Decodes the answer to [`Status`].
#[derive(Debug)]
pub struct StatusCheck(());

/// Decodes the answer to [`Ping`].
#[derive(Debug)]
pub struct PingCheck(());

/// Decodes the answer to [`MetaData`].
#[derive(Debug)]
pub struct MetaDataCheck(());

impl Ask for Status {
    type Item = AnyStatus;
    type Check = StatusCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::status(&self.0).live_at(schedule, now)
    }

    fn check(&self, _: Arc<ForkSchedule>) -> StatusCheck {
        StatusCheck(())
    }
}

impl Check for StatusCheck {
    type Item = AnyStatus;

    fn chunk(&mut self, chunk: Chunk) -> Result<AnyStatus, Lie> {
        decode(&chunk, AnyStatus::from_ssz)
    }
}

impl Ask for Ping {
    type Item = u64;
    type Check = PingCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::ping(self.0).live_at(schedule, now)
    }

    fn check(&self, _: Arc<ForkSchedule>) -> PingCheck {
        PingCheck(())
    }
}

impl Check for PingCheck {
    type Item = u64;

    fn chunk(&mut self, chunk: Chunk) -> Result<u64, Lie> {
        decode(&chunk, |_, ssz| u64::from_ssz_bytes(ssz))
    }
}

impl Ask for MetaData {
    type Item = AnyMetaData;
    type Check = MetaDataCheck;

    fn request(&self, schedule: &ForkSchedule, now: Slot) -> Result<Request, BuildError> {
        Request::metadata().live_at(schedule, now)
    }

    fn check(&self, _: Arc<ForkSchedule>) -> MetaDataCheck {
        MetaDataCheck(())
    }
}

impl Check for MetaDataCheck {
    type Item = AnyMetaData;

    fn chunk(&mut self, chunk: Chunk) -> Result<AnyMetaData, Lie> {
        decode(&chunk, AnyMetaData::from_ssz)
    }
}

fn decode<T>(chunk: &Chunk, from_ssz: impl FnOnce(Protocol, &[u8]) -> Result<T, DecodeError>) -> Result<T, Lie> {
    let object = chunk.protocol.row().response;
    from_ssz(chunk.protocol, &chunk.ssz).map_err(|error| rules::malformed(object, chunk)(error.into()))
}
