//! Writes one encoded message to a stream, a frame at a time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::AsyncWrite;

use crate::codec::{Compressor, Encoder};

pub(super) struct Writer {
    encoder: Encoder,
    /// The part being written, at most one frame.
    part: Vec<u8>,
    written: usize,
    encoded: bool,
}

impl Writer {
    pub(super) const fn new(encoder: Encoder) -> Self {
        Self { encoder, part: Vec::new(), written: 0, encoded: false }
    }

    /// Ready once everything is written and flushed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut stream: impl AsyncWrite + Unpin,
        compressor: &mut Compressor,
    ) -> Poll<io::Result<()>> {
        loop {
            let rest = self.part.get(self.written..).unwrap_or_default();
            if !rest.is_empty() {
                match ready!(Pin::new(&mut stream).poll_write(cx, rest))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    n => self.written += n,
                }
            } else if self.encoded {
                return Pin::new(&mut stream).poll_flush(cx);
            } else {
                self.part.clear();
                self.written = 0;
                self.encoded = !self.encoder.next_part(compressor, &mut self.part);
            }
        }
    }
}
