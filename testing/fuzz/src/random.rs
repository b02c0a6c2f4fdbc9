//! Numbers that look random, the same from the same seed.

/// A generator (xorshift64*).
#[derive(Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let [.., high] = self.next().to_le_bytes();
        high
    }

    /// A number below `n`, or 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        usize::try_from((self.next() >> 8).checked_rem(n).unwrap_or_default()).unwrap_or_default()
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Changes something anywhere.
    pub(crate) fn tamper(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => {
                let fill = self.byte();
                bytes.extend(std::iter::repeat_n(fill, self.below(40)));
            }
            2 => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(self.below(200)).copied().collect();
                let start = self.below(bytes.len());
                bytes.splice(start..start, piece);
            }
            3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.byte();
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (self.byte() % 8);
                }
            }
        }
    }
}
