//! A peer's answer to a request, chunk by chunk as it arrives.

use std::pin::Pin;
use std::task::{Context, Poll};

use cl_rpc::Chunk;
use futures::Stream;
use libp2p::PeerId;
use tokio::sync::mpsc;

use crate::error::{RequestError, Stopped};

/// Most chunks that wait for their reader. A request whose reader falls further behind is given up.
pub const MAX_WAITING_CHUNKS: usize = 1024;

/// What the node's task says of a request: chunks, then one end.
#[derive(Debug)]
pub(crate) enum Item {
    Chunk(Chunk),
    Done,
    Failed(cl_rpc::RequestError),
    /// The reader did not keep up.
    Slow,
}

pub(crate) type Items = mpsc::Sender<Item>;

/// The unchecked chunks of an answer. Ends after the last one or the first error. Dropping it abandons the request within
/// a quarter of a second.
///
/// At most [`MAX_WAITING_CHUNKS`] wait here: [`RequestError::TooSlow`] beyond.
#[derive(Debug)]
pub struct Chunks {
    peer: PeerId,
    items: mpsc::Receiver<Item>,
    ended: bool,
}

impl Chunks {
    /// For an answer with so many chunks at most.
    pub(crate) fn new(peer: PeerId, max_chunks: u64) -> (Items, Self) {
        let most = usize::try_from(max_chunks).unwrap_or(usize::MAX).clamp(1, MAX_WAITING_CHUNKS);
        let (sender, items) = mpsc::channel(most + 1);
        (sender, Self { peer, items, ended: false })
    }

    /// Who is asked.
    #[must_use]
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// The next chunk; `None` after the last. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Chunk, RequestError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Reads no further.
    pub(crate) fn close(&mut self) {
        self.ended = true;
        self.items.close();
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Chunk, RequestError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = std::task::ready!(self.items.poll_recv(cx));
        self.ended = !matches!(item, Some(Item::Chunk(_)));
        Poll::Ready(match item {
            Some(Item::Chunk(chunk)) => Some(Ok(chunk)),
            Some(Item::Done) => None,
            Some(Item::Failed(error)) => Some(Err(error.into())),
            Some(Item::Slow) => Some(Err(RequestError::TooSlow)),
            // An answer does not end without a word unless the node does.
            None => Some(Err(Stopped.into())),
        })
    }
}

impl Stream for Chunks {
    type Item = Result<Chunk, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}
