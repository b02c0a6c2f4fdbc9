//! How many bytes pass through a node's streams.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

/// Bytes in the streams of all connections since the node started: gossip, requests, identify. Not counted are discv5,
/// encryption, and the framing of the transports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Read from peers.
    pub received: u64,
    /// Written to peers.
    pub sent: u64,
}

/// The counters of one node. A clone counts on with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Meter {
    pub(crate) fn read(&self) -> Traffic {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic { received: load(&self.0.received), sent: load(&self.0.sent) }
    }

    fn received(&self, bytes: &Poll<io::Result<usize>>) {
        count(&self.0.received, bytes);
    }

    fn sent(&self, bytes: &Poll<io::Result<usize>>) {
        count(&self.0.sent, bytes);
    }
}

fn count(counter: &AtomicU64, bytes: &Poll<io::Result<usize>>) {
    if let Poll::Ready(Ok(bytes)) = bytes {
        counter.fetch_add(*bytes as u64, Ordering::Relaxed);
    }
}

/// A muxer or a stream of one, counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    inner: T,
    meter: Meter,
}

impl<T: Unpin> Counted<T> {
    pub(crate) const fn new(inner: T, meter: Meter) -> Self {
        Self { inner, meter }
    }

    fn inner(&mut self) -> Pin<&mut T> {
        Pin::new(&mut self.inner)
    }
}

impl<M> StreamMuxer for Counted<M>
where
    M: StreamMuxer + Unpin,
    M::Substream: Unpin,
{
    type Substream = Counted<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let meter = self.meter.clone();
        self.inner().poll_inbound(cx).map_ok(|stream| Counted::new(stream, meter))
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let meter = self.meter.clone();
        self.inner().poll_outbound(cx).map_ok(|stream| Counted::new(stream, meter))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner().poll_close(cx)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        self.inner().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let result = self.inner().poll_read(cx, buf);
        self.meter.received(&result);
        result
    }

    fn poll_read_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [io::IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = self.inner().poll_read_vectored(cx, bufs);
        self.meter.received(&result);
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.inner().poll_write(cx, buf);
        self.meter.sent(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = self.inner().poll_write_vectored(cx, bufs);
        self.meter.sent(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures::io::Cursor;
    use futures::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_read_and_written_is_counted() {
        let meter = Meter::default();
        let mut stream = Counted::new(Cursor::new(vec![0_u8; 5]), meter.clone());
        stream.write_all(&[1; 3]).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(meter.read(), Traffic { received: 2, sent: 3 });
    }
}
