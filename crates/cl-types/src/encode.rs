//! Writing containers: the fixed part with room for offsets first, then each field of variable length.

use ssz::{BYTES_PER_LENGTH_OFFSET, Encode};

/// Bytes that a field takes, its offset included.
pub(crate) fn bytes_len<T: Encode>(field: &T) -> usize {
    if T::is_ssz_fixed_len() { T::ssz_fixed_len() } else { BYTES_PER_LENGTH_OFFSET + field.ssz_bytes_len() }
}

/// Writes a field of fixed length, or room for an offset. Says where it stands.
pub(crate) fn head<T: Encode>(field: &T, buf: &mut Vec<u8>) -> usize {
    let at = buf.len();
    if T::is_ssz_fixed_len() {
        field.ssz_append(buf);
    } else {
        buf.extend_from_slice(&[0; BYTES_PER_LENGTH_OFFSET]);
    }
    at
}

/// Writes a field of variable length, and its offset at `at`. `start` is where the container starts.
pub(crate) fn tail<T: Encode>(field: &T, start: usize, at: Option<usize>, buf: &mut Vec<u8>) {
    if T::is_ssz_fixed_len() {
        return;
    }
    // SSZ has no longer offsets, and no message is that long.
    let offset = u32::try_from(buf.len() - start).unwrap_or(u32::MAX);
    let place = at.and_then(|at| buf.get_mut(at..)?.first_chunk_mut::<BYTES_PER_LENGTH_OFFSET>());
    if let Some(place) = place {
        *place = offset.to_le_bytes();
    }
    field.ssz_append(buf);
}
