//! Inputs for the codec of req/resp: messages as a peer would write them, right, nearly right, and tampered with.

use bytes::Bytes;
use cl_rpc::codec::Encoder;
use cl_rpc::{ErrorCode, ErrorMessage};
use cl_types::ForkSchedule;

use crate::rpc::{chunk_bounds, era, protocol};
use crate::test_chain::test_chain;
use crate::{Random, Target};

/// Inputs that are kept: `target hex`, one a line.
const CORPUS: &str = include_str!("../corpus/rpc.txt");
/// Most bytes of an object that is made up.
const MOST: usize = 20_000;

/// Makes inputs for a target of [`RPC_TARGETS`](crate::RPC_TARGETS), the same from the same seed.
#[derive(Debug)]
pub struct WireMutator {
    target: &'static str,
    corpus: Vec<Vec<u8>>,
    random: Random,
}

/// The inputs that are kept for a target.
pub fn corpus(target: &str) -> impl Iterator<Item = Vec<u8>> {
    CORPUS
        .lines()
        .filter_map(move |line| line.strip_prefix(target)?.strip_prefix(' ').and_then(|hex| hex::decode(hex).ok()))
}

impl WireMutator {
    /// A mutator for a target.
    #[must_use]
    pub fn new(target: &Target, seed: u64) -> Self {
        Self { target: target.name, corpus: corpus(target.name).collect(), random: Random::new(seed) }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let kept = self.random.below(self.corpus.len());
        let mut bytes = match self.corpus.get(kept) {
            Some(kept) if self.random.one_in(4) => kept.clone(),
            _ => self.fresh(),
        };
        if self.random.one_in(2) {
            for _ in 0..self.random.below(4) {
                self.random.tamper(&mut bytes);
            }
        }
        bytes
    }

    fn fresh(&mut self) -> Vec<u8> {
        let head: [u8; 3] = std::array::from_fn(|_| self.random.byte());
        let [which, age, cut] = head;
        let mut input = if self.target == "rpc-encode" { head.to_vec() } else { vec![which, cut] };
        let Some(protocol) = protocol(which) else { return input };
        let schedule = test_chain();
        match self.target {
            "rpc-encode" => {
                let len = self.random.below(MOST);
                input.extend(self.object(len));
            }
            "rpc-request" => {
                let bounds = protocol.request_bounds();
                let ssz = self.sized(*bounds.start(), *bounds.end());
                let message = if self.random.one_in(3) { Encoder::request(ssz).to_vec() } else { self.payload(&ssz) };
                input.extend(message);
            }
            _ => {
                for _ in 0..=self.random.below(3) {
                    input.extend(self.chunk(&schedule, which, age));
                }
                if self.random.one_in(3) {
                    input.extend(self.error());
                }
            }
        }
        input
    }

    fn chunk(&mut self, schedule: &ForkSchedule, which: u8, age: u8) -> Vec<u8> {
        let (Some(protocol), Some(era)) = (protocol(which), era(schedule, age)) else { return Vec::new() };
        let bounds = chunk_bounds(protocol, *era, schedule);
        let ssz = self.sized(*bounds.start(), *bounds.end());
        let context = protocol.has_context().then_some(era.digest);
        if self.random.one_in(3) {
            return Encoder::chunk(context, ssz).to_vec();
        }
        let mut out = vec![0];
        out.extend(context.iter().flat_map(|digest| digest.0));
        out.extend(self.payload(&ssz));
        out
    }

    fn error(&mut self) -> Vec<u8> {
        let text = self.sized(0, 300);
        match ErrorCode::new(self.random.byte()) {
            Some(code) if self.random.one_in(2) => {
                Encoder::error(code, &ErrorMessage::new(&String::from_utf8_lossy(&text))).to_vec()
            }
            code => [vec![code.map_or(1, ErrorCode::as_u8)], self.payload(&text)].concat(),
        }
    }

    /// About as many bytes as the type has: mostly within its bounds.
    fn sized(&mut self, min: usize, max: usize) -> Bytes {
        let max = max.min(min.saturating_add(MOST));
        let len = match self.random.below(8) {
            0 => min.saturating_sub(1),
            1 => max.saturating_add(1),
            2 => max,
            3 => min,
            _ => min + self.random.below(max.saturating_sub(min) + 1),
        };
        self.object(len.min(4 * MOST)).into()
    }

    /// Bytes that compress well, badly, or in parts.
    fn object(&mut self, len: usize) -> Vec<u8> {
        let kind = self.random.below(3);
        let fill = self.random.byte();
        let random = &mut self.random;
        (0..len).map(|i| if kind == 0 || (kind == 1 && i % 64 < 40) { fill } else { random.byte() }).collect()
    }

    /// A length prefix and frames, of which some may be wrong.
    fn payload(&mut self, ssz: &[u8]) -> Vec<u8> {
        let announced = match self.random.below(12) {
            0 => ssz.len().wrapping_sub(1),
            1 => ssz.len() + 1,
            2 => self.random.below(1 << 25),
            _ => ssz.len(),
        };
        let mut out = Vec::new();
        let mut left = announced;
        for _ in 0..10 {
            let [low, ..] = (left & 0x7f).to_le_bytes();
            left >>= 7;
            let more = left > 0 || self.random.one_in(20);
            out.push(if more { low | 0x80 } else { low });
            if !more {
                break;
            }
        }
        if !self.random.one_in(20) {
            out.extend(b"\xff\x06\x00\x00sNaPpY");
        }
        let mut rest = ssz;
        while !rest.is_empty() {
            let size = match self.random.below(4) {
                0 => 1 + self.random.below(300),
                1 => 1 + self.random.below(70_000),
                _ => 65_536,
            };
            let (block, after) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = after;
            self.data_frame(block, &mut out);
            if self.random.one_in(4) {
                self.other_frame(&mut out);
            }
        }
        out
    }

    fn data_frame(&mut self, block: &[u8], out: &mut Vec<u8>) {
        let compressed = if self.random.one_in(2) { snap::raw::Encoder::new().compress_vec(block).ok() } else { None };
        let checksum = crc32c::crc32c(block).rotate_right(15).wrapping_add(0xa282_ead8);
        let checksum = if self.random.one_in(40) { checksum ^ 1 } else { checksum };
        let kind = u8::from(compressed.is_none());
        frame(kind, &[&checksum.to_le_bytes(), compressed.as_deref().unwrap_or(block)].concat(), out);
    }

    /// Padding, frames to be skipped, empty ones, reserved ones, another identifier.
    fn other_frame(&mut self, out: &mut Vec<u8>) {
        let len = self.random.below(40);
        let body = self.object(len);
        match self.random.below(6) {
            0 => frame(0xfe, &body, out),
            1 => frame(0x80 + self.random.byte() % 0x7e, &body, out),
            2 => frame(0x02 + self.random.byte() % 0x7e, &body, out),
            3 => frame(0x01, &0xa282_ead8u32.to_le_bytes(), out),
            4 => frame(0xff, b"sNaPpY", out),
            _ => frame(self.random.byte(), &body, out),
        }
    }
}

fn frame(kind: u8, body: &[u8], out: &mut Vec<u8>) {
    let [a, b, c, ..] = body.len().to_le_bytes();
    out.extend([kind, a, b, c]);
    out.extend(body);
}
