//! The codec of req/resp, both ways, without a runtime.
//!
//! An input of the two decoders is a protocol (one byte), a seed for where to cut (one byte), and what a peer might
//! write. Fed at once or in pieces, it must come to the same end; what was understood must survive another encoding.
//! An input of the encoder has an era (one byte) between the two, and SSZ of about the right size.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use cl_rpc::codec::{Chunk, DecodeError, Encoder, Item, RequestDecoder, ResponseDecoder};
use cl_rpc::{ErrorCode, ErrorMessage};
use cl_types::{ForkEntry, ForkSchedule, Protocol};

use crate::Target;
use crate::test_chain::test_chain;

/// The entries. Same rules as for [`TARGETS`](crate::TARGETS).
pub const RPC_TARGETS: [Target; 3] = [
    Target { name: "rpc-request", run: request },
    Target { name: "rpc-response", run: response },
    Target { name: "rpc-encode", run: encode },
];

/// The protocol that a byte stands for.
pub(crate) fn protocol(byte: u8) -> Option<Protocol> {
    let all = Protocol::all().count();
    Protocol::all().nth(usize::from(byte) % all.max(1))
}

/// The era that a byte stands for.
pub(crate) fn era(schedule: &ForkSchedule, byte: u8) -> Option<&ForkEntry> {
    let all = schedule.entries().count();
    schedule.entries().nth(usize::from(byte) % all.max(1))
}

/// What came of an input. Objects are kept as length and hash: memory is counted.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Body(usize, u64),
    Chunk(Option<ForkEntry>, usize, u64),
    Refusal(ErrorCode, ErrorMessage),
    Fault(DecodeError),
}

fn digest(bytes: &Bytes) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

impl From<Item> for Step {
    fn from(item: Item) -> Self {
        match item {
            Item::Chunk(Chunk { fork, ssz, .. }) => Self::Chunk(fork, ssz.len(), digest(&ssz)),
            Item::Error { code, message } => Self::Refusal(code, message),
        }
    }
}

/// Cuts `wire` into pieces: single bytes, small ones, or large ones.
fn pieces(mut wire: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let most = match seed % 4 {
        0 => 1,
        1 => 16,
        2 => 300,
        _ => 20_000,
    };
    let mut state = u32::from(seed) + 1;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = 1 + usize::try_from(state >> 8).unwrap_or_default() % most;
        let (piece, rest) = wire.split_at_checked(size).unwrap_or((wire, &[]));
        wire = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn read_request<'a>(
    protocol: Protocol,
    pieces: impl Iterator<Item = &'a [u8]>,
    keep: &mut impl FnMut(Bytes),
) -> Vec<Step> {
    let mut decoder = RequestDecoder::new(protocol);
    let mut steps = Vec::new();
    let mut step = |read: Result<Option<Bytes>, DecodeError>| match read {
        Ok(None) => true,
        Ok(Some(body)) => {
            steps.push(Step::Body(body.len(), digest(&body)));
            keep(body);
            true
        }
        Err(error) => {
            steps.push(Step::Fault(error));
            false
        }
    };
    for mut piece in pieces {
        while !piece.is_empty() {
            if !step(decoder.feed(&mut piece)) {
                return steps;
            }
        }
    }
    step(decoder.finish());
    steps
}

fn read_response<'a>(
    protocol: Protocol,
    pieces: impl Iterator<Item = &'a [u8]>,
    keep: &mut impl FnMut(&Item),
) -> Vec<Step> {
    let mut decoder = ResponseDecoder::new(protocol, test_chain());
    let mut steps = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.feed(&mut piece) {
                Ok(None) => break,
                Ok(Some(item)) => {
                    keep(&item);
                    steps.push(item.into());
                }
                Err(error) => {
                    steps.push(Step::Fault(error));
                    return steps;
                }
            }
        }
    }
    if let Err(error) = decoder.finish() {
        steps.push(Step::Fault(error));
    }
    steps
}

/// What a requester writes.
fn request(input: &[u8]) -> bool {
    let Some((&[which, cut], wire)) = input.split_first_chunk::<2>() else { return true };
    let Some(protocol) = protocol(which) else { return true };
    let mut body = None;
    let at_once = read_request(protocol, std::iter::once(wire), &mut |read| body = Some(read));
    let in_pieces = read_request(protocol, pieces(wire, cut), &mut |_| {});
    // A request for nothing is never written: only the requests that are always empty are.
    let again = body.filter(|body| !body.is_empty()).is_none_or(|body| {
        let expected = [Step::Body(body.len(), digest(&body))];
        read_request(protocol, std::iter::once(&Encoder::request(body).to_vec()[..]), &mut |_| {}) == expected
    });
    at_once == in_pieces && again
}

