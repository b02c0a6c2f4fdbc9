//! What is in a message: as long, and about as compressible, as the real ones.

use super::load::{Family, Message};

/// Numbers that look random, the same in each run (splitmix64).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from((self.next() >> 32) as u32) / 4_294_967_296.0
    }

    pub(crate) const fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.next() % n }
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What undoes [`mix`].
const fn unmix(mut z: u64) -> u64 {
    z = (z ^ (z >> 31) ^ (z >> 62)).wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = (z ^ (z >> 27) ^ (z >> 54)).wrapping_mul(0x96de_1b17_3f11_9089);
    z ^ (z >> 30) ^ (z >> 60)
}

/// Kept apart from small numbers, so that nothing but a message ends like one.
const TAIL: u64 = 0x636c_2d70_3270_0000;

/// The number of a message by its last bytes, be it compressed or not: snappy writes the end of a block as it is.
pub(super) fn number(data: &[u8]) -> Option<usize> {
    let tail = u64::from_le_bytes(*data.last_chunk()?);
    usize::try_from(unmix(tail) ^ TAIL).ok()
}

/// A stretch of a message.
#[derive(Clone, Copy)]
enum Part {
    /// A number, little-endian.
    Small(usize),
    /// The same in all messages of a slot: a root.
    Slot(usize),
    /// Keys, signatures, cells.
    Random(usize),
    /// Bits that are mostly set.
    Bits(usize),
    /// Calls of contracts: words of 32 bytes with more or fewer zeros in front.
    Calls(usize),
}

fn layout(family: Family, bytes: usize) -> Vec<Part> {
    use Part::{Bits, Calls, Random, Slot, Small};
    let data = [Small(16), Slot(32), Small(8), Slot(32), Small(8), Slot(32)];
    let parts = match family {
        Family::Attestations => [&[Small(16)], data.as_slice(), &[Random(96)]].concat(),
        Family::Aggregates => {
            let head = [Small(4), Random(96), Small(12), Random(96), Small(4)];
            [head.as_slice(), &data, &[Random(96), Small(8), Bits(62)]].concat()
        }
        Family::Sync => vec![Small(8), Slot(32), Small(8), Random(96)],
        Family::Contributions => {
            vec![Small(16), Slot(32), Small(8), Bits(16), Random(96), Random(96), Random(96)]
        }
        Family::Columns => vec![],
        // Eight attestations of all committees, then transactions.
        Family::Blocks => vec![Random(400), Bits(bytes / 4), Calls(bytes / 2)],
    };
    // What is left, and where somebody wants other sizes.
    [parts, vec![Random(bytes)]].concat()
}

/// The SSZ of a message, which is unlike any other.
pub(super) fn ssz(message: &Message, number: usize) -> Vec<u8> {
    let number = number as u64;
    let mut own = Random::new(mix(number ^ TAIL));
    let mut of_slot = Random::new(u64::from(message.slot).wrapping_mul(0x1_0001));
    let mut out = Vec::with_capacity(message.bytes + 40);
    for part in layout(message.family, message.bytes) {
        match part {
            Part::Small(len) => {
                let small = own.next() >> 44;
                out.extend(small.to_le_bytes().into_iter().chain(std::iter::repeat(0)).take(len));
            }
            Part::Slot(len) => fill(&mut out, len, || of_slot.next()),
            Part::Random(len) => {
                let left = message.bytes.saturating_sub(out.len());
                fill(&mut out, len.min(left), || own.next());
            }
            // One bit in 64 is not set.
            Part::Bits(len) => fill(&mut out, len, || !(1 << (own.next() % 64))),
            Part::Calls(len) => {
                for _ in 0..len / 32 {
                    let zeros = match own.next() % 4 {
                        0 => 0,
                        1 | 2 => 12,
                        _ => 28,
                    };
                    out.extend(std::iter::repeat_n(0, zeros));
                    fill(&mut out, 32 - zeros, || own.next());
                }
            }
        }
    }
    out.truncate(message.bytes.saturating_sub(8));
    out.extend(mix(number ^ TAIL).to_le_bytes());
    out
}

fn fill(out: &mut Vec<u8>, len: usize, mut next: impl FnMut() -> u64) {
    let end = out.len() + len;
    while out.len() < end {
        out.extend(next().to_le_bytes());
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_again() {
        for n in [0, 1, 77, 1 << 20, usize::MAX >> 1] {
            assert_eq!(number(&mix(n as u64 ^ TAIL).to_le_bytes()), Some(n));
        }
        assert_eq!(number(&[1, 2, 3]), None);
    }
}
