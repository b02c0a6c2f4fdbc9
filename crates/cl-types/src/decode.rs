//! Decoding with and without a copy, and errors that say where.
//!
//! Containers implement the ordinary [`ssz::Decode`], which copies. [`DecodeShared::from_ssz`] decodes the same from a
//! [`Bytes`] and lets byte lists (transactions, cells, blobs) share that buffer. Both run the same code and are equally
//! strict; both cost at most a small multiple of the input in memory, whatever the input says.

use std::{fmt, slice};

use bytes::Bytes;
use ssz::{BYTES_PER_LENGTH_OFFSET, Decode, DecodeError, Encode};
use tree_hash::TreeHash;

use crate::size::Size;

/// Decodes from a shared buffer: what is only bytes becomes a slice of it, which keeps all of it alive.
pub trait DecodeShared: Sized {
    /// Decodes all of `bytes`. Trailing bytes are an error.
    fn from_ssz(bytes: &Bytes) -> Result<Self, Error>;
}

impl<T: Field> DecodeShared for T {
    // Written where the caller wants it, by a call: inlined, it is built beside that place and copied there.
    #[inline(never)]
    fn from_ssz(bytes: &Bytes) -> Result<Self, Error> {
        T::decode_part(Part::shared(bytes))
    }
}

/// Why bytes are not the SSZ of a type, and where in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// Innermost step first.
    path: Vec<Step>,
    cause: DecodeError,
}

/// One step from a value into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A field of a container, by its name.
    Field(&'static str),
    /// An element of a list or vector.
    Item(usize),
}

impl Error {
    /// An error right here.
    #[must_use]
    pub const fn new(cause: DecodeError) -> Self {
        Self { path: Vec::new(), cause }
    }

