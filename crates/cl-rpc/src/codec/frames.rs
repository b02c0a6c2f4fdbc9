//! The snappy frame format: a reader that stops exactly where a message ends, and the writing of single frames.

use bytes::Bytes;
use cl_types::limits::max_compressed_len;

use super::DecodeError;

/// The frame that every stream begins with.
pub(super) const STREAM_IDENTIFIER: &[u8; 10] = b"\xff\x06\x00\x00sNaPpY";
/// Most uncompressed bytes of a frame.
const MAX_FRAME_DATA: usize = 65_536;
/// Bytes of the type and the length of a frame.
const HEADER: usize = 4;
/// Bytes of the checksum before the data of a frame. They count as part of its length.
const CHECKSUM: usize = 4;
/// Most bytes that any compressor makes of a full frame: snappy's own bound for 64 KiB.
const MAX_COMPRESSED_DATA: usize = 32 + MAX_FRAME_DATA + MAX_FRAME_DATA / 6;

const COMPRESSED: u8 = 0x00;
const UNCOMPRESSED: u8 = 0x01;
const IDENTIFIER: u8 = 0xff;

/// Reads the frames of one message of a known length.
pub(super) struct FrameReader {
    /// Bytes of data to come in all.
    length: usize,
    data: Vec<u8>,
    /// Bytes of frames that may still be consumed.
    budget: usize,
    identified: bool,
    state: State,
}

enum State {
    /// Between frames: the part of the next header that has arrived.
    Header { bytes: [u8; 4], filled: usize },
    /// Inside a frame that must be whole: the part of its body that has arrived.
    Body { kind: u8, length: usize, bytes: Vec<u8> },
    /// Inside a frame of data as it is: the part of its checksum that has arrived, and how much data follows.
    Announced { bytes: [u8; CHECKSUM], filled: usize, left: usize },
    /// Behind that: what is still to come, and the checksum of what is here.
    Plain { announced: u32, computed: u32, left: usize },
    /// Inside a frame without meaning to us.
    Skip { left: usize },
}

impl State {
    const START: Self = Self::Header { bytes: [0; 4], filled: 0 };
}

impl FrameReader {
    /// `length` must have been checked against the bounds of the expected type.
    pub(super) const fn new(length: usize) -> Self {
        Self { length, data: Vec::new(), budget: max_compressed_len(length), identified: false, state: State::START }
    }

    /// Takes bytes off `input` up to the end of the message, if it is in there. Not to be called again after `Some`.
    pub(super) fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Bytes>, DecodeError> {
        loop {
            if self.data.len() == self.length {
                // Empty messages have no frame that would complete them.
                return Ok(Some(Bytes::from(std::mem::take(&mut self.data))));
            }
            if input.is_empty() {
                return Ok(None);
            }
            match std::mem::replace(&mut self.state, State::START) {
                State::Header { mut bytes, mut filled } => {
                    fill(&mut bytes, &mut filled, input);
                    self.state = if filled < bytes.len() { State::Header { bytes, filled } } else { self.open(bytes)? };
                }
                State::Skip { left } => {
                    let left = left - take(input, left).len();
                    if left > 0 {
                        self.state = State::Skip { left };
                    }
                }
                State::Announced { mut bytes, mut filled, left } => {
                    fill(&mut bytes, &mut filled, input);
                    self.state = if filled < bytes.len() {
                        State::Announced { bytes, filled, left }
                    } else {
                        self.plain(u32::from_le_bytes(bytes), 0, left)?
                    };
                }
                State::Plain { announced, computed, left } => {
                    let part = take(input, left);
                    grow(&mut self.data, part.len(), self.length);
                    self.data.extend_from_slice(part);
                    let computed = crc32c::crc32c_append(computed, part);
                    self.state = self.plain(announced, computed, left - part.len())?;
                }
                State::Body { kind, length, bytes } if bytes.is_empty() && input.len() >= length => {
                    self.close(kind, take(input, length))?;
                }
                State::Body { kind, length, mut bytes } => {
                    let part = take(input, length - bytes.len());
                    grow(&mut bytes, part.len(), length);
                    bytes.extend_from_slice(part);
                    if bytes.len() < length {
                        self.state = State::Body { kind, length, bytes };
                    } else {
                        self.close(kind, &bytes)?;
                    }
                }
            }
        }
    }

