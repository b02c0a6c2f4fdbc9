//! Writing containers: the fixed part with room for offsets first, then each field of variable length.

use ssz::{BYTES_PER_LENGTH_OFFSET, Encode};

use crate::decode::Field;

/// Bytes that a field takes in the fixed part: all of it, or an offset.
#[inline]
pub(crate) fn width<T: Encode>(_: &T) -> usize {
    if T::is_ssz_fixed_len() { T::ssz_fixed_len() } else { BYTES_PER_LENGTH_OFFSET }
}

/// Bytes that a field takes, its offset included.
#[inline]
pub(crate) fn bytes_len<T: Encode>(field: &T) -> usize {
    if T::is_ssz_fixed_len() { T::ssz_fixed_len() } else { BYTES_PER_LENGTH_OFFSET + field.ssz_bytes_len() }
}

/// Takes a field's place from the fixed part, and writes it there if it is of fixed length.
#[inline]
pub(crate) fn head<T: Field>(field: &T, rest: &mut &mut [u8]) {
    if let Some((place, tail)) = std::mem::take(rest).split_at_mut_checked(width(field)) {
        *rest = tail;
        if <T as Encode>::is_ssz_fixed_len() {
            field.encode_exact(place);
        }
    }
}

/// Writes a field of variable length, and its offset at `at`, the field's place in the fixed part, which is left behind.
/// `start` is where the container starts.
#[inline]
pub(crate) fn tail<T: Encode>(field: &T, start: usize, at: &mut usize, buf: &mut Vec<u8>) {
    if !T::is_ssz_fixed_len() {
        // SSZ has no longer offsets, and no message is that long.
        let offset = u32::try_from(buf.len() - start).unwrap_or(u32::MAX);
        if let Some(place) = buf.get_mut(*at..).and_then(|rest| rest.first_chunk_mut::<BYTES_PER_LENGTH_OFFSET>()) {
            *place = offset.to_le_bytes();
        }
        field.ssz_append(buf);
    }
    *at += width(field);
}

/// Fills a place with bytes of its length.
#[inline]
pub(crate) fn fill(out: &mut [u8], bytes: &[u8]) {
    debug_assert_eq!(out.len(), bytes.len(), "a value of fixed size has a place of that size");
    if out.len() == bytes.len() {
        out.copy_from_slice(bytes);
    }
}