    /// The same, seen from one step further out.
    #[must_use]
    pub fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn cause(&self) -> &DecodeError {
        &self.cause
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn into_cause(self) -> DecodeError {
        self.cause
    }

    /// From the outermost container to the wrong place.
    pub fn path(&self) -> impl Iterator<Item = Step> {
        self.path.iter().rev().copied()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.path().enumerate() {
            match step {
                Step::Field(name) if i > 0 => write!(f, ".{name}")?,
                Step::Field(name) => f.write_str(name)?,
                Step::Item(item) => write!(f, "[{item}]")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for Error {}

impl From<DecodeError> for Error {
    fn from(cause: DecodeError) -> Self {
        Self::new(cause)
    }
}

/// Bytes to decode, and the shared buffer that they lie in, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    bytes: &'a [u8],
    whole: Option<&'a Bytes>,
}

impl<'a> Part<'a> {
    /// Bytes that must be copied to be kept.
    #[must_use]
    pub const fn copied(bytes: &'a [u8]) -> Self {
        Self { bytes, whole: None }
    }

    /// Bytes that may be kept as slices of their buffer.
    #[must_use]
    pub fn shared(whole: &'a Bytes) -> Self {
        Self { bytes: whole, whole: Some(whole) }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// These of its bytes.
    #[must_use]
    const fn sub(self, bytes: &'a [u8]) -> Self {
        Self { bytes, ..self }
    }

    /// The bytes to keep: a slice of the shared buffer, or a copy.
    #[must_use]
    pub fn keep(self) -> Bytes {
        match self.whole {
            // Parts are cut from their whole only.
            Some(whole) => whole.slice_ref(self.bytes),
            None => Bytes::copy_from_slice(self.bytes),
        }
    }

    /// Takes the next field of a container of fixed size from `rest` and decodes it.
    #[inline]
    pub(crate) fn exact<T: Field>(self, rest: &mut &'a [u8]) -> Option<T> {
        let (bytes, tail) = rest.split_at_checked(<T as Decode>::ssz_fixed_len())?;
        *rest = tail;
        T::decode_exact(self.sub(bytes))
    }

    /// Finds out what is wrong with the next field of a container of fixed size, if anything, and takes it from `rest`.
    /// The function is only there for its type.
    pub(crate) fn inspect<S, T: Field>(
        self,
        rest: &mut &'a [u8],
        _: fn(&S) -> &T,
        name: &'static str,
    ) -> Result<(), Error> {
        let width = <T as Decode>::ssz_fixed_len();
        let (bytes, tail) = rest.split_at(width.min(rest.len()));
        *rest = tail;
        self.field::<T>(bytes, name).map(drop)
    }

    /// Decodes a field that has these bytes, if it is of fixed size and they are one.
    #[inline]
    pub(crate) fn quick<T: Field>(self, bytes: &'a [u8]) -> Option<T> {
        if <T as Decode>::is_ssz_fixed_len() { T::decode_exact(self.sub(bytes)) } else { None }
    }

    /// Decodes a field that has these bytes.
    #[inline]
    pub(crate) fn field<T: Field>(self, bytes: &'a [u8], name: &'static str) -> Result<T, Error> {
        T::decode_part(self.sub(bytes)).map_err(|error| error.within(Step::Field(name)))
    }

    /// Decodes as many elements as there are, at most `max`.
    pub(crate) fn list<T: Field>(self, max: usize) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        if <T as Decode>::is_ssz_fixed_len() {
            let width = <T as Decode>::ssz_fixed_len();
            let count = count_of(self.bytes.len(), width, max)?;
            items.reserve_exact(count);
            for (i, bytes) in self.bytes.chunks_exact(width).enumerate() {
                match T::decode_exact(self.sub(bytes)) {
                    Some(item) => items.push(item),
                    None => items.push(self.item(bytes, i)?),
                }
            }
            return Ok(items);
        }
        let spans = Spans::new(self.bytes, max)?;
        // Offsets cost four bytes an element. Reserve no more than the input has, whatever they promise.
        items.reserve(spans.len().min(self.bytes.len() / size_of::<T>().max(1) + 1));
        for (i, bytes) in spans.enumerate() {
            items.push(self.item(bytes?, i)?);
        }
        Ok(items)
    }

    fn item<T: Field>(self, bytes: &'a [u8], i: usize) -> Result<T, Error> {
        T::decode_part(self.sub(bytes)).map_err(|error| error.within(Step::Item(i)))
    }
}

/// The bytes of each element of a list of elements whose length varies.
#[derive(Debug)]
pub(crate) struct Spans<'a> {
    bytes: &'a [u8],
    /// Offsets of the elements after the next one.
    offsets: slice::Iter<'a, Offset>,
    /// Where the next one starts.
    start: usize,
    next: usize,
    count: usize,
}

impl<'a> Spans<'a> {
    /// Of a list of at most `max` elements.
    pub(crate) fn new(bytes: &'a [u8], max: usize) -> Result<Self, Error> {
        let none: &[Offset] = &[];
        let Some(first) = read_offset(bytes)? else {
            return Ok(Self { bytes, offsets: none.iter(), start: 0, next: 0, count: 0 });
        };
        if first == 0 || first % BYTES_PER_LENGTH_OFFSET != 0 {
            return Err(DecodeError::InvalidListFixedBytesLen(first).into());
        }
        let (offsets, _) = bytes.split_at_checked(first).ok_or(DecodeError::OffsetOutOfBounds(first))?;
        let offsets = offsets.as_chunks().0;
        if offsets.len() > max {
            return Err(too_many(offsets.len(), max));
        }
        let after_first = offsets.get(1..).unwrap_or_default().iter();
        Ok(Self { bytes, offsets: after_first, start: first, next: 0, count: offsets.len() })
    }
}

impl<'a> Iterator for Spans<'a> {
    type Item = Result<&'a [u8], Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let i = self.next;
        if i == self.count {
            return None;
        }
        let end = self.offsets.next().map_or(self.bytes.len(), |offset| to_len(*offset));
        let span = span(self.bytes, self.start, end).map_err(|error| Error::new(error).within(Step::Item(i)));
        self.next = i + 1;
        self.start = end;
        Some(span)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Spans<'_> {}

/// An offset as it stands in SSZ.
pub(crate) type Offset = [u8; BYTES_PER_LENGTH_OFFSET];

/// How many elements of a width there are in `len` bytes, if they fit and nothing is left over.
pub(crate) fn count_of(len: usize, width: usize, max: usize) -> Result<usize, Error> {
    let count = len.checked_div(width).ok_or(DecodeError::ZeroLengthItem)?;
    if count > max {
        return Err(too_many(count, max));
    }
    if count * width != len {
        let expected = (count + 1) * width;
        return Err(DecodeError::InvalidByteLength { len, expected }.into());
    }
    Ok(count)
}

pub(crate) fn too_many(count: usize, max: usize) -> Error {
    DecodeError::BytesInvalid(format!("{count} elements where at most {max} may be")).into()
}

/// The offset at the start of these bytes; `None` if there are no bytes.
fn read_offset(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
    match (bytes.first_chunk::<BYTES_PER_LENGTH_OFFSET>(), bytes.len()) {
        (Some(offset), _) => Ok(Some(to_len(*offset))),
        (None, 0) => Ok(None),
        (None, len) => Err(DecodeError::InvalidLengthPrefix { len, expected: BYTES_PER_LENGTH_OFFSET }),
    }
}

/// What an offset says.
pub(crate) fn to_len(offset: Offset) -> usize {
    usize::try_from(u32::from_le_bytes(offset)).unwrap_or(usize::MAX)
}

/// The bytes from one offset to the next.
fn span(bytes: &[u8], start: usize, end: usize) -> Result<&[u8], DecodeError> {
    if end < start {
        return Err(DecodeError::OffsetsAreDecreasing(end));
    }
    bytes.get(start..end).ok_or(DecodeError::OffsetOutOfBounds(end))
}

/// With the `serde` feature: whatever has a JSON form. Without: everything.
#[cfg(feature = "serde")]
pub trait MaybeJson: crate::json::JsonField {}
#[cfg(feature = "serde")]
impl<T: crate::json::JsonField> MaybeJson for T {}

/// With the `serde` feature: whatever has a JSON form. Without: everything.
#[cfg(not(feature = "serde"))]
pub trait MaybeJson {}
#[cfg(not(feature = "serde"))]
impl<T> MaybeJson for T {}

/// What everything that stands in a container can do. Implemented by all containers and by what they are made of.
pub trait Field: Encode + Decode + TreeHash + MaybeJson + fmt::Debug + Sized {
    /// Decodes all bytes of a part.
    #[inline]
    fn decode_part(part: Part<'_>) -> Result<Self, Error> {
        Self::from_ssz_bytes(part.bytes()).map_err(Error::new)
    }

    /// Decodes a value of fixed size, or says only that this is none. The quick way: it carries no errors along, so that
    /// the values of a container are plain copies of its bytes. [`Self::decode_part`] knows what is wrong, and where.
    #[inline]
    fn decode_exact(part: Part<'_>) -> Option<Self> {
        Self::decode_part(part).ok()
    }

    /// Writes a value of fixed size into as many bytes as it has, or of another container what its fixed part has, without
    /// the offsets. The quick way: nothing asks a buffer where it ends. Bytes of another number are a mistake of the caller,
    /// which debug builds say; others leave a field out that has no place of its size.
    #[inline]
    fn encode_exact(&self, out: &mut [u8]) {
        crate::encode::fill(out, &self.as_ssz_bytes());
    }

    /// Least and most bytes of its SSZ, as far as the type itself says.
    #[must_use]
    fn ssz_size() -> Size {
        if <Self as Decode>::is_ssz_fixed_len() {
            Size::fixed(<Self as Decode>::ssz_fixed_len())
        } else {
            Size::new(0, Size::UNLIMITED)
        }
    }

    /// Shows the value within the `Debug` form of its container.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The value, or why there is none. The part is passed on: what would be borrowed would have to be written down first.
#[inline]
pub(crate) fn or_why<'a, T>(value: Option<T>, part: Part<'a>, why: impl FnOnce(Part<'a>) -> Error) -> Result<T, Error> {
    match value {
        Some(value) => Ok(value),
        None => Err(why(part)),
    }
}

/// Shows a field with [`Field::show`].
pub(crate) struct Shown<'a, T>(pub(crate) &'a T);

impl<T: Field> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

/// Cuts the bytes of a container into those of its `N` fields.
#[derive(Debug)]
pub(crate) struct Layout<'a, const N: usize> {
    bytes: &'a [u8],
    fields: [&'a [u8]; N],
    /// The next field.
    next: usize,
    /// Where it starts in the fixed part.
    at: usize,
    first_offset: Option<usize>,
    /// The last field of variable length so far, and where it starts.
    open: Option<(usize, usize)>,
}

impl<'a, const N: usize> Layout<'a, N> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, fields: [&[]; N], next: 0, at: 0, first_offset: None, open: None }
    }

    /// Takes the next field: its width, or `None` if its length varies.
    #[inline]
    pub(crate) fn field(&mut self, width: Option<usize>) -> Result<(), DecodeError> {
        let here = self.bytes.get(self.at..).unwrap_or_default();
        let taken = width.unwrap_or(BYTES_PER_LENGTH_OFFSET);
        let head = here
            .get(..taken)
            .ok_or(DecodeError::InvalidByteLength { len: self.bytes.len(), expected: self.at + taken })?;
        if width.is_some() {
            self.set(self.next, head);
        } else {
            let offset = read_offset(head)?.unwrap_or_default();
            match self.open {
                Some((field, start)) => self.set(field, span(self.bytes, start, offset)?),
                None => self.first_offset = Some(offset),
            }
            self.open = Some((self.next, offset));
        }
        self.at += taken;
        self.next += 1;
        Ok(())
    }

    fn set(&mut self, field: usize, bytes: &'a [u8]) {
        if let Some(slot) = self.fields.get_mut(field) {
            *slot = bytes;
        }
    }

    /// The bytes of each field.
    #[inline]
    pub(crate) fn finish(mut self) -> Result<[&'a [u8]; N], DecodeError> {
        if let Some(offset) = self.first_offset {
            if offset < self.at {
                return Err(DecodeError::OffsetIntoFixedPortion(offset));
            }
            if offset > self.at {
                return Err(DecodeError::OffsetSkipsVariableBytes(offset));
            }
        }
        match self.open {
            Some((field, start)) => self.set(field, span(self.bytes, start, self.bytes.len())?),
            None if self.at != self.bytes.len() => {
                return Err(DecodeError::InvalidByteLength { len: self.bytes.len(), expected: self.at });
            }
            None => {}
        }
        Ok(self.fields)
    }
}

/// The width of a field, or `None` if its length varies. The function is only there for its type.
#[inline]
pub(crate) fn width<S, T: Field>(_: fn(&S) -> &T) -> Option<usize> {
    <T as Decode>::is_ssz_fixed_len().then(<T as Decode>::ssz_fixed_len)
}