    /// Judges a frame by its header, before anything is kept of it.
    fn open(&mut self, [kind, a, b, c]: [u8; 4]) -> Result<State, DecodeError> {
        let length = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
        if !self.identified && kind != IDENTIFIER {
            return Err(DecodeError::StreamIdentifier);
        }
        let left = self.length - self.data.len();
        let possible = match kind {
            IDENTIFIER => length == STREAM_IDENTIFIER.len() - 4,
            COMPRESSED => (CHECKSUM + 1..=CHECKSUM + MAX_COMPRESSED_DATA).contains(&length),
            UNCOMPRESSED => (CHECKSUM..=CHECKSUM + MAX_FRAME_DATA).contains(&length),
            0x02..=0x7f => return Err(DecodeError::FrameType(kind)),
            _ => true,
        };
        if !possible {
            return Err(DecodeError::FrameLength { kind, length });
        }
        if kind == UNCOMPRESSED && length - CHECKSUM > left {
            return Err(DecodeError::TooMuchData(self.length));
        }
        self.budget = self
            .budget
            .checked_sub(4 + length)
            .ok_or_else(|| DecodeError::TooMuchFraming(max_compressed_len(self.length)))?;
        Ok(match kind {
            UNCOMPRESSED => State::Announced { bytes: [0; CHECKSUM], filled: 0, left: length - CHECKSUM },
            IDENTIFIER | COMPRESSED => State::Body { kind, length, bytes: Vec::new() },
            _ if length == 0 => State::START,
            _ => State::Skip { left: length },
        })
    }

    /// Handles the body of a whole frame.
    fn close(&mut self, kind: u8, body: &[u8]) -> Result<(), DecodeError> {
        if kind == IDENTIFIER {
            if !STREAM_IDENTIFIER.ends_with(body) {
                return Err(DecodeError::StreamIdentifier);
            }
            self.identified = true;
            return Ok(());
        }
        let Some((checksum, body)) = body.split_first_chunk::<CHECKSUM>() else {
            return Err(DecodeError::FrameLength { kind, length: body.len() });
        };
        let before = self.data.len();
        let size = snap::raw::decompress_len(body).map_err(DecodeError::Snappy)?;
        if size > MAX_FRAME_DATA {
            return Err(DecodeError::FrameLength { kind, length: size });
        }
        if size > self.length - before {
            return Err(DecodeError::TooMuchData(self.length));
        }
        grow(&mut self.data, size, self.length);
        self.data.resize(before + size, 0);
        let out = self.data.get_mut(before..).unwrap_or_default();
        snap::raw::Decoder::new().decompress(body, out).map_err(DecodeError::Snappy)?;
        compare(u32::from_le_bytes(*checksum), crc32c::crc32c(out))
    }

    /// Goes on inside a frame of data as it is, or behind it.
    fn plain(&self, announced: u32, computed: u32, left: usize) -> Result<State, DecodeError> {
        if left > 0 {
            return Ok(State::Plain { announced, computed, left });
        }
        compare(announced, computed).map(|()| State::START)
    }

    /// Bytes that this reader holds on the heap.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let body = if let State::Body { bytes, .. } = &self.state { bytes.capacity() } else { 0 };
        self.data.capacity() + body
    }
}

/// Makes room for `more` bytes: for three times as much as there will be, but never beyond `limit`. So a block of two
/// frames, as most are, is never moved.
fn grow(buffer: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = buffer.len() + more;
    if needed > buffer.capacity() {
        let target = needed.saturating_mul(3).min(limit).max(needed);
        buffer.reserve_exact(target - buffer.len());
    }
}

/// Takes up to `n` bytes off the front.
fn take<'a>(input: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (head, rest) = input.split_at_checked(n).unwrap_or((*input, &[]));
    *input = rest;
    head
}

/// Fills up a small array from the front of `input`.
fn fill<const N: usize>(bytes: &mut [u8; N], filled: &mut usize, input: &mut &[u8]) {
    let part = take(input, N - *filled);
    for (to, from) in bytes.iter_mut().skip(*filled).zip(part) {
        *to = *from;
    }
    *filled += part.len();
}

/// The checksum of the frame format: CRC-32C, rotated and offset so that checksums of checksums stay meaningful.
const fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Compares what a frame announces with the CRC-32C of its data.
const fn compare(announced: u32, crc: u32) -> Result<(), DecodeError> {
    let computed = masked(crc);
    if announced == computed { Ok(()) } else { Err(DecodeError::Checksum { announced, computed }) }
}

/// Room to compress in: 109 KiB once it has been used for a full frame. Worth keeping from frame to frame, as making it
/// means clearing it. Frames leave nothing behind in it that matters: one serves any number of messages.
#[derive(Default)]
pub struct Compressor {
    snappy: Option<Box<snap::raw::Encoder>>,
    room: Vec<u8>,
}

impl Compressor {
    /// It takes no memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { snappy: None, room: Vec::new() }
    }

    /// The compressed data, if there is any sense in it.
    fn compress(&mut self, block: &[u8]) -> Option<&[u8]> {
        let most = snap::raw::max_compress_len(block.len());
        if self.room.len() < most {
            self.room = vec![0; most];
        }
        let size = self
            .snappy
            .get_or_insert_with(|| Box::new(snap::raw::Encoder::new()))
            .compress(block, &mut self.room)
            .ok()?;
        // Data that does not shrink by an eighth is cheaper to send as it is.
        self.room.get(..size).filter(|_| size < block.len() - block.len() / 8)
    }
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").field("room", &self.room.len()).finish_non_exhaustive()
    }
}

