//! Encoding, a frame at a time.

use bytes::Bytes;
use cl_types::ForkDigest;

use super::frames::{Compressor, STREAM_IDENTIFIER, write_frame};
use super::{ErrorCode, ErrorMessage};

/// Writes one request or chunk. It holds the SSZ as shared bytes and makes a frame (at most 64 KiB of data) at a time,
/// so that a slow reader costs no second copy of a large object.
#[derive(Clone, Debug)]
pub struct Encoder {
    /// Result byte and context, or nothing.
    head: Vec<u8>,
    ssz: Bytes,
    written: usize,
    started: bool,
}

impl Encoder {
    /// A request. An empty body writes nothing: it belongs to a protocol whose requests are empty.
    #[must_use]
    pub const fn request(ssz: Bytes) -> Self {
        let started = ssz.is_empty();
        Self { head: Vec::new(), ssz, written: 0, started }
    }

    /// A success chunk. `context` is the digest of the object's fork where the protocol has context bytes.
    #[must_use]
    pub fn chunk(context: Option<ForkDigest>, ssz: Bytes) -> Self {
        let mut head = vec![0];
        head.extend_from_slice(context.as_ref().map_or(&[], |digest| &digest.0[..]));
        Self { head, ssz, written: 0, started: false }
    }

    /// An error chunk.
    #[must_use]
    pub fn error(code: ErrorCode, message: &ErrorMessage) -> Self {
        let ssz = Bytes::copy_from_slice(message.as_str().as_bytes());
        Self { head: vec![code.as_u8()], ssz, written: 0, started: false }
    }

    /// Appends the next part (up to one frame) to `out`. False if everything has been written.
    pub fn next_part(&mut self, compressor: &mut Compressor, out: &mut Vec<u8>) -> bool {
        let rest = self.ssz.get(self.written..).unwrap_or_default();
        if self.started && rest.is_empty() {
            return false;
        }
        if !self.started {
            self.started = true;
            out.extend_from_slice(&self.head);
            write_prefix(self.ssz.len(), out);
            out.extend_from_slice(STREAM_IDENTIFIER);
        }
        if !rest.is_empty() {
            self.written = self.ssz.len() - write_frame(compressor, rest, out).len();
        }
        true
    }

    /// Everything at once.
    #[must_use]
    pub fn to_vec(mut self) -> Vec<u8> {
        let (mut compressor, mut out) = (Compressor::new(), Vec::new());
        while self.next_part(&mut compressor, &mut out) {}
        out
    }
}

fn write_prefix(mut length: usize, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = (length & 0x7f).to_le_bytes();
        length >>= 7;
        if length == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}
