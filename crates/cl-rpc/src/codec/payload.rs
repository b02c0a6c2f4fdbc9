//! A length prefix and the frames it announces: the part that requests and all chunks share.

use std::ops::RangeInclusive;

use bytes::Bytes;
use cl_types::limits::MAX_PAYLOAD_SIZE;

use super::DecodeError;
use super::frames::{FrameReader, STREAM_IDENTIFIER};

/// Most bytes of a length prefix.
const MAX_PREFIX: u32 = 10;

/// Decodes one payload.
pub(super) struct PayloadDecoder {
    bounds: RangeInclusive<usize>,
    state: State,
}

enum State {
    Prefix { value: u64, bytes: u32 },
    Frames(FrameReader),
}

impl PayloadDecoder {
    pub(super) const fn new(bounds: RangeInclusive<usize>) -> Self {
        Self { bounds, state: State::Prefix { value: 0, bytes: 0 } }
    }

    /// Takes bytes off `input` up to the end of the payload, if it is in there. Not to be called again after `Some`.
    pub(super) fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Bytes>, DecodeError> {
        loop {
            match &mut self.state {
                State::Frames(reader) => return reader.feed(input),
                State::Prefix { value, bytes } => {
                    let Some((byte, rest)) = input.split_first() else {
                        return Ok(None);
                    };
                    *input = rest;
                    let part = u64::from(byte & 0x7f);
                    let shifted = part << (7 * *bytes);
                    if shifted >> (7 * *bytes) != part {
                        return Err(DecodeError::LengthPrefix);
                    }
                    *value |= shifted;
                    *bytes += 1;
                    if byte & 0x80 == 0 {
                        let length = check(*value, &self.bounds)?;
                        self.state = State::Frames(FrameReader::new(length));
                    } else if *bytes == MAX_PREFIX {
                        return Err(DecodeError::LengthPrefix);
                    }
                }
            }
        }
    }

    /// Bytes held on the heap.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        if let State::Frames(reader) = &self.state { reader.held() } else { 0 }
    }
}

fn check(length: u64, bounds: &RangeInclusive<usize>) -> Result<usize, DecodeError> {
    let (min, max) = (*bounds.start(), (*bounds.end()).min(MAX_PAYLOAD_SIZE));
    match usize::try_from(length) {
        Ok(length) if (min..=max).contains(&length) => Ok(length),
        _ => Err(DecodeError::Length { length, min, max }),
    }
}

/// What may follow an empty payload: its stream identifier, which some writers send and others leave out.
#[derive(Default)]
pub(super) struct Tail {
    seen: usize,
}

impl Tail {
    /// True if `input` continues the identifier.
    pub(super) fn accepts(&mut self, input: &mut &[u8]) -> bool {
        let rest = STREAM_IDENTIFIER.get(self.seen..).unwrap_or_default();
        let fits = rest.starts_with(input);
        self.seen += input.len();
        *input = &[];
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(bytes: &[u8]) -> Result<Option<Bytes>, DecodeError> {
        PayloadDecoder::new(1..=100).feed(&mut &bytes[..])
    }

    #[test]
    fn prefixes_are_bounded_but_need_not_be_minimal() {
        assert_eq!(prefix(&[100]), Ok(None));
        assert_eq!(prefix(&[0xe4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Ok(None));
        assert_eq!(prefix(&[0xff; 9]), Ok(None));
        assert_eq!(prefix(&[0x80; 10]), Err(DecodeError::LengthPrefix));
        // 2^64 + 5 must not pass as 5.
        assert_eq!(
            prefix(&[0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]),
            Err(DecodeError::LengthPrefix)
        );
        assert_eq!(prefix(&[101]), Err(DecodeError::Length { length: 101, min: 1, max: 100 }));
        assert_eq!(prefix(&[0]), Err(DecodeError::Length { length: 0, min: 1, max: 100 }));
    }

    #[test]
    fn nothing_exceeds_the_payload_limit() {
        let mut decoder = PayloadDecoder::new(0..=usize::MAX);
        let error = decoder.feed(&mut &[0x81, 0x80, 0x80, 0x05][..]).unwrap_err();
        assert_eq!(error, DecodeError::Length { length: 10 * 1024 * 1024 + 1, min: 0, max: MAX_PAYLOAD_SIZE });
    }
}