/// Appends one frame with the beginning of `data` and returns the rest of `data`.
pub(super) fn write_frame<'a>(compressor: &mut Compressor, data: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (block, rest) = data.split_at_checked(MAX_FRAME_DATA).unwrap_or((data, &[]));
    let (kind, body) = compressor.compress(block).map_or((UNCOMPRESSED, block), |less| (COMPRESSED, less));
    let [a, b, c, ..] = (body.len() + CHECKSUM).to_le_bytes();
    out.reserve(HEADER + CHECKSUM + body.len());
    out.extend_from_slice(&[kind, a, b, c]);
    out.extend_from_slice(&masked(crc32c::crc32c(block)).to_le_bytes());
    out.extend_from_slice(body);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(data: &[u8]) -> Vec<u8> {
        let (mut compressor, mut out) = (Compressor::new(), STREAM_IDENTIFIER.to_vec());
        let mut rest = data;
        while !rest.is_empty() {
            rest = write_frame(&mut compressor, rest, &mut out);
        }
        out
    }

    fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        [&[kind], &length[..3], body].concat()
    }

    fn read(length: usize, wire: &[u8]) -> Result<Option<Bytes>, DecodeError> {
        FrameReader::new(length).feed(&mut &wire[..])
    }

    #[test]
    fn the_check_value_of_crc_32c() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn it_stops_at_the_frame_that_completes_the_message() {
        let data: Vec<u8> = (0..200_000u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        let mut wire = stream(&data);
        assert!(wire.len() < data.len());
        wire.extend_from_slice(b"next");
        let mut input = &wire[..];
        let read = FrameReader::new(data.len()).feed(&mut input).unwrap().unwrap();
        assert_eq!(read, data);
        assert_eq!(input, b"next");
    }

    #[test]
    fn padding_and_skippable_frames_are_passed_over_within_the_budget() {
        let data = [7; 600];
        let frames = stream(&data).split_off(10);
        let with = |extra: Vec<u8>| [STREAM_IDENTIFIER.to_vec(), extra, frames.clone()].concat();
        assert_eq!(read(600, &with(frame(0xfe, &[0; 20]))).unwrap().unwrap(), &data[..]);
        assert_eq!(read(600, &with(frame(0x80, b""))).unwrap().unwrap(), &data[..]);
        assert_eq!(read(600, &with(STREAM_IDENTIFIER.to_vec())).unwrap().unwrap(), &data[..]);
        assert_eq!(read(600, &with(frame(0x42, b""))), Err(DecodeError::FrameType(0x42)));
        // Refused by its header: the body need not even arrive.
        let endless = [&STREAM_IDENTIFIER[..], &[0xfe, 0xff, 0xff, 0xff]].concat();
        assert_eq!(read(600, &endless), Err(DecodeError::TooMuchFraming(732)));
        let many = with(frame(0xfe, b"").repeat(200));
        assert_eq!(read(600, &many), Err(DecodeError::TooMuchFraming(732)));
    }

    #[test]
    fn frames_must_follow_the_identifier_and_match_their_checksum() {
        let wire = stream(b"hello");
        assert_eq!(read(5, &wire[10..]), Err(DecodeError::StreamIdentifier));
        assert_eq!(read(5, b"\xff\x06\x00\x00sNaPpy"), Err(DecodeError::StreamIdentifier));
        let mut bad = wire;
        *bad.last_mut().unwrap() ^= 1;
        assert!(matches!(read(5, &bad), Err(DecodeError::Checksum { .. })));
    }

    #[test]
    fn more_data_than_announced_is_refused_before_it_is_kept() {
        assert_eq!(read(4, &stream(b"hello")), Err(DecodeError::TooMuchData(4)));
        // A compressed frame of 64 KiB zeros in a message of 100 bytes.
        let bomb = stream(&[0; 65_536]);
        let mut reader = FrameReader::new(4000);
        assert_eq!(reader.feed(&mut &bomb[..]), Err(DecodeError::TooMuchData(4000)));
        assert_eq!(reader.held(), 0);
        // A frame that claims 4 GiB.
        let claim = [&STREAM_IDENTIFIER[..], &frame(0, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f])].concat();
        assert!(matches!(read(10_000_000, &claim), Err(DecodeError::FrameLength { .. })));
    }

    #[test]
    fn memory_follows_the_data_and_never_exceeds_the_announced_length() {
        let data = vec![1; 3_000_000];
        let wire = stream(&data);
        let mut reader = FrameReader::new(data.len());
        let mut fed = 0;
        for piece in wire.chunks(1000) {
            let done = reader.feed(&mut &piece[..]).unwrap();
            fed += piece.len();
            // The data compresses about 20 times.
            assert!(reader.held() <= (fed * 60 + 200_000).min(data.len() + 80_000));
            if let Some(done) = done {
                assert_eq!(done, data);
                return;
            }
        }
        panic!("incomplete");
    }
}
