//! A peer's answer to a typed request, checked while it arrives.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use cl_rpc::{Ask, Check};
use futures::Stream;
use futures::future::BoxFuture;
use libp2p::PeerId;

use crate::chunks::Chunks;
use crate::error::RequestError;
use crate::handle::NodeHandle;

/// The checked items of an answer, as they arrive. Ends after the last one or the first error. Dropping it abandons the
/// request.
///
/// The checks run where this is polled, not on the node's task. A lie ends the stream and is reported to the peer manager; so
/// are columns that a complete answer leaves out, which the peer may have promised.
pub struct Answers<A: Ask> {
    node: NodeHandle,
    chunks: Chunks,
    check: A::Check,
    /// Something on its way to the peer manager, and the lie that the reader hears of then, if it is one.
    report: Option<(BoxFuture<'static, ()>, Option<RequestError>)>,
    ended: bool,
}

impl<A: Ask> Answers<A> {
    pub(crate) const fn new(node: NodeHandle, chunks: Chunks, check: A::Check) -> Self {
        Self { node, chunks, check, report: None, ended: false }
    }

    /// Who is asked.
    #[must_use]
    pub const fn peer(&self) -> PeerId {
        self.chunks.peer()
    }

    /// The next item; `None` after the last. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<A::Item, RequestError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// All items, or the first error. Keeps in memory what the answer holds: at most the response that the protocol allows.
    pub async fn collect(mut self) -> Result<Vec<A::Item>, RequestError> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<A::Item, RequestError>>> {
        if let Some((reporting, _)) = &mut self.report {
            ready!(reporting.as_mut().poll(cx));
        }
        if let Some((_, error)) = self.report.take() {
            return Poll::Ready(error.map(Err));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let result = match ready!(self.chunks.poll(cx)) {
            Some(Ok(chunk)) => self.check.chunk(chunk),
            Some(Err(error)) => {
                self.ended = true;
                return Poll::Ready(Some(Err(error)));
            }
            None => return self.complete(cx),
        };
        match result {
            Ok(item) => Poll::Ready(Some(Ok(item))),
            Err(why) => {
                self.ended = true;
                // Nothing more is read: the node's task gives the request up.
                self.chunks.close();
                let (node, peer, fault, text) = (self.node.clone(), self.peer(), why.fault(), why.to_string());
                let reporting = Box::pin(async move { node.report_lie(peer, fault, text).await });
                self.report = Some((reporting, Some(RequestError::Lie { peer, why: Box::new(why) })));
                self.poll(cx)
            }
        }
    }

    /// The good end: says what the answer left out.
    fn complete(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<A::Item, RequestError>>> {
        self.ended = true;
        let missing = self.check.missing();
        if !missing.is_empty() {
            let (node, peer) = (self.node.clone(), self.peer());
            let columns: Vec<_> = missing.iter().map(|missing| (missing.column, missing.slot)).collect();
            self.report = Some((Box::pin(async move { _ = node.lacks_columns(peer, columns).await }), None));
        }
        self.poll(cx)
    }
}

impl<A: Ask> Stream for Answers<A>
where
    A::Check: Unpin,
{
    type Item = Result<A::Item, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

impl<A: Ask> fmt::Debug for Answers<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("chunks", &self.chunks).finish_non_exhaustive()
    }
}
