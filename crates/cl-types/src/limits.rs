//! Size bounds of the wire formats, in bytes, and of requests, in objects and epochs (`phase0/p2p-interface.md` and its
//! successors).

use crate::custody::NUMBER_OF_COLUMNS;
use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::protocol::MAX_REQUEST_BLOCKS_DENEB;

/// `MAX_PAYLOAD_SIZE`: the most an uncompressed SSZ object may take.
pub const MAX_PAYLOAD_SIZE: usize = 10 * 1024 * 1024;
/// `MAX_REQUEST_BLOCKS`: most blocks in one response before Deneb.
pub const MAX_REQUEST_BLOCKS: u64 = 1024;
/// `MAX_REQUEST_BLOB_SIDECARS`: Deneb's.
pub const MAX_REQUEST_BLOB_SIDECARS: u64 = MAX_REQUEST_BLOCKS_DENEB * 6;
/// `MAX_REQUEST_BLOB_SIDECARS_ELECTRA`.
pub const MAX_REQUEST_BLOB_SIDECARS_ELECTRA: u64 = MAX_REQUEST_BLOCKS_DENEB * 9;
/// Most blob sidecars in one response while a fork is in force.
#[must_use]
pub const fn max_request_blob_sidecars(fork: ForkName) -> u64 {
    if fork.index() < ForkName::Electra.index() { MAX_REQUEST_BLOB_SIDECARS } else { MAX_REQUEST_BLOB_SIDECARS_ELECTRA }
}
/// `MAX_REQUEST_DATA_COLUMN_SIDECARS`.
pub const MAX_REQUEST_DATA_COLUMN_SIDECARS: u64 = MAX_REQUEST_BLOCKS_DENEB * NUMBER_OF_COLUMNS;
/// `MIN_VALIDATOR_WITHDRAWABILITY_DELAY`.
const MIN_VALIDATOR_WITHDRAWABILITY_DELAY: u64 = 256;

/// `max_compressed_len`: the most that `n` bytes may take after snappy.
#[must_use]
pub const fn max_compressed_len(n: usize) -> usize {
    n.saturating_add(n / 6).saturating_add(32)
}

/// `max_message_size`: the most a gossip RPC frame may take, control messages included.
#[must_use]
pub const fn max_message_size() -> usize {
    let with_overhead = max_compressed_len(MAX_PAYLOAD_SIZE) + 1024;
    if with_overhead > 1024 * 1024 { with_overhead } else { 1024 * 1024 }
}

/// `MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS` and `MIN_EPOCHS_FOR_DATA_COLUMN_SIDECARS_REQUESTS` of the networks with a preset:
/// for how many epochs sidecars are kept and served.
#[must_use]
pub const fn min_epochs_for_sidecars_requests(preset: PresetId) -> u64 {
    match preset {
        PresetId::Mainnet | PresetId::Minimal => 4096,
        PresetId::Gnosis => 16_384,
    }
}

/// What bounds how fast the set of validators changes, and so how far back blocks must be kept. From the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// `CHURN_LIMIT_QUOTIENT`, never zero.
    pub limit_quotient: u64,
    /// `CHURN_LIMIT_QUOTIENT_GLOAS`, never zero.
    pub limit_quotient_gloas: u64,
    /// `CONSOLIDATION_CHURN_LIMIT_QUOTIENT`, never zero.
    pub consolidation_quotient: u64,
}

impl Churn {
    /// The values of the mainnet configuration.
    pub const MAINNET: Self =
        Self { limit_quotient: 65_536, limit_quotient_gloas: 32_768, consolidation_quotient: 65_536 };
    /// The values of the minimal configuration.
    pub const MINIMAL: Self = Self { limit_quotient: 32, limit_quotient_gloas: 16, consolidation_quotient: 32 };

    /// `compute_min_epochs_for_block_requests`: how many epochs of blocks must be kept and served.
    #[must_use]
    pub const fn min_epochs_for_block_requests(self, fork: ForkName) -> u64 {
        let epochs = if (fork as usize) < ForkName::Gloas as usize {
            self.limit_quotient / 2
        } else {
            let (a, c) = (self.limit_quotient_gloas, self.consolidation_quotient);
            let sum = c.saturating_mul(2).saturating_add(a.saturating_mul(3));
            match a.saturating_mul(3).saturating_mul(c).checked_div(sum) {
                Some(epochs) => epochs / 2,
                None => 0,
            }
        };
        MIN_VALIDATOR_WITHDRAWABILITY_DELAY.saturating_add(epochs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_numbers() {
        assert_eq!(max_compressed_len(MAX_PAYLOAD_SIZE), 12_233_418);
        assert_eq!(max_message_size(), 12_234_442);
    }

    #[test]
    fn how_long_blocks_are_kept() {
        for (fork, mainnet, minimal) in [
            (ForkName::Phase0, 33_024, 272),
            (ForkName::Fulu, 33_024, 272),
            (ForkName::Gloas, 14_299, 262),
            (ForkName::Heze, 14_299, 262),
        ] {
            assert_eq!(Churn::MAINNET.min_epochs_for_block_requests(fork), mainnet);
            assert_eq!(Churn::MINIMAL.min_epochs_for_block_requests(fork), minimal);
        }
    }
}
