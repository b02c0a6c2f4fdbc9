//! A guard around libp2p-mplex: streams are emptied before they are dropped.
//!
//! When the buffer of a stream is full, the library reads nothing more from the connection until somebody reads that stream.
//! If the stream is dropped instead, nobody ever can: the connection is dead in both directions, and its task spins, until
//! pings fail. That is what giving up a long response looks like, whenever its peer sends faster than we read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::task::noop_waker;
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

/// Longest frame of the library. A read with so much room takes a whole one.
const MAX_FRAME: usize = 1 << 20;

/// A muxer that gives out [`Emptied`] streams.
#[derive(Debug)]
pub(super) struct Emptying<M> {
    inner: M,
    max_frames: usize,
}

impl<M> Emptying<M> {
    /// Around a muxer that keeps at most so many frames for a stream, and one that was too many.
    pub(super) const fn new(inner: M, max_frames: usize) -> Self {
        Self { inner, max_frames }
    }
}

/// A stream that is emptied before it is dropped.
#[derive(Debug)]
pub(super) struct Emptied<S: AsyncRead + Unpin> {
    inner: S,
    max_frames: usize,
}

impl<S: AsyncRead + Unpin> Emptied<S> {
    /// Reads all that is kept. What comes for this stream meanwhile is read too and not kept, so that a read for each
    /// frame, for the one that was too many, and for one that was read in part leaves nothing.
    fn empty(&mut self) {
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let mut read = |room: &mut [u8]| Pin::new(&mut self.inner).poll_read(&mut cx, room);
        // Nearly always there is nothing, and no room is needed.
        if !matches!(read(&mut [0]), Poll::Ready(Ok(1))) {
            return;
        }
        let mut room = vec![0; MAX_FRAME];
        for _ in 0..self.max_frames + 2 {
            if !matches!(read(&mut room), Poll::Ready(Ok(1..))) {
                break;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> Drop for Emptied<S> {
    fn drop(&mut self) {
        self.empty();
    }
}

impl<M> StreamMuxer for Emptying<M>
where
    M: StreamMuxer + Unpin,
    M::Substream: Unpin,
{
    type Substream = Emptied<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let max_frames = self.max_frames;
        Pin::new(&mut self.inner).poll_inbound(cx).map_ok(|inner| Emptied { inner, max_frames })
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        let max_frames = self.max_frames;
        Pin::new(&mut self.inner).poll_outbound(cx).map_ok(|inner| Emptied { inner, max_frames })
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Emptied<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }

    fn poll_read_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [io::IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read_vectored(cx, bufs)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Emptied<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::poll_fn;
    use futures::{AsyncReadExt, AsyncWriteExt};
    use libp2p::core::transport::{DialOpts, ListenerId, MemoryTransport, PortUse, TransportEvent};
    use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
    use libp2p::core::{Endpoint, Transport};
    use tokio::time::timeout;

    use super::*;
    use crate::transport::{MPLEX_BUFFER_FRAMES, mplex_config};

    const DEADLINE: Duration = Duration::from_secs(30);

    async fn inbound<M: StreamMuxer + Unpin>(muxer: &mut M) -> Result<M::Substream, M::Error> {
        poll_fn(|cx| Pin::new(&mut *muxer).poll_inbound(cx)).await
    }

    async fn outbound<M: StreamMuxer + Unpin>(muxer: &mut M) -> Result<M::Substream, M::Error> {
        poll_fn(|cx| Pin::new(&mut *muxer).poll_outbound(cx)).await
    }

    #[tokio::test]
    async fn a_stream_dropped_with_its_buffer_full_does_not_stop_the_others() {
        let mut here = MemoryTransport::new();
        here.listen_on(ListenerId::next(), "/memory/0".parse().unwrap()).unwrap();
        let TransportEvent::NewAddress { listen_addr, .. } = poll_fn(|cx| Pin::new(&mut here).poll(cx)).await else {
            panic!("no address")
        };
        let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::Reuse };
        let dial = MemoryTransport::new().dial(listen_addr, options).unwrap();
        let there = tokio::spawn(async move {
            let mut muxer = mplex_config().upgrade_outbound(dial.await.unwrap(), "/mplex/6.7.0").await.unwrap();
            let mut flood = outbound(&mut muxer).await.unwrap();
            for _ in 0..2 * MPLEX_BUFFER_FRAMES {
                flood.write_all(b"x").await.unwrap();
                flood.flush().await.unwrap();
            }
            let mut other = outbound(&mut muxer).await.unwrap();
            other.write_all(b"y").await.unwrap();
            other.flush().await.unwrap();
            // Both stay open until all is heard.
            (muxer, flood, other)
        });
        let TransportEvent::Incoming { upgrade, .. } = poll_fn(|cx| Pin::new(&mut here).poll(cx)).await else {
            panic!("nobody dials")
        };
        let muxer = mplex_config().upgrade_inbound(upgrade.await.unwrap(), "/mplex/6.7.0").await.unwrap();
        let mut muxer = Emptying::new(muxer, MPLEX_BUFFER_FRAMES);
        let flooded = inbound(&mut muxer).await.unwrap();
        // Looking for another stream fills the buffer of the first.
        assert!(timeout(Duration::from_millis(200), inbound(&mut muxer)).await.is_err(), "the connection waits");
        drop(flooded);
        let mut other = timeout(DEADLINE, inbound(&mut muxer)).await.unwrap().unwrap();
        let mut heard = [0];
        timeout(DEADLINE, other.read_exact(&mut heard)).await.unwrap().unwrap();
        assert_eq!(heard, *b"y");
        let _ = timeout(DEADLINE, there).await.unwrap().unwrap();
    }
}
