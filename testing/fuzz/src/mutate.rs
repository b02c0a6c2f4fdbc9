//! Inputs: cases of the executable specification, cut, lengthened, flipped and given wrong offsets.

use cl_vectors::{Case, subset};

/// Makes inputs, the same from the same seed.
#[derive(Debug)]
pub struct Mutator {
    cases: Vec<Case>,
    state: u64,
}

impl Mutator {
    /// A mutator of all cases up to 20,000 bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let cases = subset::cases().flatten().filter(|case| case.ssz.len() <= 20_000).collect();
        Self { cases, state: seed | 1 }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`, or 0.
    fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(n).unwrap_or_default()).unwrap_or_default()
    }

    /// The next input: two bytes that choose preset and fork, one for the type, then SSZ.
    pub fn input(&mut self) -> Vec<u8> {
        let choice = self.below(self.cases.len());
        let mut bytes = match self.cases.get(choice) {
            Some(case) => crate::targets::header(case).into_iter().chain(case.ssz.iter().copied()).collect(),
            None => Vec::new(),
        };
        for _ in 0..self.below(4) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const HEADER: usize = 3;
        let len = bytes.len();
        let at = HEADER + self.below(len.saturating_sub(HEADER));
        let value = self.next().to_le_bytes();
        match value[0] % 8 {
            0 => bytes.truncate(at),
            1 => {
                let count = self.below(40);
                let fill = value[1];
                bytes.extend(std::iter::repeat_n(fill, count));
            }
            // A number where an offset may stand: small, close to the length, or anything.
            2..=4 => {
                let offset = match value[2] % 4 {
                    0 => self.below(16),
                    1 => len.saturating_sub(self.below(40)),
                    2 => self.below(1 << 31),
                    _ => self.below(len) & !3,
                };
                let start = if value[3] & 1 == 0 { at & !3 } else { at };
                let offset = u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes();
                for (to, from) in bytes.iter_mut().skip(start).zip(offset) {
                    *to = from;
                }
            }
            5 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value[1];
                }
            }
            6 => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(self.below(200)).copied().collect();
                let start = HEADER + self.below(len.saturating_sub(HEADER));
                bytes.splice(start.min(bytes.len())..start.min(bytes.len()), piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (value[1] % 8);
                }
            }
        }
    }
}