/// What a responder writes.
fn response(input: &[u8]) -> bool {
    let Some((&[which, cut], wire)) = input.split_first_chunk::<2>() else { return true };
    let Some(protocol) = protocol(which) else { return true };
    let mut again = true;
    let at_once = read_response(protocol, std::iter::once(wire), &mut |item| {
        let encoder = match item {
            Item::Chunk(chunk) => Encoder::chunk(chunk.fork.map(|fork| fork.digest), chunk.ssz.clone()),
            Item::Error { code, message } => Encoder::error(*code, message),
        };
        let steps = read_response(protocol, std::iter::once(&encoder.to_vec()[..]), &mut |read| again &= read == item);
        again &= steps.len() == 1;
    });
    at_once == read_response(protocol, pieces(wire, cut), &mut |_| {}) && again
}

/// What we write: read back by ourselves, and its frames by snappy's own reader.
fn encode(input: &[u8]) -> bool {
    let Some((&[which, age, cut], ssz)) = input.split_first_chunk::<3>() else { return true };
    let schedule = test_chain();
    let (Some(protocol), Some(era)) = (protocol(which), era(&schedule, age)) else { return true };
    encode_request(protocol, cut, ssz)
        && encode_chunk(protocol, *era, &schedule, cut, ssz)
        && encode_error(protocol, cut, ssz)
}

fn encode_request(protocol: Protocol, cut: u8, ssz: &[u8]) -> bool {
    let bounds = protocol.request_bounds();
    let Some(body) = fit(ssz, *bounds.start(), *bounds.end()) else { return true };
    if body.is_empty() && *bounds.end() > 0 {
        return true;
    }
    let wire = Encoder::request(body.clone()).to_vec();
    let expected = [Step::Body(body.len(), digest(&body))];
    // A length prefix of at most three bytes stands before the frames, and nothing at all before nothing.
    let foreign = wire.is_empty() || is_plain(&body, &wire, prefix(body.len()));
    foreign && read_request(protocol, pieces(&wire, cut), &mut |_| {}) == expected
}

fn encode_chunk(protocol: Protocol, era: ForkEntry, schedule: &Arc<ForkSchedule>, cut: u8, ssz: &[u8]) -> bool {
    let fork = protocol.has_context().then_some(era);
    let bounds = chunk_bounds(protocol, era, schedule);
    let Some(object) = fit(ssz, *bounds.start(), *bounds.end()) else { return true };
    let wire = Encoder::chunk(fork.map(|era| era.digest), object.clone()).to_vec();
    let head = 1 + if fork.is_some() { 4 } else { 0 };
    let expected = [Step::Chunk(fork, object.len(), digest(&object))];
    is_plain(&object, &wire, head + prefix(object.len()))
        && read_response(protocol, pieces(&wire, cut), &mut |_| {}) == expected
}

fn encode_error(protocol: Protocol, cut: u8, text: &[u8]) -> bool {
    let Some(code) = ErrorCode::new(cut) else { return true };
    let message = ErrorMessage::new(&String::from_utf8_lossy(text.get(..400).unwrap_or(text)));
    let wire = Encoder::error(code, &message).to_vec();
    read_response(protocol, pieces(&wire, cut), &mut |_| {}) == [Step::Refusal(code, message)]
}

/// Bounds of a chunk of an era.
pub(crate) fn chunk_bounds(
    protocol: Protocol,
    era: ForkEntry,
    schedule: &ForkSchedule,
) -> std::ops::RangeInclusive<usize> {
    schedule.chunk_bounds(protocol, Some(&era))
}

/// Bytes as long as they may be. None if too much would have to be made up.
fn fit(ssz: &[u8], min: usize, max: usize) -> Option<Bytes> {
    if min > max || min > ssz.len().saturating_mul(2) {
        return None;
    }
    let length = ssz.len().clamp(min, max);
    Some(ssz.iter().copied().cycle().take(length).collect())
}

/// Bytes of the length prefix.
fn prefix(length: usize) -> usize {
    std::iter::successors(Some(length >> 7), |rest| (*rest > 0).then_some(rest >> 7)).count()
}

/// True if snappy's own reader understands the frames. It holds a buffer of 140 kB, which only larger inputs justify.
fn is_plain(ssz: &Bytes, wire: &[u8], skip: usize) -> bool {
    ssz.len() < 6000 || plain_frames(wire, skip) == *ssz
}

fn plain_frames(wire: &[u8], skip: usize) -> Vec<u8> {
    let mut plain = Vec::new();
    match snap::read::FrameDecoder::new(wire.get(skip..).unwrap_or_default()).read_to_end(&mut plain) {
        Ok(_) => plain,
        // Never equal to what was written: the writer has no such object.
        Err(_) => vec![0; wire.len() * 64 + 1],
    }
}
