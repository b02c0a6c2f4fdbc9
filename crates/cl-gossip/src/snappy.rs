//! The raw snappy block codec of gossip payloads. Request/response uses snappy *frames*: never mix the two.

use std::ops::RangeInclusive;

use cl_types::limits::{MAX_PAYLOAD_SIZE, max_compressed_len};
use cl_types::{Fault, Severity};

/// Why data is not an acceptable snappy block. The peer that sent it should have rejected it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecompressError {
    /// The compressed data is longer than any payload can get by compression.
    #[error("{len} bytes of compressed data, more than any payload can take")]
    TooLong {
        /// Bytes of compressed data.
        len: usize,
    },
    /// The data does not begin with a length, or is empty.
    #[error("the snappy block does not begin with a length")]
    Header,
    /// The declared length is outside of what a payload of this kind may have.
    #[error("the snappy block declares {declared} bytes, its topic carries {min} to {max}")]
    OutOfBounds {
        /// Bytes after decompression, by the block's own word.
        declared: usize,
        /// Fewest bytes of such a payload.
        min: usize,
        /// Most bytes of such a payload.
        max: usize,
    },
    /// The block breaks off, is too long, or copies from where nothing is.
    #[error("the snappy block is corrupt")]
    Corrupt,
}

impl DecompressError {
    /// Who is to blame: the peer, since it had to check before it forwarded.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Peer(Severity::High)
    }
}

/// The payload could not be compressed: it is larger than snappy can express. Ours never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{len} bytes are more than a snappy block can hold")]
pub struct CompressError {
    /// Bytes of the payload.
    pub len: usize,
}

/// Checks the outer lengths of a block without decompressing it. Returns the declared length in bytes.
pub fn check(data: &[u8], bounds: &RangeInclusive<usize>) -> Result<usize, DecompressError> {
    if data.len() > max_compressed_len(MAX_PAYLOAD_SIZE) {
        return Err(DecompressError::TooLong { len: data.len() });
    }
    // The library takes no data at all for a payload of no bytes; the specification does not.
    if data.is_empty() {
        return Err(DecompressError::Header);
    }
    let declared = snap::raw::decompress_len(data).map_err(|_| DecompressError::Header)?;
    if !bounds.contains(&declared) {
        return Err(DecompressError::OutOfBounds { declared, min: *bounds.start(), max: *bounds.end() });
    }
    Ok(declared)
}

/// Decompresses a block whose declared length is within `bounds`; allocates that length, and nothing if the declared length
/// is out of bounds.
pub fn decompress(data: &[u8], bounds: &RangeInclusive<usize>) -> Result<Vec<u8>, DecompressError> {
    decompress_with_room(data, bounds, 0)
}

/// [`decompress`] into a buffer with capacity for `room` bytes more.
pub(crate) fn decompress_with_room(
    data: &[u8],
    bounds: &RangeInclusive<usize>,
    room: usize,
) -> Result<Vec<u8>, DecompressError> {
    let declared = check(data, bounds)?;
    // Asking for zeroed memory in one piece is free for large sizes; growing and filling is not.
    let mut out = vec![0; declared.saturating_add(room)];
    out.truncate(declared);
    let written = snap::raw::Decoder::new().decompress(data, &mut out).map_err(|_| DecompressError::Corrupt)?;
    out.truncate(written);
    Ok(out)
}

/// Compresses a payload into one block of at most `max_compressed_len` bytes.
pub fn compress(payload: &[u8]) -> Result<Vec<u8>, CompressError> {
    snap::raw::Encoder::new().compress_vec(payload).map_err(|_| CompressError { len: payload.len() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bound_is_checked_before_a_byte_is_reserved() {
        // Declares 4 GiB - 1.
        let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
        let max = MAX_PAYLOAD_SIZE;
        let declared = u32::MAX as usize;
        assert_eq!(decompress(&huge, &(0..=max)), Err(DecompressError::OutOfBounds { declared, min: 0, max }));
        assert_eq!(decompress(&[], &(0..=max)), Err(DecompressError::Header));
        assert_eq!(decompress(&[0xff; 6], &(0..=max)), Err(DecompressError::Header));
        let long = vec![0; max_compressed_len(max) + 1];
        assert_eq!(decompress(&long, &(0..=max)), Err(DecompressError::TooLong { len: long.len() }));
    }

    #[test]
    fn both_ends_of_the_bounds_belong_to_them() {
        let block = compress(&[7; 100]).unwrap();
        assert!(decompress(&block, &(100..=100)).is_ok());
        assert!(matches!(decompress(&block, &(101..=200)), Err(DecompressError::OutOfBounds { declared: 100, .. })));
        assert!(matches!(decompress(&block, &(0..=99)), Err(DecompressError::OutOfBounds { declared: 100, .. })));
        assert_eq!(decompress(&block[..block.len() - 1], &(0..=200)), Err(DecompressError::Corrupt));
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(payload in prop::collection::vec(any::<u8>(), 0..5000)) {
            let block = compress(&payload).unwrap();
            prop_assert!(block.len() <= max_compressed_len(payload.len()));
            prop_assert_eq!(decompress(&block, &(0..=5000)).unwrap(), payload);
        }

        #[test]
        fn random_bytes_are_refused_or_stay_within_bounds(data in prop::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(payload) = decompress(&data, &(10..=1000)) {
                prop_assert!((10..=1000).contains(&payload.len()));
                prop_assert!(payload.capacity() <= 1001);
            }
        }
    }
}
