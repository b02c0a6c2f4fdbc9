//! Bytes that look random and are the same in every run with one seed.

use cl_types::Root;
use cl_types::containers::BLSSignature;

/// A source of noise: splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Noise(u64);

impl Noise {
    /// The noise for one purpose of one slot.
    pub(crate) const fn new(purpose: u64, slot: u64) -> Self {
        Self(purpose.rotate_left(32) ^ slot.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, noise) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = noise;
            }
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    pub(crate) fn root(&mut self) -> Root {
        Root::from(self.array::<32>())
    }

    /// 96 bytes in the place of a signature.
    pub(crate) fn signature(&mut self) -> BLSSignature {
        self.array::<96>().into()
    }
}
