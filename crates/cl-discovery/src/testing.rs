//! Records and chains for tests.

use std::net::Ipv4Addr;

use cl_enr::{Fork, Key, Passed, Record, fields};
use cl_types::containers::Attnets;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{EnrForkId, ForkDigest, ForkVersion};

use crate::chain::Chain;

pub(crate) const HERE: ForkDigest = ForkDigest([1; 4]);
pub(crate) const OTHER: ForkDigest = ForkDigest([9; 4]);

pub(crate) fn fork_id(fork_digest: ForkDigest) -> EnrForkId {
    EnrForkId { fork_digest, next_fork_version: ForkVersion([7, 0, 0, 0]), next_fork_epoch: FAR_FUTURE_EPOCH }
}

pub(crate) fn chain(digest: ForkDigest) -> Chain {
    let fork =
        Fork { id: fork_id(digest), next_digest: ForkDigest::default(), has_fulu: true, passed: Passed::default() };
    Chain { fork, tolerated: None }
}

/// A key that a number decides.
pub(crate) fn key(number: u32) -> Key {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Key::from_bytes(bytes).unwrap()
}

/// What a test says about a record; everything else is as usual.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) key: u32,
    pub(crate) seq: u64,
    pub(crate) digest: Option<ForkDigest>,
    pub(crate) ip: Ipv4Addr,
    pub(crate) subnets: Vec<u64>,
    pub(crate) cgc: u64,
}

impl Spec {
    pub(crate) fn new(key: u32) -> Self {
        let ip = Ipv4Addr::LOCALHOST;
        Self { key, seq: 1, digest: Some(HERE), ip, subnets: Vec::new(), cgc: 4 }
    }

    pub(crate) fn build(&self) -> Record {
        self.build_with(|_| ())
    }

    pub(crate) fn build_with(&self, more: impl FnOnce(&mut cl_enr::Builder)) -> Record {
        let mut builder = Record::builder();
        builder.seq(self.seq).ip4(self.ip).udp4(9000).tcp4(9000);
        if let Some(digest) = self.digest {
            fields::add_eth2(&mut builder, &fork_id(digest));
        }
        let mut attnets = Attnets::new();
        for subnet in &self.subnets {
            attnets.set(usize::try_from(*subnet).unwrap(), true).unwrap();
        }
        fields::add_attnets(&mut builder, &attnets);
        fields::add_custody_group_count(&mut builder, self.cgc);
        more(&mut builder);
        builder.build(&key(self.key).to_combined()).unwrap()
    }
}
