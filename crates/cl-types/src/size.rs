//! How many bytes the SSZ of a type can have, from the type itself: [`Field::ssz_size`].

use crate::decode::Field;

/// Least and most bytes of a type's SSZ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// What nothing can be shorter than: every list empty.
    pub min: usize,
    /// What nothing can be longer than; [`Self::UNLIMITED`] where the type itself sets no limit.
    pub max: usize,
}

/// Bytes of an offset.
const OFFSET: usize = ssz::BYTES_PER_LENGTH_OFFSET;

impl Size {
    /// The `max` of a type without a limit of its own.
    pub const UNLIMITED: usize = usize::MAX;

    /// Always as many bytes.
    #[must_use]
    pub const fn fixed(len: usize) -> Self {
        Self { min: len, max: len }
    }

    /// From `min` to `max` bytes.
    #[must_use]
    pub const fn new(min: usize, max: usize) -> Self {
        Self { min, max }
    }

    /// Of a list of up to `limit` elements.
    pub(crate) fn of_list<T: Field>(limit: usize) -> Self {
        let of_each = Self::of_part::<T>().max;
        Self::new(0, limit.saturating_mul(of_each))
    }

    /// Of an element, with its offset if it has one.
    fn of_part<T: Field>() -> Self {
        let size = T::ssz_size();
        if <T as ssz::Encode>::is_ssz_fixed_len() { size } else { size.and(Self::fixed(OFFSET)) }
    }

    /// Of a container of these parts. See [`field`].
    pub(crate) fn of_container(parts: &[Self]) -> Self {
        parts.iter().fold(Self::fixed(0), |sum, part| sum.and(*part))
    }

    const fn and(self, other: Self) -> Self {
        Self::new(self.min.saturating_add(other.min), self.max.saturating_add(other.max))
    }
}

/// The part that a field has in its container. The function is only there for its type.
pub(crate) fn field<S, T: Field>(_: fn(&S) -> &T) -> Size {
    Size::of_part::<T>()
}
