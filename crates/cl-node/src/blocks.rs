//! A peer's answer to a request for blocks, checked against the request while it arrives.

use bytes::Bytes;
use cl_rpc::Chunk;
use cl_types::containers::block_slot_and_parent;
use cl_types::{ForkName, Slot};
use libp2p::PeerId;
use tokio::sync::mpsc;

use crate::error::{Lie, RequestError};
use crate::handle::NodeHandle;

/// A block that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedBlock {
    /// The fork of its context bytes: which container `ssz` holds.
    pub fork: ForkName,
    /// Its slot.
    pub slot: Slot,
    /// The `SignedBeaconBlock` as SSZ.
    pub ssz: Bytes,
}

/// Blocks as they arrive. Ends after the last one or the first error. Dropping it abandons the request.
#[derive(Debug)]
pub struct Blocks {
    node: NodeHandle,
    peer: PeerId,
    chunks: mpsc::Receiver<Result<Chunk, cl_rpc::RequestError>>,
    /// The slots that may still come, for a range.
    range: Option<std::ops::Range<u64>>,
    ended: bool,
}

impl Blocks {
    pub(crate) fn by_range(
        node: NodeHandle,
        peer: PeerId,
        chunks: mpsc::Receiver<Result<Chunk, cl_rpc::RequestError>>,
        start: Slot,
        count: u64,
    ) -> Self {
        Self { node, peer, chunks, range: Some(start.0..start.0.saturating_add(count)), ended: false }
    }

    pub(crate) const fn by_root(
        node: NodeHandle,
        peer: PeerId,
        chunks: mpsc::Receiver<Result<Chunk, cl_rpc::RequestError>>,
    ) -> Self {
        Self { node, peer, chunks, range: None, ended: false }
    }

    /// The next block; `None` after the last. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<ReceivedBlock, RequestError>> {
        if self.ended {
            return None;
        }
        let result = match self.chunks.recv().await? {
            Ok(chunk) => self.check(chunk).map_err(|why| RequestError::Lie { peer: self.peer, why }),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &result {
            self.ended = true;
            if matches!(error, RequestError::Lie { .. }) {
                self.node.report_lie(self.peer).await;
            }
        }
        Some(result)
    }

    /// All blocks, or the first error.
    pub async fn collect(mut self) -> Result<Vec<ReceivedBlock>, RequestError> {
        let mut blocks = Vec::new();
        while let Some(block) = self.next().await {
            blocks.push(block?);
        }
        Ok(blocks)
    }

    fn check(&mut self, chunk: Chunk) -> Result<ReceivedBlock, Lie> {
        let (slot, _) = block_slot_and_parent(&chunk.ssz).ok_or(Lie::NotABlock)?;
        if let Some(range) = &mut self.range {
            if slot.0 >= range.end {
                return Err(Lie::OutOfRange);
            }
            if slot.0 < range.start {
                return Err(Lie::NotAscending);
            }
            range.start = slot.0 + 1;
        }
        let era = self.node.schedule().at_slot(slot);
        // Without context bytes (version 1) only phase0 can be meant.
        let fits = chunk.fork.map_or(era.fork == ForkName::Phase0, |fork| fork.digest == era.digest);
        if !fits {
            return Err(Lie::WrongContext);
        }
        Ok(ReceivedBlock { fork: era.fork, slot, ssz: chunk.ssz })
    }
}
